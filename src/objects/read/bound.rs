//! The same for objects that the caller holds, for a moment in which nothing of Python runs.

use pyo3::prelude::*;

use super::container::{self, Container};
use super::functions::{self, PlaceOfCode};
use super::live::Live;
use super::names::{self, Edge};
use super::stores::{self, Store};
use super::text;

/// As seen as long as the caller has the objects and does nothing else.
fn live<'a>(object: &'a Bound<'_, PyAny>) -> Live<'a> {
    // SAFETY: it is alive and the interpreter lock held. In this file nothing calls the interpreter
    // while a `Live` is in use, and none is given to anyone.
    unsafe { Live::new(object.as_ptr()) }.unwrap_or_else(|| unreachable!("an object is not null"))
}

/// As [`names::edge`].
pub fn edge(from: &Bound<'_, PyAny>, to: &Bound<'_, PyAny>) -> Option<Edge> {
    names::edge(live(from), live(to))
}

/// As [`names::expression`].
pub fn expression(root: &str, path: &[Bound<'_, PyAny>]) -> (String, Vec<Edge>) {
    names::expression(root, &path.iter().map(live).collect::<Vec<_>>())
}

/// As [`container::container`].
pub fn container(object: &Bound<'_, PyAny>) -> Container {
    container::container(live(object))
}

/// As [`stores::stores`].
pub fn stores(code: &Bound<'_, PyAny>, what: Store<'_>) -> Vec<u32> {
    stores::stores(live(code), what)
}

/// As [`functions::closure`], with the address of each value, 0 for none.
pub fn closure(function: &Bound<'_, PyAny>) -> Vec<(String, usize)> {
    let variables = functions::closure(live(function)).into_iter();
    variables.map(|(name, value)| (name, value.map_or(0, Live::address))).collect()
}

/// As [`functions::place_of_code`], of a function or its code.
pub fn place(object: &Bound<'_, PyAny>) -> Option<PlaceOfCode> {
    let object = live(object);
    functions::place_of_code(functions::code_of(object).unwrap_or(object))
}

/// As [`functions::first_line`].
pub fn first_line(object: &Bound<'_, PyAny>) -> Option<u32> {
    functions::first_line(live(object))
}

/// Module and printed name of a type; `None` for what is none.
pub fn type_name(kind: &Bound<'_, PyAny>) -> Option<(String, String)> {
    let kind = live(kind).as_type()?;
    Some((text::type_module(kind), text::type_name(kind)))
}
