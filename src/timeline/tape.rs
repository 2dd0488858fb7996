//! What a look at the processes becomes: lines of the recording, and the figures shown meanwhile.

use super::dat;
use super::thin::Thin;
use crate::profile::Sample;

/// Seconds between two looks at the kernel's high-water mark of the process, which takes ten times
/// as long to read as its memory. Where memory fell since the last sample it is read at once.
const BETWEEN_MARKS: f64 = 0.01;

/// The processes that are recorded.
pub trait Processes {
    /// Reads the memory of all of them, the recorded one first; false when that one has ended.
    ///
    /// `levels` is emptied before. A process keeps its place relative to the others.
    fn look(&mut self, levels: &mut Vec<Level>) -> bool;

    /// The highest memory that the recorded process ever had, in bytes, where the kernel keeps it.
    fn mark(&mut self) -> Option<i64>;
}

/// The memory of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Number of the process in this recording: ids of the system are used again, this is not.
    /// Later processes have higher ones.
    pub number: u64,
    /// Its process id.
    pub pid: i32,
    /// Bytes.
    pub bytes: i64,
}

/// What is to be written of the processes.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Shape {
    /// Whether the processes below are added to the recorded one.
    pub adds_children: bool,
    /// Whether each process below has lines of its own.
    pub has_children: bool,
    /// Whether samples that a drawing does not need are left out.
    pub is_thinned: bool,
    /// Whether peaks between two samples are asked of the kernel.
    pub has_marks: bool,
}

impl Shape {
    /// Whether the processes below are looked for at all.
    pub fn needs_children(self) -> bool {
        self.adds_children || self.has_children
    }
}

/// The lines of a recording while it goes on.
#[derive(Debug, Default)]
pub struct Tape {
    shape: Shape,
    own: Thin,
    /// By the number of the process, lowest first.
    children: Vec<(u64, i32, Thin)>,
    levels: Vec<Level>,
    /// The highest memory of the recorded process that was written, as far as its mark goes back.
    known: Option<i64>,
    /// Its memory at the last sample.
    before: i64,
    /// When to read the mark again.
    next_mark: f64,
    /// Memory at the last sample, as the `MEM` lines have it; bytes.
    pub now: i64,
    /// The highest of these.
    pub peak: i64,
}

impl Tape {
    /// A tape with nothing on it.
    pub fn new(shape: Shape) -> Self {
        Self { shape, ..Self::default() }
    }

    /// Takes a sample of all processes. False when the recorded one has ended.
    ///
    /// # Arguments
    /// `elapsed` are seconds since the start, `time` is Unix time; `lines` get what is to be written.
    pub fn sample(
        &mut self,
        elapsed: f64,
        time: f64,
        processes: &mut impl Processes,
        lines: &mut String,
    ) -> bool {
        self.levels.clear();
        if !processes.look(&mut self.levels) || self.levels.is_empty() {
            return false;
        }
        let own = self.levels[0].bytes;
        let all = if self.shape.adds_children { &self.levels[..] } else { &self.levels[..1] };
        let total = all.iter().map(|level| level.bytes).sum();
        // A mark is of one process: it says nothing of a sum.
        let is_alone = all.len() == 1;
        let mark = if self.shape.has_marks && is_alone {
            self.missed(elapsed, own, processes)
        } else {
            self.known = None;
            None
        };
        for bytes in mark.into_iter().chain([total]) {
            self.peak = self.peak.max(bytes);
            put(&mut self.own, self.shape, elapsed, Sample { time, bytes }, &mut |sample| {
                dat::sample(lines, sample);
            });
        }
        (self.now, self.before) = (total, own);
        if self.shape.has_children {
            self.sample_children(elapsed, time, lines);
        }
        true
    }

    /// Writes what was held back.
    pub fn finish(&mut self, lines: &mut String) {
        self.own.finish(&mut |sample| dat::sample(lines, sample));
        for (_, pid, mut thin) in self.children.drain(..) {
            thin.finish(&mut |sample| dat::child(lines, pid, sample));
        }
    }

    /// The highest memory since the last sample, if that was above all that is known.
    fn missed(&mut self, elapsed: f64, own: i64, processes: &mut impl Processes) -> Option<i64> {
        let fell = own < self.before;
        let known = self.known.map(|known| known.max(own));
        self.known = known;
        if known.is_some() && !fell && elapsed < self.next_mark {
            return None;
        }
        self.next_mark = elapsed + BETWEEN_MARKS;
        let mark = processes.mark()?;
        // The first one may be of a time before the recording, and where the process has executed
        // another program the mark begins anew.
        self.known = Some(mark);
        known.filter(|known| mark > *known).map(|_| mark)
    }

    fn sample_children(&mut self, elapsed: f64, time: f64, lines: &mut String) {
        let Self { levels, children, shape, .. } = self;
        let below = &levels[1..];
        let mut at = 0;
        children.retain_mut(|(number, pid, thin)| {
            // Both are in order of their numbers.
            let is_alive = below.get(at).is_some_and(|level| level.number == *number);
            if is_alive {
                at += 1;
            } else {
                thin.finish(&mut |sample| dat::child(lines, *pid, sample));
            }
            is_alive
        });
        for level in &below[children.len()..] {
            children.push((level.number, level.pid, Thin::default()));
        }
        for (level, (_, pid, thin)) in below.iter().zip(children) {
            let sample = Sample { time, bytes: level.bytes };
            put(thin, *shape, elapsed, sample, &mut |sample| dat::child(lines, *pid, sample));
        }
    }
}

/// Has a sample written, thinned or not.
fn put(
    thin: &mut Thin,
    shape: Shape,
    elapsed: f64,
    sample: Sample,
    write: &mut impl FnMut(Sample),
) {
    if shape.is_thinned {
        thin.add(elapsed, sample, write);
    } else {
        write(sample);
    }
}
