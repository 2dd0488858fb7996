//! References that objects have beside those that their `tp_traverse` shows.

use std::ops::ControlFlow;

use pyo3::ffi::{self, PyTypeObject};

use super::arrays;
use super::dicts::{self, Keys};
use super::kinds::{extra, with_dict};
use super::layout::{self, WORD};
use super::raw::{flags_of, read};

/// Calls `visit` with each of them.
///
/// # Safety
/// The lock is held and an object of the type that `what` was found of alive at the address.
pub(super) unsafe fn each(object: usize, what: u8, mut visit: impl FnMut(usize)) {
    // SAFETY: the caller's promise.
    unsafe {
        if what & extra::DICT != 0 {
            keys(object, &mut visit);
        }
        if what & extra::CODE != 0 {
            code(object, &mut visit);
        }
        if what & extra::TYPE != 0 {
            of_type(object, &mut visit);
        }
        if what & extra::ARRAY != 0 {
            arrays::each(object, visit);
        }
    }
}

/// The dict of an object that keeps its attributes inline, if it has been asked for.
///
/// # Safety
/// As [`each`].
pub(super) unsafe fn inline_dict(object: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { read(object - layout::MANAGED_DICT, 0) }
}

/// Keys that are all strings are left out by `dict_traverse`; shared ones are the type's.
unsafe fn keys(dict: usize, visit: &mut impl FnMut(usize)) {
    // SAFETY: the promise of `each`.
    unsafe {
        if Keys::of_dict(dict).kind() != layout::KEYS_GENERAL {
            dicts::each(dict, |key, _| visit(key));
        }
    }
}

unsafe fn code(code: usize, visit: &mut impl FnMut(usize)) {
    let mut known = |object: usize| {
        if object != 0 {
            visit(object);
        }
    };
    // SAFETY: the promise of `each`.
    unsafe {
        for part in layout::CODE_PARTS {
            known(read(code, part));
        }
        let cached: usize = read(code, layout::CODE_CACHED);
        if cfg!(not(Py_3_12)) {
            known(cached);
        } else if cached != 0 {
            for part in 0..4 {
                known(read(cached, part * WORD));
            }
        }
    }
}

/// What types hold and do not show, as it takes no part in cycles; of static ones, which show nothing,
/// all of it.
unsafe fn of_type(kind: usize, visit: &mut impl FnMut(usize)) {
    let mut known = |object: usize| {
        if object != 0 {
            visit(object);
        }
    };
    // SAFETY: the promise of `each`.
    unsafe {
        let flags = flags_of(kind);
        let is_kept = cfg!(Py_3_12) && flags & layout::IS_STATIC_BUILTIN != 0;
        if !is_kept {
            known(read(kind, layout::SUBCLASSES));
        }
        if flags & ffi::Py_TPFLAGS_HEAPTYPE == 0 {
            let object = &*(kind as *const PyTypeObject);
            with_dict(kind, &mut known);
            known(object.tp_base.addr());
            known(object.tp_bases.addr());
            known(object.tp_mro.addr());
            known(object.tp_cache.addr());
            return;
        }
        for part in [layout::TYPE_NAME, layout::TYPE_QUALNAME, layout::TYPE_SLOTS] {
            known(read(kind, part));
        }
        if let Some(keys) = Keys::of_type(kind) {
            let _ = keys.each(|key, _| {
                known(key);
                ControlFlow::<()>::Continue(())
            });
        }
    }
}
