//! Sizes of memory, as people write them.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use crate::units;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(size, module)?)
}

/// Bytes of a limit, which are given as such or as a text like `200 MiB`. At least one.
#[pyfunction]
#[pyo3(signature = (value, /))]
fn size(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    bytes_of(value)
}

/// The same for Rust.
pub fn bytes_of(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    if let Ok(text) = value.cast::<PyString>() {
        return units::size(text.to_str()?)
            .map_err(|error| PyValueError::new_err(error.to_string()));
    }
    if !value.is_instance_of::<PyInt>() {
        let kind = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("a limit is bytes or a text, not {kind}")));
    }
    let bytes = value.extract::<i64>().ok().filter(|&bytes| bytes > 0);
    bytes.ok_or_else(|| {
        let most = i64::MAX;
        PyValueError::new_err(format!("a limit of {value} bytes is out of range: 1 to {most}"))
    })
}
