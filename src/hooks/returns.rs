//! Who wants to be told that a function has returned.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

use crate::engine::FunctionId;
use crate::lock::lock;

static CALLBACKS: Mutex<Vec<Option<Py<PyAny>>>> = Mutex::new(Vec::new());
/// Whether there is any.
static TELLS: AtomicBool = AtomicBool::new(false);

/// Sets what is called after each outermost call of a function.
pub fn on_return(function: FunctionId, callback: Option<Py<PyAny>>) {
    let mut callbacks = lock(&CALLBACKS);
    let index = function.0 as usize;
    if callbacks.len() <= index {
        callbacks.resize_with(index + 1, || None);
    }
    let old = std::mem::replace(&mut callbacks[index], callback);
    TELLS.store(callbacks.iter().any(Option::is_some), Ordering::Relaxed);
    drop(callbacks);
    // Its destructor may run Python code, and that may come back here.
    drop(old);
}

/// Tells who wants to know that an outermost call of `function` has ended.
#[inline]
pub(super) fn returned(function: Option<FunctionId>) {
    if let Some(function) = function
        && TELLS.load(Ordering::Relaxed)
    {
        tell(function);
    }
}

#[cold]
fn tell(function: FunctionId) {
    Python::attach(|py| {
        let callback = lock(&CALLBACKS)
            .get(function.0 as usize)
            .and_then(|own| own.as_ref().map(|callback| callback.clone_ref(py)));
        if let Some(callback) = callback
            && let Err(error) = callback.call1(py, (function.0,))
        {
            error.write_unraisable(py, Some(callback.bind(py)));
        }
    });
}
