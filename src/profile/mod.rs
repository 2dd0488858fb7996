//! The document: what a run measured, as plain data. Hooks fill it, reports read it, nothing else
//! joins them. All memory figures are bytes, all times seconds.

mod codec;
mod diff;
pub mod file;
mod leaks;
mod leaks_diff;
mod live;
mod merge;
mod recording;
#[cfg(test)]
pub(crate) mod samples;
mod sites;
mod why;

use serde::{Deserialize, Serialize};

pub use codec::FORMAT;
pub use diff::{Pair, PairedRow};
pub use leaks::{
    Closure, Collector, Cycle, CycleShape, Dominator, Group, Growth, Held, Leaks, Moment, Per,
    Step, Stored, Suspect, Verdict,
};
pub use leaks_diff::{Blocks, Change, Figures, GroupChange, LeaksDiff};
pub use live::{Live, LiveLine, LiveLines};
pub use recording::{Child, Recording, Sample, Span};
pub use sites::{Allocator, Place, Site, SiteFigures, Sites};
pub use why::{Way, Why};

/// A finished measurement of one or more processes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// How and where the numbers were taken.
    pub run: Run,
    /// One entry for each profiled function, module body or `with` block, in registration order.
    pub functions: Vec<Function>,
    /// What the lines of the whole program allocated; `None` unless that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Sites>,
    /// What kept memory alive at moments of the run, in the order they were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaks: Vec<Leaks>,
    /// Memory over time: one for each run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<Recording>,
}

/// How the numbers of a [`Profile`] came about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// The profiled command, as its `sys.argv` showed it.
    pub command: Vec<String>,
    /// Version of the profiled interpreter, `3.13.0`.
    pub python: String,
    /// `monitoring` or `settrace`.
    pub hook: String,
    /// `rss`, `pss`, `uss`, `heap` or two as `rss,heap`; `fake` in tests.
    pub meter: String,
    /// Whether the peak inside each line was read.
    pub peak: bool,
    /// Unix time at which profiling started, seconds.
    #[serde(serialize_with = "codec::finite")]
    pub started: f64,
    /// Time from start to the snapshot, seconds; summed over merged processes, as `hook_seconds` is.
    #[serde(serialize_with = "codec::finite")]
    pub elapsed: f64,
    /// Gate threshold in nanoseconds; 0 when the gate is off.
    #[serde(serialize_with = "codec::finite")]
    pub gate_ns: f64,
    /// Smallest step the meter can show, bytes.
    pub granularity: i64,
    /// Readings really taken from the kernel.
    pub readings: u64,
    /// Events (enter, line, exit) handled.
    pub events: u64,
    /// Time spent inside the hooks, seconds.
    #[serde(serialize_with = "codec::finite")]
    pub hook_seconds: f64,
    /// Memory rsprofile itself holds: its code and its tables, bytes; of merged processes the largest.
    pub own_bytes: i64,
    /// Events that could not be recorded.
    pub lost: u64,
    /// Processes whose readings are in this profile.
    pub processes: u32,
}

/// What kind of code a [`Function`] is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A function, generator, coroutine or lambda: its first row shows the reading at entry.
    #[default]
    Function,
    /// The body of a module.
    Module,
    /// The lines of a `with profile:` block.
    Block,
}

/// Whether the source text shown is the text that ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The text is the one that was compiled, as far as can be told.
    #[default]
    Unchanged,
    /// The file was modified after the code was loaded: the rows carry no text.
    Changed,
    /// There is no text to be had: the rows carry none.
    Missing,
}

/// One profiled function with its lines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// `co_filename`.
    pub file: String,
    /// `co_qualname`.
    pub name: String,
    /// What kind of code it is.
    #[serde(default)]
    pub kind: Kind,
    /// Line of the decorator or `def`.
    pub first_line: u32,
    /// Number of calls (starts; resuming a generator is not a call).
    pub calls: u64,
    /// Reading at the entry of the first call, bytes.
    pub entry_first: i64,
    /// Highest reading at the entry of any call, bytes.
    pub entry_max: i64,
    /// Processes in which the function ran.
    #[serde(default)]
    pub processes: u32,
    /// What became of the source.
    #[serde(default)]
    pub source: Source,
    /// The lines of the source block in order, measured or not.
    pub rows: Vec<Row>,
}

impl Function {
    /// Whether there is anything to report: a generator that was only resumed has lines but no call.
    pub fn was_called(&self) -> bool {
        self.calls > 0 || self.rows.iter().any(|row| row.measured.is_some())
    }

    /// Whether another profiled thread may have a part in the numbers of some line.
    pub fn is_shared(&self) -> bool {
        self.rows.iter().any(|row| row.measured.is_some_and(|measured| measured.shared))
    }
}

impl Run {
    /// The meter of levels: `rss`; `None` where the heap is all.
    pub fn level(&self) -> Option<&str> {
        self.meter.split(',').find(|meter| *meter != HEAP)
    }

