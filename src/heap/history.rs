//! How the blocks of each site grew: their numbers at up to 64 moments of a run of any length.
//!
//! A mark holds what has changed since the one before, in as few bytes as that takes: most sites of a
//! program do nothing for most of the time. When there are too many marks every second one goes, and
//! its changes go to the one behind it.

use std::time::Duration;

use super::changes::{Change, Reader, Writer, merged};

/// The most marks that are kept.
pub const MOST: usize = 64;
/// From the start to the first mark, and from each to the next, until there are too many.
const SHORTEST: Duration = Duration::from_millis(10);

/// The blocks of a site at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Blocks {
    /// Blocks that are alive.
    pub live: u64,
    /// Blocks it ever made.
    pub made: u64,
}

/// The blocks of a site at a mark.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Level {
    /// Seconds since the start.
    pub seconds: f64,
    /// Blocks that were alive.
    pub live: u64,
    /// Blocks it had made.
    pub made: u64,
}

/// A moment.
#[derive(Debug, Clone)]
struct Mark {
    seconds: f64,
    name: Option<String>,
    /// For each site that changed, in order: how far it is behind the one before, and what came to its
    /// made and live blocks.
    changes: Vec<u8>,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct Marks {
    list: Vec<Mark>,
    /// Number of the first site.
    base: u32,
    /// The sites at the last mark.
    last: Vec<Blocks>,
    interval: Duration,
}

impl Marks {
    /// None, of sites from `base` on.
    pub fn new(base: u32) -> Self {
        Self { list: Vec::new(), base, last: Vec::new(), interval: SHORTEST }
    }

    /// Number of the first site.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// Notes the blocks of all sites, the first one first, at a moment no earlier than the last.
    pub fn add(
        &mut self,
        seconds: f64,
        name: Option<String>,
        sites: impl ExactSizeIterator<Item = Blocks>,
    ) {
        if self.last.len() < sites.len() {
            self.last.reserve_exact(sites.len() - self.last.len());
            self.last.resize(sites.len(), Blocks::default());
        }
        let mut writer = Writer::default();
        for ((site, now), last) in (0..).zip(sites).zip(&mut self.last) {
            if now != *last {
                let change = Change {
                    site,
                    made: now.made.wrapping_sub(last.made),
                    live: now.live.wrapping_sub(last.live),
                };
                writer.write(change);
                *last = now;
            }
        }
        let changes = writer.finish();
        self.list.push(Mark { seconds, name, changes });
        if self.list.len() >= MOST {
            self.thin();
        }
    }

    /// For how long to wait for the next mark that nobody asks for.
    pub fn until_next(&self, since_start: Duration) -> Duration {
        let interval = self.interval.as_nanos();
        let into = since_start.as_nanos() % interval;
        Duration::from_nanos(u64::try_from(interval - into).unwrap_or(u64::MAX))
    }

    /// When the marks are, in seconds since the start, and the names of those that have one.
    pub fn moments(&self) -> impl ExactSizeIterator<Item = (f64, Option<&str>)> {
        self.list.iter().map(|mark| (mark.seconds, mark.name.as_deref()))
    }

    /// The blocks of a site at each mark; zeros before it was seen, and of what is no site.
    pub fn history(&self, site: u32) -> Vec<Level> {
        self.histories(&[site]).pop().unwrap_or_default()
    }

    /// The same of several sites, in their order.
    pub fn histories(&self, sites: &[u32]) -> Vec<Vec<Level>> {
        let mut found = vec![Vec::with_capacity(self.list.len()); sites.len()];
        let mut wanted: Vec<(u32, usize, Blocks)> = (0..)
            .zip(sites)
            .map(|(place, site)| (site.wrapping_sub(self.base), place, Blocks::default()))
            .collect();
        wanted.sort_unstable_by_key(|&(site, ..)| site);
        for mark in &self.list {
            let mut changes = Reader::of(&mark.changes).peekable();
            for (site, place, blocks) in &mut wanted {
                while changes.next_if(|change| change.site < *site).is_some() {}
                // The same site may be asked for twice.
                if let Some(change) = changes.peek().filter(|change| change.site == *site) {
                    blocks.made = blocks.made.wrapping_add(change.made);
                    blocks.live = blocks.live.wrapping_add(change.live);
                }
                let level = Level { seconds: mark.seconds, live: blocks.live, made: blocks.made };
                found[*place].push(level);
            }
        }
        found
    }

    /// Bytes of memory this takes up.
    pub fn bytes(&self) -> usize {
        let marks = self.list.iter().map(|mark| mark.changes.capacity() + size_of::<Mark>());
        marks.sum::<usize>() + self.last.capacity() * size_of::<Blocks>()
    }

