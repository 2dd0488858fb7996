//! Allocations of lines, beside the level of memory: exact, and each thread's own.
//!
//! At each event the thread says what it has made and freed since it began, and how high it stood in
//! between. The difference from the start of a visit to its end is the visit's. Where the thread is
//! now is told to the allocators as a *line record*, so that a block that is alive at the end still
//! knows the line that made it.

use std::collections::HashMap;

use super::lines::Lines;
use super::thread::{Activation, NONE, Thread};
use super::{Engine, FunctionId, ThreadId};
use crate::meter::Reading;
use crate::profile;

/// What a line has allocated.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Account {
    /// Sums over its visits.
    allocated: u64,
    freed: u64,
    count: u64,
    /// Highest bytes above the start of a visit.
    peak: i64,
    /// Where its blocks belong: the line record that allocators are told; 0 for lines that nobody asks
    /// about.
    record: u32,
    /// Bytes of its blocks alive when that was last asked.
    live: i64,
    /// The same when the meter last stopped: what became of them is not known.
    kept: i64,
}

impl Account {
    /// That of a twin, whose blocks belong where these do.
    pub fn twin(&self) -> Self {
        Self { record: self.record, ..Self::default() }
    }

    /// Forgets the sums. What is alive stays alive.
    pub fn clear(&mut self) {
        *self = Self { live: self.live, kept: self.kept, ..self.twin() };
    }

    /// Adds those of a twin.
    pub fn take_in(&mut self, its: &Self) {
        self.allocated += its.allocated;
        self.freed += its.freed;
        self.count += its.count;
        self.peak = self.peak.max(its.peak);
    }

    /// As they are reported.
    pub fn figures(&self) -> profile::Heap {
        profile::Heap {
            live: self.live + self.kept,
            allocated: self.allocated,
            freed: self.freed,
            peak: self.peak,
            count: self.count,
        }
    }
}

/// The allocations of a visit that is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenVisit {
    /// The thread at the start of the visit, or where it was settled last.
    allocated: u64,
    freed: u64,
    count: u64,
    /// Bytes of the thread at the start of the visit.
    floor: i64,
    /// Highest bytes of the thread in this visit.
    peak: i64,
    /// The same of all visits of the activation that are closed.
    highest: i64,
}

impl OpenVisit {
    pub const NONE: Self =
        Self { allocated: 0, freed: 0, count: 0, floor: 0, peak: i64::MIN, highest: i64::MIN };

    /// Begins.
    #[inline]
    pub fn begin(&mut self, now: &Reading) {
        (self.allocated, self.freed, self.count) = (now.allocated, now.freed, now.allocations);
        self.floor = now.net();
        self.peak = self.floor;
    }

    /// Goes on after it was booked in the middle: how high it stood is of the whole visit.
    pub fn go_on(&mut self, before: &Self) {
        (self.floor, self.peak, self.highest) = (before.floor, before.peak, before.highest);
    }

    /// Begins, as if all before had not been.
    pub fn restart(&mut self, now: &Reading) {
        self.begin(now);
        self.highest = i64::MIN;
    }

    /// Ends, without a line to book it on.
    #[inline]
    pub fn end(&mut self) {
        self.highest = self.highest.max(self.peak);
    }

    /// Books it. In a recursion the outermost visit holds what the inner ones did.
    #[inline]
    fn book(&self, line: &mut Account, now: &Reading, outermost: bool) {
        line.peak = line.peak.max(self.peak - self.floor);
        if outermost {
            line.allocated += now.allocated.wrapping_sub(self.allocated);
            line.freed += now.freed.wrapping_sub(self.freed);
            line.count += now.allocations.wrapping_sub(self.count);
        }
    }

    /// What was called in this visit stood this high.
    #[inline]
    pub fn take_in(&mut self, callee: &Self) {
        self.peak = self.peak.max(callee.highest);
    }

    /// What stood in for visits of this activation was this high.
    pub fn take_over(&mut self, other: &Self) {
        self.highest = self.highest.max(other.highest);
    }
}

impl Thread {
    /// The line record of the innermost line that is open, 0 for none.
    #[inline]
    fn record(&self, lines: &Lines) -> u32 {
        let open = self.stack.iter().rev().find(|activation| activation.line != NONE);
        let account = open.and_then(|activation| lines.accounts.get(activation.line));
        account.map_or(0, |account| account.record)
    }
}

impl Activation {
    /// The visit that is open ends, if there is one.
    #[inline(always)]
    pub fn leave_allocations(&mut self, lines: &mut Lines, now: &Reading) {
        self.allocations.end();
        if let Some(account) = lines.accounts.get_mut(self.line) {
            self.allocations.book(account, now, self.outermost);
        }
    }
}

impl Engine {
    /// Counts allocations from now on, or no more. Nothing may be open.
    ///
    /// Who calls with an event says first, by [`Engine::arrive`], what its thread has allocated, and
    /// tells the allocators [`Engine::line_record`] after it.
    pub fn count_heap(&mut self, on: bool) {
        self.counts_heap = on;
        self.threads.iter_mut().for_each(|thread| thread.counts_heap = on);
        if on {
            self.lines.count_allocations();
            let functions: Vec<_> = self.all().collect();
            for function in functions {
                self.own_blocks(function);
            }
        }
    }

    /// Whether allocations are counted.
    #[inline]
    pub fn counts_heap(&self) -> bool {
        self.counts_heap
    }

    /// A thread says what it has allocated, before an event of it or in the middle.
    #[inline]
    pub fn arrive(&mut self, thread: ThreadId, reading: Reading) {
        if let Some(own) = self.threads.get_mut(thread.0) {
            own.reading = reading;
            if let Some(top) = own.stack.last_mut() {
                top.allocations.peak = top.allocations.peak.max(reading.high);
            }
        }
    }

    /// The line record that new blocks of a thread belong to; 0 for none.
    #[inline]
    pub fn line_record(&self, thread: ThreadId) -> u32 {
        self.threads.get(thread.0).map_or(0, |own| own.record(&self.lines))
    }

    /// Gives the lines of a function records of their own, which are never given to others. Its twins
    /// have the same.
    pub(super) fn own_blocks(&mut self, function: FunctionId) {
        if !self.counts_heap {
            return;
        }
        let own = &self.functions[function.0 as usize];
        let (base, len) = (own.base, own.len);
        let twins = own.twins.iter().flatten().map(|twin| twin.function);
        let bases: Vec<u32> = twins.map(|twin| self.functions[twin.0 as usize].base).collect();
        for its in std::iter::once(base).chain(bases) {
            for offset in 0..len {
                self.lines.accounts[(its + offset) as usize].record = base + offset + 1;
            }
        }
    }

    /// Says how many bytes are alive of each line record.
    pub fn set_live(&mut self, live: &HashMap<u32, i64>) {
        for account in &mut self.lines.accounts {
            account.live = live.get(&account.record).copied().unwrap_or(0);
        }
    }

    /// The same, once and for all: from now on nothing is known of these blocks.
    pub fn keep_live(&mut self, live: &HashMap<u32, i64>) {
        self.set_live(live);
        for account in &mut self.lines.accounts {
            account.kept += std::mem::take(&mut account.live);
        }
    }

    /// Forgets what is alive: it is another process's.
    pub(super) fn forget_live(&mut self) {
        for account in &mut self.lines.accounts {
            (account.live, account.kept) = (0, 0);
        }
    }
}
