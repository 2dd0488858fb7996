//! Taking a mutex.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the mutex, after a panic of its last holder too: none of ours leaves data half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
