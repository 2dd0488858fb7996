//! The totals of the whole program from one start or clear to the next, their peak, and where limits
//! of them are noticed.

use std::sync::atomic::{
    AtomicI64, AtomicU8, AtomicU32, AtomicU64,
    Ordering::{AcqRel, Relaxed, SeqCst},
};

use super::limits::Limits;

/// The time from a start or a clear to the next one. Blocks of sites before `base` are none of its.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Era {
    base: AtomicU32,
    /// Why the next release is one to look at.
    look: AtomicU8,
    generation: AtomicU64,
    locked: AtomicI64,
    free: AtomicI64,
    /// A total above this one is one to look at: the peak, or the lowest limit that is armed, if that
    /// is less.
    mark: AtomicI64,
    /// The peak while there are limits.
    peak: AtomicI64,
}

/// The total is at its peak.
const AT_PEAK: u8 = 1;
/// A limit waits for the total to fall.
const ABOVE: u8 = 2;

/// Whether the caller holds the interpreter lock.
pub type Locked = bool;

impl Era {
    pub(super) const fn new() -> Self {
        Self {
            base: AtomicU32::new(0),
            look: AtomicU8::new(AT_PEAK),
            generation: AtomicU64::new(0),
            locked: AtomicI64::new(0),
            free: AtomicI64::new(0),
            mark: AtomicI64::new(0),
            peak: AtomicI64::new(0),
        }
    }

    /// From nothing, with sites from `base` on.
    pub(super) fn begin(&self, base: u32, limits: &Limits) {
        self.look.store(AT_PEAK, Relaxed);
        self.generation.store(0, Relaxed);
        self.locked.store(0, Relaxed);
        self.free.store(0, Relaxed);
        self.mark.store(0, Relaxed);
        self.peak.store(0, Relaxed);
        self.base.store(base, Relaxed);
        if limits.is_open() {
            self.settle(limits);
        }
    }

    /// Whether a site belongs to it. Sites of an era before have smaller numbers.
    #[inline(always)]
    pub fn has(&self, site: u32) -> bool {
        site >= self.base.load(Relaxed)
    }

    /// Goes up with the first release after a maximum.
    #[inline(always)]
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    pub(super) fn is_at_peak(&self) -> bool {
        self.look.load(Relaxed) & AT_PEAK != 0
    }

    /// Bytes alive; less than nothing for a moment, where threads without the lock meet.
    pub(super) fn live(&self) -> i64 {
        self.locked.load(Relaxed) + self.free.load(Relaxed)
    }

    /// The most that were.
    pub(super) fn peak(&self, limits: &Limits) -> i64 {
        if limits.is_open() { self.peak.load(Relaxed) } else { self.mark.load(Relaxed) }
    }

    /// Makes what is alive now the peak.
    pub(super) fn reset_peak(&self, limits: &Limits) {
        self.mark.store(self.live(), Relaxed);
        self.peak.store(self.live(), Relaxed);
        self.look.fetch_or(AT_PEAK, Relaxed);
        if limits.is_open() {
            self.settle(limits);
        }
    }

    #[inline(always)]
    pub(super) fn grow(&self, size: i64, locked: Locked, site: u32, limits: &Limits) {
        let now = if locked {
            let own = self.locked.load(Relaxed) + size;
            self.locked.store(own, Relaxed);
            own + self.free.load(Relaxed)
        } else {
            self.free.fetch_add(size, Relaxed) + size + self.locked.load(Relaxed)
        };
        if now > self.mark.load(Relaxed) {
            if limits.is_open() {
                return self.rise(now, site, limits);
            }
            if locked {
                self.mark.store(now, Relaxed);
            } else {
                self.mark.fetch_max(now, AcqRel);
                // A limit may have been opened meanwhile, and its mark been moved.
                if limits.is_open() {
                    return self.rise(now, site, limits);
                }
            }
            self.look.store(AT_PEAK, Relaxed);
        }
    }

    /// To be called before the figures of the site change.
    #[inline(always)]
    pub(super) fn begin_fall(&self, size: i64, limits: &Limits) {
        let look = self.look.load(Relaxed);
        if look == 0 {
            return;
        }
        if look != AT_PEAK {
            self.fall(size, limits);
        } else if self.look.compare_exchange(AT_PEAK, 0, Relaxed, Relaxed).is_ok() {
            self.generation.fetch_add(1, Relaxed);
        }
    }

    #[inline(always)]
    pub(super) fn shrink(&self, size: i64, locked: Locked) {
        if locked {
            self.locked.store(self.locked.load(Relaxed) - size, Relaxed);
        } else {
            self.free.fetch_sub(size, Relaxed);
        }
    }

    /// The peak is kept by itself from now on, because there is going to be a limit.
    pub(super) fn keep_peak(&self, limits: &Limits) {
        if !limits.is_open() {
            self.peak.store(self.mark.load(Relaxed), SeqCst);
        }
    }

    /// Looks again at what there is to look at, after limits were opened, closed, armed or passed.
    #[cold]
    pub(super) fn settle(&self, limits: &Limits) {
        limits.fall(self.live());
        loop {
            let (lowest, waiting) = limits.refresh();
            if waiting == i64::MIN {
                self.look.fetch_and(!ABOVE, SeqCst);
            } else {
                self.look.fetch_or(ABOVE, SeqCst);
            }
            self.mark.store(self.peak.load(Relaxed).min(lowest), SeqCst);
            // Another one may have been armed or passed meanwhile.
            if limits.refresh() == (lowest, waiting) {
                return;
            }
        }
    }

    /// A new maximum, or a limit is passed.
    #[cold]
    #[inline(never)]
    fn rise(&self, now: i64, site: u32, limits: &Limits) {
        if self.peak.fetch_max(now, Relaxed) < now {
            self.look.fetch_or(AT_PEAK, Relaxed);
        }
        let lowest = limits.lowest();
        if now > lowest {
            limits.rise(now, site);
            return self.settle(limits);
        }
        self.mark.store(self.peak.load(Relaxed).min(lowest), SeqCst);
        if limits.lowest() != lowest {
            self.settle(limits);
        }
    }

    /// The first release after a maximum, or one that a limit may wait for.
    #[cold]
    #[inline(never)]
    fn fall(&self, size: i64, limits: &Limits) {
        let look = self.look.fetch_and(!AT_PEAK, Relaxed);
        if look & AT_PEAK != 0 {
            self.generation.fetch_add(1, Relaxed);
        }
        let after = self.live() - size;
        if look & ABOVE != 0 && after <= limits.waiting() {
            limits.fall(after);
            self.settle(limits);
        }
    }
}
