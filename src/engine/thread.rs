//! The activations of one thread, and the visit that each has open.

use super::{CodeId, Line};
use crate::meter::clock::Ticks;

/// Number of a thread: an index, used again after the thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadId(pub usize);

/// No line, no statement.
pub(super) const NONE: usize = usize::MAX;

/// What one thread runs.
#[derive(Debug, Default)]
pub(super) struct Thread {
    /// Running frames, the innermost last.
    pub stack: Vec<Activation>,
    /// For each line, how many visits of it are open on this thread.
    pub open: Vec<u32>,
    /// When the last event of this thread ended.
    pub idle_since: Ticks,
}

/// One running frame.
#[derive(Debug)]
pub(super) struct Activation {
    /// Address of the frame: only ever compared.
    pub frame: usize,
    pub code: CodeId,
    /// The line visited; [`NONE`] before the first.
    pub line: usize,
    /// Whether no other visit of that line was open when this one began.
    outermost: bool,
    /// Reading at the start of the visit.
    start: i64,
    /// Reading at entry.
    pub entry: i64,
    /// What activations called in this visit grew.
    pub child: i64,
    /// Highest memory seen in this visit.
    pub peak: i64,
    /// Highest memory seen in the closed visits.
    pub highest: i64,
    /// The count of overlaps when the visit began.
    pub overlaps: u32,
    /// The line of the frame around it that an inlined comprehension suspended.
    suspended: usize,
    pub seen: Seen,
}

impl Activation {
    pub fn new(frame: usize, code: CodeId, now: i64) -> Self {
        Self {
            frame,
            code,
            line: NONE,
            outermost: false,
            start: now,
            entry: now,
            child: 0,
            peak: now,
            highest: now,
            overlaps: 0,
            suspended: NONE,
            seen: Seen::default(),
        }
    }

    /// Counts from `now` on, as if all before had not been.
    pub fn restart(&mut self, now: i64) {
        (self.start, self.entry, self.peak, self.highest) = (now, now, now, now);
        self.child = 0;
    }
}

impl Thread {
    /// Where the activation of `frame` is.
    #[inline]
    pub fn find(&self, frame: usize) -> Option<usize> {
        let top = self.stack.len().checked_sub(1)?;
        if self.stack[top].frame == frame {
            return Some(top);
        }
        // Greenlets switch stacks without a word.
        self.stack[..top].iter().rposition(|activation| activation.frame == frame)
    }

    /// Begins a visit of `line`.
    #[inline]
    pub fn open(&mut self, at: usize, line: usize, now: i64, overlaps: u32) {
        let activation = &mut self.stack[at];
        activation.line = line;
        activation.start = now;
        activation.peak = now;
        activation.child = 0;
        activation.overlaps = overlaps;
        let open = &mut self.open[line];
        activation.outermost = *open == 0;
        *open += 1;
    }

    /// Ends the visit that the activation has open, if any.
    #[inline]
    pub fn leave(&mut self, at: usize, lines: &mut [Line], now: i64, shared: bool) {
        let activation = &mut self.stack[at];
        let peak = activation.peak.max(now);
        activation.highest = activation.highest.max(peak);
        if activation.line == NONE {
            return;
        }
        let line = &mut lines[activation.line];
        let grown = now - activation.start;
        line.own += grown - activation.child;
        // In a recursion the outermost visit holds what the inner ones grew.
        line.increment += if activation.outermost { grown } else { 0 };
        line.usage = line.usage.max(now);
        line.peak = line.peak.max(peak);
        line.visited = true;
        line.shared |= shared;
        self.open[activation.line] -= 1;
        activation.line = NONE;
    }

    /// Closes the visit on top for an inlined comprehension; the part of its statement seen so far.
    pub fn suspend(&mut self, lines: &mut [Line], now: i64, busy: bool, overlaps: u32) -> Seen {
        let Some(at) = self.stack.len().checked_sub(1) else { return Seen::default() };
        let line = self.stack[at].line;
        let shared = busy || self.stack[at].overlaps != overlaps;
        self.leave(at, lines, now, shared);
        self.stack[at].suspended = line;
        self.stack[at].seen
    }

    /// Opens it again after the comprehension `ended`.
    pub fn take_back(&mut self, at: usize, ended: &Activation, now: i64, overlaps: u32) {
        let Some(below) = at.checked_sub(1) else { return };
        let caller = &mut self.stack[below];
        caller.seen = ended.seen;
        let line = std::mem::replace(&mut caller.suspended, NONE);
        if line != NONE {
            self.open(below, line, now, overlaps);
        }
    }

    /// What a lambda or generator expression in `statement` starts with: the share of the frame
    /// around it while that is in the same statement; otherwise nothing of it is new.
    pub fn inherit(&self, statement: usize) -> Seen {
        match self.stack.last() {
            Some(caller) if caller.seen.statement == statement => caller.seen,
            _ => Seen::all(statement),
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of::<Activation>() * self.stack.capacity()
            + size_of::<u32>() * self.open.capacity()
    }
}

/// Which lines of a statement one execution of it has visited.
///
/// The interpreter comes back to lines of a statement that goes over several (to the first line of a
/// call after its arguments, for instance): that is no new execution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Index of the statement's first line.
    statement: usize,
    /// A bit for each of its first 64 lines.
    lines: u64,
    /// The farthest line visited.
    highest: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Self { statement: NONE, lines: 0, highest: 0 }
    }
}

impl Seen {
    /// All lines of `statement`.
    fn all(statement: usize) -> Self {
        Self { statement, lines: u64::MAX, highest: NONE }
    }

    /// The lines of `statement` up to `line`.
    pub fn up_to(statement: usize, line: usize) -> Self {
        Self { statement, lines: u64::MAX >> (63 - (line - statement).min(63)), highest: line }
    }

    /// Whether a visit of `line`, coming from line `from`, is the first in an execution of its
    /// statement; marks it as seen.
    #[inline]
    pub fn is_new(&mut self, target: &Line, line: usize, from: usize) -> bool {
        let offset = line - target.statement;
        let bit = 1 << offset.min(63);
        if self.statement != target.statement {
            *self = Self { statement: target.statement, lines: bit, highest: line };
            // The way out of a `with` block leads over its header.
            return !(from != NONE && from > line && from <= target.with_end);
        }
        let new = if offset < 63 { self.lines & bit == 0 } else { line > self.highest };
        self.lines |= bit;
        self.highest = self.highest.max(line);
        new
    }

    /// Takes over what a nested expression saw of the same statement.
    pub fn return_from(&mut self, nested: &Self) {
        if self.statement == nested.statement && nested.highest != NONE {
            *self = *nested;
        }
    }
}
