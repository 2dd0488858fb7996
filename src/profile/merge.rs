//! Adding up profiles: of the processes of one run, or of several runs.
//!
//! What was counted adds up, what was a highest reading stays one. The order of merging is the order
//! of the runs: where only one value can stand (the command, the first reading at entry), it is that
//! of the earlier profile. Merging is associative, so children may be merged among themselves first.

use std::collections::{HashMap, HashSet};

use super::{Function, Heap, Kind, Measured, Profile, Row, Run, Source};
use crate::error::Error;

impl Profile {
    /// Adds a later profile to this one. Fails, and changes nothing, when the two were taken with
    /// different meters: bytes of RSS and bytes of PSS have no sum.
    pub fn merge(&mut self, later: Profile) -> Result<(), Error> {
        self.run.same_meter(&later.run, "merge")?;
        self.run.merge(later.run);
        merge_functions(&mut self.functions, later.functions);
        match (&mut self.sites, later.sites) {
            (Some(ours), Some(theirs)) => ours.merge(&theirs),
            (None, theirs) => self.sites = theirs,
            (Some(_), None) => {}
        }
        self.leaks.extend(later.leaks);
        self.recordings.extend(later.recordings);
        Ok(())
    }

    /// The file of the first function that has another text in `other`.
    pub fn differs_in(&self, other: &Profile) -> Option<&str> {
        let theirs: HashMap<Key, &Function> = other.functions.iter().map(|f| (key(f), f)).collect();
        let differs = |ours: &&Function| {
            theirs.get(&key(ours)).is_some_and(|function| {
                let texts: HashMap<u32, &Option<String>> =
                    function.rows.iter().map(|row| (row.line, &row.text)).collect();
                ours.rows.iter().any(|row| match (&row.text, texts.get(&row.line)) {
                    (Some(ours), Some(Some(theirs))) => ours != theirs,
                    _ => false,
                })
            })
        };
        self.functions.iter().find(differs).map(|function| function.file.as_str())
    }

    /// Adds what the same process measured before it forgot its numbers. The account of the run is
    /// that of this profile, which covers both, and no function ran in more processes than the run.
    pub fn merge_earlier(&mut self, mut earlier: Profile) -> Result<(), Error> {
        // A line that ran again knows by itself what is alive of all it ever made.
        let later: HashMap<Key, &Function> = self.functions.iter().map(|f| (key(f), f)).collect();
        for function in &mut earlier.functions {
            let Some(again) = later.get(&key(function)) else { continue };
            let lines: HashSet<u32> = measured_lines(again).collect();
            for row in function.rows.iter_mut().filter(|row| lines.contains(&row.line)) {
                if let Some(heap) = row.measured.as_mut().and_then(|line| line.heap.as_mut()) {
                    heap.live = 0;
                }
            }
        }
        earlier.merge(self.clone())?;
        self.functions = earlier.functions;
        self.leaks = earlier.leaks;
        self.recordings = earlier.recordings;
        for function in &mut self.functions {
            function.processes = function.processes.min(self.run.processes);
        }
        Ok(())
    }
}

impl Run {
    /// Whether the numbers of two runs are of one kind, or some are; `action` is what is to be done with them.
    pub(super) fn same_meter(&self, later: &Run, action: &'static str) -> Result<(), Error> {
        let (ours, theirs) = (&self.meter, &later.meter);
        let both_level = self.level().is_some() && later.level().is_some();
        let both_heap = self.counts_heap() && later.counts_heap();
        let one = ours.is_empty() || theirs.is_empty();
        if one || (self.level() == later.level() || !both_level) && (both_level || both_heap) {
            return Ok(());
        }
        Err(Error::Meters { action, ours: ours.clone(), theirs: theirs.clone() })
    }

    fn merge(&mut self, later: Run) {
        if self.command.is_empty() {
            self.command = later.command;
        }
        for meter in later.meter.split(',').filter(|meter| !meter.is_empty()) {
            if !self.meter.split(',').any(|ours| ours == meter) {
                let between = if self.meter.is_empty() { "" } else { "," };
                self.meter = format!("{}{between}{meter}", self.meter);
            }
        }
        for (ours, theirs) in [(&mut self.python, later.python), (&mut self.hook, later.hook)] {
            if ours.is_empty() {
                *ours = theirs;
            }
        }
        self.peak |= later.peak;
        // A profile that never started (zero) says nothing about when the run began.
        self.started = match (self.started > 0.0, later.started > 0.0) {
            (true, true) => self.started.min(later.started),
            (true, false) => self.started,
            (false, _) => later.started,
        };
        self.elapsed += later.elapsed;
        self.gate_ns = self.gate_ns.max(later.gate_ns);
        self.granularity = self.granularity.max(later.granularity);
        self.readings = self.readings.saturating_add(later.readings);
        self.events = self.events.saturating_add(later.events);
        self.hook_seconds += later.hook_seconds;
        self.own_bytes = self.own_bytes.max(later.own_bytes);
        self.lost = self.lost.saturating_add(later.lost);
        self.processes = self.processes.saturating_add(later.processes);
    }
}

