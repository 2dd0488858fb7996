//! On and off: which hook and meter are used, and how both are given back.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::{Mode, heap, monitoring, numbers, registry, set_mode, settrace, state, traced, window};
use crate::engine::Engine;
use crate::lock::lock;
use crate::meter::{Choice, Gate, Meter, Peak, Sampler};

/// How events reach us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Hook {
    /// `sys.monitoring` with local events (3.12 and later): code that is not profiled pays nothing.
    Monitoring = 0,
    /// The trace slot of each thread.
    Settrace = 1,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A name of [`Meter::NAMES`], `heap`, or both as `rss,heap`.
    pub meter: String,
    /// Whether to read the peak inside each line.
    pub peak: bool,
    /// The hook; `None` lets the interpreter's version decide.
    pub hook: Option<Hook>,
}

static SETTINGS: Mutex<Settings> =
    Mutex::new(Settings { meter: String::new(), peak: false, hook: None });
/// How often profiling was started and not stopped.
static STARTS: AtomicU32 = AtomicU32::new(0);
/// The hook that was asked for, as in the settings: looked at whenever a profiler comes or goes.
static ASKED: AtomicU8 = AtomicU8::new(AUTO);
const AUTO: u8 = u8::MAX;
/// Whether an engine was made: from then on the hook stands.
static MADE: AtomicBool = AtomicBool::new(false);
/// Whether a monitoring tool id could not be had.
static NO_TOOL_ID: AtomicBool = AtomicBool::new(false);

/// The settings as they stand.
pub fn settings() -> Settings {
    let mut settings = lock(&SETTINGS).clone();
    if settings.meter.is_empty() {
        "rss".clone_into(&mut settings.meter);
    }
    settings
}

/// Changes the settings that are given.
///
/// # Errors
/// `RuntimeError` while profiling is on, `ValueError` for what is not there, `OSError` for a meter
/// that cannot be read here.
pub fn configure(
    py: Python<'_>,
    meter: Option<&str>,
    peak: Option<bool>,
    hook: Option<&str>,
) -> PyResult<()> {
    let mut new = settings();
    if let Some(name) = meter {
        name.clone_into(&mut new.meter);
    }
    new.peak = peak.unwrap_or(new.peak);
    new.hook = match hook {
        None => new.hook,
        Some("auto") => None,
        Some("settrace") => Some(Hook::Settrace),
        Some("monitoring") if cfg!(Py_3_12) => Some(Hook::Monitoring),
        Some("monitoring") => {
            return Err(PyValueError::new_err("hook 'monitoring' needs Python 3.12: use settrace"));
        }
        Some(other) => {
            return Err(PyValueError::new_err(format!(
                "unknown hook '{other}': one of auto, monitoring, settrace"
            )));
        }
    };
    let asked = std::mem::take(&mut new.meter);
    let choice = choice(&asked).map_err(PyValueError::new_err)?;
    new.meter = choice.name();
    // The heap meter always has peaks.
    new.peak &= choice.level.is_some();
    if new.peak && !matches!(choice.level, Some("rss" | "fake")) {
        return Err(PyValueError::new_err(format!(
            "no peak with meter '{}': the kernel keeps a peak of the resident set only, use rss",
            new.meter
        )));
    }
    if is_active() {
        return Err(PyRuntimeError::new_err("cannot change settings while profiling: stop first"));
    }
    let made = MADE.load(Ordering::Relaxed);
    if made && resolved(new.hook) != resolved(settings().hook) {
        return Err(PyRuntimeError::new_err("cannot change the hook: code is registered"));
    }
    let (sampler, counts_heap) = (sampler(&new)?, choice.heap);
    ASKED.store(new.hook.map_or(AUTO, |hook| hook as u8), Ordering::Relaxed);
    *lock(&SETTINGS) = new;
    if !made {
        return Ok(());
    }
    with(py, |engine| {
        engine.sampler.succeed(sampler);
        engine.count_heap(counts_heap);
    })
}

/// Lends the engine, made after the settings at first use. `f` must not run Python code.
///
/// # Errors
/// What opening the meter says.
pub fn with<R>(py: Python<'_>, f: impl FnOnce(&mut Engine) -> R) -> PyResult<R> {
    state::with_engine(py, make, f)
}

fn make() -> PyResult<Engine> {
    let settings = settings();
    let sampler = sampler(&settings)?;
    MADE.store(true, Ordering::Relaxed);
    let mut engine = Engine::new(sampler);
    engine.count_heap(choice(&settings.meter).is_ok_and(|choice| choice.heap));
    Ok(engine)
}

/// The name of a choice of meters, each once and the heap last.
///
/// # Errors
/// `ValueError` for what is none.
pub fn check_meter(meters: &str) -> PyResult<String> {
    choice(meters).map(|choice| choice.name()).map_err(PyValueError::new_err)
}

fn choice(meters: &str) -> Result<Choice<'_>, String> {
    Choice::parse(meters, |name| Meter::NAMES.contains(&name) || name == traced::NAME)
}

