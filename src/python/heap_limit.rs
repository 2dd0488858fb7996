//! Limits of the traced memory: an exception in the thread that passes one, or a call.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::size::bytes_of;
use crate::heap::limits::{MOST, Passed};
use crate::heap::thread::Mute;
use crate::heap::{self, holders, watcher};
use crate::lock::lock;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Limit>()?;
    module.add_function(wrap_pyfunction!(heap_limit_exceeded, module)?)
}

/// The limits that are open, in the order they were opened. Held for moments, in which no Python runs.
static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());
/// Limits opened so far.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// An open limit.
struct Open {
    /// Its number in the meter, and that of its hold on it.
    slot: usize,
    hold: u64,
    /// Tells it from all that were there before.
    serial: u64,
    bytes: i64,
    callback: Option<Py<PyAny>>,
    /// The thread that opened it.
    owner: usize,
    /// An exception for a thread.
    sent: Option<Sent>,
}

struct Sent {
    thread: usize,
    what: What,
    /// Whether it is on its way; else it waits for another one to arrive there.
    is_off: bool,
}

impl Open {
    fn is_on_its_way_to(&self, thread: usize) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.is_off && sent.thread == thread)
    }
}

/// What a limit says when it was passed.
#[derive(Debug, Clone, Default)]
struct What {
    filename: Option<String>,
    lineno: Option<u32>,
    function: Option<String>,
    total: i64,
    limit: i64,
}

impl What {
    /// Of where it was passed.
    fn of(passed: &Passed, limit: i64) -> Self {
        let place = heap::names(|names| {
            let line = names.line_at(*names.site(passed.site)?.stack.first()?);
            let text = |number| String::from_utf8_lossy(&names.text(number)).into_owned();
            Some((text(line.file), line.line, text(line.function)))
        });
        let what = Self { total: passed.total, limit, ..Self::default() };
        match place {
            Some((file, line, function)) => {
                Self { filename: Some(file), lineno: Some(line), function: Some(function), ..what }
            }
            None => what,
        }
    }

    /// The exception that says so.
    fn into_exception(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let _mute = Mute::begin();
        let exception = bare(exceeded(py)?)?;
        self.fill(&exception)?;
        Ok(exception)
    }

    fn into_error(self, py: Python<'_>) -> PyErr {
        self.into_exception(py).map_or_else(|error| error, PyErr::from_value)
    }

    fn fill(self, exception: &Bound<'_, PyAny>) -> PyResult<()> {
        exception.setattr("total", self.total)?;
        exception.setattr("limit", self.limit)?;
        exception.setattr("filename", self.filename)?;
        exception.setattr("lineno", self.lineno)?;
        exception.setattr("function", self.function)
    }
}

/// `rsprofile.heap.LimitExceeded`.
fn exceeded(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "rsprofile.heap._limit", "LimitExceeded")
}

/// Make the exception of a class; without arguments, as the interpreter does it in a thread, it says what
/// is on its way there.
#[pyfunction]
#[pyo3(signature = (kind, /, *arguments))]
fn heap_limit_exceeded<'py>(
    kind: &Bound<'py, PyType>,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let _mute = Mute::begin();
    let exception = bare(kind)?;
    if arguments.is_empty()
        && let Some(what) = arrived()
    {
        what.fill(&exception)?;
    }
    Ok(exception)
}

/// The exception of a class that says nothing yet.
fn bare<'py>(kind: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    kind.py().get_type::<PyMemoryError>().getattr("__new__")?.call1((kind,))
}

/// Watches the traced memory from the start of a `with` block to its end, and starts the meter if it is
/// not on.
///
/// Args:
///     size: Bytes, or a text like `200 MiB` or `1.5 GB`.
///     callback: Called with a `LimitExceeded` in place of raising it.
///
/// Raises:
///     `LimitExceeded`: In the thread that passes the limit, between two of its instructions. In C code it
///         waits for that to return; at the end of the block it is raised there.
///     `ValueError`: The size has no meaning.
///     `RuntimeError`: The meter cannot work here, with the reason.
#[pyclass(frozen, module = "rsprofile.heap")]
struct Limit {
    bytes: i64,
    callback: Option<Py<PyAny>>,
    /// That of its entry while it is open, or 0.
    serial: AtomicU64,
}

