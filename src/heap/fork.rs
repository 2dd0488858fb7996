//! Over a fork: the child must not find a lock taken by a thread it does not have.

use std::cell::UnsafeCell;
use std::sync::MutexGuard;
use std::time::Instant;

use super::intern::Intern;
use super::maps::Maps;
use super::marks::Marks;
use super::shadow::Large;
use super::thread::{self, Guard};
use super::{SHADOW, cache, got, marks, record, sites};
use crate::lock::lock;

/// Has every `fork` from now on wait for our locks.
pub(super) fn prepare() {
    // SAFETY: functions for as long as the process lives.
    unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after)) };
}

/// All our locks, and the guard of the thread that forks as it was.
struct Held {
    guard: Guard,
    _got: got::Held,
    _marks: MutexGuard<'static, Option<(Marks, Instant)>>,
    _names: MutexGuard<'static, Option<Intern>>,
    _maps: MutexGuard<'static, Maps>,
    _large: MutexGuard<'static, Large>,
    _spare: MutexGuard<'static, cache::Spare>,
}

struct Slot(UnsafeCell<Option<Held>>);

// SAFETY: only who has all the locks touches it.
unsafe impl Sync for Slot {}

static HELD: Slot = Slot(UnsafeCell::new(None));

extern "C" fn before() {
    // First: what other handlers allocate must not wait for the locks.
    let guard = thread::suspend();
    let held = Held {
        guard,
        _got: got::hold(),
        _marks: lock(&marks::MARKS),
        _names: lock(&sites::NAMES),
        _maps: lock(&record::MAPS),
        _large: SHADOW.hold(),
        _spare: cache::hold(),
    };
    // SAFETY: this thread has the locks.
    unsafe { *HELD.0.get() = Some(held) };
}

/// In the parent and in the child.
extern "C" fn after() {
    // SAFETY: `before` ran in this thread, or in the one this is the copy of, and took the locks.
    let held = unsafe { (*HELD.0.get()).take() };
    if let Some(held) = held {
        let guard = held.guard;
        drop(held);
        thread::resume(guard);
    }
}
