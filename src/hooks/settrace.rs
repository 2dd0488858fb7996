//! The trace slot of a thread (`PyEval_SetTrace`): the hook of Python 3.11, and elsewhere of a
//! process whose monitoring ids are all taken.
//!
//! The slot is one for each thread. What was in it keeps being called (coverage.py, a debugger, a
//! `sys.settrace` function), and gets it back when we leave. What the program sets through `sys` while
//! profiling runs is called behind us too (`sys_trace`); C code that takes the slot itself replaces us.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use pyo3::ffi::{self, Py_tracefunc, PyFrameObject, PyObject};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyFrame;

use super::heap::Allocations;
use super::slot::{Before, occupant};
use super::{Hook, control, heap, registry, returns, state, sys_trace};
use crate::engine::{Entry, Exit};
use crate::lock::lock;

/// How this thread's slot stands.
struct Slot {
    /// Profiled calls that asked for the hook and have not ended.
    wanted: Cell<u32>,
    /// Whether it stays on for good.
    kept: Cell<bool>,
    /// Whether it stays on as long as anything is profiled.
    stays: Cell<bool>,
    /// Who had the slot before us.
    before: RefCell<Option<Before>>,
}

/// Whether any thread's slot was anybody's before: saves a look at thread-local memory at each event.
static CHAINED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static SLOT: Slot = const {
        Slot {
            wanted: Cell::new(0),
            kept: Cell::new(false),
            stays: Cell::new(false),
            before: RefCell::new(None),
        }
    };
}

/// The object in the slot. Given to `sys.settrace` or `threading.settrace` it puts the hook in.
#[pyclass(frozen, module = "rsprofile._core")]
pub(super) struct TraceFunction;

#[pymethods]
impl TraceFunction {
    /// Called as a Python trace function, on the first event after `sys.settrace(self)`.
    #[allow(clippy::unused_self, reason = "a method for Python")]
    fn __call__(&self, frame: &Bound<'_, PyFrame>, event: &str, _argument: &Bound<'_, PyAny>) {
        let py = frame.py();
        if !control::is_active() {
            return;
        }
        SLOT.with(|slot| {
            let stays = if KEPT.load(Ordering::Relaxed) { &slot.kept } else { &slot.stays };
            stays.set(true);
        });
        install(py);
        if event == "call" {
            // SAFETY: the lock is held and the frame alive. This is the event that brought us here.
            state::guarded!(|heap| unsafe {
                record(heap, frame.as_ptr().cast(), ffi::PyTrace_CALL, std::ptr::null_mut());
            });
        }
    }
}

static OBJECT: PyOnceLock<Py<TraceFunction>> = PyOnceLock::new();
/// Whether new threads keep the hook for good.
static KEPT: AtomicBool = AtomicBool::new(false);
/// Windows that want the hook in new threads.
static WINDOWS: AtomicU32 = AtomicU32::new(0);
/// The trace function that `threading.settrace` had for new threads.
static FOR_NEW_THREADS: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Keeps the hook on in this thread for good.
///
/// # Errors
/// `MemoryError`.
pub fn trace_thread(py: Python<'_>) -> PyResult<()> {
    if control::hook() == Hook::Settrace {
        object(py)?;
        sys_trace::patch(py)?;
        SLOT.with(|slot| slot.kept.set(true));
        install(py);
    }
    Ok(())
}

/// Keeps the hook on in every thread that `threading` starts from now on.
///
/// # Errors
/// What importing `threading` says.
pub fn trace_new_threads(py: Python<'_>) -> PyResult<()> {
    if control::hook() != Hook::Settrace {
        return Ok(());
    }
    KEPT.store(true, Ordering::Relaxed);
    enter_new_threads(py)
}

/// Has the hook on in the threads that `threading` starts until [`leave_new_threads`], for as long as
/// anything is profiled.
pub(super) fn want_new_threads(py: Python<'_>) -> PyResult<()> {
    if control::hook() != Hook::Settrace || WINDOWS.fetch_add(1, Ordering::Relaxed) > 0 {
        return Ok(());
    }
    enter_new_threads(py)
}

/// That is over.
pub(super) fn leave_new_threads(py: Python<'_>) {
    if control::hook() == Hook::Settrace
        && WINDOWS.fetch_sub(1, Ordering::Relaxed) == 1
        && !KEPT.load(Ordering::Relaxed)
    {
        let before = for_new_threads(py);
        sys_trace::unpatch_threading(py, before);
        set_for_new_threads(None);
    }
}

fn enter_new_threads(py: Python<'_>) -> PyResult<()> {
    let before = sys_trace::patch_threading(py, object(py)?.bind(py))?;
    if let Some(before) = before {
        set_for_new_threads((!before.is_none()).then(|| before.unbind()));
    }
    Ok(())
}

