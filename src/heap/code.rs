//! The names of code objects, read as they stand in memory: no object is made and none is touched.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyCode;

use super::intern::Place;
use super::layout::{self, read};

/// File, function and first line of a code object; no line.
///
/// # Safety
/// It is a code object of a layout that was found [as expected](is_as_expected), and stays alive.
pub unsafe fn names(code: *const u8) -> Place {
    // SAFETY: the caller's promise; code keeps its names.
    unsafe {
        Place {
            file: text(read(code, layout::FILE)),
            function: text(read(code, layout::FUNCTION)),
            first: u32::try_from(read::<i32>(code, layout::FIRST_LINE)).unwrap_or(0),
            line: 0,
        }
    }
}

/// Whether code objects have the layout that is expected here.
///
/// # Errors
/// What asking the interpreter says.
pub fn is_known(py: Python<'_>) -> PyResult<bool> {
    is_as_expected(&probe(py)?)
}

/// A code object to look at.
///
/// # Errors
/// `MemoryError`.
pub fn probe(py: Python<'_>) -> PyResult<Bound<'_, PyCode>> {
    // SAFETY: the lock is held; a new code object, or null and an exception.
    unsafe {
        let code = ffi::PyCode_NewEmpty(c"<probe>".as_ptr(), c"rsprofile".as_ptr(), 7);
        Ok(Bound::from_owned_ptr_or_err(py, code.cast())?.cast_into::<PyCode>()?)
    }
}

/// Whether what is read of a code object is what the interpreter says.
///
/// # Errors
/// What asking the interpreter says.
pub fn is_as_expected(code: &Bound<'_, PyCode>) -> PyResult<bool> {
    let told = |name: &str| -> PyResult<Vec<u8>> {
        code.getattr(name)?.call_method1("encode", ("utf-8", "surrogatepass"))?.extract()
    };
    let raw = code.as_ptr().cast::<u8>();
    // SAFETY: it is alive. Where the layout is another one, the fields are of the kinds that are read
    // in all versions there are so far.
    let (names, flags) = unsafe { (names(raw), read::<u32>(raw, layout::FLAGS)) };
    Ok(names.file == told("co_filename")?
        && names.function == told("co_qualname")?
        && names.first == code.getattr("co_firstlineno")?.extract::<u32>()?
        && flags == code.getattr("co_flags")?.extract::<u32>()?)
}

/// The characters of a string as UTF-8, with surrogates as three bytes each, without touching the
/// string: `PyUnicode_AsUTF8` would add to it.
///
/// # Safety
/// It is a string object that stays alive.
unsafe fn text(string: *mut PyObject) -> Vec<u8> {
    let mut bytes = Vec::new();
    // SAFETY: names of code are strings in their final form, of so many characters of the kind.
    unsafe {
        let data = ffi::PyUnicode_DATA(string);
        let length = usize::try_from(ffi::PyUnicode_GET_LENGTH(string)).unwrap_or(0);
        for at in 0..length {
            let character = match ffi::PyUnicode_KIND(string) {
                ffi::PyUnicode_1BYTE_KIND => u32::from(*data.cast::<u8>().add(at)),
                ffi::PyUnicode_2BYTE_KIND => u32::from(*data.cast::<u16>().add(at)),
                _ => *data.cast::<u32>().add(at),
            };
            push(&mut bytes, character);
        }
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
