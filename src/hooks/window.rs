//! Profiling some functions for a while: for profiler objects that come and go.
//!
//! Setting the events of a code object changes its bytecode, and costs more than a short call does.
//! A function whose windows come and go again and again keeps its events in between; they find the
//! hooks silent.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;

use super::{Hook, control, heap, monitoring, numbers, registry, settrace};
use crate::engine::{Engine, FunctionId, Taken, ThreadId};
use crate::lock::lock;

/// Windows of a function after which its events stay on.
const OFTEN: u32 = 8;
/// New functions after which to look for those that are gone, at least.
const SEVERAL: usize = 64;

/// Open windows.
static OPEN: AtomicU32 = AtomicU32::new(0);
/// Number of functions at which to look for those that are gone.
static LOOK_AT: AtomicUsize = AtomicUsize::new(SEVERAL);
static FUNCTIONS: Mutex<Vec<Shown>> = Mutex::new(Vec::new());

/// What windows mean to a function.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    /// Windows it is in.
    open: u32,
    /// Windows it was in.
    closed: u32,
    /// Whether its events are set for the sake of windows.
    watched: bool,
}

/// Whether a window is open.
pub(super) fn is_open() -> bool {
    OPEN.load(Ordering::Relaxed) > 0
}

/// Profiles these functions until the window is closed, at first on this thread.
///
/// # Errors
/// What taking a tool id, opening the meter or setting events says.
pub fn open_window(py: Python<'_>, functions: &[FunctionId]) -> PyResult<ThreadId> {
    control::wake(py)?;
    OPEN.fetch_add(1, Ordering::Relaxed);
    show(py, functions)?;
    if hands_out(py, functions)? {
        settrace::want_new_threads(py)?;
    }
    join_window(py, functions)
}

/// Takes more functions into a window that is open, for the threads that joined it.
///
/// # Errors
/// As [`open_window`].
pub fn extend_window(
    py: Python<'_>,
    functions: &[FunctionId],
    added: &[FunctionId],
    threads: &[ThreadId],
) -> PyResult<()> {
    show(py, added)?;
    if hands_out(py, added)? && !hands_out(py, functions)? {
        settrace::want_new_threads(py)?;
    }
    threads.iter().try_for_each(|&thread| join(py, added, thread))
}

/// Closes it, after the last thread has parted.
///
/// # Errors
/// What setting events says.
pub fn close_window(py: Python<'_>, functions: &[FunctionId]) -> PyResult<()> {
    OPEN.fetch_sub(1, Ordering::Relaxed);
    control::rest(py)?;
    if hands_out(py, functions)? {
        settrace::leave_new_threads(py);
    }
    for &function in functions {
        let last = shown(function, |own| {
            own.open = own.open.saturating_sub(1);
            own.closed += 1;
            let last = own.open == 0 && own.closed < OFTEN;
            own.watched &= !last;
            last
        });
        if last && !(control::is_started() && is_listed(py, function)?) {
            watch(py, function, false)?;
        }
    }
    Ok(())
}

/// Has this thread's frames seen as well; its number.
///
/// # Errors
/// As [`take`].
pub fn join_window(py: Python<'_>, functions: &[FunctionId]) -> PyResult<ThreadId> {
    settrace::want(py);
    let thread = numbers::this_thread(py);
    numbers::hold(thread);
    join(py, functions, thread)?;
    Ok(thread)
}

/// That is over for a thread, which need not be this one.
///
/// # Errors
/// As [`take`].
pub fn part_window(py: Python<'_>, functions: &[FunctionId], thread: ThreadId) -> PyResult<()> {
    if thread == numbers::this_thread(py) {
        settrace::unwant(py);
    }
    numbers::let_go(thread);
    control::with(py, |engine| {
        for &function in functions {
            engine.part(function, thread);
        }
    })
}

/// Books what is open of visits until now.
///
/// # Errors
/// As [`take`].
pub fn settle(py: Python<'_>) -> PyResult<()> {
    let thread = numbers::this_thread(py);
    control::with(py, |engine| {
        heap::read(engine, thread);
        if !engine.is_idle() {
            engine.settle();
        }
    })
}

