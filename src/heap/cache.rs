//! What a thread remembers of the sites it has been at.
//!
//! A direct-mapped table: each key has one place, and who comes last stays there. Keys are kept whole:
//! a hit needs no memory that another thread could take away.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::thread::{self, State};
use crate::lock::lock;

/// Places for keys of one instruction, a power of two.
const PLACES: usize = 1024;
/// Words of the places for longer keys.
const WORDS: usize = 8192;

/// A thread's table.
#[derive(Debug)]
pub(super) struct Cache {
    /// What [`EPOCH`] was when it was empty.
    epoch: Cell<u64>,
    /// Keys of one instruction: the instruction, line record and site.
    one: [Cell<(usize, u64)>; PLACES],
    many: RefCell<Many>,
}

/// Places for keys of several instructions.
#[derive(Debug, Default)]
struct Many {
    /// Words of a place: line record and site, then the instructions.
    stride: usize,
    words: Vec<u64>,
}

/// Tables nobody has.
pub(super) type Spare = Vec<Box<Cache>>;

/// Goes up when sites change their meaning: code died, or everything was cleared.
static EPOCH: AtomicU64 = AtomicU64::new(0);
/// Tables of threads that ended, for those to come. There are as many as threads at one time.
static SPARE: Mutex<Spare> = Mutex::new(Vec::new());
/// How many there are.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Makes all threads forget.
pub(super) fn expire() {
    EPOCH.fetch_add(1, Relaxed);
}

/// The calling thread's table, with nothing in it that has expired.
#[inline(always)]
pub(super) fn of(state: &State) -> &Cache {
    // SAFETY: null or this thread's own, until the thread ends.
    match unsafe { state.cache.get().as_ref() } {
        Some(cache) if cache.epoch.get() == EPOCH.load(Relaxed) => cache,
        _ => renew(state),
    }
}

/// Memory the tables take up.
pub(super) fn bytes() -> usize {
    MADE.load(Relaxed) as usize * size_of::<Cache>()
}

/// Holds what a fork must find unlocked in the child.
pub(super) fn hold() -> MutexGuard<'static, Spare> {
    lock(&SPARE)
}

impl Cache {
    /// The site of a key of one instruction.
    #[inline(always)]
    pub fn find_one(&self, record: u32, instruction: usize) -> Option<u32> {
        let (key, value) = self.one[place(instruction as u64, PLACES)].get();
        let site = value as u32;
        (key == instruction && (value >> 32) as u32 == record && site != 0).then_some(site)
    }

    /// Remembers the site, not 0, of a key of one instruction.
    pub fn put_one(&self, record: u32, instruction: usize, site: u32) {
        self.one[place(instruction as u64, PLACES)].set((instruction, packed(record, site)));
    }

    /// The site of a key.
    #[inline]
    pub fn find(&self, record: u32, instructions: &[usize]) -> Option<u32> {
        let many = self.many.try_borrow().ok()?;
        if many.stride <= instructions.len() {
            return None;
        }
        let at = many.place_of(instructions);
        let (head, found) = many.words[at..at + many.stride].split_first()?;
        let site = *head as u32;
        let same = (*head >> 32) as u32 == record
            && found.iter().zip(instructions).all(|(&a, &b)| a == b as u64)
            && found.get(instructions.len()).is_none_or(|&end| end == 0);
        (same && site != 0).then_some(site)
    }

    /// Remembers the site, not 0, of a key of at most `longest` instructions.
    pub fn put(&self, record: u32, instructions: &[usize], site: u32, longest: usize) {
        let Ok(mut many) = self.many.try_borrow_mut() else { return };
        if many.stride != longest + 1 {
            many.stride = longest + 1;
            let places = (WORDS / many.stride).max(32).next_power_of_two();
            many.words = vec![0; places * many.stride];
        }
        let at = many.place_of(instructions);
        let stride = many.stride;
        let place = &mut many.words[at..at + stride];
        place.fill(0);
        place[0] = packed(record, site);
        for (word, &instruction) in place[1..].iter_mut().zip(instructions) {
            *word = instruction as u64;
        }
    }
}

impl Many {
    #[inline]
    fn place_of(&self, instructions: &[usize]) -> usize {
        let mix = |hash: u64, &word: &usize| (hash.rotate_left(5) ^ word as u64).wrapping_mul(MIX);
        // There is a power of two of places.
        place(instructions.iter().fold(0, mix), self.words.len() / self.stride) * self.stride
    }
}

/// An odd number without pattern (2^64 divided by the golden ratio).
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

#[inline(always)]
fn place(hash: u64, places: usize) -> usize {
    (hash.wrapping_mul(MIX) >> 40) as usize & (places - 1)
}

#[inline(always)]
fn packed(record: u32, site: u32) -> u64 {
    u64::from(record) << 32 | u64::from(site)
}

#[cold]
#[inline(never)]
fn renew(state: &State) -> &Cache {
    if state.cache.get().is_null() {
        let spare = lock(&SPARE).pop();
        let cache = Box::into_raw(spare.unwrap_or_else(made));
        state.cache.set(cache);
        give_back_at_exit(cache);
    }
    // SAFETY: just seen not to be null, and this thread's own until it ends.
    let cache = unsafe { &*state.cache.get() };
    for place in &cache.one {
        place.set((0, 0));
    }
    if let Ok(mut many) = cache.many.try_borrow_mut() {
        many.words.fill(0);
    }
    cache.epoch.set(EPOCH.load(Relaxed));
    cache
}

/// An empty table, made where it stays: the stack of a thread may be small.
fn made() -> Box<Cache> {
    MADE.fetch_add(1, Relaxed);
    let layout = Layout::new::<Cache>();
    // SAFETY: zeros are numbers in cells, and what is not one is written before anybody sees it. The
    // memory is of this layout and allocator.
    #[allow(clippy::cast_ptr_alignment, reason = "the layout says how it is aligned")]
    unsafe {
        let made = alloc_zeroed(layout).cast::<Cache>();
        if made.is_null() {
            handle_alloc_error(layout);
        }
        (&raw mut (*made).many).write(RefCell::default());
        Box::from_raw(made)
    }
}

/// The key whose destructor runs when a thread ends; `None` when the process has none left, and
/// tables stay with threads that are gone.
static KEY: OnceLock<Option<libc::pthread_key_t>> = OnceLock::new();

fn give_back_at_exit(cache: *mut Cache) {
    let key = KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: the destructor is a function for as long as the process lives.
        (unsafe { libc::pthread_key_create(&raw mut key, Some(end)) } == 0).then_some(key)
    });
    if let Some(key) = *key {
        // SAFETY: the key was made above.
        unsafe { libc::pthread_setspecific(key, cache.cast()) };
    }
}

/// A thread ends. What it allocates from now on finds no table and takes one again, which calls this
/// once more, as often as POSIX asks for.
unsafe extern "C" fn end(cache: *mut c_void) {
    let before = thread::suspend();
    thread::with(|state| state.cache.set(null_mut()));
    // SAFETY: it came from a box, in `renew` of this thread, which has let go of it.
    let cache = unsafe { Box::from_raw(cache.cast::<Cache>()) };
    lock(&SPARE).push(cache);
    thread::resume(before);
}
