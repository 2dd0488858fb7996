//! The memory of this process at moments, and the highest between two of them.

use nix::sys::resource::{UsageWho, getrusage};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::meter::{Peak, Statm};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<HighWater>()
}

/// The resident set, and its highest since the last look. Takes no thread.
#[pyclass(module = "rsprofile._core")]
pub struct HighWater {
    level: Statm,
    peak: Peak,
}

#[pymethods]
impl HighWater {
    #[new]
    fn new() -> PyResult<Self> {
        let opened = Statm::open().and_then(|level| Ok(Self { level, peak: Peak::open()? }));
        // Not `error.into()`: that would look for an errno, and the message is ours.
        opened.map_err(|error| PyOSError::new_err(error.to_string()))
    }

    /// Bytes now, the most since the last call, and what grows with each child that was waited for.
    fn take(&mut self) -> (i64, i64, i64) {
        let level = self.level.read().unwrap_or(0);
        let highest = self.peak.read().unwrap_or(level).max(level);
        self.peak.reset();
        (level, highest, children())
    }

    /// Open descriptors anew, in the child of a fork.
    fn forked(&mut self) {
        self.level.reopen();
        self.peak.reopen();
    }
}

/// Page faults of the children that were waited for: there is none without any.
fn children() -> i64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).map_or(0, |usage| usage.minor_page_faults())
}
