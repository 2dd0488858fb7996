//! Running the user's program.

use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict};

use crate::hooks;

/// Registers the functions of this file.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(run, module)?)?;
    module.add_function(wrap_pyfunction!(watch_modules, module)?)
}

/// Run a code object in a namespace, with no frame of ours in between.
#[pyfunction]
#[pyo3(signature = (code, namespace, /))]
fn run(code: &Bound<'_, PyCode>, namespace: &Bound<'_, PyDict>) -> PyResult<()> {
    // What was loaded to get here, the command line's parser for one, is ours as well.
    crate::meter::baseline::imported();
    hooks::evaluate(code, namespace)
}

/// Call back with the code of every module body that is about to run.
#[pyfunction]
#[pyo3(signature = (callback, /))]
fn watch_modules(callback: Bound<'_, PyAny>) -> PyResult<()> {
    hooks::watch_modules(callback)
}
