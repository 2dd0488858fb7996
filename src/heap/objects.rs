//! From an object to its block.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::{SHADOW, TABLE};

/// The address of the block an object is in: what stands before it depends on its type.
pub fn start_of(object: &Bound<'_, PyAny>) -> usize {
    // SAFETY: the lock is held and the object alive.
    unsafe { start(object.as_ptr()) }
}

/// The site that made the block of an object; 0 where that is not known.
///
/// # Safety
/// The object is alive, and the interpreter lock held.
pub unsafe fn site_of(object: *mut PyObject) -> u32 {
    // SAFETY: the caller's promise.
    let site = SHADOW.get(unsafe { start(object) }).site();
    if TABLE.era().is_some_and(|era| era.has(site)) { site } else { 0 }
}

/// # Safety
/// The object is alive, and the interpreter lock held.
unsafe fn start(object: *mut PyObject) -> usize {
    /// `Py_TPFLAGS_MANAGED_DICT` and, from 3.12 on, `Py_TPFLAGS_MANAGED_WEAKREF`: two pointers.
    const BEFORE: std::ffi::c_ulong = if cfg!(Py_3_12) { 1 << 4 | 1 << 3 } else { 1 << 4 };
    let word = size_of::<usize>();
    // SAFETY: the caller's promise.
    let (flags, collected) = unsafe {
        let kind = ffi::Py_TYPE(object);
        (ffi::PyType_GetFlags(kind), ffi::PyType_IS_GC(kind) != 0)
    };
    let before = if flags & BEFORE != 0 { 2 * word } else { 0 };
    object.addr() - before - if collected { 2 * word } else { 0 }
}
