//! Memory over time: the samples of one run, and when its functions ran.

use serde::{Deserialize, Serialize};

/// Memory at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, i64)", into = "(f64, i64)")]
pub struct Sample {
    /// Unix time, seconds. For a peak between two samples, the time it was noticed at.
    pub time: f64,
    /// Bytes.
    pub bytes: i64,
}

/// What was recorded of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recording {
    /// What the recording is called: its file, or empty.
    pub name: String,
    /// The command, as a shell would take it; empty where it is not known.
    pub command: String,
    /// Samples of the process that was started or attached to, in order of time; with the processes
    /// below it where that was asked for (`--include-children`).
    pub samples: Vec<Sample>,
    /// Samples of the processes below it, in the order they were first seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Child>,
    /// The calls of decorated functions, in the order they ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

/// One process below the recorded one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Child {
    /// Its process id.
    pub pid: i32,
    /// Its samples, in order of time.
    pub samples: Vec<Sample>,
}

/// One call of a function, or one block of code, over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// `module.function`, or what the program calls the block.
    pub name: String,
    /// Time and memory at its start.
    pub start: Sample,
    /// Time and memory at its end.
    pub end: Sample,
    /// How many recorded calls were running around it, in its thread or task.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub level: u32,
}

impl Recording {
    /// Whether nothing was sampled.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.children.iter().all(|child| child.samples.is_empty())
    }

    /// The highest sample of the recorded process; the first of several.
    pub fn peak(&self) -> Option<Sample> {
        highest(&self.samples)
    }

    /// The highest sample of the recorded process while a function ran; nothing if it never did, or
    /// between two samples.
    pub fn peak_in(&self, function: &str) -> Option<Sample> {
        let spans: Vec<_> = self.spans.iter().filter(|span| span.name == function).collect();
        let ran = |time| spans.iter().any(|span| span.start.time <= time && time <= span.end.time);
        let samples = self.samples.iter().filter(|sample| ran(sample.time));
        highest(&samples.copied().collect::<Vec<_>>())
    }
}

impl Child {
    /// Its highest sample; the first of several.
    pub fn peak(&self) -> Option<Sample> {
        highest(&self.samples)
    }
}

fn highest(samples: &[Sample]) -> Option<Sample> {
    samples.iter().copied().reduce(|one, other| if other.bytes > one.bytes { other } else { one })
}

impl From<(f64, i64)> for Sample {
    fn from((time, bytes): (f64, i64)) -> Self {
        Self { time, bytes }
    }
}

impl From<Sample> for (f64, i64) {
    fn from(sample: Sample) -> Self {
        (super::codec::or_zero(sample.time), sample.bytes)
    }
}

// The signature is serde's.
#[expect(clippy::trivially_copy_pass_by_ref)]
fn is_zero(level: &u32) -> bool {
    *level == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_first_highest_sample() {
        let samples = [(1.0, 5), (2.0, 9), (3.0, 9)].map(Sample::from).to_vec();
        let recording = Recording { samples, ..Recording::default() };
        assert_eq!(recording.peak(), Some(Sample { time: 2.0, bytes: 9 }));
        assert_eq!(Recording::default().peak(), None);
    }

    #[test]
    fn the_peak_in_a_function_is_among_the_samples_while_it_ran() {
        let samples = [(1.0, 5), (2.0, 9), (3.0, 7)].map(Sample::from).to_vec();
        let span = Span { name: "f".into(), end: samples[2], start: (2.5, 0).into(), level: 0 };
        let recording = Recording { samples, spans: vec![span], ..Recording::default() };
        assert_eq!(recording.peak_in("f"), Some(Sample { time: 3.0, bytes: 7 }));
        assert_eq!(recording.peak_in("g"), None);
    }

    #[test]
    fn a_sample_is_a_pair_in_the_file() {
        let sample = Sample { time: 1.5, bytes: 4096 };
        assert_eq!(serde_json::to_string(&sample).unwrap(), "[1.5,4096]");
        assert_eq!(serde_json::from_str::<Sample>("[1.5,4096]").unwrap(), sample);
    }
}
