//! `with profile:` the lines of a running frame.

use pyo3::prelude::*;
use pyo3::types::{PyCode, PyFrame};

use super::{registry, settrace, state};

/// Counts the lines of `frame` from its next event on, or from `line` on where its body stands on that
/// line already. Its code is registered.
///
/// # Errors
/// None today; setting events may fail in a later Python.
pub fn enter_block(
    frame: &Bound<'_, PyFrame>,
    code: &Bound<'_, PyCode>,
    line: Option<u32>,
) -> PyResult<()> {
    if let Some(id) = registry::code_id(code) {
        settrace::want(frame.py());
        state::enter_block(frame.py(), identity(frame), id, line);
    }
    Ok(())
}

/// Ends the innermost block of `frame`.
///
/// # Errors
/// As [`enter_block`].
pub fn exit_block(frame: &Bound<'_, PyFrame>, code: &Bound<'_, PyCode>) -> PyResult<()> {
    if let Some(id) = registry::code_id(code) {
        state::exit_block(frame.py(), identity(frame), id);
        settrace::unwant(frame.py());
    }
    Ok(())
}

/// What hooks know the frame by: its address, only ever compared.
fn identity(frame: &Bound<'_, PyFrame>) -> usize {
    frame.as_ptr() as usize
}
