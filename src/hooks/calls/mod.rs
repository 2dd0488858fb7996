//! How often each Python function was called.
//!
//! One call is one start: of a function, a module or class body, a comprehension that is a function
//! of its own; of a generator or coroutine its first step, and no later one. What runs already when
//! counting begins is not counted.

mod counters;
#[cfg(not(Py_3_12))]
mod eval;
#[cfg(Py_3_12)]
mod monitoring;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::heap::thread::Mute;
#[cfg(not(Py_3_12))]
use eval as hook;
#[cfg(Py_3_12)]
use monitoring as hook;

/// A function, by its names. Texts are UTF-8, with surrogates as three bytes each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Name of the file.
    pub file: Vec<u8>,
    /// Qualified name of the function.
    pub function: Vec<u8>,
    /// First line of the function.
    pub first: u32,
}

static ON: AtomicBool = AtomicBool::new(false);

/// Counts calls from now on, from nothing; nothing to do while it is on.
///
/// # Errors
/// `RuntimeError` where it cannot be done: one line.
pub fn start(py: Python<'_>) -> PyResult<()> {
    if is_on() {
        return Ok(());
    }
    let _mute = Mute::begin();
    let ask = py.import("sys")?.getattr_opt("_is_gil_enabled")?;
    if !ask.map_or(Ok(true), |ask| ask.call0()?.extract())? {
        return Err(PyRuntimeError::new_err(
            "cannot count calls without the interpreter lock: run with PYTHON_GIL=1",
        ));
    }
    counters::prepare(py)?;
    hook::begin(py)?;
    counters::clear(py);
    ON.store(true, Relaxed);
    Ok(())
}

/// Counts no more. What was counted stays until the next start.
///
/// # Errors
/// What the interpreter says to the removal of events.
#[allow(clippy::unnecessary_wraps, reason = "of one of the hooks")]
pub fn stop(py: Python<'_>) -> PyResult<()> {
    if !ON.swap(false, Relaxed) {
        return Ok(());
    }
    let _mute = Mute::begin();
    #[cfg(Py_3_12)]
    hook::end(py)?;
    #[cfg(not(Py_3_12))]
    hook::end(py);
    Ok(())
}

/// Whether it is on.
pub fn is_on() -> bool {
    ON.load(Relaxed)
}

/// The calls of each function, summed over code that died and was made anew.
pub fn table(py: Python<'_>) -> HashMap<Key, u64> {
    counters::table(py)
}

/// Why the counts are not whole, if they are not: one line each.
pub fn notes(py: Python<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let _mute = Mute::begin();
    #[cfg(not(Py_3_12))]
    if eval::is_cut() {
        notes.push(
            "calls were counted until a recursion came near the end of its thread's stack"
                .to_owned(),
        );
        return notes;
    }
    if is_on() && !hook::is_watching(py) {
        notes.push("calls were counted until another tool took the hook away".to_owned());
    }
    let untold = counters::untold(py);
    if untold > 0 {
        notes.push(format!("{untold} calls were of code that died and has too many names to keep"));
    }
    notes
}
