//! The heap meter for lines: on with the first thing profiled, off with the last, and what the
//! interpreter allocates to call us.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::control;
use crate::engine::Engine;
use crate::heap::domains::{self, Options};
use crate::heap::thread::Mute;
use crate::heap::{self, record};
use crate::meter::Heap;

/// Whether the meter was started for the lines, and not by the program before.
static OURS: AtomicBool = AtomicBool::new(false);

/// Starts the meter, unless the program has.
pub(super) fn start(py: Python<'_>) -> PyResult<()> {
    if !record::is_active() {
        domains::start(py, Options { stacks: 1, raw_frames: true })?;
        OURS.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// Stops it. The engine keeps what is alive, which cannot be asked afterwards.
pub(super) fn stop(py: Python<'_>, engine: &mut Engine) {
    if engine.counts_heap() {
        engine.keep_live(&heap::live_by_record());
    }
    if OURS.swap(false, Ordering::Relaxed) {
        domains::stop(py);
    }
}

/// In the child of a fork: what is alive there is the parent's.
pub(super) fn forked() {
    if OURS.load(Ordering::Relaxed) {
        heap::clear();
    }
}

/// Has the engine know what is alive, where allocations are counted.
///
/// # Errors
/// None but for a call from within the engine's own callbacks.
pub fn look(py: Python<'_>) -> PyResult<()> {
    control::with(py, |engine| {
        if engine.counts_heap() && record::is_active() {
            engine.set_live(&heap::live_by_record());
        }
    })
}

/// Why allocations cannot be counted here, if so: one line.
pub fn refusal(py: Python<'_>) -> Option<String> {
    domains::refuse(py).err().map(|error| error.value(py).to_string())
}

/// The source of the engine's readings.
pub(super) fn source(wanted: bool) -> Heap {
    if wanted { Heap::Thread } else { Heap::Off }
}

/// Until it is dropped, what is allocated in here stays out of the figures.
#[inline]
pub(super) fn mute() -> Option<Mute> {
    record::is_active().then(Mute::begin)
}

/// Takes out of the figures what the interpreter made to call us with: a line number, an offset.
///
/// # Safety
/// `value` is a live object, the interpreter lock is held.
#[inline]
pub(super) unsafe fn disown_number(value: *mut PyObject) {
    // SAFETY: the caller's promise is ours. What is no number is the program's.
    if record::is_active() && unsafe { ffi::PyLong_CheckExact(value) } != 0 {
        // Small ones are shared, and nothing is known of their addresses.
        record::disown(value.addr());
    }
}