/// Empties this thread's slot while profiling is off.
pub(super) fn pause(py: Python<'_>) {
    uninstall(py);
}

/// Fills it again.
pub(super) fn go_on(py: Python<'_>) {
    if SLOT.with(|slot| slot.kept.get() || slot.stays.get() || slot.wanted.get() > 0) {
        install(py);
    }
}

/// The hook is wanted for a call or block on this thread.
pub(super) fn want(py: Python<'_>) {
    if control::hook() != Hook::Settrace {
        return;
    }
    SLOT.with(|slot| {
        slot.wanted.set(slot.wanted.get() + 1);
        if !is_installed(py) {
            install(py);
        }
    });
}

/// Whether the hook stays on in this thread.
pub(super) fn is_kept() -> bool {
    SLOT.with(|slot| slot.kept.get())
}

/// That call or block is over.
pub(super) fn unwant(py: Python<'_>) {
    if control::hook() != Hook::Settrace {
        return;
    }
    SLOT.with(|slot| {
        slot.wanted.set(slot.wanted.get().saturating_sub(1));
        if slot.wanted.get() == 0 && !slot.kept.get() && !slot.stays.get() {
            uninstall(py);
        }
    });
}

/// The object whose trace function is called behind ours; `None` where the slot is not ours.
pub(super) fn behind_us(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    is_installed(py).then(|| {
        SLOT.with(|slot| {
            let before = slot.before.borrow();
            let object = before.as_ref().and_then(|before| before.object.as_ref());
            object.map_or_else(|| py.None(), |object| object.clone_ref(py)).into_bound(py)
        })
    })
}

/// Gives this thread's slot back for good. Other threads' hooks find the process silent and leave by
/// themselves.
pub(super) fn release(py: Python<'_>) {
    KEPT.store(false, Ordering::Relaxed);
    SLOT.with(|slot| slot.kept.set(false));
    uninstall(py);
    sys_trace::unpatch(py);
    sys_trace::unpatch_threading(py, for_new_threads(py));
    set_for_new_threads(None);
}

/// Sets the function that `threading` would have new threads start with.
pub(super) fn set_for_new_threads(function: Option<Py<PyAny>>) {
    let mut slot = lock(&FOR_NEW_THREADS);
    let old = std::mem::replace(&mut *slot, function);
    drop(slot);
    // Its destructor may run Python code, and that may come back here.
    drop(old);
}

/// The function that `threading` would have new threads start with.
pub(super) fn for_new_threads(py: Python<'_>) -> Option<Py<PyAny>> {
    let slot = lock(&FOR_NEW_THREADS);
    slot.as_ref().map(|function| function.clone_ref(py))
}

pub(super) fn object(py: Python<'_>) -> PyResult<&Py<TraceFunction>> {
    OBJECT.get_or_try_init(py, || Py::new(py, TraceFunction))
}

fn install(py: Python<'_>) {
    let Ok(object) = object(py) else { return };
    let found = occupant(py);
    if matches!(&found, Some(before) if is_ours(before.function)) {
        return;
    }
    let found = found.and_then(|found| instead_of_us(py, found, object));
    if found.is_some() {
        CHAINED.store(true, Ordering::Relaxed);
    }
    let old = SLOT.with(|slot| slot.before.replace(found));
    // SAFETY: the lock is held; the interpreter takes its own reference to the object.
    unsafe { ffi::PyEval_SetTrace(Some(trace), object.as_ptr()) };
    drop(old);
}

/// Who to call on for what was found in the slot. Where that is our own object, put there by
/// `threading`, it is the function that `threading` would have put there without us.
fn instead_of_us(py: Python<'_>, found: Before, object: &Py<TraceFunction>) -> Option<Before> {
    if found.object.as_ref().is_some_and(|own| own.is(object)) {
        return Some(Before { function: found.function, object: Some(for_new_threads(py)?) });
    }
    Some(found)
}

fn uninstall(py: Python<'_>) {
    if !is_installed(py) {
        return;
    }
    let before = SLOT.with(|slot| slot.before.take());
    let (function, object) = match &before {
        Some(before) => {
            (Some(before.function), before.object.as_ref().map_or(std::ptr::null_mut(), Py::as_ptr))
        }
        None => (None, std::ptr::null_mut()),
    };
    // SAFETY: the lock is held; the pair is the one that was in the slot, and `before` keeps its
    // object alive until the interpreter has taken its own reference.
    unsafe { ffi::PyEval_SetTrace(function, object) };
}

fn is_installed(py: Python<'_>) -> bool {
    occupant(py).is_some_and(|now| is_ours(now.function))
}

fn is_ours(function: Py_tracefunc) -> bool {
    std::ptr::fn_addr_eq(function, trace as Py_tracefunc)
}

