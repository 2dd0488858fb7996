//! Types: what has to be known of each to walk its objects, found once.

use std::collections::TryReserveError;

use pyo3::ffi::{self, PyMethodDef, PyTypeObject, inquiry, traverseproc};

use super::classes::Scan;
use super::dicts::{self, Keys};
use super::layout::{self, WORD};
use super::raw::{c_text, flags_of, has_flag, interned, read, text, type_of};
use super::table::Table;
use super::{Type, arrays, classes};

/// How the own size of an object is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Size {
    /// By its type, and number of items.
    Basic,
    Int,
    Str,
    List,
    Dict,
    Set,
    Bytearray,
    Type,
    /// By the `__sizeof__` that its type has, which is native code.
    Method(unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject),
}

/// References that are known of beside those that `tp_traverse` shows.
pub(super) mod extra {
    /// Keys of a dict.
    pub const DICT: u8 = 1;
    /// Parts of a code object.
    pub const CODE: u8 = 2;
    /// Parts of a type.
    pub const TYPE: u8 = 4;
    /// The dict of an object that keeps its attributes inline.
    pub const INLINE: u8 = 8;
    /// Elements of a NumPy array.
    pub const ARRAY: u8 = 16;
}

/// What has to be known of a type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub traverse: Option<traverseproc>,
    pub is_gc: Option<inquiry>,
    /// Bytes before the object.
    pub before: u32,
    /// `tp_basicsize`.
    pub basic: u64,
    /// `tp_itemsize`.
    pub item: u64,
    /// Whether its objects may have values instead of a dict.
    pub values: bool,
    pub size: Size,
    pub extra: u8,
    pub scan: Scan,
    /// Whether it is ours.
    pub own: bool,
    /// Whether its objects are part of the executable, and need not count right.
    pub is_static: bool,
}

/// Interned names that are looked for in types. They are found by identity.
#[derive(Debug)]
struct Names {
    sizeof: usize,
    module: usize,
}

/// All types met.
#[derive(Debug)]
pub(super) struct Kinds {
    pub types: Vec<Type>,
    pub facts: Vec<Facts>,
    table: Table,
    /// Types met last, with their numbers.
    recent: [(usize, u32); 256],
    names: Names,
}

impl Kinds {
    /// None yet.
    ///
    /// # Safety
    /// The lock is held.
    pub unsafe fn new() -> Self {
        // SAFETY: the caller's promise.
        let names =
            unsafe { Names { sizeof: interned(c"__sizeof__"), module: interned(c"__module__") } };
        Self {
            types: Vec::new(),
            facts: Vec::new(),
            table: Table::default(),
            recent: [(0, 0); 256],
            names,
        }
    }

    /// The number of a type, and whether it is met for the first time.
    ///
    /// # Safety
    /// The lock is held, and a type alive at the address.
    #[inline(always)]
    pub unsafe fn number(&mut self, kind: usize) -> Result<(u32, bool), TryReserveError> {
        let recent = &mut self.recent[(kind >> 4) % 256];
        if recent.0 == kind {
            return Ok((recent.1, false));
        }
        self.table.reserve(1)?;
        let next = u32::try_from(self.types.len() + 1).unwrap_or(u32::MAX);
        let (number, new) = self.table.number(kind, next);
        *recent = (kind, number - 1);
        if new {
            self.types.try_reserve(1)?;
            self.facts.try_reserve(1)?;
            // SAFETY: the caller's promise.
            let (named, facts) = unsafe { (self.named(kind), self.facts(kind)) };
            self.facts.push(Facts { own: is_own(&named.module), ..facts });
            self.types.push(named);
        }
        Ok((number - 1, new))
    }

    unsafe fn named(&self, kind: usize) -> Type {
        // SAFETY: the promise of `number`, also for what it calls.
        unsafe {
            let whole = c_text((*(kind as *const PyTypeObject)).tp_name);
            let heap = flags_of(kind) & ffi::Py_TPFLAGS_HEAPTYPE != 0;
            let own = |name| text(read(kind, name));
            let (mut module, mut name) = match whole.rsplit_once('.') {
                Some((module, name)) => (module.to_owned(), name.to_owned()),
                None if heap => (String::new(), whole),
                None => ("builtins".to_owned(), whole),
            };
            if heap {
                name = own(layout::TYPE_QUALNAME);
                let known =
                    with_dict(kind, |dict| dicts::get(dict, self.names.module).map(|it| text(it)));
                module = known.filter(|known| !known.is_empty()).unwrap_or(module);
            }
            if !matches!(&*module, "" | "builtins" | "__main__") {
                name = format!("{module}.{name}");
            }
            Type { address: kind, name, module, class: classes::class(kind) }
        }
    }

    unsafe fn facts(&self, kind: usize) -> Facts {
        // SAFETY: the promise of `number`, also for what it calls.
        unsafe {
            let object = &*(kind as *const PyTypeObject);
            let flags = flags_of(kind);
            let collected = flags & ffi::Py_TPFLAGS_HAVE_GC != 0;
            let head = if collected { layout::GC_HEAD } else { 0 };
            let pre = if flags & layout::HAS_PRE_HEADER != 0 { 2 * WORD } else { 0 };
            let mut extra = 0;
            for (flag, what) in [
                (ffi::Py_TPFLAGS_DICT_SUBCLASS, extra::DICT),
                (ffi::Py_TPFLAGS_TYPE_SUBCLASS, extra::TYPE),
                (layout::HAS_INLINE_VALUES, extra::INLINE),
            ] {
                extra |= if flags & flag == 0 { 0 } else { what };
            }
            if kind == (&raw mut ffi::PyCode_Type).addr() {
                extra |= extra::CODE;
            }
            if arrays::is_array_type(classes::native_base(kind)) {
                extra |= extra::ARRAY;
            }
            Facts {
                traverse: object.tp_traverse.filter(|_| collected),
                is_gc: object.tp_is_gc,
                before: u32::try_from(head + pre).unwrap_or(0),
                basic: u64::try_from(object.tp_basicsize).unwrap_or(0),
                item: u64::try_from(object.tp_itemsize).unwrap_or(0),
                values: has_values(kind, flags),
                size: self.size(kind),
                extra,
                scan: classes::scan(kind),
                own: false,
                is_static: is_of_constants(kind),
            }
        }
    }

