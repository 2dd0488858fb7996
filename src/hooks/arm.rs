//! The trace slot filled only while a profiled function runs (3.11).
//!
//! A filled slot slows all Python code of its thread down four times, profiled or not, so it should be
//! empty outside of profiled calls. 3.11 runs calls between Python functions within one C frame and
//! looks at nothing on the way, as long as the callee's type is exactly `function`. An armed function
//! has a type of its own, derived from that one and like it in all: it is called through its
//! vectorcall pointer, and that fills the slot, calls on and empties it. It stays the object it was.

use std::ffi::c_char;
use std::sync::OnceLock;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi::{self, PyFunctionObject, PyObject, PyTypeObject};
use pyo3::prelude::*;

use super::{Hook, control, registry, settrace, state, sys_trace};

/// Makes calls of this Python function fill the slot for as long as they last. Nothing to do where
/// events are set on code objects.
///
/// # Errors
/// `TypeError` for what is no Python function; what readying the type says.
pub fn arm(function: &Bound<'_, PyAny>) -> PyResult<()> {
    if control::hook() != Hook::Settrace {
        return Ok(());
    }
    if cfg!(Py_3_12) {
        // Filling the slot takes 16 us there: once and for good, then.
        settrace::trace_thread(function.py())?;
        return settrace::trace_new_threads(function.py());
    }
    sys_trace::patch(function.py())?;
    let armed = armed_type(function.py())?;
    // SAFETY: the lock is held and the object alive.
    let own = unsafe { ffi::Py_TYPE(function.as_ptr()) };
    if std::ptr::eq(own, armed.0) {
        return Ok(());
    }
    if !std::ptr::eq(own, &raw const ffi::PyFunction_Type) {
        return Err(PyTypeError::new_err("only a Python function can be armed"));
    }
    let raw = function.as_ptr().cast::<PyFunctionObject>();
    // SAFETY: it is exactly a function object, of this version's layout, and the armed type has the
    // same size and slots. All functions are called by the same pointer (`_PyFunction_Vectorcall`),
    // which is not exported; one that is called by another is somebody's already and left alone. Inline
    // caches compare the version number: 0 makes them look again.
    unsafe {
        let current = (*raw).vectorcall;
        let original = *ORIGINAL.get_or_init(|| current);
        if let (Some(current), Some(original)) = (current, original)
            && std::ptr::fn_addr_eq(current, original)
        {
            (*raw).vectorcall = Some(call);
            (*raw).func_version = 0;
            (*function.as_ptr()).ob_type = armed.0;
        }
    }
    Ok(())
}

/// How every Python function is called, read off the first one armed.
static ORIGINAL: OnceLock<Option<ffi::vectorcallfunc>> = OnceLock::new();

/// How an armed function is called.
unsafe extern "C" fn call(
    callable: *mut PyObject,
    args: *const *mut PyObject,
    count: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the interpreter calls with the lock held and arguments that go on as they came; `arm`
    // has set the original before it set this.
    unsafe {
        let Some(original) = ORIGINAL.get().copied().flatten() else { return std::ptr::null_mut() };
        let py = Python::assume_attached();
        if !state::is_on() {
            return original(callable, args, count, names);
        }
        if settrace::is_kept() {
            // C code may have taken the slot since.
            settrace::go_on(py);
            return original(callable, args, count, names);
        }
        let code = (*callable.cast::<PyFunctionObject>()).func_code;
        if registry::extra(code).is_some_and(|own| own.outlives) {
            // A generator runs after this call; what comes too late for this slot is not recorded.
            let kept = settrace::trace_thread(py).and_then(|()| settrace::trace_new_threads(py));
            if let Err(error) = kept {
                error.write_unraisable(py, None);
            }
            return original(callable, args, count, names);
        }
        let depth = state::depth();
        settrace::want(py);
        let result = original(callable, args, count, names);
        settrace::unwant(py);
        // Who took the slot during the call kept the exits from us.
        state::unwind(depth);
        result
    }
}

/// The type of armed functions.
struct Armed(*mut PyTypeObject);

// SAFETY: the type lives as long as the process; the interpreter lock guards what is in it.
unsafe impl Send for Armed {}
// SAFETY: as above.
unsafe impl Sync for Armed {}

static ARMED: OnceLock<Armed> = OnceLock::new();

fn armed_type(py: Python<'_>) -> PyResult<&'static Armed> {
    if let Some(armed) = ARMED.get() {
        return Ok(armed);
    }
    // SAFETY: all zeros is the empty static type that PyType_Ready completes: what is left out is
    // inherited from the base, dictionary, traversal and deallocation included. Both allocations are
    // never freed, as types of the interpreter itself are not. `function` may not be derived from in
    // Python, because a subclass could add to the layout; this one adds nothing.
    let armed = unsafe {
        let methods = Box::leak(Box::new([
            ffi::PyMethodDef {
                ml_name: c"__reduce__".as_ptr(),
                ml_meth: ffi::PyMethodDefPointer { PyCFunction: reduce },
                ml_flags: ffi::METH_NOARGS,
                ml_doc: c"Pickle by name, as functions are.".as_ptr(),
            },
            std::mem::zeroed(),
        ]));
        let kind: &mut PyTypeObject = Box::leak(Box::new(std::mem::zeroed()));
        let base = &raw mut ffi::PyFunction_Type;
        kind.ob_base.ob_base = ffi::PyObject_HEAD_INIT;
        kind.tp_name = c"function".as_ptr().cast::<c_char>();
        kind.tp_base = base;
        kind.tp_basicsize = (*base).tp_basicsize;
        kind.tp_call = (*base).tp_call;
        kind.tp_vectorcall_offset = (*base).tp_vectorcall_offset;
        kind.tp_descr_get = (*base).tp_descr_get;
        kind.tp_flags = ffi::Py_TPFLAGS_DEFAULT
            | ffi::Py_TPFLAGS_HAVE_VECTORCALL
            | ffi::Py_TPFLAGS_METHOD_DESCRIPTOR
            | ffi::Py_TPFLAGS_IMMUTABLETYPE;
        kind.tp_methods = methods.as_mut_ptr();
        // Readying gives a type a `__doc__` of its own, which would hide that of each function.
        if ffi::PyType_Ready(kind) < 0
            || ffi::PyDict_DelItemString(kind.tp_dict, c"__doc__".as_ptr()) < 0
        {
            return Err(PyErr::fetch(py));
        }
        ffi::PyType_Modified(kind);
        Armed(kind)
    };
    Ok(ARMED.get_or_init(|| armed))
}

/// `__reduce__` of an armed function: its qualified name, by which functions are pickled.
unsafe extern "C" fn reduce(function: *mut PyObject, _none: *mut PyObject) -> *mut PyObject {
    // SAFETY: the interpreter calls with the lock held and a live object; a new reference or null
    // with an exception goes back.
    unsafe { ffi::PyObject_GetAttrString(function, c"__qualname__".as_ptr()) }
}