/// The hook itself.
pub(super) unsafe extern "C" fn trace(
    _object: *mut PyObject,
    frame: *mut PyFrameObject,
    what: c_int,
    argument: *mut PyObject,
) -> c_int {
    // SAFETY: the interpreter calls with the lock held and a live frame.
    unsafe {
        state::guarded!(|heap| record(heap, frame, what, argument));
        if !state::is_on() && SLOT.try_with(|slot| slot.stays.take()).unwrap_or(false) {
            let chained = pass_on(frame, what, argument);
            uninstall(Python::assume_attached());
            return chained;
        }
        if CHAINED.load(Ordering::Relaxed) { pass_on(frame, what, argument) } else { 0 }
    }
}

/// Records an event of a frame, if it is profiled.
///
/// # Safety
/// The lock is held and `frame` alive.
#[inline(always)]
unsafe fn record<H: Allocations>(
    heap: H,
    frame: *mut PyFrameObject,
    what: c_int,
    argument: *mut PyObject,
) {
    let identity = frame as usize;
    // SAFETY: the frame is alive and only read, the lock held.
    unsafe {
        let number = || u32::try_from(ffi::PyFrame_GetLineNumber(frame)).unwrap_or(0);
        // Up to 3.11 nothing is made for a line of a frame that has been here before.
        if cfg!(Py_3_12) && H::RECORDED {
            disown(frame, what, argument);
        }
        if what == ffi::PyTrace_LINE && state::line_on_top(heap, identity, number()) {
            return;
        }
        if cfg!(not(Py_3_12)) && H::RECORDED {
            disown(frame, what, argument);
        }
        // A new reference, given back when the number is read.
        let code = ffi::PyFrame_GetCode(frame).cast::<PyObject>();
        let extra = registry::extra(code);
        ffi::Py_DECREF(code);
        let Some(own) = extra else { return };
        let offset = if own.suspends { ffi::PyFrame_GetLasti(frame) } else { 0 };
        match what {
            ffi::PyTrace_CALL => {
                let starts = !own.suspends || registry::is_start(own.code, offset);
                let entry = if starts { Entry::Call } else { Entry::Resume(number()) };
                state::enter(heap, identity, own.code, entry);
            }
            ffi::PyTrace_LINE => state::line(heap, identity, own.code, number()),
            ffi::PyTrace_RETURN => {
                let returns = !argument.is_null();
                let suspends = own.suspends && returns && registry::is_yield(own.code, offset);
                let how = if suspends { Exit::Suspend } else { Exit::End };
                returns::returned(state::exit(heap, identity, how));
            }
            _ => {}
        }
    }
}

/// Takes out of the heap figures what the interpreter made for this event.
///
/// # Safety
/// The lock is held and `frame` alive.
#[cold]
unsafe fn disown(frame: *mut PyFrameObject, what: c_int, argument: *mut PyObject) {
    // SAFETY: the caller's promise.
    unsafe {
        let raised = if what == ffi::PyTrace_EXCEPTION { argument } else { std::ptr::null_mut() };
        heap::disown_trace(frame, raised);
        if cfg!(Py_3_12) {
            let is_line = what == ffi::PyTrace_LINE;
            let number = if is_line {
                ffi::PyFrame_GetLineNumber(frame)
            } else {
                ffi::PyFrame_GetLasti(frame)
            };
            heap::disown_last_number(u32::try_from(number).unwrap_or(0), is_line);
        }
    }
}

/// Takes the slot back where who is called behind us has emptied it: a trace function that raises ends
/// tracing, and so does coverage.py when it is stopped.
fn stay(py: Python<'_>) {
    if !is_installed(py) {
        // Setting the slot raises an audit event, which must not find an exception.
        let raised = PyErr::take(py);
        go_on(py);
        if let Some(raised) = raised {
            raised.restore(py);
        }
    }
}

/// Calls who had the slot before us. What it raises is the program's own affair, as without us.
///
/// # Safety
/// The lock is held and `frame` alive.
unsafe fn pass_on(frame: *mut PyFrameObject, what: c_int, argument: *mut PyObject) -> c_int {
    let before = SLOT.try_with(|slot| {
        slot.before.try_borrow().ok().and_then(|before| {
            // SAFETY: the lock is held; the reference outlives the call, which may empty the slot.
            before.as_ref().map(|b| unsafe {
                let object = b.object.as_ref().map_or(std::ptr::null_mut(), Py::as_ptr);
                ffi::Py_XINCREF(object);
                (b.function, object)
            })
        })
    });
    let Ok(Some((function, object))) = before else { return 0 };
    // SAFETY: the pair was in the interpreter's slot, to be called just like this.
    unsafe {
        let status = function(object, frame, what, argument);
        ffi::Py_XDECREF(object);
        stay(Python::assume_attached());
        status
    }
}