/// What makes two functions of two runs the same one. Two lambdas on one line share all of this:
/// the n-th of one profile is then taken for the n-th of the other.
type Key = (String, String, u32, Kind);

fn key(function: &Function) -> Key {
    (function.file.clone(), function.name.clone(), function.first_line, function.kind)
}

fn measured_lines(function: &Function) -> impl Iterator<Item = u32> {
    function.rows.iter().filter(|row| row.measured.is_some()).map(|row| row.line)
}

fn merge_functions(ours: &mut Vec<Function>, theirs: Vec<Function>) {
    let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
    for (index, function) in ours.iter().enumerate() {
        places.entry(key(function)).or_default().push(index);
    }
    let mut met: HashMap<Key, usize> = HashMap::new();
    for function in theirs {
        let key = key(&function);
        let nth = met.entry(key.clone()).or_default();
        match places.get(&key).and_then(|indices| indices.get(*nth)) {
            Some(&index) => ours[index].merge(function),
            None => ours.push(function),
        }
        *nth += 1;
    }
}

impl Function {
    fn merge(&mut self, later: Function) {
        let (ran, ran_later) = (self.was_called(), later.was_called());
        if self.calls == 0 {
            self.entry_first = later.entry_first;
            self.entry_max = later.entry_max;
        } else if later.calls > 0 {
            self.entry_max = self.entry_max.max(later.entry_max);
        }
        self.calls = self.calls.saturating_add(later.calls);
        self.processes = if ran { self.processes } else { 0 }.saturating_add(if ran_later {
            later.processes
        } else {
            0
        });

        let same = merge_rows(&mut self.rows, later.rows);
        self.source = match (self.source, later.source) {
            _ if !same => Source::Changed,
            (Source::Changed, _) | (_, Source::Changed) => Source::Changed,
            (Source::Missing, Source::Missing) => Source::Missing,
            _ => Source::Unchanged,
        };
        if self.source == Source::Changed {
            // The numbers belong to two texts: showing either would be a lie on some line.
            self.rows.iter_mut().for_each(|row| row.text = None);
        }
    }
}

/// Joins rows by line number; false when a line has a different text in each.
fn merge_rows(ours: &mut Vec<Row>, theirs: Vec<Row>) -> bool {
    let places: HashMap<u32, usize> =
        ours.iter().enumerate().map(|(index, row)| (row.line, index)).collect();
    let (before, mut same) = (ours.len(), true);
    for row in theirs {
        let Some(&index) = places.get(&row.line) else {
            ours.push(row);
            continue;
        };
        let mine = &mut ours[index];
        match (&mine.text, row.text) {
            (Some(text), Some(other)) => same &= *text == other,
            (None, Some(other)) => mine.text = Some(other),
            (_, None) => {}
        }
        mine.measured = match (mine.measured, row.measured) {
            (Some(first), Some(second)) => Some(first.plus(second)),
            (first, second) => first.or(second),
        };
    }
    if ours.len() > before {
        ours.sort_by_key(|row| row.line);
    }
    same
}

impl Measured {
    /// What was measured here and there together.
    fn plus(self, other: Measured) -> Measured {
        Measured {
            usage: self.usage.max(other.usage),
            increment: self.increment.saturating_add(other.increment),
            own: self.own.saturating_add(other.own),
            // `None` is less than any reading, so one side that read peaks is enough.
            peak: self.peak.max(other.peak),
            occurrences: self.occurrences.saturating_add(other.occurrences),
            shared: self.shared | other.shared,
            heap: match (self.heap, other.heap) {
                (Some(first), Some(second)) => Some(first.plus(second)),
                (first, second) => first.or(second),
            },
        }
    }
}

