//! Which samples of a process are written: a recording may go on for days.
//!
//! Two rules, neither of which changes what is drawn. Of samples that follow one another with the
//! same memory, the first and the last are kept, and one a second between them, so that a recorder
//! that is killed has told how far it came. And the longer a recording is, the less a moment of it
//! is: of each [`PARTS`]th of the time so far, the first sample, the lowest, the highest and the
//! last are kept. For the first 100 seconds at 1 ms that is every sample.

use crate::profile::Sample;

/// Parts of the time so far, of each of which four samples are kept.
const PARTS: f64 = 100_000.0;

/// Seconds between two samples of memory that does not change.
const PLATEAU: f64 = 1.0;

/// The samples of one process on their way to the file.
#[derive(Debug, Default)]
pub struct Thin {
    /// The moment that is not over.
    moment: Option<Moment>,
    /// What was written last.
    written: Option<Sample>,
    /// The last sample with the memory of that one, if there is one.
    held: Option<Sample>,
}

/// The samples of a moment that are kept, each with its number.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// When it is over, in seconds since the start of the recording.
    end: f64,
    /// Number of samples.
    count: u32,
    first: (u32, Sample),
    lowest: (u32, Sample),
    highest: (u32, Sample),
    last: (u32, Sample),
}

impl Thin {
    /// Takes a sample.
    ///
    /// # Arguments
    /// `elapsed` are seconds since the start of the recording, which never go back; `write` is given
    /// what is to be written, in the order it came.
    pub fn add(&mut self, elapsed: f64, sample: Sample, write: &mut impl FnMut(Sample)) {
        match &mut self.moment {
            Some(moment) if elapsed < moment.end => moment.add(sample),
            _ => {
                self.end_moment(write);
                self.moment = Some(Moment::new(elapsed, sample));
            }
        }
    }

    /// Writes what is left: the process has ended, or the recording.
    pub fn finish(&mut self, write: &mut impl FnMut(Sample)) {
        self.end_moment(write);
        if let Some(last) = self.held.take() {
            self.written = Some(last);
            write(last);
        }
    }

    fn end_moment(&mut self, write: &mut impl FnMut(Sample)) {
        let Some(moment) = self.moment.take() else { return };
        let mut kept = [moment.first, moment.lowest, moment.highest, moment.last];
        kept.sort_unstable_by_key(|(number, _)| *number);
        let mut before = None;
        for (number, sample) in kept {
            if before != Some(number) {
                self.pass(sample, write);
            }
            before = Some(number);
        }
    }

    fn pass(&mut self, sample: Sample, write: &mut impl FnMut(Sample)) {
        if let Some(written) = self.written
            && written.bytes == sample.bytes
            && sample.time - written.time < PLATEAU
        {
            self.held = Some(sample);
            return;
        }
        if let Some(last) = self.held.take()
            && last.bytes != sample.bytes
        {
            write(last);
        }
        self.written = Some(sample);
        write(sample);
    }
}

impl Moment {
    fn new(elapsed: f64, sample: Sample) -> Self {
        let one = (0, sample);
        let end = elapsed + elapsed / PARTS;
        Self { end, count: 1, first: one, lowest: one, highest: one, last: one }
    }

    fn add(&mut self, sample: Sample) {
        let one = (self.count, sample);
        self.count += 1;
        if sample.bytes < self.lowest.1.bytes {
            self.lowest = one;
        }
        if sample.bytes > self.highest.1.bytes {
            self.highest = one;
        }
        self.last = one;
    }
}
