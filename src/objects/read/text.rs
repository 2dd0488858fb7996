//! Names as they are printed: strings and types.

use std::ffi::CStr;
use std::mem::offset_of;

use pyo3::ffi::{self, PyTypeObject};

use super::dicts;
use super::live::Live;
use crate::heap::strings::characters;

/// Characters of the longest name.
const LONGEST: usize = 200;

/// The characters of a string, at most `longest`, the last of them `…` where it goes on; surrogates
/// are replaced. `None` for what is no string.
pub fn string(object: Live<'_>, longest: usize) -> Option<String> {
    let code_point = |character| char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER);
    Some(shortened(points(object)?.map(code_point), longest))
}

/// A whole name; empty for what is no string.
pub fn name(object: Option<Live<'_>>) -> String {
    object.and_then(|object| string(object, LONGEST)).unwrap_or_default()
}

/// Whether it is a string of these characters.
pub fn is(object: Live<'_>, text: &str) -> bool {
    points(object).is_some_and(|points| points.eq(text.chars().map(u32::from)))
}

/// The first `longest` characters, the last of them `…` where there are more.
pub fn shortened(characters: impl IntoIterator<Item = char>, longest: usize) -> String {
    let mut characters = characters.into_iter();
    let mut text: String = characters.by_ref().take(longest).collect();
    if characters.next().is_some() {
        text.pop();
        text.push('…');
    }
    text
}

fn points(object: Live<'_>) -> Option<impl Iterator<Item = u32>> {
    let is_string = object.has(ffi::Py_TPFLAGS_UNICODE_SUBCLASS)
        // SAFETY: it is a string. One of the old kind may not be in its final form (before 3.12).
        && unsafe { ffi::PyUnicode_IS_READY(object.pointer()) } != 0;
    // SAFETY: as above; it is alive as long as the iterator can be used.
    is_string.then(|| unsafe { characters(object.pointer()) })
}

/// A type as it is printed: `Handler`, `collections.deque`; what is built in or in the main program
/// stands alone.
pub fn type_name(kind: &PyTypeObject) -> String {
    let (module, name) = parts(kind);
    if matches!(module.as_str(), "" | "builtins" | "__main__") {
        name
    } else {
        format!("{module}.{name}")
    }
}

/// The module a type is of, by its own account; empty where it does not say.
pub fn type_module(kind: &PyTypeObject) -> String {
    parts(kind).0
}

/// Module and qualified name.
fn parts(kind: &PyTypeObject) -> (String, String) {
    if kind.tp_flags & ffi::Py_TPFLAGS_HEAPTYPE != 0 {
        // SAFETY: a heap type is one of these, and keeps its names and its dictionary alive.
        let (qualname, dict) = unsafe {
            let heap = std::ptr::from_ref(kind).cast::<ffi::PyHeapTypeObject>();
            (Live::new((*heap).ht_qualname), Live::new(kind.tp_dict))
        };
        let module = dict.and_then(|dict| dicts::get(dict, "__module__"));
        return (name(module), name(qualname));
    }
    // SAFETY: names of types end in a zero.
    let whole = unsafe { CStr::from_ptr(kind.tp_name) }.to_string_lossy();
    match whole.rsplit_once('.') {
        Some((module, name)) => (module.to_owned(), name.to_owned()),
        None => ("builtins".to_owned(), whole.into_owned()),
    }
}

const _: () = assert!(offset_of!(ffi::PyHeapTypeObject, ht_type) == 0);
