//! What the meter keeps of each thread. No destructor: a thread may allocate until its very end.

use std::cell::Cell;
use std::ptr::null_mut;

use super::cache::Cache;
use super::record::{Layer, RECORD_BITS};

/// Whether a call into an allocator is one to record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// The outermost one: yes.
    Open,
    /// New blocks are ours and not recorded, known ones may go.
    Muted,
    /// As muted, which it becomes when a call comes in.
    Probe,
    /// Below another one, or our own doing: passes straight through.
    Inside,
}

/// The state of a thread.
#[derive(Debug)]
pub(super) struct State {
    pub guard: Cell<Guard>,
    pub allocated: Cell<u64>,
    pub freed: Cell<u64>,
    pub allocations: Cell<u64>,
    /// The highest `allocated - freed` since the last [`reset_high`].
    pub high: Cell<i64>,
    /// What that was before it rose last, and which allocation made it rise; the same of the rise
    /// before.
    risen: [Cell<(i64, u64)>; 2],
    /// Address of the block made last.
    pub last: Cell<usize>,
    /// Sites found before; null until the first one is looked up.
    pub cache: Cell<*mut Cache>,
    /// Line record of the innermost profiled activation, 0 outside of any.
    pub record: Cell<u32>,
}

thread_local! {
    static STATE: State = const {
        State {
            guard: Cell::new(Guard::Open),
            allocated: Cell::new(0),
            freed: Cell::new(0),
            allocations: Cell::new(0),
            high: Cell::new(0),
            risen: [const { Cell::new((0, 0)) }; 2],
            last: Cell::new(0),
            cache: Cell::new(null_mut()),
            record: Cell::new(0),
        }
    };
}

/// What a thread has done, in bytes; since it began, across starts and stops of the meter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Bytes of blocks this thread made.
    pub allocated: u64,
    /// Bytes of blocks this thread freed, whoever made them.
    pub freed: u64,
    /// Blocks this thread made; a resized block is a new one.
    pub allocations: u64,
    /// The highest [`net`](Self::net) since [`reset_high`].
    pub high: i64,
}

impl Reading {
    /// Allocated less freed.
    pub fn net(&self) -> i64 {
        self.allocated.wrapping_sub(self.freed).cast_signed()
    }
}

/// What the calling thread has done so far.
#[inline]
pub fn reading() -> Reading {
    with(|state| Reading {
        allocated: state.allocated.get(),
        freed: state.freed.get(),
        allocations: state.allocations.get(),
        high: state.high.get(),
    })
}

/// As [`Here::take`], of the calling thread.
pub fn take() -> Reading {
    with(|state| Here(state).take())
}

/// The figures of the calling thread, found once for as long as it is in a callback.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a>(&'a State);

/// Finds the figures of the calling thread.
#[inline]
pub fn here<R>(body: impl FnOnce(Here<'_>) -> R) -> R {
    with(|state| body(Here(state)))
}

impl Here<'_> {
    /// What the thread has done so far; a new high-water mark begins, as by [`reset_high`].
    #[inline(always)]
    pub fn take(self) -> Reading {
        let Self(state) = self;
        let high = state.high.replace(state.net());
        Reading {
            allocated: state.allocated.get(),
            freed: state.freed.get(),
            allocations: state.allocations.get(),
            high,
        }
    }

    /// As [`set_record`].
    #[inline(always)]
    pub fn set_record(self, record: u32) {
        self.0.record.set(record);
    }

    /// Does what [`Mute`] does while `body` runs, which must not unwind.
    #[inline(always)]
    pub fn muted(self, body: impl FnOnce()) {
        let Self(state) = self;
        let before = state.guard.get();
        if before == Guard::Open {
            state.guard.set(Guard::Muted);
        }
        body();
        state.guard.set(before);
    }
}

/// Begins a new high-water mark, at what the calling thread's net is now.
#[inline]
pub fn reset_high() {
    with(|state| state.high.set(state.net()));
}

/// Sets the line record new blocks of the calling thread belong to, 0 for none; gives the old one.
#[inline]
pub fn set_record(record: u32) -> u32 {
    with(|state| state.record.replace(record))
}

/// Keeps blocks made until it is dropped out of the figures: they are the profiler's. Blocks that
/// are freed meanwhile are taken out as ever.
#[derive(Debug)]
pub struct Mute {
    before: Guard,
    /// It belongs to this thread.
    _here: std::marker::PhantomData<*const ()>,
}

impl Mute {
    /// Begins.
    #[must_use]
    pub fn begin() -> Self {
        let before = with(|state| match state.guard.get() {
            Guard::Open => state.guard.replace(Guard::Muted),
            other => other,
        });
        Self { before, _here: std::marker::PhantomData }
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        with(|state| state.guard.set(self.before));
    }
}

/// Whether `call`, which makes a block and frees it, comes to a hook. The block is not recorded.
#[cfg(feature = "python")]
pub(super) fn is_reached(call: impl FnOnce()) -> bool {
    with(|state| {
        let before = state.guard.replace(Guard::Probe);
        call();
        state.guard.replace(before) == Guard::Muted
    })
}

/// Lets everything of the calling thread pass, until [`resume`].
pub(super) fn suspend() -> Guard {
    with(|state| state.guard.replace(Guard::Inside))
}

/// Undoes [`suspend`].
pub(super) fn resume(before: Guard) {
    with(|state| state.guard.set(before));
}

#[inline(always)]
pub(super) fn with<T>(use_state: impl FnOnce(&State) -> T) -> T {
    // Without a destructor it is never gone, so this never panics.
    STATE.with(use_state)
}

impl State {
    /// The line record with the layer a call comes in at: what sites are told apart by beside frames.
    #[inline(always)]
    pub fn record_in(&self, layer: Layer) -> u32 {
        self.record.get() | (layer as u32) << RECORD_BITS
    }

    #[inline(always)]
    fn net(&self) -> i64 {
        self.allocated.get().wrapping_sub(self.freed.get()).cast_signed()
    }

    #[inline(always)]
    pub fn book_allocation(&self, address: usize, size: u64) {
        self.last.set(address);
        self.allocated.set(self.allocated.get().wrapping_add(size));
        self.allocations.set(self.allocations.get() + 1);
        let net = self.net();
        if net > self.high.get() {
            self.risen[1].set(self.risen[0].get());
            self.risen[0].set((self.high.get(), self.allocations.get()));
            self.high.set(net);
        }
    }

    /// Undoes the booking of an allocation; of the last two, the later one first, without a trace.
    pub fn unbook_allocation(&self, size: u64) {
        let (before, risen) = self.risen[0].get();
        if risen == self.allocations.get() {
            self.high.set(before);
            self.risen[0].set(self.risen[1].get());
        }
        self.allocated.set(self.allocated.get().wrapping_sub(size));
        self.allocations.set(self.allocations.get() - 1);
    }

    #[inline(always)]
    pub fn book_release(&self, size: u64) {
        self.freed.set(self.freed.get().wrapping_add(size));
    }
}
