//! Calls of decorated functions in a recorded program, by `sys.monitoring`: their starts and ends, and
//! no event of a line. Other code has no events at all, but for what unwinds and is thrown into
//! generators.
//!
//! Python 3.11 has none of this; there, and where no tool id is free, calls are wrapped.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::{Arc, LazyLock};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyCode;

use super::monitoring::IDS;
use super::state;
use super::tool::Tool;
use crate::lock::lock;
use crate::timeline::spans::Running;

static TOOL: Tool = Tool::new("rsprofile", &IDS, &LOCAL, &GLOBAL);

const LOCAL: [(&str, ffi::vectorcallfunc); 4] = [
    ("PY_START", on_start),
    ("PY_RESUME", on_resume),
    ("PY_RETURN", on_end),
    ("PY_YIELD", on_yield),
];
const GLOBAL: [(&str, ffi::vectorcallfunc); 2] = [("PY_UNWIND", on_end), ("PY_THROW", on_resume)];

static CALLS: LazyLock<Mutex<Calls>> = LazyLock::new(Mutex::default);

/// Touched with the interpreter lock held only, and no Python runs meanwhile.
#[derive(Default)]
struct Calls {
    /// By the address of the code, which is kept alive.
    names: HashMap<usize, (Py<PyCode>, Arc<str>)>,
    /// By the address of the frame.
    open: HashMap<usize, (Arc<str>, Running)>,
}

/// Records the calls of a code object under a name. False where there is no way to.
///
/// # Errors
/// What the interpreter says to the events.
pub fn watch(code: &Bound<'_, PyCode>, name: String) -> PyResult<bool> {
    if !cfg!(Py_3_12) || !TOOL.open(code.py())? {
        return Ok(false);
    }
    let at = code.as_ptr().addr();
    lock(&CALLS).names.insert(at, (code.clone().unbind(), name.into()));
    TOOL.watch(code, true)?;
    Ok(true)
}

/// Writes the calls that are open, and gives the tool id back.
///
/// # Errors
/// What the interpreter says to the removal of events.
pub fn finish(py: Python<'_>) -> PyResult<()> {
    if TOOL.id().is_none() {
        return Ok(());
    }
    let Calls { names, open } = std::mem::take(&mut *lock(&CALLS));
    for (name, mut running) in open.into_values() {
        running.end_as_left(&name);
    }
    names.values().try_for_each(|(code, _)| TOOL.watch(code.bind(py), false))?;
    TOOL.close(py)
}

/// Runs `$body` with the calls, the address of the code and that of its frame, and returns `None`.
macro_rules! callback {
    ($name:ident, |$calls:ident, $code:ident, $frame:ident| $body:expr) => {
        unsafe extern "C" fn $name(
            _callable: *mut PyObject,
            args: *const *mut PyObject,
            count: usize,
            _names: *mut PyObject,
        ) -> *mut PyObject {
            // SAFETY: the interpreter calls with the lock held and at least the one argument checked
            // for (a program could call what `register_callback` gives back).
            let (code, frame) = unsafe {
                let count = ffi::PyVectorcall_NARGS(count);
                let code = if count > 0 { (*args).addr() } else { 0 };
                (code, state::running_frame())
            };
            // A panic must not cross into the interpreter. The tables are whole at any time.
            let _ = catch_unwind(|| {
                let ($calls, $code, $frame) = (&mut *lock(&CALLS), code, frame);
                $body
            });
            // SAFETY: the lock is held; the caller takes over the reference.
            unsafe { ffi::Py_NewRef(ffi::Py_None()) }
        }
    };
}

callback!(on_start, |calls, code, frame| {
    if let Some((_, name)) = calls.names.get(&code) {
        let begun = (Arc::clone(name), Running::begin(true));
        // A generator that was closed where nothing had to be unwound ends without an event.
        if let Some((name, mut running)) = calls.open.insert(frame, begun) {
            running.end_as_left(&name);
        }
    }
});
callback!(on_resume, |calls, _code, frame| {
    if let Some((_, running)) = calls.open.get_mut(&frame) {
        running.go_on();
    }
});
callback!(on_yield, |calls, _code, frame| {
    if let Some((_, running)) = calls.open.get_mut(&frame) {
        running.leave();
    }
});
callback!(on_end, |calls, _code, frame| {
    if let Some((name, mut running)) = calls.open.remove(&frame) {
        running.end(&name);
    }
});
