//! A counter for each code object that was called, found by a slot of its own on the code (`co_extra`,
//! PEP 523). The slot is read where it stands: that takes a nanosecond, and a call takes twenty.
//!
//! A counter is memory of ours, never given back and used again for other code. When code dies, the
//! interpreter hands its slot to us while its names are still there: its calls are added to those of
//! dead code of the same name, so that what is made anew again and again stays one function.
//!
//! Everything here is called under the interpreter lock.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicIsize, AtomicU64, AtomicUsize, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::Key;
use crate::heap::code;
use crate::heap::layout::{self, read};
use crate::heap::thread::Mute;
use crate::lock::lock;

/// Counters made at once.
const CHUNK: usize = 256;
/// Functions without any code left that are told apart, and bytes of their names.
const MOST_DEAD: usize = 1 << 16;
const MOST_BYTES: usize = 8 << 20;

/// The calls of a code object.
pub(super) struct Counter {
    calls: AtomicU64,
    /// Address of the code, 0 for no code. It is alive as long as it stands here.
    code: AtomicUsize,
    /// Address of the instruction that follows what is done before the first line; one more for code
    /// whose frames can be suspended.
    #[cfg(not(Py_3_12))]
    begin: AtomicUsize,
}

impl Counter {
    const fn new() -> Self {
        Self {
            calls: AtomicU64::new(0),
            code: AtomicUsize::new(0),
            #[cfg(not(Py_3_12))]
            begin: AtomicUsize::new(0),
        }
    }

    /// Counts a call.
    #[inline(always)]
    pub(super) fn count(&self) {
        self.calls.store(self.calls.load(Relaxed) + 1, Relaxed);
    }

    /// Whether a frame that is about to run at an instruction begins to, for the first time. A call of
    /// a generator function makes the generator; its first step is what counts.
    #[cfg(not(Py_3_12))]
    #[inline(always)]
    pub(super) fn is_begun_by(&self, instruction: usize, is_generator: bool) -> bool {
        let begin = self.begin.load(Relaxed);
        instruction < begin && (is_generator || begin & 1 == 0)
    }

    fn key(&self) -> Option<Key> {
        let code = self.code.load(Relaxed);
        if code == 0 {
            return None;
        }
        // SAFETY: the layout was verified before there were counters, and the code is alive.
        let names = unsafe { code::names(code as *const u8) };
        Some(Key { file: names.file, function: names.function, first: names.first })
    }
}

/// The slots of a code object (`_PyCodeObjectExtra`).
#[repr(C)]
struct Slots {
    count: usize,
    first: [*const Counter; 1],
}

/// Our index of `co_extra`; -1 before it was asked for. As a number without a sign it is larger than
/// any count of slots.
static INDEX: AtomicIsize = AtomicIsize::new(-1);

#[derive(Default)]
struct Counters {
    chunks: Vec<&'static [Counter; CHUNK]>,
    free: Vec<&'static Counter>,
    /// Calls of code that died.
    dead: HashMap<Key, u64>,
    /// Bytes of their names.
    dead_bytes: usize,
    /// Calls of code that died and could not be told apart.
    untold: u64,
}

static COUNTERS: Mutex<Option<Counters>> = Mutex::new(None);

fn with<R>(f: impl FnOnce(&mut Counters) -> R) -> R {
    let _mute = Mute::begin();
    f(lock(&COUNTERS).get_or_insert_default())
}

/// The counter of a code object, made at its first call; `None` when there is no memory for it.
///
/// # Safety
/// It is a live code object, and the calling thread holds the interpreter lock.
#[inline(always)]
pub(super) unsafe fn of(code: *const u8) -> Option<&'static Counter> {
    // SAFETY: the caller's promise; the layout was verified before an event could come in.
    unsafe {
        match known(code) {
            None => make(code),
            known => known,
        }
    }
}

/// The same, if there is one.
///
/// # Safety
/// As [`of`].
#[inline(always)]
unsafe fn known(code: *const u8) -> Option<&'static Counter> {
    // SAFETY: the field is null or points to so many slots; ours holds null or a counter, which is
    // never given back.
    unsafe {
        let slots: *const Slots = read(code, layout::EXTRA);
        let index = INDEX.load(Relaxed).cast_unsigned();
        if slots.is_null() || index >= (*slots).count {
            return None;
        }
        (&raw const (*slots).first).cast::<*const Counter>().add(index).read().as_ref()
    }
}

/// # Safety
/// As [`of`].
#[cold]
#[inline(never)]
unsafe fn make(code: *const u8) -> Option<&'static Counter> {
    // The slots, which the interpreter makes for us, are not the program's.
    let _mute = Mute::begin();
    let counter = with(|all| {
        if all.free.is_empty() {
            let chunk: &'static _ = Box::leak(Box::new([const { Counter::new() }; CHUNK]));
            all.chunks.push(chunk);
            all.free.extend(chunk);
        }
        all.free.pop()
    })?;
    counter.calls.store(0, Relaxed);
    counter.code.store(code.addr(), Relaxed);
    #[cfg(not(Py_3_12))]
    {
        /// `CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR`.
        const SUSPENDS: u32 = 0x20 | 0x80 | 0x200;
        // SAFETY: the code is alive and of a known layout.
        let (flags, first) = unsafe {
            (read::<u32>(code, layout::FLAGS), read::<i32>(code, layout::FIRST_TRACEABLE))
        };
        let first = usize::try_from(first).unwrap_or(0) * layout::UNIT;
        let suspends = usize::from(flags & SUSPENDS != 0);
        counter.begin.store((code.addr() + layout::START + first) | suspends, Relaxed);
    }
    // SAFETY: the code is alive, the lock is held, the index ours. The counter outlives the slot.
    let status = unsafe {
        ffi::PyUnstable_Code_SetExtra(
            code.cast_mut().cast(),
            INDEX.load(Relaxed),
            std::ptr::from_ref(counter).cast_mut().cast::<c_void>(),
        )
    };
    if status == 0 {
        return Some(counter);
    }
    // SAFETY: the lock is held.
    unsafe { ffi::PyErr_Clear() };
    counter.code.store(0, Relaxed);
    with(|all| all.free.push(counter));
    None
}