#[pymethods]
impl Limit {
    #[new]
    #[pyo3(signature = (size, /, callback = None))]
    fn new(size: &Bound<'_, PyAny>, callback: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        if let Some(callback) = callback.as_ref().filter(|callback| !callback.is_callable()) {
            let kind = callback.get_type().name()?;
            return Err(PyTypeError::new_err(format!("the callback cannot be called: a {kind}")));
        }
        let callback = callback.map(Bound::unbind);
        Ok(Self { bytes: bytes_of(size)?, callback, serial: AtomicU64::new(0) })
    }

    /// Begin, as a `with` block does.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        if self.serial.load(Relaxed) != 0 {
            return Err(PyRuntimeError::new_err("this limit is open already: make another one"));
        }
        prepare(py)?;
        let hold = holders::hold(py, 1)?;
        let Some((slot, above)) = heap::open_limit(self.bytes) else {
            holders::release(py, hold);
            return Err(PyRuntimeError::new_err(format!(
                "too many limits at once: there can be {MOST}"
            )));
        };
        let already = above.map(|total| What { total, limit: self.bytes, ..What::default() });
        if self.callback.is_none()
            && let Some(what) = already
        {
            heap::close_limit(slot);
            holders::release(py, hold);
            return Err(what.into_error(py));
        }
        let serial = SERIAL.fetch_add(1, Relaxed) + 1;
        self.serial.store(serial, Relaxed);
        lock(&OPEN).push(Open {
            slot,
            hold,
            serial,
            bytes: self.bytes,
            callback: self.callback.as_ref().map(|callback| callback.clone_ref(py)),
            owner: watcher::this_thread(),
            sent: None,
        });
        if let (Some(what), Some(callback)) = (already, &self.callback) {
            call(callback.bind(py), what);
        }
        Ok(())
    }

    /// End, as a `with` block does: raises, or calls back, if the limit was passed and nobody was told
    /// yet.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        self.end(py, false)
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().start(slf.py())?;
        Ok(slf)
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        _error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.end(py, !kind.is_none())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.callback)
    }
}

impl Limit {
    /// Closes it. No instruction of Python runs from here to the end of the block, so what was on its
    /// way to this thread and is taken back here cannot arrive any more.
    fn end(&self, py: Python<'_>, is_raising: bool) -> PyResult<()> {
        let serial = self.serial.swap(0, Relaxed);
        let Some(open) = taken(|open| open.iter().position(|one| one.serial == serial)) else {
            return Ok(());
        };
        let passed = heap::close_limit(open.slot).map(|passed| What::of(&passed, open.bytes));
        if let Some(sent) = open.sent.as_ref().filter(|sent| sent.is_off) {
            watcher::interrupt(py, sent.thread, None);
            watcher::wake();
        }
        holders::release(py, open.hold);
        match (open.sent.map(|sent| sent.what).or(passed), open.callback) {
            (Some(what), Some(callback)) => call(callback.bind(py), what),
            (Some(what), None) if !is_raising => return Err(what.into_error(py)),
            _ => {}
        }
        Ok(())
    }
}

/// Has the thread that looks after limits run, and be gone while the program forks.
fn prepare(py: Python<'_>) -> PyResult<()> {
    static AT_FORK: AtomicBool = AtomicBool::new(false);
    let _mute = Mute::begin();
    // There may be no memory left then to load it.
    exceeded(py)?;
    if !AT_FORK.swap(true, Relaxed) {
        let hooks = PyDict::new(py);
        hooks.set_item("before", wrap_pyfunction!(before_fork, py)?)?;
        hooks.set_item("after_in_parent", wrap_pyfunction!(after_fork_in_parent, py)?)?;
        hooks.set_item("after_in_child", wrap_pyfunction!(after_fork_in_child, py)?)?;
        py.import("os")?.call_method("register_at_fork", (), Some(&hooks))?;
    }
    watch()
}

fn watch() -> PyResult<()> {
    watcher::start(deliver).map_err(|error| {
        PyRuntimeError::new_err(format!("a limit needs a thread of its own: {error}"))
    })
}

#[pyfunction]
fn before_fork(py: Python<'_>) {
    watcher::stop(py);
}

