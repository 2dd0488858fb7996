//! An object as it is looked at: what all other files read it by.

use std::ffi::{CStr, c_int, c_ulong, c_void};
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ptr::NonNull;

use pyo3::ffi::{self, PyObject, PyTypeObject};

/// `Py_TPFLAGS_IMMUTABLETYPE`: types made in C have it, classes of Python code never do.
const IMMUTABLE: c_ulong = 1 << 8;

/// An object that stays as it is for `'a`.
///
/// While there is one, the interpreter lock is held and nothing of Python runs, so all that can be
/// reached from it stays alive and unchanged too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Live<'a>(NonNull<PyObject>, PhantomData<&'a PyObject>);

impl<'a> Live<'a> {
    /// `None` for null.
    ///
    /// # Safety
    /// It is null or an object that is alive. For all of `'a` the interpreter lock is held by this
    /// thread, which runs no Python code, makes and frees no object.
    pub unsafe fn new(object: *mut PyObject) -> Option<Self> {
        NonNull::new(object).map(|object| Self(object, PhantomData))
    }

    /// The pointer to it, borrowed.
    pub fn pointer(self) -> *mut PyObject {
        self.0.as_ptr()
    }

    /// Where it is.
    pub fn address(self) -> usize {
        self.0.addr().get()
    }

    /// Its type.
    pub fn kind(self) -> &'a PyTypeObject {
        // SAFETY: an object keeps its type alive, and by the promise of `new` nobody changes it.
        unsafe { &*ffi::Py_TYPE(self.pointer()) }
    }

    /// Its type, as an object.
    #[must_use]
    pub fn class(self) -> Self {
        Self(NonNull::from(self.kind()).cast(), PhantomData)
    }

    /// The type that it is; `None` for what is no type.
    pub fn as_type(self) -> Option<&'a PyTypeObject> {
        // SAFETY: the flag is set for types and nothing else.
        self.has(ffi::Py_TPFLAGS_TYPE_SUBCLASS).then(|| unsafe { self.0.cast().as_ref() })
    }

    /// Whether its type has a flag.
    pub fn has(self, flag: c_ulong) -> bool {
        self.kind().tp_flags & flag != 0
    }

    /// Whether it is of exactly this type.
    pub fn is(self, kind: *const PyTypeObject) -> bool {
        std::ptr::eq(self.kind(), kind)
    }

    /// Whether it is of a type, or of one derived from it.
    pub fn is_a(self, kind: *const PyTypeObject) -> bool {
        bases(self.kind()).any(|base| std::ptr::eq(base, kind))
    }

    /// Whether it is of a type made in C with this name, `collections.deque`, or one derived from it.
    pub fn is_native(self, name: &CStr) -> bool {
        bases(self.kind()).any(|base| {
            // SAFETY: names of types end in a zero and live as long as they.
            base.tp_flags & IMMUTABLE != 0 && unsafe { CStr::from_ptr(base.tp_name) } == name
        })
    }

    /// Reads a field.
    ///
    /// # Safety
    /// There is a value of the type, aligned, at this offset, in bytes from the start of the object.
    pub unsafe fn read<T: Copy>(self, offset: isize) -> T {
        // SAFETY: the caller's promise.
        unsafe { self.pointer().cast::<u8>().offset(offset).cast::<T>().read() }
    }

    /// The object a field refers to; `None` for null.
    ///
    /// # Safety
    /// There is a pointer at this offset: null, or to an object that this one keeps alive.
    pub unsafe fn at(self, offset: usize) -> Option<Self> {
        // SAFETY: the caller's promise.
        unsafe { self.read::<Option<Self>>(offset.cast_signed()) }
    }

    /// What a list or a tuple holds; `None` for anything else.
    pub fn elements(self) -> Option<&'a [Option<Self>]> {
        // SAFETY: both begin with their length and have so many pointers, which may be null while they
        // are being filled. Nobody changes them for `'a`.
        unsafe {
            let items = if self.has(ffi::Py_TPFLAGS_TUPLE_SUBCLASS) {
                let offset = offset_of!(ffi::PyTupleObject, ob_item);
                self.pointer().cast::<u8>().add(offset).cast_const().cast()
            } else if self.has(ffi::Py_TPFLAGS_LIST_SUBCLASS) {
                (*self.pointer().cast::<ffi::PyListObject>()).ob_item.cast_const().cast()
            } else {
                return None;
            };
            let length = self.length();
            Some(if length == 0 { &[] } else { std::slice::from_raw_parts(items, length) })
        }
    }

    /// `ob_size`.
    ///
    /// # Safety
    /// The object has one.
    pub unsafe fn length(self) -> usize {
        // SAFETY: the caller's promise.
        let size = unsafe { (*self.pointer().cast::<ffi::PyVarObject>()).ob_size };
        usize::try_from(size).unwrap_or(0)
    }

    /// Whether it leads to another object as the garbage collector sees it.
    pub fn leads_to(self, to: Self) -> bool {
        struct Search {
            wanted: *mut PyObject,
            found: bool,
        }
        extern "C" fn visit(object: *mut PyObject, search: *mut c_void) -> c_int {
            // SAFETY: what is given below; nobody else has it.
            let search = unsafe { &mut *search.cast::<Search>() };
            search.found |= object == search.wanted;
            search.found.into()
        }
        // SAFETY: tells whether the object has a header of the collector; runs no code.
        if unsafe { ffi::PyObject_IS_GC(self.pointer()) } == 0 {
            return false;
        }
        let Some(traverse) = self.kind().tp_traverse else { return false };
        let mut search = Search { wanted: to.pointer(), found: false };
        // SAFETY: as the collector calls it, which may be at any time. Some do not hand on what `visit`
        // gives.
        unsafe { traverse(self.pointer(), visit, (&raw mut search).cast()) };
        search.found
    }
}

/// A type and what it is derived from, as far as its memory is laid out by that.
pub fn bases(kind: &PyTypeObject) -> impl Iterator<Item = &PyTypeObject> {
    // SAFETY: a type keeps its base alive.
    std::iter::successors(Some(kind), |kind| unsafe { kind.tp_base.as_ref() })
}
