//! The names of code objects, read as they stand in memory: no object is made and none is touched.

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
