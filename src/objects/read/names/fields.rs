//! Attributes at fixed places, of types made in C and of `__slots__`.

use std::mem::offset_of;

use pyo3::ffi::{
    self, PyBaseExceptionObject, PyFunctionObject, PyHeapTypeObject, PyTracebackObject,
    PyTypeObject,
};

use super::Edge;
use crate::objects::read::live::Live;
use crate::objects::read::{functions, instances};

/// A place, in bytes from the start of the object, and its name.
type Field = (usize, &'static str);

/// Those that types do not tell by their members.
const FUNCTION: &[Field] = &[
    (offset_of!(PyFunctionObject, func_code), "__code__"),
    (offset_of!(PyFunctionObject, func_closure), "__closure__"),
    (offset_of!(PyFunctionObject, func_defaults), "__defaults__"),
    (offset_of!(PyFunctionObject, func_kwdefaults), "__kwdefaults__"),
    (offset_of!(PyFunctionObject, func_annotations), "__annotations__"),
    (offset_of!(PyFunctionObject, func_name), "__name__"),
    (offset_of!(PyFunctionObject, func_qualname), "__qualname__"),
    #[cfg(Py_3_12)]
    (offset_of!(PyFunctionObject, func_typeparams), "__type_params__"),
];
const EXCEPTION: &[Field] = &[
    (offset_of!(PyBaseExceptionObject, traceback), "__traceback__"),
    (offset_of!(PyBaseExceptionObject, cause), "__cause__"),
    (offset_of!(PyBaseExceptionObject, context), "__context__"),
    (offset_of!(PyBaseExceptionObject, args), "args"),
    (offset_of!(PyBaseExceptionObject, notes), "__notes__"),
];
const TRACEBACK: &[Field] = &[(offset_of!(PyTracebackObject, tb_next), "tb_next")];
const CELL: &[Field] = &[(16, "cell_contents")];
/// `PyMethodObject`.
const METHOD: &[Field] = &[(16, "__func__"), (24, "__self__")];
/// `PyCFunctionObject.m_self`.
const BUILTIN: &[Field] = &[(24, "__self__")];
/// `PyWeakReference.wr_callback`: the object itself is not held.
const WEAK: &[Field] = &[(offset_of!(ffi::PyWeakReference, wr_callback), "__callback__")];
/// What a `functools.lru_cache` decorates.
const CACHED: &[Field] = &[(88, "__wrapped__")];
const TYPE: &[Field] = &[
    (offset_of!(PyTypeObject, tp_base), "__base__"),
    (offset_of!(PyTypeObject, tp_bases), "__bases__"),
    (offset_of!(PyTypeObject, tp_mro), "__mro__"),
];
const HEAP_TYPE: &[Field] = &[
    (offset_of!(PyHeapTypeObject, ht_qualname), "__qualname__"),
    (offset_of!(PyHeapTypeObject, ht_name), "__name__"),
    (offset_of!(PyHeapTypeObject, ht_slots), "__slots__"),
    (offset_of!(PyHeapTypeObject, ht_module), "__module__"),
];

/// The attribute that an object is.
pub fn edge(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    let named = |fields: &[Field]| {
        // SAFETY: the tables are those of the types.
        let found = fields.iter().find(|(offset, _)| unsafe { from.at(*offset) } == Some(to));
        found.map(|(_, name)| Edge::attribute(name))
    };
    known(from).and_then(named).or_else(|| heap_type(from).and_then(named)).or_else(|| {
        let (name, _) = instances::members(from).find(|(_, value)| *value == to)?;
        Some(Edge::Attribute(name.to_string_lossy().into_owned()))
    })
}

fn known(object: Live<'_>) -> Option<&'static [Field]> {
    let exact = [
        (&raw const ffi::PyFunction_Type, FUNCTION),
        (&raw const ffi::PyCell_Type, CELL),
        (&raw const functions::PyMethod_Type, METHOD),
        (&raw const ffi::PyTraceBack_Type, TRACEBACK),
    ];
    if let Some((_, fields)) = exact.into_iter().find(|(kind, _)| object.is(*kind)) {
        return Some(fields);
    }
    if object.has(ffi::Py_TPFLAGS_BASE_EXC_SUBCLASS) {
        Some(EXCEPTION)
    } else if object.has(ffi::Py_TPFLAGS_TYPE_SUBCLASS) {
        Some(TYPE)
    } else if object.is_a(&raw const ffi::PyCFunction_Type) {
        Some(BUILTIN)
    } else if object.is_a(&raw const ffi::_PyWeakref_RefType) {
        Some(WEAK)
    } else if object.is_native(c"functools._lru_cache_wrapper") {
        Some(CACHED)
    } else {
        None
    }
}

fn heap_type(object: Live<'_>) -> Option<&'static [Field]> {
    let kind = object.as_type()?;
    (kind.tp_flags & ffi::Py_TPFLAGS_HEAPTYPE != 0).then_some(HEAP_TYPE)
}
