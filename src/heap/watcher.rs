//! The thread that is woken when a limit is passed. It asks for the interpreter lock only then, and it
//! is gone while the program forks and once the interpreter ends.
//!
//! Everything here is called under the interpreter lock, but for the thread itself.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::limits::Bell;
use super::thread::{self, Guard, Mute};
use crate::lock::lock;

/// What is to be done when a limit was passed.
type Deliver = fn(Python<'_>);

/// The thread, and the process it is in.
static THREAD: Mutex<Option<(JoinHandle<()>, u32)>> = Mutex::new(None);
/// The thread that is to run; others end.
static CURRENT: AtomicU64 = AtomicU64::new(0);
/// The thread that runs code of the program, 0 for none.
static CALLING: AtomicU64 = AtomicU64::new(0);
/// Threads there are in this process: one that a fork did not wait for may still be at its call.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
static BELL: OnceLock<Bell> = OnceLock::new();
static ENDED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Which of them the calling thread is, 0 for none.
    static OWN: Cell<u64> = const { Cell::new(0) };
}

/// Starts the thread, unless it runs or the interpreter ends.
///
/// # Errors
/// What the system says where there can be no more threads.
pub fn start(deliver: Deliver) -> io::Result<()> {
    let _mute = Mute::begin();
    let mut thread = lock(&THREAD);
    let process = std::process::id();
    let runs = thread.as_ref().is_some_and(|&(_, of)| of == process);
    if ENDED.load(Relaxed) || runs {
        return Ok(());
    }
    // One of the parent's is not here; it cannot be waited for.
    if let Some(gone) = thread.take() {
        std::mem::forget(gone);
    }
    let own = CURRENT.fetch_add(1, SeqCst) + 1;
    super::set_bell(bell());
    // A signal for the process must find the program's own threads. A thread inherits the mask.
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let spawned = Builder::new().name("rsprofile".to_owned()).spawn(move || {
        ALIVE.fetch_add(1, SeqCst);
        OWN.set(own);
        watch(own, deliver);
        ALIVE.fetch_sub(1, SeqCst);
    });
    before.thread_set_mask()?;
    *thread = Some((spawned?, process));
    Ok(())
}

/// Ends the thread and waits for it; not in itself, and not for code of the program, which may wait for
/// the caller: there it ends when that returns.
pub fn stop(py: Python<'_>) {
    let Some((thread, process)) = lock(&THREAD).take() else { return };
    if process != std::process::id() {
        std::mem::forget(thread);
        return;
    }
    if thread.thread().id() == std::thread::current().id() {
        *lock(&THREAD) = Some((thread, process));
        return;
    }
    let own = CURRENT.fetch_add(1, SeqCst);
    // Another one that was started meanwhile may hear the bell in its place.
    ring_until(py, || thread.is_finished() || CALLING.load(SeqCst) == own);
    if thread.is_finished() {
        let _ = thread.join();
    }
}

/// In the child of a fork, where there is no such thread; if it is the one that forked, it goes on as
/// the only one, and ends when it comes back.
pub fn forked() {
    if let Some(gone) = lock(&THREAD).take() {
        std::mem::forget(gone);
    }
    CURRENT.fetch_add(1, SeqCst);
    ALIVE.store(itself(), SeqCst);
}

/// Ends the thread for good, and waits for all there are: the interpreter is about to end, and would take
/// them away in the middle of their work.
pub(super) fn end(py: Python<'_>) {
    ENDED.store(true, Relaxed);
    stop(py);
    ring_until(py, || ALIVE.load(SeqCst) <= itself());
}

/// How many of these threads the calling one is.
fn itself() -> usize {
    usize::from(OWN.get() != 0)
}

fn ring_until(py: Python<'_>, is_done: impl Fn() -> bool + Sync) {
    py.detach(|| {
        while !is_done() {
            bell().ring();
            std::thread::sleep(Duration::from_micros(50));
        }
    });
}

/// Has the thread see whether there is anything to do.
pub fn wake() {
    bell().ring();
}

/// Has an exception raised in a thread as soon as it runs Python code, in place of one that is waiting
/// for that; `None` takes back what is waiting. Gives whether there is such a thread.
pub fn interrupt(_py: Python<'_>, thread: usize, kind: Option<&Bound<'_, PyType>>) -> bool {
    let exception = kind.map_or(std::ptr::null_mut(), Bound::as_ptr);
    // SAFETY: the lock is held; a thread that is gone is not found.
    unsafe { ffi::PyThreadState_SetAsyncExc(thread.cast_signed() as _, exception) > 0 }
}

/// The calling thread, as [`interrupt`] knows it.
pub fn this_thread() -> usize {
    // SAFETY: always succeeds.
    unsafe { libc::pthread_self() as usize }
}

/// Runs code of the program: what it allocates is the program's.
pub fn heard<R>(body: impl FnOnce() -> R) -> R {
    let own = OWN.get();
    if own == CURRENT.load(SeqCst) {
        CALLING.store(own, SeqCst);
    }
    let before = thread::suspend();
    thread::resume(if before == Guard::Muted { Guard::Open } else { before });
    let result = body();
    thread::resume(before);
    let _ = CALLING.compare_exchange(own, 0, SeqCst, Relaxed);
    result
}

fn bell() -> &'static Bell {
    BELL.get_or_init(Bell::default)
}

fn watch(own: u64, deliver: Deliver) {
    // The state of a thread of Python is ours.
    let _mute = Mute::begin();
    while CURRENT.load(SeqCst) == own {
        bell().wait();
        if CURRENT.load(SeqCst) == own {
            Python::try_attach(deliver);
        }
    }
}
