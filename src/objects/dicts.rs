//! Dicts as they stand in memory: what is in them and how large they are, without a hash, a comparison or
//! a count.

use std::ops::ControlFlow;

use pyo3::ffi;

use super::layout::{self, WORD};
use super::raw::{has_flag, read};

/// Keys of a dict (`PyDictKeysObject`), or those that a type shares among its objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys(usize);

impl Keys {
    /// Those of a dict.
    ///
    /// # Safety
    /// A dict is alive at the address; nothing changes it while the keys are used.
    #[inline(always)]
    pub unsafe fn of_dict(dict: usize) -> Self {
        // SAFETY: the caller's promise; a dict has keys at all times.
        Self(unsafe { read(dict, layout::DICT_KEYS) })
    }

    /// Those that a type shares among its objects.
    ///
    /// # Safety
    /// A type made at run time is alive at the address.
    pub unsafe fn of_type(kind: usize) -> Option<Self> {
        // SAFETY: the caller's promise.
        let keys: usize = unsafe { read(kind, layout::TYPE_SHARED_KEYS) };
        (keys != 0).then_some(Self(keys))
    }

    #[inline(always)]
    fn field<T: Copy>(self, offset: usize) -> T {
        // SAFETY: who made this promised that keys are there.
        unsafe { read(self.0, offset) }
    }

    /// The kind of entries there are.
    #[inline(always)]
    pub fn kind(self) -> u8 {
        self.field(layout::KEYS_KIND)
    }

    /// How many values an object of a type has room for that is made now and shares these.
    #[cfg(not(Py_3_13))]
    pub fn room(self) -> usize {
        let usable: isize = self.field(layout::KEYS_USABLE);
        let entries: isize = self.field(layout::KEYS_ENTRIES);
        usize::try_from(usable + entries).unwrap_or(0)
    }

    /// Bytes of the table.
    #[inline]
    pub fn bytes(self) -> u64 {
        let size = 1_u64 << (self.field::<u8>(layout::KEYS_LOG_SIZE) & 63);
        let index = 1_u64 << (self.field::<u8>(layout::KEYS_LOG_INDEX) & 63);
        let entry = if self.kind() == layout::KEYS_GENERAL { 3 } else { 2 } * WORD as u64;
        layout::KEYS_INDICES as u64 + index + (size << 1) / 3 * entry
    }

    /// Whether one dict alone has them.
    #[inline(always)]
    pub fn is_unshared(self) -> bool {
        self.field::<isize>(0) == 1
    }

    /// Calls `visit` with each key and its value, in order; the value is 0 where values are elsewhere or
    /// the entry is free, the key too in the latter case.
    #[inline]
    pub fn each<B>(self, mut visit: impl FnMut(usize, usize) -> ControlFlow<B>) -> ControlFlow<B> {
        let index = 1_usize << (self.field::<u8>(layout::KEYS_LOG_INDEX) & 63);
        let general = self.kind() == layout::KEYS_GENERAL;
        let (skip, entry) = if general { (WORD, 3 * WORD) } else { (0, 2 * WORD) };
        let entries: isize = self.field(layout::KEYS_ENTRIES);
        let mut at = layout::KEYS_INDICES + index + skip;
        for _ in 0..entries {
            visit(self.field(at), self.field(at + WORD))?;
            at += entry;
        }
        ControlFlow::Continue(())
    }
}

/// Calls `visit` with each key and value of a dict whose values stand beside the keys.
///
/// # Safety
/// As [`Keys::of_dict`], or the address is 0.
pub(super) unsafe fn each(dict: usize, mut visit: impl FnMut(usize, usize)) {
    if dict == 0 {
        return;
    }
    // SAFETY: the caller's promise.
    let keys = unsafe { Keys::of_dict(dict) };
    if keys.kind() == layout::KEYS_SPLIT {
        return;
    }
    let _ = keys.each(|key, value| {
        if value != 0 {
            visit(key, value);
        }
        ControlFlow::<()>::Continue(())
    });
}

/// The value of a key that is this very object.
///
/// # Safety
/// As [`Keys::of_dict`]; or the address is 0 or that of another object.
pub(super) unsafe fn get(dict: usize, name: usize) -> Option<usize> {
    // SAFETY: the caller's promise.
    unsafe {
        if dict == 0 || !has_flag(dict, ffi::Py_TPFLAGS_DICT_SUBCLASS) {
            return None;
        }
        let found = Keys::of_dict(dict).each(|key, value| {
            if key == name && value != 0 {
                return ControlFlow::Break(value);
            }
            ControlFlow::Continue(())
        });
        found.break_value()
    }
}

/// Whether dicts are laid out as expected: one of many entries is read and compared with what the
/// public functions say.
///
/// # Safety
/// The lock is held and a dict alive at the address.
pub(super) unsafe fn are_as_expected(dict: usize) -> bool {
    let object = dict as *mut ffi::PyObject;
    let mut position = 0;
    let mut as_expected = true;
    // SAFETY: the caller's promise; references are borrowed.
    unsafe {
        if dict == 0
            || ffi::PyDict_CheckExact(object) == 0
            || read::<isize>(dict, layout::DICT_USED) != ffi::PyDict_Size(object)
        {
            return false;
        }
        let mut next = || {
            let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
            let found = ffi::PyDict_Next(object, &raw mut position, &raw mut key, &raw mut value);
            (found != 0).then_some((key.addr(), value.addr()))
        };
        each(dict, |key, value| as_expected &= next() == Some((key, value)));
        as_expected && next().is_none()
    }
}
