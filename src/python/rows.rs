//! Figures as `memory_profiler` has them: rows of a dictionary.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::engine::Taken;

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// Adds figures to `{line: (increment, memory, occurrences)}`, memory in MiB.
pub fn add(figures: &Bound<'_, PyDict>, taken: &Taken) -> PyResult<()> {
    if taken.calls > 0 {
        // The line of the `def` stands for the calls: memory at entry, the first one's as increment.
        let old = old(figures, taken.first_line)?;
        let (increment, usage, calls) = old.unwrap_or((taken.entry_first as f64 / MIB, 0.0, 0));
        let usage = usage.max(taken.entry_max as f64 / MIB);
        figures.set_item(taken.first_line, (increment, usage, calls + taken.calls))?;
    }
    for line in &taken.lines {
        let entry = line.number == taken.first_line;
        if entry && line.occurrences == 0 {
            continue;
        }
        let (increment, usage, occurrences) = old(figures, line.number)?.unwrap_or_default();
        let row = (
            increment + line.increment as f64 / MIB,
            usage.max(line.usage as f64 / MIB),
            occurrences + if entry { 0 } else { line.occurrences },
        );
        figures.set_item(line.number, row)?;
    }
    Ok(())
}

fn old(figures: &Bound<'_, PyDict>, line: u32) -> PyResult<Option<(f64, f64, u64)>> {
    if figures.is_empty() {
        return Ok(None);
    }
    figures.get_item(line)?.map(|row| row.extract()).transpose()
}
