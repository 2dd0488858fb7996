//! The own size of an object in bytes: its block, with what stands before it, and the buffers it owns.
//!
//! It is what `sys.getsizeof` says, but for values of attributes that are in a block of their own (3.11
//! and 3.12), which that leaves out, and for values that are inline, which are part of the object even
//! once it has a dict.

use pyo3::ffi;

use super::dicts::Keys;
use super::kinds::{Facts, Size};
use super::layout::{self, WORD};
use super::raw::{flags_of, len_of, read, type_of};

/// The size of an object, as far as its own fields tell it: of those whose type has a method for it
/// [`by_method`] is to be asked once nothing is read any more.
///
/// # Safety
/// The lock is held and an object of the type alive at the address.
#[inline]
pub(super) unsafe fn of(object: usize, facts: &Facts) -> u64 {
    // SAFETY: the caller's promise; the rule is that of its type.
    let own = unsafe {
        match facts.size {
            Size::Str => string(object, facts),
            Size::Int => int(object),
            Size::List => facts.basic + room(object) * WORD as u64,
            Size::Dict => dict(object, facts),
            Size::Set => set(object, facts),
            Size::Bytearray => facts.basic + read::<usize>(object, layout::BYTEARRAY_ROOM) as u64,
            Size::Type => of_type(object),
            Size::Basic | Size::Method(_) => basic(object, facts),
        }
    };
    // SAFETY: as above.
    own + unsafe { before(object, facts) + values(object, facts) }
}

/// The size by the method of a type, which is native code; `None` where that fails.
///
/// # Safety
/// As [`of`]; nothing is known of what the method does to other objects.
pub(super) unsafe fn by_method(object: usize, facts: &Facts) -> Option<u64> {
    let Size::Method(method) = facts.size else { return None };
    // SAFETY: the caller's promise; the method takes no arguments and gives an object or an exception.
    unsafe {
        let number = method(object as *mut ffi::PyObject, std::ptr::null_mut());
        if number.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let size = if ffi::PyLong_Check(number) == 0 { -1 } else { ffi::PyLong_AsSsize_t(number) };
        ffi::Py_DECREF(number);
        if size < 0 {
            ffi::PyErr_Clear();
        }
        let size = u64::try_from(size).ok()?;
        Some(size + before(object, facts) + values(object, facts))
    }
}

/// Bytes of the block before the object: none of a type that no block holds, which the collector does not
/// know either.
#[inline(always)]
unsafe fn before(object: usize, facts: &Facts) -> u64 {
    // SAFETY: the promise of `of`.
    let is_apart = facts.is_gc.is_some_and(|is_gc| unsafe { is_gc(object as *mut _) } == 0);
    if is_apart { 0 } else { u64::from(facts.before) }
}

/// Bytes of a block of values. How many there is room for depends on how many objects of the class had
/// been made when it was; before 3.13 it is told by the size of the part in front of them, which up to
/// eight have in common, and for the last objects made by the keys that are shared now.
unsafe fn of_values(values: usize, keys: Option<Keys>) -> u64 {
    #[cfg(Py_3_13)]
    let bytes = {
        let _ = keys;
        // SAFETY: the promise of `of`: the object or dict has values at this address.
        let room = usize::from(unsafe { read::<u8>(values, 0) });
        room.div_ceil(WORD) * WORD + (room + 1) * WORD
    };
    #[cfg(not(Py_3_13))]
    let bytes = {
        // SAFETY: as above.
        let front = usize::from(unsafe { read::<u8>(values - 1, 0) });
        let room = keys.map_or(0, Keys::room).max(front.saturating_sub(WORD + 1));
        front + room.min(front - 2) * WORD
    };
    bytes as u64
}

/// Bytes of the values an object has beside its body.
#[inline(always)]
unsafe fn values(object: usize, facts: &Facts) -> u64 {
    if !facts.values {
        return 0;
    }
    // SAFETY: the promise of `of`; the type has its objects keep values there.
    unsafe {
        #[cfg(Py_3_13)]
        let values = object + layout::INLINE_VALUES;
        #[cfg(all(Py_3_12, not(Py_3_13)))]
        let values = match read::<usize>(object - layout::MANAGED_DICT, 0) {
            tagged if tagged & 1 != 0 => tagged + 1,
            _ => 0,
        };
        #[cfg(not(Py_3_12))]
        let values = read::<usize>(object - layout::MANAGED_VALUES, 0);
        if values == 0 { 0 } else { of_values(values, Keys::of_type(type_of(object))) }
    }
}

