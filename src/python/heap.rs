//! The heap meter: on and off, and its figures as Python objects.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::heap::domains::{self, Options};
use crate::heap::holders;
use crate::heap::intern::{Line, Where};
use crate::heap::native;
use crate::heap::thread::{self, Mute};
use crate::heap::{self, LONGEST};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(heap_start, module)?)?;
    module.add_function(wrap_pyfunction!(heap_stop, module)?)?;
    module.add_function(wrap_pyfunction!(heap_is_started, module)?)?;
    module.add_function(wrap_pyfunction!(heap_keep, module)?)?;
    module.add_function(wrap_pyfunction!(heap_hold, module)?)?;
    module.add_function(wrap_pyfunction!(heap_release, module)?)?;
    module.add_function(wrap_pyfunction!(heap_is_tracing, module)?)?;
    module.add_function(wrap_pyfunction!(heap_stacks, module)?)?;
    module.add_function(wrap_pyfunction!(heap_clear, module)?)?;
    module.add_function(wrap_pyfunction!(heap_reset_peak, module)?)?;
    module.add_function(wrap_pyfunction!(heap_totals, module)?)?;
    module.add_function(wrap_pyfunction!(heap_own, module)?)?;
    module.add_function(wrap_pyfunction!(heap_thread, module)?)?;
    module.add_function(wrap_pyfunction!(heap_reset_high, module)?)?;
    module.add_function(wrap_pyfunction!(heap_snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(heap_native, module)?)?;
    module.add_function(wrap_pyfunction!(heap_allocators, module)?)?;
    module.add_function(wrap_pyfunction!(heap_site_of, module)?)?;
    module.add_function(wrap_pyfunction!(heap_site_at, module)?)
}

#[pyfunction]
#[pyo3(signature = (stacks = 1, *, raw_frames = true))]
fn heap_start(py: Python<'_>, stacks: usize, raw_frames: bool) -> PyResult<bool> {
    check(stacks)?;
    holders::start(py, Options { stacks, raw_frames })?;
    Ok(domains::sees_all())
}

#[pyfunction]
fn heap_stop(py: Python<'_>) {
    holders::stop(py);
}

#[pyfunction]
fn heap_is_started() -> bool {
    holders::is_started()
}

#[pyfunction]
#[pyo3(signature = (stacks, /, *, temporaries = false))]
fn heap_keep(py: Python<'_>, stacks: usize, temporaries: bool) -> PyResult<()> {
    check(stacks)?;
    heap::record::count_temporaries(temporaries);
    holders::keep(py, stacks)
}

#[pyfunction]
#[pyo3(signature = (stacks = 1, /))]
fn heap_hold(py: Python<'_>, stacks: usize) -> PyResult<u64> {
    check(stacks)?;
    holders::hold(py, stacks)
}

#[pyfunction]
#[pyo3(signature = (hold, /))]
fn heap_release(py: Python<'_>, hold: u64) {
    holders::release(py, hold);
}

fn check(stacks: usize) -> PyResult<()> {
    if (1..=LONGEST).contains(&stacks) {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{stacks} frames of each stack cannot be kept: 1 to {LONGEST}"
    )))
}

#[pyfunction]
fn heap_is_tracing() -> bool {
    heap::record::is_active()
}

#[pyfunction]
fn heap_stacks() -> usize {
    heap::stacks()
}

#[pyfunction]
fn heap_clear() {
    heap::clear();
}

#[pyfunction]
fn heap_reset_peak() {
    heap::reset_peak();
}

#[pyfunction]
fn heap_totals(py: Python<'_>) -> (i64, i64) {
    restore(py);
    let totals = heap::totals();
    (totals.live, totals.peak)
}

#[pyfunction]
fn heap_own() -> (usize, u64) {
    (heap::bytes(), heap::lost())
}

#[pyfunction]
fn heap_thread() -> (i64, u64, u64, u64, i64) {
    let reading = thread::reading();
    (reading.net(), reading.allocated, reading.freed, reading.allocations, reading.high)
}

#[pyfunction]
fn heap_reset_high() {
    thread::reset_high();
}

