//! How far a run has come: what somebody sees who looks on while it runs. All memory figures are
//! bytes, all times seconds.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{Measured, Profile, Sites};

/// The lines that grew most so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Live {
    /// The meters that are read, as `rss,heap`; empty where nothing is profiled.
    pub meter: String,
    /// Time since profiling started.
    pub elapsed: f64,
    /// Bytes alive and the most that were, of all that the program allocated; `None` where that is
    /// not recorded.
    pub heap: Option<(i64, i64)>,
    /// Lines there are figures of, given here or not.
    pub count: usize,
    /// Lines, in the order of their places.
    pub lines: Vec<LiveLine>,
}

/// The figures of one line; `None` for those that are not recorded of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LiveLine {
    /// `co_filename`.
    pub file: String,
    /// `co_qualname`.
    pub function: String,
    /// Line number, from 1.
    pub line: u32,
    /// What memory grew by while it ran.
    pub increment: Option<i64>,
    /// The increment less what profiled callees grew.
    pub own: Option<i64>,
    /// Highest memory at any instant in it.
    pub peak: Option<i64>,
    /// Statement executions.
    pub occurrences: Option<u64>,
    /// Bytes of its blocks that are alive.
    pub live: Option<i64>,
    /// Bytes it ever allocated.
    pub allocated: Option<u64>,
}

/// Lines by their places.
#[derive(Debug, Default)]
pub struct LiveLines(HashMap<(String, String, u32), LiveLine>);

impl LiveLines {
    /// Adds what was measured of a line of a profiled function.
    pub fn measure(&mut self, file: &str, function: &str, number: u32, figures: &Measured) {
        let line = self.at(file, function, number);
        line.increment = Some(line.increment.unwrap_or(0) + figures.increment);
        line.own = Some(line.own.unwrap_or(0) + figures.own);
        line.peak = line.peak.max(figures.peak);
        line.occurrences = Some(line.occurrences.unwrap_or(0) + figures.occurrences);
    }

    /// Adds what was measured before figures were forgotten.
    pub fn add(&mut self, earlier: &Profile) {
        for function in &earlier.functions {
            for row in &function.rows {
                if let Some(figures) = &row.measured {
                    self.measure(&function.file, &function.name, row.line, figures);
                }
            }
        }
    }

    /// Adds what the lines of the whole program allocated.
    pub fn allocate(&mut self, sites: &Sites) {
        for site in &sites.list {
            let Some(place) = site.stack.first().map(|&index| &sites.places[index as usize]) else {
                continue;
            };
            let line = self.at(&place.file, &place.function, place.line);
            line.live = Some(line.live.unwrap_or(0) + site.figures.live);
            line.allocated = Some(line.allocated.unwrap_or(0) + site.figures.allocated);
        }
    }

    /// The `count` largest lines by each figure, and how many there are in all.
    pub fn largest(self, count: usize) -> (usize, Vec<LiveLine>) {
        let mut lines: Vec<_> = self.0.into_values().collect();
        lines.sort_by(|one, other| one.place().cmp(&other.place()));
        let mut kept = HashSet::new();
        let figures: [fn(&LiveLine) -> Option<i64>; 5] = [
            |line| line.increment,
            |line| line.own,
            |line| line.peak,
            |line| line.live,
            |line| line.allocated.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        ];
        for figure in figures {
            let mut order: Vec<_> =
                (0..lines.len()).filter(|&at| figure(&lines[at]).is_some()).collect();
            order.sort_by_key(|&at| Reverse(figure(&lines[at])));
            kept.extend(order.into_iter().take(count));
        }
        let all = lines.len();
        let numbered = lines.into_iter().enumerate();
        (all, numbered.filter(|(at, _)| kept.contains(at)).map(|(_, line)| line).collect())
    }

    fn at(&mut self, file: &str, function: &str, number: u32) -> &mut LiveLine {
        self.0.entry((file.to_owned(), function.to_owned(), number)).or_insert_with(|| LiveLine {
            file: file.to_owned(),
            function: function.to_owned(),
            line: number,
            ..LiveLine::default()
        })
    }
}

impl LiveLine {
    fn place(&self) -> (&str, u32, &str) {
        (&self.file, self.line, &self.function)
    }
}

impl Live {
    /// As JSON, in one line.
    pub fn dumps(&self) -> String {
        // Without a map whose keys are no texts, and without a number that is none, nothing fails.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    fn grown(increment: i64, own: i64) -> Measured {
        Measured { increment, own, occurrences: 1, ..Measured::default() }
    }

    #[test]
    fn lines_are_the_largest_by_any_figure() {
        let mut lines = LiveLines::default();
        lines.measure("a.py", "main", 3, &grown(900, 0));
        lines.measure("a.py", "load", 1, &grown(500, 500));
        lines.measure("a.py", "load", 2, &grown(10, 10));
        let (count, largest) = lines.largest(1);
        assert_eq!((count, largest.len()), (3, 2));
        assert_eq!((largest[0].line, largest[0].own), (1, Some(500)));
        assert_eq!((largest[1].line, largest[1].increment), (3, Some(900)));
    }

    #[test]
    fn threads_and_earlier_figures_add_up() {
        let mut lines = LiveLines::default();
        let profile = samples::app();
        lines.add(&profile);
        let (_, before) = lines.largest(99);
        let mut lines = LiveLines::default();
        lines.add(&profile);
        lines.add(&profile);
        let (_, after) = lines.largest(99);
        assert_eq!(before.len(), after.len());
        for (one, two) in before.iter().zip(&after) {
            assert_eq!(two.increment, one.increment.map(|bytes| 2 * bytes));
            assert_eq!(two.peak, one.peak);
        }
    }

    #[test]
    fn the_text_is_one_line() {
        let live = Live { lines: vec![LiveLine::default()], ..Live::default() };
        let text = live.dumps();
        assert!(text.starts_with("{\"meter\":\"\"") && !text.contains('\n'), "{text}");
    }
}
