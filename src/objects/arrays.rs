//! Arrays of NumPy, which the collector knows nothing of: what they are views of, and the objects in
//! them. NumPy is not imported; what looks like an array of it in name and fields is one. The fields of
//! `PyArrayObject` are where they are in NumPy 1 and 2.

use pyo3::ffi::{self, PyTypeObject};

use super::layout::TYPE;
use super::raw::{c_text, flags_of, read, type_of};

const DATA: usize = 16;
const DIMENSIONS: usize = 24;
const SHAPE: usize = 32;
const BASE: usize = 48;
const DESCRIPTOR: usize = 56;
const FLAGS: usize = 64;
const SIZE: isize = 80;
/// `PyArray_Descr.kind`.
const KIND: usize = 24;
/// `NPY_ARRAY_C_CONTIGUOUS`, `NPY_ARRAY_F_CONTIGUOUS`.
const CONTIGUOUS: i32 = 3;
/// `NPY_ARRAY_OWNDATA`.
const OWNS: i32 = 4;
/// `NPY_MAXDIMS`, of NumPy 2.
const MOST: i32 = 64;

/// Whether a type is the one of arrays.
///
/// # Safety
/// A type is alive at the address, or it is 0.
pub(super) unsafe fn is_array_type(kind: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        kind != 0
            && flags_of(kind) & ffi::Py_TPFLAGS_HEAPTYPE == 0
            && (*(kind as *const PyTypeObject)).tp_basicsize >= SIZE
            && c_text((*(kind as *const PyTypeObject)).tp_name) == "numpy.ndarray"
    }
}

/// Calls `visit` with each object that an array holds.
///
/// # Safety
/// An object of that type is alive at the address.
pub(super) unsafe fn each(array: usize, mut visit: impl FnMut(usize)) {
    // SAFETY: the caller's promise; what is read further was found plausible.
    unsafe {
        let (base, descriptor) = (read::<usize>(array, BASE), read::<usize>(array, DESCRIPTOR));
        let dimensions: i32 = read(array, DIMENSIONS);
        let aligned = |object: usize| object.is_multiple_of(align_of::<usize>());
        if descriptor == 0
            || !aligned(descriptor)
            || !aligned(base)
            || !(0..=MOST).contains(&dimensions)
        {
            return;
        }
        let kind = type_of(descriptor);
        if kind == 0 || !aligned(kind) {
            return;
        }
        if !c_text((*(kind as *const PyTypeObject)).tp_name).starts_with("numpy.") {
            return;
        }
        visit(descriptor);
        if base != 0 {
            visit(base);
        }
        let flags: i32 = read(array, FLAGS);
        if read::<u8>(descriptor, KIND) != b'O' || flags & OWNS == 0 || flags & CONTIGUOUS == 0 {
            return;
        }
        let shape: usize = read(array, SHAPE);
        let sides = (0..dimensions.unsigned_abs() as usize)
            .map(|side| read::<usize>(shape, side * size_of::<usize>()));
        let data: usize = read(array, DATA);
        for at in 0..sides.product::<usize>() {
            let object: usize = read(data, at * size_of::<usize>());
            if object != 0 && aligned(object) && read::<usize>(object, TYPE) != 0 {
                visit(object);
            }
        }
    }
}