/// Takes the figures of a function: of each thread that has joined a window on it, and without a
/// thread those of the others.
///
/// # Errors
/// None but for a call from within the engine's own callbacks.
pub fn take(
    py: Python<'_>,
    function: FunctionId,
    f: impl FnMut(Option<ThreadId>, Taken),
) -> PyResult<()> {
    control::with(py, |engine: &mut Engine| engine.take_each(function, f))
}

/// Lets functions go that only windows knew, if many have come since the last look. Nothing has them
/// any more but us: a program may make a function for each batch of its work.
///
/// # Errors
/// As [`take`].
pub fn release_unused(py: Python<'_>) -> PyResult<()> {
    let known = control::with(py, |engine| engine.foreign_count())?;
    if known < LOOK_AT.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut unused: Vec<_> = control::with(py, |engine| engine.foreign().collect())?;
    unused.retain(|&function| shown(function, |own| own.open == 0));
    let dropped = registry::release_unused(py, &mut unused)?;
    for &function in &unused {
        shown(function, |own| *own = Shown::default());
    }
    let left = known - unused.len();
    LOOK_AT.store(2 * left + SEVERAL, Ordering::Relaxed);
    // Last: dropping may run Python code, and that may come back here.
    drop(dropped);
    Ok(())
}

/// Sets the events of functions in open windows, after those of listed functions were taken away.
pub(super) fn watch_again(py: Python<'_>) -> PyResult<()> {
    let listed: Vec<_> = control::with(py, |engine| engine.all().collect())?;
    for function in listed {
        let open = shown(function, |own| {
            own.watched = own.open > 0;
            own.watched
        });
        if open {
            watch(py, function, true)?;
        }
    }
    Ok(())
}

/// Takes all events away that were kept. No window is open.
pub(super) fn cool(py: Python<'_>) -> PyResult<()> {
    let mut kept = Vec::new();
    for (number, own) in (0..).zip(functions().iter_mut()) {
        if std::mem::take(&mut own.watched) {
            kept.push(FunctionId(number));
        }
    }
    kept.into_iter().try_for_each(|function| watch(py, function, false))
}

/// Has functions count for a thread.
fn join(py: Python<'_>, functions: &[FunctionId], thread: ThreadId) -> PyResult<()> {
    control::with(py, |engine| {
        for &function in functions {
            engine.join(function, thread);
        }
    })
}

/// Whether one of them has nested code, which it may give to threads.
fn hands_out(py: Python<'_>, functions: &[FunctionId]) -> PyResult<bool> {
    Ok(control::hook() == Hook::Settrace
        && control::with(py, |engine| functions.iter().any(|&own| engine.hands_out(own)))?)
}

/// Counts a window for its functions, and sets their events.
fn show(py: Python<'_>, functions: &[FunctionId]) -> PyResult<()> {
    for &function in functions {
        let watched = shown(function, |own| {
            own.open += 1;
            std::mem::replace(&mut own.watched, true)
        });
        if !watched {
            watch(py, function, true)?;
        }
    }
    Ok(())
}

fn is_listed(py: Python<'_>, function: FunctionId) -> PyResult<bool> {
    control::with(py, |engine| !engine.is_foreign(function))
}

fn watch(py: Python<'_>, function: FunctionId, on: bool) -> PyResult<()> {
    if control::hook() == Hook::Settrace {
        return Ok(());
    }
    registry::each_code_of(py, function, |code| monitoring::watch(code, on))
}

fn shown<R>(function: FunctionId, f: impl FnOnce(&mut Shown) -> R) -> R {
    let mut functions = functions();
    let index = function.0 as usize;
    if functions.len() <= index {
        functions.resize(index + 1, Shown::default());
    }
    f(&mut functions[index])
}

fn functions() -> MutexGuard<'static, Vec<Shown>> {
    lock(&FUNCTIONS)
}
