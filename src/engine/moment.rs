//! The moment of an event: when it is, how much memory there is, and what the event itself takes.

use super::{Engine, ThreadId};
use crate::meter::clock::Ticks;

/// One event in this many is timed, for the cost shown in the report.
const TIMED: u64 = 64;

impl Engine {
    /// When an event comes in; 0 where nobody asks, which saves a third of its cost.
    #[inline(always)]
    pub(super) fn start(&self) -> Ticks {
        if self.sampler.gate.is_shut() && !(self.events + 1).is_multiple_of(TIMED) {
            return 0;
        }
        self.sampler.gate.clock.now()
    }

    /// The reading to book at an event.
    #[inline(always)]
    pub(super) fn reading(&mut self, thread: ThreadId, now: Ticks) -> i64 {
        self.events += 1;
        let (bytes, peak) = self.sampler.reading(now, self.threads[thread.0].idle_since);
        if let Some(peak) = peak {
            self.spread(peak);
        }
        bytes
    }

    /// Tells every thread's running visit of a peak: taking it has reset the kernel's mark.
    #[inline(never)]
    pub(super) fn spread(&mut self, peak: i64) {
        for thread in &mut self.threads {
            if let Some(top) = thread.stack.last_mut() {
                top.peak = top.peak.max(peak);
            }
        }
    }

    #[inline(always)]
    pub(super) fn end(&mut self, thread: ThreadId, start: Ticks) {
        let taken = self.sampler.taken();
        if start == 0 {
            return;
        }
        if taken > start {
            // A reading takes far longer than the bookkeeping: it is left out of the interval, and
            // its own time is known.
            self.threads[thread.0].idle_since = taken;
            self.spent += taken - start;
        } else {
            // The bookkeeping is part of the interval: reading the clock again would cost as much as
            // all of the rest. The interval only gets longer by it, so no change is missed.
            self.threads[thread.0].idle_since = start;
            if self.events.is_multiple_of(TIMED) {
                self.spent += TIMED * self.sampler.gate.clock.now().wrapping_sub(start);
            }
        }
    }
}
