//! The engine's figures as a document.

use super::{Engine, FunctionId, Line};
use crate::meter::clock::Ticks;
use crate::profile::{Function, Kind, Measured, Row};

/// How much went through an engine.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    /// Events handled.
    pub events: u64,
    /// Events and readings that could not be recorded.
    pub lost: u64,
    /// Readings taken.
    pub readings: u64,
    /// Ticks spent handling events.
    pub spent: Ticks,
}

impl Engine {
    /// The figures of one function as they stand; of visits that are open, what [`Engine::settle`]
    /// booked.
    ///
    /// The rows carry no text, and all lines of the range are there.
    pub fn function(&self, function: FunctionId) -> Function {
        let own = &self.functions[function.0 as usize];
        let base = own.base as usize;
        let lines = &self.lines[base..base + own.len as usize];
        // The way out of a block leads over its header, which is not in it.
        let counts =
            |line: &Line| line.visited && (own.kind != Kind::Block || line.occurrences > 0);
        let rows = (own.start..)
            .zip(lines)
            .map(|(number, line)| Row {
                line: number,
                text: None,
                measured: counts(line).then(|| Measured {
                    usage: line.usage,
                    increment: line.increment,
                    own: line.own,
                    peak: self.sampler.reads_peak().then_some(line.peak),
                    occurrences: line.occurrences,
                    shared: line.shared,
                }),
            })
            .collect();
        Function {
            file: own.file.clone(),
            name: own.name.clone(),
            kind: own.kind,
            first_line: own.first_line,
            calls: own.calls,
            entry_first: own.entry_first,
            entry_max: own.entry_max,
            processes: u32::from(own.calls > 0 || lines.iter().any(|line| line.visited)),
            rows,
            ..Function::default()
        }
    }

    /// How much went through.
    pub fn totals(&self) -> Totals {
        let cost = self.sampler.cost();
        Totals {
            events: self.events,
            lost: self.lost + cost.lost,
            readings: cost.readings,
            spent: self.spent,
        }
    }
}
