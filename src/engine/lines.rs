//! The lines of all functions: how memory moved on them, and beside it what they allocated.

use std::ops::{Deref, DerefMut};

use super::allocations::Account;

/// The lines of all functions, one behind the other: a function has a range of them.
///
/// What they allocate stands in a table of its own, as long as the other where that is counted and
/// empty before: a line takes up one cache line, and a process that does not ask pays nothing.
#[derive(Debug, Default)]
pub(super) struct Lines {
    levels: Vec<Line>,
    pub accounts: Vec<Account>,
    counted: bool,
}

impl Lines {
    /// Has a place for what each line allocates, from now on.
    pub fn count_allocations(&mut self) {
        self.counted = true;
        self.accounts.resize(self.levels.len(), Account::default());
    }

    /// Adds lines; the index of the first.
    pub fn add(&mut self, count: usize) -> usize {
        let base = self.levels.len();
        self.levels.resize(base + count, Line::new(0, 0));
        if self.counted {
            self.accounts.resize(base + count, Account::default());
        }
        base
    }

    /// Puts a line where another one may have been.
    pub fn place(&mut self, index: usize, line: Line) {
        self.levels[index] = line;
        if let Some(account) = self.accounts.get_mut(index) {
            *account = Account::default();
        }
    }

    /// Puts a twin of the line `of` there; its blocks belong to that one.
    pub fn place_twin(&mut self, index: usize, line: Line, of: usize) {
        self.place(index, line);
        if self.counted {
            self.accounts[index] = self.accounts[of].twin();
        }
    }

    /// Forgets the figures of a line.
    pub fn clear(&mut self, index: usize) {
        self.levels[index].clear();
        if let Some(account) = self.accounts.get_mut(index) {
            account.clear();
        }
    }

    /// Adds what a twin of a line holds.
    pub fn fold(&mut self, index: usize, twin: usize) {
        let its = self.levels[twin].clone();
        if !its.visited() {
            return;
        }
        self.levels[index].take_in(&its);
        if self.counted {
            let its = self.accounts[twin];
            self.accounts[index].take_in(&its);
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<Line>() * self.levels.capacity() + size_of::<Account>() * self.accounts.capacity()
    }
}

impl Deref for Lines {
    type Target = [Line];

    #[inline(always)]
    fn deref(&self) -> &[Line] {
        &self.levels
    }
}

impl DerefMut for Lines {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [Line] {
        &mut self.levels
    }
}

/// The figures of one line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Statement executions.
    pub(super) occurrences: u64,
    pub(super) increment: i64,
    pub(super) own: i64,
    pub(super) usage: i64,
    pub(super) peak: i64,
    /// Index of the first line of its statement.
    pub(super) statement: usize,
    /// Index of the last line of the `with` block it heads; 0 for other lines.
    pub(super) with_end: usize,
    /// When its first visit ended, among those of its thread; 0 before that.
    pub(super) order: u32,
    pub(super) shared: bool,
}

impl Line {
    /// Whether a visit has ended.
    pub(super) fn visited(&self) -> bool {
        self.order != 0
    }

    /// Adds what a twin of it holds.
    fn take_in(&mut self, its: &Self) {
        self.occurrences += its.occurrences;
        self.increment += its.increment;
        self.own += its.own;
        self.usage = self.usage.max(its.usage);
        self.peak = self.peak.max(its.peak);
        self.order = if self.visited() { self.order } else { its.order };
        self.shared |= its.shared;
    }

    /// Forgets the figures.
    fn clear(&mut self) {
        *self = Self::new(self.statement, self.with_end);
    }

    pub(super) fn new(statement: usize, with_end: usize) -> Self {
        Self {
            occurrences: 0,
            increment: 0,
            own: 0,
            usage: i64::MIN,
            peak: i64::MIN,
            statement,
            with_end,
            order: 0,
            shared: false,
        }
    }
}
