//! Where the code of a generator or coroutine starts and yields: the trace hook says CALL and RETURN
//! for both kinds of either.

use pyo3::prelude::*;
use pyo3::types::PyCode;

/// Offsets into the bytecode.
#[derive(Debug)]
pub(super) struct Steps {
    start: i32,
    yields: Vec<i32>,
}

impl Steps {
    pub fn of(code: &Bound<'_, PyCode>) -> PyResult<Self> {
        let names = code.py().import("opcode")?.getattr("opmap")?;
        let resume: u8 = names.get_item("RESUME")?.extract()?;
        let yields: u8 = names.get_item("YIELD_VALUE")?.extract()?;
        let bytes: Vec<u8> = code.getattr("co_code")?.extract()?;
        let at = |op: u8| {
            (0..).step_by(2).zip(bytes.chunks_exact(2)).filter(move |(_, unit)| unit[0] == op)
        };
        // The two low bits of its argument say what is resumed: 0 is the start.
        let start = at(resume)
            .find(|(_, unit)| unit[1].trailing_zeros() >= 2)
            .map_or(-1, |(offset, _)| offset);
        // At the event of a yield the frame stands on it, or from 3.13 on behind it.
        let yields = at(yields).flat_map(|(offset, _)| [offset, offset + 2]).collect();
        Ok(Self { start, yields })
    }

    /// Whether a frame at `offset` is at its start.
    pub fn is_start(&self, offset: i32) -> bool {
        self.start == offset
    }

    /// Whether a frame that leaves at `offset` may come back.
    pub fn is_yield(&self, offset: i32) -> bool {
        self.yields.binary_search(&offset).is_ok()
    }
}
