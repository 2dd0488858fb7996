//! Profiling some functions for a while: for profiler objects that come and go.
//!
//! Setting the events of a code object changes its bytecode, and costs more than a short call does.
//! A function whose windows come and go again and again keeps its events in between; they find the
//! hooks silent.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;

use super::{Hook, control, monitoring, registry, settrace};
use crate::engine::{Engine, FunctionId, Taken};
use crate::lock::lock;

/// Windows of a function after which its events stay on.
const OFTEN: u32 = 8;

/// Open windows.
static OPEN: AtomicU32 = AtomicU32::new(0);
static FUNCTIONS: Mutex<Vec<Shown>> = Mutex::new(Vec::new());

/// What windows mean to a function.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    /// Whether it is profiled in windows only.
    foreign: bool,
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

/// Whether a function is profiled in windows only.
pub fn is_foreign(function: FunctionId) -> bool {
    shown(function, |own| own.foreign)
}

/// Says that a function is profiled in windows only, or not only there.
pub fn own(function: FunctionId, foreign: bool) {
    shown(function, |own| own.foreign = foreign);
}

/// Profiles these functions until the window is closed.
///
/// # Errors
/// What taking a tool id, opening the meter or setting events says.
pub fn open_window(py: Python<'_>, functions: &[FunctionId]) -> PyResult<()> {
    control::wake(py)?;
    OPEN.fetch_add(1, Ordering::Relaxed);
    for &function in functions {
        let watched = shown(function, |own| {
            own.open += 1;
            std::mem::replace(&mut own.watched, true)
        });
        if !watched {
            watch(py, function, true)?;
        }
    }
    settrace::want(py);
    Ok(())
}

/// Closes it. What is open of a visit is booked until now.
///
/// # Errors
/// What setting events says.
pub fn close_window(py: Python<'_>, functions: &[FunctionId]) -> PyResult<()> {
    settrace::unwant(py);
    control::with(py, |engine| {
        if !engine.is_idle() {
            engine.settle();
        }
    })?;
    OPEN.fetch_sub(1, Ordering::Relaxed);
    control::rest(py)?;
    for &function in functions {
        let last = shown(function, |own| {
            own.open = own.open.saturating_sub(1);
            own.closed += 1;
            let last = own.open == 0 && own.closed < OFTEN;
            own.watched &= !last;
            last
        });
        if last && !control::is_started() {
            watch(py, function, false)?;
        }
    }
    Ok(())
}

/// Has this thread's frames seen as well while a window is open that another thread may have opened.
pub fn join_window(py: Python<'_>) {
    settrace::want(py);
}

/// That is over.
pub fn part_window(py: Python<'_>) {
    settrace::unwant(py);
}

/// Takes the figures of a function and leaves none.
///
/// # Errors
/// None but for a call from within the engine's own callbacks.
pub fn take(py: Python<'_>, function: FunctionId) -> PyResult<Taken> {
    control::with(py, |engine: &mut Engine| engine.take(function))
}

/// Sets the events of functions in open windows, after all were taken away.
pub(super) fn watch_again(py: Python<'_>) -> PyResult<()> {
    let mut open = Vec::new();
    for (number, own) in (0..).zip(functions().iter_mut()) {
        own.watched = own.open > 0;
        if own.watched {
            open.push(FunctionId(number));
        }
    }
    open.into_iter().try_for_each(|function| watch(py, function, true))
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

fn watch(py: Python<'_>, function: FunctionId, on: bool) -> PyResult<()> {
    if control::hook() == Hook::Settrace {
        return Ok(());
    }
    registry::each_code_of(py, function, |code| monitoring::watch(py, code, on))
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
