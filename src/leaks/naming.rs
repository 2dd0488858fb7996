//! What things are called: types, lines, and ways from a root.

use super::roles::Role;
use super::scene::Scene;
use crate::heap;
use crate::objects::read::names::Edge;
use crate::objects::read::stores::Store;
use crate::objects::{Class, Root};
use crate::profile::{Place, Step};

impl Scene {
    /// The type of an object as it is printed: classes of Python code by their own name alone.
    pub(super) fn kind_of(&self, node: u32) -> &str {
        let kind = &self.objects.types[self.objects.kinds[node as usize] as usize];
        let own = kind.name.strip_prefix(&kind.module).and_then(|name| name.strip_prefix('.'));
        own.filter(|_| kind.class == Class::Instance).unwrap_or(&kind.name)
    }

    /// What part an object plays.
    pub(super) fn role(&self, node: u32) -> Role {
        self.roles[self.objects.kinds[node as usize] as usize]
    }

    /// The number of the line that made an object.
    pub(super) fn line_of(&self, node: u32) -> u32 {
        self.keys.get(self.keys.of_node(node)).line
    }

    /// The line that made an object.
    pub(super) fn place_of(&self, node: u32) -> Option<&Place> {
        self.places.of(self.line_of(node))
    }

    /// The line that made a block.
    pub(super) fn place_of_block(&self, address: usize) -> Option<Place> {
        self.places.of(self.places.number(heap::site_of(address)?)).cloned()
    }

    /// Whether an object is what code is made of: it is not by itself what a program keeps.
    pub(super) fn is_structure(&self, node: u32) -> bool {
        match self.role(node) {
            Role::Structure | Role::Function | Role::Code | Role::Running => true,
            Role::Lookup => self.is_namespace(node),
            _ => node == 0,
        }
    }

    /// Whether an object is one a reader knows, and not a part of another one.
    pub(super) fn is_subject(&self, node: u32) -> bool {
        self.role(node) != Role::Cell && !self.is_structure(node)
    }

    /// Whether a dict holds the names of a module, a class, a function or an instance.
    fn is_namespace(&self, node: u32) -> bool {
        // Functions hold the names of their module as well, so that it does not dominate them.
        if self.is_of_module(node) {
            return true;
        }
        self.dominators.immediate(node).is_some_and(|above| {
            let is_code = matches!(self.role(above), Role::Structure | Role::Function);
            is_code || self.objects.is_namespace_of(node, above)
        })
    }

    /// A way from a root as people write it, `app.registry`; empty for no way.
    pub(super) fn expression(&self, nodes: &[u32]) -> String {
        let Some(&first) = nodes.first() else { return String::new() };
        let root = self.root_of(first).map(|root| self.root_name(root)).unwrap_or_default();
        self.objects.expression(&root, nodes).0
    }

    /// How each node on a way is reached from the one before; the first by the name of its root.
    pub(super) fn steps(&self, nodes: &[u32]) -> Vec<Step> {
        let Some(&first) = nodes.first() else { return Vec::new() };
        let root = self.root_of(first).map(|root| self.root_name(root)).unwrap_or_default();
        let edges = nodes.windows(2).map(|pair| {
            let edge = self.objects.edge(pair[0], pair[1]);
            edge.map_or_else(|| "?".to_owned(), |edge| edge.shown())
        });
        let step = |(&node, edge): (&u32, String)| Step {
            edge,
            kind: self.kind_of(node).to_owned(),
            retained: self.retained[node as usize],
        };
        nodes.iter().zip(std::iter::once(root).chain(edges)).map(step).collect()
    }

    /// What a root is called.
    fn root_name(&self, root: &Root) -> String {
        match root {
            Root::Module(name) if **name == *"__main__" => self.main.clone(),
            Root::Module(name) | Root::StaticType(name) => name.to_string(),
            Root::Frame { function, file, line, variable } if variable.is_empty() => {
                format!("{function}() running at {}:{line}", self.relative(file))
            }
            Root::Frame { function, file, line, variable } => {
                format!("local '{variable}' of {function}() at {}:{line}", self.relative(file))
            }
            Root::Thread(what) => format!("the {what} of a thread"),
            Root::Context => "the context of a thread".to_owned(),
            Root::Interpreter(what) => format!("the interpreter's {what}"),
            Root::Native(what) if what.is_empty() => "native code".to_owned(),
            Root::Native(what) => format!("native code: {what}"),
            Root::Immortal => "the interpreter".to_owned(),
        }
    }

    /// The lines of a file that store something, in the order of the file.
    pub(super) fn stores(&self, file: &str, store: Store<'_>) -> Vec<Place> {
        let mut found = Vec::new();
        for node in self.objects.nodes() {
            if self.role(node) == Role::Code {
                let Some(place) = self.objects.place_of_code(node) else { continue };
                if place.file == file {
                    let lines = self.objects.stores(node, store);
                    found.extend(lines.into_iter().map(|line| Place { line, ..place.clone() }));
                }
            }
        }
        found.sort_by_key(|place| place.line);
        found
    }

    /// The attribute or variable by which a way leads on from a module, or else from an object with
    /// attributes, nearest to its end; whether it is a variable of a module.
    pub(super) fn name_of(&self, nodes: &[u32]) -> Option<(String, bool)> {
        let edges = self.objects.expression("", nodes).1;
        let at =
            edges.iter().rposition(|edge| matches!(edge, Edge::Attribute(_) | Edge::Key(_)))?;
        let name = match &edges[at] {
            Edge::Attribute(name) => name.clone(),
            Edge::Key(key) => key.strip_prefix('\'')?.strip_suffix('\'')?.to_owned(),
            _ => return None,
        };
        Some((
            name,
            at <= 1 && self.root_of(nodes[0]).is_some_and(|root| matches!(root, Root::Module(_))),
        ))
    }

    /// Names of the steps around a cycle, `Node.other`; dicts of attributes are passed over.
    pub(super) fn cycle_edges(&self, nodes: &[u32]) -> Vec<String> {
        self.around(nodes)
            .into_iter()
            .map(|(from, edge)| format!("{}{}", self.kind_of(from), edge.shown()))
            .collect()
    }

    /// The attributes among the steps around a cycle.
    pub(super) fn cycle_attributes(&self, nodes: &[u32]) -> Vec<String> {
        let attribute = |(_, edge)| match edge {
            Edge::Attribute(name) => Some(name),
            _ => None,
        };
        self.around(nodes).into_iter().filter_map(attribute).collect()
    }

    /// The steps around a cycle: the object each leads away from, and how.
    fn around(&self, nodes: &[u32]) -> Vec<(u32, Edge)> {
        let mut steps = Vec::new();
        let mut at = 0;
        while at < nodes.len() {
            let from = nodes[at];
            let next = nodes[(at + 1) % nodes.len()];
            if self.objects.is_namespace_of(next, from) && nodes.len() > 1 {
                // What an attribute is set to, by way of the dict of all attributes.
                let after = nodes[(at + 2) % nodes.len()];
                let way = self.objects.expression("", &[from, next, after]).1;
                let named = way.into_iter().next_back().map(as_attribute);
                steps.push((from, named.unwrap_or(Edge::Reference)));
                at += 2;
            } else {
                steps.push((from, self.objects.edge(from, next).unwrap_or(Edge::Reference)));
                at += 1;
            }
        }
        steps
    }
}

/// The key of a dict of attributes as the attribute it is.
fn as_attribute(edge: Edge) -> Edge {
    match edge {
        Edge::Key(key) => Edge::Attribute(key.trim_matches('\'').to_owned()),
        other => other,
    }
}
