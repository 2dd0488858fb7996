//! Objects that belong together: of one type, made at one line.

use std::collections::HashMap;

use crate::objects::Objects;

/// A type and a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Index of the type.
    pub kind: u32,
    /// Number of the line among the [`Places`](super::places::Places).
    pub line: u32,
}

/// The key of each object, by its number.
pub(super) struct Keys {
    /// For each object the number of its key.
    of: Vec<u32>,
    list: Vec<Key>,
    /// How many objects have it.
    counts: Vec<u64>,
}

impl Keys {
    /// Puts the objects together.
    pub fn of(objects: &Objects, lines: &[u32]) -> Self {
        let mut known: HashMap<Key, u32> = HashMap::new();
        let mut keys =
            Self { of: Vec::with_capacity(lines.len()), list: Vec::new(), counts: Vec::new() };
        let mut last = (Key { kind: u32::MAX, line: 0 }, 0);
        for (&kind, &line) in objects.kinds.iter().zip(lines) {
            let key = Key { kind, line };
            if key != last.0 {
                let next = u32::try_from(keys.list.len()).unwrap_or(u32::MAX);
                let number = *known.entry(key).or_insert_with(|| {
                    keys.list.push(key);
                    keys.counts.push(0);
                    next
                });
                last = (key, number);
            }
            keys.counts[last.1 as usize] += 1;
            keys.of.push(last.1);
        }
        keys
    }

    /// How many keys there are; their numbers are below.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The number of an object's key.
    pub fn of_node(&self, node: u32) -> u32 {
        self.of[node as usize]
    }

    /// A key by its number.
    pub fn get(&self, number: u32) -> Key {
        self.list[number as usize]
    }

    /// How many objects have a key.
    pub fn count(&self, number: u32) -> u64 {
        self.counts[number as usize]
    }
}
