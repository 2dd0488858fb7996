//! How much a container holds, how much it may hold, and the block that grows with it.

use std::mem::offset_of;

use pyo3::ffi;

use super::live::{Live, bases};
use super::{dicts, instances, text};

/// A container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Container {
    /// How many it holds; `None` for what is no container.
    pub len: Option<u64>,
    /// How many it may hold; `None` for one without a limit.
    pub bound: Option<u64>,
    /// The address of the block that was allocated when it last grew: `heap::site_of` knows the line.
    /// `None` where there is none of its own.
    pub buffer: Option<usize>,
}

/// Where the fields of a `collections.deque` are, in bytes from the start.
mod deque {
    pub const LEFT_BLOCK: isize = 24;
    pub const RIGHT_BLOCK: isize = 32;
    pub const LEFT_INDEX: isize = 40;
    pub const MOST: isize = 64;
    /// Items of a block; before them a pointer to the block on the left, after them one to the right.
    pub const BLOCK: usize = 64;
}

/// Where the fields of what `functools.lru_cache` makes are.
mod lru {
    pub const CACHE: usize = 72;
    pub const MOST: isize = 96;
}

/// What is known of an object as a container. An instance that has its attributes in a block of its
/// own is told by that block alone.
pub fn container(object: Live<'_>) -> Container {
    let kind = object.kind().tp_flags;
    if kind & ffi::Py_TPFLAGS_DICT_SUBCLASS != 0 {
        return Container { buffer: dicts::block(object), ..of_length(dicts::length(object)) };
    }
    if let Some(elements) = object.elements() {
        let is_list = kind & ffi::Py_TPFLAGS_LIST_SUBCLASS != 0;
        let buffer = (is_list && !elements.is_empty()).then(|| elements.as_ptr().addr());
        return Container { buffer, ..of_length(elements.len()) };
    }
    if let Some(set) = as_set(object) {
        let table =
            (!std::ptr::eq(set.table, &raw const set.smalltable[0])).then(|| set.table.addr());
        return Container { buffer: table, ..of_length(set.used.try_into().unwrap_or(0)) };
    }
    of_bytes(object)
        .or_else(|| of_deque(object))
        .or_else(|| of_cache(object))
        .or_else(|| wrapped(object).map(container))
        .unwrap_or_else(|| Container { buffer: instances::block(object), ..Container::default() })
}

fn of_length(len: usize) -> Container {
    Container { len: Some(len as u64), ..Container::default() }
}

fn as_set(object: Live<'_>) -> Option<&ffi::PySetObject> {
    let is_set =
        object.is_a(&raw const ffi::PySet_Type) || object.is_a(&raw const ffi::PyFrozenSet_Type);
    // SAFETY: it is a set.
    is_set.then(|| unsafe { &*object.pointer().cast() })
}

/// The objects in a set; nothing for what is none.
pub(super) fn items_of_set<'a>(object: Live<'a>) -> impl Iterator<Item = Live<'a>> {
    let entries: &'a [ffi::setentry] = match as_set(object) {
        // SAFETY: the table has one place more than the mask says.
        Some(set) => unsafe {
            std::slice::from_raw_parts(
                set.table,
                usize::try_from(set.mask).map_or(0, |mask| mask + 1),
            )
        },
        None => &[],
    };
    // SAFETY: null, or kept alive by the set. What was taken out has left another object there.
    entries.iter().filter_map(|entry| unsafe { Live::new(entry.key) })
}

/// `bytearray` and `array.array`.
fn of_bytes(object: Live<'_>) -> Option<Container> {
    /// `arrayobject.ob_item`.
    const ITEMS: isize = 24;
    // SAFETY: both have a length and a pointer at these places.
    let (len, buffer) = unsafe {
        if object.is_a(&raw const ffi::PyByteArray_Type) {
            let offset = offset_of!(ffi::PyByteArrayObject, ob_bytes).cast_signed();
            (object.length(), object.read::<*const u8>(offset))
        } else if object.is_native(c"array.array") {
            (object.length(), object.read::<*const u8>(ITEMS))
        } else {
            return None;
        }
    };
    Some(Container { buffer: (!buffer.is_null()).then(|| buffer.addr()), ..of_length(len) })
}

fn is_deque(object: Live<'_>) -> bool {
    object.is_native(c"collections.deque")
}

fn of_deque(object: Live<'_>) -> Option<Container> {
    // SAFETY: it is a deque. Its limit is -1 for none.
    is_deque(object).then(|| unsafe {
        let most = object.read::<isize>(deque::MOST);
        let block = object.read::<*const u8>(deque::RIGHT_BLOCK);
        let (bound, buffer) = (u64::try_from(most).ok(), Some(block.addr()));
        Container { bound, buffer, ..of_length(object.length()) }
    })
}

/// The objects in a deque, from the left; nothing for what is none.
pub(super) fn items_of_deque<'a>(object: Live<'a>) -> impl Iterator<Item = Live<'a>> {
    let (mut block, mut at, len) = if is_deque(object) {
        // SAFETY: it is a deque.
        unsafe {
            let block =
                object.read::<*const [Option<Live<'a>>; deque::BLOCK + 2]>(deque::LEFT_BLOCK);
            (block, object.read::<usize>(deque::LEFT_INDEX), object.length())
        }
    } else {
        (std::ptr::null(), 0, 0)
    };
    (0..len).filter_map(move |_| unsafe {
        // SAFETY: from the left, blocks lead to one another for as many items as it has. The first pointer
        // of a block is the one to the block on the left, the last to the next.
        if at == deque::BLOCK {
            block = block.cast::<*const u8>().add(deque::BLOCK + 1).read().cast();
            at = 0;
        }
        at += 1;
        (*block)[at]
    })
}

/// The dictionary that a function decorated with `functools.lru_cache` keeps its results in.
pub(super) fn cache_of(object: Live<'_>) -> Option<Live<'_>> {
    // SAFETY: it is such a function.
    object.is_native(c"functools._lru_cache_wrapper").then(|| unsafe { object.at(lru::CACHE) })?
}

fn of_cache(object: Live<'_>) -> Option<Container> {
    let cache = cache_of(object)?;
    // SAFETY: it is such a function. Its limit is -1 for none.
    let most = unsafe { object.read::<isize>(lru::MOST) };
    Some(Container { bound: u64::try_from(most).ok(), ..container(cache) })
}

/// The container inside one that is written in Python: weak dictionaries and sets, `UserDict`.
fn wrapped(object: Live<'_>) -> Option<Live<'_>> {
    const CLASSES: [&str; 5] = [
        "weakref.WeakValueDictionary",
        "weakref.WeakKeyDictionary",
        "_weakrefset.WeakSet",
        "collections.UserDict",
        "collections.UserList",
    ];
    let known = |base| CLASSES.contains(&text::type_name(base).as_str());
    let inner = bases(object.kind()).any(known).then(|| instances::attribute(object, "data"))??;
    // A subclass may have put itself there.
    (dicts::is_dict(inner) || inner.elements().is_some() || as_set(inner).is_some())
        .then_some(inner)
}
