//! What containers hold.

use super::Edge;
use super::key;
use crate::objects::read::container::{cache_of, items_of_deque, items_of_set};
use crate::objects::read::dicts;
use crate::objects::read::live::Live;

/// The item of a container that an object is.
pub fn edge(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    if let Some(elements) = from.elements() {
        return elements.iter().position(|item| *item == Some(to)).map(index);
    }
    in_dict(from, to)
        .or_else(|| items_of_set(from).any(|item| item == to).then_some(Edge::Item))
        .or_else(|| items_of_deque(from).position(|item| item == to).map(index))
        .or_else(|| in_cache(from, to))
        .or_else(|| in_array(from, to))
}

fn index(at: usize) -> Edge {
    Edge::Index(at as u64)
}

fn in_dict(dict: Live<'_>, to: Live<'_>) -> Option<Edge> {
    let mut as_key = false;
    for (key, value) in dicts::entries(dict) {
        if value == to {
            return Some(Edge::Key(key::shown(key)));
        }
        as_key |= key == to;
    }
    as_key.then(|| Edge::KeyItself(key::shown(to)))
}

/// The attribute that an object is, in the dictionary that attributes are in.
pub fn attribute(dict: Live<'_>, to: Live<'_>) -> Option<Edge> {
    let (key, _) = dicts::entries(dict).find(|(_, value)| *value == to)?;
    let by_key = || Edge::Attribute(format!("__dict__[{}]", key::shown(key)));
    Some(key::as_identifier(key).map_or_else(by_key, Edge::Attribute))
}

/// What `functools.lru_cache` keeps: in its dictionary are the results, or, where there is a limit,
/// links of a list with key and result.
fn in_cache(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    let cache = cache_of(from)?;
    if cache == to {
        return Some(Edge::attribute("cache"));
    }
    for (key, value) in dicts::entries(cache) {
        if value == to || result(value) == Some(to) {
            return Some(Edge::Cached(key::shown(key)));
        }
        if key == to {
            return Some(Edge::Attribute(format!("cache[key {}]", key::shown(key))));
        }
    }
    None
}

/// The result in a link of an `lru_cache`.
pub fn result(link: Live<'_>) -> Option<Live<'_>> {
    const RESULT: usize = 48;
    // SAFETY: it is such a link.
    link.is_native(c"functools._lru_list_elem").then(|| unsafe { link.at(RESULT) })?
}

/// The items of a numpy array of objects; numpy does not tell the collector of them.
fn in_array(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    /// Where the fields of `PyArrayObject` are: the data, the number of dimensions, their lengths,
    /// the array it is a view of, the type of items, flags.
    const DATA: isize = 16;
    const DIMENSIONS: isize = 24;
    const LENGTHS: isize = 32;
    const BASE: usize = 48;
    const DESCRIPTION: usize = 56;
    const FLAGS: isize = 64;
    /// `PyArray_Descr.type_num`, and `NPY_OBJECT`.
    const NUMBER: isize = 28;
    const OBJECT: i32 = 17;
    const CONTIGUOUS: i32 = 1;
    if !from.is_native(c"numpy.ndarray") {
        return None;
    }
    // SAFETY: it is such an array: in one of objects that is contiguous stand so many pointers.
    unsafe {
        if from.at(BASE) == Some(to) {
            return Some(Edge::attribute("base"));
        }
        if from.at(DESCRIPTION)?.read::<i32>(NUMBER) != OBJECT {
            return None;
        }
        if from.read::<i32>(FLAGS) & CONTIGUOUS == 0 {
            return Some(Edge::Element);
        }
        let dimensions = usize::try_from(from.read::<i32>(DIMENSIONS)).unwrap_or(0);
        let lengths = std::slice::from_raw_parts(from.read::<*const usize>(LENGTHS), dimensions);
        let data = from.read::<*const Option<Live<'_>>>(DATA);
        let items = std::slice::from_raw_parts(data, lengths.iter().product());
        let at = items.iter().position(|item| *item == Some(to))?;
        Some(if dimensions == 1 { index(at) } else { Edge::Element })
    }
}
