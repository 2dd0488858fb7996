//! The highest of the samples between two times, however many there are.

use crate::profile::Sample;

/// Samples in order of time, asked many times.
#[derive(Debug)]
pub struct Highest<'a> {
    samples: &'a [Sample],
    /// A tree on a flat array: behind the first half the samples, each before that the higher of two.
    tree: Vec<i64>,
}

impl<'a> Highest<'a> {
    /// Of samples in order of time.
    pub fn of(samples: &'a [Sample]) -> Self {
        let count = samples.len();
        let mut tree = vec![i64::MIN; count];
        tree.extend(samples.iter().map(|sample| sample.bytes));
        for at in (1..count).rev() {
            tree[at] = tree[2 * at].max(tree[2 * at + 1]);
        }
        Self { samples, tree }
    }

    /// The highest from one time to another, both included; nothing if no sample is there.
    pub fn between(&self, from: f64, to: f64) -> Option<i64> {
        let count = self.samples.len();
        let mut low = count + self.samples.partition_point(|sample| sample.time < from);
        let mut high = count + self.samples.partition_point(|sample| sample.time <= to);
        let mut found = None;
        while low < high {
            if low % 2 == 1 {
                found = found.max(Some(self.tree[low]));
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                found = found.max(Some(self.tree[high]));
            }
            (low, high) = (low / 2, high / 2);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_looking_at_all_finds(
            bytes in proptest::collection::vec(any::<i64>(), 0..60),
            from in -2..70_i32,
            length in -2..70_i32,
        ) {
            let at = |(&bytes, time): (&i64, i32)| Sample { time: f64::from(time), bytes };
            let samples: Vec<_> = bytes.iter().zip(0..).map(at).collect();
            let (from, to) = (f64::from(from), f64::from(from + length));
            let seen = samples.iter().filter(|sample| from <= sample.time && sample.time <= to);
            let expected = seen.map(|sample| sample.bytes).max();
            prop_assert_eq!(Highest::of(&samples).between(from, to), expected);
        }
    }
}
