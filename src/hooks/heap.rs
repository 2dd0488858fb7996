//! The heap meter for lines: on with the first thing profiled, off with the last, and what the
//! interpreter allocates to call us.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::control;
use crate::engine::{Engine, ThreadId};
use crate::heap::thread::{self, Mute};
pub(super) use crate::heap::thread::{Here, here};
use crate::heap::{self, domains, holders, record};

/// Starts the meter, if it is not on. Other threads may run meanwhile.
pub(super) fn start(py: Python<'_>) -> PyResult<()> {
    holders::start_lines(py)
}

/// Stops it, if nobody else needs it. The engine keeps what is alive, which cannot be asked afterwards.
pub(super) fn stop(py: Python<'_>, engine: &mut Engine) {
    if engine.counts_heap() {
        engine.keep_live(&heap::live_by_record());
    }
    holders::stop_lines(py);
}

/// In the child of a fork: what is alive there is the parent's.
pub(super) fn forked() {
    if holders::is_for_lines_only() {
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

/// Gives the engine the reading of the calling thread.
pub(super) fn read(engine: &mut Engine, own: ThreadId) {
    if engine.counts_heap() {
        engine.arrive(own, thread::take());
    }
}

/// What a hook knows of the allocations of its thread. By its type, so that events where none are
/// recorded have nothing of it in their way.
pub(super) trait Allocations: Copy {
    /// Whether any are recorded, for the lines or for the program.
    const RECORDED: bool;

    /// Runs an event of the thread `own` with its allocations until now, if lines count them.
    fn around<R>(
        self,
        engine: &mut Engine,
        own: ThreadId,
        event: impl FnOnce(&mut Engine) -> R,
    ) -> R;

    /// [`Engine::line_on_top`] with what it needs.
    fn line_on_top(self, engine: &mut Engine, own: ThreadId, frame: usize, number: u32) -> bool;
}

/// None are recorded.
#[derive(Clone, Copy)]
pub(super) struct Unrecorded;

impl Allocations for Unrecorded {
    const RECORDED: bool = false;

    #[inline(always)]
    fn around<R>(
        self,
        engine: &mut Engine,
        _: ThreadId,
        event: impl FnOnce(&mut Engine) -> R,
    ) -> R {
        event(engine)
    }

    #[inline(always)]
    fn line_on_top(self, engine: &mut Engine, own: ThreadId, frame: usize, number: u32) -> bool {
        engine.line_on_top::<false>(own, frame, number)
    }
}

impl Allocations for Here<'_> {
    const RECORDED: bool = true;

    #[inline(always)]
    fn around<R>(
        self,
        engine: &mut Engine,
        own: ThreadId,
        event: impl FnOnce(&mut Engine) -> R,
    ) -> R {
        if !engine.counts_heap() {
            return event(engine);
        }
        engine.arrive(own, self.take());
        let result = event(engine);
        self.set_record(engine.line_record(own));
        result
    }

    #[inline(always)]
    fn line_on_top(self, engine: &mut Engine, own: ThreadId, frame: usize, number: u32) -> bool {
        if !engine.counts_heap() {
            return engine.line_on_top::<false>(own, frame, number);
        }
        engine.is_on_top(own, frame)
            && self.around(engine, own, |engine| engine.line_on_top::<true>(own, frame, number))
    }
}

/// Whether allocations are recorded, for the lines or for the program.
#[inline]
pub(super) fn is_on() -> bool {
    record::is_active()
}

/// Until it is dropped, what is allocated in here stays out of the figures.
#[inline]
pub fn mute() -> Option<Mute> {
    record::is_active().then(Mute::begin)
}

/// Takes out of the figures what the interpreter made to call us with: a line number or an offset.
///
/// # Safety
/// `value` is a live object, the interpreter lock is held.
#[inline]
pub(super) unsafe fn disown_number(value: *mut PyObject) {
    // SAFETY: the caller's promise is ours. What is no number is the program's. Small ones are shared,
    // and nothing is known of their addresses.
    if unsafe { ffi::PyLong_CheckExact(value) } != 0 {
        record::disown(value.addr());
    }
}

/// Takes out of the figures what the interpreter made to call a trace function: the frame object, and
/// what it is called with.
///
/// # Safety
/// Both are live objects, the second may be null; the interpreter lock is held.
pub(super) unsafe fn disown_trace(frame: *mut ffi::PyFrameObject, argument: *mut PyObject) {
    /// Bytes before an object that the collector knows.
    const HEAD: usize = 2 * size_of::<usize>();
    if !argument.is_null() {
        record::disown(argument.addr() - HEAD);
    }
    // The one made last comes first.
    record::disown(frame.addr() - HEAD);
    #[cfg(not(Py_3_12))]
    // SAFETY: the caller's promise. Code that runs keeps its table of lines; the reference is given
    // back, the frame has its own.
    unsafe {
        /// `PyCodeObject._co_linearray`, made when code is first traced.
        const LINES: usize = 160;
        let code = ffi::PyFrame_GetCode(frame).cast::<PyObject>();
        let lines = code.byte_add(LINES).cast::<*const u8>().read();
        record::disown(lines.addr());
        ffi::Py_DECREF(code);
    }
}

/// From 3.12 on a number is made before the frame object is, and not given to trace functions: that of
/// the line, or an offset near that of the frame.
///
/// # Safety
/// The interpreter lock is held.
pub(super) unsafe fn disown_last_number(number: u32, is_line: bool) {
    /// Numbers up to this one are there already.
    const SMALL: i64 = 256;
    /// Bytes of the longest instruction with its caches.
    const LONGEST: u64 = 64;
    let Some(block) = record::last_block(size_of::<ffi::PyObject>()) else { return };
    let object = block as *mut PyObject;
    // SAFETY: this thread has made the block just now, nobody has freed it, and it is large enough for
    // the head of an object. Only the address of its type is looked at until that is known.
    unsafe {
        if !std::ptr::eq((*object).ob_type, &raw const ffi::PyLong_Type) {
            return;
        }
        let mut overflow = 0;
        let value = ffi::PyLong_AsLongAndOverflow(object, &raw mut overflow);
        let off = value.abs_diff(number.into());
        if overflow == 0 && value > SMALL && off < if is_line { 1 } else { LONGEST } {
            record::disown(block);
        }
    }
}
