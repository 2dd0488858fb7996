//! The calls of decorated functions in a program that is recorded over time.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyCode;

use super::record::os_error;
use crate::hooks;
use crate::timeline::spans::{self, Running};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Span>()?;
    module.add_function(wrap_pyfunction!(spans_join, module)?)?;
    module.add_function(wrap_pyfunction!(spans_forked, module)?)?;
    module.add_function(wrap_pyfunction!(spans_enable, module)?)?;
    module.add_function(wrap_pyfunction!(spans_watch, module)?)?;
    module.add_function(wrap_pyfunction!(spans_finish, module)?)
}

/// Write calls to a recording that has begun.
#[pyfunction]
#[pyo3(signature = (path, /))]
#[allow(clippy::needless_pass_by_value, reason = "a path is made of what Python gives")]
fn spans_join(path: PathBuf) -> PyResult<()> {
    spans::join(&path).map_err(|error| os_error(&error))
}

/// Begin anew in the child of a fork.
#[pyfunction]
fn spans_forked() {
    spans::forked();
}

/// Record calls that begin from now on, or do not.
#[pyfunction]
#[pyo3(signature = (on, /))]
fn spans_enable(on: bool) {
    spans::enable(on);
}

/// Record the calls of a code object; false where that cannot be done without a wrapper.
#[pyfunction]
#[pyo3(signature = (code, name, /))]
fn spans_watch(code: &Bound<'_, PyCode>, name: String) -> PyResult<bool> {
    hooks::watch_calls(code, name)
}

/// Write the calls that are open, and watch no more.
#[pyfunction]
fn spans_finish(py: Python<'_>) -> PyResult<()> {
    hooks::finish_calls(py)
}

/// A call of a function that is recorded.
#[pyclass(module = "rsprofile._core")]
pub struct Span {
    name: String,
    running: Running,
}

#[pymethods]
impl Span {
    #[new]
    #[pyo3(signature = (name, /, *, running = true))]
    fn new(name: String, running: bool) -> Self {
        Self { name, running: Running::begin(running) }
    }

    /// Go on with it: a generator or coroutine is resumed.
    fn enable_by_count(&mut self) {
        self.running.go_on();
    }

    /// Leave it for a while.
    fn disable_by_count(&mut self) {
        self.running.leave();
    }

    /// End it and write it.
    fn end(&mut self) {
        self.running.end(&self.name);
    }
}
