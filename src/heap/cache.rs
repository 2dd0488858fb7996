//! What a thread remembers of the sites it has been at.
//!
//! Each key has one place in the table and the one next door; who comes last stays. Where keys clash
//! often the table grows, as long as there are so many keys. Keys are kept whole: a hit needs no memory
//! another thread could take away. A word with the line record and the layer is a part of the key, and of
//! where its place is: one instruction allocates in several layers, again and again.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::shadow::SITES;
use super::thread::{self, State};
use crate::lock::lock;

/// Words of a table at first, and at most. A power of two, as are those of a place.
const FIRST: usize = 2048;
const MOST: usize = 1 << 20;
/// Epochs a table tells apart.
const TAGS: u64 = 1 << (32 - SITE_BITS);
/// Bits of the number of a site; what is no site is a number from [`SITES`] on.
const SITE_BITS: u32 = 26;
/// 2^64 by the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const _: () = assert!(SITES + 1 < 1 << SITE_BITS);

/// A thread's tables.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// What [`EPOCH`] was when it was looked at last.
    epoch: Cell<u64>,
    /// What it was when the tables were empty.
    emptied: Cell<u64>,
    /// The epoch of what is valid, where a place has it.
    tag: Cell<u64>,
    /// Keys of one instruction: places of two words.
    one: UnsafeCell<Table>,
    /// Longer keys.
    many: UnsafeCell<Table>,
}

/// Places of a power of two of words each: line record, epoch and site, then the instructions, of which
/// none is 0.
#[derive(Debug, Default)]
struct Table {
    words: Vec<u64>,
    /// Words of a place, as a power of two.
    shift: u32,
    /// Keys that had another valid one in their place, since it grew.
    clashes: usize,
}

/// Tables nobody has.
pub(super) type Spare = Vec<Box<Cache>>;

/// Goes up when sites change their meaning: code died, or everything was cleared.
static EPOCH: AtomicU64 = AtomicU64::new(0);
/// Tables of threads that ended, for those to come. There are as many as threads at one time.
static SPARE: Mutex<Spare> = Mutex::new(Vec::new());
/// How many keys there are to remember.
pub(super) static KEYS: AtomicUsize = AtomicUsize::new(0);
/// Bytes of all of them.
static BYTES: AtomicUsize = AtomicUsize::new(0);

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
    BYTES.load(Relaxed)
}

/// Holds what a fork must find unlocked in the child.
pub(super) fn hold() -> MutexGuard<'static, Spare> {
    lock(&SPARE)
}

impl Cache {
    /// The site of a key of one instruction.
    #[inline(always)]
    pub fn find_one(&self, record: u32, instruction: usize) -> Option<u32> {
        // SAFETY: this thread's own, and nobody else of it looks at it before this is done.
        let table = unsafe { &*self.one.get() };
        let at = (hash_one(record, instruction) as usize & (table.words.len() / 2 - 1)) * 2;
        let key = instruction as u64;
        if table.words[at + 1] == key {
            return self.site(record, table.words[at]);
        }
        let at = at ^ 2;
        if table.words[at + 1] == key { self.site(record, table.words[at]) } else { None }
    }

    /// Remembers the site, not 0, of a key of one instruction.
    pub fn put_one(&self, record: u32, instruction: usize, site: u32) {
        // SAFETY: as above.
        unsafe { &mut *self.one.get() }.put(
            hash_one(record, instruction),
            self.head(record, site),
            &[instruction],
            KEYS.load(Relaxed),
        );
    }

    /// The site of a key.
    #[inline]
    pub fn find(&self, record: u32, instructions: &[usize]) -> Option<u32> {
        // SAFETY: as above.
        let table = unsafe { &*self.many.get() };
        if table.words.is_empty() || instructions.len() >> table.shift != 0 {
            return None;
        }
        let at = table.at(hash(record, instructions));
        let found = |at| self.site(record, table.head_of(at, instructions)?);
        found(at).or_else(|| found(at ^ 1 << table.shift))
    }

    /// Remembers the site, not 0, of a key of at most `longest` instructions.
    pub fn put(&self, record: u32, instructions: &[usize], site: u32, longest: usize) {
        // SAFETY: as above.
        let table = unsafe { &mut *self.many.get() };
        let shift = (longest + 1).next_power_of_two().trailing_zeros();
        if table.shift != shift {
            table.make((FIRST * 4).max(32 << shift), shift);
        }
        let hash = hash(record, instructions);
        table.put(hash, self.head(record, site), instructions, KEYS.load(Relaxed));
    }

    /// The first word of a place.
    #[inline(always)]
    fn head(&self, record: u32, site: u32) -> u64 {
        u64::from(record) << 32 | self.tag.get() << SITE_BITS | u64::from(site)
    }

