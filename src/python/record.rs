//! Recording another process over time.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::{
    PyOSError, PyPermissionError, PyProcessLookupError, PyRuntimeError, PyValueError,
};
use pyo3::prelude::*;

use crate::meter::Figure;
use crate::timeline::{Event, Recorder as Inner, Settings, Shape, Writer};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Recorder>()
}

/// A recording of the memory of a process over time.
#[pyclass(module = "rsprofile._core")]
pub struct Recorder(Option<Inner>);

#[pymethods]
impl Recorder {
    #[new]
    #[pyo3(signature = (
        path, /, *, interval, child, figure = "rss", sum = false, each = false, thin = true,
        timeout = None, interrupt = true
    ))]
    #[allow(clippy::needless_pass_by_value, reason = "a path is made of what Python gives")]
    #[allow(clippy::too_many_arguments, reason = "options")]
    #[allow(clippy::fn_params_excessive_bools, reason = "options")]
    fn new(
        path: PathBuf,
        interval: f64,
        child: bool,
        figure: &str,
        sum: bool,
        each: bool,
        thin: bool,
        timeout: Option<f64>,
        interrupt: bool,
    ) -> PyResult<Self> {
        let figure = Figure::parse(figure).ok_or_else(|| {
            PyValueError::new_err(format!("unknown figure '{figure}': one of rss, pss, uss"))
        })?;
        let settings = Settings {
            interval: seconds(interval)?,
            figure,
            shape: Shape {
                adds_children: sum,
                has_children: each,
                is_thinned: thin,
                has_marks: thin,
            },
            timeout: timeout.map(seconds).transpose()?,
            is_child: child,
            passes_interrupts: interrupt,
        };
        let writer = Writer::open(&path).map_err(|error| os_error(&error))?;
        Inner::new(writer, settings).map(|inner| Self(Some(inner))).map_err(|e| os_error(&e))
    }

    /// Begin with a process.
    fn start(&mut self, pid: i32, command: &str) -> PyResult<()> {
        self.inner()?.start(pid, command).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                PyProcessLookupError::new_err(format!("there is no process {pid}"))
            }
            io::ErrorKind::InvalidInput => {
                PyProcessLookupError::new_err(format!("process {pid} has no memory of its own"))
            }
            io::ErrorKind::PermissionDenied => PyPermissionError::new_err(format!(
                "process {pid} is another user's: record it as that user, or as root"
            )),
            _ => os_error(&error),
        })
    }

    /// Show how far it is on a terminal of this size; none where that is 0.
    fn show(&mut self, rows: u16, columns: u16) -> PyResult<()> {
        self.inner()?.show(rows, columns);
        Ok(())
    }

    /// Empty a file that was there before.
    fn clear(&mut self) -> PyResult<()> {
        self.inner()?.clear();
        Ok(())
    }

    /// Record until something happens; what, and its number.
    fn run(&mut self, py: Python<'_>) -> PyResult<(&'static str, i32)> {
        let inner = self.inner()?;
        Ok(match py.detach(|| inner.run()) {
            Event::Ended(status) => ("ended", status),
            Event::Gone => ("gone", 0),
            Event::Timeout => ("timeout", 0),
            Event::Asked(signal) => ("asked", signal),
            Event::Unwritable(error) => ("unwritable", error.raw_os_error().unwrap_or(0)),
            Event::Unreadable(error) => ("unreadable", error.raw_os_error().unwrap_or(0)),
            Event::Resized => ("resized", 0),
        })
    }

    /// Whether SIGINT came.
    #[getter]
    fn interrupted(&self) -> bool {
        self.0.as_ref().is_some_and(Inner::is_interrupted)
    }

    /// The highest memory so far, bytes.
    #[getter]
    fn peak(&self) -> i64 {
        self.0.as_ref().map_or(0, Inner::peak)
    }

    /// End, and give the signals back.
    fn close(&mut self) {
        self.0 = None;
    }

    /// End, and leave no file behind where there was none.
    fn discard(&mut self) {
        if let Some(inner) = self.0.take() {
            inner.discard();
        }
    }
}

impl Recorder {
    fn inner(&mut self) -> PyResult<&mut Inner> {
        self.0.as_mut().ok_or_else(|| PyRuntimeError::new_err("the recorder is closed"))
    }
}

fn seconds(seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("{seconds} is not a number of seconds")))
}

/// The exception of its kind, with what the system says.
pub(super) fn os_error(error: &io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let reason = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
            PyOSError::new_err((number, reason.to_owned()))
        }
        None => PyOSError::new_err(error.to_string()),
    }
}
