//! Colour by hand: a figure is coloured by its share of what the function grew in all.

use super::Column;
use super::lines::Figures;
use crate::profile::{Function, Verdict};

/// ANSI sequences, from `ESC [` to `m`.
const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const RED: &str = "\x1b[31m";
const BOLD_RED: &str = "\x1b[1;31m";

/// From which share on a figure gets a colour, the largest first.
const SHARES: [(f64, &str); 3] = [(0.5, BOLD_RED), (0.2, RED), (0.05, YELLOW)];

/// What the lines of one function grew and allocated, in bytes: what their shares are of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Growth {
    increment: f64,
    own: f64,
    live: f64,
    allocated: f64,
}

impl Growth {
    /// Adds up what the lines gained; what others gave back does not lessen it.
    pub fn of(function: &Function) -> Self {
        let gained = |change: i64| change.max(0) as f64;
        let measured = function.rows.iter().filter_map(|row| row.measured);
        measured.fold(Self::default(), |sum, line| Self {
            increment: sum.increment + gained(line.increment),
            own: sum.own + gained(line.own),
            live: sum.live + line.heap.map_or(0.0, |heap| gained(heap.live)),
            allocated: sum.allocated + line.heap.map_or(0.0, |heap| heap.allocated as f64),
        })
    }

    /// Colours `text`, which shows `figures` in `column`; columns of levels and counts stay as they
    /// are.
    pub fn paint(self, text: String, figures: &Figures, column: Column) -> String {
        let (change, total) = match column {
            Column::Increment => (figures.growth, self.increment),
            Column::Own => (figures.own, self.own),
            Column::Live => (figures.heap.map_or(0, |heap| heap.live), self.live),
            Column::Allocated => {
                let allocated = figures.heap.map_or(0, |heap| heap.allocated);
                (i64::try_from(allocated).unwrap_or(i64::MAX), self.allocated)
            }
            _ => return text,
        };
        let share = change as f64 / total;
        let code = match change {
            0 => DIM,
            ..0 => GREEN,
            _ => match SHARES.iter().find(|(least, _)| share >= *least) {
                Some((_, code)) => code,
                None => return text,
            },
        };
        wrap(code, &text)
    }
}

/// A change by this much: red where it grew, green where it shrank.
pub fn change(text: &str, by: i64) -> String {
    wrap(if by > 0 { RED } else { GREEN }, text)
}

/// The word of a verdict: the worst in red.
pub fn verdict(text: &str, verdict: Verdict) -> String {
    let code = match verdict {
        Verdict::Leak => BOLD_RED,
        Verdict::Growing => RED,
        Verdict::Cycle | Verdict::Closure => YELLOW,
        Verdict::Held => BOLD,
    };
    wrap(code, text)
}

/// What is said beside.
pub fn aside(text: &str) -> String {
    wrap(DIM, text)
}

/// The words of a header.
pub fn header(text: &str) -> String {
    wrap(BOLD, text)
}

fn wrap(code: &str, text: &str) -> String {
    format!("{code}{text}{RESET}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{self, MIB};
    use crate::report::{Options, lines};

    fn painted(growth: Growth, change: i64) -> String {
        let profile = samples::app();
        let line = lines::lines(&profile.functions[0], &Options::default())[2].clone();
        let figures = Figures { growth: change * MIB, ..line.figures.unwrap() };
        growth.paint("x".to_owned(), &figures, Column::Increment)
    }

    #[test]
    fn the_colour_tells_the_share_of_the_growth() {
        let growth = Growth { increment: (100 * MIB) as f64, ..Growth::default() };
        assert_eq!(painted(growth, 60), "\x1b[1;31mx\x1b[0m");
        assert_eq!(painted(growth, 30), "\x1b[31mx\x1b[0m");
        assert_eq!(painted(growth, 6), "\x1b[33mx\x1b[0m");
        assert_eq!(painted(growth, 4), "x");
        assert_eq!(painted(growth, 0), "\x1b[2mx\x1b[0m");
        assert_eq!(painted(growth, -30), "\x1b[32mx\x1b[0m");
    }

    #[test]
    fn the_reading_at_entry_and_what_was_given_back_are_no_growth() {
        let growth = Growth::of(&samples::app().functions[0]);
        assert!((growth.increment - (64 * MIB) as f64).abs() < 1.0, "{growth:?}");
    }
}