#[pyfunction]
fn heap_snapshot(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    if !heap::record::is_active() {
        return Err(PyRuntimeError::new_err("the heap meter is off: start it first"));
    }
    restore(py);
    let _mute = Mute::begin();
    let rows = heap::rows();
    let mut lines = Lines::default();
    let stacks = lines.stacks(py, rows.iter().map(|row| row.site))?;
    let rows = rows
        .iter()
        .zip(stacks)
        .map(|(row, (record, stack))| {
            let figures = row.figures;
            let row = (
                record,
                stack,
                figures.live_bytes,
                figures.live_blocks,
                figures.allocated,
                figures.allocations,
                figures.peak_bytes,
                figures.peak_blocks,
            );
            row.into_pyobject(py)
        })
        .collect::<PyResult<Vec<_>>>()?;
    // All of it while blocks are not recorded, the list as well.
    PyList::new(py, rows)
}

#[pyfunction]
fn heap_native() -> (usize, usize, usize, usize, usize) {
    let found = native::coverage();
    (found.objects, found.slots, found.foreign, found.strange, found.refused)
}

#[pyfunction]
fn heap_allocators(py: Python<'_>) -> Vec<(PathBuf, &'static str)> {
    let _mute = Mute::begin();
    let found = py.detach(|| heap::allocators(&domains::addresses()));
    found.into_iter().map(|allocator| (allocator.path, allocator.name)).collect()
}

#[pyfunction]
#[pyo3(signature = (object, /))]
fn heap_site_of(object: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyTuple>>> {
    heap_site_at(object.py(), heap::objects::start_of(object))
}

#[pyfunction]
#[pyo3(signature = (address, /))]
fn heap_site_at(py: Python<'_>, address: usize) -> PyResult<Option<Py<PyTuple>>> {
    let _mute = Mute::begin();
    let Some(site) = heap::site_of(address) else { return Ok(None) };
    let stacks = Lines::default().stacks(py, [site])?;
    Ok(stacks.into_iter().next().map(|(_, stack)| stack))
}

/// Has all allocations come to us again that other tools have led away.
fn restore(py: Python<'_>) {
    domains::restore(py);
    native::restore();
}

/// A line with the names of its file and function.
type Named = (Line, Arc<[u8]>, Arc<[u8]>);

/// Lines of code as tuples, one for each.
#[derive(Default)]
struct Lines(HashMap<u32, Py<PyTuple>>);

impl Lines {
    /// Line record and stack of each site. Names are copied first: making an object may run any code,
    /// which may come to a new site.
    fn stacks(
        &mut self,
        py: Python<'_>,
        sites: impl IntoIterator<Item = u32>,
    ) -> PyResult<Vec<(u32, Py<PyTuple>)>> {
        let mut named: HashMap<u32, Named> = HashMap::new();
        let stacks: Vec<Where> = heap::names(|names| {
            let stacks = sites.into_iter().filter_map(|site| names.site(site).cloned());
            stacks
                .inspect(|at| {
                    for &number in &*at.stack {
                        named.entry(number).or_insert_with(|| {
                            let line = names.line_at(number);
                            (line, names.text(line.file), names.text(line.function))
                        });
                    }
                })
                .collect()
        });
        let mut texts: HashMap<u32, Py<PyString>> = HashMap::new();
        for (number, (line, file, function)) in named {
            for (number, text) in [(line.file, file), (line.function, function)] {
                if let Entry::Vacant(vacant) = texts.entry(number) {
                    vacant.insert(string(py, &text)?);
                }
            }
            let tuple = (&texts[&line.file], &texts[&line.function], line.first, line.line);
            self.0.insert(number, tuple.into_pyobject(py)?.unbind());
        }
        let tuple = |at: Where| {
            let lines = at.stack.iter().map(|number| &self.0[number]);
            Ok((at.record, PyTuple::new(py, lines.collect::<Vec<_>>())?.unbind()))
        };
        stacks.into_iter().map(tuple).collect()
    }
}

/// A text in which surrogates are three bytes each.
fn string(py: Python<'_>, text: &[u8]) -> PyResult<Py<PyString>> {
    let decoded = PyBytes::new(py, text).call_method1("decode", ("utf-8", "surrogatepass"))?;
    Ok(decoded.cast_into::<PyString>()?.unbind())
}
