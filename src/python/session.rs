//! Registering code, switching profiling on and off, and taking the result.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pyo3::exceptions::{PyIndexError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyFrame};

use super::document::Profile;
use super::{sources, window};
use crate::engine::{FunctionId, Statement};
use crate::hooks;
use crate::lock::lock;
use crate::meter::{Meter, baseline};
use crate::profile::{self, Kind, Run};
use crate::source::Statements;

/// When profiling was first started, or this child was forked.
static STARTED: Mutex<Option<(Instant, SystemTime)>> = Mutex::new(None);

/// Registers the functions of this file.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(register, module)?)?;
    module.add_function(wrap_pyfunction!(arm, module)?)?;
    module.add_function(wrap_pyfunction!(trace_thread, module)?)?;
    module.add_function(wrap_pyfunction!(trace_new_threads, module)?)?;
    module.add_function(wrap_pyfunction!(start, module)?)?;
    module.add_function(wrap_pyfunction!(stop, module)?)?;
    module.add_function(wrap_pyfunction!(close, module)?)?;
    module.add_function(wrap_pyfunction!(is_active, module)?)?;
    module.add_function(wrap_pyfunction!(enter_block, module)?)?;
    module.add_function(wrap_pyfunction!(exit_block, module)?)?;
    module.add_function(wrap_pyfunction!(on_return, module)?)?;
    module.add_function(wrap_pyfunction!(reset, module)?)?;
    module.add_function(wrap_pyfunction!(configure, module)?)?;
    module.add_function(wrap_pyfunction!(settings, module)?)?;
    module.add_function(wrap_pyfunction!(check_meter, module)?)?;
    module.add_function(wrap_pyfunction!(heap_refusal, module)?)?;
    module.add_function(wrap_pyfunction!(snapshot, module)?)?;
    module.add_function(wrap_pyfunction!(after_fork_in_child, module)?)?;
    module.add_function(wrap_pyfunction!(add_source, module)?)?;
    module.add_function(wrap_pyfunction!(grow, module)?)?;
    module.add_function(wrap_pyfunction!(statements, module)?)?;
    module.add_function(wrap_pyfunction!(count_only, module)?)
}

/// Profile a code object and the code nested in it; its function's number.
#[pyfunction]
#[pyo3(signature = (code, /, kind = "function"))]
fn register(code: &Bound<'_, PyCode>, kind: &str) -> PyResult<u32> {
    let kind = match kind {
        "function" => Kind::Function,
        "module" => Kind::Module,
        "block" => Kind::Block,
        other => {
            return Err(PyValueError::new_err(format!(
                "unknown kind '{other}': one of function, module, block"
            )));
        }
    };
    Ok(register_as(code, kind, false)?.0)
}

/// Registers a code object with what its source text says; a `foreign` one only for windows.
pub fn register_as(code: &Bound<'_, PyCode>, kind: Kind, foreign: bool) -> PyResult<FunctionId> {
    let _mute = hooks::mute();
    let known = sources::know(&code.getattr("co_filename")?)?;
    let statements = known.as_ref().map(|known| &*known.statements);
    let block_end = |line| statements.map_or(line, |text| text.block_end(line));
    let function = hooks::register(code, kind, foreign, block_end, |line| {
        let span = statements?.at(line)?;
        Some(Statement { first: span.first, with_end: span.with_end })
    })?;
    if !foreign {
        // Windows show no text, and the numbers of their functions are given away again.
        sources::note(function, known.as_ref());
    }
    Ok(function)
}

/// Make calls of a Python function fill the trace slot while they last (3.11).
#[pyfunction]
#[pyo3(signature = (function, /))]
fn arm(function: &Bound<'_, PyAny>) -> PyResult<()> {
    hooks::arm(function)
}

/// Keep the trace hook on in this thread for good (3.11).
#[pyfunction]
fn trace_thread(py: Python<'_>) -> PyResult<()> {
    hooks::trace_thread(py)
}

/// Keep the trace hook on in all threads started from now on (3.11).
#[pyfunction]
fn trace_new_threads(py: Python<'_>) -> PyResult<()> {
    hooks::trace_new_threads(py)
}

