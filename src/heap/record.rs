//! What a hook of an allocator calls: every block that is made, resized and freed, once.
//!
//! A hook hands over the size and the call itself. Layers stand on each other (an object's block may
//! come from `malloc`); the outermost call of a thread is the one recorded, and what it calls passes
//! straight through. So does everything while the meter is off.

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::maps::{Gone, Maps, Piece};
use super::shadow::Entry;
use super::thread::{self, Guard, State};
use super::{SHADOW, TABLE, sites};
use crate::lock::lock;

#[cfg(feature = "python")]
use super::frames::{has_lock, site};
#[cfg(not(feature = "python"))]
use super::places::{has_lock, site};

/// Where a call comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// `PyMem_RawMalloc`: the interpreter lock may be released.
    Raw,
    /// `PyMem_Malloc`.
    Mem,
    /// `PyObject_Malloc`.
    Obj,
    /// `malloc` of a library.
    Native,
    /// `mmap` of a library.
    Map,
}

/// Bits of a line record; those above hold the layer where both are in one word.
pub(super) const RECORD_BITS: u32 = 29;

impl Layer {
    /// Parts a line record and a layer that are in one word.
    pub(super) const fn part(word: u32) -> (u32, Self) {
        let layer = match word >> RECORD_BITS {
            0 => Self::Raw,
            1 => Self::Mem,
            2 => Self::Obj,
            3 => Self::Native,
            _ => Self::Map,
        };
        (word & ((1 << RECORD_BITS) - 1), layer)
    }

    /// Whether its callers hold the interpreter lock.
    #[inline(always)]
    pub(super) const fn is_locked(self) -> bool {
        matches!(self, Self::Mem | Self::Obj)
    }
}

static ACTIVE: AtomicBool = AtomicBool::new(false);
/// Whether it is asked of each block that is freed where the thread is.
static TEMPORARIES: AtomicBool = AtomicBool::new(false);
pub(super) static MAPS: Mutex<Maps> = Mutex::new(Maps::new());

/// Whether calls are recorded.
pub fn is_active() -> bool {
    ACTIVE.load(Relaxed)
}

/// Records calls from now on, or no more.
pub(super) fn set_active(on: bool) {
    ACTIVE.store(on, Relaxed);
}

/// Whether blocks are counted that are freed on the line that made them.
pub fn counts_temporaries() -> bool {
    TEMPORARIES.load(Relaxed)
}

/// Counts them from now on, or no more. It takes as long to free a block then as to make one.
pub fn count_temporaries(on: bool) {
    TEMPORARIES.store(on, Relaxed);
}

/// A block of `size` bytes is made by `call`, which gives null when there is no memory.
#[inline(always)]
pub fn allocate(layer: Layer, size: usize, call: impl FnOnce() -> *mut c_void) -> *mut c_void {
    thread::with(|state| {
        let Some(before) = enter(state) else { return call() };
        let block = call();
        if !block.is_null() && before == Guard::Open {
            note(layer, state, block.addr(), size);
        }
        state.guard.set(if before == Guard::Probe { Guard::Muted } else { before });
        block
    })
}

/// The block `old`, or none when it is null, is made `size` bytes long by `call`, which gives the
/// block or null when it could not; the old one is untouched then.
///
/// Of `realloc` with size 0, null means that the block was freed.
#[inline(always)]
pub fn resize(
    layer: Layer,
    old: *mut c_void,
    size: usize,
    call: impl FnOnce() -> *mut c_void,
) -> *mut c_void {
    thread::with(|state| {
        let Some(before) = enter(state) else { return call() };
        // Before the call: once it is made, another thread may be given the address.
        let entry = SHADOW.take(old.addr());
        let block = call();
        if block.is_null() && !(size == 0 && layer == Layer::Native) {
            if entry != Entry::UNKNOWN {
                SHADOW.put_back(old.addr(), entry);
            }
        } else {
            if entry != Entry::UNKNOWN {
                forget(layer, state, old.addr(), entry);
            }
            if !block.is_null() && before == Guard::Open {
                note(layer, state, block.addr(), size);
            }
        }
        state.guard.set(before);
        block
    })
}

/// A block, or none when it is null, is freed by `call`.
#[inline(always)]
pub fn release(layer: Layer, block: *mut c_void, call: impl FnOnce()) {
    thread::with(|state| {
        let Some(before) = enter(state) else { return call() };
        let entry = SHADOW.take(block.addr());
        if entry != Entry::UNKNOWN {
            if counts_temporaries() {
                note_temporary(layer, state, block.addr(), entry);
            }
            forget(layer, state, block.addr(), entry);
        }
        call();
        state.guard.set(before);
    });
}

/// Takes a block that the interpreter made for us out of the figures again, as if it had never been
/// in them: what the calling thread made since must be undone before it.
pub fn disown(address: usize) {
    let entry = SHADOW.take(address);
    if entry == Entry::UNKNOWN {
        return;
    }
    let size = SHADOW.size(address, entry);
    if let Some(era) = TABLE.era().filter(|era| era.has(entry.site())) {
        // Whoever made it for us had the interpreter lock.
        TABLE.unbooked(era, entry.site(), size);
        thread::with(|state| state.unbook_allocation(size));
    }
    if entry.is_code() {
        sites::forget(address);
    }
}

