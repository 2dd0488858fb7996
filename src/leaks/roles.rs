//! What part objects of a type play in what keeps memory alive.

use crate::objects::{Class, Objects, Type};

/// What objects of a type are to a reader of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A list or another sequence that things are appended to.
    Sequence,
    /// A set.
    Set,
    /// A dict, or one of its kind: it is looked up by keys.
    Lookup,
    /// What `functools.lru_cache` makes of a function.
    LruCache,
    /// A function written in Python.
    Function,
    /// What a function shares with those defined in it.
    Cell,
    /// A code object.
    Code,
    /// Modules, types and other parts of the program itself.
    Structure,
    /// Parts of a function that runs.
    Running,
    /// Anything else.
    Other,
}

impl Role {
    /// The part that objects of a type play.
    fn of(kind: &Type) -> Self {
        match kind.name.as_str() {
            "list" | "collections.deque" | "array.array" => Self::Sequence,
            "set" => Self::Set,
            "dict"
            | "collections.OrderedDict"
            | "collections.defaultdict"
            | "collections.Counter"
            | "weakref.WeakKeyDictionary"
            | "weakref.WeakValueDictionary" => Self::Lookup,
            "functools._lru_cache_wrapper" => Self::LruCache,
            "function" => Self::Function,
            "cell" => Self::Cell,
            "code" => Self::Code,
            // What a program makes as it runs.
            "method" | "generator" | "coroutine" | "async_generator" => Self::Other,
            _ => match kind.class {
                Class::Code => Self::Structure,
                Class::Running => Self::Running,
                _ => Self::Other,
            },
        }
    }
}

/// The roles of all types.
pub(super) fn of(objects: &Objects) -> Vec<Role> {
    objects.types.iter().map(Role::of).collect()
}
