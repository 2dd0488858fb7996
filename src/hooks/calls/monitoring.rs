//! Calls by `sys.monitoring`, Python 3.12 and later: the event of a function's start, everywhere.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::counters;
use crate::heap::record;
use crate::hooks::heap;
use crate::hooks::tool::Tool;

static TOOL: Tool = Tool::new("rsprofile calls", &IDS, &[], &[("PY_START", on_start)]);
/// Ids by preference. The others belong to debuggers, coverage and cProfile, which fail when theirs
/// is taken: then rather no calls are counted.
const IDS: [i32; 3] = [4, 3, 5];

/// Where the integers are that the interpreter has for all to share: the first and the last.
static SHARED: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

/// Counts from now on.
///
/// # Errors
/// `RuntimeError` when no tool id is free.
pub(super) fn begin(py: Python<'_>) -> PyResult<()> {
    for (at, value) in SHARED.iter().zip([0, 256]) {
        // SAFETY: the lock is held; a shared object, whose reference is given back.
        unsafe {
            let object = ffi::PyLong_FromLong(value);
            at.store(object.addr(), Relaxed);
            ffi::Py_XDECREF(object);
        }
    }
    if TOOL.open(py)? {
        return Ok(());
    }
    Err(PyRuntimeError::new_err(
        "cannot count calls: all monitoring ids of this process are taken by other tools",
    ))
}

/// Counts no more and gives the tool id back.
///
/// # Errors
/// What the interpreter says to the removal of events.
pub(super) fn end(py: Python<'_>) -> PyResult<()> {
    TOOL.close(py)
}

/// Whether our event is still set. Who frees or clears our id takes it away.
pub(super) fn is_watching(py: Python<'_>) -> bool {
    TOOL.is_set(py).unwrap_or(false)
}

/// A function starts. Nothing here allocates, but for the first call of its code.
unsafe extern "C" fn on_start(
    _callable: *mut PyObject,
    args: *const *mut PyObject,
    count: usize,
    _names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the interpreter calls with the lock held and at least the two arguments checked for (a
    // program could call what `register_callback` gives back), borrowed for the time of the call. The
    // caller takes over the reference to `None`.
    unsafe {
        if ffi::PyVectorcall_NARGS(count) >= 2 {
            let (code, offset) = (*args, *args.add(1));
            if counters::is_code(code)
                && let Some(counter) = counters::of(code.cast())
            {
                counter.count();
            }
            let [first, last] = [SHARED[0].load(Relaxed), SHARED[1].load(Relaxed)];
            // Made by the interpreter to call us, as it is for code with a hundred cells.
            if !(first..=last).contains(&offset.addr()) && record::is_active() {
                heap::disown_number(offset);
            }
        }
        ffi::Py_NewRef(ffi::Py_None())
    }
}
