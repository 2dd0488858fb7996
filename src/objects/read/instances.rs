//! The attributes of instances, wherever they are: in slots, in place, or in a dictionary that is
//! there already. Asking the interpreter for `__dict__` would make one.

use std::ffi::CStr;
use std::ptr::null_mut;

use pyo3::ffi::{self, PyObject};

use super::dicts;
use super::live::{Live, bases};

/// `Py_TPFLAGS_MANAGED_DICT`: the dictionary is before the object.
const MANAGED: std::ffi::c_ulong = 1 << 4;
/// Bytes from the object to where the pointer to a dictionary is.
const DICT: isize = -3 * WORD;
/// Bytes of a pointer.
const WORD: isize = size_of::<usize>().cast_signed();

unsafe extern "C" {
    /// Gives where an object has the pointer to its dictionary, or null. It makes one for objects whose
    /// dictionary is managed, and for no others.
    fn _PyObject_GetDictPtr(object: *mut PyObject) -> *mut *mut PyObject;
}

/// The dictionary an object has its attributes in, if there is one already.
pub fn dictionary(object: Live<'_>) -> Option<Live<'_>> {
    let dict = if object.has(MANAGED) {
        // SAFETY: the flag says what stands before the object: a dictionary, null, or (3.12) values, that
        // are told by an address that is odd.
        let dict = unsafe { object.read::<*mut PyObject>(DICT) };
        if dict.addr() & 1 == 0 { dict } else { null_mut() }
    } else {
        // SAFETY: it is not managed, so this only computes an address, of null or of a dictionary.
        unsafe { _PyObject_GetDictPtr(object.pointer()).as_ref() }.copied()?
    };
    // SAFETY: null, or kept alive by the object.
    unsafe { Live::new(dict) }.filter(|dict| dicts::is_dict(*dict))
}

/// The values of an object that has its attributes in place, without a dictionary, and how many there
/// is room for.
fn values(object: Live<'_>) -> Option<(*const u8, usize)> {
    if object.has(MANAGED) { values_of_managed(object) } else { None }
}

#[cfg(not(Py_3_12))]
fn values_of_managed(object: Live<'_>) -> Option<(*const u8, usize)> {
    // SAFETY: before the dictionary of such an object stands a pointer to values, or null.
    let values = unsafe { object.read::<*const u8>(DICT - WORD) };
    (!values.is_null()).then_some((values, usize::MAX))
}

#[cfg(all(Py_3_12, not(Py_3_13)))]
fn values_of_managed(object: Live<'_>) -> Option<(*const u8, usize)> {
    // SAFETY: as in `dictionary`.
    let tagged = unsafe { object.read::<*const u8>(DICT) };
    (tagged.addr() & 1 != 0).then_some((tagged.wrapping_add(1), usize::MAX))
}

#[cfg(Py_3_13)]
fn values_of_managed(object: Live<'_>) -> Option<(*const u8, usize)> {
    /// `Py_TPFLAGS_INLINE_VALUES`: values follow the object.
    const INLINE: std::ffi::c_ulong = 1 << 2;
    /// `PyDictValues.valid`; before it `capacity`, `size`, `embedded`, after it the values.
    const VALID: usize = 3;
    if !object.has(INLINE) {
        return None;
    }
    let after = object.pointer().cast::<u8>().wrapping_offset(object.kind().tp_basicsize);
    // SAFETY: the flag says they are there. They are not valid once a dictionary has taken them over.
    unsafe {
        let is_valid = *after.add(VALID) != 0;
        is_valid.then(|| (after.add(size_of::<usize>()).cast_const(), usize::from(*after)))
    }
}

/// Names and values of the attributes an object has in place, without a dictionary.
pub fn in_place<'a>(object: Live<'a>) -> impl Iterator<Item = (Live<'a>, Live<'a>)> {
    values(object).into_iter().flat_map(move |(values, room)| {
        let kind = object.class().pointer().cast::<ffi::PyHeapTypeObject>();
        let values = values.cast::<Option<Live<'a>>>();
        // SAFETY: only classes of Python code have such objects. They keep the keys, and the object has
        // a value for each, null where the attribute is not set.
        let names =
            unsafe { dicts::shared_names::<'a>((*kind).ht_cached_keys.cast_const().cast()) };
        names.take(room).enumerate().filter_map(move |(at, name)| unsafe {
            // SAFETY: as above.
            Some((name?, (*values.add(at))?))
        })
    })
}

/// The address of the block the attributes in place are in, where that is not the object's own.
pub fn block(object: Live<'_>) -> Option<usize> {
    if cfg!(Py_3_13) {
        return None;
    }
    let (values, _) = values(object)?;
    // SAFETY: values with what stands before them.
    unsafe { dicts::values_block(values) }
}

/// Names and values of what an object has at fixed places: `__slots__`, and what types made in C say
/// of themselves.
pub fn members(object: Live<'_>) -> impl Iterator<Item = (&CStr, Live<'_>)> {
    bases(object.kind()).flat_map(move |kind| {
        let mut member = kind.tp_members;
        std::iter::from_fn(move || {
            loop {
                // SAFETY: the members of a type end with one without a name; types live for `'a`. Those
                // of these kinds are pointers to objects, or null, at so many bytes in the object.
                unsafe {
                    if member.is_null() || (*member).name.is_null() {
                        return None;
                    }
                    let one = &*member;
                    member = member.add(1);
                    if is_object(one.type_code)
                        && one.offset > 0
                        && let Some(value) = object.at(one.offset.cast_unsigned())
                    {
                        return Some((CStr::from_ptr(one.name), value));
                    }
                }
            }
        })
    })
}

/// Whether a member of this type is a reference to an object.
#[allow(deprecated, reason = "types of the interpreter still use the older kind")]
fn is_object(code: std::ffi::c_int) -> bool {
    code == ffi::Py_T_OBJECT_EX || code == ffi::_Py_T_OBJECT
}

/// The value of an attribute of an instance itself, not of its class.
pub fn attribute<'a>(object: Live<'a>, name: &str) -> Option<Live<'a>> {
    let in_place = in_place(object).find(|(key, _)| super::text::is(*key, name));
    let in_place = in_place.map(|(_, value)| value);
    in_place.or_else(|| dicts::get(dictionary(object)?, name)).or_else(|| {
        let mut members = members(object);
        members.find(|(key, _)| key.to_bytes() == name.as_bytes()).map(|(_, value)| value)
    })
}
