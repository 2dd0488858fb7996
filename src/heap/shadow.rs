//! What is known of each block, found by its address: a radix table without locks.
//!
//! Blocks of every allocator in question start at a multiple of 16 bytes, so an address has a place
//! of its own and there is nothing to search and nothing to collide. Three levels: the root over the
//! address bits from 34, middle tables over bits 20 to 33, leaves over bits 4 to 19. A leaf is made at
//! the first block in its MiB and its pages cost memory when an entry on them is written.
//!
//! An entry belongs to who owns the block, so loads and stores of it need no order among themselves:
//! a block passed from one thread to another is passed by something that orders them.

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Acquire, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

use super::memory;
use crate::lock::lock;

const GRANULE_BITS: u32 = 4;
const LEAF_BITS: u32 = 16;
const MIDDLE_BITS: u32 = 14;
const ROOT_BITS: u32 = 14;
const LEAF_SHIFT: u32 = GRANULE_BITS + LEAF_BITS;
const MIDDLE_SHIFT: u32 = LEAF_SHIFT + MIDDLE_BITS;
const LEAF_BYTES: usize = size_of::<Leaf>();

const SIZE_BITS: u32 = 38;
/// This size and larger ones stand in a table of their own: the field has no room for them.
const LARGE: u64 = (1 << SIZE_BITS) - 1;
const CODE: u64 = 1 << SIZE_BITS;
const SITE_SHIFT: u32 = SIZE_BITS + 1;

/// Sites have numbers below this one.
pub const SITES: u32 = 1 << (64 - SITE_SHIFT);

type Leaf = [AtomicU64; 1 << LEAF_BITS];
type Middle = [AtomicPtr<Leaf>; 1 << MIDDLE_BITS];

/// Sizes by address.
pub(super) type Large = Vec<(usize, u64)>;

/// What is known of a block. All zeros: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry(u64);

impl Entry {
    /// Nothing is known of the block.
    pub const UNKNOWN: Self = Self(0);

    /// The site that made the block, from 1; 0 for one made before the start.
    #[inline(always)]
    pub fn site(self) -> u32 {
        (self.0 >> SITE_SHIFT) as u32
    }

    /// Whether the block is a code object that sites are known of.
    #[inline(always)]
    pub fn is_code(self) -> bool {
        self.0 & CODE != 0
    }
}

/// The table.
#[derive(Debug)]
pub struct Shadow {
    root: [AtomicPtr<Middle>; 1 << ROOT_BITS],
    /// Sizes of blocks of 256 GiB and more, by address.
    large: Mutex<Large>,
    lost: AtomicU64,
}

impl Default for Shadow {
    fn default() -> Self {
        Self::new()
    }
}

impl Shadow {
    /// An empty table.
    #[allow(clippy::large_stack_arrays, reason = "for a static")]
    pub const fn new() -> Self {
        Self {
            root: [const { AtomicPtr::new(null_mut()) }; 1 << ROOT_BITS],
            large: Mutex::new(Vec::new()),
            lost: AtomicU64::new(0),
        }
    }

    /// Blocks that have no place in the table: beyond the addresses it covers, or no memory for it.
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// Notes a new block; gives what stood there, or `None` when there is no place for it.
    #[inline(always)]
    pub fn put(&self, address: usize, site: u32, size: usize) -> Option<Entry> {
        let place = match self.place(address) {
            Some(place) => place,
            None => self.make_place(address)?,
        };
        let before = place.load(Relaxed);
        let mut size = size as u64;
        if size >= LARGE {
            self.note_large(address, size);
            size = LARGE;
        }
        place.store(u64::from(site) << SITE_SHIFT | size, Relaxed);
        Some(Entry(before))
    }

    /// Takes out what is known of a block.
    #[inline(always)]
    pub fn take(&self, address: usize) -> Entry {
        let Some(place) = self.place(address) else { return Entry::UNKNOWN };
        let entry = place.load(Relaxed);
        if entry != 0 {
            place.store(0, Relaxed);
        }
        Entry(entry)
    }

    /// Puts back what [`take`](Self::take) gave.
    pub fn put_back(&self, address: usize, entry: Entry) {
        if let Some(place) = self.place(address) {
            place.store(entry.0, Relaxed);
        }
    }

    /// What is known of a block.
    pub fn get(&self, address: usize) -> Entry {
        self.place(address).map_or(Entry::UNKNOWN, |place| Entry(place.load(Relaxed)))
    }