/// Items a list has room for; while it is sorted they are elsewhere, and the field says -1.
unsafe fn room(object: usize) -> u64 {
    // SAFETY: the promise of `of`.
    u64::try_from(unsafe { read::<isize>(object, layout::LIST_ALLOCATED) }).unwrap_or(0)
}

unsafe fn basic(object: usize, facts: &Facts) -> u64 {
    if facts.item == 0 {
        return facts.basic;
    }
    // SAFETY: the promise of `of`.
    let items = unsafe { len_of(object) } as u64;
    // A type may use the field for something else; nothing is as large as that.
    let items = items.checked_mul(facts.item).filter(|&bytes| bytes < 1 << 46);
    facts.basic + items.unwrap_or(0)
}

unsafe fn int(object: usize) -> u64 {
    // SAFETY: the promise of `of`.
    let digits = unsafe {
        if cfg!(Py_3_12) { read::<usize>(object, layout::LEN) >> 3 } else { len_of(object) }
    };
    layout::INT_DIGITS + digits.max(1) as u64 * 4
}

unsafe fn string(object: usize, facts: &Facts) -> u64 {
    // SAFETY: the promise of `of`.
    unsafe {
        let state: u32 = read(object, layout::STR_STATE);
        let len = read::<usize>(object, layout::STR_LEN) as u64;
        let kind = u64::from(state >> layout::STR_KIND_SHIFT & 7);
        let (compact, ascii) = (state & layout::STR_COMPACT != 0, state & layout::STR_ASCII != 0);
        if compact && ascii {
            return layout::STR_ASCII_SIZE + len + 1 + wide(object, len, 0, true);
        }
        let data: usize = if compact { 0 } else { read(object, layout::STR_DATA) };
        let body = if compact { layout::STR_COMPACT_SIZE } else { layout::STR_SIZE };
        // What is derived from it has a body of its own and characters elsewhere.
        let mut bytes = if compact { body } else { body.max(facts.basic) };
        if compact || data != 0 {
            bytes += (len + 1) * kind;
        }
        let cached: usize = read(object, layout::STR_UTF8);
        if cached != 0 && cached != data {
            bytes += read::<usize>(object, layout::STR_UTF8_LEN) as u64 + 1;
        }
        let characters = if compact { object as u64 + body } else { data as u64 };
        bytes + wide(object, len, characters, false)
    }
}

/// Bytes of a copy as wide characters, which strings may have before 3.12; none where the `characters`
/// are wide themselves and serve as it.
unsafe fn wide(object: usize, len: u64, characters: u64, is_ascii: bool) -> u64 {
    #[cfg(not(Py_3_12))]
    // SAFETY: the promise of `of`.
    unsafe {
        let copy = read::<usize>(object, layout::STR_WIDE);
        if copy != 0 && copy as u64 != characters {
            let own = || read::<usize>(object, layout::STR_WIDE_LEN) as u64;
            return (if is_ascii { len } else { own() } + 1) * 4;
        }
    }
    let _ = (object, len, characters, is_ascii);
    0
}

unsafe fn dict(object: usize, facts: &Facts) -> u64 {
    // SAFETY: the promise of `of`.
    unsafe {
        let keys = Keys::of_dict(object);
        let values: usize = read(object, layout::DICT_VALUES);
        let mut bytes = facts.basic;
        // Values that are inline are part of the object whose dict it is.
        if values != 0 && !(cfg!(Py_3_13) && read::<u8>(values, layout::VALUES_EMBEDDED) != 0) {
            bytes += of_values(values, Some(keys));
        }
        // Shared keys are the type's, those of empty dicts nobody's.
        if keys.is_unshared() { bytes + keys.bytes() } else { bytes }
    }
}

unsafe fn set(object: usize, facts: &Facts) -> u64 {
    // SAFETY: the promise of `of`.
    unsafe {
        if read::<usize>(object, layout::SET_TABLE) == object + layout::SET_SMALL_TABLE {
            return facts.basic;
        }
        facts.basic + (read::<usize>(object, layout::SET_MASK) as u64 + 1) * 2 * WORD as u64
    }
}

unsafe fn of_type(object: usize) -> u64 {
    // SAFETY: the promise of `of`.
    unsafe {
        if flags_of(object) & ffi::Py_TPFLAGS_HEAPTYPE == 0 {
            return size_of::<ffi::PyTypeObject>() as u64;
        }
        let keys = Keys::of_type(object).map_or(0, Keys::bytes);
        layout::HEAP_TYPE_SIZE + keys
    }
}
