//! One recording, as it is drawn: its times are from its own start, its curves are thinned.

use std::borrow::Cow;

use super::calls::Calls;
use super::from_start;
use super::processes::{processes, stacked};
use super::thin::levels;
use super::trend::Trend;
use crate::profile::{Recording, Sample};

/// What the curve of the recorded process itself is called.
pub const PROGRAM: &str = "program";
/// Points of all curves together, on their finest levels.
const POINTS: usize = 1 << 18;
/// Points that every curve may have.
const LEAST: usize = 4096;

/// One run.
#[derive(Debug)]
pub struct Run {
    /// What it is called, if it is called anything.
    pub name: String,
    /// The command.
    pub command: String,
    /// Its first moment, Unix time.
    pub start: f64,
    /// Seconds.
    pub duration: f64,
    /// The program and the processes below it.
    pub curves: Vec<Curve>,
    /// The same on top of each other; nothing where there is no process below.
    pub layers: Vec<Curve>,
    /// Calls of functions.
    pub calls: Calls,
    /// The function that ran at the peak of the program.
    pub during: Option<String>,
    /// The function that ran when all processes together had most.
    pub total_during: Option<String>,
    /// The line through the samples of the program.
    pub trend: Option<Trend>,
}

/// The memory of one process, or of several, over time.
#[derive(Debug)]
pub struct Curve {
    /// What it is of.
    pub name: String,
    /// Samples there were.
    pub count: usize,
    /// The first highest one.
    pub peak: Option<Sample>,
    /// The samples to draw, the finest level first.
    pub levels: Vec<Vec<Sample>>,
}

impl Curve {
    /// The samples from one time to another and one beyond each end, of the finest level that has
    /// no more than `most`; of the coarsest if all have more.
    pub fn seen(&self, from: f64, to: f64, most: usize) -> &[Sample] {
        let within = |level: &'_ Vec<Sample>| {
            let first = level.partition_point(|sample| sample.time < from);
            let end = level.partition_point(|sample| sample.time <= to);
            first.saturating_sub(1)..(end + 1).min(level.len())
        };
        let found = self.levels.iter().find(|level| within(level).len() <= most);
        found.or(self.levels.last()).map_or(&[], |level| &level[within(level)])
    }
}

impl Run {
    /// The highest curve and the function that ran at its peak.
    pub fn peak(&self, is_stacked: bool) -> (Option<Sample>, Option<&str>) {
        match self.layers.last().filter(|_| is_stacked) {
            Some(total) => (total.peak, self.total_during.as_deref()),
            None => (self.curves[0].peak, self.during.as_deref()),
        }
    }
}

/// All runs that have a sample.
pub fn all(recordings: &[Recording]) -> Vec<Run> {
    let filled: Vec<_> = recordings.iter().filter(|recording| !recording.is_empty()).collect();
    let curves: usize =
        filled.iter().map(|recording| 1 + 2 * recording.children.len().min(13)).sum();
    let limit = (POINTS / curves.max(1)).max(LEAST);
    filled.into_iter().map(|recording| run(&in_order(recording), limit)).collect()
}

/// The first and the last moment of a recording, Unix time.
pub fn ends(recording: &Recording) -> (f64, f64) {
    let children = recording.children.iter().flat_map(|child| &child.samples);
    let samples = recording.samples.iter().chain(children).map(|sample| sample.time);
    let spans = recording.spans.iter().flat_map(|span| [span.start.time, span.end.time]);
    samples.chain(spans).fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), time| {
        (first.min(time), last.max(time))
    })
}

fn run(recording: &Recording, limit: usize) -> Run {
    let (start, end) = ends(recording);
    let program = from_start(&recording.samples, start);
    let below = processes(&recording.children, start);
    let mut layers = Vec::new();
    if !below.is_empty() {
        let names = std::iter::once(PROGRAM).chain(below.iter().map(|process| &*process.name));
        let stack = stacked(&program, &below);
        layers = names.zip(stack).map(|(name, samples)| curve(name, &samples, limit)).collect();
    }
    let mut curves = vec![curve(PROGRAM, &program, limit)];
    curves.extend(below.iter().map(|process| curve(&process.name, &process.samples, limit)));
    let during = |curve: &Curve| {
        let running = Calls::running(&recording.spans, curve.peak?.time + start)?;
        Some(running.to_owned())
    };
    Run {
        name: recording.name.clone(),
        command: recording.command.clone(),
        start,
        duration: end - start,
        during: during(&curves[0]),
        total_during: layers.last().and_then(during),
        calls: Calls::of(&recording.spans, start, &program),
        trend: Trend::of(&program),
        curves,
        layers,
    }
}

fn curve(name: &str, samples: &[Sample], limit: usize) -> Curve {
    let higher = |one: Sample, other: Sample| if other.bytes > one.bytes { other } else { one };
    Curve {
        name: name.to_owned(),
        count: samples.len(),
        peak: samples.iter().copied().reduce(higher),
        levels: levels(samples, limit),
    }
}

/// With all samples in order of time, which a file may not have them in.
fn in_order(recording: &Recording) -> Cow<'_, Recording> {
    let is_ordered = |samples: &Vec<Sample>| samples.is_sorted_by(|a, b| a.time <= b.time);
    let mut all = recording.children.iter().map(|child| &child.samples);
    if is_ordered(&recording.samples) && all.all(is_ordered) {
        return Cow::Borrowed(recording);
    }
    let mut recording = recording.clone();
    let children = recording.children.iter_mut().map(|child| &mut child.samples);
    for samples in std::iter::once(&mut recording.samples).chain(children) {
        samples.sort_by(|one, other| one.time.total_cmp(&other.time));
    }
    Cow::Owned(recording)
}
