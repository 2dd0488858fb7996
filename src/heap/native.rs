//! The allocating functions of the C library as extension modules and their libraries call them
//! while the meter is on.
//!
//! Ours do what the real ones do, results and `errno` included, and hand each call to [`record`](super::record).
//! They call the real ones through our own slots, which lead where they always did.
//!
//! The C library's own calls of `malloc` are not seen. What it makes and the program frees is an
//! unknown block: `asprintf`, `getline`, `realpath`, `getcwd`, `open_memstream`, `scandir`. A block
//! of the program that `getline` or `getdelim` makes longer stays in the figures until its address
//! is used again. `strdup` and `strndup` are seen: their sizes are known before the call. So are the
//! calls of C++'s `new`, which libstdc++ makes. Not seen are mappings of files, the stacks of
//! threads, what a library allocates while it is being loaded, and what an allocator that is linked
//! into an object ([`allocators`](super::allocators())) hands out: of that one, the mappings it takes.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{NonNull, null_mut};

use libc::{off64_t, size_t};

use super::got::{self, Coverage, Target};
use super::lookup;
use super::record::{Layer, allocate, is_active, map, release, remap, resize, unmap};
use crate::page;

unsafe extern "C" {
    fn valloc(size: size_t) -> *mut c_void;
    fn pvalloc(size: size_t) -> *mut c_void;
}

/// Leads the calls of all loaded objects to the functions here, those of objects loaded later as
/// soon as something in them is looked up. The program itself and the objects that contain one of
/// the addresses `interpreter` allocate as ever.
///
/// Waits until no other thread is loading a library. The constructor of one may want the interpreter
/// lock: it must not be held. Where another thread has switched the meter off since, nothing is led.
pub fn start(interpreter: &[usize]) {
    got::start(targets(), interpreter);
    if !is_active() {
        stop();
    }
}

/// Leads them back. Who took the address of a function here meanwhile goes on to the real one.
pub fn stop() {
    got::stop();
}

/// Leads here again what another tool has led to itself and back since. What happened in between is
/// not in the figures.
pub fn restore() {
    got::restore();
}

/// What is led to the functions here at the moment.
pub fn coverage() -> Coverage {
    got::coverage()
}

fn targets() -> Vec<Target> {
    let [plain, versioned] = lookup::hooks();
    let is_lookup = true;
    let mut targets = vec![
        Target { name: c"dlsym", ours: plain, real: libc::dlsym as *const () as usize, is_lookup },
        Target {
            name: c"dlvsym",
            ours: versioned,
            real: libc::dlvsym as *const () as usize,
            is_lookup,
        },
    ];
    let mut add = |name: &'static CStr, ours: *const (), real: *const ()| {
        if !real.is_null() {
            targets.push(Target {
                name,
                ours: ours as usize,
                real: real as usize,
                is_lookup: false,
            });
        }
    };
    add(c"malloc", our_malloc as _, libc::malloc as _);
    add(c"calloc", our_calloc as _, libc::calloc as _);
    add(c"realloc", our_realloc as _, libc::realloc as _);
    add(c"free", our_free as _, libc::free as _);
    add(c"posix_memalign", our_posix_memalign as _, libc::posix_memalign as _);
    add(c"aligned_alloc", our_aligned_alloc as _, libc::aligned_alloc as _);
    add(c"memalign", our_memalign as _, libc::memalign as _);
    add(c"valloc", our_valloc as _, valloc as _);
    add(c"pvalloc", our_pvalloc as _, pvalloc as _);
    add(c"strdup", our_strdup as _, libc::strdup as _);
    add(c"__strdup", our_strdup as _, find(c"__strdup"));
    add(c"strndup", our_strndup as _, libc::strndup as _);
    // Younger than the oldest C library we run on, or for old programs alone.
    add(c"reallocarray", our_reallocarray as _, find(c"reallocarray"));
    add(c"free_sized", our_free as _, find(c"free_sized"));
    add(c"free_aligned_sized", our_free as _, find(c"free_aligned_sized"));
    add(c"cfree", our_free as _, find(c"cfree"));
    add(c"mmap", our_mmap as _, libc::mmap as _);
    add(c"mmap64", our_mmap as _, libc::mmap64 as _);
    add(c"munmap", our_munmap as _, libc::munmap as _);
    add(c"mremap", our_mremap as _, libc::mremap as _);
    targets
}

fn find(name: &CStr) -> *const () {
    // SAFETY: the arguments are as the function wants them.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }.cast_const().cast()
}

/// `errno` as the real functions see and leave it, whatever our own books do to it. The compiler
/// believes that `malloc` does not touch it: hence the volatile reads and writes.
struct Errno {
    place: NonNull<c_int>,
    value: c_int,
}

impl Errno {
    #[inline]
    fn keep() -> Self {
        // SAFETY: the place is this thread's for as long as it lives, and never null.
        let place = unsafe { NonNull::new_unchecked(libc::__errno_location()) };
        // SAFETY: as above.
        Self { place, value: unsafe { place.read_volatile() } }
    }

    /// Calls the real function.
    #[inline]
    fn around<T>(&mut self, call: impl FnOnce() -> T) -> T {
        // SAFETY: as in `keep`.
        unsafe { self.place.write_volatile(self.value) };
        let result = call();
        // SAFETY: as in `keep`.
        self.value = unsafe { self.place.read_volatile() };
        result
    }
}

impl Drop for Errno {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: as in `keep`.
        unsafe { self.place.write_volatile(self.value) };
    }
}

