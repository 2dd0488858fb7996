//! How far this process has come, for another one that looks on.

use std::collections::HashMap;

use pyo3::prelude::*;

use super::document::Profile;
use super::heap_sites;
use super::session::elapsed;
use crate::heap::record;
use crate::hooks;
use crate::profile::{Live, LiveLines};
use crate::report;

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(live, module)?)?;
    module.add_function(wrap_pyfunction!(live_page, module)?)
}

/// The lines that grew most so far, `count` by each figure, as JSON. No figure is changed by it. What
/// code in the folder `own` allocated is left out; `earlier` is added.
#[pyfunction]
#[pyo3(signature = (own, count, /, earlier = None))]
fn live(
    py: Python<'_>,
    own: &str,
    count: usize,
    earlier: Option<PyRef<'_, Profile>>,
) -> PyResult<String> {
    let _mute = hooks::mute();
    let mut found = Live::default();
    let mut measured = Vec::new();
    let mut names = HashMap::new();
    if hooks::is_made() {
        // All that the program has to wait for: the rest is done without the interpreter lock.
        hooks::with_engine(py, |engine| {
            let last = engine.sampler.last();
            let now = engine.sampler.meter().read().unwrap_or(last);
            measured = engine.so_far(now);
            for &(function, ..) in &measured {
                names.entry(function).or_insert_with(|| {
                    let (file, name) = engine.name_of(function);
                    (file.to_owned(), name.to_owned())
                });
            }
        })?;
        found.meter = hooks::settings().meter;
        found.elapsed = elapsed();
    }
    let earlier = earlier.map(|earlier| earlier.0.clone());
    let is_counted = record::is_active();
    if is_counted {
        heap_sites::restore(py);
    }
    Ok(py.detach(|| {
        let mut lines = LiveLines::default();
        for (function, line, figures) in &measured {
            let (file, name) = &names[function];
            lines.measure(file, name, *line, figures);
        }
        if let Some(earlier) = earlier {
            lines.add(&earlier);
        }
        if is_counted {
            let sites = heap_sites::sites(own);
            lines.allocate(&sites);
            found.heap = Some((sites.live, sites.peak));
        }
        (found.count, found.lines) = lines.largest(count);
        found.dumps()
    }))
}

/// The page that shows a run while it goes on. `title` is what runs.
#[pyfunction]
#[pyo3(signature = (title, /))]
fn live_page(title: &str) -> String {
    report::live_page(title)
}
