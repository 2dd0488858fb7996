//! `sys.settrace`, `threading.settrace` and their counterparts as the program knows them, while the
//! trace slot is ours.
//!
//! Without this a program that sets a trace function would end the profile, and one that asks for it
//! would see ours. With it the function is called behind our hook and is the one that is seen.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::settrace;

struct Originals {
    settrace: Py<PyAny>,
    gettrace: Py<PyAny>,
}

static ORIGINALS: PyOnceLock<Originals> = PyOnceLock::new();

/// Puts ours in the place of the two functions.
///
/// # Errors
/// What looking them up says.
pub(super) fn patch(py: Python<'_>) -> PyResult<()> {
    let sys = py.import("sys")?;
    ORIGINALS.get_or_try_init(py, || {
        Ok::<_, PyErr>(Originals {
            settrace: sys.getattr("settrace")?.unbind(),
            gettrace: sys.getattr("gettrace")?.unbind(),
        })
    })?;
    sys.setattr("settrace", wrap_pyfunction!(set, py)?)?;
    sys.setattr("gettrace", wrap_pyfunction!(get, py)?)
}

/// Puts the interpreter's own functions back.
pub(super) fn unpatch(py: Python<'_>) {
    if let Some(originals) = ORIGINALS.get(py)
        && let Ok(sys) = py.import("sys")
    {
        let _ = sys.setattr("settrace", &originals.settrace);
        let _ = sys.setattr("gettrace", &originals.gettrace);
    }
}

/// The interpreter's `sys.gettrace()`.
pub(super) fn interpreters_gettrace(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    match ORIGINALS.get(py) {
        Some(originals) => originals.gettrace.bind(py).call0(),
        None => py.import("sys")?.call_method0("gettrace"),
    }
}

/// Set the global debug tracing function.
///
/// It will be called on each function call. See the debugger chapter in the library manual.
#[pyfunction]
#[pyo3(name = "settrace", signature = (function, /))]
fn set(py: Python<'_>, function: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Some(originals) = ORIGINALS.get(py) {
        originals.settrace.call1(py, (function,))?;
        settrace::go_on(py);
    }
    Ok(())
}

/// Return the global debug tracing function set with `sys.settrace`.
#[pyfunction]
#[pyo3(name = "gettrace")]
fn get(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    match settrace::behind_us(py) {
        Some(object) => Ok(object),
        None => interpreters_gettrace(py),
    }
}

static THREADING: PyOnceLock<Originals> = PyOnceLock::new();

/// Has `threading` start new threads with `object`, and puts ours in the place of its two functions.
/// What it started them with before; `None` where that was `object`.
///
/// # Errors
/// What importing `threading` says.
pub(super) fn patch_threading<'py>(
    py: Python<'py>,
    object: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let threading = py.import("threading")?;
    let originals = THREADING.get_or_try_init(py, || {
        Ok::<_, PyErr>(Originals {
            settrace: threading.getattr("settrace")?.unbind(),
            gettrace: threading.getattr("gettrace")?.unbind(),
        })
    })?;
    let before = originals.gettrace.bind(py).call0()?;
    if before.is(object) {
        return Ok(None);
    }
    originals.settrace.call1(py, (object,))?;
    threading.setattr("settrace", wrap_pyfunction!(set_in_threads, py)?)?;
    threading.setattr("gettrace", wrap_pyfunction!(get_in_threads, py)?)?;
    Ok(Some(before))
}

/// Gives `threading` its own functions back, and new threads `function`.
pub(super) fn unpatch_threading(py: Python<'_>, function: Option<Py<PyAny>>) {
    if let Some(originals) = THREADING.get(py)
        && let Ok(threading) = py.import("threading")
    {
        let _ = originals.settrace.call1(py, (function,));
        let _ = threading.setattr("settrace", &originals.settrace);
        let _ = threading.setattr("gettrace", &originals.gettrace);
    }
}

/// Set a trace function for all threads started from the threading module.
///
/// It will be passed to `sys.settrace` for each thread, before its run method is called.
#[pyfunction]
#[pyo3(name = "settrace")]
fn set_in_threads(func: &Bound<'_, PyAny>) {
    settrace::set_for_new_threads((!func.is_none()).then(|| func.clone().unbind()));
}

/// Get the trace function as set by `threading.settrace`.
#[pyfunction]
#[pyo3(name = "gettrace")]
fn get_in_threads(py: Python<'_>) -> Option<Py<PyAny>> {
    settrace::for_new_threads(py)
}
