//! How memory grows in a run: calls of functions, blocks of lines over time, collections of cycles.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::heap;
use crate::heap::marks::{self, Level, Marks};
use crate::heap::thread::Mute;
use crate::hooks::{calls, collector};
use crate::profile::Place;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(calls_start, module)?)?;
    module.add_function(wrap_pyfunction!(calls_stop, module)?)?;
    module.add_function(wrap_pyfunction!(calls_table, module)?)?;
    module.add_function(wrap_pyfunction!(calls_notes, module)?)?;
    module.add_function(wrap_pyfunction!(growth_start, module)?)?;
    module.add_function(wrap_pyfunction!(growth_stop, module)?)?;
    module.add_function(wrap_pyfunction!(growth_mark, module)?)?;
    module.add_function(wrap_pyfunction!(growth_moments, module)?)?;
    module.add_function(wrap_pyfunction!(growth_history, module)?)?;
    module.add_function(wrap_pyfunction!(collector_start, module)?)?;
    module.add_function(wrap_pyfunction!(collector_stop, module)?)?;
    module.add_function(wrap_pyfunction!(collector_times, module)?)?;
    module.add_function(wrap_pyfunction!(collector_notes, module)?)?;
    module.add_function(wrap_pyfunction!(collector_record, module)?)
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

/// Whether marks are to be taken by themselves.
static MARKS: AtomicBool = AtomicBool::new(false);

#[pyfunction]
fn growth_start(py: Python<'_>) -> PyResult<()> {
    watch_growth(py)
}

#[pyfunction]
fn growth_stop() {
    leave_growth();
}

/// Has a thread take marks, and be gone while the program forks.
pub fn watch_growth(py: Python<'_>) -> PyResult<()> {
    static AT_FORK: AtomicBool = AtomicBool::new(false);
    let _mute = Mute::begin();
    if !AT_FORK.swap(true, Relaxed) {
        let hooks = PyDict::new(py);
        hooks.set_item("before", wrap_pyfunction!(before_fork, py)?)?;
        hooks.set_item("after_in_parent", wrap_pyfunction!(after_fork, py)?)?;
        hooks.set_item("after_in_child", wrap_pyfunction!(after_fork, py)?)?;
        py.import("os")?.call_method("register_at_fork", (), Some(&hooks))?;
    }
    MARKS.store(true, Relaxed);
    marks::start();
    Ok(())
}

/// Takes no more marks.
pub fn leave_growth() {
    MARKS.store(false, Relaxed);
    marks::stop();
}

/// A process with more than one thread is warned when it forks.
#[pyfunction]
fn before_fork() {
    marks::stop();
}

#[pyfunction]
fn after_fork() {
    if MARKS.load(Relaxed) {
        // Where there can be no thread, the marks so far are what there is.
        let _ = marks::resume();
    }
}

#[pyfunction]
#[pyo3(signature = (name = None, /))]
fn growth_mark(name: Option<String>) {
    marks::mark(name);
}

#[pyfunction]
fn growth_moments() -> Vec<(f64, Option<String>)> {
    let all =
        |marks: &Marks| marks.moments().map(|(at, name)| (at, name.map(str::to_owned))).collect();
    let _mute = Mute::begin();
    marks::with_marks(|marks| marks.map(all)).unwrap_or_default()
}

/// Blocks that one line made, freed and has, and at each mark seconds, live blocks and blocks made.
type History = ((u64, u64, u64), Vec<(f64, u64, u64)>);

#[pyfunction]
#[pyo3(signature = (object, /))]
fn growth_history(object: &Bound<'_, PyAny>) -> Option<History> {
    let _mute = Mute::begin();
    let site = heap::site_of(heap::objects::start_of(object))?;
    let tuple = |level: Level| (level.seconds, level.live, level.made);
    let history = marks::history(site).into_iter().map(tuple).collect();
    Some((marks::figures_of(site), history))
}

#[pyfunction]
fn collector_start(py: Python<'_>) -> PyResult<()> {
    collector::start(py)
}

#[pyfunction]
fn collector_stop(py: Python<'_>) {
    collector::stop(py);
}

#[pyfunction]
fn collector_times() -> ([u64; 3], [f64; 3]) {
    let times = collector::times();
    (times.collections, times.seconds)
}

/// File, function, first line and line.
type Line = (String, String, u32, u32);

fn line(place: Place) -> Line {
    (place.file, place.function, place.first_line, place.line)
}

#[pyfunction]
fn collector_notes() -> Vec<(&'static str, Option<Line>, u64)> {
    let _mute = Mute::begin();
    let notes = collector::notes().into_iter();
    notes.map(|note| (note.function, note.place.map(line), note.count)).collect()
}

#[pyfunction]
fn collector_record(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let _mute = Mute::begin();
    let record = collector::record(py)?;
    let found = PyDict::new(py);
    found.set_item("enabled", record.enabled)?;
    found.set_item("disabled_at", record.disabled_at.map(line))?;
    found.set_item("thresholds", record.thresholds)?;
    found.set_item("collections", record.collections)?;
    found.set_item("collected", record.collected)?;
    found.set_item("uncollectable", record.uncollectable)?;
    found.set_item("seconds", record.seconds)?;
    found.set_item("watched", record.watched)?;
    Ok(found)
}

/// A text in which surrogates are three bytes each.
fn text<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    PyBytes::new(py, text).call_method1("decode", ("utf-8", "surrogatepass"))
}
