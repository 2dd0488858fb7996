//! Calls by the hook that evaluates frames (PEP 523), Python 3.11.
//!
//! While there is such a hook, calls between Python functions take up C stack, which they do not
//! without it. So it watches how much is left and goes away for good before a deep recursion would
//! end in a crash that the program does not have by itself.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, PyInterpreterState, PyObject, PyThreadState};
use pyo3::prelude::*;

use super::counters;
use crate::heap::layout::{self, read};
use crate::heap::thread::Mute;

/// `_PyFrameEvalFunction`.
type Evaluate = unsafe extern "C" fn(*mut PyThreadState, *mut c_void, c_int) -> *mut PyObject;

unsafe extern "C" {
    // Not declared by `pyo3::ffi` with a type that can be called.
    fn _PyInterpreterState_GetEvalFrameFunc(interpreter: *mut PyInterpreterState) -> Evaluate;
    fn _PyInterpreterState_SetEvalFrameFunc(interpreter: *mut PyInterpreterState, f: Evaluate);
    fn _PyEval_EvalFrameDefault(
        state: *mut PyThreadState,
        frame: *mut c_void,
        throws: c_int,
    ) -> *mut PyObject;
}

/// Whether calls are counted.
static ON: AtomicBool = AtomicBool::new(false);
/// Whether the hook went away because a stack came to its end.
static CUT: AtomicBool = AtomicBool::new(false);

/// C stack that is left to the program, bytes: a quarter of it, but between these two.
const LEAST: usize = 256 << 10;
const MOST: usize = 2 << 20;

thread_local! {
    /// The address that the stack of this thread must stay above; all ones before it was looked up.
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Counts from now on.
///
/// # Errors
/// `RuntimeError` where another tool evaluates frames: which of us calls the other would depend on
/// what it does next.
pub(super) fn begin(py: Python<'_>) -> PyResult<()> {
    let now = current(py);
    if !is(now, evaluate) {
        if !is(now, _PyEval_EvalFrameDefault) {
            return Err(PyRuntimeError::new_err(
                "cannot count calls: another tool evaluates frames, such as torch.compile",
            ));
        }
        set(py, evaluate);
    }
    CUT.store(false, Relaxed);
    ON.store(true, Relaxed);
    Ok(())
}

/// Counts no more. Below another hook ours stays and passes everything on, because that one calls it.
pub(super) fn end(py: Python<'_>) {
    ON.store(false, Relaxed);
    if is(current(py), evaluate) {
        set(py, _PyEval_EvalFrameDefault);
    }
}

/// Whether calls come to us.
pub(super) fn is_watching(py: Python<'_>) -> bool {
    // Who came later calls on to us, or not: that cannot be seen.
    ON.load(Relaxed) && !is(current(py), _PyEval_EvalFrameDefault)
}

/// Whether counting ended early for a deep recursion.
pub(super) fn is_cut() -> bool {
    CUT.load(Relaxed)
}

fn current(_py: Python<'_>) -> Evaluate {
    // SAFETY: the lock is held, so there is an interpreter.
    unsafe { _PyInterpreterState_GetEvalFrameFunc(ffi::PyInterpreterState_Get()) }
}

fn set(_py: Python<'_>, function: Evaluate) {
    // SAFETY: as above; both functions that are set evaluate frames.
    unsafe { _PyInterpreterState_SetEvalFrameFunc(ffi::PyInterpreterState_Get(), function) };
}

fn is(one: Evaluate, other: Evaluate) -> bool {
    std::ptr::fn_addr_eq(one, other)
}

/// The hook itself. It ends in a jump, so that it takes up no stack.
unsafe extern "C" fn evaluate(
    state: *mut PyThreadState,
    frame: *mut c_void,
    throws: c_int,
) -> *mut PyObject {
    // SAFETY: the interpreter calls with the lock held and a frame that is about to run, of code that
    // it keeps alive; the layout was verified.
    unsafe {
        // What an exception is thrown into was begun before, or never is.
        if throws == 0 && ON.load(Relaxed) {
            let raw = frame.cast::<u8>().cast_const();
            let here = (&raw const raw).addr();
            if here < LIMIT.get() {
                look_at_stack(here);
            }
            if let Some(counter) = counters::of(read(raw, layout::CODE))
                && counter.is_begun_by(
                    read(raw, layout::INSTRUCTION),
                    read::<u8>(raw, layout::OWNER) == layout::BY_GENERATOR,
                )
            {
                counter.count();
            }
        }
        _PyEval_EvalFrameDefault(state, frame, throws)
    }
}

/// Below the limit of this thread, or before it was looked up. `here` is where its stack is now.
#[cold]
#[inline(never)]
fn look_at_stack(here: usize) {
    if LIMIT.get() == usize::MAX {
        let _mute = Mute::begin();
        LIMIT.set(limit().unwrap_or(0));
        if here >= LIMIT.get() {
            return;
        }
    }
    ON.store(false, Relaxed);
    CUT.store(true, Relaxed);
    // SAFETY: called by the hook, under the lock.
    end(unsafe { Python::assume_attached() });
}

/// The address that the stack of the calling thread must stay above; `None` when the system does not
/// say where it is.
fn limit() -> Option<usize> {
    let mut attributes = MaybeUninit::uninit();
    let (mut start, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are filled in by the first call if it succeeds, and destroyed after.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let status =
            libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut start, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        (status == 0).then_some(())?;
    }
    let left = (size / 4).clamp(LEAST, MOST).min(size / 4 * 3);
    Some(start.addr() + left)
}
