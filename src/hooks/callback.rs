//! What the interpreter calls at an event of `sys.monitoring`: an instance of a type with a vectorcall
//! slot, for which it makes no tuple and looks nothing up.

use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;

/// A callable of one pointer.
#[repr(C)]
pub(super) struct Callback {
    base: PyObject,
    vectorcall: ffi::vectorcallfunc,
}

impl Callback {
    /// The type of the callbacks.
    pub(super) fn kind(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let offset = std::mem::offset_of!(Self, vectorcall);
        let mut members = [
            ffi::PyMemberDef {
                name: c"__vectorcalloffset__".as_ptr(),
                type_code: ffi::Py_T_PYSSIZET,
                offset: offset.cast_signed() as Py_ssize_t,
                flags: ffi::Py_READONLY,
                doc: std::ptr::null(),
            },
            // SAFETY: all zeros is the sentinel that ends the list.
            unsafe { std::mem::zeroed() },
        ];
        let mut slots = [
            ffi::PyType_Slot { slot: ffi::Py_tp_call, pfunc: ffi::PyVectorcall_Call as *mut _ },
            ffi::PyType_Slot { slot: ffi::Py_tp_members, pfunc: members.as_mut_ptr().cast() },
            ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() },
        ];
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "24 bytes")]
        let mut spec = ffi::PyType_Spec {
            name: c"rsprofile._core.Callback".as_ptr(),
            basicsize: size_of::<Self>() as i32,
            itemsize: 0,
            flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_HAVE_VECTORCALL) as u32,
            slots: slots.as_mut_ptr(),
        };
        // SAFETY: the specification is complete and ended by sentinels; CPython copies the member
        // list and keeps nothing but the name, which is static. The result is a new reference.
        unsafe {
            let kind = ffi::PyType_FromSpec(&raw mut spec);
            Bound::from_owned_ptr_or_err(py, kind)
        }
    }

    /// A callback that calls `function`.
    pub(super) fn instance<'py>(
        kind: &Bound<'py, PyAny>,
        function: ffi::vectorcallfunc,
    ) -> PyResult<Bound<'py, PyAny>> {
        let raw = kind.as_ptr().cast::<ffi::PyTypeObject>();
        // SAFETY: `kind` is the type made above, so an instance has the layout of `Self`; the field is
        // written before anybody can call it. The result is a new reference.
        unsafe {
            let instance = ffi::PyType_GenericAlloc(raw, 0);
            let instance = Bound::from_owned_ptr_or_err(kind.py(), instance)?;
            (*instance.as_ptr().cast::<Self>()).vectorcall = function;
            Ok(instance)
        }
    }
}