fn sampler(settings: &Settings) -> PyResult<Sampler> {
    let level = choice(&settings.meter).map_err(PyValueError::new_err)?.level;
    let meter = match level {
        None => Meter::Nothing,
        Some(traced::NAME) => Meter::Other(traced::meter()?),
        Some(level) => Meter::open(level).map_err(os_error)?,
    };
    let peak = settings.peak.then(Peak::open).transpose().map_err(os_error)?;
    let off = std::env::var_os("RSPROFILE_GATE").is_some_and(|value| value == "0");
    let gate = match level {
        None => Gate::shut(),
        Some(traced::NAME | "fake") => Gate::off(),
        Some(_) if off => Gate::off(),
        Some(_) => Gate::calibrate(),
    };
    Ok(Sampler::new(meter, peak, gate))
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn os_error(error: std::io::Error) -> PyErr {
    // Not `error.into()`: that would look for an errno, and the message is ours.
    PyOSError::new_err(error.to_string())
}

/// The hook in use.
pub(super) fn hook() -> Hook {
    resolved(match ASKED.load(Ordering::Relaxed) {
        0 => Some(Hook::Monitoring),
        1 => Some(Hook::Settrace),
        _ => None,
    })
}

fn resolved(asked: Option<Hook>) -> Hook {
    let default = if cfg!(Py_3_12) && !NO_TOOL_ID.load(Ordering::Relaxed) {
        Hook::Monitoring
    } else {
        Hook::Settrace
    };
    asked.unwrap_or(default)
}

/// Its name.
pub fn hook_name() -> &'static str {
    match hook() {
        Hook::Monitoring => "monitoring",
        Hook::Settrace => "settrace",
    }
}

/// Whether anything was ever profiled: an engine was made.
pub fn is_made() -> bool {
    MADE.load(Ordering::Relaxed)
}

/// Whether anything is profiled now.
pub fn is_active() -> bool {
    is_started() || window::is_open()
}

/// Whether profiling is started for all registered code.
pub(super) fn is_started() -> bool {
    STARTS.load(Ordering::Relaxed) > 0
}

/// Starts profiling, or counts one more start.
///
/// # Errors
/// What taking a tool id or opening the meter says.
pub fn start(py: Python<'_>) -> PyResult<()> {
    if !is_started() {
        wake(py)?;
    }
    if !is_started() {
        watch_all(py, true)?;
        with(py, |engine| engine.set_started(true))?;
    }
    STARTS.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Lets the hooks act, if nothing does yet.
pub(super) fn wake(py: Python<'_>) -> PyResult<()> {
    if !is_active() {
        let counts_heap = with(py, |engine| engine.counts_heap())?;
        if counts_heap {
            heap::start(py)?;
            if is_active() {
                return Ok(());
            }
        }
        state::set_counts_heap(counts_heap);
        if hook() == Hook::Monitoring && !monitoring::open(py)? {
            // All six ids are taken by other tools; the trace slot is left.
            NO_TOOL_ID.store(true, Ordering::Relaxed);
        }
        set_mode(Mode::Record);
        settrace::go_on(py);
    }
    Ok(())
}

/// Lets them be silent, if nothing acts any more.
pub(super) fn rest(py: Python<'_>) -> PyResult<()> {
    if is_active() {
        return Ok(());
    }
    set_mode(Mode::Off);
    settrace::pause(py);
    let thread = numbers::this_thread(py);
    with(py, |engine| {
        heap::read(engine, thread);
        if !engine.is_idle() {
            engine.silence();
        }
        heap::stop(py, engine);
    })
}

/// Takes one start back; at the last one the hooks go silent.
///
/// # Errors
/// What CPython says to the removal of events.
pub fn stop(py: Python<'_>) -> PyResult<()> {
    match STARTS.load(Ordering::Relaxed) {
        0 => return Ok(()),
        1 => {}
        more => {
            STARTS.store(more - 1, Ordering::Relaxed);
            return Ok(());
        }
    }
    STARTS.store(0, Ordering::Relaxed);
    with(py, |engine| engine.set_started(false))?;
    rest(py)?;
    watch_all(py, false)?;
    window::watch_again(py)
}

/// Silences the hooks and gives back the tool id and this thread's trace slot.
///
/// # Errors
/// As [`stop`].
pub fn close(py: Python<'_>) -> PyResult<()> {
    if is_started() {
        STARTS.store(1, Ordering::Relaxed);
        stop(py)?;
    }
    if window::is_open() {
        // It closes by itself, and gives nothing back then: who comes last does.
        return Ok(());
    }
    window::cool(py)?;
    settrace::release(py);
    monitoring::close(py)
}

/// Switches between recording and only counting: the floor that benchmarks compare with.
pub fn start_counting(on: bool) {
    if is_active() {
        set_mode(if on { Mode::Count } else { Mode::Record });
    }
}

/// Sets or takes away the events of all functions but those that have them in windows only.
fn watch_all(py: Python<'_>, on: bool) -> PyResult<()> {
    if hook() == Hook::Settrace {
        return Ok(());
    }
    let functions: Vec<_> = with(py, |engine| engine.all().collect())?;
    functions.into_iter().try_for_each(|function| {
        registry::each_code_of(py, function, |code| monitoring::watch(code, on))
    })
}
