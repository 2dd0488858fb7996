//! Figures by stacks, which is all that other viewers know.

use std::collections::HashMap;

use crate::profile::{Place, Profile, Run, SiteFigures, Sites};

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Its name, as one word.
    pub name: &'static str,
    /// Whether it is bytes, and not a count.
    pub is_bytes: bool,
}

/// A stack with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Indices of places, the innermost first; empty where no Python code ran.
    pub places: Vec<u32>,
    /// As many as there are figures.
    pub values: Vec<i64>,
}

/// The figures of a profile by stacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stacks {
    pub figures: Vec<Figure>,
    /// The one to show first.
    pub first: usize,
    pub places: Vec<Place>,
    pub list: Vec<Stack>,
}

const fn bytes(name: &'static str) -> Figure {
    Figure { name, is_bytes: true }
}

const fn count(name: &'static str) -> Figure {
    Figure { name, is_bytes: false }
}

impl Stacks {
    /// Those of a profile; nothing where no line was measured.
    pub fn of(profile: &Profile) -> Option<Self> {
        match &profile.sites {
            Some(sites) => Some(Self::of_sites(sites)),
            None if profile.has_no_lines() => None,
            None => Some(Self::of_lines(profile)),
        }
    }

    fn of_sites(sites: &Sites) -> Self {
        let values = |figures: &SiteFigures| {
            let wide = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
            vec![
                figures.live,
                figures.live_blocks,
                figures.peak,
                wide(figures.allocated),
                wide(figures.count),
            ]
        };
        let list = sites.list.iter();
        Self {
            figures: vec![
                bytes("live"),
                count("live_blocks"),
                bytes("peak"),
                bytes("allocated"),
                count("allocated_blocks"),
            ],
            first: 2,
            places: sites.places.clone(),
            list: list
                .map(|site| Stack { places: site.stack.clone(), values: values(&site.figures) })
                .collect(),
        }
    }

    /// Each line is a stack of its own: who called whom is not known. So it has what it grew without
    /// what the profiled functions grew that it called, which would count twice.
    fn of_lines(profile: &Profile) -> Self {
        let figures = of_run(&profile.run);
        let (mut places, mut list) = (Vec::new(), Vec::new());
        let mut numbers: HashMap<Place, u32> = HashMap::new();
        for function in &profile.functions {
            for row in &function.rows {
                let Some(measured) = row.measured else { continue };
                let place = Place {
                    file: function.file.clone(),
                    function: function.name.clone(),
                    first_line: function.first_line,
                    line: row.line,
                };
                let number = *numbers.entry(place).or_insert_with_key(|place| {
                    places.push(place.clone());
                    u32::try_from(places.len() - 1).unwrap_or(u32::MAX)
                });
                let heap = measured.heap.unwrap_or_default();
                let wide = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
                let values = figures.iter().map(|figure| match figure.name {
                    "growth" => measured.own,
                    "live" => heap.live,
                    "allocated" => wide(heap.allocated),
                    "allocated_blocks" => wide(heap.count),
                    _ => wide(measured.occurrences),
                });
                list.push(Stack { places: vec![number], values: values.collect() });
            }
        }
        Self { figures, first: 0, places, list }
    }
}

/// What is known of the lines of a run.
fn of_run(run: &Run) -> Vec<Figure> {
    let mut figures = Vec::new();
    if run.reads_levels() {
        figures.push(bytes("growth"));
    }
    if run.counts_heap() {
        figures.extend([bytes("live"), bytes("allocated"), count("allocated_blocks")]);
    }
    figures.push(count("occurrences"));
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{self, MIB};

    fn names(stacks: &Stacks) -> Vec<&str> {
        stacks.figures.iter().map(|figure| figure.name).collect()
    }

    #[test]
    fn a_whole_program_has_the_stacks_that_were_recorded() {
        let stacks = Stacks::of(&samples::program()).unwrap();
        assert_eq!(stacks.list[3].places, [2, 1, 3]);
        assert_eq!(stacks.list[3].values, [512, 1, 0, 640, 1000]);
        assert!(stacks.list[4].places.is_empty());
    }

    #[test]
    fn a_line_of_a_function_is_a_stack_of_its_own() {
        let stacks = Stacks::of(&samples::app()).unwrap();
        assert_eq!(names(&stacks), ["growth", "occurrences"]);
        assert_eq!(stacks.places[0].line, 5);
        assert_eq!(stacks.list[0], Stack { places: vec![0], values: vec![64 * MIB, 1] });
        assert_eq!(stacks.list.len(), 4);
    }

    #[test]
    fn of_allocations_there_is_what_is_alive_and_what_was_made() {
        let stacks = Stacks::of(&samples::heap()).unwrap();
        assert_eq!(names(&stacks), ["live", "allocated", "allocated_blocks", "occurrences"]);
        assert_eq!(stacks.list[0].values, [63 * MIB, 64 * MIB + 520, 65, 1]);
    }
}
