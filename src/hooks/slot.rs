//! Who has the trace slot of a thread.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::ffi::{self, Py_tracefunc, PyObject};
use pyo3::prelude::*;

use super::{settrace, sys_trace};

/// A trace function and its object.
pub(super) struct Before {
    pub function: Py_tracefunc,
    pub object: Option<Py<PyAny>>,
}

/// Where `c_tracefunc` is in `PyThreadState`, in words; found at first use, 0 when it was not found.
static OFFSET: AtomicUsize = AtomicUsize::new(usize::MAX);
/// In every version from 3.11 to 3.14 `c_traceobj` stands two pointers behind `c_tracefunc`
/// (`c_profilefunc, c_tracefunc, c_profileobj, c_traceobj` in cpython/pystate.h).
const OBJECT_BEHIND: usize = 2;
/// How far the field is looked for, in words; the structure is larger in every version.
const SEARCHED: usize = 24;

/// What is in this thread's slot.
///
/// No function of the C API tells, and `sys.gettrace()` shows the object alone. The layout of the
/// structure changes with the version, so the place is found once by putting a known function there.
pub(super) fn occupant(py: Python<'_>) -> Option<Before> {
    let offset = match OFFSET.load(Ordering::Relaxed) {
        usize::MAX => find_offset(py),
        known => known,
    };
    if offset == 0 {
        return None;
    }
    // SAFETY: the lock is held, so the thread state is this thread's and nobody changes it; both
    // fields lie inside of it, and hold a function pointer or null and an object or null.
    unsafe {
        let state = ffi::PyThreadState_Get().cast::<*mut PyObject>();
        let function = state.add(offset).cast::<Option<Py_tracefunc>>().read();
        let object = state.add(offset + OBJECT_BEHIND).read();
        let object = Bound::from_borrowed_ptr_or_opt(py, object).map(Bound::unbind);
        function.map(|function| Before { function, object })
    }
}

/// Looks for the slot while it holds [`settrace::trace`]. A Python trace function that was in it is put back
/// the way `sys.settrace` does; a C one can only be found in a slot whose place is known.
fn find_offset(py: Python<'_>) -> usize {
    let Ok(object) = settrace::object(py) else { return 0 };
    let Ok(sys) = py.import("sys") else { return 0 };
    let before = sys_trace::interpreters_gettrace(py).ok().filter(|before| !before.is_none());
    // SAFETY: the lock is held. The bytes searched lie inside the thread state, which is aligned for
    // pointers, and are read as integers.
    let found = unsafe {
        let state = ffi::PyThreadState_Get().cast::<usize>();
        let words = || std::slice::from_raw_parts(state, SEARCHED);
        let old: Vec<usize> = words().to_vec();
        ffi::PyEval_SetTrace(Some(settrace::trace), object.as_ptr());
        let at = words().iter().position(|&word| word == settrace::trace as Py_tracefunc as usize);
        let at =
            at.filter(|&at| words().get(at + OBJECT_BEHIND) == Some(&(object.as_ptr() as usize)));
        match at.map(|at| (at, old[at])) {
            // SAFETY of the transmute: this word is the slot, so it held a trace function or null.
            Some((_, function)) if function != 0 => {
                let raw = before.as_ref().map_or(std::ptr::null_mut(), Bound::as_ptr);
                let function = std::mem::transmute::<usize, Py_tracefunc>(function);
                ffi::PyEval_SetTrace(Some(function), raw);
            }
            Some(_) => ffi::PyEval_SetTrace(None, std::ptr::null_mut()),
            None => {
                ffi::PyEval_SetTrace(None, std::ptr::null_mut());
                if let Some(before) = &before {
                    let _ = sys.call_method1("settrace", (before,));
                }
            }
        }
        at.unwrap_or(0)
    };
    OFFSET.store(found, Ordering::Relaxed);
    found
}
