//! Where the fields of objects are, in bytes from the start, as far as no public structure says so.
//!
//! From `Include/internal/pycore_dict.h`, `pycore_gc.h`, `pycore_frame.h`, `pycore_object.h`,
//! `cpython/pystate.h` and `cpython/code.h` of CPython 3.11 to 3.13. Frames and the rest of code objects
//! are in [`heap::layout`](crate::heap::layout).

/// Bytes of a pointer.
pub const WORD: usize = size_of::<usize>();

/// `PyObject.ob_type`.
pub const TYPE: usize = 8;
/// `PyVarObject.ob_size`.
pub const LEN: usize = 16;

/// `PyGC_Head`, before an object that the collector knows of.
pub const GC_HEAD: usize = 16;
/// `sizeof(struct gc_generation)`: a list head and two counters.
pub const GENERATION: usize = 24;
/// `permanent_generation`, from the first generation: there are three, and a pointer.
pub const PERMANENT: usize = 3 * GENERATION + WORD;
/// Flags in `PyGC_Head._gc_prev` and `_gc_next`.
pub const GC_FLAGS: usize = 3;

/// `PyDictObject.ma_keys`.
pub const DICT_KEYS: usize = 32;
/// `PyDictObject.ma_values`.
pub const DICT_VALUES: usize = 40;
/// `PyDictObject.ma_used`.
pub const DICT_USED: usize = 16;
/// `PyDictKeysObject.dk_log2_size`.
pub const KEYS_LOG_SIZE: usize = 8;
/// `PyDictKeysObject.dk_log2_index_bytes`.
pub const KEYS_LOG_INDEX: usize = 9;
/// `PyDictKeysObject.dk_kind`.
pub const KEYS_KIND: usize = 10;
/// `PyDictKeysObject.dk_usable`.
#[cfg(not(Py_3_13))]
pub const KEYS_USABLE: usize = 16;
/// `PyDictKeysObject.dk_nentries`.
pub const KEYS_ENTRIES: usize = 24;
/// `PyDictKeysObject.dk_indices`.
pub const KEYS_INDICES: usize = 32;
/// `DICT_KEYS_GENERAL`: entries have a hash in front.
pub const KEYS_GENERAL: u8 = 0;
/// `DICT_KEYS_SPLIT`: the values are elsewhere.
pub const KEYS_SPLIT: u8 = 2;

/// Before an object: its dict, from 3.12 to 3.12.x with a flag for values instead of it.
pub const MANAGED_DICT: usize = 3 * WORD;
/// In an object that keeps its values inline: where they are (from 3.13 on).
#[cfg(Py_3_13)]
pub const INLINE_VALUES: usize = 16;
/// Before an object: its values (3.11).
#[cfg(not(Py_3_12))]
pub const MANAGED_VALUES: usize = 4 * WORD;
/// `Py_TPFLAGS_MANAGED_DICT`.
pub const HAS_MANAGED_DICT: u64 = 1 << 4;
/// `Py_TPFLAGS_PREHEADER`: two pointers before the object, and before the head.
pub const HAS_PRE_HEADER: u64 = if cfg!(Py_3_12) { 1 << 4 | 1 << 3 } else { 1 << 4 };
/// `Py_TPFLAGS_INLINE_VALUES` (from 3.13 on).
pub const HAS_INLINE_VALUES: u64 = if cfg!(Py_3_13) { 1 << 2 } else { 0 };
/// `_Py_TPFLAGS_STATIC_BUILTIN` (from 3.12 on): parts of the type are kept by the interpreter.
pub const IS_STATIC_BUILTIN: u64 = 1 << 1;

/// `PyTypeObject.tp_subclasses`, of a type that keeps it itself.
pub const SUBCLASSES: usize = 360;
#[cfg(not(Py_3_12))]
mod of_version {
    /// `PyHeapTypeObject.ht_name`; `ht_slots`, `ht_qualname`, `ht_cached_keys`, `ht_module` and
    /// `_ht_tpname` follow.
    pub const TYPE_NAME: usize = 848;
    /// `PyThreadState.dict`.
    pub const THREAD_DICT: usize = 128;
    /// `PyThreadState.context`.
    pub const THREAD_CONTEXT: usize = 224;
    /// `PyThreadState.exc_state.exc_value`.
    pub const THREAD_EXCEPTION: usize = 320;
    /// `sizeof(PyThreadState)`.
    pub const THREAD: usize = 360;
    /// What of `PyInterpreterState` is there in every release.
    pub const INTERPRETER: usize = 107_752 - 4096;
    /// `_PyInterpreterFrame.f_func`.
    pub const FRAME_FUNCTION: usize = 0;
    /// `_PyInterpreterFrame.f_locals`.
    pub const FRAME_NAMES: usize = 24;
    /// `_PyInterpreterFrame.frame_obj`.
    pub const FRAME_OBJECT: usize = 40;
    /// `PyCodeObject.co_stacksize`.
    pub const CODE_STACK: usize = 68;
    /// `PyCodeObject.co_nlocalsplus`.
    pub const CODE_LOCALS: usize = 76;
}
#[cfg(Py_3_12)]
mod of_version {
    /// `PyHeapTypeObject.ht_name`; `ht_slots`, `ht_qualname`, `ht_cached_keys`, `ht_module` and
    /// `_ht_tpname` follow.
    pub const TYPE_NAME: usize = 856;
    /// `PyThreadState.dict`.
    pub const THREAD_DICT: usize = if cfg!(Py_3_13) { 128 } else { 112 };
    /// `PyThreadState.context`.
    pub const THREAD_CONTEXT: usize = 208;
    /// `PyThreadState.exc_state.exc_value`.
    pub const THREAD_EXCEPTION: usize = 256;
    /// `sizeof(PyThreadState)`.
    pub const THREAD: usize = if cfg!(Py_3_13) { 304 } else { 288 };
    /// What of `PyInterpreterState` is there in every release.
    pub const INTERPRETER: usize = if cfg!(Py_3_13) { 194_968 } else { 383_552 } - 4096;
    /// `_PyInterpreterFrame.f_funcobj`.
    pub const FRAME_FUNCTION: usize = 16;
    /// `_PyInterpreterFrame.f_locals`.
    pub const FRAME_NAMES: usize = 40;
    /// `_PyInterpreterFrame.frame_obj`.
    pub const FRAME_OBJECT: usize = 48;
    /// `PyCodeObject.co_stacksize`.
    pub const CODE_STACK: usize = 64;
    /// `PyCodeObject.co_nlocalsplus`.
    pub const CODE_LOCALS: usize = 72;
}
pub use of_version::*;