/// A new block of `size` bytes from the real function.
#[inline]
fn block(size: usize, real: impl FnOnce() -> *mut c_void) -> *mut c_void {
    let mut errno = Errno::keep();
    allocate(Layer::Native, size, || errno.around(real))
}

unsafe extern "C" fn our_malloc(size: size_t) -> *mut c_void {
    // SAFETY: the caller's arguments, as they are; so below.
    block(size, || unsafe { libc::malloc(size) })
}

unsafe extern "C" fn our_calloc(count: size_t, size: size_t) -> *mut c_void {
    // What overflows is refused and not recorded.
    // SAFETY: as above.
    block(count.wrapping_mul(size), || unsafe { libc::calloc(count, size) })
}

unsafe extern "C" fn our_aligned_alloc(alignment: size_t, size: size_t) -> *mut c_void {
    // SAFETY: as above.
    block(size, || unsafe { libc::aligned_alloc(alignment, size) })
}

unsafe extern "C" fn our_memalign(alignment: size_t, size: size_t) -> *mut c_void {
    // SAFETY: as above.
    block(size, || unsafe { libc::memalign(alignment, size) })
}

unsafe extern "C" fn our_valloc(size: size_t) -> *mut c_void {
    // SAFETY: as above.
    block(size, || unsafe { valloc(size) })
}

unsafe extern "C" fn our_pvalloc(size: size_t) -> *mut c_void {
    // SAFETY: as above.
    block(size, || unsafe { pvalloc(size) })
}

unsafe extern "C" fn our_strdup(text: *const c_char) -> *mut c_char {
    // SAFETY: the caller must pass a text that ends.
    let length = unsafe { libc::strlen(text) };
    // SAFETY: as above.
    block(length + 1, || unsafe { libc::strdup(text) }.cast()).cast()
}

unsafe extern "C" fn our_strndup(text: *const c_char, most: size_t) -> *mut c_char {
    // SAFETY: the caller must pass a text that ends or has `most` bytes.
    let length = unsafe { libc::strnlen(text, most) };
    // SAFETY: as above.
    block(length + 1, || unsafe { libc::strndup(text, most) }.cast()).cast()
}

unsafe extern "C" fn our_posix_memalign(
    to: *mut *mut c_void,
    alignment: size_t,
    size: size_t,
) -> c_int {
    let mut error = 0;
    block(size, || {
        // SAFETY: as above.
        error = unsafe { libc::posix_memalign(to, alignment, size) };
        // SAFETY: a success wrote the block there.
        if error == 0 { unsafe { *to } } else { null_mut() }
    });
    error
}

unsafe extern "C" fn our_realloc(old: *mut c_void, size: size_t) -> *mut c_void {
    let mut errno = Errno::keep();
    // SAFETY: as above.
    resize(Layer::Native, old, size, || errno.around(|| unsafe { libc::realloc(old, size) }))
}

unsafe extern "C" fn our_reallocarray(
    old: *mut c_void,
    count: size_t,
    size: size_t,
) -> *mut c_void {
    if let Some(size) = count.checked_mul(size) {
        // SAFETY: as above; that is what the function does.
        return unsafe { our_realloc(old, size) };
    }
    let mut errno = Errno::keep();
    errno.value = libc::ENOMEM;
    null_mut()
}

/// Also `cfree`, `free_sized` and `free_aligned_sized`, whose further arguments say what is known.
unsafe extern "C" fn our_free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    let mut errno = Errno::keep();
    // SAFETY: as above.
    release(Layer::Native, block, || errno.around(|| unsafe { libc::free(block) }));
}

unsafe extern "C" fn our_mmap(
    at: *mut c_void,
    length: size_t,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: off64_t,
) -> *mut c_void {
    // SAFETY: as above.
    let real = || unsafe { libc::mmap64(at, length, protection, flags, file, offset) };
    let mut errno = Errno::keep();
    let mut start = libc::MAP_FAILED;
    if flags & libc::MAP_ANONYMOUS != 0 {
        map(pages(length), || {
            start = errno.around(real);
            if start == libc::MAP_FAILED { null_mut() } else { start }
        });
    } else if flags & libc::MAP_FIXED != 0 {
        // A file in place of what was there.
        unmap(at, pages(length), || {
            start = errno.around(real);
            start != libc::MAP_FAILED
        });
    } else {
        start = errno.around(real);
    }
    start
}

unsafe extern "C" fn our_munmap(at: *mut c_void, length: size_t) -> c_int {
    let mut errno = Errno::keep();
    let mut result = -1;
    unmap(at, pages(length), || {
        // SAFETY: as above.
        result = errno.around(|| unsafe { libc::munmap(at, length) });
        result == 0
    });
    result
}

/// The new address is the argument after the flags if these have `MREMAP_FIXED`. The call reads it
/// in any case, as the C library does: a register, whatever is in it.
unsafe extern "C" fn our_mremap(
    old: *mut c_void,
    length: size_t,
    new_length: size_t,
    flags: c_int,
    new: *mut c_void,
) -> *mut c_void {
    // SAFETY: as above.
    let real = || unsafe { libc::mremap(old, length, new_length, flags, new) };
    let mut errno = Errno::keep();
    if length == 0 {
        // A second mapping of shared pages.
        return errno.around(real);
    }
    let mut start = libc::MAP_FAILED;
    remap(old, pages(length), pages(new_length), || {
        start = errno.around(real);
        if start == libc::MAP_FAILED { null_mut() } else { start }
    });
    start
}

/// What the kernel makes of a length: whole pages.
fn pages(length: usize) -> usize {
    length.checked_next_multiple_of(page::size()).unwrap_or(length)
}