    /// How the size of objects is told: as by the first `__sizeof__` of native code.
    unsafe fn size(&self, kind: usize) -> Size {
        // SAFETY: the promise of `number`; types keep what their order of resolution names.
        unsafe {
            let order = (*(kind as *const PyTypeObject)).tp_mro.addr();
            if order == 0 || !has_flag(order, ffi::Py_TPFLAGS_TUPLE_SUBCLASS) {
                return Size::Basic;
            }
            for at in 0..super::raw::len_of(order) {
                let from: usize = read(order, layout::LEN + WORD + at * WORD);
                if let Some(known) = known_size(from) {
                    return known;
                }
                if from == 0 || !has_flag(from, ffi::Py_TPFLAGS_TYPE_SUBCLASS) {
                    continue;
                }
                let Some(method) = with_dict(from, |dict| dicts::get(dict, self.names.sizeof))
                else {
                    continue;
                };
                if type_of(method) != (&raw mut ffi::PyMethodDescr_Type).addr() {
                    continue;
                }
                if !is_harmless(&c_text((*(from as *const PyTypeObject)).tp_name)) {
                    return Size::Basic;
                }
                let definition = &*read::<*const PyMethodDef>(method, layout::METHOD_DEFINITION);
                if definition.ml_flags & !ffi::METH_COEXIST == ffi::METH_NOARGS {
                    return Size::Method(definition.ml_meth.PyCFunction);
                }
            }
            Size::Basic
        }
    }
}

/// Whether a type's `__sizeof__` is known to add up numbers: that of another extension may run anything,
/// as one compiled from Python does, and that of `struct.Struct` follows a null pointer in an object that
/// `__init__` has not come to yet.
fn is_harmless(name: &str) -> bool {
    const MODULES: &str = "_asyncio _bz2 _ctypes _decimal _elementtree _hashlib _io _lzma _pickle _queue \
                           _random _sre _ssl array collections decimal functools itertools mmap numpy \
                           pyexpat re xml zlib";
    let module = name.split_once('.').map(|(module, _)| module);
    module.is_none_or(|module| MODULES.split(' ').any(|known| known == module))
}

/// The rule of the types that there are most objects of.
fn known_size(kind: usize) -> Option<Size> {
    let is = |other: *mut PyTypeObject| other.addr() == kind;
    let found = if is(&raw mut ffi::PyBaseObject_Type) {
        Size::Basic
    } else if is(&raw mut ffi::PyLong_Type) {
        Size::Int
    } else if is(&raw mut ffi::PyUnicode_Type) {
        Size::Str
    } else if is(&raw mut ffi::PyList_Type) {
        Size::List
    } else if is(&raw mut ffi::PyDict_Type) {
        Size::Dict
    } else if is(&raw mut ffi::PySet_Type) || is(&raw mut ffi::PyFrozenSet_Type) {
        Size::Set
    } else if is(&raw mut ffi::PyByteArray_Type) {
        Size::Bytearray
    } else if is(&raw mut ffi::PyType_Type) {
        Size::Type
    } else {
        return None;
    };
    Some(found)
}

/// Lends the dict of a type.
///
/// # Safety
/// The lock is held and a type alive at the address.
pub(super) unsafe fn with_dict<R>(kind: usize, body: impl FnOnce(usize) -> R) -> R {
    // SAFETY: the caller's promise.
    unsafe {
        #[cfg(Py_3_12)]
        if flags_of(kind) & layout::IS_STATIC_BUILTIN != 0 {
            // The interpreter keeps it; a reference is given and given back.
            let dict = ffi::PyType_GetDict(kind as *mut PyTypeObject);
            let result = body(dict.addr());
            ffi::Py_XDECREF(dict);
            return result;
        }
        body((*(kind as *const PyTypeObject)).tp_dict.addr())
    }
}

/// Whether objects may have values instead of a dict.
unsafe fn has_values(kind: usize, flags: u64) -> bool {
    let has = if cfg!(Py_3_13) { layout::HAS_INLINE_VALUES } else { layout::HAS_MANAGED_DICT };
    let has = flags & has != 0 && flags & ffi::Py_TPFLAGS_HEAPTYPE != 0;
    // SAFETY: a type made at run time.
    has && unsafe { Keys::of_type(kind) }.is_some()
}

/// Whether the objects of a type are `True` and `False`, `None`, `...` or `NotImplemented`.
fn is_of_constants(kind: usize) -> bool {
    // SAFETY: called with the lock held; they are there as long as the process is.
    let constants =
        unsafe { [ffi::Py_None(), ffi::Py_True(), ffi::Py_Ellipsis(), ffi::Py_NotImplemented()] };
    // SAFETY: as above.
    constants.into_iter().any(|constant| unsafe { type_of(constant.addr()) } == kind)
}

/// Whether a module is ours.
pub(super) fn is_own(module: &str) -> bool {
    module == "rsprofile" || module.starts_with("rsprofile.")
}
