//! A profiler object's view of the engine: what some functions do while a window is open, written
//! into dictionaries of the caller's.

use std::sync::{Mutex, MutexGuard};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyList, PyRange, PyTuple};

use super::{session, sources};
use crate::engine::{FunctionId, Taken, ThreadId};
use crate::hooks;
use crate::lock::lock;
use crate::profile::Kind;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Window>()?;
    module.add_function(wrap_pyfunction!(lines_of, module)?)?;
    module.add_function(wrap_pyfunction!(add_code, module)?)?;
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
    functions: Vec<FunctionId>,
    /// Threads that opened or joined it and have not parted, as often as they did.
    members: Mutex<Vec<ThreadId>>,
}

/// A function, and where its figures go.
struct Part {
    function: FunctionId,
    /// Keeps the function from being let go.
    _code: Py<PyCode>,
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
                parts.push(Part { function, _code: code.unbind(), figures: figures.unbind() });
            }
        }
        let functions = parts.iter().map(|part| part.function).collect();
        Ok(Self { parts, functions, members: Mutex::default() })
    }

    /// Profile its functions from now on: what this thread runs of them.
    fn open(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        own.deliver(py)?;
        let thread = hooks::open_window(py, &own.functions)?;
        lock(&own.members).push(thread);
        open().push(slf.clone().unbind());
        Ok(())
    }

    /// Have what this thread runs seen too.
    fn join(&self, py: Python<'_>) -> PyResult<()> {
        let is_new = !lock(&self.members).contains(&hooks::this_thread(py));
        if is_new {
            // What this thread did so far belongs to others.
            self.deliver(py)?;
        }
        let thread = hooks::join_window(py, &self.functions)?;
        lock(&self.members).push(thread);
        Ok(())
    }

    /// That is over, for this thread or else for another.
    fn part(&self, py: Python<'_>) -> PyResult<()> {
        let this = hooks::this_thread(py);
        let parting = {
            let members = lock(&self.members);
            members.iter().rposition(|&member| member == this).or(members.len().checked_sub(1))
        };
        let Some(at) = parting else { return Ok(()) };
        let thread = lock(&self.members)[at];
        if lock(&self.members).iter().filter(|&&member| member == thread).count() == 1 {
            self.deliver(py)?;
        }
        lock(&self.members).swap_remove(at);
        hooks::part_window(py, &self.functions, thread)
    }

    /// Until now. What was measured is added to the dictionaries.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        if !open().iter().any(|window| window.is(slf)) {
            return Ok(());
        }
        let delivered = own.deliver(py);
        open().retain(|window| !window.is(slf));
        let members = std::mem::take(&mut *lock(&own.members));
        for thread in members {
            hooks::part_window(py, &own.functions, thread)?;
        }
        hooks::close_window(py, &own.functions)?;
        delivered
    }
}

impl Window {
    /// Writes what was measured of its functions so far into the dictionaries of all that are open.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        hooks::settle(py)?;
        self.parts.iter().try_for_each(|part| deliver(py, part.function))
    }

    fn has(&self, thread: Option<ThreadId>) -> bool {
        thread.is_none_or(|thread| lock(&self.members).contains(&thread))
    }
}

/// Write what open windows have measured so far into their dictionaries.
#[pyfunction]
pub fn flush_windows(py: Python<'_>) -> PyResult<()> {
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
    let has_source = sources::has_text(&code.getattr(intern!(code.py(), "co_filename"))?)?;
    let (first, last) = hooks::with_engine(code.py(), |engine| engine.range(function))?;
    Ok((first, last, has_source))
}

/// Make a code object a key of a dictionary of figures, and the code nested in it with the same
/// figures; note file, code and lines in a list. False where there is no source text.
///
/// A profiler may be made for each call: in Python this would take longer than the call does.
#[pyfunction]
#[pyo3(signature = (codes, toplevel, code, /))]
fn add_code(
    codes: &Bound<'_, PyDict>,
    toplevel: &Bound<'_, PyList>,
    code: &Bound<'_, PyCode>,
) -> PyResult<bool> {
    if codes.contains(code)? {
        return Ok(true);
    }
    let (first, last, has_source) = lines_of(code)?;
    if !has_source {
        return Ok(false);
    }
    let py = code.py();
    let lines = py.get_type::<PyRange>().call1((first, last + 1))?;
    toplevel.append((code.getattr(intern!(py, "co_filename"))?, code, lines))?;
    nest(codes, code, &PyDict::new(py))?;
    Ok(true)
}

/// Has a code object and what is nested in it share figures.
fn nest(
    codes: &Bound<'_, PyDict>,
    code: &Bound<'_, PyCode>,
    figures: &Bound<'_, PyDict>,
) -> PyResult<()> {
    codes.set_item(code, figures)?;
    let constants = code.getattr(intern!(code.py(), "co_consts"))?;
    for inner in constants.cast::<PyTuple>()?.iter_borrowed() {
        if let Ok(inner) = inner.cast::<PyCode>()
            && !codes.contains(inner)?
        {
            nest(codes, &inner, figures)?;
        }
    }
    Ok(())
}

/// Registers code for windows only.
fn known(code: &Bound<'_, PyCode>) -> PyResult<FunctionId> {
    hooks::release_unused(code.py())?;
    session::register_as(code, Kind::Function, true)
}

/// Takes the figures of a function and adds them for the open windows of the threads they are of.
fn deliver(py: Python<'_>, function: FunctionId) -> PyResult<()> {
    let mut taken = Vec::new();
    hooks::take(py, function, |thread, figures| taken.push((thread, figures)))?;
    for (thread, taken) in taken {
        // Writing into a dictionary may run Python code, which may open and close windows.
        let figures: Vec<_> = open()
            .iter()
            .map(Py::get)
            .filter(|window| window.has(thread))
            .flat_map(|window| &window.parts)
            .filter(|part| part.function == function)
            .map(|part| part.figures.clone_ref(py))
            .collect();
        figures.iter().try_for_each(|figures| add(figures.bind(py), &taken))?;
    }
    Ok(())
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
    if figures.is_empty() {
        return Ok(None);
    }
    figures.get_item(line)?.map(|row| row.extract()).transpose()
}
