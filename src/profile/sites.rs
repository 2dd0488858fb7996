//! What each line of a whole program allocated, decorated or not.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Everything the allocators of a program were asked for, by the places that asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sites {
    /// Frames kept of each stack.
    pub frames: u32,
    /// Bytes alive at the end; of several processes what all of them held at their ends.
    pub live: i64,
    /// The most bytes that were alive at once; of several processes the sum of theirs, which need
    /// not have been at one moment.
    pub peak: i64,
    /// Bytes of memory the meter took up itself, which are in none of the figures.
    pub own_bytes: u64,
    /// Blocks that could not be recorded, or not on a line of their own.
    #[serde(default)]
    pub lost: u64,
    /// Lines of code, which the stacks name by their index.
    pub places: Vec<Place>,
    /// One entry for each stack and allocator.
    pub list: Vec<Site>,
}

/// A line of code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// `co_filename`.
    pub file: String,
    /// `co_qualname`.
    pub function: String,
    /// Line of the decorator or `def`.
    pub first_line: u32,
    /// The line, from 1; 0 for code that has none.
    pub line: u32,
}

/// Where a block came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Allocator {
    /// `PyObject_Malloc`: Python objects.
    Object,
    /// `PyMem_Malloc`: buffers of Python objects.
    Mem,
    /// `PyMem_RawMalloc`: what may be allocated without the interpreter lock.
    Raw,
    /// `malloc` and its family in an extension module or library.
    Native,
    /// Anonymous `mmap` in an extension module or library.
    Map,
}

/// What was allocated at one place. Figures are bytes and blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Indices of places, the innermost first; empty where no Python code ran.
    pub stack: Vec<u32>,
    /// The allocator; `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocator: Option<Allocator>,
    /// What it allocated.
    #[serde(flatten)]
    pub figures: SiteFigures,
}

/// The figures of a site, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteFigures {
    /// Bytes alive at the end.
    pub live: i64,
    /// Blocks alive at the end.
    pub live_blocks: i64,
    /// Bytes that were alive when the whole program had most.
    pub peak: i64,
    /// Blocks that were alive then.
    pub peak_blocks: i64,
    /// Bytes of all blocks ever made.
    pub allocated: u64,
    /// Blocks ever made.
    pub count: u64,
    /// Bytes of blocks that were freed on the line that made them; `None` where that was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temporary: Option<u64>,
}

impl SiteFigures {
    /// Adds what was allocated elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.live = self.live.saturating_add(other.live);
        self.live_blocks = self.live_blocks.saturating_add(other.live_blocks);
        self.peak = self.peak.saturating_add(other.peak);
        self.peak_blocks = self.peak_blocks.saturating_add(other.peak_blocks);
        self.allocated = self.allocated.saturating_add(other.allocated);
        self.count = self.count.saturating_add(other.count);
        let sum = |a, b| u64::saturating_add(a, b);
        self.temporary = self.temporary.into_iter().chain(other.temporary).reduce(sum);
    }
}

impl Sites {
    /// The places of a site, the innermost first.
    pub fn stack<'a>(&'a self, site: &'a Site) -> impl Iterator<Item = &'a Place> {
        site.stack.iter().filter_map(|&index| self.places.get(index as usize))
    }

    /// What is wrong with the indices, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        let count = self.places.len();
        let indices = self.list.iter().flat_map(|site| &site.stack);
        let wrong = indices.copied().find(|&index| index as usize >= count)?;
        Some(format!("place {wrong} of {count} is named"))
    }

    /// Adds the sites of another process or run.
    pub(super) fn merge(&mut self, later: &Self) {
        self.frames = self.frames.max(later.frames);
        self.live = self.live.saturating_add(later.live);
        self.peak = self.peak.saturating_add(later.peak);
        self.own_bytes = self.own_bytes.saturating_add(later.own_bytes);
        self.lost = self.lost.saturating_add(later.lost);
        let mut places: HashMap<Place, u32> =
            (0..).zip(&self.places).map(|(i, p)| (p.clone(), i)).collect();
        let mut renumbered = Vec::with_capacity(later.places.len());
        for place in &later.places {
            let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            renumbered.push(*places.entry(place.clone()).or_insert_with(|| {
                self.places.push(place.clone());
                next
            }));
        }
        let key = |site: &Site| (site.stack.clone(), site.allocator);
        let mut known: HashMap<_, usize> =
            self.list.iter().enumerate().map(|(index, site)| (key(site), index)).collect();
        for site in &later.list {
            let stack = site.stack.iter().filter_map(|&index| renumbered.get(index as usize));
            let site = Site { stack: stack.copied().collect(), ..site.clone() };
            if let Some(&index) = known.get(&key(&site)) {
                self.list[index].figures.add(&site.figures);
            } else {
                known.insert(key(&site), self.list.len());
                self.list.push(site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Profile, samples};

    fn total(sites: &Sites) -> SiteFigures {
        let mut total = SiteFigures::default();
        sites.list.iter().for_each(|site| total.add(&site.figures));
        total
    }

    #[test]
    fn sites_are_written_and_read_again() {
        let profile = samples::program();
        assert_eq!(Profile::loads(&profile.dumps()).unwrap(), profile);
        assert!(!samples::app().dumps().contains("\"sites\""));
    }

    #[test]
    fn a_stack_that_names_no_place_is_a_damaged_file() {
        let text = samples::program().dumps().replacen("\"stack\":[0]", "\"stack\":[77]", 1);
        let message = Profile::loads(&text).unwrap_err().to_string();
        assert!(message.contains("damaged (place 77 of 4 is named)"), "{message}");
    }

    #[test]
    fn the_same_stacks_of_two_processes_add_up_whatever_their_numbers() {
        let first = samples::program();
        let mut second = first.clone();
        let sites = second.sites.as_mut().unwrap();
        sites.places.rotate_left(1);
        let count = u32::try_from(sites.places.len()).unwrap();
        for index in sites.list.iter_mut().flat_map(|site| &mut site.stack) {
            *index = (*index + count - 1) % count;
        }
        let mut sum = first.clone();
        sum.merge(second).unwrap();
        let (one, two) = (first.sites.unwrap(), sum.sites.unwrap());
        assert_eq!((two.places.len(), two.list.len()), (one.places.len(), one.list.len()));
        let (one, two) = (total(&one), total(&two));
        assert_eq!(
            (two.live, two.allocated, two.count),
            (2 * one.live, 2 * one.allocated, 2 * one.count)
        );
    }

    #[test]
    fn a_process_without_sites_takes_none_away() {
        let program = samples::program();
        let mut sum = Profile::default();
        sum.merge(program.clone()).unwrap();
        assert_eq!(sum.sites, program.sites);
        sum.merge(Profile::default()).unwrap();
        assert_eq!(sum.sites, program.sites);
    }
}
