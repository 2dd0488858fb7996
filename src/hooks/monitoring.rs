//! `sys.monitoring` (PEP 669), Python 3.12 and later.
//!
//! Events are set on the profiled code objects alone, so other code costs nothing; only unwinding and
//! throwing into a generator have no local events before 3.15 and are filtered by the code's slot.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyCode;

use super::heap::Allocations;
use super::tool::Tool;
use super::{heap, registry, returns, state};
use crate::engine::{Entry, Exit};

static TOOL: Tool = Tool::new("rsprofile", &IDS, &LOCAL, &GLOBAL);

/// Ids by preference. Taking 2 would make `cProfile.enable()` fail (cpython#124656); 0, 1 and 5 are
/// reserved by convention for debuggers, coverage and optimizers.
pub(super) const IDS: [i32; 6] = [3, 4, 2, 5, 1, 0];

/// The interpreter has integers up to this one for all to share.
const SHARED: u32 = 256;

const LOCAL: [(&str, ffi::vectorcallfunc); 5] = [
    // Without PY_START a function of one line fires no LINE on 3.13 (cpython#155992).
    ("PY_START", on_start),
    ("PY_RESUME", on_resume),
    ("LINE", on_line),
    ("PY_RETURN", on_return),
    ("PY_YIELD", on_yield),
];
const GLOBAL: [(&str, ffi::vectorcallfunc); 2] = [("PY_UNWIND", on_unwind), ("PY_THROW", on_throw)];

/// Takes a tool id and registers the callbacks; false when no id is free.
pub(super) fn open(py: Python<'_>) -> PyResult<bool> {
    TOOL.open(py)
}

/// Sets or takes away the events of a code object.
pub(super) fn watch(code: &Bound<'_, PyCode>, on: bool) -> PyResult<()> {
    TOOL.watch(code, on)
}

/// Gives the tool id back.
pub(super) fn close(py: Python<'_>) -> PyResult<()> {
    if TOOL.id().is_some() {
        registry::each_code(py, |code| TOOL.watch(code, false))?;
    }
    TOOL.close(py)
}

/// Runs `$body` with the allocations of the thread and the two arguments of an event, and returns
/// `None`.
macro_rules! callback {
    ($name:ident, |$heap:ident, $code:ident, $argument:ident| $body:expr) => {
        unsafe extern "C" fn $name(
            _callable: *mut PyObject,
            args: *const *mut PyObject,
            count: usize,
            _names: *mut PyObject,
        ) -> *mut PyObject {
            state::guarded!(|$heap| {
                // SAFETY: the interpreter calls with the lock held and at least the two arguments
                // checked for (a program could call what `register_callback` gives back), borrowed
                // for the time of the call.
                unsafe {
                    if ffi::PyVectorcall_NARGS(count) < 2 {
                        return;
                    }
                    let ($code, $argument) = (*args, *args.add(1));
                    $body
                }
            });
            // SAFETY: the lock is held; the caller takes over the reference.
            unsafe { ffi::Py_NewRef(ffi::Py_None()) }
        }
    };
}

callback!(on_start, |heap, code, offset| enter(heap, code, offset, || Entry::Call));
callback!(on_resume, |heap, code, offset| {
    enter(heap, code, offset, || Entry::Resume(line_at(code, offset)));
});
callback!(on_throw, |heap, code, offset| {
    enter(heap, code, offset, || Entry::Resume(line_at(code, offset)));
});
callback!(on_line, |heap, code, number| line(heap, code, number));
callback!(on_return, |heap, code, offset| exit(heap, code, offset, Exit::End));
callback!(on_yield, |heap, code, offset| exit(heap, code, offset, Exit::Suspend));
callback!(on_unwind, |heap, code, offset| exit(heap, code, offset, Exit::End));

/// The running frame starts on a line, if its code is profiled.
///
/// # Safety
/// Both are live objects and the interpreter lock is held.
#[inline(always)]
unsafe fn line<H: Allocations>(heap: H, code: *mut PyObject, object: *mut PyObject) {
    // SAFETY: the caller's promise is ours.
    unsafe {
        let (frame, number) = (state::running_frame(), small(object));
        if H::RECORDED && number > SHARED {
            heap::disown_number(object);
        }
        if !state::line_on_top(heap, frame, number)
            && let Some(extra) = registry::extra(code)
        {
            state::line(heap, frame, extra.code, number);
        }
    }
}

/// The running frame begins to run, if its code is profiled.
///
/// # Safety
/// Both are live objects and the interpreter lock is held.
#[inline]
unsafe fn enter<H: Allocations>(
    heap: H,
    code: *mut PyObject,
    offset: *mut PyObject,
    entry: impl FnOnce() -> Entry,
) {
    // SAFETY: the caller's promise is ours.
    unsafe {
        if H::RECORDED {
            heap::disown_number(offset);
        }
        if let Some(extra) = registry::extra(code) {
            state::enter(heap, state::running_frame(), extra.code, entry());
        }
    }
}

/// The running frame stops to run, if its code is profiled.
///
/// # Safety
/// Both are live objects and the interpreter lock is held.
#[inline]
unsafe fn exit<H: Allocations>(heap: H, code: *mut PyObject, offset: *mut PyObject, how: Exit) {
    // SAFETY: the caller's promise is ours.
    unsafe {
        if H::RECORDED {
            heap::disown_number(offset);
        }
        if registry::extra(code).is_some() {
            returns::returned(state::exit(heap, state::running_frame(), how));
        }
    }
}

/// The line of a bytecode offset; 0 where there is none.
///
/// # Safety
/// `code` is a code object, `offset` an integer object, and the interpreter lock is held.
unsafe fn line_at(code: *mut PyObject, offset: *mut PyObject) -> u32 {
    // SAFETY: the caller's promise is what the function asks for.
    unsafe {
        let offset = i32::try_from(small(offset)).unwrap_or(0);
        u32::try_from(ffi::PyCode_Addr2Line(code.cast(), offset)).unwrap_or(0)
    }
}

/// The value of an integer object; 0 for what is none.
///
/// # Safety
/// `value` is a live object and the interpreter lock is held.
#[inline]
unsafe fn small(value: *mut PyObject) -> u32 {
    // SAFETY: `value` is alive; its type is checked, so that no error can be set but overflow.
    unsafe {
        if ffi::PyLong_Check(value) == 0 {
            return 0;
        }
        let mut overflow = 0;
        u32::try_from(ffi::PyLong_AsLongAndOverflow(value, &raw mut overflow)).unwrap_or(0)
    }
}
