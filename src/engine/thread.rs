//! The activations of one thread, and the visit that each has open.

use super::allocations::OpenVisit;
use super::lines::Lines;
use super::seen::Seen;
use super::switch::Parked;
use super::{CodeId, Line};
use crate::meter::Reading;
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
    pub visits: Visits,
    /// Frames of other greenlets, in groups that lay on the stack together.
    pub parked: Vec<Vec<Parked>>,
    /// When the last event of this thread ended.
    pub idle_since: Ticks,
    /// Whether allocations are counted.
    pub counts_heap: bool,
    /// What the thread had allocated at its last event.
    pub reading: Reading,
}

/// The visits of a thread.
#[derive(Debug, Default)]
pub(super) struct Visits {
    /// For each line, how many are open.
    pub open: Vec<u32>,
    /// How many lines had their first one here.
    first: u32,
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
    pub outermost: bool,
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
    /// The company the thread had when the visit began.
    company: Company,
    /// The line of the frame around it that an inlined comprehension suspended.
    pub suspended: usize,
    pub seen: Seen,
    pub allocations: OpenVisit,
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
            company: Company::default(),
            suspended: NONE,
            seen: Seen::default(),
            allocations: OpenVisit::NONE,
        }
    }

    /// Begins a visit of `line`; of what it allocates, [`OpenVisit::begin`] does.
    #[inline(always)]
    pub fn open(&mut self, line: usize, visits: &mut Visits, now: i64, company: Company) {
        self.line = line;
        self.start = now;
        self.peak = now;
        self.child = 0;
        self.company = company;
        let open = &mut visits.open[line];
        self.outermost = *open == 0;
        *open += 1;
    }

    /// Ends the visit that is open, if any, after [`Activation::leave_allocations`].
    #[inline(always)]
    pub fn leave(&mut self, visits: &mut Visits, lines: &mut [Line], now: i64, company: Company) {
        let peak = self.peak.max(now);
        self.highest = self.highest.max(peak);
        if self.line == NONE {
            return;
        }
        let line = &mut lines[self.line];
        let grown = now - self.start;
        line.own += grown - self.child;
        // In a recursion the outermost visit holds what the inner ones grew.
        line.increment += if self.outermost { grown } else { 0 };
        line.usage = line.usage.max(now);
        line.peak = line.peak.max(peak);
        if line.order == 0 {
            visits.first = visits.first.wrapping_add(1).max(1);
            line.order = visits.first;
        }
        line.shared |= company.was_there_since(self.company);
        visits.open[self.line] -= 1;
        self.line = NONE;
    }

    /// Books what an activation called in this visit grew until it ended, or was switched away, `now`.
    #[inline]
    pub fn take_in(&mut self, callee: &Self, now: i64) {
        self.child += now - callee.entry;
        self.peak = self.peak.max(callee.highest);
        self.allocations.take_in(&callee.allocations);
    }

    /// Reading at the start of the visit.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// Highest memory seen until `now`, in all its visits.
    pub fn highest_so_far(&self, now: i64) -> i64 {
        self.highest.max(self.peak).max(now)
    }

    /// Counts from `now` on, as if all before had not been.
    pub fn restart(&mut self, now: i64, reading: &Reading, company: Company) {
        (self.start, self.entry, self.peak, self.highest) = (now, now, now, now);
        self.child = 0;
        self.company = company;
        self.allocations.restart(reading);
    }
}

/// Whether several threads run profiled code.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Company {
    /// Threads with an activation.
    busy: u32,
    /// How often a thread became busy beside another.
    joined: u32,
}

impl Company {
    /// The company when `busy` threads run.
    pub fn of(busy: u32) -> Self {
        Self { busy, joined: 0 }
    }

    /// A thread becomes busy.
    pub fn join(&mut self) {
        self.busy += 1;
        self.joined += u32::from(self.busy > 1);
    }

    /// A thread has no activation any more.
    pub fn part(&mut self) {
        self.busy -= 1;
    }

    /// Whether another thread was busy at any time since `begin`.
    pub fn was_there_since(self, begin: Self) -> bool {
        begin.busy > 1 || self.joined != begin.joined
    }
}

impl Thread {
    /// Where the activation of `frame` is on the stack.
    pub fn find(&self, frame: usize) -> Option<usize> {
        self.stack.iter().rposition(|activation| activation.frame == frame)
    }

    /// Begins a visit of `line`.
    #[inline(always)]
    pub fn open(&mut self, at: usize, line: usize, now: i64, company: Company) {
        let activation = &mut self.stack[at];
        if self.counts_heap {
            activation.allocations.begin(&self.reading);
        }
        activation.open(line, &mut self.visits, now, company);
    }

    /// Ends the visit that the activation has open, if any.
    #[inline(always)]
    pub fn leave(&mut self, at: usize, lines: &mut Lines, now: i64, company: Company) {
        let activation = &mut self.stack[at];
        if self.counts_heap {
            activation.leave_allocations(lines, &self.reading);
        }
        activation.leave(&mut self.visits, lines, now, company);
    }

    /// Closes the visit on top for an inlined comprehension; the part of its statement seen so far.
    pub fn suspend(&mut self, lines: &mut Lines, now: i64, company: Company) -> Seen {
        let Some(at) = self.stack.len().checked_sub(1) else { return Seen::default() };
        let line = self.stack[at].line;
        self.leave(at, lines, now, company);
        self.stack[at].suspended = line;
        self.stack[at].seen
    }

    /// Opens it again after the comprehension `ended`.
    pub fn take_back(&mut self, at: usize, ended: &Activation, now: i64, company: Company) {
        let Some(below) = at.checked_sub(1) else { return };
        let caller = &mut self.stack[below];
        caller.seen = ended.seen;
        caller.highest = caller.highest.max(ended.highest);
        caller.allocations.take_over(&ended.allocations);
        let line = std::mem::replace(&mut caller.suspended, NONE);
        if line != NONE {
            self.open(below, line, now, company);
        }
    }

    /// What a lambda, generator expression or class body in `statement` starts with: the share of
    /// the frame around it while that is in the same statement; otherwise nothing of it is new.
    pub fn inherit(&self, statement: usize) -> Seen {
        match self.stack.last() {
            Some(caller) if caller.seen.is_of(statement) => caller.seen,
            _ => Seen::all(statement),
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of::<Activation>() * self.stack.capacity()
            + size_of::<u32>() * self.visits.open.capacity()
    }
}
