//! The numbers of threads, by which the engine knows them: given to a thread at its first event, and to
//! another one after its end.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

use super::state;
use crate::engine::ThreadId;
use crate::lock::lock;

/// The number of the running thread.
pub fn this_thread(_py: Python<'_>) -> ThreadId {
    ThreadId(number().unwrap_or(0))
}

/// Keeps the number of a thread from being used again, when the thread has ended too.
pub(super) fn hold(thread: ThreadId) {
    let mut numbers = lock(&NUMBERS);
    if numbers.held.len() <= thread.0 {
        numbers.held.resize(thread.0 + 1, 0);
    }
    numbers.held[thread.0] += 1;
}

/// Undoes one [`hold`].
pub(super) fn let_go(thread: ThreadId) {
    let mut numbers = lock(&NUMBERS);
    if let Some(held) = numbers.held.get_mut(thread.0) {
        *held = held.saturating_sub(1);
    }
}

/// Threads that have ended while their numbers were held, if one has since the last time.
pub fn ended_threads() -> Vec<ThreadId> {
    if !ENDED.load(Ordering::Relaxed) {
        return Vec::new();
    }
    let numbers = lock(&NUMBERS);
    ENDED.store(false, Ordering::Relaxed);
    let is_held = |number: &usize| numbers.held.get(*number).is_some_and(|&held| held > 0);
    numbers.free.iter().copied().filter(is_held).map(ThreadId).collect()
}

/// The number of a thread, given back when the thread ends.
struct Number(usize);

/// Who has which number.
struct Numbers {
    /// How many were ever given.
    given: usize,
    /// Those whose threads have ended.
    free: Vec<usize>,
    /// How often each is held.
    held: Vec<u32>,
}

static NUMBERS: Mutex<Numbers> =
    Mutex::new(Numbers { given: 0, free: Vec::new(), held: Vec::new() });

/// Whether a thread has ended whose number was held.
static ENDED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static THREAD: Number = Number::claim();
    /// The same where it is claimed: with no destructor it is found in half the time.
    static NUMBER: Cell<usize> = const { Cell::new(NONE) };
}

/// No number: not claimed yet, or given back.
const NONE: usize = usize::MAX;

/// The number of the running thread; `None` at the very end of a thread.
#[inline(always)]
pub(super) fn number() -> Option<usize> {
    match NUMBER.get() {
        NONE => claimed(),
        number => Some(number),
    }
}

#[cold]
fn claimed() -> Option<usize> {
    let number = THREAD.try_with(|own| own.0).ok()?;
    NUMBER.set(number);
    Some(number)
}

impl Number {
    /// A number that no thread has. Called from a hook, before the engine is lent.
    fn claim() -> Self {
        let number = {
            let mut numbers = lock(&NUMBERS);
            let Numbers { given, free, held } = &mut *numbers;
            let usable = |&number: &usize| held.get(number).is_none_or(|&held| held == 0);
            if let Some(at) = free.iter().rposition(usable) {
                free.swap_remove(at)
            } else {
                *given += 1;
                *given - 1
            }
        };
        state::welcome(number);
        Self(number)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        NUMBER.set(NONE);
        let mut numbers = lock(&NUMBERS);
        numbers.free.push(self.0);
        if numbers.held.get(self.0).is_some_and(|&held| held > 0) {
            ENDED.store(true, Ordering::Relaxed);
        }
    }
}
