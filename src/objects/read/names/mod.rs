//! How an object holds another one, as people write it: `['key']`, `[3]`, `.name`.
//!
//! Objects are compared by where they are, never by `==`, and only keys of the simplest types are
//! printed: no method of a class is called.

mod edge;
mod fields;
mod items;
mod key;
mod path;
mod running;

pub use edge::Edge;
pub use path::expression;

use super::live::Live;
use super::{functions, instances, text};

/// How one object leads to another; `None` where it does not. The first of several ways is told.
pub fn edge(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    items::edge(from, to)
        .or_else(|| running::edge(from, to))
        .or_else(|| attribute(from, to))
        .or_else(|| through(from, to))
        .or_else(|| (from.class() == to).then(|| Edge::attribute("__class__")))
        .or_else(|| from.leads_to(to).then_some(Edge::Reference))
}

/// Attributes, those of classes and modules too.
fn attribute(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    let named = |(name, value)| (value == to).then(|| Edge::Attribute(text::name(Some(name))));
    fields::edge(from, to).or_else(|| instances::in_place(from).find_map(named)).or_else(|| {
        let dict = instances::dictionary(from)?;
        if dict == to { Some(Edge::attribute("__dict__")) } else { items::attribute(dict, to) }
    })
}

/// What stands in between is left out: the tuple of defaults, the tuple and the cell of a closure.
fn through(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    if let Some(name) = functions::default_of(from, to) {
        return Some(Edge::Default(name));
    }
    if !functions::is_function(from) {
        return None;
    }
    let variable = |(name, value)| (value == Some(to)).then_some(Edge::Closure(name));
    functions::closure(from).into_iter().find_map(variable).or_else(|| functions::cell(from, to))
}
