//! What the objects of a type are, roughly, and where they may hold what they do not show.

use pyo3::ffi::{self, PyTypeObject};

use super::Class;
use super::layout;
use super::raw::{c_text, flags_of, read};

/// What in the body of an object may hold references that its `tp_traverse` does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// Nothing: all of it is known.
    Nothing,
    /// So many bytes: names and other objects that hold nothing, which the collector need not see.
    Leaves(u32),
    /// So many bytes: anything, as there is no `tp_traverse`.
    Anything(u32),
}

/// Whether a `class` statement made a type: what it adds to its base is known.
unsafe fn is_written_in_python(kind: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        flags_of(kind) & ffi::Py_TPFLAGS_HEAPTYPE != 0
            && read::<usize>(kind, layout::TYPE_SPEC_NAME) == 0
    }
}

/// The type itself, or the next base that no `class` statement made.
pub(super) unsafe fn native_base(mut kind: usize) -> usize {
    // SAFETY: the caller's promise; types keep their bases.
    unsafe {
        while kind != 0 && is_written_in_python(kind) {
            kind = (*(kind as *const PyTypeObject)).tp_base.addr();
        }
    }
    kind
}

pub(super) unsafe fn scan(kind: usize) -> Scan {
    // SAFETY: the caller's promise.
    unsafe {
        let base = native_base(kind);
        let complete = [
            &raw mut ffi::PyBaseObject_Type,
            &raw mut ffi::PyLong_Type,
            &raw mut ffi::PyBool_Type,
            &raw mut ffi::PyFloat_Type,
            &raw mut ffi::PyComplex_Type,
            &raw mut ffi::PyUnicode_Type,
            &raw mut ffi::PyBytes_Type,
            &raw mut ffi::PyByteArray_Type,
            &raw mut ffi::PyList_Type,
            &raw mut ffi::PyTuple_Type,
            &raw mut ffi::PyDict_Type,
            &raw mut ffi::PySet_Type,
            &raw mut ffi::PyFrozenSet_Type,
            &raw mut ffi::PyCell_Type,
            &raw mut ffi::PyCode_Type,
            &raw mut ffi::PyType_Type,
        ];
        if base == 0 || complete.iter().any(|known| known.addr() == base) {
            return Scan::Nothing;
        }
        let object = &*(base as *const PyTypeObject);
        // What a weak reference or a proxy refers to it does not hold.
        if c_text(object.tp_name).starts_with("weakref.") {
            return Scan::Nothing;
        }
        let bytes = u32::try_from(object.tp_basicsize).unwrap_or(0);
        let shown = flags_of(base) & ffi::Py_TPFLAGS_HAVE_GC != 0 && object.tp_traverse.is_some();
        if shown { Scan::Leaves(bytes) } else { Scan::Anything(bytes) }
    }
}

pub(super) unsafe fn class(kind: usize) -> Class {
    // SAFETY: the caller's promise.
    unsafe {
        let flags = flags_of(kind);
        let is = |others: &[*mut PyTypeObject]| others.iter().any(|other| other.addr() == kind);
        let name = c_text((*(kind as *const PyTypeObject)).tp_name);
        if flags & ffi::Py_TPFLAGS_TYPE_SUBCLASS != 0
            || ffi::PyType_IsSubtype(kind as *mut _, &raw mut ffi::PyModule_Type) != 0
            || is(&[
                &raw mut ffi::PyFunction_Type,
                &raw mut ffi::PyCFunction_Type,
                &raw mut ffi::PyCode_Type,
                &raw mut ffi::PyCell_Type,
                &raw mut ffi::PyMethodDescr_Type,
                &raw mut ffi::PyGetSetDescr_Type,
                &raw mut ffi::PyMemberDescr_Type,
                &raw mut ffi::PyWrapperDescr_Type,
                &raw mut ffi::PyClassMethodDescr_Type,
                &raw mut ffi::PyProperty_Type,
            ])
            || matches!(&*name, "method" | "staticmethod" | "classmethod")
        {
            return Class::Code;
        }
        if is(&[
            &raw mut ffi::PyFrame_Type,
            &raw mut ffi::PyGen_Type,
            &raw mut ffi::PyCoro_Type,
            &raw mut ffi::PyAsyncGen_Type,
            &raw mut ffi::PyTraceBack_Type,
        ]) {
            return Class::Running;
        }
        if is_written_in_python(kind) {
            return Class::Instance;
        }
        let holds = ffi::Py_TPFLAGS_LIST_SUBCLASS
            | ffi::Py_TPFLAGS_TUPLE_SUBCLASS
            | ffi::Py_TPFLAGS_DICT_SUBCLASS;
        if flags & holds != 0
            || is(&[&raw mut ffi::PySet_Type, &raw mut ffi::PyFrozenSet_Type])
            || name == "collections.deque"
        {
            return Class::Container;
        }
        let plain = ffi::Py_TPFLAGS_LONG_SUBCLASS
            | ffi::Py_TPFLAGS_BYTES_SUBCLASS
            | ffi::Py_TPFLAGS_UNICODE_SUBCLASS;
        if flags & plain != 0
            || is(&[
                &raw mut ffi::PyFloat_Type,
                &raw mut ffi::PyComplex_Type,
                &raw mut ffi::PyByteArray_Type,
            ])
        {
            return Class::Plain;
        }
        Class::Native
    }
}
