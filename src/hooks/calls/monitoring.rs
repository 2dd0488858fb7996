//! Calls by `sys.monitoring`, Python 3.12 and later: the event of a function's start, everywhere.

use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::counters;
use crate::heap::record;
use crate::hooks::callback::Callback;
use crate::hooks::heap;
use crate::hooks::monitoring::{api, mask};

/// Our tool id; -1 when we have none.
static TOOL: AtomicI32 = AtomicI32::new(-1);
/// Ids by preference. The others belong to debuggers, coverage and cProfile, which fail when theirs
/// is taken: then rather no calls are counted.
const IDS: [i32; 3] = [4, 3, 5];
const EVENT: &str = "PY_START";

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
    let api = api(py)?;
    for id in IDS {
        if api.call_method1("get_tool", (id,))?.is_none()
            && api.call_method1("use_tool_id", (id, "rsprofile calls")).is_ok()
        {
            TOOL.store(id, Relaxed);
            return watch(&api, id).inspect_err(|_| drop(end(py)));
        }
    }
    Err(PyRuntimeError::new_err(
        "cannot count calls: all monitoring ids of this process are taken by other tools",
    ))
}

fn watch(api: &Bound<'_, PyAny>, id: i32) -> PyResult<()> {
    let kind = Callback::kind(api.py())?;
    let callback = Callback::instance(&kind, on_start)?;
    let event = mask(api, &[EVENT])?;
    api.call_method1("register_callback", (id, event, callback))?;
    api.call_method1("set_events", (id, event))?;
    Ok(())
}

/// Counts no more and gives the tool id back.
///
/// # Errors
/// What the interpreter says to the removal of events.
pub(super) fn end(py: Python<'_>) -> PyResult<()> {
    let id = TOOL.swap(-1, Relaxed);
    if id < 0 {
        return Ok(());
    }
    let api = api(py)?;
    // Before 3.14 events and callbacks outlive the id (cpython#111963, #116750).
    api.call_method1("set_events", (id, 0))?;
    api.call_method1("register_callback", (id, mask(&api, &[EVENT])?, py.None()))?;
    api.call_method1("free_tool_id", (id,))?;
    Ok(())
}

/// Whether our event is still set. Who frees or clears our id takes it away.
pub(super) fn is_watching(py: Python<'_>) -> bool {
    let id = TOOL.load(Relaxed);
    let events = || -> PyResult<bool> {
        let api = api(py)?;
        let set: u32 = api.call_method1("get_events", (id,))?.extract()?;
        Ok(set & mask(&api, &[EVENT])? != 0)
    };
    id >= 0 && events().unwrap_or(false)
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
