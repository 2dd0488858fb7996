//! What all parts of a look share: the objects, which lines made them, what they retain, and the ways to
//! them.

use std::collections::HashSet;

use super::Question;
use super::keys::Keys;
use super::order::Order;
use super::places::Places;
use super::relative::relative;
use super::roles::{self, Role};
use crate::graph::{Dominators, Graph, Paths, dominators};
use crate::objects::{Fault, Objects, Root};

/// Bytes that are needed for each object beside the graph, at the most.
const NODE: usize = 120;
/// Bytes that are needed for names and the document.
const BASE: usize = 4 << 20;

/// The objects of one moment with all that is computed of them.
pub(super) struct Scene {
    pub objects: Objects,
    pub dominators: Dominators,
    /// Bytes each object retains.
    pub retained: Vec<u64>,
    /// The dominator tree: from each object to those it dominates directly.
    pub tree: Graph,
    pub keys: Keys,
    pub places: Places,
    /// A shortest way to each object, from the root that says most.
    pub paths: Paths,
    /// What part objects of each type play.
    pub roles: Vec<Role>,
    /// What the program's own module is called.
    pub main: String,
    /// The folder the program is in.
    folder: String,
    /// What is ours alone, by node.
    ours: Vec<bool>,
    /// The dicts of the variables of modules.
    of_modules: HashSet<u32>,
    order: Order,
    /// For each key what its outermost objects retain.
    by_key: Vec<u64>,
}

impl Scene {
    /// Computes them.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn set(objects: Objects, question: &Question) -> Result<Self, Fault> {
        make_sure_of_room(&objects)?;
        let dominators = dominators(&objects.graph, 0);
        let retained = dominators.retained(&objects.sizes);
        let tree = dominators.children();
        let places = Places::read(question);
        let mut lines = objects.sites();
        for site in &mut lines {
            *site = places.number(*site);
        }
        let keys = Keys::of(&objects, &lines);
        let paths = ways(&objects, |node| node == 0);
        let (order, by_key) = Order::walk(&tree, &keys, &retained);
        let (main, folder) = (question.main.clone(), question.folder.clone());
        let roles = roles::of(&objects);
        let ours = ours(&objects, &dominators);
        let of_modules = of_modules(&objects);
        Ok(Self {
            objects,
            dominators,
            retained,
            tree,
            keys,
            places,
            paths,
            roles,
            main,
            folder,
            ours,
            of_modules,
            order,
            by_key,
        })
    }

    /// Whether an object is ours alone: no root of the program reaches it.
    pub fn is_ours(&self, node: u32) -> bool {
        self.ours[node as usize]
    }

    /// Whether it is the dict of the variables of a module.
    pub fn is_of_module(&self, node: u32) -> bool {
        self.of_modules.contains(&node)
    }

    /// A file as seen from the folder of the program.
    pub fn relative<'a>(&self, file: &'a str) -> &'a str {
        relative(file, &self.folder)
    }

    /// Bytes of all objects, the unreachable ones included.
    pub fn bytes(&self) -> u64 {
        self.objects.sizes.iter().sum()
    }

    /// Bytes of those a root reaches.
    pub fn reached(&self) -> u64 {
        self.retained[0]
    }

    /// Bytes the objects of each key retain, each counted once.
    pub fn retained_by_key(&self) -> &[u64] {
        &self.by_key
    }

    /// The objects of a key that are below no other one of it.
    pub fn outermost(&self, key: u32) -> Vec<u32> {
        let nodes = (0..).take(self.objects.addresses.len());
        let is_one = |&node: &u32| self.keys.of_node(node) == key && self.order.is_outermost(node);
        nodes.filter(is_one).collect()
    }

    /// Whether every way to `node` leads through `above`, or it is the same object.
    pub fn is_below(&self, node: u32, above: u32) -> bool {
        self.order.is_below(node, above)
    }

    /// Ways that do not lead through what is blocked.
    pub fn ways(&self, blocked: impl Fn(u32) -> bool + Copy) -> Paths {
        ways(&self.objects, blocked)
    }

    /// The root a way begins at.
    pub fn root_of(&self, node: u32) -> Option<&Root> {
        let row = self.objects.graph.edges(0);
        row.iter().position(|&root| root == node).map(|at| &self.objects.roots[at])
    }
}

/// Finds out whether there is memory for what follows, of which no part is asked for in a way that may
/// fail.
fn make_sure_of_room(objects: &Objects) -> Result<(), Fault> {
    let nodes = objects.addresses.len();
    let mut room: Vec<u8> = Vec::new();
    Ok(room.try_reserve_exact(nodes.saturating_mul(NODE).saturating_add(BASE))?)
}

fn of_modules(objects: &Objects) -> HashSet<u32> {
    let roots = objects.graph.edges(0).iter().zip(&objects.roots);
    let modules = roots.filter(|(_, root)| matches!(root, Root::Module(_)));
    let dict = |(&module, _)| {
        let mut held = objects.graph.edges(module).iter().copied();
        held.find(|&node| objects.is_namespace_of(node, module))
    };
    modules.filter_map(dict).collect()
}

/// What our own modules and functions reach, and nothing of the program does.
fn ours(objects: &Objects, dominators: &Dominators) -> Vec<bool> {
    let mut ours = vec![false; objects.addresses.len()];
    let mut rest = objects.own.clone();
    while let Some(node) = rest.pop() {
        if !ours[node as usize] && !dominators.is_reached(node) {
            ours[node as usize] = true;
            rest.extend_from_slice(objects.graph.edges(node));
        }
    }
    ours
}

/// Ways from modules first, because their names say most; from running code next; from what has no name
/// only to what is not reached otherwise.
fn ways(objects: &Objects, blocked: impl Fn(u32) -> bool + Copy) -> Paths {
    let row = objects.graph.edges(0);
    let rank = |root: &Root| match root {
        Root::Module(_) => 0,
        Root::Frame { .. } | Root::Thread(_) | Root::Context => 1,
        Root::StaticType(_) | Root::Interpreter(_) => 2,
        _ => 3,
    };
    let of_rank = |wanted: u8| -> Vec<u32> {
        let both = row.iter().zip(&objects.roots);
        both.filter(|(_, root)| rank(root) == wanted).map(|(&node, _)| node).collect()
    };
    let mut paths = Paths::from(&objects.graph, &of_rank(0), blocked);
    for wanted in 1..4 {
        paths.extend(&objects.graph, &of_rank(wanted), blocked);
    }
    paths
}
