//! Running code objects, and seeing module bodies before they run.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyTuple};

type AuditHook = unsafe extern "C" fn(*const c_char, *mut PyObject, *mut c_void) -> c_int;

unsafe extern "C" {
    /// Not declared by `pyo3::ffi`.
    fn PySys_AddAuditHook(hook: AuditHook, data: *mut c_void) -> c_int;
}

/// Runs a code object the way the interpreter runs a script: no Python frame of ours is on the way, so
/// a traceback begins with the program's own.
///
/// # Errors
/// What the program raises.
pub fn evaluate(code: &Bound<'_, PyCode>, namespace: &Bound<'_, PyDict>) -> PyResult<()> {
    // SAFETY: both are alive and the token is proof of the lock; the result is a new reference.
    unsafe {
        let result = ffi::PyEval_EvalCode(code.as_ptr(), namespace.as_ptr(), namespace.as_ptr());
        Bound::from_owned_ptr_or_err(code.py(), result).map(drop)
    }
}

/// Calls `callback` with the code object of each module body about to be run by import or `exec`.
///
/// An audit hook (PEP 578) sees them all, whatever loads them, and changes neither `sys.meta_path`
/// nor a loader. It cannot be taken back.
///
/// # Errors
/// What an audit hook that is there already says to one more.
pub fn watch_modules(callback: Bound<'_, PyAny>) -> PyResult<()> {
    let py = callback.py();
    // SAFETY: the lock is held; the hook owns one reference to the callback for the rest of the
    // process.
    let status = unsafe { PySys_AddAuditHook(audit, callback.into_ptr().cast::<c_void>()) };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(py)) }
}

unsafe extern "C" fn audit(
    event: *const c_char,
    arguments: *mut PyObject,
    callback: *mut c_void,
) -> c_int {
    // SAFETY: the interpreter passes a C string.
    if unsafe { CStr::from_ptr(event) } != c"exec" {
        return 0;
    }
    // SAFETY: `exec` is raised with the lock held, by code that holds a reference to its arguments;
    // the callback is the one kept in `watch_modules`.
    unsafe {
        let py = Python::assume_attached();
        let arguments = Bound::from_borrowed_ptr(py, arguments);
        let callback = Bound::from_borrowed_ptr(py, callback.cast::<PyObject>());
        if let Err(error) = seen(&arguments, &callback) {
            error.write_unraisable(py, Some(&callback));
        }
    }
    0
}

fn seen(arguments: &Bound<'_, PyAny>, callback: &Bound<'_, PyAny>) -> PyResult<()> {
    let code = arguments.cast::<PyTuple>()?.get_item(0)?;
    if code.is_instance_of::<PyCode>() && code.getattr("co_name")?.eq("<module>")? {
        callback.call1((code,))?;
    }
    Ok(())
}
