//! The names of code objects, read as they stand in memory: no object is made and none is touched.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCode;

use super::intern::Place;
use super::layout::{self, read};
use super::strings::text;

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
