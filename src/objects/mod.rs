//! Every object alive, as a graph on flat arrays: what there is, how large it is, what holds what.
//!
//! A walk is one hold of the interpreter lock in which no code of the program runs. It begins with
//! what the collector of cycles tracks (`seeds`) and with what running functions hold (`frames`), and
//! follows the references that objects show (`walk`) and those they do not (`edges`, `scan`). What is
//! counted in an object and not explained by the references found is held from outside: a root
//! (`roots`). An unreachable cycle has no such reference, so nothing leads to it, and that is how it is
//! told from what is alive for a reason.
//!
//! Layouts are those of the version that this was built for (`layout`). No reference count changes, no
//! object is made but one empty list, and no method of the program's is called.

#![allow(clippy::inline_always, reason = "what is done for each of millions of objects")]

mod arrays;
mod classes;
mod dicts;
mod edges;
mod frames;
mod kinds;
mod layout;
mod modules;
mod raw;
pub mod read;
mod roots;
mod rows;
mod scan;
mod seeds;
mod sizes;
mod table;
mod view;
mod walk;

use std::collections::TryReserveError;
use std::sync::Arc;

use crate::graph::Graph;
use table::Table;

pub use walk::{walk, walk_from};

/// Why there is no walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The graph does not fit.
    #[error("no memory for the graph of all objects: look while fewer are alive")]
    Memory,
    /// More than 2^32 objects or references.
    #[error("more objects than can be numbered: look while fewer are alive")]
    Number,
    /// Objects are not where they are known to be.
    #[error("the interpreter keeps {0} in an unknown way: use CPython 3.11 to 3.13")]
    Unknown(&'static str),
}

impl From<TryReserveError> for Fault {
    fn from(_: TryReserveError) -> Self {
        Self::Memory
    }
}

/// All objects. Node 0 is what holds the roots, the others are objects.
#[derive(Debug)]
pub struct Objects {
    /// Address of each object.
    pub addresses: Vec<usize>,
    /// Bytes each object takes up itself, with what stands before it and the buffers it owns.
    pub sizes: Vec<u64>,
    /// The type of each object, an index of `types`.
    pub kinds: Vec<u32>,
    /// The types that objects have.
    pub types: Vec<Type>,
    /// What holds what. The row of node 0 are the roots.
    pub graph: Graph,
    /// What each edge of node 0 stands for, in the same order.
    pub roots: Vec<Root>,
    /// What our own modules and functions hold. No edge leads to a module of ours, so what nothing else
    /// holds is not reached from node 0.
    pub own: Vec<u32>,
    /// Objects that the collector tracks, in each generation, the youngest first.
    pub tracked: [u64; 3],
    /// Objects set aside by `gc.freeze()`.
    pub frozen: u64,
    /// Objects that the collector does not track.
    pub untracked: u64,
    /// Objects that more references lead to than they count: none, unless memory was misread. Types that
    /// are never freed need not count right.
    pub overdrawn: Vec<u32>,
    nodes: Table,
}

/// A type of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// Its address.
    pub address: usize,
    /// Its name as it is printed, with the module but for `builtins` and `__main__`.
    pub name: String,
    /// Its module; empty where that is not known.
    pub module: String,
    /// What its objects are.
    pub class: Class,
}

/// What the objects of a type are, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Text, bytes, numbers: they hold nothing.
    Plain,
    /// Lists, tuples, dicts, sets, deques.
    Container,
    /// Modules, types, functions and what they are made of: the program itself.
    Code,
    /// Frames, generators, coroutines, tracebacks: functions that run or ran.
    Running,
    /// Objects of a class that is written in Python.
    Instance,
    /// Objects of another type.
    Native,
}

/// What holds an object from outside of the graph, or what it is best known as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// A module, by its name in `sys.modules`.
    Module(Arc<str>),
    /// A function that runs.
    Frame {
        /// Qualified name of the function.
        function: Arc<str>,
        /// Its file.
        file: Arc<str>,
        /// The line it is at; 0 where that is not known.
        line: u32,
        /// The variable; empty for a value that has no name.
        variable: Arc<str>,
    },
    /// A thread: in one word what of it (`storage`, `exception`, `hook`).
    Thread(&'static str),
    /// A context of context variables.
    Context,
    /// A type that is part of an executable or library.
    StaticType(Arc<str>),
    /// The interpreter itself: in one word what of it, `modules`, `state`.
    Interpreter(&'static str),
    /// A reference that nothing in the graph explains: native code holds it, of this module if that can
    /// be told.
    Native(Arc<str>),
    /// It is never freed.
    Immortal,
}

/// How a node is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Not at all: a collection would free it.
    Garbage,
    /// By what is ours alone.
    Own,
    /// From a root.
    Root,
}

impl Objects {
    /// The node of an object by its address.
    pub fn node(&self, address: usize) -> Option<u32> {
        self.nodes.find(address)
    }

    /// How each node is reached.
    ///
    /// # Errors
    /// [`Fault::Memory`].
    pub fn reach(&self) -> Result<Vec<Reach>, Fault> {
        let mut found = Vec::new();
        found.try_reserve_exact(self.graph.len())?;
        found.resize(self.graph.len(), Reach::Garbage);
        let mut reached = Vec::new();
        reached.try_reserve_exact(self.graph.len())?;
        for (sources, how) in [(&[0][..], Reach::Root), (&self.own, Reach::Own)] {
            for &source in sources {
                if found[source as usize] == Reach::Garbage {
                    found[source as usize] = how;
                    reached.push(source);
                }
            }
            while let Some(node) = reached.pop() {
                for &target in self.graph.edges(node) {
                    if found[target as usize] == Reach::Garbage {
                        found[target as usize] = how;
                        reached.push(target);
                    }
                }
            }
        }
        Ok(found)
    }
}
