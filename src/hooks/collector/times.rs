//! How long collections take, by a function of ours in `gc.callbacks`.

use std::ffi::CStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::time::{Duration, Instant};

use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::is_on;
use crate::heap::record;
use crate::lock::lock;

/// What collections took, by generation, the youngest first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// How many there were.
    pub collections: [u64; 3],
    /// Seconds they took together.
    pub seconds: [f64; 3],
}

struct Seen {
    /// When the collection began that is under way. There is one at a time.
    began: Option<Instant>,
    collections: [u64; 3],
    spent: [Duration; 3],
}

static SEEN: Mutex<Seen> =
    Mutex::new(Seen { began: None, collections: [0; 3], spent: [Duration::ZERO; 3] });
/// What is ours and what it is in: a reference to each, or null.
static CALLBACK: AtomicPtr<PyObject> = AtomicPtr::new(std::ptr::null_mut());
static LIST: AtomicPtr<PyObject> = AtomicPtr::new(std::ptr::null_mut());
/// The key, as an object: a callback makes none.
static GENERATION: AtomicPtr<PyObject> = AtomicPtr::new(std::ptr::null_mut());

/// A function for the list, as the interpreter keeps it.
struct Method(ffi::PyMethodDef);

// SAFETY: nothing in it changes, and what it points at is static.
unsafe impl Sync for Method {}

static METHOD: Method = Method(ffi::PyMethodDef {
    ml_name: c"rsprofile".as_ptr(),
    ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: on_collection },
    ml_flags: ffi::METH_FASTCALL,
    ml_doc: c"Note how long a collection takes.".as_ptr(),
});

/// Forgets what was seen.
pub(super) fn clear() {
    let mut seen = lock(&SEEN);
    *seen = Seen { began: None, collections: [0; 3], spent: [Duration::ZERO; 3] };
}

/// What was seen.
pub(super) fn read() -> Times {
    let seen = lock(&SEEN);
    Times { collections: seen.collections, seconds: seen.spent.map(|spent| spent.as_secs_f64()) }
}

/// Puts the function into the list.
///
/// # Errors
/// What making objects says.
pub(super) fn begin(gc: &Bound<'_, PyAny>) -> PyResult<()> {
    let list = gc.getattr("callbacks")?.cast_into::<PyList>()?;
    let py = gc.py();
    if GENERATION.load(Relaxed).is_null() {
        let name = pyo3::types::PyString::intern(py, "generation");
        GENERATION.store(name.into_ptr(), Relaxed);
    }
    // SAFETY: the definition is static, the lock is held; a new reference, or null and an exception.
    let callback = unsafe {
        let method = (&raw const METHOD.0).cast_mut();
        let made = ffi::PyCFunction_NewEx(method, std::ptr::null_mut(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, made)?
    };
    list.append(&callback)?;
    CALLBACK.store(callback.into_ptr(), Relaxed);
    LIST.store(list.into_ptr(), Relaxed);
    Ok(())
}

/// Takes it out again, if it is still there.
pub(super) fn end(py: Python<'_>) {
    let take = |slot: &AtomicPtr<PyObject>| {
        let raw = slot.swap(std::ptr::null_mut(), Relaxed);
        // SAFETY: null, or the reference that was put there.
        unsafe { Bound::from_owned_ptr_or_opt(py, raw) }
    };
    let (Some(callback), Some(list)) = (take(&CALLBACK), take(&LIST)) else { return };
    // By identity: what else is in there may have an equality of its own.
    let Ok(list) = list.cast_into::<PyList>() else { return };
    if let Some(at) = list.iter().position(|one| one.is(&callback)) {
        // The place was found just now: it is there.
        let _ = list.del_item(at);
    }
}

/// A collection starts or stops. Nothing in here makes an object.
unsafe extern "C" fn on_collection(
    _module: *mut PyObject,
    args: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: the interpreter calls with the lock held and so many arguments, which live until the
    // call is over; a program could call it as well, so their types are looked at. A reference to
    // `None` goes back.
    unsafe {
        if count == 2 && is_on() {
            let (phase, info) = (*args, *args.add(1));
            if ffi::PyUnicode_Check(phase) != 0 && ffi::PyDict_CheckExact(info) != 0 {
                note(phase, info);
                if record::is_active() && is_alone() {
                    disown(phase, info);
                }
            }
        }
        ffi::Py_NewRef(ffi::Py_None())
    }
}

/// # Safety
/// The lock is held; a live string and a live dict.
unsafe fn note(phase: *mut PyObject, info: *mut PyObject) {
    // SAFETY: the caller's promise; a comparison with text of ASCII sets no exception.
    let is =
        |word: &CStr| unsafe { ffi::PyUnicode_CompareWithASCIIString(phase, word.as_ptr()) == 0 };
    let mut seen = lock(&SEEN);
    if is(c"start") {
        seen.began = Some(Instant::now());
    } else if is(c"stop")
        && let Some(began) = seen.began.take()
    {
        // SAFETY: as above. A string is looked for, so no code of the program is called; the value is
        // borrowed, and its type is checked before it is read.
        let generation = unsafe {
            let value = ffi::PyDict_GetItemWithError(info, GENERATION.load(Relaxed));
            let is_number = !value.is_null() && ffi::PyLong_CheckExact(value) != 0;
            let mut overflow = 0;
            if is_number { ffi::PyLong_AsLongAndOverflow(value, &raw mut overflow) } else { 2 }
        };
        let generation = usize::try_from(generation).unwrap_or(2).min(2);
        seen.collections[generation] += 1;
        seen.spent[generation] += began.elapsed();
    }
}

/// Whether the interpreter calls nobody but us.
unsafe fn is_alone() -> bool {
    let list = LIST.load(Relaxed);
    // SAFETY: null, or a list that we hold a reference to; the lock is held.
    !list.is_null() && unsafe { ffi::PyList_GET_SIZE(list) == 1 }
}

/// Takes out of the heap figures what the interpreter made to call us: texts and large numbers, the one
/// made last first. The dict comes from those it keeps for later use, and goes back there.
///
/// # Safety
/// As [`note`].
unsafe fn disown(phase: *mut PyObject, info: *mut PyObject) {
    /// Keys and values of three.
    const MOST: usize = 6;
    let mut made = [std::ptr::null_mut(); MOST];
    let mut count = 0;
    let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the dict does not change while it is gone through; what it holds is alive.
    unsafe {
        while count + 1 < MOST
            && ffi::PyDict_Next(info, &raw mut at, &raw mut key, &raw mut value) != 0
        {
            (made[count], made[count + 1]) = (key, value);
            count += 2;
        }
        // From 3.12 on the text of the phase is made for nobody as well.
        let phase = cfg!(not(Py_3_12)).then_some(phase);
        for &object in phase.iter().chain(made[..count].iter().rev()) {
            // One that others have as well is not made for this call.
            if ffi::Py_REFCNT(object) == 1 {
                record::disown(object.addr());
            }
        }
    }
}
