//! How memory grows in a run: calls of functions.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::heap::thread::Mute;
use crate::hooks::calls;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(calls_start, module)?)?;
    module.add_function(wrap_pyfunction!(calls_stop, module)?)?;
    module.add_function(wrap_pyfunction!(calls_table, module)?)?;
    module.add_function(wrap_pyfunction!(calls_notes, module)?)
}

#[pyfunction]
fn calls_start(py: Python<'_>) -> PyResult<()> {
    calls::start(py)
}

#[pyfunction]
fn calls_stop(py: Python<'_>) -> PyResult<()> {
    calls::stop(py)
}

#[pyfunction]
fn calls_table(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let _mute = Mute::begin();
    let found = PyDict::new(py);
    for (key, count) in calls::table(py) {
        found.set_item((text(py, &key.file)?, text(py, &key.function)?, key.first), count)?;
    }
    Ok(found)
}

#[pyfunction]
fn calls_notes(py: Python<'_>) -> Vec<String> {
    calls::notes(py)
}

/// A text in which surrogates are three bytes each.
fn text<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    PyBytes::new(py, text).call_method1("decode", ("utf-8", "surrogatepass"))
}
