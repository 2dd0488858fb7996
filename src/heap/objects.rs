//! From an object to its block.

use pyo3::ffi;
use pyo3::prelude::*;

/// The address of the block an object is in: what stands before it depends on its type.
pub fn start_of(object: &Bound<'_, PyAny>) -> usize {
    /// `Py_TPFLAGS_MANAGED_DICT` and, from 3.12 on, `Py_TPFLAGS_MANAGED_WEAKREF`: two pointers.
    const BEFORE: std::ffi::c_ulong = if cfg!(Py_3_12) { 1 << 4 | 1 << 3 } else { 1 << 4 };
    let word = size_of::<usize>();
    // SAFETY: the lock is held and the object alive.
    let (flags, collected) = unsafe {
        let kind = ffi::Py_TYPE(object.as_ptr());
        (ffi::PyType_GetFlags(kind), ffi::PyType_IS_GC(kind) != 0)
    };
    let before = if flags & BEFORE != 0 { 2 * word } else { 0 };
    object.as_ptr().addr() - before - if collected { 2 * word } else { 0 }
}
