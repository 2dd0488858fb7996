//! Where the calling thread is in Python code, by the public functions: for an interpreter whose
//! frames have another layout than expected. They need the interpreter lock and make frame objects,
//! so it takes a hundred times as long, and calls without the lock have no line.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCode;

use super::intern::{Frame, Place};
use super::record::Layer;
use super::sites;
use super::thread::{Guard, State};

/// The site of the calling thread; 0 when there is none.
#[cold]
#[inline(never)]
pub(super) fn site(layer: Layer, state: &State) -> u32 {
    let stack = if layer.is_locked() {
        // What is made for it is not the program's; what a collection on the way frees is.
        let before = state.guard.replace(Guard::Muted);
        // SAFETY: callers of these layers hold the lock.
        let stack = stack(unsafe { Python::assume_attached() }, sites::stacks());
        state.guard.set(before);
        stack
    } else {
        Vec::new()
    };
    let frames: Vec<Frame> = stack.iter().map(|(frame, _)| *frame).collect();
    sites::intern(state.record_in(layer), &frames, |frame| {
        let found = stack.iter().find(|(known, _)| known == frame);
        found.map_or_else(Place::default, |(_, place)| place.clone())
    })
}

/// The frames and their lines. All is read before a lock of ours is taken: what makes an object may
/// run other code, in other threads too.
fn stack(py: Python<'_>, longest: usize) -> Vec<(Frame, Place)> {
    let mut stack = Vec::new();
    // SAFETY: the lock is held; the functions give a borrowed frame, a new code and a new frame. An
    // exception that is on its way is kept out of theirs.
    unsafe {
        let exception = PyErr::take(py);
        let mut frame = Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast());
        while let Some(current) = frame.take()
            && stack.len() < longest
        {
            let raw = current.as_ptr().cast();
            let code = Bound::from_owned_ptr(py, ffi::PyFrame_GetCode(raw).cast());
            let last = ffi::PyFrame_GetLasti(raw);
            // Not an address, but as much a number of its own: code is longer than its instructions.
            let instruction = code.as_ptr().addr() + usize::try_from(last).unwrap_or(0);
            let place = place(&code.cast_into_unchecked(), last);
            let code = ffi::PyFrame_GetCode(raw);
            ffi::Py_DECREF(code.cast());
            stack.push((Frame { code: code.addr(), instruction }, place));
            frame = Bound::from_owned_ptr_or_opt(py, ffi::PyFrame_GetBack(raw).cast());
        }
        if let Some(exception) = exception {
            exception.restore(py);
        }
    }
    stack
}

fn place(code: &Bound<'_, PyCode>, last: i32) -> Place {
    let name = |name| -> PyResult<Vec<u8>> {
        code.getattr(name)?.call_method1("encode", ("utf-8", "surrogatepass"))?.extract()
    };
    let first = code.getattr("co_firstlineno").and_then(|first| first.extract::<u32>());
    // SAFETY: the lock is held and the code alive.
    let line = unsafe { ffi::PyCode_Addr2Line(code.as_ptr().cast(), last) };
    Place {
        file: name("co_filename").unwrap_or_default(),
        function: name("co_qualname").unwrap_or_default(),
        first: first.unwrap_or(0),
        line: u32::try_from(line).unwrap_or(0),
    }
}
