//! Which memory survives, which line made it, and what keeps it alive.
//!
//! What was found in the graph of live objects at one moment, as plain data. Retained sizes are those
//! of the dominator tree: what would be freed if an object went. All sizes are bytes.

use serde::{Deserialize, Serialize};

use super::Place;

/// What keeps memory alive in a process, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Leaks {
    /// Unix time of the moment, seconds.
    #[serde(serialize_with = "super::codec::finite")]
    pub taken: f64,
    /// For how long allocations had been recorded by then, seconds; 0 when they were not.
    #[serde(serialize_with = "super::codec::finite")]
    pub watched: f64,
    /// The folder that names of files are relative to, ending in a slash; empty where all are absolute.
    pub folder: String,
    /// Number of the process.
    pub pid: u32,
    /// The name of the mark, if the program set one.
    pub mark: Option<String>,
    /// The moments that the program gave a name, in order.
    pub marks: Vec<Moment>,
    /// Objects alive that were found, the unreachable ones included.
    pub objects: u64,
    /// Bytes they take up, with the buffers they own.
    pub bytes: u64,
    /// What the collector of cycles has done.
    pub collector: Collector,
    /// What is suspected, worst first.
    pub suspects: Vec<Suspect>,
    /// All objects, by type and line that made them; the largest retained size first.
    pub groups: Vec<Group>,
    /// The largest objects by what they retain, and the largest of what each dominates.
    pub dominators: Vec<Dominator>,
    /// What has to be said beside: `objects made before the start have no line`.
    pub notes: Vec<String>,
}

/// A moment that has a name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moment {
    /// Its name.
    pub name: String,
    /// Seconds since allocations are recorded.
    #[serde(serialize_with = "super::codec::finite")]
    pub seconds: f64,
}

/// How a suspect is judged, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It grows without end.
    Leak,
    /// A cache: entries are added and none is removed.
    Growing,
    /// No root reaches it; the collector is off or has not run yet.
    Cycle,
    /// Functions keep it through their closures.
    Closure,
    /// Large and reached from a root, but not growing.
    Held,
}

/// Memory that survives, in the words of one paragraph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// How it is judged.
    pub verdict: Verdict,
    /// Bytes that all its objects retain.
    pub bytes: u64,
    /// How many objects there are.
    pub count: u64,
    /// Their type as it is printed, `Handler`, `bytes`.
    pub kind: String,
    /// The line that made them; `None` where that is not known.
    #[serde(default)]
    pub made: Option<Place>,
    /// How their number grows; `None` where it does not, or nothing is known of it.
    #[serde(default)]
    pub growth: Option<Growth>,
    /// What keeps them alive; `None` for what no root reaches.
    #[serde(default)]
    pub held: Option<Held>,
    /// The line that put them there.
    #[serde(default)]
    pub stored: Option<Stored>,
    /// What makes up a cycle.
    #[serde(default)]
    pub cycle: Option<Cycle>,
    /// What a closure keeps.
    #[serde(default)]
    pub closure: Option<Closure>,
}

/// How the number of objects grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Objects more, for each `per`.
    #[serde(serialize_with = "super::codec::finite")]
    pub objects: f64,
    /// Bytes more, for each `per`.
    #[serde(serialize_with = "super::codec::finite")]
    pub bytes: f64,
    /// For each what.
    pub per: Per,
    /// Of how many ever made are `count` alive; `None` where that is not known.
    pub made: Option<u64>,
}

/// What growth is told by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// Calls of a function.
    Call {
        /// Its qualified name.
        function: String,
        /// How often it was called.
        calls: u64,
    },
    /// Repetitions of what is checked.
    Run {
        /// How many were counted.
        runs: u64,
    },
    /// Time.
    Second,
}

/// What keeps objects alive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Held {
    /// The way from a root, as an expression: `app.registry`, `Service._cache`, `local 'rows' of
    /// main() at app.py:12`.
    pub path: String,
    /// Type of the object that holds them: `list`.
    pub kind: String,
    /// Items in it; `None` for what has none.
    pub len: Option<u64>,
    /// The most it will ever hold: `maxsize` of an `lru_cache`, `maxlen` of a `deque`.
    pub bound: Option<u64>,
    /// The steps of the way, from the root to one of the objects.
    pub steps: Vec<Step>,
}

