//! What things are called: types, lines, and ways from a root.

use super::scene::Scene;
use crate::heap;
use super::roles::Role;
use crate::objects::{Root, Store};
use crate::profile::{Place, Step};

impl Scene {
    /// The type of an object as it is printed.
    pub(super) fn kind_of(&self, node: u32) -> &str {
        &self.objects.types[self.objects.kinds[node as usize] as usize].name
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

    /// Whether a dict holds the names of a module, a class or an instance.
    fn is_namespace(&self, node: u32) -> bool {
        self.dominators.immediate(node).is_some_and(|above| self.objects.is_namespace_of(node, above))
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
                format!("{function}() running at {file}:{line}")
            }
            Root::Frame { function, file, line, variable } => {
                format!("local '{variable}' of {function}() at {file}:{line}")
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
        for node in 1..self.objects.len() as u32 {
            if self.role(node) == Role::Code {
                let place = self.objects.place_of_code(node);
                if place.file == file {
                    let lines = self.objects.stores(node, store);
                    found.extend(lines.into_iter().map(|line| Place { line, ..place.clone() }));
                }
            }
        }
        found.sort_by_key(|place| place.line);
        found
    }
}
