//! The one engine of the process, behind the interpreter lock, and the way into it for hooks.

use std::cell::{Cell, UnsafeCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

use super::heap::{self, Allocations, Here};
use super::numbers;
use crate::engine::{CodeId, Engine, Entry, Exit, FunctionId, ThreadId};

/// What the hooks do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    /// Nothing.
    Off = 0,
    /// Record it.
    Record = 1,
    /// Count it: the floor that benchmarks compare with.
    Count = 2,
}

static MODE: AtomicU8 = AtomicU8::new(Mode::Off as u8);
/// Events seen in [`Mode::Count`].
static COUNTED: AtomicU64 = AtomicU64::new(0);

/// Whether the engine counts allocations, as it stands while the hooks act.
static COUNTS_HEAP: AtomicBool = AtomicBool::new(false);

/// Whether the hooks do anything.
pub(super) fn is_on() -> bool {
    MODE.load(Ordering::Relaxed) != Mode::Off as u8
}

/// Switches the hooks.
pub(super) fn set_mode(mode: Mode) {
    MODE.store(mode as u8, Ordering::Relaxed);
}

/// Says whether the engine counts allocations.
pub(super) fn set_counts_heap(on: bool) {
    COUNTS_HEAP.store(on, Ordering::Relaxed);
}

/// The engine. Only ever borrowed while the interpreter lock is held.
struct Slot {
    borrowed: Cell<bool>,
    engine: UnsafeCell<Option<Engine>>,
}

// SAFETY: both cells are touched by `borrow` alone, whose callers hold the interpreter lock, so that
// one thread at a time is in there.
unsafe impl Sync for Slot {}

static ENGINE: Slot = Slot { borrowed: Cell::new(false), engine: UnsafeCell::new(None) };

/// Lends the engine to `f`; `None` when it is lent already.
///
/// `f` must not run Python code: that could release the lock while the engine is lent.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline(always)]
unsafe fn borrow<R>(f: impl FnOnce(&mut Option<Engine>) -> R) -> Option<R> {
    if ENGINE.borrowed.replace(true) {
        return None;
    }
    let _returned = Returned;
    // SAFETY: the flag says that no other reference lives, the lock that no other thread is here.
    Some(f(unsafe { &mut *ENGINE.engine.get() }))
}

/// Gives the engine back, after a panic too: what was recorded until then can still be reported.
struct Returned;

impl Drop for Returned {
    fn drop(&mut self) {
        ENGINE.borrowed.set(false);
    }
}

/// Lends the engine to safe code, made by `make` at first use.
///
/// `f` must not run Python code.
///
/// # Errors
/// What `make` says; `RuntimeError` when the engine is lent already.
pub(super) fn with_engine<R>(
    _py: Python<'_>,
    make: impl FnOnce() -> PyResult<Engine>,
    f: impl FnOnce(&mut Engine) -> R,
) -> PyResult<R> {
    // SAFETY: a `Python` token is proof of the lock.
    let result = unsafe {
        borrow(|slot| {
            if slot.is_none() {
                *slot = Some(make()?);
            }
            slot.as_mut().map(f).ok_or_else(lent)
        })
    };
    result.unwrap_or_else(|| Err(lent()))
}

fn lent() -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err(
        "the engine is in use: do not call rsprofile from within its own callbacks",
    )
}

/// Lends the engine to a hook that runs on `thread`.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline(always)]
unsafe fn hooked<R>(f: impl FnOnce(&mut Engine, ThreadId) -> R) -> Option<R> {
    let thread = numbers::number()?;
    // SAFETY: the caller's promise is ours.
    unsafe {
        borrow(|slot| {
            slot.as_mut().map(|engine| {
                // A thread may have been numbered before there was an engine.
                if !engine.knows(ThreadId(thread)) {
                    engine.claim_thread(ThreadId(thread));
                }
                f(engine, ThreadId(thread))
            })
        })
        .flatten()
    }
}

/// Has the engine, if there is one, make room for a thread. Called from a hook before the engine is
/// lent, or with a token: the lock is held.
pub(super) fn welcome(thread: usize) {
    // SAFETY: numbers are asked for with the lock held: by `hooked` by its callers' promise, by
    // `this_thread` as a token shows.
    unsafe { borrow(|slot| slot.as_mut().map(|engine| engine.claim_thread(ThreadId(thread)))) };
}

/// The same for an event, which has the allocations of the thread until now.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline(always)]
unsafe fn event<R>(
    heap: impl Allocations,
    f: impl FnOnce(&mut Engine, ThreadId) -> R,
) -> Option<R> {
    // SAFETY: the caller's promise is ours.
    unsafe { hooked(|engine, thread| heap.around(engine, thread, |engine| f(engine, thread))) }
}

/// The same outside of hooks.
fn call<R>(_py: Python<'_>, f: impl FnOnce(&mut Engine, ThreadId) -> R) -> Option<R> {
    // SAFETY: a `Python` token is proof of the lock.
    heap::here(|here| unsafe { event(here, f) })
}

