//! The figures of sites and of the whole program, and the share of each site in the peak.
//!
//! There are two of each counter: one for calls that come in under the interpreter lock and one for
//! all others. The first is changed by a plain load and store, the second by atomic addition, which
//! takes ten times as long. What is shown is their sum.
//!
//! *The peak without a copy.* A site's share in the peak is its value before its first change after
//! the peak. So the first release after a maximum begins a new generation; a site that is about to
//! change and was not yet seen in this generation notes its value. Whoever was not seen has its share
//! still.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{
    AtomicI64, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

pub use super::era::{Era, Locked};
use super::limits::{Limits, Passed};
use super::memory;
use super::shadow::SITES;

/// Sites in a chunk.
const CHUNK: usize = 1024;
/// Starts and clears before an era is used again.
const ERAS: usize = 256;

/// What a site has allocated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Bytes of its blocks that are alive.
    pub live_bytes: i64,
    /// Its blocks that are alive.
    pub live_blocks: i64,
    /// Bytes of all blocks it ever made.
    pub allocated: u64,
    /// Blocks it ever made.
    pub allocations: u64,
    /// Bytes it had alive when the program had most.
    pub peak_bytes: i64,
    /// Blocks it had alive when the program had most.
    pub peak_blocks: i64,
    /// Bytes of its blocks that were freed on its line again, where those are counted.
    pub temporary: u64,
}

/// Figures of the whole program, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Alive.
    pub live: i64,
    /// The most that was alive.
    pub peak: i64,
}

/// Counters of a site, for one of the two kinds of calls. All zeros: no call yet.
#[derive(Debug, Default)]
#[repr(C, align(64))]
struct Counters {
    allocated: AtomicU64,
    allocations: AtomicU64,
    freed: AtomicU64,
    frees: AtomicU64,
    /// The generation that the two below are from.
    generation: AtomicU64,
    peak_bytes: AtomicI64,
    peak_blocks: AtomicI64,
    temporary: AtomicU64,
}

#[derive(Debug, Default)]
#[repr(C)]
struct Site {
    locked: Counters,
    free: Counters,
}

/// All sites.
#[derive(Debug)]
pub struct Table {
    chunks: [AtomicPtr<[Site; CHUNK]>; SITES as usize / CHUNK],
    eras: [Era; ERAS],
    current: AtomicPtr<Era>,
    begun: AtomicU32,
    /// Chunks whose sites are all of eras before the last.
    past: AtomicUsize,
    /// Limits of the total, of all eras.
    pub(super) limits: Limits,
}

impl Counters {
    /// Notes the share in the peak, before the first change of a generation.
    #[inline(always)]
    fn note(&self, generation: u64) {
        let seen = self.generation.load(Relaxed);
        if seen != generation {
            self.note_share(seen, generation);
        }
    }

    #[cold]
    fn note_share(&self, seen: u64, generation: u64) {
        if self.generation.compare_exchange(seen, generation, Relaxed, Relaxed).is_ok() {
            self.peak_bytes.store(self.bytes(), Relaxed);
            self.peak_blocks.store(self.blocks(), Relaxed);
        }
    }

    // What was freed is read first: a block that is counted in it is counted in the other as well.
    fn bytes(&self) -> i64 {
        let freed = self.freed.load(Acquire);
        self.allocated.load(Relaxed).wrapping_sub(freed).cast_signed()
    }

    fn blocks(&self) -> i64 {
        let frees = self.frees.load(Acquire);
        self.allocations.load(Relaxed).wrapping_sub(frees).cast_signed()
    }

    /// Bytes and blocks at the peak.
    fn share(&self, at_peak: bool, generation: u64) -> (i64, i64) {
        if !at_peak && self.generation.load(Relaxed) == generation {
            (self.peak_bytes.load(Relaxed), self.peak_blocks.load(Relaxed))
        } else {
            (self.bytes(), self.blocks())
        }
    }
}

