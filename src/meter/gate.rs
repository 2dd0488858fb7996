//! The time gate: when a reading cannot have changed.
//!
//! The resident set changes by a page fault or a system call, and each costs more than a short line.
//! Where less time went by on a thread than the cheapest fault takes, its memory is what it was.
//! That is exact for the thread's own memory; a limit on the age of a reading bounds how long what
//! other threads did stays unseen.

use std::time::Duration;

use super::clock::{Clock, Ticks};
use crate::page;

/// Oldest reading that is used again.
const STALE_NS: f64 = 100_000.0;
/// No fault is cheaper than 100 ns, none that matters dearer than 800.
const THRESHOLD_NS: (f64, f64) = (60.0, 400.0);

/// The thresholds, in ticks of a clock.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    /// The clock the ticks are of.
    pub clock: Clock,
    /// Ticks that must have gone by for memory to have changed; 0 reads at every event.
    pub threshold: Ticks,
    /// Ticks after which a reading is too old.
    pub stale: Ticks,
    /// The threshold in nanoseconds; 0 when the gate is off.
    pub threshold_ns: f64,
}

impl Gate {
    /// No gate: every event reads.
    pub fn off() -> Self {
        Self { clock: Clock::pick(), threshold: 0, stale: 0, threshold_ns: 0.0 }
    }

    /// No event reads.
    pub fn shut() -> Self {
        Self { clock: Clock::pick(), threshold: Ticks::MAX, stale: Ticks::MAX, threshold_ns: 0.0 }
    }

    /// Whether no event reads.
    #[inline]
    pub fn is_shut(&self) -> bool {
        self.threshold == Ticks::MAX
    }

    /// Half the cheapest first touch of a page of this machine, within bounds.
    pub fn calibrate() -> Self {
        let clock = Clock::pick();
        let rate = clock.ticks_per_ns(Duration::from_micros(200));
        let Some(fault) = cheapest_fault(clock) else { return Self::off() };
        let ns = (fault as f64 / rate / 2.0).clamp(THRESHOLD_NS.0, THRESHOLD_NS.1);
        Self { clock, threshold: ticks(ns * rate), stale: ticks(STALE_NS * rate), threshold_ns: ns }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn ticks(value: f64) -> Ticks {
    value as Ticks
}

/// Ticks of the fastest of 64 first touches.
fn cheapest_fault(clock: Clock) -> Option<Ticks> {
    const PAGES: usize = 64;
    let step = page::size();
    let mut fresh = memmap2::MmapMut::map_anon(PAGES * step).ok()?;
    // A huge page would make 63 of the touches free.
    let _ = fresh.advise(memmap2::Advice::NoHugePage);
    (0..PAGES)
        .map(|n| {
            let start = clock.now();
            fresh[n * step] = 1;
            clock.now() - start
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calibrated_threshold_is_within_its_bounds() {
        let gate = Gate::calibrate();
        assert!((THRESHOLD_NS.0..=THRESHOLD_NS.1).contains(&gate.threshold_ns), "{gate:?}");
        assert!(gate.stale > gate.threshold);
    }
}