/// Runs a hook's body, unless there is nothing to record, with what is known of allocations.
///
/// The body is there twice, so that nothing of allocations is in the way where none are recorded.
macro_rules! guarded {
    (|$heap:ident| $body:expr) => {
        match $crate::hooks::state::task() {
            $crate::hooks::state::Task::Nothing => {}
            $crate::hooks::state::Task::Levels => $crate::hooks::state::caught(|| {
                let $heap = $crate::hooks::heap::Unrecorded;
                $body
            }),
            $crate::hooks::state::Task::Allocations => {
                $crate::hooks::state::beside_heap(|$heap| $body);
            }
        }
    };
}
pub(super) use guarded;

/// What there is to do at an event.
pub(super) enum Task {
    Nothing,
    /// Record it.
    Levels,
    /// Record it where allocations are recorded too.
    Allocations,
}

#[inline(always)]
pub(super) fn task() -> Task {
    match MODE.load(Ordering::Relaxed) {
        0 => Task::Nothing,
        1 if heap::is_on() || COUNTS_HEAP.load(Ordering::Relaxed) => Task::Allocations,
        1 => Task::Levels,
        _ => {
            COUNTED.fetch_add(1, Ordering::Relaxed);
            Task::Nothing
        }
    }
}

/// Runs a hook's body where allocations are recorded. What it allocates itself is not.
#[inline(always)]
pub(super) fn beside_heap(body: impl FnOnce(Here<'_>)) {
    heap::here(|here| here.muted(|| caught(|| body(here))));
}

/// Runs a hook's body. A panic ends all recording instead of crossing into the interpreter.
#[inline(always)]
pub(super) fn caught(body: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(body)).is_err() {
        set_mode(Mode::Off);
        // SAFETY: hooks run with the lock held.
        unsafe { hooked(|engine, _| engine.lose()) };
    }
}

/// A frame of `code` runs.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline]
pub(super) unsafe fn enter(heap: impl Allocations, frame: usize, code: CodeId, entry: Entry) {
    // SAFETY: the caller's promise is ours.
    unsafe { event(heap, |engine, thread| engine.enter(thread, frame, code, entry)) };
}

/// `frame` starts on a line, if it is on top of its thread's stack; else false, and nothing has
/// happened yet.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline(always)]
pub(super) unsafe fn line_on_top(heap: impl Allocations, frame: usize, number: u32) -> bool {
    // SAFETY: the caller's promise is ours.
    unsafe { hooked(|engine, thread| heap.line_on_top(engine, thread, frame, number)) }
        .unwrap_or(false)
}

/// `frame` starts on a line.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline]
pub(super) unsafe fn line(heap: impl Allocations, frame: usize, code: CodeId, number: u32) {
    // SAFETY: the caller's promise is ours.
    unsafe { event(heap, |engine, thread| engine.line(thread, frame, code, number)) };
}

/// `frame` stops. Returns the function whose outermost call ended.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline]
pub(super) unsafe fn exit(heap: impl Allocations, frame: usize, how: Exit) -> Option<FunctionId> {
    // SAFETY: the caller's promise is ours.
    unsafe { event(heap, |engine, thread| engine.exit(thread, frame, how)) }.flatten()
}

/// Depth of this thread's stack.
///
/// # Safety
/// The calling thread holds the interpreter lock.
pub(super) unsafe fn depth() -> usize {
    // SAFETY: the caller's promise is ours.
    unsafe { hooked(|engine, thread| engine.depth(thread)) }.unwrap_or(0)
}

/// Drops what is above `depth` on this thread's stack.
///
/// # Safety
/// The calling thread holds the interpreter lock.
pub(super) unsafe fn unwind(depth: usize) {
    // SAFETY: the caller's promise is ours.
    heap::here(|here| unsafe {
        event(here, |engine, thread| engine.unwind(thread, depth));
    });
}

/// A `with profile:` block begins in this frame.
pub(super) fn enter_block(py: Python<'_>, frame: usize, code: CodeId, line: Option<u32>) {
    call(py, |engine, thread| engine.enter_block(thread, frame, code, line));
}

/// The block ends.
pub(super) fn exit_block(py: Python<'_>, frame: usize, code: CodeId) {
    call(py, |engine, thread| engine.exit_block(thread, frame, code));
}

/// In the child of a fork, on the only thread that is left.
pub fn forked(py: Python<'_>) {
    heap::forked();
    call(py, Engine::after_fork);
}

/// The frame that runs on this thread, by its identity.
///
/// # Safety
/// The calling thread holds the interpreter lock.
#[inline]
pub(super) unsafe fn running_frame() -> usize {
    // SAFETY: with the lock held this only reads the thread state; the reference is borrowed, and
    // its address is all that is kept.
    unsafe { ffi::PyEval_GetFrame() as usize }
}
