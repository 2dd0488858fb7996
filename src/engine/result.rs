//! The engine's figures as a document.

use super::figures::narrow;
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

/// What a function's code did since it was last taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Line of the decorator or `def`.
    pub first_line: u32,
    /// Calls.
    pub calls: u64,
    /// Reading at the first of them, bytes.
    pub entry_first: i64,
    /// Highest reading at entry, bytes.
    pub entry_max: i64,
    /// The lines visited, in the order in which their first visits ended.
    pub lines: Vec<TakenLine>,
}

/// The figures of one line in [`Taken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenLine {
    /// Its number.
    pub number: u32,
    /// Bytes.
    pub increment: i64,
    /// Highest reading at the end of a visit, bytes.
    pub usage: i64,
    /// Statement executions.
    pub occurrences: u64,
}

impl Engine {
    /// Takes a function's figures and leaves none but of lines in their first visit.
    pub fn take(&mut self, function: FunctionId) -> Taken {
        let own = &self.functions[function.0 as usize];
        let base = own.base as usize;
        let lines = &self.lines[base..base + own.len as usize];
        let mut visited: Vec<_> =
            (own.start..).zip(lines).filter(|(_, line)| line.visited()).collect();
        visited.sort_by_key(|(_, line)| line.order);
        let lines = visited.into_iter().map(|(number, line)| TakenLine {
            number,
            increment: line.increment,
            usage: line.usage,
            occurrences: line.occurrences,
        });
        let taken = Taken {
            first_line: own.first_line,
            calls: own.calls,
            entry_first: own.entry_first,
            entry_max: own.entry_max,
            lines: lines.collect(),
        };
        let own = &mut self.functions[function.0 as usize];
        (own.calls, own.entry_first, own.entry_max) = (0, 0, 0);
        for line in base..base + own.len as usize {
            if self.lines[line].visited() {
                self.lines.clear(line);
            }
        }
        taken
    }

    /// First and last line of a function's range.
    pub fn range(&self, function: FunctionId) -> (u32, u32) {
        let own = &self.functions[function.0 as usize];
        (own.start, own.start + own.len - 1)
    }

    /// Whether no profiled frame is known to run.
    pub fn is_idle(&self) -> bool {
        self.threads.iter().all(|thread| thread.stack.is_empty() && thread.parked.is_empty())
    }

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
            |line: &Line| line.visited() && (own.kind != Kind::Block || line.occurrences > 0);
        let accounts = self.counts_heap().then(|| &self.lines.accounts[base..]);
        let rows = lines
            .iter()
            .enumerate()
            .map(|(offset, line)| Row {
                line: own.start + narrow(offset),
                text: None,
                measured: counts(line).then(|| Measured {
                    usage: line.usage,
                    increment: line.increment,
                    own: line.own,
                    peak: self.sampler.reads_peak().then_some(line.peak),
                    occurrences: line.occurrences,
                    shared: line.shared,
                    heap: accounts.map(|accounts| accounts[offset].figures()),
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
            processes: u32::from(own.calls > 0 || lines.iter().any(Line::visited)),
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
