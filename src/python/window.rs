//! A profiler object's view of the engine: what some functions do while a window is open, written
//! into dictionaries of the caller's.

use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyList, PyRange, PyTuple};

use super::{rows, session, sources};
use crate::engine::{FunctionId, ThreadId};
use crate::hooks;
use crate::lock::lock;
use crate::profile::Kind;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Window>()?;
    module.add_function(wrap_pyfunction!(lines_of, module)?)?;
    module.add_function(wrap_pyfunction!(add_code, module)?)?;
    module.add_function(wrap_pyfunction!(extend_windows, module)?)?;
    module.add_function(wrap_pyfunction!(flush_windows, module)?)
}

/// The windows that are open.
static OPEN: Mutex<Vec<Py<Window>>> = Mutex::new(Vec::new());

fn open() -> MutexGuard<'static, Vec<Py<Window>>> {
    lock(&OPEN)
}

/// The same, for what may run Python code, which may open and close some.
fn windows(py: Python<'_>) -> Vec<Py<Window>> {
    open().iter().map(|window| window.clone_ref(py)).collect()
}

/// Some functions, profiled between `open` and `close`.
#[pyclass(frozen, module = "rsprofile._core")]
pub struct Window {
    /// The dictionary it was made for.
    codes: Py<PyDict>,
    content: Mutex<Arc<Content>>,
    members: Mutex<Members>,
}

/// What it is on.
struct Content {
    parts: Vec<Part>,
    functions: Vec<FunctionId>,
    /// How many keys of the dictionary were looked at.
    keys: usize,
}

/// A function, and where its figures go.
struct Part {
    function: FunctionId,
    /// Keeps the function from being let go.
    code: Py<PyCode>,
    figures: Py<PyDict>,
}

/// Who it is open for; it is open as long as there is anyone.
#[derive(Default)]
struct Members {
    /// Threads that opened or joined it and have not parted, as often as they did.
    threads: Vec<ThreadId>,
    /// How often threads joined that ended before they parted.
    ended: usize,
}

#[pymethods]
impl Window {
    /// A window on the code objects that are keys of a dictionary of dictionaries.
    #[new]
    #[pyo3(signature = (codes, /))]
    fn new(codes: &Bound<'_, PyDict>) -> PyResult<Self> {
        let parts = gather(codes.iter(), Vec::with_capacity(codes.len()))?;
        let content = Mutex::new(Arc::new(Content::new(parts, codes.len())));
        Ok(Self { codes: codes.clone().unbind(), content, members: Mutex::default() })
    }

    /// Profile its functions from now on: what this thread runs of them.
    fn open(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        part_ended(py)?;
        own.deliver(py)?;
        let thread = hooks::open_window(py, &own.content().functions)?;
        own.members().threads.push(thread);
        open().push(slf.clone().unbind());
        Ok(())
    }

    /// Have what this thread runs seen too.
    fn join(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        if own.members().threads.is_empty() {
            return Self::open(slf);
        }
        if !own.has(Some(hooks::this_thread(py))) {
            // What this thread did so far belongs to others.
            own.deliver(py)?;
        }
        let thread = hooks::join_window(py, &own.content().functions)?;
        own.members().threads.push(thread);
        Ok(())
    }

    /// Have the code seen that has come into the dictionary since, in all threads that joined.
    #[pyo3(signature = (codes, /))]
    fn add(&self, codes: &Bound<'_, PyDict>) -> PyResult<()> {
        let (py, old) = (codes.py(), self.content());
        let keys = codes.len();
        if keys == old.keys {
            return Ok(());
        }
        let known = if keys < old.keys { 0 } else { old.keys };
        // A copy: registering code may run Python code, which may change the dictionary.
        let parts = gather(codes.copy()?.iter().skip(known), old.parts_again(py))?;
        let content = Arc::new(Content::new(parts, keys));
        let added = &content.functions[old.functions.len()..];
        let threads = self.members().threads.clone();
        if !threads.is_empty() && !added.is_empty() {
            hooks::settle(py)?;
            added.iter().try_for_each(|&function| deliver(py, function))?;
            hooks::extend_window(py, &old.functions, added, &threads)?;
        }
        *lock(&self.content) = content;
        Ok(())
    }

    /// That is over, for this thread or else for another.
    fn part(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        let this = hooks::this_thread(py);
        let thread = {
            let mut members = own.members();
            let threads = &members.threads;
            if let Some(at) = threads.iter().rposition(|&member| member == this) {
                threads[at]
            } else if members.ended > 0 {
                members.ended -= 1;
                return Ok(());
            } else if let Some(&last) = threads.last() {
                last
            } else {
                return Ok(());
            }
        };
        if own.members().threads.iter().filter(|&&member| member == thread).count() == 1 {
            own.deliver(py)?;
        }
        Self::leave(slf, thread)
    }

