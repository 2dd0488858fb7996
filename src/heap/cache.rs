//! What a thread remembers of the sites it has been at.
//!
//! A direct-mapped table: each key has one place, and who comes last stays there. Keys are kept whole:
//! a hit needs no memory that another thread could take away.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::thread::State;
use crate::lock::lock;

/// Places for keys of one instruction, a power of two.
const PLACES: usize = 1024;
/// Words of the places for longer keys.
const WORDS: usize = 8192;

/// A thread's table.
#[derive(Debug)]
pub(super) struct Cache {
    /// What [`EPOCH`] was when it was empty.
    epoch: u64,
    one: [(usize, u64); PLACES],
    /// Places of `stride` words: line record and site, then the instructions.
    many: Vec<usize>,
    stride: usize,
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
pub(super) fn of(state: &State) -> &mut Cache {
    let cache = state.cache.get();
    // SAFETY: null or this thread's own, and the guard in the state keeps calls from nesting.
    match unsafe { cache.as_mut() } {
        Some(cache) if cache.epoch == EPOCH.load(Relaxed) => cache,
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
        let (key, value) = self.one[place(instruction as u64, PLACES)];
        (key == instruction && (value >> 32) as u32 == record && value as u32 != 0)
            .then_some(value as u32)
    }

    /// Remembers the site, not 0, of a key of one instruction.
    pub fn put_one(&mut self, record: u32, instruction: usize, site: u32) {
        let value = u64::from(record) << 32 | u64::from(site);
        self.one[place(instruction as u64, PLACES)] = (instruction, value);
    }

    /// The site of a key.
    #[inline]
    pub fn find(&self, record: u32, instructions: &[usize]) -> Option<u32> {
        if self.stride <= instructions.len() {
            return None;
        }
        let at = self.place_of(instructions);
        let found = &self.many[at..at + self.stride];
        let value = found[0] as u64;
        let same = (value >> 32) as u32 == record
            && found[1..].iter().zip(instructions).all(|(a, b)| a == b)
            && found.get(1 + instructions.len()).is_none_or(|&end| end == 0);
        (same && value as u32 != 0).then_some(value as u32)
    }

    /// Remembers the site, not 0, of a key of at most `longest` instructions.
    pub fn put(&mut self, record: u32, instructions: &[usize], site: u32, longest: usize) {
        if self.stride != longest + 1 {
            self.stride = longest + 1;
            let places = (WORDS / self.stride).max(32).next_power_of_two();
            self.many = vec![0; places * self.stride];
        }
        let at = self.place_of(instructions);
        let found = &mut self.many[at..at + self.stride];
        found.fill(0);
        found[0] = (u64::from(record) << 32 | u64::from(site)) as usize;
        found[1..=instructions.len()].copy_from_slice(instructions);
    }

    #[inline]
    fn place_of(&self, instructions: &[usize]) -> usize {
        let mix = |hash: u64, &word: &usize| (hash.rotate_left(5) ^ word as u64).wrapping_mul(MIX);
        let hash = instructions.iter().fold(0, mix);
        // `many` has a power of two of places.
        place(hash, self.many.len() / self.stride) * self.stride
    }
}

/// An odd number without pattern (2^64 divided by the golden ratio).
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

#[inline(always)]
fn place(hash: u64, places: usize) -> usize {
    (hash.wrapping_mul(MIX) >> 40) as usize & (places - 1)
}

#[cold]
#[inline(never)]
fn renew(state: &State) -> &mut Cache {
    if state.cache.get().is_null() {
        let cache = lock(&SPARE).pop().unwrap_or_else(|| {
            MADE.fetch_add(1, Relaxed);
            // On the heap from the start: the stack of a thread may be small.
            // SAFETY: zeros are an empty table, but for the vector, which is set before it is read.
            unsafe {
                let mut made = Box::<Cache>::new_zeroed();
                (&raw mut (*made.as_mut_ptr()).many).write(Vec::new());
                made.assume_init()
            }
        });
        let cache = Box::into_raw(cache);
        state.cache.set(cache);
        give_back_at_exit(cache);
    }
    // SAFETY: just seen not to be null, and this thread's own.
    let cache = unsafe { &mut *state.cache.get() };
    cache.one.fill((0, 0));
    cache.many.fill(0);
    cache.epoch = EPOCH.load(Relaxed);
    cache
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
    let before = super::thread::suspend();
    super::thread::with(|state| state.cache.set(null_mut()));
    // SAFETY: it came from a box, in `renew` of this thread, which has let go of it.
    let cache = unsafe { Box::from_raw(cache.cast::<Cache>()) };
    lock(&SPARE).push(cache);
    super::thread::resume(before);
}
