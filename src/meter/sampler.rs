//! A meter behind its gate: the reading to book at an event, taken only when it can have changed.

use super::clock::Ticks;
use super::{Gate, Meter, Peak};

/// What the readings of a [`Sampler`] took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Readings taken from the kernel.
    pub readings: u64,
    /// Readings that failed; the last good one stood in.
    pub lost: u64,
}

/// A meter, its gate and, where asked for, the peak.
#[derive(Debug)]
pub struct Sampler {
    meter: Meter,
    peak: Option<Peak>,
    /// Thresholds; public so that the hooks can read its clock.
    pub gate: Gate,
    /// The last reading, bytes.
    last: i64,
    /// When it was taken.
    taken: Ticks,
    cost: Cost,
}

impl Sampler {
    /// A sampler that has taken its first reading.
    pub fn new(mut meter: Meter, peak: Option<Peak>, gate: Gate) -> Self {
        let last = meter.read().unwrap_or(0);
        Self { meter, peak, gate, last, taken: gate.clock.now(), cost: Cost::default() }
    }

    /// The reading for an event at `now`, when the thread's last event ended at `since`.
    ///
    /// Returns the peak beside it when one was read: the highest memory since the last peak.
    #[inline]
    pub fn reading(&mut self, now: Ticks, since: Ticks) -> (i64, Option<i64>) {
        if now.wrapping_sub(since) < self.gate.threshold
            && now.wrapping_sub(self.taken) < self.gate.stale
        {
            return (self.last, None);
        }
        self.read()
    }

    /// A reading from the kernel, whatever the gate says.
    #[inline(never)]
    pub fn read(&mut self) -> (i64, Option<i64>) {
        self.cost.readings += u64::from(!matches!(self.meter, Meter::Nothing));
        match self.meter.read() {
            Some(bytes) => self.last = bytes,
            None => self.cost.lost += 1,
        }
        let peak = match (&mut self.peak, &mut self.meter) {
            (Some(_), Meter::Fake(fake)) => Some(fake.take_highest()),
            (Some(peak), _) => {
                let highest = peak.read();
                peak.reset();
                highest
            }
            (None, _) => None,
        };
        self.taken = self.gate.clock.now();
        (self.last, peak.map(|bytes| bytes.max(self.last)))
    }

    /// When the last reading was done.
    #[inline]
    pub fn taken(&self) -> Ticks {
        self.taken
    }

    /// The last reading, bytes.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Puts another sampler in the place of this one; the cost of both adds up.
    pub fn succeed(&mut self, mut next: Self) {
        next.cost.readings += self.cost.readings;
        next.cost.lost += self.cost.lost;
        *self = next;
    }

    /// What the readings took so far.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// The meter behind it.
    pub fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// Whether peaks are read.
    pub fn reads_peak(&self) -> bool {
        self.peak.is_some()
    }

    /// Descriptors anew and figures from zero, in the child of a fork.
    pub fn after_fork(&mut self) {
        self.meter.reopen();
        if let Some(peak) = &mut self.peak {
            peak.reopen();
        }
        self.cost = Cost::default();
        self.read();
    }
}