    /// Whether levels of memory were read.
    pub fn reads_levels(&self) -> bool {
        self.level().is_some()
    }

    /// Whether allocations were counted.
    pub fn counts_heap(&self) -> bool {
        self.meter.split(',').any(|meter| meter == HEAP)
    }
}

/// The meter of allocations.
const HEAP: &str = "heap";

impl Profile {
    /// Whether no line of a profiled function was measured.
    pub fn has_no_lines(&self) -> bool {
        !self.functions.iter().any(Function::was_called)
    }

    /// Whether nothing at all was measured.
    pub fn is_empty(&self) -> bool {
        self.has_no_lines()
            && self.sites.is_none()
            && self.leaks.is_empty()
            && self.recordings.is_empty()
    }
}

/// One line of source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Line number, from 1.
    pub line: u32,
    /// Source text without its line break; `None` when it cannot be had.
    #[serde(default)]
    pub text: Option<String>,
    /// What was measured; `None` for a line that never ran.
    #[serde(default)]
    pub measured: Option<Measured>,
}

/// What was measured on one line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Highest reading at the end of any visit, bytes.
    pub usage: i64,
    /// Sum over visits of the reading at the end less the reading at the start, bytes.
    pub increment: i64,
    /// The increment less what profiled callees grew, bytes.
    pub own: i64,
    /// Highest memory at any instant inside a visit, bytes; `None` when peaks were not read.
    #[serde(default)]
    pub peak: Option<i64>,
    /// Statement executions.
    pub occurrences: u64,
    /// Another profiled thread was running during a visit: its memory may be in these numbers.
    #[serde(default)]
    pub shared: bool,
    /// What the line allocated; `None` without the heap meter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap: Option<Heap>,
}

/// What was allocated on one line, by the thread that ran it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heap {
    /// Bytes of the blocks this line made that were alive at the end, whoever held them.
    pub live: i64,
    /// Bytes allocated during its visits.
    pub allocated: u64,
    /// Bytes freed during its visits, whoever had allocated them.
    pub freed: u64,
    /// Highest bytes above the start of a visit, at any instant inside any visit.
    pub peak: i64,
    /// Blocks allocated during its visits.
    pub count: u64,
}

/// Takes off the rows that only show lines nobody measured there: around a `with` block, and in a
/// module the bodies of functions that are shown by themselves.
pub fn trim(functions: &mut [Function]) {
    let shown: Vec<(String, u32, u32)> = functions
        .iter()
        .filter(|function| function.kind == Kind::Function)
        .filter_map(|own| Some((own.file.clone(), own.first_line, own.rows.last()?.line)))
        .collect();
    let measured = |row: &Row| row.measured.is_some();
    for function in functions {
        match function.kind {
            Kind::Function => {}
            Kind::Module => {
                let ours = shown.iter().filter(|(file, ..)| *file == function.file);
                let mut bodies: Vec<_> = ours.map(|&(_, first, last)| first..=last).collect();
                bodies.sort_by_key(|body| *body.start());
                // Bodies do not overlap: the last that starts at or before a line is the one.
                function.rows.retain(|row| {
                    let at = bodies.partition_point(|body| *body.start() <= row.line);
                    let inside = at.checked_sub(1).is_some_and(|at| bodies[at].contains(&row.line));
                    row.measured.is_some() || !inside
                });
            }
            Kind::Block => {
                let last = function.rows.iter().rposition(measured).map_or(0, |at| at + 1);
                function.rows.truncate(last);
                let first = function.rows.iter().position(measured).unwrap_or(0);
                function.rows.drain(..first);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(kind: Kind, lines: std::ops::RangeInclusive<u32>, measured: &[u32]) -> Function {
        let row = |line| Row {
            line,
            measured: measured.contains(&line).then(Measured::default),
            ..Row::default()
        };
        Function {
            kind,
            first_line: *lines.start(),
            rows: lines.map(row).collect(),
            ..Function::default()
        }
    }

    fn lines(function: &Function) -> Vec<u32> {
        function.rows.iter().map(|row| row.line).collect()
    }

    #[test]
    fn a_module_leaves_out_the_bodies_shown_elsewhere() {
        let mut functions = [
            function(Kind::Module, 1..=9, &[1, 2, 6]),
            function(Kind::Function, 6..=7, &[7]),
            function(Kind::Function, 2..=4, &[]),
        ];
        trim(&mut functions);
        assert_eq!(lines(&functions[0]), [1, 2, 5, 6, 8, 9]);
        assert_eq!(lines(&functions[1]), [6, 7]);
    }

    #[test]
    fn a_block_keeps_the_lines_between_the_first_and_the_last_measured() {
        let mut functions = [function(Kind::Block, 1..=9, &[3, 6])];
        trim(&mut functions);
        assert_eq!(lines(&functions[0]), [3, 4, 5, 6]);
    }
}
