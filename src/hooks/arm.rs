//! The trace hook only while a profiled function runs.
//!
//! A set trace slot slows all Python code of its thread down, so outside profiled calls it should be
//! empty. A Python function has a place for how it is called: ours fills the slot, calls on and
//! empties it. The function stays the object it was, with its signature, pickling and docs.

use std::ffi::c_uint;
use std::sync::Mutex;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyFunction;

use super::{Hook, control, registry, settrace, state};

/// How every Python function is called (`_PyFunction_Vectorcall`), read off the first one armed.
static ORIGINAL: Mutex<Option<ffi::vectorcallfunc>> = Mutex::new(None);

/// Makes calls of this function switch the hook on for as long as they last; nothing to do where
/// events are set on code objects.
pub fn arm(function: &Bound<'_, PyFunction>) {
    if control::hook() != Hook::Settrace {
        return;
    }
    let raw = function.as_ptr().cast::<ffi::PyFunctionObject>();
    // SAFETY: it is a live function object of this version's layout. The version number of a function
    // is what the interpreter's inline caches compare; 0 makes them look at the slot again
    // (PyFunction_SetVectorcall of 3.12 does just this).
    unsafe {
        let current = (*raw).vectorcall;
        if current.is_some_and(|own| std::ptr::fn_addr_eq(own, call as ffi::vectorcallfunc)) {
            return;
        }
        let mut original = ORIGINAL.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Somebody else's way of calling this one function is left alone: its calls are recorded
        // while a hook is on for another reason.
        if original.is_some_and(|own| !current.is_some_and(|now| std::ptr::fn_addr_eq(own, now))) {
            return;
        }
        *original = current;
        (*raw).vectorcall = Some(call);
        (*raw).func_version = 0 as c_uint;
    }
}

unsafe extern "C" fn call(
    callable: *mut PyObject,
    args: *const *mut PyObject,
    count: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    let original = *ORIGINAL.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // SAFETY: this sits in the slot of function objects alone; the interpreter calls it with the lock
    // held, and the arguments go on as they came. Only `arm` puts it there, after `ORIGINAL` was set.
    unsafe {
        let original = original.unwrap_unchecked();
        if !state::is_recording() || settrace::is_kept() {
            return original(callable, args, count, names);
        }
        let py = Python::assume_attached();
        let extra = registry::extra(ffi::PyFunction_GetCode(callable));
        // A generator runs after this call, and 3.12's slot costs 16 us to switch.
        if cfg!(Py_3_12) || extra.is_some_and(|own| registry::outlives(own.code)) {
            let _ = settrace::trace_thread(py);
            return original(callable, args, count, names);
        }
        let depth = state::depth();
        settrace::want(py);
        let result = original(callable, args, count, names);
        // Who took the slot during the call kept the exits from us.
        state::unwind(depth);
        settrace::unwant(py);
        result
    }
}
