//! Limits of the whole program's total, and who passed them.
//!
//! A limit that is passed takes down where that was and rings; somebody else does what is to be done
//! about it, because an allocator's hook is no place for that. It is armed again once the total has
//! been at it or below.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicPtr, AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
};

/// The most limits that can be open at once.
pub const MOST: usize = 64;

/// What a slot is in. Nobody's.
const FREE: u32 = 0;
/// The total is at the limit or below.
const ARMED: u32 = 1;
/// The thread that passed it is taking down where.
const NOTING: u32 = 2;
/// Passed, and nobody has asked for it yet.
const PASSED: u32 = 3;
/// Still above.
const OVER: u32 = 4;

/// How a limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Bytes alive with the block that passed it.
    pub total: i64,
    /// The site that made this block.
    pub site: u32,
    /// The thread, by its `pthread_self`.
    pub thread: usize,
}

/// All limits.
#[derive(Debug)]
pub struct Limits {
    open: AtomicBool,
    /// The lowest one that is armed.
    lowest: AtomicI64,
    /// The highest one that waits for the total to fall.
    waiting: AtomicI64,
    slots: [Slot; MOST],
    bell: AtomicPtr<Bell>,
}

#[derive(Debug)]
struct Slot {
    state: AtomicU32,
    bytes: AtomicI64,
    total: AtomicI64,
    site: AtomicU32,
    thread: AtomicUsize,
}

impl Slot {
    const fn new() -> Self {
        Self {
            state: AtomicU32::new(FREE),
            bytes: AtomicI64::new(0),
            total: AtomicI64::new(0),
            site: AtomicU32::new(0),
            thread: AtomicUsize::new(0),
        }
    }

    fn turn(&self, from: u32, to: u32) -> bool {
        self.state.compare_exchange(from, to, SeqCst, Relaxed).is_ok()
    }
}

impl Limits {
    pub(super) const fn new() -> Self {
        Self {
            open: AtomicBool::new(false),
            lowest: AtomicI64::new(i64::MAX),
            waiting: AtomicI64::new(i64::MIN),
            slots: [const { Slot::new() }; MOST],
            bell: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// Whether there is any.
    #[inline(always)]
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Acquire)
    }

    /// Has a bell rung whenever a limit is passed.
    pub(super) fn set_bell(&self, bell: &'static Bell) {
        self.bell.store(std::ptr::from_ref(bell).cast_mut(), Release);
    }

    /// Opens one, which is armed if `total` is not above it; `None` when there are too many. The
    /// callers of this and of [`close`](Self::close) come one by one.
    pub(super) fn open(&self, bytes: i64) -> Option<usize> {
        let slot = self.slots.iter().position(|slot| slot.state.load(Relaxed) == FREE)?;
        self.slots[slot].bytes.store(bytes, Relaxed);
        self.open.store(true, SeqCst);
        self.slots[slot].state.store(ARMED, SeqCst);
        Some(slot)
    }

    /// Closes one; gives how it was passed, if nobody has asked for that.
    pub(super) fn close(&self, slot: usize) -> Option<Passed> {
        let passed = self.taken(slot);
        self.slots[slot].state.store(FREE, SeqCst);
        self.open.store(self.slots.iter().any(|slot| slot.state.load(Relaxed) != FREE), SeqCst);
        passed
    }

    /// How a limit was passed, if it was since this was asked last.
    pub(super) fn take(&self, slot: usize) -> Option<Passed> {
        let passed = self.taken(slot)?;
        self.slots[slot].state.store(OVER, SeqCst);
        Some(passed)
    }

    fn taken(&self, slot: usize) -> Option<Passed> {
        /// Looks before a thread that is noting is given up: it is gone, in the child of a fork.
        const PATIENCE: u32 = 100_000;
        let slot = &self.slots[slot];
        let is_noting = |_: &u32| slot.state.load(Acquire) == NOTING;
        (0..PATIENCE).take_while(is_noting).for_each(|_| std::hint::spin_loop());
        (slot.state.load(Acquire) == PASSED).then(|| Passed {
            total: slot.total.load(Relaxed),
            site: slot.site.load(Relaxed),
            thread: slot.thread.load(Relaxed),
        })
    }

    /// A limit is above its bytes from the start: nobody passes it before the total has fallen.
    pub(super) fn pass_silently(&self, slot: usize) {
        self.slots[slot].turn(ARMED, OVER);
    }

    /// The lowest one that is armed.
    #[inline]
    pub(super) fn lowest(&self) -> i64 {
        self.lowest.load(SeqCst)
    }

    /// The highest one that waits for the total to fall; `i64::MIN` if none does.
    #[inline]
    pub(super) fn waiting(&self) -> i64 {
        self.waiting.load(SeqCst)
    }

    /// Finds out both anew.
    pub(super) fn refresh(&self) -> (i64, i64) {
        let all = |state: u32| {
            let slots = self.slots.iter().filter(move |slot| slot.state.load(SeqCst) == state);
            slots.map(|slot| slot.bytes.load(Relaxed))
        };
        let (lowest, waiting) =
            (all(ARMED).min().unwrap_or(i64::MAX), all(OVER).max().unwrap_or(i64::MIN));
        self.lowest.store(lowest, SeqCst);
        self.waiting.store(waiting, SeqCst);
        (lowest, waiting)
    }

    /// The total has risen to `total`.
    pub(super) fn rise(&self, total: i64, site: u32) {
        let mut rings = false;
        for slot in &self.slots {
            if total > slot.bytes.load(Relaxed) && slot.turn(ARMED, NOTING) {
                slot.total.store(total, Relaxed);
                slot.site.store(site, Relaxed);
                // SAFETY: always succeeds.
                slot.thread.store(unsafe { libc::pthread_self() } as usize, Relaxed);
                // Who closes it may have given this thread up.
                rings |= slot.turn(NOTING, PASSED);
            }
        }
        // SAFETY: null, or a bell that is never taken away.
        if let Some(bell) = unsafe { self.bell.load(Acquire).as_ref() }
            && rings
        {
            bell.ring();
        }
    }

    /// The total has fallen to `total`: limits that were waiting for that are armed again.
    pub(super) fn fall(&self, total: i64) {
        for slot in self.slots.iter().filter(|slot| slot.state.load(Relaxed) == OVER) {
            if total <= slot.bytes.load(Relaxed) {
                slot.turn(OVER, ARMED);
            }
        }
    }
}

/// What a thread waits at for limits to be passed. To ring it waits for nothing, takes no memory and
/// may be done anywhere.
pub struct Bell(UnsafeCell<libc::sem_t>);

// SAFETY: a semaphore is for several threads.
unsafe impl Sync for Bell {}
// SAFETY: as above; it is moved only before anybody waits at it.
unsafe impl Send for Bell {}

impl std::fmt::Debug for Bell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bell")
    }
}

impl Default for Bell {
    fn default() -> Self {
        let mut semaphore = MaybeUninit::uninit();
        // SAFETY: it fails for too large a count and for processes that share it only.
        unsafe {
            libc::sem_init(semaphore.as_mut_ptr(), 0, 0);
            Self(UnsafeCell::new(semaphore.assume_init()))
        }
    }
}

impl Bell {
    /// Wakes who waits, or the next one to wait.
    pub fn ring(&self) {
        // SAFETY: made in `default`; a full count is enough as it is.
        unsafe { libc::sem_post(self.0.get()) };
    }

    /// Waits until it is rung, or nearly: a signal may end it before.
    pub fn wait(&self) {
        // SAFETY: made in `default`.
        unsafe { libc::sem_wait(self.0.get()) };
    }
}
