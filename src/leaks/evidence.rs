//! What is known of growth: how often functions were called, and how many blocks of each line were alive
//! at moments of the run.

use std::collections::HashMap;

use pyo3::prelude::*;

use super::places::Places;
use crate::heap::marks::{self, Level};
use crate::heap::record;
use crate::hooks::calls;
use crate::profile::{Growth, Moment, Per, Place};

/// Fewer objects or calls than this say nothing.
pub(super) const FEW: usize = 5;
/// The same as a count of either.
const LEAST: u64 = FEW as u64;
/// Marks, and seconds, it takes to see whether growth goes on. Less than that a program may spend on its
/// end.
const MARKS: usize = 8;
const SECONDS: f64 = 1.0;
/// A part of the time in which less than this share of all was added stands still.
const SHARE: f64 = 0.05;

/// How often a function was called, by its file, name and first line.
type Calls = HashMap<calls::Key, u64>;

/// What is known at the moment of a look.
pub(super) struct Evidence {
    calls: Calls,
    seconds: f64,
    notes: Vec<String>,
}

impl Evidence {
    /// Gathers it.
    pub fn gather(py: Python<'_>) -> Self {
        // Where nobody takes marks any more, the program has ended, and what has gone by since says nothing.
        if record::is_active() && marks::is_running() {
            marks::mark(None);
        }
        Self {
            calls: calls::table(py),
            seconds: if record::is_active() { marks::seconds() } else { 0.0 },
            notes: calls::notes(py),
        }
    }

    /// Whether allocations are recorded.
    #[expect(clippy::unused_self, reason = "the meter is that of the process")]
    pub fn is_watching(&self) -> bool {
        record::is_active()
    }

    /// For how long, seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The moments that have a name.
    pub fn marks(&self) -> Vec<Moment> {
        let named =
            |(seconds, name): (f64, Option<&str>)| Some(Moment { name: name?.to_owned(), seconds });
        let all = marks::with_marks(|marks| {
            marks.map(|marks| marks.moments().filter_map(named).collect())
        });
        all.filter(|_| self.is_watching()).unwrap_or_default()
    }

    /// Why the counts are not whole, if they are not.
    pub fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    /// Calls of the function a line is in; `None` where they were not counted.
    pub fn calls_of(&self, place: &Place) -> Option<u64> {
        // Module bodies and class bodies run once: their lines are not of a call.
        let key = calls::Key {
            file: place.file.clone().into_bytes(),
            function: place.function.clone().into_bytes(),
            first: place.first_line,
        };
        self.calls.get(&key).copied()
    }

    /// How `count` objects that retain `bytes`, made on a line, grow; `None` when they do not, as far as
    /// can be told.
    pub fn growth(&self, places: &Places, line: u32, count: u64, bytes: u64) -> Option<Growth> {
        let place = places.of(line)?;
        let calls = self.calls_of(place).filter(|&calls| calls >= LEAST);
        let history = history(places.sites(line));
        let grows = match goes_on(&history) {
            Some(goes_on) => goes_on,
            None => calls.is_some_and(|calls| count.saturating_mul(2) >= calls),
        };
        if !grows || count < LEAST {
            return None;
        }
        let (per, times) = match calls {
            Some(calls) => (Per::Call { function: place.function.clone(), calls }, calls as f64),
            None => (Per::Second, span(&history).max(f64::MIN_POSITIVE)),
        };
        Some(Growth {
            objects: count as f64 / times,
            bytes: bytes as f64 / times,
            per,
            made: made(places.sites(line), count, calls),
        })
    }
}

/// Of how many ever made `count` are alive: all where the line never lost a block, else one for each call.
fn made(sites: &[u32], count: u64, calls: Option<u64>) -> Option<u64> {
    let (_, freed) = blocks(sites);
    if freed == 0 { Some(count) } else { calls.filter(|&calls| calls >= count) }
}

/// Blocks made and freed at these sites.
pub(super) fn blocks(sites: &[u32]) -> (u64, u64) {
    let figures = sites.iter().map(|&site| marks::figures_of(site));
    figures.fold((0, 0), |(made, freed), of_site| (made + of_site.0, freed + of_site.1))
}

/// What these sites had at each mark, together, from the last one on at which they had nothing.
fn history(sites: &[u32]) -> Vec<Level> {
    let mut sum: Vec<Level> = Vec::new();
    for &site in sites {
        let history = marks::history(site);
        if sum.len() < history.len() {
            sum.resize(history.len(), Level::default());
        }
        for (level, found) in sum.iter_mut().zip(history) {
            level.seconds = found.seconds;
            level.live += found.live;
            level.made += found.made;
        }
    }
    let first = sum.iter().position(|level| level.made > 0).unwrap_or(sum.len());
    sum.split_off(first.saturating_sub(1))
}

/// Seconds from the last mark at which a line had nothing to now.
fn span(history: &[Level]) -> f64 {
    let (Some(first), Some(last)) = (history.first(), history.last()) else { return 0.0 };
    last.seconds - first.seconds
}

/// Whether a line adds blocks all the time and to the end; `None` when it was seen too shortly to say.
fn goes_on(history: &[Level]) -> Option<bool> {
    if history.len() < MARKS || span(history) < SECONDS {
        return None;
    }
    let (start, end) = (history[0], history[history.len() - 1]);
    let live = |level: &Level| level.live as f64;
    let at = |part: f64| {
        let moment = start.seconds + (end.seconds - start.seconds) * part;
        history.iter().rev().find(|level| level.seconds <= moment).map_or(0.0, live)
    };
    let levels = [live(&start), at(0.25), at(0.5), at(0.75), live(&end)];
    let least = (levels[4] * SHARE).max(0.5);
    let grew: Vec<bool> = levels.windows(2).map(|pair| pair[1] - pair[0] > least).collect();
    Some(grew[3] && grew.iter().filter(|&&grew| grew).count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(live: &[u64]) -> Vec<Level> {
        let level =
            |(index, &live): (usize, &u64)| Level { seconds: index as f64, live, made: live };
        live.iter().enumerate().map(level).collect()
    }

    #[test]
    fn a_line_that_adds_to_the_end_grows() {
        assert_eq!(goes_on(&history(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])), Some(true));
    }

    #[test]
    fn a_line_that_was_filled_once_does_not() {
        assert_eq!(goes_on(&history(&[0, 50, 100, 100, 100, 100, 100, 100, 100])), Some(false));
    }

    #[test]
    fn a_line_that_frees_what_it_made_does_not() {
        assert_eq!(goes_on(&history(&[0, 9, 0, 9, 0, 9, 0, 9, 0])), Some(false));
    }

    #[test]
    fn a_few_marks_say_nothing() {
        assert_eq!(goes_on(&history(&[0, 1, 2])), None);
        assert_eq!(goes_on(&[]), None);
    }
}
