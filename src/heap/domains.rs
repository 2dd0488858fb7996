//! The three allocators of CPython, each with ours in front.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, PyMemAllocatorDomain, PyMemAllocatorEx};
use pyo3::prelude::*;

use super::record::{self, Layer};
use super::thread;
use super::{control, frames, watcher};

/// The allocators ours call, as they were before.
struct Saved([UnsafeCell<MaybeUninit<PyMemAllocatorEx>>; 3]);

// SAFETY: written under the interpreter lock before ours can be called, and read by ours only.
unsafe impl Sync for Saved {}

static SAVED: Saved = Saved([const { UnsafeCell::new(MaybeUninit::uninit()) }; 3]);
/// Whether ours have been put in front and not been taken away by us.
static INSTALLED: AtomicBool = AtomicBool::new(false);

const RAW: usize = 0;
const MEM: usize = 1;
const OBJ: usize = 2;

const fn layer(domain: usize) -> Layer {
    match domain {
        RAW => Layer::Raw,
        MEM => Layer::Mem,
        _ => Layer::Obj,
    }
}

const fn name(domain: usize) -> PyMemAllocatorDomain {
    match domain {
        RAW => PyMemAllocatorDomain::PYMEM_DOMAIN_RAW,
        MEM => PyMemAllocatorDomain::PYMEM_DOMAIN_MEM,
        _ => PyMemAllocatorDomain::PYMEM_DOMAIN_OBJ,
    }
}

/// How Python's memory is recorded.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Frames kept of each stack, 1 to [`LONGEST`](control::LONGEST).
    pub stacks: usize,
    /// Whether frames may be read as they stand in memory; for tests.
    pub raw_frames: bool,
}

/// Records what Python allocates from now on.
///
/// # Errors
/// `RuntimeError` where it cannot work, or while it is on.
pub fn start(py: Python<'_>, options: Options) -> PyResult<()> {
    static AT_EXIT: AtomicBool = AtomicBool::new(false);
    if record::is_active() {
        return Err(PyRuntimeError::new_err("the heap meter is on already: stop it first"));
    }
    refuse(py)?;
    frames::verify(py, options.raw_frames)?;
    if !AT_EXIT.swap(true, Relaxed) {
        let end = pyo3::wrap_pyfunction!(end, py)?;
        py.import("atexit")?.call_method1("register", (end,))?;
    }
    control::start(options.stacks);
    install();
    Ok(())
}

/// Whether lines of threads that have released the interpreter lock can be seen, which is so but for
/// interpreters of an unknown layout.
pub fn sees_all() -> bool {
    frames::is_verified()
}

/// Records no more. Ours are taken away if they are still in front; behind those of another tracer
/// they stay and pass everything on, because that one calls them.
pub fn stop(_py: Python<'_>) {
    if !record::is_active() {
        return;
    }
    control::stop();
    if (RAW..=OBJ).all(is_in_front) {
        for domain in RAW..=OBJ {
            // SAFETY: written when ours were put in front.
            unsafe {
                let saved = (*SAVED.0[domain].get()).as_mut_ptr();
                ffi::PyMem_SetAllocator(name(domain), saved);
            }
        }
        INSTALLED.store(false, Relaxed);
    }
}

/// Puts ours in front again, where another tracer that was there first has taken itself away and us
/// with it. What happened in between is not in the figures.
pub fn restore(_py: Python<'_>) {
    if record::is_active() {
        install();
    }
}

/// Addresses in the objects that the interpreter is made of. What they allocate, they allocate
/// through its domains.
pub fn addresses() -> [usize; 1] {
    [ffi::PyObject_Malloc as *const () as usize]
}

/// Says where the meter cannot work.
///
/// # Errors
/// `RuntimeError` with the reason.
pub fn refuse(py: Python<'_>) -> PyResult<()> {
    if cfg!(not(target_env = "gnu")) {
        return Err(PyRuntimeError::new_err("the heap meter needs glibc: use the rss meter"));
    }
    // SAFETY: the lock is held.
    let main = unsafe { ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() };
    if !main {
        return Err(PyRuntimeError::new_err(
            "the heap meter works in the main interpreter only: start it there",
        ));
    }
    let sys = py.import("sys")?;
    let locked = sys.getattr_opt("_is_gil_enabled")?.map_or(Ok(true), |ask| ask.call0()?.extract());
    if !locked? {
        return Err(PyRuntimeError::new_err(
            "the heap meter needs the interpreter lock: run with PYTHON_GIL=1 or use the rss meter",
        ));
    }
    Ok(())
}

