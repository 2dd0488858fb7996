//! What changed from one profile to another: functions matched by name, their lines by text.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Function, Kind, Measured, Profile, Row};
use crate::error::Error;

/// A function in two profiles, or in one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair<'a> {
    /// The function in the earlier profile.
    pub before: Option<&'a Function>,
    /// The function in the later profile.
    pub after: Option<&'a Function>,
}

/// A line in two versions of a function, or in one of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedRow<'a> {
    /// The line in the earlier profile.
    pub before: Option<&'a Row>,
    /// The line in the later profile.
    pub after: Option<&'a Row>,
}

impl Profile {
    /// Pairs the functions that ran in this profile with those of a later one, in the later one's
    /// order; what only this one has comes last.
    ///
    /// The same function has the same name in the same file, wherever it stands there; a file may
    /// have moved to another folder.
    ///
    /// # Errors
    /// [`Error::Meters`] when the two were taken with different meters.
    pub fn pair<'a>(&'a self, later: &'a Profile) -> Result<Vec<Pair<'a>>, Error> {
        self.run.same_meter(&later.run, "compare")?;
        let ran = |function: &&Function| function.was_called();
        let mut left: Vec<_> = self.functions.iter().filter(ran).map(Some).collect();
        let mut pairs: Vec<_> = later.functions.iter().filter(ran).map(Pair::only_after).collect();
        for same in [path as fn(&Function) -> Key<'_>, base_name] {
            let mut places: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
            for (index, function) in left.iter().enumerate().rev() {
                if let Some(function) = function {
                    places.entry(same(function)).or_default().push(index);
                }
            }
            let open = pairs.iter_mut().filter(|pair| pair.before.is_none());
            for pair in open {
                let Some(key) = pair.after.map(same) else { continue };
                if let Some(index) = places.get_mut(&key).and_then(Vec::pop) {
                    pair.before = left[index].take();
                }
            }
        }
        let gone = left.into_iter().flatten();
        pairs.extend(gone.map(|function| Pair { before: Some(function), after: None }));
        Ok(pairs)
    }
}

/// What makes two functions the same: file, qualified name, kind.
type Key<'a> = (&'a str, &'a str, Kind);

fn path(function: &Function) -> Key<'_> {
    (&function.file, &function.name, function.kind)
}

fn base_name(function: &Function) -> Key<'_> {
    let name = function.file.rsplit('/').next().unwrap_or_default();
    (name, &function.name, function.kind)
}

impl<'a> Pair<'a> {
    fn only_after(function: &'a Function) -> Self {
        Self { before: None, after: Some(function) }
    }

    /// The function as it is now, or was last.
    pub fn function(&self) -> Option<&'a Function> {
        self.after.or(self.before)
    }

    /// The lines side by side, in their order. Lines with the same text belong together; where a
    /// stretch of lines was replaced, its first with the first of the other, and so on.
    pub fn rows(&self) -> Vec<PairedRow<'a>> {
        let before = self.before.map_or(&[][..], |function| &function.rows);
        let after = self.after.map_or(&[][..], |function| &function.rows);
        let texts = |rows: &'a [Row]| -> Vec<Line<'a>> { rows.iter().map(Line::of).collect() };
        let mut rows = Vec::new();
        for op in capture_diff_slices(Algorithm::Patience, &texts(before), &texts(after)) {
            rows.extend(side_by_side(&op, before, after));
        }
        rows
    }
}

/// What lines are matched by: their text, or their number where there is no text.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Line<'a> {
    Text(&'a str),
    Number(u32),
}

impl<'a> Line<'a> {
    fn of(row: &'a Row) -> Self {
        row.text.as_deref().map_or(Self::Number(row.line), |text| Self::Text(text.trim_end()))
    }
}

fn side_by_side<'a>(op: &DiffOp, before: &'a [Row], after: &'a [Row]) -> Vec<PairedRow<'a>> {
    let (before, after) = (&before[op.old_range()], &after[op.new_range()]);
    let longest = before.len().max(after.len());
    (0..longest)
        .map(|index| PairedRow { before: before.get(index), after: after.get(index) })
        .collect()
}

