//! Recording over time: a thread that reads memory while the program runs, or a process beside it.

pub mod dat;
mod family;
mod member;
mod progress;
mod recorder;
mod signals;
pub mod spans;
mod tape;
mod thin;
mod watch;
mod writer;

pub use family::Family;
pub use recorder::{Event, Recorder, Settings};
pub use tape::{Level, Processes, Shape, Tape};
pub use thin::Thin;
pub use watch::{Keep, Watch};
pub use writer::Writer;
