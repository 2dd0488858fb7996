//! From where a thread is to the number of a site, when the thread does not remember it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::intern::{Frame, Intern, Place};
use super::shadow::SITES;
use super::{SHADOW, TABLE, cache};
use crate::lock::lock;

/// The most frames that can be kept of a stack.
pub const LONGEST: usize = 256;

/// The names of all sites. It is taken with and without the interpreter lock, and who has it waits
/// for nothing.
pub(super) static NAMES: Mutex<Option<Intern>> = Mutex::new(None);
static STACKS: AtomicUsize = AtomicUsize::new(1);
/// Blocks put on the site of all others because there was no room for one of their own.
static CROWDED: AtomicU64 = AtomicU64::new(0);

/// How many frames of each stack are kept.
#[inline(always)]
pub(super) fn stacks() -> usize {
    STACKS.load(Relaxed)
}

/// How many sites had to be put on that of no Python code.
pub(super) fn crowded() -> u64 {
    CROWDED.load(Relaxed)
}

/// Begins anew, with so many frames of each stack: all sites so far are forgotten, with their blocks.
pub(super) fn begin(stacks: usize) {
    let mut names = lock(&NAMES);
    let names = names.get_or_insert_default();
    let base = names.clear(SITES);
    STACKS.store(stacks.clamp(1, LONGEST), Relaxed);
    TABLE.make(base);
    cache::expire();
    TABLE.begin(base);
}

/// The site of a stack, by what `decode` reads of each frame; 0 when there is none, and no room.
#[cold]
#[inline(never)]
pub(super) fn intern(record: u32, frames: &[Frame], decode: impl Fn(&Frame) -> Place) -> u32 {
    let mut key = Vec::with_capacity(1 + frames.len());
    key.push(record as usize);
    key.extend(frames.iter().map(|frame| frame.instruction));
    let mut names = lock(&NAMES);
    let Some(names) = names.as_mut() else { return 0 };
    if let Some(site) = names.known(&key) {
        return site;
    }
    let met = |code| {
        SHADOW.mark_code(code);
    };
    let site = names.add(&key, record, frames, SITES, decode, met);
    cache::KEYS.store(names.keys(), Relaxed);
    site.filter(|&site| TABLE.make(site)).unwrap_or_else(|| {
        CROWDED.fetch_add(1, Relaxed);
        Some(names.first()).filter(|&first| TABLE.make(first)).unwrap_or(0)
    })
}

/// A code object dies: other code may come to stand at its address.
#[cold]
#[inline(never)]
pub(super) fn forget(code: usize) {
    if let Some(names) = lock(&NAMES).as_mut()
        && names.forget(code)
    {
        cache::expire();
    }
}
