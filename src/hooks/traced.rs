//! What `tracemalloc` counts, as a meter: the bytes of all blocks Python has allocated while it was
//! on, whoever allocated them.

use pyo3::ffi;
use pyo3::prelude::*;

use crate::meter::Other;

/// The name of the meter.
pub(super) const NAME: &str = "tracemalloc";

/// The meter. Without `tracemalloc.start()` it stays at nothing.
///
/// # Errors
/// What importing the module says.
pub(super) fn meter() -> PyResult<Other> {
    Python::attach(|py| {
        let read = py.import("_tracemalloc")?.getattr("get_traced_memory")?.unbind();
        Ok(Other { name: NAME, read: Box::new(move || current(&read)) })
    })
}

/// Bytes now. The function is one of C and runs no Python code, if it sets off no collection.
fn current(read: &Py<PyAny>) -> Option<i64> {
    Python::attach(|py| {
        // SAFETY: the lock is held; both only set a flag, which is put back.
        let collects = unsafe { ffi::PyGC_Disable() };
        let bytes = read.bind(py).call0().and_then(|pair| pair.get_item(0)?.extract()).ok();
        if collects == 1 {
            // SAFETY: as above.
            unsafe { ffi::PyGC_Enable() };
        }
        bytes
    })
}