/// Start profiling, or count one more start.
#[pyfunction]
fn start(py: Python<'_>) -> PyResult<()> {
    let _mute = hooks::mute();
    // What windows measured until now is not the session's.
    window::flush_windows(py)?;
    hooks::start(py)?;
    lock(&STARTED).get_or_insert_with(|| (Instant::now(), SystemTime::now()));
    Ok(())
}

/// Take one start back; at the last one the hooks go silent.
#[pyfunction]
fn stop(py: Python<'_>) -> PyResult<()> {
    let _mute = hooks::mute();
    window::flush_windows(py)?;
    hooks::stop(py)
}

/// Silence the hooks and give back what was taken from the interpreter.
#[pyfunction]
fn close(py: Python<'_>) -> PyResult<()> {
    let _mute = hooks::mute();
    hooks::close(py)
}

/// Whether profiling is started.
#[pyfunction]
fn is_active() -> bool {
    hooks::is_active()
}

/// Profile the lines of a running frame from the next one on; its function's number.
#[pyfunction]
#[pyo3(signature = (frame, /))]
fn enter_block(frame: &Bound<'_, PyFrame>) -> PyResult<u32> {
    let _mute = hooks::mute();
    let code = frame.getattr("f_code")?.cast_into::<PyCode>()?;
    let function = register_as(&code, Kind::Block, false)?;
    let line: u32 = frame.getattr("f_lineno")?.extract().unwrap_or(0);
    // A body on the header's own line has no line event to come.
    let known = sources::know(&code.getattr("co_filename")?)?;
    let one_line = known
        .and_then(|known| known.statements.at(line))
        .is_some_and(|span| span.with_end == 0 && span.last == line);
    hooks::enter_block(frame, &code, one_line.then_some(line))?;
    Ok(function.0)
}

/// End the innermost block of a frame.
#[pyfunction]
#[pyo3(signature = (frame, /))]
fn exit_block(frame: &Bound<'_, PyFrame>) -> PyResult<()> {
    let _mute = hooks::mute();
    let code = frame.getattr("f_code")?.cast_into::<PyCode>()?;
    hooks::exit_block(frame, &code)
}

/// Set what is called after each outermost call of a function.
#[pyfunction]
#[pyo3(signature = (function, callback, /))]
fn on_return(py: Python<'_>, function: u32, callback: Option<Py<PyAny>>) -> PyResult<()> {
    hooks::on_return(checked(py, function)?, callback);
    Ok(())
}

/// Forget the figures of a function, or of all.
#[pyfunction]
#[pyo3(signature = (function = None, /))]
fn reset(py: Python<'_>, function: Option<u32>) -> PyResult<()> {
    let function = function.map(|function| checked(py, function)).transpose()?;
    hooks::with_engine(py, |engine| engine.reset(function))
}

/// Change settings, while profiling is off.
#[pyfunction]
#[pyo3(signature = (*, meter = None, peak = None, hook = None))]
fn configure(
    py: Python<'_>,
    meter: Option<&str>,
    peak: Option<bool>,
    hook: Option<&str>,
) -> PyResult<()> {
    hooks::configure(py, meter, peak, hook)
}

/// The meters a user has named, each once and the heap last.
#[pyfunction]
#[pyo3(signature = (meter, /))]
fn check_meter(meter: &str) -> PyResult<String> {
    hooks::check_meter(meter)
}

/// Why the heap meter cannot work in this process; `None` where it can.
#[pyfunction]
fn heap_refusal(py: Python<'_>) -> Option<String> {
    hooks::refusal(py)
}

/// The settings as they stand.
#[pyfunction]
fn settings(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let settings = hooks::settings();
    let result = PyDict::new(py);
    result.set_item("meter", settings.meter)?;
    result.set_item("peak", settings.peak)?;
    result.set_item("hook", hooks::hook_name())?;
    result.set_item("started", hooks::is_active())?;
    Ok(result)
}

