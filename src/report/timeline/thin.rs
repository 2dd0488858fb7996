//! Fewer samples that look the same: of each group of neighbours the lowest and the highest stay.
//!
//! What stays are real samples in their order, so that a thinned curve is drawn and read as any
//! other, and no peak is lost however often it is thinned again.

use crate::profile::Sample;

/// Samples of one level that become two of the next.
const GROUP: usize = 8;
/// A level of this size is drawn at once: it needs no smaller one.
const SMALL: usize = 4096;
/// A group of two would stay what it is.
const LEAST: usize = 3;

/// The same curve at several sizes, the finest first: all samples if they are no more than `limit`,
/// and then a quarter of the level before each time.
pub fn levels(samples: &[Sample], limit: usize) -> Vec<Vec<Sample>> {
    // Groups leave two each.
    let limit = limit.max(2) & !1;
    let mut levels = if samples.len() <= limit {
        vec![samples.to_vec()]
    } else {
        vec![thin(samples, (2 * samples.len()).div_ceil(limit).max(LEAST))]
    };
    while let Some(last) = levels.last().filter(|last| last.len() > SMALL) {
        levels.push(thin(last, GROUP));
    }
    levels
}

/// The lowest and the highest of each `group` samples, the first of several; of a group in which
/// all are as high, the first and the last. What is left over at the end is a smaller group.
pub fn thin(samples: &[Sample], group: usize) -> Vec<Sample> {
    let mut kept = Vec::with_capacity(2 * samples.len().div_ceil(group));
    for group in samples.chunks(group) {
        let (mut low, mut high) = (0, 0);
        for (index, sample) in group.iter().enumerate() {
            if sample.bytes < group[low].bytes {
                low = index;
            }
            if sample.bytes > group[high].bytes {
                high = index;
            }
        }
        let (first, second) =
            if low == high { (0, group.len() - 1) } else { (low.min(high), low.max(high)) };
        kept.push(group[first]);
        if second > first {
            kept.push(group[second]);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn curve(bytes: &[i64]) -> Vec<Sample> {
        bytes.iter().zip(0..).map(|(&bytes, at)| Sample { time: f64::from(at), bytes }).collect()
    }

    /// The lowest and the highest of the samples from one place on.
    fn ends(samples: &[Sample]) -> (i64, i64) {
        let bytes = || samples.iter().map(|sample| sample.bytes);
        (bytes().min().unwrap(), bytes().max().unwrap())
    }

    #[test]
    fn few_samples_stay_as_they_are() {
        let samples = curve(&[1, 2, 3]);
        assert_eq!(levels(&samples, 4), [samples]);
        assert_eq!(levels(&[], 9), [Vec::new()]);
    }

    #[test]
    fn a_level_is_within_its_limit_and_the_last_is_small() {
        let samples = curve(&(0..100_000).map(|at| at * 37 % 1009).collect::<Vec<_>>());
        let sizes: Vec<_> = levels(&samples, 50_000).iter().map(Vec::len).collect();
        assert_eq!(sizes, [50_000, 12_500, 3126]);
    }

    proptest! {
        /// Against a model that cuts the samples themselves into groups as large as those of a level.
        #[test]
        fn every_level_has_the_lowest_and_the_highest_of_each_group(
            bytes in proptest::collection::vec(0..50_i64, 1..3000),
            limit in 2..400_usize,
            again in 3..20_usize,
        ) {
            let samples = curve(&bytes);
            let even = limit & !1;
            let group = if samples.len() <= even { 1 } else { (2 * samples.len()).div_ceil(even).max(3) };
            let mut level = levels(&samples, limit).swap_remove(0);
            prop_assert!(level.len() <= limit);
            let mut size = group;
            for _ in 0..3 {
                let groups = samples.chunks(size);
                let kept: Vec<_> = level.chunks(if size == 1 { 1 } else { 2 }).collect();
                prop_assert_eq!(kept.len(), groups.len());
                for (all, kept) in groups.zip(kept) {
                    prop_assert_eq!(ends(kept), ends(all));
                    prop_assert!(kept.iter().all(|one| all.contains(one)));
                }
                prop_assert!(level.windows(2).all(|pair| pair[0].time < pair[1].time));
                // Only whole groups of pairs keep their places; a group may also be cut differently.
                let (next, factor) = if size == 1 { (again, again) } else { (2 * again, again) };
                level = thin(&level, next);
                size *= factor;
            }
        }

        #[test]
        fn the_peak_is_on_every_level(
            bytes in proptest::collection::vec(any::<i64>(), 5000..9000),
            limit in 2..9000_usize,
        ) {
            let samples = curve(&bytes);
            let highest = |samples: &[Sample]| {
                samples.iter().copied().reduce(|one, other| if other.bytes > one.bytes { other } else { one })
            };
            for level in levels(&samples, limit) {
                prop_assert_eq!(highest(&level), highest(&samples));
            }
        }
    }
}
