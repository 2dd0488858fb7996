//! What single objects of a walk are, by their nodes.
//!
//! For as long as nothing of Python runs after the walk, which is what whoever has [`Objects`] makes sure of:
//! a look is over before the interpreter lock is let go.

use super::Objects;
use super::read::container::{self, Container};
use super::read::functions;
use super::read::instances;
use super::read::live::Live;
use super::read::names::{self, Edge};
use super::read::stores::{self, Store};
use crate::heap;
use crate::profile::Place;

impl Objects {
    /// How many objects there are, node 0 not counted.
    pub fn count(&self) -> usize {
        self.addresses.len() - 1
    }

    /// The nodes of all objects.
    pub fn nodes(&self) -> impl Iterator<Item = u32> + use<> {
        (1..).take(self.count())
    }

    /// How an object leads to another one; `None` where that cannot be told.
    pub fn edge(&self, from: u32, to: u32) -> Option<Edge> {
        names::edge(self.live(from)?, self.live(to)?)
    }

    /// A way from a root of this name as an expression, and how each of its nodes leads to the next.
    pub fn expression(&self, root: &str, nodes: &[u32]) -> (String, Vec<Edge>) {
        let way: Vec<_> = nodes.iter().filter_map(|&node| self.live(node)).collect();
        names::expression(root, &way)
    }

    /// What there is in an object that holds others.
    pub fn container(&self, node: u32) -> Container {
        self.live(node).map(container::container).unwrap_or_default()
    }

    /// Variables of a function's closure and the nodes of their values.
    pub fn closure(&self, function: u32) -> Vec<(String, u32)> {
        let Some(function) = self.live(function) else { return Vec::new() };
        let value = |value: Option<Live<'_>>| self.node(value?.address());
        let variables = functions::closure(function).into_iter();
        variables.filter_map(|(name, found)| Some((name, value(found)?))).collect()
    }

    /// The file, name and first line of a function or of a code object; its line is the first one.
    pub fn place_of_code(&self, node: u32) -> Option<Place> {
        let object = self.live(node)?;
        let place = functions::place_of_code(functions::code_of(object).unwrap_or(object))?;
        Some(Place {
            file: place.file,
            function: place.qualname,
            first_line: place.first_line,
            line: place.first_line,
        })
    }

    /// The lines of a code object that store something.
    pub fn stores(&self, code: u32, what: Store<'_>) -> Vec<u32> {
        self.live(code).map(|code| stores::stores(code, what)).unwrap_or_default()
    }

    /// Whether a dict holds the attributes of an object: of a module, a class, an instance.
    pub fn is_namespace_of(&self, dict: u32, owner: u32) -> bool {
        let (Some(dict), Some(owner)) = (self.live(dict), self.live(owner)) else { return false };
        instances::dictionary(owner) == Some(dict)
    }

    /// The site that made each object, by the block it stands in; 0 where that is not known.
    pub fn sites(&self) -> Vec<u32> {
        let site = |node| {
            self.live(node).map_or(0, |object| {
                // SAFETY: as long as there is a `Live`, it is alive and the lock held.
                unsafe { heap::objects::site_of(object.pointer()) }
            })
        };
        (0..).take(self.addresses.len()).map(site).collect()
    }

    fn live(&self, node: u32) -> Option<Live<'_>> {
        let address = self.addresses[node as usize];
        // SAFETY: node 0 has the address null; all others were alive at the walk, and nothing of Python
        // has run since.
        unsafe { Live::new(std::ptr::with_exposed_provenance_mut(address)) }
    }
}
