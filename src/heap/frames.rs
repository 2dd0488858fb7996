//! Where the calling thread is in Python code.
//!
//! Its own chain of frames is read as it stands in memory: without the interpreter lock, without a
//! reference counted, without frame objects. A running frame keeps its code object alive, and nobody
//! but the thread itself changes its chain.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::ffi;
use pyo3::prelude::*;

use super::figures::Locked;
use super::intern::{Frame, Place};
use super::layout::{self, read};
use super::record::Layer;
use super::shadow::SITES;
use super::sites::{self, LONGEST};
use super::thread::State;
use super::{cache, code, public_frames};

/// Whether the layouts are those of this interpreter.
static VERIFIED: AtomicBool = AtomicBool::new(false);
/// Whether the interpreter has begun to take itself apart.
static ENDING: AtomicBool = AtomicBool::new(false);

/// In the cache: no frame of Python code that has begun, look at the one before.
const SKIP: u32 = SITES;
/// In the cache, where whole stacks have places of their own: a frame to begin with.
const BEGUN: u32 = SITES + 1;
/// In the cache, instead of an instruction: no Python code.
const ELSEWHERE: usize = 1;

/// Whether the calling thread holds the interpreter lock. It does while the thread state that runs is
/// its own.
#[inline(always)]
pub(super) fn has_lock() -> bool {
    // SAFETY: may be called at any time; before 3.12 it gives whose state runs, in whatever thread.
    let state = unsafe { ffi::compat::PyThreadState_GetUnchecked() };
    #[cfg(not(Py_3_12))]
    let state = {
        // SAFETY: as in `Raw::current`.
        let own = || unsafe { ffi::PyGILState_GetThisThreadState() };
        if !ENDING.load(Relaxed) && own() == state { state } else { std::ptr::null_mut() }
    };
    !state.is_null()
}

/// A frame (`_PyInterpreterFrame`) of the calling thread, or null.
#[derive(Clone, Copy)]
struct Raw(*const u8);

impl Raw {
    /// The innermost frame; it is found quicker by who is `locked`, has the interpreter lock.
    #[inline(always)]
    fn current(locked: Locked) -> Self {
        let none = Self(std::ptr::null());
        // SAFETY: both functions may be called at any time. Under the lock the current thread state
        // is this thread's. Without it, it is kept with the thread; states of threads that outlive
        // the interpreter are freed under them, so it is not asked for any more by then.
        unsafe {
            let state = if locked {
                ffi::compat::PyThreadState_GetUnchecked()
            } else if ENDING.load(Relaxed) {
                return none;
            } else {
                ffi::PyGILState_GetThisThreadState()
            };
            if state.is_null() {
                return none;
            }
            let state = state.cast::<u8>().cast_const();
            #[cfg(not(Py_3_13))]
            let state = {
                let state = read::<*const u8>(state, layout::CFRAME);
                if state.is_null() {
                    return none;
                }
                state
            };
            Self(read(state, layout::CURRENT))
        }
    }

    #[inline(always)]
    fn instruction(self) -> usize {
        // SAFETY: a frame of this thread, of a layout that was verified; so in the ones below.
        unsafe { read(self.0, layout::INSTRUCTION) }
    }

    #[inline(always)]
    fn previous(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { read(self.0, layout::PREVIOUS) })
    }

    fn code(self) -> *const u8 {
        // SAFETY: as above.
        unsafe { read(self.0, layout::CODE) }
    }

    #[inline(always)]
    fn owner(self) -> u8 {
        // SAFETY: as above.
        unsafe { read(self.0, layout::OWNER) }
    }

    /// Whether it runs Python code, and has got past what a function does before its first line. Same
    /// as `_PyFrame_IsIncomplete`, negated.
    fn has_begun(self) -> bool {
        match self.owner() {
            layout::BY_C_STACK => false,
            layout::BY_GENERATOR => true,
            _ => {
                let code = self.code();
                // SAFETY: the frame is of Python code, and keeps it alive.
                let first = unsafe { read::<i32>(code, layout::FIRST_TRACEABLE) };
                let first = usize::try_from(first).unwrap_or(0) * layout::UNIT;
                self.instruction() >= code.addr() + layout::START + first
            }
        }
    }

    /// Whether a block is what the interpreter gives to code that is about to begin, to call those who
    /// watch events (from 3.12 on).
    fn is_given(self, layer: Layer) -> bool {
        if !cfg!(Py_3_12) || layer != Layer::Mem {
            return false;
        }
        let code = self.code();
        // SAFETY: as above; it was seen to be a frame of Python code.
        let first = unsafe { read::<i32>(code, layout::FIRST_TRACEABLE) };
        let first = usize::try_from(first).unwrap_or(0) * layout::UNIT;
        self.instruction() == code.addr() + layout::START + first
    }

    fn frame(self) -> Frame {
        Frame { code: self.code().addr(), instruction: self.instruction() }
    }

    #[inline(always)]
    fn or_none(self) -> Option<Self> {
        (!self.0.is_null()).then_some(self)
    }
}

/// The site of the calling thread; 0 when there is none.
#[inline(always)]
pub(super) fn site(layer: Layer, locked: Locked, state: &State) -> u32 {
    if !VERIFIED.load(Relaxed) {
        return public_frames::site(layer, state);
    }
    let longest = sites::stacks();
    if longest > 1 {
        return site_of_stack(layer, locked, state, longest);
    }
    let cache = cache::of(state);
    let record = state.record_in(layer);
    let mut raw = Raw::current(locked);
    while let Some(frame) = raw.or_none() {
        match cache.find_one(record, frame.instruction()) {
            Some(SKIP) => raw = frame.previous(),
            Some(site) => return site,
            None => return site_of_new(layer, state, frame),
        }
    }
    cache.find_one(record, ELSEWHERE).unwrap_or_else(|| site_of_new(layer, state, raw))
}