/// Code dies. Its names are still there.
extern "C" fn freed(slot: *mut c_void) {
    // SAFETY: what is in our slot is null or a counter.
    let Some(counter) = (unsafe { slot.cast::<Counter>().as_ref::<'static>() }) else { return };
    with(|all| {
        let calls = counter.calls.load(Relaxed);
        if let Some(key) = (calls > 0).then(|| counter.key()).flatten() {
            all.bury(key, calls);
        }
        counter.calls.store(0, Relaxed);
        counter.code.store(0, Relaxed);
        all.free.push(counter);
    });
}

impl Counters {
    fn bury(&mut self, key: Key, calls: u64) {
        if let Some(dead) = self.dead.get_mut(&key) {
            *dead += calls;
            return;
        }
        let bytes = self.dead_bytes + key.file.len() + key.function.len();
        if self.dead.len() < MOST_DEAD && bytes <= MOST_BYTES {
            self.dead_bytes = bytes;
            self.dead.insert(key, calls);
        } else {
            self.untold += calls;
        }
    }

    fn alive(&self) -> impl Iterator<Item = &'static Counter> {
        let all = self.chunks.iter().copied().flatten();
        all.filter(|counter| counter.code.load(Relaxed) != 0)
    }
}

/// Makes ready to count.
///
/// # Errors
/// `RuntimeError` where the interpreter is not as expected.
pub(super) fn prepare(py: Python<'_>) -> PyResult<()> {
    request_index()?;
    let strange =
        || PyRuntimeError::new_err("cannot count calls: code of this Python has an unknown layout");
    let probe = code::probe(py)?;
    if !code::is_as_expected(&probe)? {
        return Err(strange());
    }
    let raw = probe.as_ptr().cast::<u8>().cast_const();
    // SAFETY: the code is alive. The slots are read by the public function first: what stands where
    // they are expected may be looked into only if it is what that has made.
    unsafe {
        let made = make(raw).ok_or_else(strange)?;
        let mut told: *mut c_void = std::ptr::null_mut();
        let index = INDEX.load(Relaxed);
        let status = ffi::PyUnstable_Code_GetExtra(probe.as_ptr(), index, &raw mut told);
        if status != 0 || !std::ptr::eq(told.cast(), made) || !has_slots(raw, made) {
            return Err(strange());
        }
    }
    Ok(())
}

/// Forgets what was counted.
pub(super) fn clear(_py: Python<'_>) {
    with(|all| {
        for counter in all.alive() {
            counter.calls.store(0, Relaxed);
        }
        all.dead = HashMap::new();
        all.dead_bytes = 0;
        all.untold = 0;
    });
}

/// Whether the slots of a code object are where they are expected.
///
/// # Safety
/// A live code object of an otherwise known layout.
unsafe fn has_slots(code: *const u8, made: &'static Counter) -> bool {
    // SAFETY: the field lies in front of the instructions, inside of the object. All fields around it
    // were found where they are expected; what is no address of a word is not followed.
    unsafe {
        let slots: usize = read(code, layout::EXTRA);
        slots != 0
            && slots.is_multiple_of(size_of::<usize>())
            && known(code).is_some_and(|found| std::ptr::eq(found, made))
    }
}

/// The calls of each function, its code that died included.
pub(super) fn table(_py: Python<'_>) -> HashMap<Key, u64> {
    with(|all| {
        let mut table = all.dead.clone();
        for counter in all.alive() {
            let calls = counter.calls.load(Relaxed);
            if let Some(key) = (calls > 0).then(|| counter.key()).flatten() {
                *table.entry(key).or_default() += calls;
            }
        }
        table
    })
}

/// Calls of code that died which had no room under a name of their own.
pub(super) fn untold(_py: Python<'_>) -> u64 {
    with(|all| all.untold)
}

/// Asks CPython for an index once. There are 255 in a process and they are never given back.
fn request_index() -> PyResult<()> {
    if INDEX.load(Relaxed) >= 0 {
        return Ok(());
    }
    // SAFETY: callers hold a `Python` token; the free function takes null, and pointers of ours.
    let index = unsafe { ffi::PyUnstable_Eval_RequestCodeExtraIndex(freed) };
    if index < 0 {
        return Err(PyRuntimeError::new_err(
            "cannot count calls: all code slots of this process are taken by other tools",
        ));
    }
    INDEX.store(index, Relaxed);
    Ok(())
}

/// Whether something is a code object. Cython emits events with look-alikes.
///
/// # Safety
/// It is a live object.
#[cfg(Py_3_12)]
#[inline(always)]
pub(super) unsafe fn is_code(object: *mut ffi::PyObject) -> bool {
    // SAFETY: it is alive.
    unsafe { ffi::Py_TYPE(object) == &raw mut ffi::PyCode_Type }
}
