//! The characters of string objects, read without touching them: `PyUnicode_AsUTF8` would add to them.

use pyo3::ffi::{self, PyObject};

/// The code points of a string, surrogates among them.
///
/// # Safety
/// It is a string object in its final form, and stays alive as long as the iterator is used.
pub(crate) unsafe fn characters(string: *mut PyObject) -> impl Iterator<Item = u32> {
    // SAFETY: as the caller says.
    let (data, kind, length) = unsafe {
        let length = usize::try_from(ffi::PyUnicode_GET_LENGTH(string)).unwrap_or(0);
        (ffi::PyUnicode_DATA(string), ffi::PyUnicode_KIND(string), length)
    };
    (0..length).map(move |at| {
        // SAFETY: there are so many characters of the kind.
        unsafe {
            match kind {
                ffi::PyUnicode_1BYTE_KIND => u32::from(*data.cast::<u8>().add(at)),
                ffi::PyUnicode_2BYTE_KIND => u32::from(*data.cast::<u16>().add(at)),
                _ => *data.cast::<u32>().add(at),
            }
        }
    })
}

/// The characters of a string as UTF-8, with surrogates as three bytes each.
///
/// # Safety
/// It is a string object in its final form that stays alive.
pub(crate) unsafe fn text(string: *mut PyObject) -> Vec<u8> {
    let mut bytes = Vec::new();
    // SAFETY: the caller's promise.
    for character in unsafe { characters(string) } {
        push(&mut bytes, character);
    }
    bytes
}

fn push(bytes: &mut Vec<u8>, character: u32) {
    if let Some(character) = char::from_u32(character) {
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let part = |shift: u32| 0x80 | (character >> shift & 0x3F) as u8;
        bytes.extend_from_slice(&[0xE0 | (character >> 12) as u8, part(6), part(0)]);
    }
}
