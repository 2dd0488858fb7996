//! Recording over time: a thread that reads memory while the program runs.

mod watch;

pub use watch::{Keep, Sample, Watch};
