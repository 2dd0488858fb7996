//! What keeps one object alive.

use super::{Place, Step};

/// What keeps an object alive, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// Its type.
    pub kind: String,
    /// Bytes it takes up itself.
    pub own: u64,
    /// Bytes that would be freed with it, its own included.
    pub retained: u64,
    /// The line that made it.
    pub made: Option<Place>,
    /// How many objects refer to it.
    pub referrers: u64,
    /// Ways to it from a root, the shortest first.
    pub ways: Vec<Way>,
}

/// A way from a root to an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// As people write it: `app.registry[3].buffer`.
    pub path: String,
    /// Step by step.
    pub steps: Vec<Step>,
}
