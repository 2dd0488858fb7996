//! Dictionaries: their entries, and the block that grows with them.
//!
//! From `Include/internal/pycore_dict.h` of each version.

use std::ptr::null_mut;

use pyo3::ffi;

use super::live::Live;
use super::text;

/// Bytes of the head of a keys object (`PyDictKeysObject`).
const HEAD: usize = 32;

/// Whether it is a dictionary.
pub fn is_dict(object: Live<'_>) -> bool {
    object.has(ffi::Py_TPFLAGS_DICT_SUBCLASS)
}

/// Keys and values in their order; nothing for what is no dictionary.
pub fn entries(dict: Live<'_>) -> impl Iterator<Item = (Live<'_>, Live<'_>)> {
    let mut position = 0;
    let is_dict = is_dict(dict);
    std::iter::from_fn(move || {
        let (mut key, mut value) = (null_mut(), null_mut());
        // SAFETY: it is a dictionary, and both are borrowed from it. Reading on calls nothing.
        unsafe {
            if !is_dict
                || ffi::PyDict_Next(dict.pointer(), &raw mut position, &raw mut key, &raw mut value)
                    == 0
            {
                return None;
            }
            Some((Live::new(key)?, Live::new(value)?))
        }
    })
}

/// The value of a string key, found without hashing: that would need an object to compare with.
pub fn get<'a>(dict: Live<'a>, name: &str) -> Option<Live<'a>> {
    entries(dict).find(|(key, _)| text::is(*key, name)).map(|(_, value)| value)
}

/// The number of entries.
pub fn length(dict: Live<'_>) -> usize {
    if !is_dict(dict) {
        return 0;
    }
    // SAFETY: it is a dictionary.
    unsafe { ffi::PyDict_Size(dict.pointer()) }.try_into().unwrap_or(0)
}

/// The address of the block that grows: that of the keys, or of the values where the keys are shared
/// by the instances of a class.
pub fn block(dict: Live<'_>) -> Option<usize> {
    if !is_dict(dict) {
        return None;
    }
    // SAFETY: it is a dictionary.
    let (keys, values) = unsafe {
        let dict = dict.pointer().cast::<ffi::PyDictObject>();
        ((*dict).ma_keys.addr(), (*dict).ma_values.cast::<u8>())
    };
    if values.is_null() {
        return Some(keys);
    }
    // SAFETY: the values of a dictionary.
    unsafe { values_block(values) }
}

/// The address of the block that values are in; `None` where that is the object itself.
///
/// # Safety
/// They are values (`PyDictValues`).
pub(super) unsafe fn values_block(values: *const u8) -> Option<usize> {
    // SAFETY: what stands before or in them, by version.
    unsafe {
        if cfg!(Py_3_13) {
            let embedded = *values.add(2) != 0;
            (!embedded).then(|| values.addr())
        } else {
            let before = *values.sub(1);
            Some(values.addr() - usize::from(before))
        }
    }
}

/// The names in the keys that the instances of a class share, in the order of their values; some may
/// have become unused.
///
/// # Safety
/// It is the keys object (`PyDictKeysObject`) of a class, in use for `'a`.
pub(super) unsafe fn shared_names<'a>(keys: *const u8) -> impl Iterator<Item = Option<Live<'a>>> {
    // SAFETY: the fields of a keys object: how large the indices are, how many entries follow them.
    let (entries, used) = unsafe {
        let indices = 1_usize << *keys.add(9);
        let used = keys.add(24).cast::<isize>().read();
        (keys.add(HEAD + indices).cast::<[Option<Live<'a>>; 2]>(), used)
    };
    // SAFETY: keys that are shared are strings, with entries of two pointers.
    (0..usize::try_from(used).unwrap_or(0)).map(move |at| unsafe { (*entries.add(at))[0] })
}