#[pyfunction]
fn end(py: Python<'_>) {
    watcher::end(py);
    frames::end();
}

fn install() {
    if (RAW..=OBJ).all(is_in_front) || INSTALLED.load(Relaxed) && is_reached() {
        return;
    }
    for domain in RAW..=OBJ {
        // SAFETY: the lock is held. Other threads may call the allocator of the raw domain meanwhile,
        // and see a part of the old structure and a part of ours; so ours has the same context, which
        // only the old functions look at.
        unsafe {
            let mut ours = MaybeUninit::uninit();
            ffi::PyMem_GetAllocator(name(domain), ours.as_mut_ptr());
            let mut ours = ours.assume_init();
            if is_ours(&ours, domain) {
                continue;
            }
            (*SAVED.0[domain].get()).write(ours);
            hooks(domain, &mut ours);
            ffi::PyMem_SetAllocator(name(domain), &raw mut ours);
        }
    }
    INSTALLED.store(true, Relaxed);
}

fn is_in_front(domain: usize) -> bool {
    let mut now = MaybeUninit::uninit();
    // SAFETY: it is filled in.
    let now = unsafe {
        ffi::PyMem_GetAllocator(name(domain), now.as_mut_ptr());
        now.assume_init()
    };
    is_ours(&now, domain)
}

fn is_ours(allocator: &PyMemAllocatorEx, domain: usize) -> bool {
    let mut ours = *allocator;
    hooks(domain, &mut ours);
    let address = |allocator: &PyMemAllocatorEx| allocator.free.map(|free| free as usize);
    address(allocator) == address(&ours)
}

/// Whether a call gets to ours, though others are in front.
fn is_reached() -> bool {
    // SAFETY: the lock is held.
    thread::is_reached(|| unsafe { ffi::PyMem_Free(ffi::PyMem_Malloc(1)) })
}

fn hooks(domain: usize, allocator: &mut PyMemAllocatorEx) {
    match domain {
        RAW => fill::<RAW>(allocator),
        MEM => fill::<MEM>(allocator),
        _ => fill::<OBJ>(allocator),
    }
}

fn fill<const DOMAIN: usize>(allocator: &mut PyMemAllocatorEx) {
    allocator.malloc = Some(malloc::<DOMAIN>);
    allocator.calloc = Some(calloc::<DOMAIN>);
    allocator.realloc = Some(realloc::<DOMAIN>);
    allocator.free = Some(free::<DOMAIN>);
}

#[inline(always)]
fn saved<const DOMAIN: usize>() -> &'static PyMemAllocatorEx {
    // SAFETY: written before ours were put in front, and whole: not written again while a call can
    // come in.
    unsafe { (*SAVED.0[DOMAIN].get()).assume_init_ref() }
}

extern "C" fn malloc<const DOMAIN: usize>(_: *mut c_void, size: usize) -> *mut c_void {
    let next = saved::<DOMAIN>();
    record::allocate(layer(DOMAIN), size, || {
        next.malloc.map_or(std::ptr::null_mut(), |malloc| malloc(next.ctx, size))
    })
}

extern "C" fn calloc<const DOMAIN: usize>(
    _: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    let next = saved::<DOMAIN>();
    record::allocate(layer(DOMAIN), count.wrapping_mul(size), || {
        next.calloc.map_or(std::ptr::null_mut(), |calloc| calloc(next.ctx, count, size))
    })
}

extern "C" fn realloc<const DOMAIN: usize>(
    _: *mut c_void,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    let next = saved::<DOMAIN>();
    record::resize(layer(DOMAIN), block, size, || {
        next.realloc.map_or(std::ptr::null_mut(), |realloc| realloc(next.ctx, block, size))
    })
}

extern "C" fn free<const DOMAIN: usize>(_: *mut c_void, block: *mut c_void) {
    let next = saved::<DOMAIN>();
    record::release(layer(DOMAIN), block, || {
        if let Some(free) = next.free {
            free(next.ctx, block);
        }
    });
}