#[pyfunction]
fn after_fork_in_parent() -> PyResult<()> {
    if lock(&OPEN).is_empty() { Ok(()) } else { watch() }
}

#[pyfunction]
fn after_fork_in_child() -> PyResult<()> {
    watcher::forked();
    after_fork_in_parent()
}

/// Does what is to be done about the limits that were passed, the innermost first. Runs in a thread of
/// its own.
fn deliver(py: Python<'_>) {
    let passed: Vec<_> = {
        let open = lock(&OPEN);
        let passed = |one: &Open| Some((one.serial, one.bytes, heap::passed(one.slot)?));
        open.iter().rev().filter_map(passed).collect()
    };
    for (serial, bytes, passed) in passed {
        let what = What::of(&passed, bytes);
        let callback = {
            let open = lock(&OPEN);
            // What was called before may have closed it.
            let Some(one) = open.iter().find(|one| one.serial == serial) else { continue };
            one.callback.as_ref().map(|callback| callback.clone_ref(py))
        };
        match callback {
            Some(callback) => call(callback.bind(py), what),
            None => send(py, serial, passed.thread, what),
        }
    }
    send_waiting(py);
}

/// Sends what has waited for another one to arrive. That has had the time to be caught by then: what
/// comes while it is would be caught in its place.
fn send_waiting(py: Python<'_>) {
    const ARRIVAL: Duration = Duration::from_millis(10);
    let waiting: Vec<_> = {
        let open = lock(&OPEN);
        let is_busy = |thread| open.iter().any(|one| one.is_on_its_way_to(thread));
        let sent = open.iter().rev().filter_map(|one| Some((one.serial, one.sent.as_ref()?)));
        let waiting = sent.filter(|(_, sent)| !sent.is_off && !is_busy(sent.thread));
        waiting.map(|(serial, sent)| (serial, sent.thread, sent.what.clone())).collect()
    };
    if !waiting.is_empty() {
        py.detach(|| std::thread::sleep(ARRIVAL));
    }
    for (serial, thread, what) in waiting {
        send(py, serial, thread, what);
    }
}

/// Has an exception raised in the thread; of one that Python does not know, in that of the limit.
fn send(py: Python<'_>, serial: u64, thread: usize, what: What) {
    let Ok(kind) = exceeded(py) else { return };
    let Some(owner) = note(py, serial, thread, what.clone()) else { return };
    if !watcher::interrupt(py, thread, Some(kind)) && note(py, serial, owner, what).is_some() {
        watcher::interrupt(py, owner, Some(kind));
    }
}

/// Takes down that it is on its way to a thread, and takes it back from the one it was on its way to;
/// gives the limit's own thread, if it is still open and nothing else is on its way there.
fn note(py: Python<'_>, serial: u64, thread: usize, what: What) -> Option<usize> {
    let mut open = lock(&OPEN);
    let is_other = |one: &Open| one.serial != serial && one.is_on_its_way_to(thread);
    let is_busy = open.iter().any(is_other);
    let one = open.iter_mut().find(|one| one.serial == serial)?;
    let sent = one.sent.replace(Sent { thread, what, is_off: !is_busy });
    if let Some(before) = sent.filter(|sent| sent.is_off && sent.thread != thread) {
        watcher::interrupt(py, before.thread, None);
    }
    (!is_busy).then_some(one.owner)
}

/// What has arrived at the calling thread: the interpreter is making the exception.
fn arrived() -> Option<What> {
    let thread = watcher::this_thread();
    let sent = lock(&OPEN).iter_mut().rev().find(|one| one.is_on_its_way_to(thread))?.sent.take();
    // Another one may have waited for this one.
    watcher::wake();
    sent.map(|sent| sent.what)
}

/// Calls back. What is raised there has no way to the program.
fn call(callback: &Bound<'_, PyAny>, what: What) {
    let py = callback.py();
    let event = what.into_exception(py);
    watcher::heard(|| {
        if let Err(error) = event.and_then(|event| callback.call1((event,))) {
            error.write_unraisable(py, Some(callback));
        }
    });
}

/// Takes an entry out.
fn taken(find: impl FnOnce(&[Open]) -> Option<usize>) -> Option<Open> {
    let mut open = lock(&OPEN);
    find(&open).map(|index| open.remove(index))
}
