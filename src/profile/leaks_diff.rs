//! What is alive more or less from one look at a heap to another, by type and by the line that made
//! it.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Group, Leaks, Place};

/// What changed from one look to a later one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaksDiff<'a> {
    /// Objects more, all together.
    pub objects: i64,
    /// Bytes more, all together.
    pub bytes: i64,
    /// Whether allocations of one process were recorded from one look to the other without a break.
    pub is_one_watch: bool,
    /// The groups that changed, the largest change in bytes first.
    pub changes: Vec<GroupChange<'a>>,
}

/// How a group of objects changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChange<'a> {
    /// Their type.
    pub kind: &'a str,
    /// The line that made them, where it stands now.
    pub made: Option<&'a Place>,
    /// What there was; zeros if nothing.
    pub before: Figures,
    /// What there is; zeros if nothing.
    pub after: Figures,
    /// Blocks the line made and freed in between; `None` where that is not known.
    pub blocks: Option<Blocks>,
}

/// The figures of a group at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Objects.
    pub count: u64,
    /// Bytes they take up themselves.
    pub own: u64,
    /// Bytes they retain.
    pub retained: u64,
}

/// Blocks in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocks {
    /// How many were made.
    pub made: u64,
    /// How many were freed.
    pub freed: u64,
}

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// There was nothing before.
    New,
    /// There is nothing any more.
    Deleted,
    /// There is more.
    Grown,
    /// There is less.
    Shrunk,
}

impl GroupChange<'_> {
    /// What kind of change it is: by bytes, or by objects where the bytes are the same.
    pub fn change(&self) -> Change {
        match (self.before.count, self.after.count) {
            (0, _) => Change::New,
            (_, 0) => Change::Deleted,
            _ if (self.own(), self.count()) > (0, 0) => Change::Grown,
            _ => Change::Shrunk,
        }
    }

    /// Objects more.
    pub fn count(&self) -> i64 {
        more(self.before.count, self.after.count)
    }

    /// Bytes more that the objects take up themselves.
    pub fn own(&self) -> i64 {
        more(self.before.own, self.after.own)
    }
}

impl Leaks {
    /// Compares with a later look: of this process, of another one, or of another day.
    ///
    /// What is of one type and was made by one line belongs together. Unless it is all one process,
    /// of what is left a file in another folder is the same file, and a line that moved is the same
    /// line if its function made that type on one line only.
    pub fn diff<'a>(&'a self, later: &'a Self) -> LeaksDiff<'a> {
        let is_one_watch = self.is_one_watch(later);
        let mut sides = Sides::new(&self.groups, &later.groups);
        sides.pair(exact);
        if !is_one_watch {
            sides.pair(by_base_name);
            sides.pair(by_function);
        }
        let pairs = sides.finish();
        let changes = pairs.into_iter().map(|pair| pair.change(is_one_watch));
        let mut changes: Vec<_> =
            changes.filter(|change| change.count() != 0 || change.own() != 0).collect();
        changes.sort_by_key(|change| {
            let size = Reverse((change.own().unsigned_abs(), change.count().unsigned_abs()));
            let place = change.made.map(|place| (&*place.file, place.line));
            (size, change.kind, place)
        });
        LeaksDiff {
            objects: more(self.objects, later.objects),
            bytes: more(self.bytes, later.bytes),
            is_one_watch,
            changes,
        }
    }

    /// Whether allocations were recorded without a break from before this look to the later one.
    /// A process of another day may have the same number.
    fn is_one_watch(&self, later: &Self) -> bool {
        /// Seconds by which two clocks may differ.
        const APART: f64 = 1.0;
        let start = |leaks: &Self| leaks.taken - leaks.watched;
        let both = self.pid == later.pid && self.watched > 0.0 && later.watched > 0.0;
        both && (start(self) - start(later)).abs() < APART
    }
}

/// A group on either side.
#[derive(Debug, Clone, Copy, Default)]
struct Pair<'a> {
    before: Option<&'a Group>,
    after: Option<&'a Group>,
}

