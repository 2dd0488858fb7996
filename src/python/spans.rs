//! The calls of decorated functions in a program that is recorded over time.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use pyo3::prelude::*;

use super::record::os_error;
use crate::error::Error;
use crate::lock::lock;
use crate::timeline::{Call, Spans};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Span>()?;
    module.add_function(wrap_pyfunction!(spans_join, module)?)?;
    module.add_function(wrap_pyfunction!(spans_forked, module)?)
}

static SPANS: Mutex<Option<(PathBuf, Spans)>> = Mutex::new(None);

thread_local! {
    /// How many calls run in this thread; in a task, while that runs.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Write calls to a recording that has begun.
#[pyfunction]
#[pyo3(signature = (path, /))]
fn spans_join(path: PathBuf) -> PyResult<()> {
    let spans = Spans::join(&path).map_err(|error| os_error(&error))?;
    *lock(&SPANS) = Some((path, spans));
    Ok(())
}

/// Begin anew in the child of a fork.
#[pyfunction]
fn spans_forked() {
    if let Some((_, spans)) = &mut *lock(&SPANS) {
        spans.forked();
    }
}

/// A call of a function that is recorded.
#[pyclass(module = "rsprofile._core")]
pub struct Span {
    name: String,
    level: u32,
    below: u32,
    call: Option<Call>,
}

#[pymethods]
impl Span {
    #[new]
    #[pyo3(signature = (name, /, *, running = true))]
    fn new(name: String, running: bool) -> Self {
        let below = DEPTH.get();
        let call = lock(&SPANS).as_mut().map(|(_, spans)| spans.begin());
        if running {
            DEPTH.set(below + 1);
        }
        Self { name, level: below, below, call }
    }

    /// Go on with it: a generator or coroutine is resumed.
    fn enable_by_count(&mut self) {
        self.below = DEPTH.replace(self.level + 1);
    }

    /// Leave it for a while.
    fn disable_by_count(&mut self) {
        DEPTH.set(self.below);
    }

    /// End it and write it.
    fn end(&mut self) {
        let Some(call) = self.call.take() else { return };
        DEPTH.set(self.below);
        if let Some((path, spans)) = &mut *lock(&SPANS)
            && let Err(source) = spans.end(call, &self.name, self.level)
        {
            // The program goes on, and nothing is raised into it.
            let error = Error::Write { path: path.clone(), source };
            let _ = writeln!(io::stderr(), "rsprofile: {error}: calls are not recorded");
        }
    }
}