/// Address of the block the calling thread made last, if that is alive and has `size` bytes or more.
pub fn last_block(size: usize) -> Option<usize> {
    let last = thread::with(|state| state.last.get());
    let entry = SHADOW.get(last);
    (entry.site() != 0 && SHADOW.size(last, entry) >= size as u64).then_some(last)
}

/// Memory is mapped by `call`, which gives null when it could not be.
pub fn map(len: usize, call: impl FnOnce() -> *mut c_void) -> *mut c_void {
    thread::with(|state| {
        let Some(before) = enter(state) else { return call() };
        let start = call();
        if !start.is_null() && before == Guard::Open {
            // The kernel maps whole pages; a fixed address may lie on what was there.
            book_gone(state, &lock(&MAPS).cut(start.addr(), len));
            note_map(state, start.addr(), len);
        }
        state.guard.set(before);
        start
    })
}

/// A range of addresses is unmapped, or mapped to something else, by `call`, which says whether it
/// was.
pub fn unmap(start: *mut c_void, len: usize, call: impl FnOnce() -> bool) -> bool {
    thread::with(|state| {
        let Some(before) = enter(state) else { return call() };
        let gone = lock(&MAPS).cut(start.addr(), len);
        let done = call();
        if done {
            book_gone(state, &gone);
        } else {
            lock(&MAPS).put_back(&gone);
        }
        state.guard.set(before);
        done
    })
}

/// A range of addresses is moved or resized by `call`, as `mremap` does, which gives null when it
/// could not be. What was not known of the range stays unknown.
pub fn remap(
    start: *mut c_void,
    len: usize,
    new_len: usize,
    call: impl FnOnce() -> *mut c_void,
) -> *mut c_void {
    thread::with(|state| {
        let Some(before) = enter(state) else { return call() };
        let gone = lock(&MAPS).cut(start.addr(), len);
        let block = call();
        if block.is_null() {
            lock(&MAPS).put_back(&gone);
        } else if !gone.is_empty() {
            book_gone(state, &gone);
            if before == Guard::Open {
                book_gone(state, &lock(&MAPS).cut(block.addr(), new_len));
                note_map(state, block.addr(), new_len);
            }
        }
        state.guard.set(before);
        block
    })
}

/// The guard as it was, if a call is one to look at; it is [`Guard::Inside`] from then on.
#[inline(always)]
fn enter(state: &State) -> Option<Guard> {
    let before = state.guard.get();
    if before == Guard::Inside || !is_active() {
        return None;
    }
    state.guard.set(Guard::Inside);
    Some(before)
}

#[inline(always)]
fn note(layer: Layer, state: &State, address: usize, size: usize) {
    let locked = is_locked(layer);
    let site = site(layer, locked, state);
    // After the site: it may be of an era that has begun since.
    let Some(era) = TABLE.era().filter(|era| era.has(site)) else { return };
    let Some(stale) = SHADOW.put(address, site, size) else { return };
    if stale != Entry::UNKNOWN {
        forget_stale(layer, state, address, stale);
    }
    TABLE.allocated(era, site, size as u64, locked);
    state.book_allocation(address, size as u64);
}

#[inline(always)]
fn forget(layer: Layer, state: &State, address: usize, entry: Entry) {
    let size = SHADOW.size(address, entry);
    if let Some(era) = TABLE.era().filter(|era| era.has(entry.site())) {
        TABLE.released(era, entry.site(), size, 1, is_locked(layer));
        state.book_release(size);
    }
    if entry.is_code() {
        sites::forget(address);
    }
}

/// Whether figures may be changed by plain stores. Extension modules mostly call with the lock, and to
/// ask is cheaper than the atomic operations without it.
#[inline(always)]
fn is_locked(layer: Layer) -> bool {
    layer.is_locked() || has_lock()
}

/// A block is about to be freed: it is a temporary where the thread is on the line that made it.
#[cold]
#[inline(never)]
fn note_temporary(layer: Layer, state: &State, address: usize, entry: Entry) {
    let locked = is_locked(layer);
    if site(layer, locked, state) == entry.site() {
        TABLE.temporary(entry.site(), SHADOW.size(address, entry), locked);
    }
}

/// A block stands where another one is known: its release went past the hooks.
#[cold]
#[inline(never)]
fn forget_stale(layer: Layer, state: &State, address: usize, entry: Entry) {
    forget(layer, state, address, entry);
}

fn note_map(state: &State, start: usize, len: usize) {
    let site = site(Layer::Map, false, state);
    let Some(era) = TABLE.era().filter(|era| era.has(site)) else { return };
    lock(&MAPS).insert(Piece { start, len, site });
    TABLE.allocated(era, site, len as u64, false);
    state.book_allocation(start, len as u64);
}

fn book_gone(state: &State, gone: &[Gone]) {
    for &Gone { piece, blocks, .. } in gone {
        if let Some(era) = TABLE.era().filter(|era| era.has(piece.site)) {
            TABLE.released(era, piece.site, piece.len as u64, blocks, false);
            state.book_release(piece.len as u64);
        }
    }
}
