//! The memory of processes by their id, and of this one over time.

use std::io;
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyPermissionError, PyProcessLookupError, PyValueError};
use pyo3::prelude::*;

use super::document::Profile;
use crate::meter;
use crate::profile::Recording;
use crate::timeline::{Keep, Watch as Inner};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Watch>()?;
    module.add_function(wrap_pyfunction!(memory_of, module)?)?;
    module.add_function(wrap_pyfunction!(descendants, module)?)
}

/// Memory of a process, in bytes.
#[pyfunction]
#[pyo3(signature = (pid, /, figure = "rss"))]
fn memory_of(py: Python<'_>, pid: i32, figure: &str) -> PyResult<i64> {
    let figure = meter::Figure::parse(figure).ok_or_else(|| {
        PyValueError::new_err(format!("unknown figure '{figure}': one of rss, pss, uss, highest"))
    })?;
    py.detach(|| meter::memory_of(pid, figure)).map_err(|error| raised(pid, &error))
}

/// The ids of the processes below a process.
#[pyfunction]
#[pyo3(signature = (pid, /))]
fn descendants(py: Python<'_>, pid: i32) -> PyResult<Vec<i32>> {
    py.detach(|| meter::descendants(pid)).map_err(|error| raised(pid, &error))
}

fn raised(pid: i32, error: &io::Error) -> PyErr {
    match error.kind() {
        io::ErrorKind::NotFound => {
            PyProcessLookupError::new_err(format!("there is no process {pid}"))
        }
        io::ErrorKind::PermissionDenied => {
            PyPermissionError::new_err(format!("process {pid} is not ours to read"))
        }
        _ => PyOSError::new_err(format!("cannot read process {pid}: {error}")),
    }
}

/// Samples the memory of this process until it is stopped.
#[pyclass(module = "rsprofile._core")]
pub struct Watch(Option<Inner>);

#[pymethods]
impl Watch {
    #[new]
    #[pyo3(signature = (interval, /, meter = "rss", *, children = false, highest = false))]
    fn new(
        py: Python<'_>,
        interval: f64,
        meter: &str,
        children: bool,
        highest: bool,
    ) -> PyResult<Self> {
        let Ok(interval) = Duration::try_from_secs_f64(interval.max(0.0)) else {
            return Err(PyValueError::new_err(format!(
                "interval {interval} is not a number of seconds"
            )));
        };
        let keep = if highest { Keep::Highest } else { Keep::All };
        let inner = py.detach(|| Inner::start(meter, interval, children, keep));
        match inner {
            Ok(inner) => Ok(Self(Some(inner))),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                Err(PyValueError::new_err(error.to_string()))
            }
            Err(error) => Err(PyOSError::new_err(error.to_string())),
        }
    }

    /// End the thread until `resume`.
    fn pause(&mut self, py: Python<'_>) {
        if let Some(inner) = &mut self.0 {
            py.detach(|| inner.pause());
        }
    }

    /// Go on after `pause`.
    fn resume(&mut self, py: Python<'_>) {
        if let Some(inner) = &mut self.0 {
            py.detach(|| inner.resume());
        }
    }

    /// Open descriptors anew, in the child of a fork; the thread stays with the parent.
    fn forked(&mut self) {
        if let Some(inner) = &mut self.0 {
            inner.after_fork();
        }
    }

    /// Take the last sample, end, and put the samples into a profile, as its memory over time.
    #[pyo3(signature = (profile, /))]
    fn stop_into(&mut self, py: Python<'_>, profile: &Bound<'_, Profile>) {
        let Some(inner) = self.0.take() else { return };
        let samples = py.detach(|| inner.stop());
        let document = &mut profile.borrow_mut().0;
        let command = document.run.command.join(" ");
        document.recordings.push(Recording { command, samples, ..Recording::default() });
    }

    /// Take the last sample and end; the samples as pairs of bytes and Unix time.
    fn stop(&mut self, py: Python<'_>) -> Vec<(i64, f64)> {
        let Some(inner) = self.0.take() else { return Vec::new() };
        let samples = py.detach(|| inner.stop());
        samples.into_iter().map(|sample| (sample.bytes, sample.time)).collect()
    }
}
