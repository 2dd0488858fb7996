//! The heap meter without Python.

mod cases;
mod limits;
mod maps;
mod model;

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr::without_provenance_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rsprofile::heap::places::Frame;
use rsprofile::heap::{self, thread};

/// The meter is one for the process.
static ALONE: Mutex<()> = Mutex::new(());

/// The meter on, and off again when it is dropped.
struct On(#[allow(dead_code, reason = "held")] MutexGuard<'static, ()>);

fn on(stacks: usize) -> On {
    let guard = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    heap::start(stacks);
    On(guard)
}

impl Drop for On {
    fn drop(&mut self) {
        heap::stop();
        thread::set_record(0);
    }
}

const SITES: usize = 6;

/// Live bytes, live blocks, allocated, allocations, bytes and blocks at the peak.
type Figures = (i64, i64, u64, u64, i64, i64);

/// Figures by line record and lines of the stack.
type Table = BTreeMap<(u32, Vec<u32>), Figures>;

fn at(lines: &[usize]) -> Vec<Frame> {
    lines.iter().map(|&line| Frame { code: 1 << 20, instruction: line }).collect()
}

fn shown() -> Table {
    let rows = heap::rows();
    let figures = |row: &heap::Row| {
        let f = row.figures;
        let peak = (f.peak_bytes, f.peak_blocks);
        (f.live_bytes, f.live_blocks, f.allocated, f.allocations, peak.0, peak.1)
    };
    heap::names(|names| {
        let name = |site| {
            let at = names.site(site).unwrap();
            let lines = at.stack.iter().map(|&line| names.line_at(line).line);
            (at.record, lines.collect())
        };
        let mut table = Table::new();
        for row in &rows {
            // Layers have sites of their own.
            let (one, all) = (figures(row), table.entry(name(row.site)).or_default());
            *all = (
                all.0 + one.0,
                all.1 + one.1,
                all.2 + one.2,
                all.3 + one.3,
                all.4 + one.4,
                all.5 + one.5,
            );
        }
        table
    })
}

fn pointer(address: usize) -> *mut c_void {
    without_provenance_mut(address)
}
