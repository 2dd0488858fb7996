//! What the lines of the whole program allocated, on its way into a document.

use std::collections::HashMap;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::document::Profile;
use crate::heap::domains;
use crate::heap::intern::{Intern, Where};
use crate::heap::native;
use crate::heap::record::{self, Layer};
use crate::heap::thread::Mute;
use crate::heap::{self, Row};
use crate::leaks::place;
use crate::profile::{Allocator, Site, SiteFigures, Sites};

/// The file of what runs us with `python -m`.
const RUNNER: &[u8] = b"<frozen runpy>";

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(heap_sites, module)?)
}

/// Put the figures of all sites, as they stand, into a profile.
#[pyfunction]
#[pyo3(signature = (profile, own, /))]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands over owned values")]
fn heap_sites(py: Python<'_>, mut profile: PyRefMut<'_, Profile>, own: String) -> PyResult<()> {
    if !record::is_active() {
        return Err(PyRuntimeError::new_err("the heap meter is off: start it first"));
    }
    restore(py);
    profile.set_sites(sites(&own));
    Ok(())
}

/// Has all allocations come to us again that other tools have led away.
pub fn restore(py: Python<'_>) {
    domains::restore(py);
    native::restore();
}

/// The figures of all sites as they stand, but for what code in the folder `own` allocated. The
/// interpreter lock is not needed.
pub fn sites(own: &str) -> Sites {
    let _mute = Mute::begin();
    let rows = heap::rows();
    let totals = heap::totals();
    let (mut sites, ours) = heap::names(|names| gathered(names, &rows, own.as_bytes()));
    sites.frames = u32::try_from(heap::stacks()).unwrap_or(u32::MAX);
    sites.live = (totals.live - ours.live).max(0);
    sites.peak = (totals.peak - ours.peak).max(0);
    sites.own_bytes = heap::bytes() as u64;
    sites.lost = heap::lost();
    sites
}

/// One site for each stack and layer: what lines of decorated functions tell apart is one here. What
/// code in our own folder made comes by itself, and the stacks begin where the program does.
fn gathered(names: &Intern, rows: &[Row], own: &[u8]) -> (Sites, SiteFigures) {
    let mut sites = Sites::default();
    let mut ours = SiteFigures::default();
    let is_ours = |line: u32| names.text(names.line_at(line).file).starts_with(own);
    let is_outside = |line: u32| is_ours(line) || *names.text(names.line_at(line).file) == *RUNNER;
    let mut places = HashMap::new();
    let mut known = HashMap::new();
    for row in rows {
        let Some(Where { layer, stack, .. }) = names.site(row.site) else { continue };
        let figures = SiteFigures {
            live: row.figures.live_bytes,
            live_blocks: row.figures.live_blocks,
            peak: row.figures.peak_bytes,
            peak_blocks: row.figures.peak_blocks,
            allocated: row.figures.allocated,
            count: row.figures.allocations,
            temporary: record::counts_temporaries().then_some(row.figures.temporary),
        };
        if stack.first().is_some_and(|&line| is_ours(line)) {
            ours.add(&figures);
            continue;
        }
        let outside = stack.iter().rev().take_while(|&&line| is_outside(line)).count();
        let stack = &stack[..stack.len() - outside];
        let index = *known.entry((*layer, stack)).or_insert_with(|| {
            let stack = stack.iter().map(|&line| {
                *places.entry(line).or_insert_with(|| {
                    let next = u32::try_from(sites.places.len()).unwrap_or(u32::MAX);
                    sites.places.push(place(names, line));
                    next
                })
            });
            let site = Site {
                stack: stack.collect(),
                allocator: Some(allocator(*layer)),
                ..Site::default()
            };
            sites.list.push(site);
            sites.list.len() - 1
        });
        sites.list[index].figures.add(&figures);
    }
    (sites, ours)
}

const fn allocator(layer: Layer) -> Allocator {
    match layer {
        Layer::Raw => Allocator::Raw,
        Layer::Mem => Allocator::Mem,
        Layer::Obj => Allocator::Object,
        Layer::Native => Allocator::Native,
        Layer::Map => Allocator::Map,
    }
}
