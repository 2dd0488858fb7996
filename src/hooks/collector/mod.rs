//! The collector of cycles while it is watched: how long its collections take, and which lines turn it
//! off, set it or call it.

mod switches;
mod times;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::heap::thread::Mute;
use crate::lock::lock;
use crate::profile::Collector;
pub use switches::{Note, notes};
pub use times::Times;

static ON: AtomicBool = AtomicBool::new(false);
/// For how long it was watched before, and since when it is.
static WATCHED: Mutex<(Duration, Option<Instant>)> = Mutex::new((Duration::ZERO, None));

/// Watches it from now on, without what was seen before; nothing to do while it is watched.
///
/// # Errors
/// What the interpreter says to objects of ours in its module.
pub fn start(py: Python<'_>) -> PyResult<()> {
    if ON.swap(true, Relaxed) {
        return Ok(());
    }
    let _mute = Mute::begin();
    times::clear();
    switches::clear();
    *lock(&WATCHED) = (Duration::ZERO, Some(Instant::now()));
    let gc = py.import("gc")?.into_any();
    times::begin(&gc).and_then(|()| switches::begin(&gc)).inspect_err(|_| stop(py))
}

/// Watches it no more, and gives back what is ours in its module. What was seen stays until the next
/// start.
pub fn stop(py: Python<'_>) {
    if !ON.swap(false, Relaxed) {
        return;
    }
    let _mute = Mute::begin();
    let mut watched = lock(&WATCHED);
    let since = watched.1.take();
    watched.0 += since.map_or(Duration::ZERO, |since| since.elapsed());
    drop(watched);
    times::end(py);
    switches::end(py);
}

/// Whether it is watched.
pub fn is_on() -> bool {
    ON.load(Relaxed)
}

/// Time spent in collections while it was watched, and their number.
pub fn times() -> Times {
    times::read()
}

/// How it is set now, what it has done since the process began, and what was seen of it. What takes a
/// look at all objects is left as it is by default.
///
/// This makes objects.
///
/// # Errors
/// What the functions of module `gc` say.
pub fn record(py: Python<'_>) -> PyResult<Collector> {
    let _mute = Mute::begin();
    let gc = py.import("gc")?;
    let enabled: bool = gc.getattr("isenabled")?.call0()?.extract()?;
    let (first, second, third) = gc.getattr("get_threshold")?.call0()?.extract()?;
    let watched = *lock(&WATCHED);
    let since = watched.1.map_or(Duration::ZERO, |since| since.elapsed());
    let mut record = Collector {
        enabled,
        disabled_at: if enabled { None } else { switches::disabled_at() },
        thresholds: [first, second, third],
        seconds: times().seconds.iter().sum(),
        watched: (watched.0 + since).as_secs_f64(),
        ..Collector::default()
    };
    let stats = gc.getattr("get_stats")?.call0()?;
    for (at, of_generation) in stats.cast::<PyList>()?.iter().enumerate().take(3) {
        let number = |name: &str| of_generation.get_item(name)?.extract::<u64>();
        record.collections[at] = number("collections")?;
        record.collected[at] = number("collected")?;
        record.uncollectable[at] = number("uncollectable")?;
    }
    Ok(record)
}