impl<'a> Pair<'a> {
    fn change(&self, one_watch: bool) -> GroupChange<'a> {
        let figures = |group: Option<&Group>| {
            group.map_or(Figures::default(), |group| Figures {
                count: group.count,
                own: group.own,
                retained: group.retained,
            })
        };
        let shown = self.after.or(self.before);
        GroupChange {
            kind: shown.map_or("", |group| &group.kind),
            made: shown.and_then(|group| group.made.as_ref()),
            before: figures(self.before),
            after: figures(self.after),
            blocks: one_watch.then(|| self.blocks()).flatten(),
        }
    }

    /// What was made and freed in between. A group that is gone says nothing of it.
    fn blocks(&self) -> Option<Blocks> {
        let before = |of: fn(&Group) -> Option<u64>| self.before.map_or(Some(0), of);
        let after = self.after?;
        Some(Blocks {
            made: after.blocks_made?.checked_sub(before(|group| group.blocks_made)?)?,
            freed: after.blocks_freed?.checked_sub(before(|group| group.blocks_freed)?)?,
        })
    }
}

/// What makes groups the same: type, file, function, line.
type Key<'a> = (&'a str, &'a str, &'a str, u32);

fn exact(group: &Group) -> Key<'_> {
    let place = group.made.as_ref();
    let (file, function, line) =
        place.map_or(("", "", 0), |place| (&*place.file, &*place.function, place.line));
    (&group.kind, file, function, line)
}

fn by_base_name(group: &Group) -> Key<'_> {
    let (kind, file, function, line) = exact(group);
    (kind, file.rsplit('/').next().unwrap_or_default(), function, line)
}

fn by_function(group: &Group) -> Key<'_> {
    let (kind, file, function, _) = by_base_name(group);
    (kind, file, function, 0)
}

/// Groups of both sides on their way into pairs.
struct Sides<'a> {
    before: Vec<&'a Group>,
    after: Vec<&'a Group>,
    pairs: Vec<Pair<'a>>,
}

impl<'a> Sides<'a> {
    fn new(before: &'a [Group], after: &'a [Group]) -> Self {
        let (before, after) = (before.iter().collect(), after.iter().collect());
        Self { before, after, pairs: Vec::new() }
    }

    /// Pairs those left that have the same key, if one only has it on either side.
    fn pair(&mut self, key: fn(&Group) -> Key<'_>) {
        let mut keys: HashMap<Key<'a>, [Vec<&'a Group>; 2]> = HashMap::new();
        for (side, groups) in [&self.before, &self.after].into_iter().enumerate() {
            for &group in groups {
                keys.entry(key(group)).or_default()[side].push(group);
            }
        }
        let is_pair = |group: &Group| matches!(keys.get(&key(group)), Some([before, after]) if before.len() == 1 && after.len() == 1);
        let found = self.before.iter().filter(|group| is_pair(group));
        self.pairs.extend(found.map(|&group| Pair {
            before: Some(group),
            after: keys[&key(group)][1].first().copied(),
        }));
        self.before.retain(|group| !is_pair(group));
        self.after.retain(|group| !is_pair(group));
    }

    /// All pairs; what is left stands alone.
    fn finish(mut self) -> Vec<Pair<'a>> {
        let gone = self.before.into_iter().map(|group| Pair { before: Some(group), after: None });
        let new = self.after.into_iter().map(|group| Pair { before: None, after: Some(group) });
        self.pairs.extend(gone.chain(new));
        self.pairs
    }
}

