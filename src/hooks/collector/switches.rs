//! Who sets the collector: functions of ours in module `gc`, of the same name and signature, call those
//! that were there and note the line that called.
//!
//! Whoever has got the original by `from gc import disable` before is not noticed.

use std::collections::HashMap;
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};

use pyo3::ffi::{self, Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::is_on;
use crate::heap::code;
use crate::heap::thread::Mute;
use crate::lock::lock;
use crate::profile::Place;

/// A function of module `gc`, and ours in its place.
struct Switch {
    name: &'static CStr,
    ours: ffi::PyCFunctionFastWithKeywords,
}

const SWITCHES: [Switch; 6] = [
    Switch { name: c"disable", ours: call::<DISABLE> },
    Switch { name: c"enable", ours: call::<ENABLE> },
    Switch { name: c"freeze", ours: call::<2> },
    Switch { name: c"unfreeze", ours: call::<3> },
    Switch { name: c"set_threshold", ours: call::<4> },
    Switch { name: c"collect", ours: call::<5> },
];
const DISABLE: usize = 0;
const ENABLE: usize = 1;

/// Lines that are told apart.
const MOST: usize = 256;

/// Calls of one of the functions from one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The function: `disable`, `enable`, `freeze`, `unfreeze`, `set_threshold`, `collect`.
    pub function: &'static str,
    /// The line; `None` where no Python code called, and for all lines there were too many of.
    pub place: Option<Place>,
    /// How often.
    pub count: u64,
}

#[derive(Default)]
struct Notes {
    counts: HashMap<(usize, Option<Place>), u64>,
    /// The line that turned it off, unless it was turned on since.
    disabled_at: Option<Place>,
}

static NOTES: Mutex<Option<Notes>> = Mutex::new(None);
/// The originals, and ours: a reference to each, or null.
static ORIGINALS: [AtomicPtr<PyObject>; 6] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 6];
static OURS: [AtomicPtr<PyObject>; 6] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 6];
/// Whether names can be read off code.
static READS_CODE: AtomicBool = AtomicBool::new(false);

/// Forgets what was noted.
pub(super) fn clear() {
    *lock(&NOTES) = None;
}

/// Puts ours into the module.
///
/// # Errors
/// What making objects says.
pub(super) fn begin(gc: &Bound<'_, PyAny>) -> PyResult<()> {
    READS_CODE.store(code::is_known(gc.py())?, Relaxed);
    for (number, switch) in SWITCHES.iter().enumerate() {
        let name = name(switch);
        // What another tool has put there is its own.
        let Ok(found) = gc.getattr(name) else { continue };
        // SAFETY: the lock is held and the object alive.
        if unsafe { ffi::PyCFunction_CheckExact(found.as_ptr()) } == 0 {
            continue;
        }
        if OURS[number].load(Relaxed).is_null() {
            OURS[number].store(made(gc, switch, &found)?.into_ptr(), Relaxed);
            ORIGINALS[number].store(found.into_ptr(), Relaxed);
        }
        // SAFETY: a reference that is never given back.
        let ours = unsafe { Bound::from_borrowed_ptr(gc.py(), OURS[number].load(Relaxed)) };
        gc.setattr(name, ours)?;
    }
    Ok(())
}

/// Puts the originals back, where ours still are. Both stay for whoever has got one of ours.
pub(super) fn end(py: Python<'_>) {
    let Ok(gc) = py.import("gc") else { return };
    for (number, switch) in SWITCHES.iter().enumerate() {
        let [ours, original] = [&OURS, &ORIGINALS].map(|all| all[number].load(Relaxed));
        let name = name(switch);
        let is_ours = gc.getattr(name).is_ok_and(|now| std::ptr::eq(now.as_ptr(), ours));
        if is_ours && !original.is_null() {
            // SAFETY: a reference that is never given back.
            let original = unsafe { Bound::from_borrowed_ptr(py, original) };
            // A module takes any attribute.
            let _ = gc.setattr(name, original);
        }
    }
}

/// What was noted, in no order.
pub fn notes() -> Vec<Note> {
    let notes = lock(&NOTES);
    let all = notes.iter().flat_map(|notes| &notes.counts);
    all.map(|((number, place), &count)| Note {
        function: name(&SWITCHES[*number]),
        place: place.clone(),
        count,
    })
    .collect()
}

/// The line that turned the collector off, unless it was turned on since.
pub(super) fn disabled_at() -> Option<Place> {
    lock(&NOTES).as_ref()?.disabled_at.clone()
}

fn name(switch: &Switch) -> &'static str {
    switch.name.to_str().unwrap_or_default()
}

/// A builtin function with the text of the original, from which its signature is read too.
fn made<'py>(
    gc: &Bound<'py, PyAny>,
    switch: &Switch,
    original: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let module = PyString::new(gc.py(), "gc");
    // SAFETY: the original is exactly a builtin function, which keeps its definition, and its text with
    // it, for as long as the module. The new definition is never freed. A new reference, or null and
    // an exception.
    unsafe {
        let text = (*(*original.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml).ml_doc;
        let definition = Box::leak(Box::new(ffi::PyMethodDef {
            ml_name: switch.name.as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: switch.ours },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: text,
        }));
        let function = ffi::PyCFunction_NewEx(definition, gc.as_ptr(), module.as_ptr());
        Bound::from_owned_ptr_or_err(gc.py(), function)
    }
}

/// Ours: the original, with its result and its exceptions, and a note when it succeeds.
unsafe extern "C" fn call<const NUMBER: usize>(
    _module: *mut PyObject,
    args: *const *mut PyObject,
    count: Py_ssize_t,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the interpreter calls with the lock held and arguments that go on as they came; ours are
    // made after the originals are known, which are never given back.
    unsafe {
        let original = ORIGINALS[NUMBER].load(Relaxed);
        let result = ffi::PyObject_Vectorcall(original, args, count.cast_unsigned(), names);
        if !result.is_null() && is_on() {
            let _mute = Mute::begin();
            // A note that is lost is better than a panic in the program.
            let _ = catch_unwind(AssertUnwindSafe(|| note(NUMBER, caller())));
        }
        result
    }
}

fn note(number: usize, place: Option<Place>) {
    let mut notes = lock(&NOTES);
    let notes = notes.get_or_insert_default();
    match number {
        DISABLE => notes.disabled_at.clone_from(&place),
        ENABLE => notes.disabled_at = None,
        _ => {}
    }
    let key = (number, place);
    if notes.counts.len() < MOST || notes.counts.contains_key(&key) {
        *notes.counts.entry(key).or_default() += 1;
    } else {
        *notes.counts.entry((number, None)).or_default() += 1;
    }
}

/// The line that called a builtin function.
///
/// # Safety
/// The lock is held.
unsafe fn caller() -> Option<Place> {
    // SAFETY: a borrowed frame, and a new reference to its code that is given back after the names are
    // read; of code that runs they are there, and of a known layout if that was found so.
    unsafe {
        let frame = ffi::PyEval_GetFrame();
        if frame.is_null() || !READS_CODE.load(Relaxed) {
            return None;
        }
        let raw = ffi::PyFrame_GetCode(frame).cast::<PyObject>();
        let names = code::names(raw.cast::<u8>().cast_const());
        ffi::Py_DECREF(raw);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(Place {
            file: text(&names.file),
            function: text(&names.function),
            first_line: names.first,
            line: u32::try_from(ffi::PyFrame_GetLineNumber(frame)).unwrap_or(0),
        })
    }
}