    /// Until now. What was measured is added to the dictionaries.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, own) = (slf.py(), slf.get());
        own.members().ended = 0;
        if own.members().threads.is_empty() {
            return Ok(());
        }
        let delivered = own.deliver(py);
        let members = std::mem::take(&mut own.members().threads);
        let content = own.content();
        for thread in members {
            hooks::part_window(py, &content.functions, thread)?;
        }
        Self::shut(slf)?;
        delivered
    }
}

impl Content {
    fn new(parts: Vec<Part>, keys: usize) -> Self {
        let functions = parts.iter().map(|part| part.function).collect();
        Self { parts, functions, keys }
    }

    fn parts_again(&self, py: Python<'_>) -> Vec<Part> {
        let again = |part: &Part| Part {
            function: part.function,
            code: part.code.clone_ref(py),
            figures: part.figures.clone_ref(py),
        };
        self.parts.iter().map(again).collect()
    }
}

impl Window {
    fn content(&self) -> Arc<Content> {
        lock(&self.content).clone()
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        lock(&self.members)
    }

    /// Writes what was measured of its functions so far into the dictionaries of all that are open.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        hooks::settle(py)?;
        self.flush(py)
    }

    /// The same, without what is open of visits.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.content().functions.iter().try_for_each(|&function| deliver(py, function))
    }

    fn has(&self, thread: Option<ThreadId>) -> bool {
        thread.is_none_or(|thread| self.members().threads.contains(&thread))
    }

    /// Takes one membership of a thread away; with the last one the window is open no more.
    fn leave(slf: &Bound<'_, Self>, thread: ThreadId) -> PyResult<()> {
        let own = slf.get();
        let is_last = {
            let mut members = own.members();
            let Some(at) = members.threads.iter().rposition(|&member| member == thread) else {
                return Ok(());
            };
            members.threads.swap_remove(at);
            members.threads.is_empty()
        };
        hooks::part_window(slf.py(), &own.content().functions, thread)?;
        if is_last { Self::shut(slf) } else { Ok(()) }
    }

    /// Is open no more: nobody is in it.
    fn shut(slf: &Bound<'_, Self>) -> PyResult<()> {
        open().retain(|window| !window.is(slf));
        hooks::close_window(slf.py(), &slf.get().content().functions)
    }
}

/// Parts threads from their windows that have ended without doing so: otherwise every window after
/// them would have to look at theirs.
fn part_ended(py: Python<'_>) -> PyResult<()> {
    let ended = hooks::ended_threads();
    if ended.is_empty() {
        return Ok(());
    }
    for window in windows(py) {
        let (slf, own) = (window.bind(py), window.get());
        let mut threads = own.members().threads.clone();
        threads.retain(|thread| ended.contains(thread));
        if !threads.is_empty() {
            own.deliver(py)?;
            own.members().ended += threads.len();
        }
        threads.into_iter().try_for_each(|thread| Window::leave(slf, thread))?;
    }
    Ok(())
}

/// The functions of code objects and where their figures go, behind those that are known.
fn gather<'py>(
    codes: impl Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    mut parts: Vec<Part>,
) -> PyResult<Vec<Part>> {
    for (code, figures) in codes {
        let (Ok(code), Ok(figures)) = (code.cast_into::<PyCode>(), figures.cast_into::<PyDict>())
        else {
            continue;
        };
        let shares = || parts.iter().any(|part| part.figures.is(&figures));
        let function = match hooks::function_of(&code)? {
            Some((function, top)) if top || shares() => function,
            _ => known(&code)?,
        };
        if parts.iter().all(|part| part.function != function) {
            parts.push(Part { function, code: code.unbind(), figures: figures.unbind() });
        }
    }
    Ok(parts)
}

/// Have windows on a dictionary see the code that has come into it.
#[pyfunction]
#[pyo3(signature = (codes, /))]
fn extend_windows(codes: &Bound<'_, PyDict>) -> PyResult<()> {
    let windows = windows(codes.py());
    let mut theirs = windows.iter().map(Py::get).filter(|window| window.codes.is(codes));
    theirs.try_for_each(|window| window.add(codes))
}

/// Write what open windows have measured so far into their dictionaries.
#[pyfunction]
pub fn flush_windows(py: Python<'_>) -> PyResult<()> {
    windows(py).iter().try_for_each(|window| window.get().flush(py))
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
        let mut figures = Vec::new();
        for window in open().iter().map(Py::get).filter(|window| window.has(thread)) {
            let content = lock(&window.content);
            let parts = content.parts.iter().filter(|part| part.function == function);
            figures.extend(parts.map(|part| part.figures.clone_ref(py)));
        }
        figures.iter().try_for_each(|figures| rows::add(figures.bind(py), &taken))?;
    }
    Ok(())
}