/// How much more `after` is, within what the type can hold.
fn more(before: u64, after: u64) -> i64 {
    let more = i128::from(after) - i128::from(before);
    i64::try_from(more).unwrap_or(if more > 0 { i64::MAX } else { i64::MIN })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::samples;

    fn looks() -> (Leaks, Leaks) {
        let mut looks = samples::leaks().leaks;
        let later = looks.remove(1);
        (looks.remove(0), later)
    }

    fn told(diff: &LeaksDiff<'_>) -> Vec<(Change, String, i64, i64)> {
        let of = |one: &GroupChange<'_>| {
            let place = one.made.map_or("-".to_owned(), |at| format!("{}:{}", at.file, at.line));
            (one.change(), format!("{} {place}", one.kind), one.count(), one.own())
        };
        diff.changes.iter().map(of).collect()
    }

    #[test]
    fn groups_are_new_deleted_grown_or_shrunk() {
        let (before, after) = looks();
        let diff = before.diff(&after);
        assert_eq!((diff.objects, diff.bytes, diff.is_one_watch), (22_257, 80_000_000, true));
        assert_eq!(
            told(&diff),
            [
                (Change::New, "bytearray c5.py:4".to_owned(), 20, 20_972_660),
                (Change::Grown, "bytes c4.py:9".to_owned(), 1_900, 19_062_700),
                (Change::Shrunk, "dict -".to_owned(), -100, -66_000),
                (Change::New, "app.Node c2.py:9".to_owned(), 200, 12_800),
                (Change::Grown, "app.Handler app.py:6".to_owned(), 180, 10_080),
                (Change::New, "function c5.py:6".to_owned(), 20, 2_880),
                (
                    Change::New,
                    "collections.deque /usr/lib/python3.13/queue.py:214".to_owned(),
                    3,
                    2_016
                ),
                (Change::Deleted, "re.Match c1.py:5".to_owned(), -4, -1_600),
            ]
        );
    }

    #[test]
    fn blocks_in_between_are_known_while_one_watch_lasts() {
        let (before, mut after) = looks();
        let blocks = |after: &Leaks| {
            let diff = before.diff(after);
            let of = |kind| diff.changes.iter().find(|one| one.kind == kind).unwrap().blocks;
            [of("bytes"), of("collections.deque"), of("dict"), of("re.Match")]
        };
        let between = |made, freed| Some(Blocks { made, freed });
        assert_eq!(blocks(&after), [between(3_800, 0), between(9, 6), None, None]);
        // The watch was started anew: its counters begin at zero.
        after.watched = 2.0;
        assert_eq!(blocks(&after), [None; 4]);
    }

    #[test]
    fn files_of_another_day_are_compared_by_name_and_by_function() {
        let (before, mut after) = looks();
        for place in after.groups.iter_mut().filter_map(|group| group.made.as_mut()) {
            place.file = format!("/new/{}", place.file);
            place.line += 3;
        }
        let kinds = |after: &Leaks| {
            let diff = before.diff(after);
            diff.changes.iter().filter(|one| one.change() == Change::Grown).count()
        };
        // In one process a line is a line.
        assert_eq!(kinds(&after), 0);
        after.pid += 1;
        assert_eq!(kinds(&after), 2);
        // Of a function that makes the type on two lines, neither is known to be the other.
        let again = Group { count: 7, ..after.groups[0].clone() };
        after.groups.push(again);
        after.groups.last_mut().unwrap().made.as_mut().unwrap().line += 1;
        assert_eq!(kinds(&after), 1);
    }

    #[test]
    fn nothing_changed_in_the_same_look() {
        let (_, look) = looks();
        assert_eq!(look.diff(&look).changes, []);
    }

    fn any_groups() -> impl Strategy<Value = Vec<Group>> {
        let group = ("[ab]", prop::option::of(("[xy]", 1..4_u32)), 1..9_u64, any::<u64>());
        prop::collection::vec(group, 0..9).prop_map(|groups| {
            let of = |(kind, made, count, own): (String, Option<(String, u32)>, u64, u64)| Group {
                kind,
                made: made.map(|(file, line)| Place { file, line, ..Place::default() }),
                count,
                own,
                ..Group::default()
            };
            groups.into_iter().map(of).collect()
        })
    }

    proptest! {
        #[test]
        fn all_objects_of_both_sides_are_counted_once(
            before in any_groups(), after in any_groups(), pid in 0..2_u32
        ) {
            let of = |groups, pid| Leaks { pid, groups, ..Leaks::default() };
            let (before, after) = (of(before, 0), of(after, pid));
            let diff = before.diff(&after);
            let sum = |leaks: &Leaks| leaks.groups.iter().map(|one| one.count.cast_signed()).sum::<i64>();
            let changed: i64 = diff.changes.iter().map(GroupChange::count).sum();
            prop_assert_eq!(changed, sum(&after) - sum(&before));
        }
    }
}
