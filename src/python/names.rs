//! For tests: what objects are called in reports.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::heap::thread::Mute;
use crate::objects::read::bound;
use crate::objects::read::names::Edge;
use crate::objects::read::stores::Store;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(object_edge, module)?)?;
    module.add_function(wrap_pyfunction!(object_expression, module)?)?;
    module.add_function(wrap_pyfunction!(object_container, module)?)?;
    module.add_function(wrap_pyfunction!(object_stores, module)?)?;
    module.add_function(wrap_pyfunction!(object_closure, module)?)?;
    module.add_function(wrap_pyfunction!(object_type, module)?)?;
    module.add_function(wrap_pyfunction!(object_first_line, module)?)?;
    module.add_function(wrap_pyfunction!(object_place, module)?)
}

#[pyfunction]
#[pyo3(signature = (start, to, /))]
fn object_edge(start: &Bound<'_, PyAny>, to: &Bound<'_, PyAny>) -> Option<String> {
    let _mute = Mute::begin();
    bound::edge(start, to).map(|edge| edge.shown())
}

#[pyfunction]
#[pyo3(signature = (root, path, /))]
fn object_expression(root: &str, path: &Bound<'_, PyList>) -> (String, Vec<String>) {
    let _mute = Mute::begin();
    let (shown, edges) = bound::expression(root, &path.iter().collect::<Vec<_>>());
    (shown, edges.iter().map(Edge::shown).collect())
}

#[pyfunction]
#[pyo3(signature = (object, /))]
fn object_container(object: &Bound<'_, PyAny>) -> (Option<u64>, Option<u64>, Option<usize>) {
    let found = bound::container(object);
    (found.len, found.bound, found.buffer)
}

#[pyfunction]
#[pyo3(signature = (code, kind, name, /))]
fn object_stores(code: &Bound<'_, PyAny>, kind: &str, name: &str) -> PyResult<Vec<u32>> {
    let what = match kind {
        "global" => Store::Global(name),
        "attribute" => Store::Attribute(name),
        "cell" => Store::Cell(name),
        _ => return Err(PyValueError::new_err(format!("{kind}: global, attribute or cell"))),
    };
    let _mute = Mute::begin();
    Ok(bound::stores(code, what))
}

#[pyfunction]
#[pyo3(signature = (function, /))]
fn object_closure(function: &Bound<'_, PyAny>) -> Vec<(String, usize)> {
    let _mute = Mute::begin();
    bound::closure(function)
}

#[pyfunction]
#[pyo3(signature = (kind, /))]
fn object_type(kind: &Bound<'_, PyAny>) -> Option<(String, String)> {
    let _mute = Mute::begin();
    bound::type_name(kind)
}

#[pyfunction]
#[pyo3(signature = (object, /))]
fn object_first_line(object: &Bound<'_, PyAny>) -> Option<u32> {
    let _mute = Mute::begin();
    bound::first_line(object)
}

#[pyfunction]
#[pyo3(signature = (code, /))]
fn object_place(code: &Bound<'_, PyAny>) -> Option<(String, String, u32)> {
    let _mute = Mute::begin();
    bound::place(code).map(|place| (place.file, place.qualname, place.first_line))
}
