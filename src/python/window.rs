//! A profiler object's view of the engine: what some functions do while a window is open, written
//! into dictionaries of the caller's.

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict};

use super::{session, sources};
use crate::engine::{FunctionId, Taken};
use crate::hooks;
use crate::lock::lock;
use crate::profile::Kind;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Window>()?;
    module.add_function(wrap_pyfunction!(lines_of, module)?)?;
    module.add_function(wrap_pyfunction!(flush_windows, module)?)
}

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// The windows that are open.
static OPEN: Mutex<Vec<Py<Window>>> = Mutex::new(Vec::new());

fn open() -> MutexGuard<'static, Vec<Py<Window>>> {
    lock(&OPEN)
}

/// Some functions, profiled between `open` and `close`.
#[pyclass(frozen, module = "rsprofile._core")]
pub struct Window {
    parts: Vec<Part>,
}

/// A function, and where its figures go.
struct Part {
    function: FunctionId,
    figures: Py<PyDict>,
}

#[pymethods]
impl Window {
    /// A window on the code objects that are keys of a dictionary of dictionaries.
    #[new]
    #[pyo3(signature = (codes, /))]
    fn new(codes: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut parts: Vec<Part> = Vec::with_capacity(codes.len());
        for (code, figures) in codes.iter() {
            let (Ok(code), Ok(figures)) =
                (code.cast_into::<PyCode>(), figures.cast_into::<PyDict>())
            else {
                continue;
            };
            let shares = || parts.iter().any(|part| part.figures.is(&figures));
            let function = match hooks::function_of(&code)? {
                Some((function, top)) if top || shares() => function,
                _ => known(&code)?,
            };
            if parts.iter().all(|part| part.function != function) {
                parts.push(Part { function, figures: figures.unbind() });
            }
        }
        Ok(Self { parts })
    }

    /// The numbers of its functions.
    #[getter]
    fn functions(&self) -> Vec<u32> {
        self.parts.iter().map(|part| part.function.0).collect()
    }

    /// Profile its functions from now on.
    fn open(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        for part in &own.parts {
            // What is there belongs to other windows, or to nobody.
            deliver(py, part.function)?;
        }
        hooks::open_window(py, &own.ids())?;
        open().push(slf.clone().unbind());
        Ok(())
    }

    /// Have this thread's frames seen too.
    #[allow(clippy::unused_self, reason = "a method for Python")]
    fn join(&self, py: Python<'_>) {
        hooks::join_window(py);
    }

    /// That is over.
    #[allow(clippy::unused_self, reason = "a method for Python")]
    fn part(&self, py: Python<'_>) {
        hooks::part_window(py);
    }

    /// Until now. What was measured is added to the dictionaries.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        if !open().iter().any(|window| window.is(slf)) {
            return Ok(());
        }
        let closed = hooks::close_window(py, &own.ids());
        for part in &own.parts {
            deliver(py, part.function)?;
        }
        open().retain(|window| !window.is(slf));
        closed
    }
}

impl Window {
    fn ids(&self) -> Vec<FunctionId> {
        self.parts.iter().map(|part| part.function).collect()
    }
}

/// Write what open windows have measured so far into their dictionaries.
#[pyfunction]
fn flush_windows(py: Python<'_>) -> PyResult<()> {
    let windows: Vec<_> = open().iter().map(|window| window.clone_ref(py)).collect();
    let parts = windows.iter().flat_map(|window| &window.get().parts);
    parts.into_iter().try_for_each(|part| deliver(py, part.function))
}

/// First and last line of a function by its code, and whether there is source text.
#[pyfunction]
#[pyo3(signature = (code, /))]
fn lines_of(code: &Bound<'_, PyCode>) -> PyResult<(u32, u32, bool)> {
    let function = match hooks::function_of(code)? {
        Some((function, true)) => function,
        _ => known(code)?,
    };
    let has_source = sources::know(&code.getattr("co_filename")?)?.is_some();
    let (first, last) = hooks::with_engine(code.py(), |engine| engine.range(function))?;
    Ok((first, last, has_source))
}

/// Registers code for windows only.
fn known(code: &Bound<'_, PyCode>) -> PyResult<FunctionId> {
    let function = session::register_as(code, Kind::Function)?;
    hooks::own(function, true);
    Ok(function)
}

/// Takes the figures of a function and adds them for every open window it is in.
fn deliver(py: Python<'_>, function: FunctionId) -> PyResult<()> {
    let taken = hooks::take(py, function)?;
    if taken.lines.is_empty() && taken.calls == 0 {
        return Ok(());
    }
    let figures: Vec<_> = open()
        .iter()
        .flat_map(|window| &window.get().parts)
        .filter(|part| part.function == function)
        .map(|part| part.figures.clone_ref(py))
        .collect();
    figures.iter().try_for_each(|figures| add(figures.bind(py), &taken))
}

/// Adds figures to `{line: (increment, memory, occurrences)}`, memory in MiB.
fn add(figures: &Bound<'_, PyDict>, taken: &Taken) -> PyResult<()> {
    if taken.calls > 0 {
        // The line of the `def` stands for the calls: memory at entry, the first one's as increment.
        let old = old(figures, taken.first_line)?;
        let (increment, usage, calls) = old.unwrap_or((taken.entry_first as f64 / MIB, 0.0, 0));
        let usage = usage.max(taken.entry_max as f64 / MIB);
        figures.set_item(taken.first_line, (increment, usage, calls + taken.calls))?;
    }
    for line in &taken.lines {
        let entry = line.number == taken.first_line;
        if entry && line.occurrences == 0 {
            continue;
        }
        let (increment, usage, occurrences) = old(figures, line.number)?.unwrap_or_default();
        let row = (
            increment + line.increment as f64 / MIB,
            usage.max(line.usage as f64 / MIB),
            occurrences + if entry { 0 } else { line.occurrences },
        );
        figures.set_item(line.number, row)?;
    }
    Ok(())
}

fn old(figures: &Bound<'_, PyDict>, line: u32) -> PyResult<Option<(f64, f64, u64)>> {
    figures.get_item(line)?.map(|row| row.extract()).transpose()
}
