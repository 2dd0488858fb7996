//! Which lines of its statement a frame has been on.

use super::Line;
use super::thread::NONE;

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
    pub fn all(statement: usize) -> Self {
        Self { statement, lines: u64::MAX, highest: NONE }
    }

    /// The lines of `statement` up to `line`.
    pub fn up_to(statement: usize, line: usize) -> Self {
        Self { statement, lines: u64::MAX >> (63 - (line - statement).min(63)), highest: line }
    }

    /// Whether [`Seen::up_to`] of `line` would forget lines.
    pub fn goes_beyond(&self, line: usize) -> bool {
        self.statement != NONE && self.highest > line
    }

    /// The same where the lines that began at `from` begin at `to`.
    pub fn moved(mut self, from: u32, to: u32) -> Self {
        if self.statement != NONE {
            self.statement = moved(self.statement, from, to);
            if self.highest != NONE {
                self.highest = moved(self.highest, from, to);
            }
        }
        self
    }

    /// Whether this is about the statement that begins at `statement`.
    pub fn is_of(&self, statement: usize) -> bool {
        self.statement == statement
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

/// Where the line `index` is when the lines that began at `from` begin at `to`.
pub(super) fn moved(index: usize, from: u32, to: u32) -> usize {
    (index + to as usize).saturating_sub(from as usize)
}