    /// Drops every second mark without a name, or with one if there are more of those. The last of a
    /// kind stays, so that each that goes has one behind it.
    fn thin(&mut self) {
        let named = self.list.iter().filter(|mark| mark.name.is_some()).count();
        let of_named = 2 * named > self.list.len();
        let mut left = if of_named { named } else { self.list.len() - named };
        if !of_named {
            self.interval *= 2;
        }
        let mut changes: Option<Vec<u8>> = None;
        for mut mark in std::mem::take(&mut self.list) {
            if let Some(before) = changes.take() {
                mark.changes = merged(&before, &mark.changes);
            }
            let is_one = mark.name.is_some() == of_named;
            if is_one {
                left -= 1;
            }
            if is_one && left % 2 == 1 {
                changes = Some(mark.changes);
            } else {
                self.list.push(mark);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn blocks(live: u64, made: u64) -> Blocks {
        Blocks { live, made }
    }

    #[allow(clippy::cast_sign_loss, reason = "no time before the start")]
    fn whole(seconds: f64) -> u64 {
        seconds as u64
    }

    fn tuples(levels: &[Level]) -> Vec<(f64, u64, u64)> {
        levels.iter().map(|level| (level.seconds, level.live, level.made)).collect()
    }

    #[test]
    fn a_site_has_its_blocks_at_each_mark_since_it_was_seen() {
        let mut marks = Marks::new(5);
        marks.add(1.0, None, [blocks(1, 1)].into_iter());
        marks.add(2.0, Some("two".to_owned()), [blocks(1, 1), blocks(0, 7)].into_iter());
        marks.add(3.0, None, [blocks(0, 1), blocks(0, 9), blocks(0, 0)].into_iter());
        marks.add(4.0, None, [blocks(0, 1), blocks(0, 9), blocks(0, 0)].into_iter());
        assert_eq!(tuples(&marks.history(5)), [(1.0, 1, 1), (2.0, 1, 1), (3.0, 0, 1), (4.0, 0, 1)]);
        assert_eq!(tuples(&marks.history(6)), [(1.0, 0, 0), (2.0, 0, 7), (3.0, 0, 9), (4.0, 0, 9)]);
        for unknown in [4, 7, 8, 0] {
            assert!(marks.history(unknown).iter().all(|level| (level.live, level.made) == (0, 0)));
            assert_eq!(marks.history(unknown).len(), 4);
        }
        let several = marks.histories(&[6, 4, 5, 6]);
        assert_eq!(several, [6, 4, 5, 6].map(|site| marks.history(site)));
        let names: Vec<_> = marks.moments().map(|(_, name)| name).collect();
        assert_eq!(names, [None, Some("two"), None, None]);
    }

    #[test]
    fn a_run_of_any_length_has_16_to_64_evenly_spread_ones() {
        for length in [20_u64, 100, 640, 650, 10_000, 3_600_000] {
            let mut marks = Marks::new(1);
            let mut now = Duration::ZERO;
            loop {
                now += marks.until_next(now);
                if now > Duration::from_millis(length) {
                    break;
                }
                marks.add(now.as_secs_f64(), None, [blocks(1, 1)].into_iter());
            }
            let moments: Vec<_> = marks.moments().map(|(seconds, _)| seconds).collect();
            assert!(moments.len() <= MOST && (moments.len() >= 32 || length < 320), "{moments:?}");
            let step = moments[1] - moments[0];
            let even = moments.windows(2).all(|two| (two[1] - two[0] - step).abs() < 1e-6);
            assert!(even && (moments[0] - step).abs() < 1e-6, "{moments:?}");
        }
    }

    #[test]
    fn marks_with_names_leave_room_for_those_without() {
        let mut marks = Marks::new(1);
        for number in 0..10_000_u64 {
            let name = (number % 10 != 0).then(|| number.to_string());
            marks.add(number as f64, name, [blocks(number, number)].into_iter());
        }
        let named = marks.moments().filter(|(_, name)| name.is_some()).count();
        let others = marks.moments().len() - named;
        assert!(named + others <= MOST && named >= 16 && others >= 16, "{named} {others}");
        assert_eq!(marks.moments().last(), Some((9999.0, Some("9999"))));
        for level in marks.history(1) {
            assert_eq!((level.live, level.made), (whole(level.seconds), whole(level.seconds)));
        }
    }

    #[test]
    fn what_does_not_change_takes_up_nothing_and_what_does_no_more_than_eight_bytes() {
        let mut marks = Marks::new(1);
        let sites = 1000;
        for number in 0..1000_u64 {
            let all = (0..sites).map(|site| {
                if site % 2 == 0 { blocks(7, 7) } else { blocks(number, 1000 * number * site) }
            });
            marks.add(number as f64, None, all.collect::<Vec<_>>().into_iter());
        }
        let last = 1000 * size_of::<Blocks>() + 64 * size_of::<Mark>();
        assert!(marks.bytes() - last <= 500 * 8 * 64, "{}", marks.bytes());
    }

    proptest! {
        #[test]
        fn any_numbers_come_back_as_they_were(
            rounds in prop::collection::vec(
                (any::<bool>(), prop::collection::vec((0..5_u32, any::<u64>(), any::<u64>()), 0..6)),
                1..200,
            ),
        ) {
            let mut marks = Marks::new(3);
            let mut now = Vec::new();
            let mut told = HashMap::new();
            for (number, (named, changes)) in rounds.into_iter().enumerate() {
                now.resize(now.len() + usize::from(number % 3 == 0), Blocks::default());
                for (site, live, made) in changes {
                    if let Some(site) = now.get_mut(site as usize * 17) {
                        *site = blocks(live, made);
                    }
                }
                let name = named.then(String::new);
                marks.add(number as f64, name, now.iter().copied());
                told.insert(number as u64, now.clone());
            }
            for site in 0..now.len() {
                for level in marks.history(3 + u32::try_from(site).unwrap()) {
                    let then = &told[&whole(level.seconds)];
                    prop_assert_eq!(then.get(site).copied().unwrap_or_default(), blocks(level.live, level.made));
                }
            }
            prop_assert!(marks.moments().len() <= MOST);
        }
    }
}
