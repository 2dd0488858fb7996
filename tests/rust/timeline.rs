//! Recordings of processes that only exist here, against what must be in the file.

use proptest::prelude::*;
use rsprofile::profile::Sample;
use rsprofile::timeline::{Level, Processes, Shape, Tape, Thin, dat};

/// Processes whose memory is said for each look.
#[derive(Debug, Default)]
struct Fake {
    /// Number and bytes of each; the recorded one has number 0.
    levels: Vec<(u64, i64)>,
    mark: Option<i64>,
    /// How often the mark was read.
    marks: usize,
}

impl Processes for Fake {
    fn look(&mut self, levels: &mut Vec<Level>) -> bool {
        let all = self.levels.iter();
        levels.extend(all.map(|&(number, bytes)| Level {
            number,
            pid: 100 + i32::try_from(number).unwrap(),
            bytes,
        }));
        !self.levels.is_empty()
    }

    fn mark(&mut self) -> Option<i64> {
        self.marks += 1;
        self.mark
    }
}

const MIB: i64 = 1 << 20;

/// Samples processes once a millisecond; the lines.
fn recorded(shape: Shape, looks: &[&[(u64, i64)]]) -> String {
    let (mut tape, mut fake, mut lines) = (Tape::new(shape), Fake::default(), String::new());
    for (at, levels) in (0..).zip(looks) {
        fake.levels = levels.iter().map(|&(number, mib)| (number, mib * MIB)).collect();
        let elapsed = f64::from(at) / 1000.0;
        assert_eq!(
            tape.sample(elapsed, 1000.0 + elapsed, &mut fake, &mut lines),
            !levels.is_empty()
        );
    }
    tape.finish(&mut lines);
    lines
}