impl PairedRow<'_> {
    /// What was measured on either side.
    pub fn measured(&self) -> (Option<Measured>, Option<Measured>) {
        let measured = |row: Option<&Row>| row.and_then(|row| row.measured);
        (measured(self.before), measured(self.after))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::samples::{self, any_profile};

    fn numbers(pair: &Pair<'_>) -> Vec<(Option<u32>, Option<u32>)> {
        let line = |row: Option<&Row>| row.map(|row| row.line);
        pair.rows().iter().map(|row| (line(row.before), line(row.after))).collect()
    }

    #[test]
    fn lines_that_moved_are_found_by_their_text() {
        let before = samples::app();
        let mut after = before.clone();
        let load = &mut after.functions[0];
        load.first_line += 10;
        load.rows.iter_mut().for_each(|row| row.line += 10);
        load.rows.remove(3);
        load.rows[3].text = Some("    for each in data:".to_owned());
        let pairs = before.pair(&after).unwrap();
        assert_eq!(pairs.len(), 1, "main was never called");
        assert_eq!(
            numbers(&pairs[0]),
            [
                (Some(3), Some(13)),
                (Some(4), Some(14)),
                (Some(5), Some(15)),
                (Some(6), Some(17)),
                (Some(7), None),
                (Some(8), Some(18)),
                (Some(9), Some(19)),
            ]
        );
    }

    #[test]
    fn a_file_in_another_folder_is_the_same_file() {
        let mut before = samples::app();
        let mut after = before.clone();
        before.functions[0].file = "/old/app.py".to_owned();
        after.functions[0].file = "/new/app.py".to_owned();
        let pairs = before.pair(&after).unwrap();
        assert!(pairs.len() == 1 && pairs[0].before.is_some() && pairs[0].after.is_some());
    }

    #[test]
    fn what_only_one_profile_has_stands_alone() {
        let mut before = samples::app();
        let after = before.clone();
        before.functions[0].name = "gone".to_owned();
        let pairs = before.pair(&after).unwrap();
        let names: Vec<_> = pairs
            .iter()
            .map(|pair| (pair.before.map(|f| &*f.name), pair.after.map(|f| &*f.name)))
            .collect();
        assert_eq!(names, [(None, Some("load")), (Some("gone"), None)]);
    }

    #[test]
    fn two_lambdas_on_one_line_are_paired_in_their_order() {
        let mut profile = samples::app();
        let twin = profile.functions[0].clone();
        profile.functions.push(Function { calls: 70, ..twin });
        let calls: Vec<_> = profile
            .pair(&profile)
            .unwrap()
            .iter()
            .map(|pair| (pair.before.unwrap().calls, pair.after.unwrap().calls))
            .collect();
        assert_eq!(calls, [(1, 1), (70, 70)]);
    }

    #[test]
    fn meters_are_not_compared_with_each_other() {
        let mut after = samples::app();
        after.run.meter = "pss".to_owned();
        let message = samples::app().pair(&after).unwrap_err().to_string();
        assert!(message.starts_with("cannot compare"), "{message}");
    }

    proptest! {
        #[test]
        fn every_line_of_both_sides_is_in_one_pair(before in any_profile(), after in any_profile()) {
            let after = Profile { run: before.run.clone(), ..after };
            let pairs = before.pair(&after).unwrap();
            let ran = |profile: &Profile| {
                profile.functions.iter().filter(|f| f.was_called()).map(|f| f.rows.len()).sum()
            };
            let sides = pairs.iter().flat_map(Pair::rows).fold((0, 0), |sum, row| {
                (sum.0 + usize::from(row.before.is_some()), sum.1 + usize::from(row.after.is_some()))
            });
            prop_assert_eq!(sides, (ran(&before), ran(&after)));
        }
    }
}
