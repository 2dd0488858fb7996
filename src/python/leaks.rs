//! Looks at what keeps memory alive, for Python.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;

use super::document::Profile;
use super::growth;
use super::objects::raised;
use crate::heap::holders;
use crate::hooks::{calls, collector};
use crate::leaks::{self, Question};
use crate::lock::lock;
use crate::profile;
use crate::report;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Baseline>()?;
    module.add_function(wrap_pyfunction!(leaks_start, module)?)?;
    module.add_function(wrap_pyfunction!(leaks_stop, module)?)?;
    module.add_function(wrap_pyfunction!(leaks_is_on, module)?)?;
    module.add_function(wrap_pyfunction!(leaks_look, module)?)?;
    module.add_function(wrap_pyfunction!(leaks_baseline, module)?)?;
    module.add_function(wrap_pyfunction!(leaks_why, module)?)
}

/// What keeps the heap meter on for us, while it is.
static HOLD: Mutex<Option<u64>> = Mutex::new(None);

/// The objects alive at one moment, to tell later ones from.
#[pyclass(module = "rsprofile._core", frozen)]
#[derive(Debug)]
struct Baseline(leaks::Baseline);

/// Record from now on what tells how memory grows: allocations, calls, collections; nothing to do while
/// that is on.
#[pyfunction]
#[pyo3(signature = (*, stacks = 1))]
fn leaks_start(py: Python<'_>, stacks: usize) -> PyResult<()> {
    if leaks_is_on() {
        return Ok(());
    }
    let hold = holders::hold(py, stacks)?;
    *lock(&HOLD) = Some(hold);
    let started = calls::start(py)
        .and_then(|()| collector::start(py))
        .and_then(|()| growth::watch_growth(py));
    if started.is_err() {
        leaks_stop(py)?;
    }
    started
}

/// Record no more.
#[pyfunction]
fn leaks_stop(py: Python<'_>) -> PyResult<()> {
    growth::leave_growth();
    collector::stop(py);
    let stopped = calls::stop(py);
    let hold = lock(&HOLD).take();
    if let Some(hold) = hold {
        holders::release(py, hold);
    }
    stopped
}

/// Whether it is recorded.
#[pyfunction]
fn leaks_is_on() -> bool {
    lock(&HOLD).is_some()
}

/// Look at what keeps memory alive now: a profile with nothing else in it. With a baseline, of what was
/// made since, by so many repetitions. `threshold` is the least bytes of a suspect.
#[pyfunction]
#[pyo3(signature = (own, /, *, mark = None, since = None, runs = 0, threshold = None))]
fn leaks_look(
    py: Python<'_>,
    own: String,
    mark: Option<String>,
    since: Option<&Bound<'_, Baseline>>,
    runs: u64,
    threshold: Option<u64>,
) -> PyResult<Profile> {
    let question = question(py, own, mark, threshold)?;
    let look = match since {
        None => leaks::look(py, &question),
        Some(since) => leaks::look_since(py, &question, &since.get().0, runs),
    };
    let leaks = look.map_err(raised)?;
    Ok(Profile::from(profile::Profile { leaks: vec![leaks], ..profile::Profile::default() }))
}

/// Note which objects are alive now.
#[pyfunction]
#[pyo3(signature = (own, /))]
fn leaks_baseline(py: Python<'_>, own: String) -> PyResult<Baseline> {
    let question = question(py, own, None, None)?;
    let taken = leaks::Baseline::take(py, &question);
    taken.map(Baseline).map_err(raised)
}

/// Say what keeps an object alive: the shortest ways to it from what has a name.
#[pyfunction]
#[pyo3(signature = (own, object, /))]
fn leaks_why(py: Python<'_>, own: String, object: &Bound<'_, PyAny>) -> PyResult<String> {
    let question = question(py, own, None, None)?;
    let why = leaks::why(py, &question, object.as_ptr().addr());
    Ok(report::why(why.map_err(raised)?.as_ref()))
}

/// What a look is told: all that takes Python code to find out.
fn question(
    py: Python<'_>,
    own: String,
    mark: Option<String>,
    least: Option<u64>,
) -> PyResult<Question> {
    let taken = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
    Ok(Question {
        own,
        main: main(py)?,
        libraries: libraries(py)?,
        folder: folder(),
        collector: collector::record(py)?,
        taken,
        mark,
        least,
    })
}

/// What the program's own module is called by its file: `app` of `app.py`.
fn main(py: Python<'_>) -> PyResult<String> {
    let modules = py.import("sys")?.getattr("modules")?;
    let Ok(main) = modules.get_item("__main__") else { return Ok("__main__".to_owned()) };
    let file = main.getattr("__file__").and_then(|file| file.extract::<std::path::PathBuf>());
    let stem = file.ok().and_then(|file| Some(file.file_stem()?.to_string_lossy().into_owned()));
    Ok(stem.unwrap_or_else(|| "__main__".to_owned()))
}

/// The current folder, ending in a slash; empty where it is gone.
fn folder() -> String {
    let folder = std::env::current_dir();
    folder.map_or_else(|_| String::new(), |folder| format!("{}/", folder.display()))
}

/// The folder of the standard library.
fn libraries(py: Python<'_>) -> PyResult<Vec<String>> {
    let file: std::path::PathBuf = py.import("os")?.getattr("__file__")?.extract()?;
    Ok(file.parent().map(|folder| format!("{}/", folder.display())).into_iter().collect())
}
