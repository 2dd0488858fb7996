//! Recording over time: a thread that reads memory while the program runs.

pub mod dat;
mod watch;

pub use watch::{Keep, Watch};