/// One step of a way from a root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    /// How the object before leads here: `.registry`, `[3]`, `['key']`, `{cell 'data'}`; of the first
    /// step the name of the root.
    pub edge: String,
    /// Type of the object that is reached.
    pub kind: String,
    /// Bytes it retains.
    pub retained: u64,
}

/// Where objects were put into what holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// In one word: `appended`, `added`, `stored`, `bound`, `linked`, `captured`.
    pub how: String,
    /// The line.
    pub place: Place,
}

/// Objects that keep each other alive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cycle {
    /// How many there are of this shape.
    pub count: u64,
    /// Objects in one.
    pub length: u64,
    /// The steps around it: `Node.other`, `Node.other`.
    pub edges: Vec<String>,
    /// Whether the collector is off.
    pub disabled: bool,
    /// The line that turned it off, where that is known.
    pub disabled_at: Option<Place>,
    /// Whether an object in it is one that the collector could not free.
    pub uncollectable: bool,
}

/// What functions keep through their closures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Closure {
    /// Qualified name of the function.
    pub function: String,
    /// Where it is defined.
    pub defined: Option<Place>,
    /// The variable that keeps most.
    pub variable: String,
    /// Type of its value.
    pub kind: String,
    /// Bytes each value retains.
    pub each: u64,
    /// The line that made the values.
    pub value_made: Option<Place>,
}

/// Objects of one type that one line made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Their type, `module.Name` but for builtins.
    pub kind: String,
    /// The line that made them; `None` where that is not known.
    pub made: Option<Place>,
    /// How many there are.
    pub count: u64,
    /// Bytes they take up themselves.
    pub own: u64,
    /// Bytes they retain together, each counted once.
    pub retained: u64,
    /// Blocks the line has made since allocations are recorded; `None` where they are not.
    pub blocks_made: Option<u64>,
    /// Blocks of the line that were freed.
    pub blocks_freed: Option<u64>,
}

/// An object by what it retains.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dominator {
    /// How it is reached: `app.registry`.
    pub path: String,
    /// Its type.
    pub kind: String,
    /// Bytes it takes up itself.
    pub own: u64,
    /// Bytes it retains.
    pub retained: u64,
    /// The line that made it.
    pub made: Option<Place>,
    /// Objects it dominates directly, put together where type and line are the same; of those that
    /// are single, with what they dominate in turn.
    pub parts: Vec<Dominator>,
    /// How many objects this stands for.
    pub count: u64,
}

/// What the collector of cycles has done, and how it is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Collector {
    /// Whether it is on.
    pub enabled: bool,
    /// The line that turned it off, where that is known.
    pub disabled_at: Option<Place>,
    /// `gc.get_threshold()`.
    pub thresholds: [i64; 3],
    /// Objects tracked in each generation, the youngest first.
    pub tracked: [u64; 3],
    /// Objects set aside by `gc.freeze()`.
    pub frozen: u64,
    /// Objects found that are not tracked.
    pub untracked: u64,
    /// Collections of each generation.
    pub collections: [u64; 3],
    /// Objects they freed.
    pub collected: [u64; 3],
    /// Objects they could not free.
    pub uncollectable: [u64; 3],
    /// Time spent in collections while they were watched, seconds.
    #[serde(serialize_with = "super::codec::finite")]
    pub seconds: f64,
    /// For how long they were watched, seconds; 0 when they were not.
    #[serde(serialize_with = "super::codec::finite")]
    pub watched: f64,
    /// Objects that no root reaches now.
    pub garbage: u64,
    /// Bytes a collection would free now.
    pub garbage_bytes: u64,
    /// The shapes of cycles in it, the most bytes first.
    pub cycles: Vec<CycleShape>,
}

/// Cycles of one shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CycleShape {
    /// The cycle.
    pub cycle: Cycle,
    /// Bytes all of them retain.
    pub bytes: u64,
    /// Objects all of them retain.
    pub objects: u64,
    /// The line that linked them.
    pub linked: Option<Place>,
}
