//! The lines that made objects, as a reader wants them: the program's own line where one is among the
//! frames that were kept, and otherwise the innermost one.

use std::collections::HashMap;

use super::Question;
use crate::heap;
use crate::heap::intern::Intern;
use crate::profile::Place;

/// No line is known.
pub(super) const UNKNOWN: u32 = 0;

/// The lines that made objects, by their numbers.
pub(super) struct Places {
    /// From the site of a block to the number of a line.
    numbers: HashMap<u32, u32>,
    lines: Vec<Line>,
}

#[derive(Default)]
struct Line {
    place: Option<Place>,
    is_own: bool,
    is_import: bool,
    sites: Vec<u32>,
}

impl Places {
    /// Reads the names of all sites, by the frames kept of each.
    pub fn read(question: &Question) -> Self {
        let mut places = Self { numbers: HashMap::new(), lines: vec![Line::default()] };
        let mut known: HashMap<u32, u32> = HashMap::new();
        heap::names(|names| {
            for (site, at) in names.sites() {
                let Some(shown) = shown(names, &at.stack, question) else { continue };
                let number = *known.entry(shown).or_insert_with(|| {
                    let place = place(names, shown);
                    let is_own = is_under(&place.file, &question.own);
                    let is_import = place.file.starts_with("<frozen importlib");
                    let next = u32::try_from(places.lines.len()).unwrap_or(UNKNOWN);
                    let line = Line { place: Some(place), is_own, is_import, sites: Vec::new() };
                    places.lines.push(line);
                    next
                });
                places.lines[number as usize].sites.push(site);
                places.numbers.insert(site, number);
            }
        });
        places
    }

    /// Whether no line is known at all.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The number of the line a site is shown as; [`UNKNOWN`] where no Python code ran, or nothing is known.
    pub fn number(&self, site: u32) -> u32 {
        self.numbers.get(&site).copied().unwrap_or(UNKNOWN)
    }

    /// A line by its number.
    pub fn of(&self, number: u32) -> Option<&Place> {
        self.lines[number as usize].place.as_ref()
    }

    /// The sites that are shown as a line.
    pub fn sites(&self, number: u32) -> &[u32] {
        &self.lines[number as usize].sites
    }

    /// Whether it is a line of the machinery of imports: it makes the code of modules.
    pub fn is_import(&self, number: u32) -> bool {
        self.lines[number as usize].is_import
    }

    /// Whether it is a line of our own code.
    pub fn is_own(&self, number: u32) -> bool {
        self.lines[number as usize].is_own
    }
}

/// The line of a stack that a reader wants, by its number among the names.
fn shown(names: &Intern, stack: &[u32], question: &Question) -> Option<u32> {
    let is_theirs = |&&number: &&u32| {
        let file = names.text(names.line_at(number).file);
        let file = String::from_utf8_lossy(&file);
        !is_library(&file, question)
    };
    stack.iter().find(is_theirs).or_else(|| stack.first()).copied()
}

/// Whether a file is of the standard library, of an installed package, or our own.
fn is_library(file: &str, question: &Question) -> bool {
    file.starts_with("<frozen ")
        || file.contains("/site-packages/")
        || file.contains("/dist-packages/")
        || is_under(file, &question.own)
        || question.libraries.iter().any(|folder| is_under(file, folder))
}

fn is_under(file: &str, folder: &str) -> bool {
    !folder.is_empty() && file.starts_with(folder)
}

/// A line by its number among the names.
pub fn place(names: &Intern, number: u32) -> Place {
    let line = names.line_at(number);
    let text = |number| String::from_utf8_lossy(&names.text(number)).into_owned();
    Place {
        file: text(line.file),
        function: text(line.function),
        first_line: line.first,
        line: line.line,
    }
}
