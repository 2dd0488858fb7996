//! Fields of objects, read as they stand in memory.

use pyo3::ffi::{self, PyObject, PyTypeObject};

use super::layout;

/// Reads a field.
///
/// # Safety
/// There is a value of the type, aligned, at this offset of the structure.
#[inline(always)]
pub(super) unsafe fn read<T: Copy>(structure: usize, offset: usize) -> T {
    // SAFETY: the caller's promise.
    unsafe { (structure as *const u8).add(offset).cast::<T>().read() }
}

/// Has the processor fetch what is at an address, which need not be one.
#[inline(always)]
pub(super) fn prefetch(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, that faults at no address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// The type of an object.
///
/// # Safety
/// An object is alive at the address.
#[inline(always)]
pub(super) unsafe fn type_of(object: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { read(object, layout::TYPE) }
}

/// The references that an object counts; `None` for one that is never freed.
///
/// # Safety
/// As [`type_of`].
#[inline(always)]
pub(super) unsafe fn count_of(object: usize) -> Option<i32> {
    #[cfg(Py_3_12)]
    // SAFETY: the caller's promise; the count is the lower half, and negative for an immortal object.
    let count = Some(unsafe { read::<i32>(object, 0) }).filter(|&count| count >= 0);
    #[cfg(not(Py_3_12))]
    // SAFETY: the caller's promise; `_PyObject_IMMORTAL_REFCNT`, of what is part of the executable, is
    // nearly 10^9 and counted up and down like any other.
    let count =
        i32::try_from(unsafe { read::<isize>(object, 0) }).ok().filter(|&n| n < 900_000_000);
    count
}

/// The flags of a type.
///
/// # Safety
/// A type is alive at the address.
#[inline(always)]
pub(super) unsafe fn flags_of(kind: usize) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { (*(kind as *const PyTypeObject)).tp_flags }
}

/// Whether an object is of a type or of one that is derived from it, by the flag for that.
///
/// # Safety
/// As [`type_of`].
#[inline(always)]
pub(super) unsafe fn has_flag(object: usize, flag: u64) -> bool {
    // SAFETY: the caller's promise; an object keeps its type alive.
    unsafe { flags_of(type_of(object)) & flag != 0 }
}

/// Number of items of an object of variable size.
///
/// # Safety
/// There is such an object at the address.
#[inline(always)]
pub(super) unsafe fn len_of(object: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { read::<isize>(object, layout::LEN) }.unsigned_abs()
}

/// The characters of a string, surrogates replaced; empty for what is no string.
///
/// # Safety
/// An object is alive at the address, or it is 0.
pub(super) unsafe fn text(string: usize) -> String {
    // SAFETY: the caller's promise; a string is read that was seen to be one.
    unsafe {
        if string == 0 || !has_flag(string, ffi::Py_TPFLAGS_UNICODE_SUBCLASS) {
            return String::new();
        }
        let bytes = crate::heap::strings::text(string as *mut PyObject);
        String::from_utf8(bytes)
            .unwrap_or_else(|fault| String::from_utf8_lossy(fault.as_bytes()).into_owned())
    }
}

/// Characters of C, up to the zero.
///
/// # Safety
/// They stay there meanwhile, or it is null.
pub(super) unsafe fn c_text(text: *const std::ffi::c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The address of the string that stands for a name wherever it is used as one: names are interned, so it
/// can be found by identity. Whoever uses the name keeps it alive.
///
/// # Safety
/// The lock is held.
pub(super) unsafe fn interned(name: &std::ffi::CStr) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let string = ffi::PyUnicode_InternFromString(name.as_ptr());
        if string.is_null() {
            ffi::PyErr_Clear();
        }
        ffi::Py_XDECREF(string);
        string.addr()
    }
}
