//! Who needs the meter: the program that started it, its blocks of code, the lines that are profiled, the
//! report of the whole program. It is on as long as one of them does, so what the program stops is no more
//! than what it has started.
//!
//! Everything here is called under the interpreter lock.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::domains::{self, Options};
use super::{native, record};

static PROGRAM: AtomicBool = AtomicBool::new(false);
static LINES: AtomicBool = AtomicBool::new(false);
static REPORT: AtomicBool = AtomicBool::new(false);
static BLOCKS: AtomicUsize = AtomicUsize::new(0);
/// Goes up when the program stops the meter, its blocks' hold included.
static RUN: AtomicU64 = AtomicU64::new(0);

/// Starts it for the program; where it is on for others, it goes on with the frames and figures it
/// has.
///
/// # Errors
/// `RuntimeError` where it cannot work, or while the program has it on.
pub fn start(py: Python<'_>, options: Options) -> PyResult<()> {
    if is_started() {
        return Err(PyRuntimeError::new_err("the heap meter is on already: stop it first"));
    }
    turn_on(py, options)?;
    PROGRAM.store(true, Relaxed);
    Ok(())
}

/// Whether the program has started it and not stopped it since.
pub fn is_started() -> bool {
    PROGRAM.load(Relaxed)
}

/// Stops it for the program and all its blocks; what is ours keeps it on.
pub fn stop(py: Python<'_>) {
    PROGRAM.store(false, Relaxed);
    BLOCKS.store(0, Relaxed);
    RUN.fetch_add(1, Relaxed);
    rest(py);
}

/// Starts it for the lines that are profiled, if it is not on.
///
/// # Errors
/// `RuntimeError` where it cannot work.
pub fn start_lines(py: Python<'_>) -> PyResult<()> {
    turn_on(py, Options { stacks: 1, raw_frames: true })?;
    LINES.store(true, Relaxed);
    Ok(())
}

/// Stops it for the lines.
pub fn stop_lines(py: Python<'_>) {
    LINES.store(false, Relaxed);
    rest(py);
}

/// Starts it for the report of the whole program, to the end of the process.
///
/// # Errors
/// `RuntimeError` where it cannot work.
pub fn keep(py: Python<'_>, stacks: usize) -> PyResult<()> {
    turn_on(py, Options { stacks, raw_frames: true })?;
    REPORT.store(true, Relaxed);
    Ok(())
}

/// Whether nobody but the lines needs it.
pub fn is_for_lines_only() -> bool {
    let others = is_started() || REPORT.load(Relaxed) || BLOCKS.load(Relaxed) > 0;
    LINES.load(Relaxed) && !others
}

/// Starts it for a block of code, if it is not on; gives what [`release`] takes.
///
/// # Errors
/// `RuntimeError` where it cannot work.
pub fn hold(py: Python<'_>, stacks: usize) -> PyResult<u64> {
    turn_on(py, Options { stacks, raw_frames: true })?;
    BLOCKS.fetch_add(1, Relaxed);
    Ok(RUN.load(Relaxed))
}

/// The block is at its end.
pub fn release(py: Python<'_>, hold: u64) {
    if hold == RUN.load(Relaxed) {
        BLOCKS.fetch_sub(1, Relaxed);
        rest(py);
    }
}

fn turn_on(py: Python<'_>, options: Options) -> PyResult<()> {
    if !record::is_active() {
        domains::start(py, options)?;
        py.detach(|| native::start(&domains::addresses()));
    }
    Ok(())
}

fn rest(py: Python<'_>) {
    let ours = LINES.load(Relaxed) || REPORT.load(Relaxed);
    if !ours && !is_started() && BLOCKS.load(Relaxed) == 0 {
        native::stop();
        domains::stop(py);
    }
}