impl Heap {
    /// What two processes or runs allocated together: what both hold at the end is held.
    fn plus(self, other: Heap) -> Heap {
        Heap {
            live: self.live.saturating_add(other.live),
            allocated: self.allocated.saturating_add(other.allocated),
            freed: self.freed.saturating_add(other.freed),
            peak: self.peak.max(other.peak),
            count: self.count.saturating_add(other.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::samples::{self, any_profile};

    fn merged(mut first: Profile, second: Profile) -> Profile {
        first.merge(second).unwrap();
        first
    }

    #[test]
    fn counts_add_up_and_levels_stay_the_highest() {
        let mut first = samples::app();
        let mut second = samples::app();
        second.functions[0].entry_first = 1;
        second.functions[0].entry_max += 4096;
        first.run.processes = 1;
        second.run.processes = 2;
        let sum = merged(first.clone(), second.clone());

        let (ours, all) = (&first.functions[0], &sum.functions[0]);
        assert_eq!(all.calls, 2 * ours.calls);
        assert_eq!(all.entry_first, ours.entry_first, "that of the earlier run");
        assert_eq!(all.entry_max, ours.entry_max + 4096);
        let (line, total) = (ours.rows[2].measured.unwrap(), all.rows[2].measured.unwrap());
        assert_eq!(total.increment, 2 * line.increment);
        assert_eq!(total.occurrences, 2 * line.occurrences);
        assert_eq!((total.usage, total.peak), (line.usage, line.peak));
        assert_eq!(sum.run.processes, 3);
    }

    #[test]
    fn what_a_process_forgot_is_added_without_another_process() {
        let (mut later, mut earlier) = (samples::app(), samples::app());
        earlier.functions[0].entry_first = 7;
        earlier.run.events = 1;
        let run = later.run.clone();
        later.merge_earlier(earlier).unwrap();
        assert_eq!(later.run, run);
        let load = &later.functions[0];
        assert_eq!((load.calls, load.processes, load.entry_first), (2, 1, 7));
    }

    #[test]
    fn a_function_of_one_profile_only_is_appended() {
        let mut other = samples::app();
        other.functions[0].name = "other".to_owned();
        let names: Vec<_> =
            merged(samples::app(), other).functions.into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["load", "main", "other"]);
    }

    #[test]
    fn two_lambdas_on_one_line_stay_apart() {
        let mut profile = samples::app();
        let twin = profile.functions[0].clone();
        profile.functions.push(Function { calls: 70, ..twin });
        let calls: Vec<_> =
            merged(profile.clone(), profile).functions.iter().map(|f| f.calls).collect();
        assert_eq!(calls, [2, 0, 140]);
    }

    #[test]
    fn numbers_of_two_texts_are_shown_without_text() {
        let mut other = samples::app();
        other.functions[0].rows[2].text = Some("    something else".to_owned());
        let sum = merged(samples::app(), other);
        assert_eq!(sum.functions[0].source, Source::Changed);
        assert!(sum.functions[0].rows.iter().all(|row| row.text.is_none()));
        assert_eq!(sum.functions[1].source, Source::Unchanged);
    }

    #[test]
    fn meters_do_not_mix() {
        let mut first = samples::app();
        let mut second = samples::app();
        second.run.meter = "pss".to_owned();
        let before = first.clone();
        let message = first.merge(second).unwrap_err().to_string();
        assert!(message.starts_with("cannot merge profiles of meters rss and pss"), "{message}");
        assert_eq!(first, before);
    }

    #[test]
    fn what_only_one_run_counted_is_kept() {
        let (plain, heap) = (samples::app(), samples::heap());
        let mut both = plain.clone();
        both.run.meter = "rss,heap".to_owned();
        let sum = merged(plain.clone(), both);
        assert_eq!(sum.run.meter, "rss,heap");
        assert!(Profile::merge(&mut plain.clone(), heap.clone()).is_err());
        let line = |profile: &Profile| profile.functions[0].rows[2].measured.unwrap();
        let sum = merged(heap.clone(), heap.clone());
        let (one, two) = (line(&heap).heap.unwrap(), line(&sum).heap.unwrap());
        assert_eq!((two.live, two.count, two.peak), (2 * one.live, 2 * one.count, one.peak));
    }

    #[test]
    fn what_is_alive_is_what_the_last_look_saw() {
        let (mut later, mut earlier) = (samples::heap(), samples::heap());
        later.functions[0].rows[4].measured = None;
        let live = |profile: &Profile, row: usize| {
            profile.functions[0].rows[row].measured.unwrap().heap.unwrap().live
        };
        for row in &mut earlier.functions[0].rows {
            if let Some(heap) = row.measured.as_mut().and_then(|line| line.heap.as_mut()) {
                heap.live = 7;
            }
        }
        let expected = live(&later, 2);
        later.merge_earlier(earlier).unwrap();
        assert_eq!((live(&later, 2), live(&later, 4)), (expected, 7));
    }

    fn total(profile: &Profile) -> (i64, u64) {
        let rows = profile.functions.iter().flat_map(|function| &function.rows);
        rows.filter_map(|row| row.measured)
            .fold((0, 0), |(sum, count), m| (sum + m.increment, count + m.occurrences))
    }

    proptest! {
        #[test]
        fn merging_in_any_grouping_adds_up(
            first in any_profile(), second in any_profile(), third in any_profile()
        ) {
            let left = merged(merged(first.clone(), second.clone()), third.clone());
            let right = merged(first.clone(), merged(second.clone(), third.clone()));
            prop_assert_eq!(&left, &right);
            let parts = [total(&first), total(&second), total(&third)];
            let sum = parts.iter().fold((0, 0), |all, part| (all.0 + part.0, all.1 + part.1));
            prop_assert_eq!(total(&left), sum);
        }

        #[test]
        fn an_empty_profile_changes_nothing(profile in any_profile()) {
            prop_assert_eq!(merged(profile.clone(), Profile::default()), profile);
        }
    }
}
