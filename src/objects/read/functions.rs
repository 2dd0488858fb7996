//! Functions: their code, their defaults, and the variables their closures keep.

use std::mem::offset_of;

use pyo3::ffi::{self, PyFunctionObject, PyTypeObject};

use super::live::Live;
use super::names::Edge;
use super::{dicts, instances, text};
use crate::heap::layout;

/// Where the fields of a code object are, in bytes from its start.
mod code {
    /// `co_names`.
    pub const NAMES: usize = 32;
    /// `co_argcount`.
    pub const ARGUMENTS: isize = if cfg!(Py_3_12) { 52 } else { 56 };
    /// `co_nlocalsplus`.
    pub const VARIABLES: isize = if cfg!(Py_3_12) { 72 } else { 76 };
    /// `co_nfreevars`.
    pub const FREE: isize = if cfg!(Py_3_12) { 88 } else { 92 };
    /// `co_localsplusnames`.
    pub const VARIABLE_NAMES: usize = 96;
}
/// `PyCellObject.ob_ref`.
const CONTENTS: usize = 16;

unsafe extern "C" {
    /// The type of functions bound to an object.
    pub(super) static PyMethod_Type: PyTypeObject;
}

/// A place in source code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOfCode {
    /// The file, as the code object has it.
    pub file: String,
    /// The qualified name.
    pub qualname: String,
    /// The line its `def`, or first decorator, is on.
    pub first_line: u32,
}

/// Whether it is a function of Python code.
pub fn is_function(object: Live<'_>) -> bool {
    object.is(&raw const ffi::PyFunction_Type)
}

fn is_code(object: Live<'_>) -> bool {
    object.is(&raw const ffi::PyCode_Type)
}

/// The code object of a function or of a method bound to an object.
pub fn code_of(function: Live<'_>) -> Option<Live<'_>> {
    /// `PyMethodObject.im_func`.
    const FUNCTION: usize = 16;
    if function.is(&raw const PyMethod_Type) {
        // SAFETY: a method has a function.
        return unsafe { function.at(FUNCTION) }
            .filter(|inner| is_function(*inner))
            .and_then(code_of);
    }
    if !is_function(function) {
        return None;
    }
    // SAFETY: it is a function.
    unsafe { function.at(offset_of!(PyFunctionObject, func_code)) }
}

/// Where a code object is from; `None` for what is none.
pub fn place_of_code(code: Live<'_>) -> Option<PlaceOfCode> {
    // SAFETY: it is a code object.
    is_code(code).then(|| unsafe {
        let first = code.read::<i32>(layout::FIRST_LINE.cast_signed());
        PlaceOfCode {
            file: code
                .at(layout::FILE)
                .and_then(|file| text::string(file, usize::MAX))
                .unwrap_or_default(),
            qualname: text::name(code.at(layout::FUNCTION)),
            first_line: u32::try_from(first).unwrap_or(0),
        }
    })
}

/// The line that a function or a class begins on, with its decorators. Classes know theirs from 3.13 on.
pub fn first_line(object: Live<'_>) -> Option<u32> {
    if let Some(code) = code_of(object) {
        return place_of_code(code).map(|place| place.first_line);
    }
    object.as_type()?;
    let line = dicts::get(instances::dictionary(object)?, "__firstlineno__")?;
    let mut overflow = 0;
    // SAFETY: of an int, no method of a class is asked.
    let line = line
        .is(&raw const ffi::PyLong_Type)
        .then(|| unsafe { ffi::PyLong_AsLongLongAndOverflow(line.pointer(), &raw mut overflow) })?;
    line.try_into().ok()
}

/// The names that instructions of a code object refer to, `co_names`.
pub(super) fn names(code: Live<'_>) -> &[Option<Live<'_>>] {
    // SAFETY: a code object has a tuple of them.
    let names = is_code(code).then(|| unsafe { code.at(code::NAMES) }).flatten();
    names.and_then(Live::elements).unwrap_or_default()
}

/// The names of its variables: arguments, locals, cells, then those of the closure.
pub(super) fn variables(code: Live<'_>) -> &[Option<Live<'_>>] {
    // SAFETY: as above.
    let names = is_code(code).then(|| unsafe { code.at(code::VARIABLE_NAMES) }).flatten();
    names.and_then(Live::elements).unwrap_or_default()
}

/// A number in a code object.
fn number(code: Live<'_>, offset: isize) -> usize {
    // SAFETY: a code object has a number there.
    if is_code(code) { unsafe { code.read::<i32>(offset) }.try_into().unwrap_or(0) } else { 0 }
}

/// The name of a variable of the closure of a function, by its place in the closure.
pub(super) fn free_name(function: Live<'_>, at: usize) -> Option<String> {
    let code = code_of(function)?;
    let first = number(code, code::VARIABLES).checked_sub(number(code, code::FREE))?;
    variables(code).get(first + at).map(|name| text::name(*name))
}

/// The cells of the closure of a function.
fn cells(function: Live<'_>) -> &[Option<Live<'_>>] {
    // SAFETY: it is a function, with a tuple or null.
    let closure = is_function(function)
        .then(|| unsafe { function.at(offset_of!(PyFunctionObject, func_closure)) })
        .flatten();
    closure.and_then(Live::elements).unwrap_or_default()
}

/// What a cell holds; `None` for an empty one, and for what is no cell.
pub fn contents(cell: Live<'_>) -> Option<Live<'_>> {
    // SAFETY: it is a cell.
    if cell.is(&raw const ffi::PyCell_Type) { unsafe { cell.at(CONTENTS) } } else { None }
}

/// The variables that the closure of a function keeps, by their names, and their values; `None` for
/// one that is not set.
pub fn closure(function: Live<'_>) -> Vec<(String, Option<Live<'_>>)> {
    let variable = |(at, cell): (usize, &Option<_>)| {
        (free_name(function, at).unwrap_or_default(), cell.and_then(contents))
    };
    cells(function).iter().enumerate().map(variable).collect()
}

/// The name of the argument that a value is the default of.
pub(super) fn default_of(function: Live<'_>, value: Live<'_>) -> Option<String> {
    if !is_function(function) {
        return None;
    }
    // SAFETY: it is a function, with a tuple and a dictionary, or null.
    let (defaults, by_name) = unsafe {
        (
            function.at(offset_of!(PyFunctionObject, func_defaults)),
            function.at(offset_of!(PyFunctionObject, func_kwdefaults)),
        )
    };
    let code = code_of(function)?;
    let defaults = defaults.and_then(Live::elements).unwrap_or_default();
    if let Some(at) = defaults.iter().position(|default| *default == Some(value)) {
        let argument = (number(code, code::ARGUMENTS) + at).checked_sub(defaults.len())?;
        return variables(code).get(argument).map(|name| text::name(*name));
    }
    let mut by_name = by_name.into_iter().flat_map(dicts::entries);
    by_name.find(|(_, default)| *default == value).map(|(name, _)| text::name(Some(name)))
}

/// The cell of a variable of a closure that an object is.
pub(super) fn cell(function: Live<'_>, to: Live<'_>) -> Option<Edge> {
    let at = cells(function).iter().position(|cell| *cell == Some(to))?;
    free_name(function, at).map(Edge::Cell)
}