#[test]
fn each_sample_is_a_line() {
    let lines = recorded(Shape::default(), &[&[(0, 1)], &[(0, 1)], &[(0, 3), (1, 9)], &[]]);
    insta::assert_snapshot!(lines, @r"
    MEM 1.000000 1000.0000
    MEM 1.000000 1000.0010
    MEM 3.000000 1000.0020
    ");
}

#[test]
fn children_are_added_up() {
    let shape = Shape { adds_children: true, ..Shape::default() };
    let lines = recorded(shape, &[&[(0, 1)], &[(0, 1), (1, 2), (2, 4)], &[(0, 1), (2, 4)]]);
    insta::assert_snapshot!(lines, @r"
    MEM 1.000000 1000.0000
    MEM 7.000000 1000.0010
    MEM 5.000000 1000.0020
    ");
}

#[test]
fn each_child_has_lines_until_it_ends_and_one_with_its_id_has_its_own() {
    let shape = Shape { has_children: true, is_thinned: true, ..Shape::default() };
    let looks: [&[(u64, i64)]; 5] =
        [&[(0, 1), (1, 2)], &[(0, 1), (1, 2)], &[(0, 1), (1, 2), (3, 5)], &[(0, 1), (3, 5)], &[]];
    insta::assert_snapshot!(recorded(shape, &looks), @r"
    MEM 1.000000 1000.0000
    CHLD 101 2.000000 1000.0000
    CHLD 101 2.000000 1000.0020
    CHLD 103 5.000000 1000.0020
    MEM 1.000000 1000.0030
    CHLD 103 5.000000 1000.0030
    ");
}

/// What a tape with marks says to levels and marks, in MiB, once a millisecond.
fn marked(looks: &[(i64, i64)]) -> (Vec<i64>, i64, usize) {
    let shape = Shape { has_marks: true, ..Shape::default() };
    let (mut tape, mut fake, mut lines) = (Tape::new(shape), Fake::default(), String::new());
    for (at, &(level, mark)) in (0..).zip(looks) {
        fake.levels = vec![(0, level * MIB)];
        fake.mark = Some(mark * MIB);
        let elapsed = f64::from(at) / 1000.0;
        tape.sample(elapsed, elapsed, &mut fake, &mut lines);
    }
    let samples = dat::read(lines.as_bytes(), "x").unwrap().samples;
    let samples = samples.iter().map(|sample| sample.bytes / MIB).collect();
    (samples, tape.peak / MIB, fake.marks)
}

#[test]
fn a_peak_between_two_samples_is_a_sample() {
    // The mark of a time before the recording is none.
    assert_eq!(marked(&[(10, 90), (9, 90)]), (vec![10, 9], 10, 2));
    // Memory fell: the mark is read at once.
    assert_eq!(marked(&[(10, 10), (9, 50), (9, 50)]), (vec![10, 50, 9, 9], 50, 2));
    // It did not, and the mark is read when it is time.
    let mut looks = vec![(10, 10); 5];
    looks.extend([(10, 70); 10]);
    let (samples, peak, marks) = marked(&looks);
    assert_eq!(samples.iter().filter(|mib| **mib == 70).count(), 1);
    assert_eq!((samples.len(), peak, marks), (16, 70, 2));
    // A peak that a sample met is told once.
    assert_eq!(marked(&[(10, 10), (60, 60), (10, 60)]), (vec![10, 60, 10], 60, 2));
    // Another program was executed: the mark begins anew.
    assert_eq!(marked(&[(90, 90), (2, 3), (2, 9), (1, 9)]), (vec![90, 2, 2, 9, 1], 90, 3));
}

#[test]
fn a_mark_says_nothing_of_a_sum() {
    let shape = Shape { has_marks: true, adds_children: true, ..Shape::default() };
    let (mut tape, mut lines) = (Tape::new(shape), String::new());
    let mut fake =
        Fake { levels: vec![(0, MIB), (1, MIB)], mark: Some(9 * MIB), ..Fake::default() };
    tape.sample(0.0, 0.0, &mut fake, &mut lines);
    tape.sample(1.0, 1.0, &mut fake, &mut lines);
    assert_eq!((fake.marks, tape.peak), (0, 2 * MIB));
}

/// What is kept of samples, each with seconds since the start: worked out with all at hand.
fn kept(samples: &[(f64, i64)]) -> Vec<(f64, i64)> {
    // Moments: each begins with a sample and lasts a part of the time so far.
    let mut moments: Vec<Vec<(f64, i64)>> = Vec::new();
    for &(at, bytes) in samples {
        match moments.last_mut() {
            Some(moment) if at < moment[0].0 + moment[0].0 / 100_000.0 => moment.push((at, bytes)),
            _ => moments.push(vec![(at, bytes)]),
        }
    }
    let mut chosen = Vec::new();
    for moment in moments {
        let lowest = moment.iter().map(|sample| sample.1).min().unwrap();
        let highest = moment.iter().map(|sample| sample.1).max().unwrap();
        let first = |bytes| moment.iter().position(|sample| sample.1 == bytes).unwrap();
        let mut places = vec![0, first(lowest), first(highest), moment.len() - 1];
        places.sort_unstable();
        places.dedup();
        chosen.extend(places.into_iter().map(|place| moment[place]));
    }
    // Plateaus: the first, then one a second, and the last.
    let mut kept: Vec<(f64, i64)> = Vec::new();
    for (place, &(at, bytes)) in chosen.iter().enumerate() {
        let is_new = kept.last().is_none_or(|last| last.1 != bytes || at - last.0 >= 1.0);
        let is_last = chosen.get(place + 1).is_none_or(|next| next.1 != bytes);
        if is_new || is_last {
            kept.push((at, bytes));
        }
    }
    kept
}

fn thinned(samples: &[(f64, i64)]) -> Vec<(f64, i64)> {
    let (mut thin, mut written) = (Thin::default(), Vec::new());
    let mut write = |sample: Sample| written.push((sample.time, sample.bytes));
    for &(time, bytes) in samples {
        thin.add(time, Sample { time, bytes }, &mut write);
    }
    thin.finish(&mut write);
    written
}

proptest! {
    #[test]
    fn what_is_left_out_is_what_a_drawing_does_not_need(
        steps in proptest::collection::vec((0.0..400.0_f64, 0..4_i64), 0..300),
        start in prop_oneof![Just(0.0), Just(1e5)],
    ) {
        let mut at = start;
        let samples: Vec<_> = steps
            .iter()
            .map(|&(pause, bytes)| {
                // Milliseconds, and now and then seconds.
                at += if pause > 390.0 { pause / 100.0 } else { pause / 1000.0 };
                (at, bytes)
            })
            .collect();
        let thinned = thinned(&samples);
        prop_assert_eq!(&thinned, &kept(&samples));
        let peak = |samples: &[(f64, i64)]| samples.iter().map(|sample| sample.1).max();
        prop_assert_eq!(peak(&thinned), peak(&samples));
        prop_assert_eq!(thinned.first(), samples.first());
        prop_assert_eq!(thinned.last().map(|last| last.0), samples.last().map(|last| last.0));
    }
}

#[test]
fn three_days_are_no_more_than_a_few_million_lines() {
    // A sample each 20 ms instead of each millisecond: all but the first minutes are moments anyway.
    let mut count = 0_u64;
    let mut thin = Thin::default();
    for step in 0..72 * 3600 * 50_u32 {
        let time = f64::from(step) / 50.0;
        thin.add(time, Sample { time, bytes: i64::from(step % 7) }, &mut |_| count += 1);
    }
    assert!(count < 4_000_000, "{count}");
}