#[inline(always)]
fn add(counter: &AtomicU64, amount: u64, locked: Locked) {
    if locked {
        counter.store(counter.load(Relaxed).wrapping_add(amount), Relaxed);
    } else {
        counter.fetch_add(amount, Release);
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// No sites; the first era is to be begun.
    #[allow(clippy::large_stack_arrays, reason = "for a static")]
    pub const fn new() -> Self {
        Self {
            chunks: [const { AtomicPtr::new(null_mut()) }; SITES as usize / CHUNK],
            eras: [const { Era::new() }; ERAS],
            current: AtomicPtr::new(null_mut()),
            begun: AtomicU32::new(0),
            past: AtomicUsize::new(0),
            limits: Limits::new(),
        }
    }

    /// Begins anew with sites from `base`, no smaller than the last, and gives back the memory of those
    /// before. What is done meanwhile to their blocks is lost with them.
    pub fn begin(&self, base: u32) {
        let number = self.begun.fetch_add(1, Relaxed) as usize;
        let era = &self.eras[number % ERAS];
        era.begin(base, &self.limits);
        self.current.store(std::ptr::from_ref(era).cast_mut(), Release);
        let past = base as usize / CHUNK;
        for chunk in &self.chunks[self.past.swap(past, Relaxed).min(past)..past] {
            let chunk = chunk.load(Acquire).cast::<c_void>();
            if !chunk.is_null() {
                // SAFETY: a chunk is made by `reserve`; zeros are counters, and nobody reads them.
                unsafe { memory::wipe(chunk, size_of::<[Site; CHUNK]>()) };
            }
        }
    }

    /// The era now; `None` before the first.
    #[inline(always)]
    pub fn era(&self) -> Option<&Era> {
        // SAFETY: null, or an element of `eras`, of which nothing but atomics changes.
        unsafe { self.current.load(Acquire).as_ref() }
    }

    /// Makes room for a site; false when there is no memory for it or its number is too large.
    pub fn make(&self, site: u32) -> bool {
        let Some(chunk) = self.chunks.get(site as usize / CHUNK) else { return false };
        if !chunk.load(Acquire).is_null() {
            return true;
        }
        let bytes = size_of::<[Site; CHUNK]>();
        let Some(made) = memory::reserve(bytes) else { return false };
        if chunk.compare_exchange(null_mut(), made.as_ptr().cast(), AcqRel, Acquire).is_err() {
            // SAFETY: just made, and nobody has seen it.
            unsafe { memory::give_back(made, bytes) };
        }
        true
    }

    /// Books a new block on a site of this era.
    #[inline(always)]
    pub fn allocated(&self, era: &Era, site: u32, size: u64, locked: Locked) {
        let Some(counters) = self.counters(site, locked) else { return };
        counters.note(era.generation());
        add(&counters.allocated, size, locked);
        add(&counters.allocations, 1, locked);
        era.grow(size.cast_signed(), locked, site, &self.limits);
    }

    /// Books the end of `blocks` blocks, or of parts of one, on the site of this era that made them.
    /// A block cut in two is one less, as -1.
    #[inline(always)]
    pub fn released(&self, era: &Era, site: u32, size: u64, blocks: i64, locked: Locked) {
        let Some(counters) = self.counters(site, locked) else { return };
        era.begin_fall(size.cast_signed(), &self.limits);
        counters.note(era.generation());
        add(&counters.freed, size, locked);
        add(&counters.frees, blocks.cast_unsigned(), locked);
        era.shrink(size.cast_signed(), locked);
    }

    /// Books that a block was freed on the line that made it, beside its end.
    pub fn temporary(&self, site: u32, size: u64, locked: Locked) {
        if let Some(counters) = self.counters(site, locked) {
            add(&counters.temporary, size, locked);
        }
    }

    /// Undoes the booking of a block under the interpreter lock.
    pub fn unbooked(&self, era: &Era, site: u32, size: u64) {
        let Some(counters) = self.counters(site, true) else { return };
        add(&counters.allocated, size.wrapping_neg(), true);
        add(&counters.allocations, 1_u64.wrapping_neg(), true);
        era.shrink(size.cast_signed(), true);
    }

    /// The figures of a site; zeros for a number that is none.
    pub fn figures(&self, site: u32) -> Figures {
        let (Some(era), Some(site)) = (self.era(), self.site(site)) else {
            return Figures::default();
        };
        let (at_peak, generation) = (era.is_at_peak(), era.generation());
        let both = [&site.locked, &site.free];
        let mut figures = Figures::default();
        for counters in both {
            let (bytes, blocks) = counters.share(at_peak, generation);
            figures.peak_bytes += bytes;
            figures.peak_blocks += blocks;
            figures.live_bytes += counters.bytes();
            figures.live_blocks += counters.blocks();
            figures.allocated += counters.allocated.load(Relaxed);
            figures.allocations += counters.allocations.load(Relaxed);
            figures.temporary += counters.temporary.load(Relaxed);
        }
        // Where two threads met at the same moment.
        figures.peak_bytes = figures.peak_bytes.max(0);
        figures.peak_blocks = figures.peak_blocks.max(0);
        figures.live_bytes = figures.live_bytes.max(0);
        figures.live_blocks = figures.live_blocks.max(0);
        figures
    }

    /// Blocks that a site made and those of them that were freed.
    #[inline]
    pub fn blocks(&self, site: u32) -> (u64, u64) {
        let Some(site) = self.site(site) else { return (0, 0) };
        let both = [&site.locked, &site.free];
        let freed = both.map(|counters| counters.frees.load(Acquire));
        let made = both.map(|counters| counters.allocations.load(Relaxed));
        (made[0].wrapping_add(made[1]), freed[0].wrapping_add(freed[1]))
    }

    /// The figures of the program.
    pub fn totals(&self) -> Totals {
        self.era().map_or_else(Totals::default, |era| {
            let live = era.live();
            Totals { live: live.max(0), peak: era.peak(&self.limits).max(live).max(0) }
        })
    }

    /// Makes the total now the peak.
    pub fn reset_peak(&self) {
        if let Some(era) = self.era() {
            era.reset_peak(&self.limits);
        }
    }

    /// Opens a limit of the total; `None` when there are too many, or before the first era. Gives its
    /// number, and the total if that is above it already: then nobody passes it before it has fallen.
    /// Whoever calls this and [`close_limit`](Self::close_limit) does it one by one.
    pub fn open_limit(&self, bytes: i64) -> Option<(usize, Option<i64>)> {
        let era = self.era()?;
        era.keep_peak(&self.limits);
        let slot = self.limits.open(bytes)?;
        let above = Some(era.live()).filter(|&live| live > bytes);
        if above.is_some() {
            self.limits.pass_silently(slot);
        }
        era.settle(&self.limits);
        Some((slot, above))
    }

    /// Closes it; gives how it was passed, if nobody has asked for that.
    pub fn close_limit(&self, slot: usize) -> Option<Passed> {
        let passed = self.limits.close(slot);
        if let Some(era) = self.era() {
            era.settle(&self.limits);
        }
        passed
    }

    /// How a limit was passed, if it was since this was asked last.
    pub fn passed(&self, slot: usize) -> Option<Passed> {
        let passed = self.limits.take(slot);
        if let Some(era) = self.era() {
            era.settle(&self.limits);
        }
        passed
    }

    /// Bytes of memory the sites take up.
    pub fn bytes(&self) -> usize {
        let mut bytes = 0;
        for chunk in &self.chunks {
            let chunk = chunk.load(Acquire).cast::<c_void>();
            if !chunk.is_null() {
                // SAFETY: a chunk is made by `reserve`.
                bytes += unsafe { memory::resident(chunk, size_of::<[Site; CHUNK]>()) };
            }
        }
        bytes
    }

    #[inline(always)]
    fn site(&self, site: u32) -> Option<&Site> {
        let chunk = self.chunks.get(site as usize / CHUNK)?.load(Acquire);
        // SAFETY: null, or a chunk that is never given back, of which all zeros are sound.
        let chunk = unsafe { chunk.as_ref()? };
        Some(&chunk[site as usize % CHUNK])
    }

    #[inline(always)]
    fn counters(&self, site: u32, locked: Locked) -> Option<&Counters> {
        self.site(site).map(|site| if locked { &site.locked } else { &site.free })
    }
}