/// The figures of all functions, or of some, as they stand. Those of all hold what lines that are
/// still running hold by now.
#[pyfunction]
#[pyo3(signature = (functions = None, /))]
fn snapshot(py: Python<'_>, functions: Option<Vec<u32>>) -> PyResult<Profile> {
    let chosen = if let Some(functions) = functions {
        functions.into_iter().map(|function| checked(py, function)).collect::<PyResult<_>>()?
    } else {
        hooks::settle(py)?;
        hooks::with_engine(py, |engine| engine.all().collect::<Vec<_>>())?
    };
    window::flush_windows(py)?;
    hooks::look(py)?;
    let (mut functions, run) = hooks::with_engine(py, |engine| {
        for &function in &chosen {
            engine.gather(function);
        }
        let functions: Vec<_> = chosen.iter().map(|&f| engine.function(f)).collect();
        (functions, run(engine))
    })?;
    sources::attach(py, &chosen, &mut functions);
    profile::trim(&mut functions);
    let mut run = run;
    let version = py.version_info();
    run.python = format!("{}.{}.{}", version.major, version.minor, version.patch);
    Ok(Profile::from(profile::Profile { run, functions, ..profile::Profile::default() }))
}

/// Seconds since profiling was first started, or this child was forked; 0 before that.
pub fn elapsed() -> f64 {
    lock(&STARTED).map_or(0.0, |(instant, _)| instant.elapsed().as_secs_f64())
}

fn run(engine: &mut crate::engine::Engine) -> Run {
    let elapsed = elapsed();
    let started = *lock(&STARTED);
    let since_epoch = started.and_then(|(_, time)| time.duration_since(UNIX_EPOCH).ok());
    let totals = engine.totals();
    let clock = engine.sampler.gate.clock;
    let ticks_per_second = clock.ticks_per_ns(Duration::from_micros(200)) * 1e9;
    let tables = i64::try_from(engine.table_bytes()).unwrap_or(i64::MAX);
    let granularity = match engine.sampler.meter() {
        Meter::Rss(statm) => crate::meter::granularity(statm).unwrap_or(0),
        _ => 0,
    };
    Run {
        hook: hooks::hook_name().to_owned(),
        meter: hooks::settings().meter,
        peak: engine.sampler.reads_peak(),
        started: since_epoch.map_or(0.0, |time| time.as_secs_f64()),
        elapsed,
        gate_ns: engine.sampler.gate.threshold_ns,
        granularity,
        readings: totals.readings,
        events: totals.events,
        hook_seconds: totals.spent as f64 / ticks_per_second,
        own_bytes: baseline::import_cost() + tables,
        lost: totals.lost,
        processes: 1,
        ..Run::default()
    }
}

/// Descriptors anew and figures from zero, in the child of a fork.
#[pyfunction]
fn after_fork_in_child(py: Python<'_>) {
    hooks::forked(py);
    let mut started = lock(&STARTED);
    *started = started.map(|_| (Instant::now(), SystemTime::now()));
}

/// Give the text of a file that is not on disk.
#[pyfunction]
#[pyo3(signature = (filename, text, /))]
fn add_source(filename: String, text: String) {
    sources::add(filename, text);
}

/// Add bytes to the fake meter's level.
#[pyfunction]
#[pyo3(signature = (amount, /))]
fn grow(py: Python<'_>, amount: i64) -> PyResult<()> {
    hooks::with_engine(py, |engine| match engine.sampler.meter() {
        Meter::Fake(fake) => {
            fake.grow(amount);
            Ok(())
        }
        other => Err(PyRuntimeError::new_err(format!(
            "cannot grow the {} meter: configure(meter=\"fake\") first",
            other.name()
        ))),
    })?
}

/// First and last line of each statement of a source text, and the last line of its body where it is
/// the header of a `with`, else 0. For tests.
#[pyfunction]
#[pyo3(signature = (text, /))]
fn statements(text: &str) -> Vec<(u32, u32, u32)> {
    let cut = Statements::of(text);
    cut.iter().map(|span| (span.first, span.last, span.with_end)).collect()
}

/// Only count events instead of recording them: the floor that benchmarks compare with.
#[pyfunction]
#[pyo3(signature = (on, /))]
fn count_only(on: bool) {
    hooks::start_counting(on);
}

fn checked(py: Python<'_>, function: u32) -> PyResult<FunctionId> {
    let count = hooks::functions(py)?;
    if (function as usize) < count {
        Ok(FunctionId(function))
    } else {
        Err(PyIndexError::new_err(format!("no function {function}: {count} are registered")))
    }
}
