//! How far this process has come, for another one that looks on.

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
    let mut lines = LiveLines::default();
    let mut found = Live::default();
    if hooks::is_made() {
        hooks::with_engine(py, |engine| {
            let last = engine.sampler.last();
            let now = engine.sampler.meter().read().unwrap_or(last);
            for (function, line, figures) in engine.so_far(now) {
                let (file, name) = engine.name_of(function);
                lines.measure(file, name, line, &figures);
            }
        })?;
        found.meter = hooks::settings().meter;
        found.elapsed = elapsed();
    }
    if let Some(earlier) = earlier {
        lines.add(&earlier.0);
    }
    if record::is_active() {
        let sites = heap_sites::sites(py, own);
        lines.allocate(&sites);
        found.heap = Some((sites.live, sites.peak));
    }
    let text = py.detach(|| {
        (found.count, found.lines) = lines.largest(count);
        found.dumps()
    });
    Ok(text)
}

/// The page that shows a run while it goes on. `title` is what runs.
#[pyfunction]
#[pyo3(signature = (title, /))]
fn live_page(title: &str) -> String {
    report::live_page(title)
}