    #[inline(always)]
    fn site(&self, record: u32, head: u64) -> Option<u32> {
        let site = head as u32 & ((1 << SITE_BITS) - 1);
        (head ^ self.head(record, site) == 0 && site != 0).then_some(site)
    }

    /// Forgets what has expired: by the epoch in the places, until there is none left.
    fn renew(&self) {
        let epoch = EPOCH.load(Relaxed);
        self.epoch.set(epoch);
        if epoch - self.emptied.get() >= TAGS {
            // SAFETY: as above.
            unsafe {
                (*self.one.get()).words.fill(0);
                (*self.many.get()).words.fill(0);
            }
            self.emptied.set(epoch);
        }
        self.tag.set(epoch - self.emptied.get());
    }
}

impl Table {
    /// Makes it anew, empty, of so many words.
    fn make(&mut self, words: usize, shift: u32) {
        BYTES.fetch_add(words * size_of::<u64>(), Relaxed);
        BYTES.fetch_sub(self.words.len() * size_of::<u64>(), Relaxed);
        *self = Self { words: vec![0; words], shift, clashes: 0 };
    }

    /// The place of a key by its hash.
    #[inline]
    fn at(&self, hash: u64) -> usize {
        (hash as usize & ((self.words.len() >> self.shift) - 1)) << self.shift
    }

    /// The first word of a place, if it is this key's.
    #[inline]
    fn head_of(&self, at: usize, instructions: &[usize]) -> Option<u64> {
        let (&head, key) = self.words.get(at..at + (1 << self.shift))?.split_first()?;
        // All of them, without a look in between: there is hardly another key than this one.
        let differ = |differ, (&a, &b): (&u64, &usize)| differ | (a ^ b as u64);
        let same = key.iter().zip(instructions).fold(0, differ) == 0
            && key.get(instructions.len()).is_none_or(|&end| end == 0);
        same.then_some(head)
    }

    /// Who is in the place goes next door, and who is there goes.
    fn put(&mut self, hash: u64, head: u64, instructions: &[usize], keys: usize) {
        let valid = |word: u64| word != 0 && (word ^ head) >> SITE_BITS & (TAGS - 1) == 0;
        let size = 1 << self.shift;
        let mut at = self.at(hash);
        let is_same = |there: u64| (there ^ head) >> 32 == 0;
        if valid(self.words[at]) && !self.head_of(at, instructions).is_some_and(is_same) {
            // What has expired is not in the way.
            self.clashes += usize::from(valid(self.words[at ^ size]));
            // Two places for each key: those that clash then have one next door.
            let fitting = ((keys * 2).next_power_of_two() << self.shift).min(MOST);
            if self.clashes > self.words.len() >> self.shift && self.words.len() < fitting {
                self.make(fitting, self.shift);
                at = self.at(hash);
            } else {
                self.words.copy_within(at..at + size, at ^ size);
            }
        }
        let place = &mut self.words[at..at + size];
        place.fill(0);
        place[0] = head;
        for (word, &instruction) in place[1..].iter_mut().zip(instructions) {
            *word = instruction as u64;
        }
    }
}

/// A hash of a key of one instruction.
#[inline(always)]
fn hash_one(record: u32, instruction: usize) -> u64 {
    let product = (u64::from(record) ^ instruction as u64).wrapping_mul(GOLDEN);
    // What is high in the product depends on all bits.
    product ^ product >> 32
}

/// A hash of a key. The products of the instructions do not wait for each other.
#[inline]
fn hash(record: u32, instructions: &[usize]) -> u64 {
    let hash = instructions.iter().fold(u64::from(record), |hash, &instruction| {
        hash.rotate_left(5) ^ (instruction as u64).wrapping_mul(GOLDEN)
    });
    let product = (hash ^ hash >> 32).wrapping_mul(GOLDEN);
    product ^ product >> 32
}

#[cold]
#[inline(never)]
fn renew(state: &State) -> &Cache {
    if state.cache.get().is_null() {
        let spare = lock(&SPARE).pop();
        let cache = Box::into_raw(spare.unwrap_or_else(|| {
            let cache = Box::<Cache>::default();
            BYTES.fetch_add(size_of::<Cache>(), Relaxed);
            // SAFETY: nobody else has it yet.
            unsafe { &mut *cache.one.get() }.make(FIRST, 1);
            cache
        }));
        state.cache.set(cache);
        give_back_at_exit(cache);
    }
    // SAFETY: just seen not to be null, and this thread's own until it ends.
    let cache = unsafe { &*state.cache.get() };
    cache.renew();
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
    let before = thread::suspend();
    thread::with(|state| state.cache.set(null_mut()));
    // SAFETY: it came from a box, in `renew` of this thread, which has let go of it.
    let cache = unsafe { Box::from_raw(cache.cast::<Cache>()) };
    lock(&SPARE).push(cache);
    thread::resume(before);
}
