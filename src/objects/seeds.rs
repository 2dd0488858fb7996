//! What the collector of cycles tracks: its own lists are read, so that nothing is made or counted.

use pyo3::ffi::{self, PyObject};

use super::layout::{self, GC_HEAD, WORD};
use super::raw::read;

/// Keeps the collector from running, until it is dropped.
#[derive(Debug)]
pub(super) struct Paused {
    was_on: bool,
}

impl Paused {
    /// Begins.
    ///
    /// # Safety
    /// The lock is held until it is dropped.
    pub unsafe fn begin() -> Self {
        // SAFETY: the caller's promise.
        Self { was_on: unsafe { ffi::PyGC_Disable() } != 0 }
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        if self.was_on {
            // SAFETY: who began promised the lock.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}

/// The heads of the collector's lists: three generations, and what is set aside by `gc.freeze()`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lists([usize; 4]);

impl Lists {
    /// Finds them: a list that is made now is the last of the first generation, so its head is next.
    /// `None` where they are not as expected.
    ///
    /// # Safety
    /// The lock is held and the collector does not run.
    pub unsafe fn find() -> Option<Self> {
        // SAFETY: the caller's promise; an empty list is made and freed, which runs nothing.
        unsafe {
            let list = ffi::PyList_New(0);
            if list.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            let head = list.addr() - GC_HEAD;
            let first = next(head);
            ffi::Py_DECREF(list);
            let generation = |number| first + number * layout::GENERATION;
            if read::<usize>(first, 3 * layout::GENERATION) == first {
                let heads = [first, generation(1), generation(2), first + layout::PERMANENT];
                let closed =
                    |&head: &usize| next(before(head)) == head && before(next(head)) == head;
                return heads.iter().all(closed).then_some(Self(heads));
            }
            None
        }
    }

    /// Calls `visit` with each tracked object until it says no; gives how many each list has, or `None`
    /// when it was told no.
    ///
    /// # Safety
    /// As [`find`](Self::find); nothing is tracked or untracked meanwhile.
    pub unsafe fn each(self, mut visit: impl FnMut(usize) -> bool) -> Option<[u64; 4]> {
        let mut counts = [0; 4];
        for (head, count) in self.0.into_iter().zip(&mut counts) {
            // SAFETY: the caller's promise; a list is a ring of heads, each in front of its object.
            unsafe {
                let mut at = next(head);
                while at != head {
                    let after = next(at);
                    super::raw::prefetch(after as *const u8);
                    if !visit(at + GC_HEAD) {
                        return None;
                    }
                    *count += 1;
                    at = after;
                }
            }
        }
        Some(counts)
    }
}

/// The head after this one.
unsafe fn next(head: usize) -> usize {
    // SAFETY: as in `Lists::each`.
    unsafe { read::<usize>(head, 0) & !layout::GC_FLAGS }
}

/// The head before this one.
unsafe fn before(head: usize) -> usize {
    // SAFETY: as in `Lists::each`.
    unsafe { read::<usize>(head, WORD) & !layout::GC_FLAGS }
}

/// The tracked objects by the public function, where the lists are not as expected: `gc.get_objects()`
/// makes a list of all of them, and knows nothing of what is set aside. `None` where it fails, or `visit`
/// said no.
///
/// # Safety
/// The lock is held and the collector does not run.
pub(super) unsafe fn each_listed(mut visit: impl FnMut(usize) -> bool) -> Option<u64> {
    // SAFETY: the caller's promise; all objects in the list outlive it, as nothing else runs.
    unsafe {
        let module = ffi::PyImport_ImportModule(c"gc".as_ptr());
        let list = if module.is_null() {
            module
        } else {
            ffi::PyObject_CallMethod(module, c"get_objects".as_ptr(), std::ptr::null())
        };
        ffi::Py_XDECREF(module);
        if list.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let len = ffi::PyList_Size(list);
        let all = (0..len).all(|at| {
            let object: *mut PyObject = ffi::PyList_GetItem(list, at);
            visit(object.addr())
        });
        ffi::Py_DECREF(list);
        all.then(|| len.unsigned_abs() as u64)
    }
}
