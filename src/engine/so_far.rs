//! What lines have grown so far, for who looks on while the program runs. Nothing is booked by it: a
//! visit in which somebody looked counts as one in which nobody did.

use std::collections::HashMap;

use super::thread::NONE;
use super::{Engine, FunctionId};
use crate::profile::{Kind, Measured};

/// What the open visits of a line hold.
#[derive(Debug, Clone, Copy)]
struct Open {
    increment: i64,
    own: i64,
    peak: i64,
}

impl Engine {
    /// The lines that were visited or are just now, with their functions: what closed visits booked,
    /// and what the open ones hold at the reading `now`. What lines allocate is not in it.
    pub fn so_far(&self, now: i64) -> Vec<(FunctionId, u32, Measured)> {
        let open = self.open_visits(now);
        let mut found = Vec::new();
        for own in &self.functions {
            if self.functions[own.whole.0 as usize].foreign {
                continue;
            }
            let base = own.base as usize;
            for (number, index) in (own.start..).zip(base..base + own.len as usize) {
                let (line, open) = (&self.lines[index], open.get(&index));
                let is_header = own.kind == Kind::Block && line.occurrences == 0;
                if is_header || !(line.visited() || open.is_some()) {
                    continue;
                }
                let mut figures = Measured {
                    usage: now,
                    peak: Some(now),
                    occurrences: line.occurrences,
                    shared: line.shared,
                    ..Measured::default()
                };
                if line.visited() {
                    (figures.increment, figures.own) = (line.increment, line.own);
                    (figures.usage, figures.peak) = (line.usage, Some(line.peak));
                }
                if let Some(open) = open {
                    figures.increment += open.increment;
                    figures.own += open.own;
                    figures.peak = figures.peak.max(Some(open.peak));
                }
                figures.peak = figures.peak.filter(|_| self.sampler.reads_peak());
                found.push((own.whole, number, figures));
            }
        }
        found
    }

    fn open_visits(&self, now: i64) -> HashMap<usize, Open> {
        let mut open = HashMap::new();
        for thread in &self.threads {
            // What the activation above has grown is not the visit's own.
            let mut above = None;
            let mut highest = i64::MIN;
            for activation in thread.stack.iter().rev() {
                let callee = above.map_or(0, |entry| now - entry);
                highest = highest.max(activation.highest_so_far(now));
                if activation.line != NONE {
                    let grown = now - activation.start();
                    let line = open.entry(activation.line).or_insert(Open {
                        increment: 0,
                        own: 0,
                        peak: i64::MIN,
                    });
                    line.own += grown - activation.child - callee;
                    line.increment += if activation.outermost { grown } else { 0 };
                    line.peak = line.peak.max(activation.peak).max(highest);
                }
                above = Some(activation.entry);
            }
        }
        open
    }

    /// File and qualified name of a function.
    pub fn name_of(&self, function: FunctionId) -> (&str, &str) {
        let own = &self.functions[function.0 as usize];
        (&own.file, &own.name)
    }
}