/// The site of a frame whose instruction the thread does not remember; 0 for what is not to be
/// recorded.
#[cold]
#[inline(never)]
fn site_of_new(layer: Layer, state: &State, mut raw: Raw) -> u32 {
    let cache = cache::of(state);
    let record = state.record_in(layer);
    let frame = loop {
        let Some(frame) = raw.or_none() else { break None };
        if frame.has_begun() {
            if frame.is_given(layer) {
                return 0;
            }
            break Some(frame.frame());
        }
        cache.put_one(record, frame.instruction(), SKIP);
        raw = frame.previous();
    };
    let site = sites::intern(record, frame.as_slice(), place);
    if site != 0 {
        cache.put_one(record, frame.map_or(ELSEWHERE, |frame| frame.instruction), site);
    }
    site
}

#[inline(never)]
fn site_of_stack(layer: Layer, locked: Locked, state: &State, longest: usize) -> u32 {
    let cache = cache::of(state);
    let record = state.record_in(layer);
    let mut raw = Raw::current(locked);
    while let Some(frame) = raw.or_none() {
        let begun = cache.find_one(0, frame.instruction()).unwrap_or_else(|| {
            let begun = if frame.has_begun() { BEGUN } else { SKIP };
            cache.put_one(0, frame.instruction(), begun);
            begun
        });
        if begun == BEGUN {
            break;
        }
        raw = frame.previous();
    }
    let mut buffer = [MaybeUninit::<usize>::uninit(); LONGEST];
    let mut len = 0;
    let mut walk = raw;
    while let Some(frame) = walk.or_none() {
        if frame.owner() != layout::BY_C_STACK {
            buffer[len].write(frame.instruction());
            len += 1;
            if len == longest {
                break;
            }
        }
        walk = frame.previous();
    }
    // SAFETY: as many have been written.
    let instructions = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<usize>(), len) };
    if let Some(site) = cache.find(record, instructions) {
        return site;
    }
    if raw.or_none().is_some_and(|frame| frame.is_given(layer)) {
        return 0;
    }
    let mut frames = Vec::with_capacity(len);
    while let Some(frame) = raw.or_none()
        && frames.len() < len
    {
        if frame.owner() != layout::BY_C_STACK {
            frames.push(frame.frame());
        }
        raw = frame.previous();
    }
    let site = sites::intern(record, &frames, place);
    if site != 0 {
        cache.put(record, instructions, site, longest);
    }
    site
}

/// The line of a frame. Everything it reads never changes once code has run.
fn place(frame: &Frame) -> Place {
    let code = frame.code as *const u8;
    let offset = frame.instruction.wrapping_sub(frame.code + layout::START).cast_signed();
    // SAFETY: a running frame keeps the code object alive, and the code its names.
    unsafe {
        let line =
            ffi::PyCode_Addr2Line(code.cast_mut().cast(), i32::try_from(offset).unwrap_or(0));
        Place { line: u32::try_from(line).unwrap_or(0), ..code::names(code) }
    }
}

/// Finds out whether the layouts hold, by the frames that are running now; the public functions are
/// used where they do not.
pub(super) fn verify(py: Python<'_>, allow: bool) -> PyResult<()> {
    VERIFIED.store(allow && is_as_expected(py)?, Relaxed);
    Ok(())
}

/// Whether they do.
pub(super) fn is_verified() -> bool {
    VERIFIED.load(Relaxed)
}

/// Has threads without the lock not be looked at any more.
pub(super) fn end() {
    ENDING.store(true, Relaxed);
}

fn is_as_expected(py: Python<'_>) -> PyResult<bool> {
    let mut object = py.import("sys")?.call_method1("_getframe", ())?;
    let mut raw = Raw::current(true);
    let same = Raw::current(false);
    if raw.0 != same.0 {
        return Ok(false);
    }
    loop {
        while raw.or_none().is_some_and(|frame| !frame.has_begun()) {
            raw = raw.previous();
        }
        let Some(frame) = raw.or_none() else { return Ok(object.is_none()) };
        if object.is_none() {
            return Ok(false);
        }
        let code = object.getattr("f_code")?;
        let last: isize = object.getattr("f_lasti")?.extract()?;
        let offset = frame.instruction().wrapping_sub(frame.code().addr() + layout::START);
        if !std::ptr::eq(code.as_ptr().cast::<u8>(), frame.code()) || offset.cast_signed() != last {
            return Ok(false);
        }
        let place = place(&frame.frame());
        let surrogates = |name: &str| -> PyResult<Vec<u8>> {
            code.getattr(name)?.call_method1("encode", ("utf-8", "surrogatepass"))?.extract()
        };
        if place.file != surrogates("co_filename")?
            || place.function != surrogates("co_qualname")?
            || place.first != code.getattr("co_firstlineno")?.extract::<u32>()?
            || Some(place.line) != object.getattr("f_lineno")?.extract::<Option<u32>>()?.or(Some(0))
        {
            return Ok(false);
        }
        object = object.getattr("f_back")?;
        raw = frame.previous();
    }
}