    /// Marks a block as a code object. Its owner is somebody who does not free it meanwhile.
    pub fn mark_code(&self, address: usize) -> bool {
        let place = self.place(address).or_else(|| self.make_place(address));
        place.is_some_and(|place| {
            place.fetch_or(CODE, Relaxed);
            true
        })
    }

    /// The size of a block by its entry, which has been taken out or is about to be replaced.
    #[inline(always)]
    pub fn size(&self, address: usize, entry: Entry) -> u64 {
        let size = entry.0 & LARGE;
        if size == LARGE { self.size_of_large(address) } else { size }
    }

    /// Forgets everything and gives the memory of the leaves back. Whoever notes a block meanwhile
    /// may find it forgotten.
    pub fn wipe(&self) {
        lock(&self.large).clear();
        self.each_leaf(|leaf| {
            // SAFETY: a leaf is made by `reserve`; zero is an entry of nothing.
            unsafe { memory::wipe(leaf.cast(), LEAF_BYTES) };
        });
    }

    /// Bytes of memory the table takes up.
    pub fn bytes(&self) -> usize {
        let mut bytes = 0;
        for middle in &self.root {
            if let Some(middle) = NonNull::new(middle.load(Acquire)) {
                // SAFETY: a middle table is made by `reserve`.
                bytes += unsafe { memory::resident(middle.as_ptr().cast(), size_of::<Middle>()) };
            }
        }
        self.each_leaf(|leaf| {
            // SAFETY: a leaf is made by `reserve`.
            bytes += unsafe { memory::resident(leaf.cast(), LEAF_BYTES) };
        });
        bytes
    }

    /// Holds what a fork must find unlocked in the child.
    pub(super) fn hold(&self) -> MutexGuard<'_, Large> {
        lock(&self.large)
    }

    fn each_leaf(&self, mut visit: impl FnMut(*mut Leaf)) {
        for middle in &self.root {
            let middle = middle.load(Acquire);
            if middle.is_null() {
                continue;
            }
            // SAFETY: an installed table is never given back.
            for leaf in unsafe { &*middle } {
                let leaf = leaf.load(Acquire);
                if !leaf.is_null() {
                    visit(leaf);
                }
            }
        }
    }

    #[inline(always)]
    fn place(&self, address: usize) -> Option<&AtomicU64> {
        let middle = self.root.get(address >> MIDDLE_SHIFT)?.load(Acquire);
        if middle.is_null() {
            return None;
        }
        // SAFETY: an installed table is never given back.
        let middle = unsafe { &*middle };
        let leaf = middle[address >> LEAF_SHIFT & ((1 << MIDDLE_BITS) - 1)].load(Acquire);
        if leaf.is_null() {
            return None;
        }
        // SAFETY: as above.
        let leaf = unsafe { &*leaf };
        Some(&leaf[address >> GRANULE_BITS & ((1 << LEAF_BITS) - 1)])
    }

    #[cold]
    #[inline(never)]
    fn make_place(&self, address: usize) -> Option<&AtomicU64> {
        let made = self.root.get(address >> MIDDLE_SHIFT).and_then(|slot| {
            let middle = installed(slot)?;
            // SAFETY: an installed table is never given back.
            let middle = unsafe { middle.as_ref() };
            installed(&middle[address >> LEAF_SHIFT & ((1 << MIDDLE_BITS) - 1)])
        });
        if made.is_none() {
            self.lost.fetch_add(1, Relaxed);
        }
        made.and_then(|_| self.place(address))
    }

    #[cold]
    #[inline(never)]
    fn note_large(&self, address: usize, size: u64) {
        let mut large = lock(&self.large);
        large.retain(|&(at, _)| at != address);
        large.push((address, size));
    }

    #[cold]
    #[inline(never)]
    fn size_of_large(&self, address: usize) -> u64 {
        let large = lock(&self.large);
        large.iter().find(|(at, _)| *at == address).map_or(LARGE, |(_, size)| *size)
    }
}

/// The table in a slot, made when there is none. All zeros are an empty table of either kind.
fn installed<T>(slot: &AtomicPtr<T>) -> Option<NonNull<T>> {
    if let Some(there) = NonNull::new(slot.load(Acquire)) {
        return Some(there);
    }
    let made: NonNull<c_void> = memory::reserve(size_of::<T>())?;
    match slot.compare_exchange(
        null_mut(),
        made.as_ptr().cast(),
        std::sync::atomic::Ordering::AcqRel,
        Acquire,
    ) {
        Ok(_) => Some(made.cast()),
        Err(there) => {
            // SAFETY: just made, and nobody has seen it.
            unsafe { memory::give_back(made, size_of::<T>()) };
            NonNull::new(there)
        }
    }
}