/// `PyHeapTypeObject.ht_slots`.
pub const TYPE_SLOTS: usize = TYPE_NAME + 8;
/// `PyHeapTypeObject.ht_qualname`.
pub const TYPE_QUALNAME: usize = TYPE_NAME + 16;
/// `PyHeapTypeObject.ht_cached_keys`.
pub const TYPE_SHARED_KEYS: usize = TYPE_NAME + 24;
/// `PyHeapTypeObject._ht_tpname`, of a type that no `class` statement made.
pub const TYPE_SPEC_NAME: usize = TYPE_NAME + 40;

/// `_PyInterpreterFrame.stacktop`: items of `localsplus` in use, -1 while it runs.
pub const FRAME_TOP: usize = 64;
/// `_PyInterpreterFrame.localsplus`: variables, then the stack of the evaluation.
pub const FRAME_VARIABLES: usize = 72;
/// `PyCodeObject.co_localsplusnames`.
pub const CODE_NAMES: usize = 96;
/// `PyCodeObject`: `co_consts`, `co_names`, `co_exceptiontable`, `co_localsplusnames`,
/// `co_localspluskinds`, `co_filename`, `co_name`, `co_qualname`, `co_linetable`.
pub const CODE_PARTS: [usize; 9] = [24, 32, 40, 96, 104, 112, 120, 128, 136];
/// `PyCodeObject._co_code`, or from 3.12 on `_co_cached`: a pointer to four objects.
pub const CODE_CACHED: usize = if cfg!(Py_3_13) { 160 } else { 152 };

/// `PyFunctionObject.func_globals`.
pub const FUNCTION_GLOBALS: usize = 16;
/// `PyCFunctionObject.m_module`.
pub const BUILTIN_MODULE: usize = 32;
/// `PyModuleObject.md_dict`.
pub const MODULE_DICT: usize = 16;
/// `PyMethodDescrObject.d_method`.
pub const METHOD_DEFINITION: usize = 40;

/// `PyDictValues.embedded` (from 3.13 on): they are part of an object.
pub const VALUES_EMBEDDED: usize = 2;
/// `PyListObject.allocated`.
pub const LIST_ALLOCATED: usize = 32;
/// `PyByteArrayObject.ob_alloc`.
pub const BYTEARRAY_ROOM: usize = 24;
/// `PySetObject.mask`.
pub const SET_MASK: usize = 32;
/// `PySetObject.table`.
pub const SET_TABLE: usize = 40;
/// `PySetObject.smalltable`.
pub const SET_SMALL_TABLE: usize = 64;
/// `offsetof(PyLongObject, ob_digit)`.
pub const INT_DIGITS: u64 = 24;
/// `sizeof(PyHeapTypeObject)`.
pub const HEAP_TYPE_SIZE: u64 = size_of::<pyo3::ffi::PyHeapTypeObject>() as u64;

/// `PyASCIIObject.length`.
pub const STR_LEN: usize = 16;
/// `PyASCIIObject.state`.
pub const STR_STATE: usize = 32;
/// `state.kind`, three bits.
pub const STR_KIND_SHIFT: u32 = 2;
/// `state.compact`.
pub const STR_COMPACT: u32 = 1 << 5;
/// `state.ascii`.
pub const STR_ASCII: u32 = 1 << 6;
/// `PyASCIIObject.wstr`: before 3.12 there may be a copy.
#[cfg(not(Py_3_12))]
pub const STR_WIDE: usize = 40;
/// `PyCompactUnicodeObject.wstr_length`.
#[cfg(not(Py_3_12))]
pub const STR_WIDE_LEN: usize = 64;
/// `sizeof(PyASCIIObject)`, which `PyCompactUnicodeObject.utf8_length` and `utf8` follow.
pub const STR_ASCII_SIZE: u64 = if cfg!(Py_3_12) { 40 } else { 48 };
/// `PyCompactUnicodeObject.utf8_length`.
pub const STR_UTF8_LEN: usize = if cfg!(Py_3_12) { 40 } else { 48 };
/// `PyCompactUnicodeObject.utf8`.
pub const STR_UTF8: usize = STR_UTF8_LEN + 8;
/// `sizeof(PyCompactUnicodeObject)`.
pub const STR_COMPACT_SIZE: u64 = if cfg!(Py_3_12) { 56 } else { 72 };
/// `PyUnicodeObject.data`.
#[allow(clippy::cast_possible_truncation, reason = "a small constant")]
pub const STR_DATA: usize = STR_COMPACT_SIZE as usize;
/// `sizeof(PyUnicodeObject)`.
pub const STR_SIZE: u64 = STR_COMPACT_SIZE + 8;
