//! On and off, and what there is to read.

use std::collections::HashMap;
use std::sync::Once;

use super::figures::{Figures, Totals};
use super::intern::Intern;
use super::limits::{Bell, Passed};
use super::thread::{self, Mute};
use super::{SHADOW, TABLE, cache, marks, record, sites};
use crate::lock::lock;

/// A site and its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Number of the site.
    pub site: u32,
    /// Its figures.
    pub figures: Figures,
}

/// The most frames that can be kept of a stack.
pub use super::sites::LONGEST;

/// Records from now on, from nothing, keeping `stacks` frames of each stack.
///
/// A fork goes on in the child with the figures of the parent at that moment.
pub fn start(stacks: usize) {
    let _mute = Mute::begin();
    prepare_forks();
    sites::begin(stacks);
    record::set_active(true);
}

/// Has forks from now on wait for our locks.
pub(super) fn prepare_forks() {
    static AT_FORK: Once = Once::new();
    AT_FORK.call_once(super::fork::prepare);
}

/// Records no more, and forgets what was recorded.
pub fn stop() {
    let _mute = Mute::begin();
    record::set_active(false);
    clear();
    // All of it belongs to sites that are forgotten: whoever is still noting a block loses nothing.
    SHADOW.wipe();
}

/// Forgets all blocks there are and goes on: they are unknown like those made before the start.
pub fn clear() {
    let _mute = Mute::begin();
    sites::begin(sites::stacks());
    lock(&record::MAPS).clear();
}

/// How many frames of each stack are kept.
pub fn stacks() -> usize {
    sites::stacks()
}

/// Bytes alive and at the peak.
pub fn totals() -> Totals {
    TABLE.totals()
}

/// Makes what is alive now the peak.
pub fn reset_peak() {
    TABLE.reset_peak();
}

/// Opens a limit of the bytes alive; `None` when there are too many, or before the first start. Gives
/// its number, and the bytes alive if they are above it already: then nobody passes it before they have
/// fallen to it. Whoever opens and closes limits does it one by one.
pub fn open_limit(bytes: i64) -> Option<(usize, Option<i64>)> {
    TABLE.open_limit(bytes)
}

/// Closes it; gives how it was passed, if nobody has asked for that.
pub fn close_limit(limit: usize) -> Option<Passed> {
    TABLE.close_limit(limit)
}

/// How a limit was passed, if it was since this was asked last.
pub fn passed(limit: usize) -> Option<Passed> {
    TABLE.passed(limit)
}

/// Has a bell rung whenever a limit is passed.
pub fn set_bell(bell: &'static Bell) {
    TABLE.limits.set_bell(bell);
}

/// Blocks that could not be recorded on a site of their own, or not at all.
pub fn lost() -> u64 {
    SHADOW.lost() + sites::crowded()
}

/// Bytes of memory the meter takes up itself.
pub fn bytes() -> usize {
    let _mute = Mute::begin();
    let names = lock(&sites::NAMES).as_ref().map_or(0, Intern::bytes);
    let tables = SHADOW.bytes() + TABLE.bytes() + names + cache::bytes();
    tables + lock(&record::MAPS).bytes() + marks::bytes()
}

/// The site that made the block at an address, if it is known.
pub fn site_of(address: usize) -> Option<u32> {
    let _mute = Mute::begin();
    let era = TABLE.era()?;
    let of_block = Some(SHADOW.get(address).site()).filter(|&site| site != 0);
    of_block.or_else(|| lock(&record::MAPS).site_of(address)).filter(|&site| era.has(site))
}

/// The figures of all sites that ever made a block since the start.
pub fn rows() -> Vec<Row> {
    let sites = names(|names| names.sites().map(|(site, _)| site).collect::<Vec<_>>());
    let rows = sites.into_iter().map(|site| Row { site, figures: TABLE.figures(site) });
    rows.filter(|row| row.figures.allocations > 0).collect()
}

/// Bytes alive of the blocks made on each line record, without record 0.
pub fn live_by_record() -> HashMap<u32, i64> {
    let _mute = Mute::begin();
    let sites: Vec<_> = names(|names| {
        names
            .sites()
            .map(|(site, at)| (site, at.record))
            .filter(|&(_, record)| record != 0)
            .collect()
    });
    let mut live = HashMap::new();
    for (site, record) in sites {
        *live.entry(record).or_default() += TABLE.figures(site).live_bytes;
    }
    live
}

/// Shows the names of the sites to `read`, which must not allocate by a hooked allocator.
pub fn names<T>(read: impl FnOnce(&Intern) -> T) -> T {
    // A hook that meets a new site would wait for the names for ever.
    let before = thread::suspend();
    let result = read(lock(&sites::NAMES).get_or_insert_default());
    thread::resume(before);
    result
}
