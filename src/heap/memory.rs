//! Pages of our own, straight from the kernel: what the tables stand in.

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

use crate::page;

/// Zeroed pages that cost nothing until they are written to; `None` when there are none left. They
/// are never given back: a hook in another thread may be reading them.
pub(super) fn reserve(bytes: usize) -> Option<NonNull<c_void>> {
    let (protection, flags) = (
        libc::PROT_READ | libc::PROT_WRITE,
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
    );
    // SAFETY: a new private mapping of no file overlaps nothing.
    let start = unsafe { libc::mmap(null_mut(), bytes, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return None;
    }
    // A huge page would make a table of two entries as large as one of 262,144.
    // SAFETY: the range is the mapping just made; a kernel without huge pages refuses, which is fine.
    unsafe { libc::madvise(start, bytes, libc::MADV_NOHUGEPAGE) };
    NonNull::new(start)
}

/// Gives back what [`reserve`] gave and nobody has seen.
///
/// # Safety
/// The range is one that [`reserve`] made, whole, and no pointer to it is left.
pub(super) unsafe fn give_back(start: NonNull<c_void>, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::munmap(start.as_ptr(), bytes) };
}

/// Makes pages zero again and gives their memory back, the addresses stay.
///
/// # Safety
/// The range is one that [`reserve`] made, and zero is a sound value for whoever reads it meanwhile.
pub(super) unsafe fn wipe(start: *mut c_void, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::madvise(start, bytes, libc::MADV_DONTNEED) };
}

/// Bytes of a range that are in memory.
///
/// # Safety
/// The range is one that [`reserve`] made.
pub(super) unsafe fn resident(start: *mut c_void, bytes: usize) -> usize {
    let page = page::size();
    let mut pages = vec![0u8; bytes.div_ceil(page)];
    // SAFETY: the vector has a byte for each page.
    let failed = unsafe { libc::mincore(start, bytes, pages.as_mut_ptr()) } != 0;
    if failed {
        return 0;
    }
    pages.iter().filter(|&&flags| flags & 1 == 1).count() * page
}
