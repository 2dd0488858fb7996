//! The memory of this process while something runs in it.
//!
//! A thread of ours takes a sample at each interval. It takes no lock of the interpreter and no
//! signal of the program, and it is gone while the program forks. Between two samples the kernel's
//! high-water mark keeps watch: a peak that no sample met is one more sample.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{SigSet, SigmaskHow};

use crate::meter::{Figure, Meter, Peak, memory_below};
use crate::profile::Sample;

/// Sampling faster than this would do nothing else.
const SHORTEST: Duration = Duration::from_micros(100);

/// Which samples are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All.
    All,
    /// The highest.
    Highest,
}

/// What is read for a sample.
#[derive(Debug)]
struct Source {
    meter: Meter,
    /// The same figure of the children; `None` where they do not count.
    children: Option<Figure>,
    /// Only for the resident set, and where the kernel allows it.
    peak: Option<Peak>,
    keep: Keep,
    samples: Vec<Sample>,
    interval: Duration,
}

/// A running watch.
#[derive(Debug)]
pub struct Watch {
    state: State,
}

#[derive(Debug)]
enum State {
    Sampling(Sender<()>, JoinHandle<Source>),
    Paused(Source),
    /// After a panic in the thread.
    Lost,
}

impl Watch {
    /// Takes the first sample and begins.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown meter; what the kernel says when it cannot be read.
    pub fn start(meter: &str, interval: Duration, children: bool, keep: Keep) -> io::Result<Self> {
        let opened = Meter::open(meter)?;
        // Without the mark, in a sandbox, the samples are all there is.
        let peak = if meter == "rss" { Peak::open().ok() } else { None };
        let children = if children { Figure::parse(meter) } else { None };
        let interval = interval.max(SHORTEST);
        let mut source =
            Source { meter: opened, children, peak, keep, samples: Vec::new(), interval };
        source.sample();
        let mut watch = Self { state: State::Paused(source) };
        watch.resume();
        Ok(watch)
    }

    /// Ends the thread; the figures stay. To be called before a fork.
    pub fn pause(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Lost) {
            State::Sampling(stop, thread) => {
                // Its end of the channel is gone only if the thread panicked.
                let _ = stop.send(());
                thread.join().map_or(State::Lost, State::Paused)
            }
            other => other,
        };
    }

    /// Goes on after a pause. Where no thread can be had, the first and last sample and the mark
    /// between them remain.
    pub fn resume(&mut self) {
        let source = match std::mem::replace(&mut self.state, State::Lost) {
            State::Paused(source) => source,
            other => {
                self.state = other;
                return;
            }
        };
        let (stop, stopped) = channel();
        // Given to the thread through a channel, so that a thread that never starts leaves it here.
        let (give, take) = channel();
        match spawn(stopped, take) {
            Ok(thread) => match give.send(source) {
                Ok(()) => self.state = State::Sampling(stop, thread),
                Err(unsent) => self.state = State::Paused(unsent.0),
            },
            Err(_) => self.state = State::Paused(source),
        }
    }

    /// Takes the last sample and ends. The samples in order of time; only the highest where no
    /// others are kept.
    pub fn stop(mut self) -> Vec<Sample> {
        self.pause();
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Paused(mut source) => {
                source.sample();
                source.samples
            }
            _ => Vec::new(),
        }
    }

    /// Opens the meter anew, in the child of a fork that a paused watch came along to.
    pub fn after_fork(&mut self) {
        if let State::Paused(source) = &mut self.state {
            source.meter.reopen();
            if let Some(peak) = &mut source.peak {
                peak.reopen();
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.pause();
    }
}

fn spawn(stopped: Receiver<()>, source: Receiver<Source>) -> io::Result<JoinHandle<Source>> {
    // A signal for the process must find the program's own threads. A thread inherits the mask.
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let thread =
        Builder::new().name("rsprofile".to_owned()).stack_size(256 << 10).spawn(move || {
            let mut source = source.recv().expect("sent right after the start");
            let interval = source.interval;
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                source.sample();
            }
            source
        });
    before.thread_set_mask()?;
    thread
}

impl Source {
    /// Takes a sample, and before it the peak since the last one.
    fn sample(&mut self) {
        let first = self.samples.is_empty();
        let peak = if first { None } else { self.peak.as_ref().and_then(Peak::read) };
        let Some(own) = self.meter.read() else { return };
        if let Some(peak) = &mut self.peak {
            peak.reset();
        }
        let below = self.children.map_or(0, memory_below);
        let time = now();
        if self.peak.is_some() && !first {
            self.add(Sample { bytes: peak.unwrap_or(own).max(own) + below, time });
        }
        self.add(Sample { bytes: own + below, time });
    }

    fn add(&mut self, sample: Sample) {
        match (self.keep, self.samples.last_mut()) {
            (Keep::Highest, Some(highest)) => {
                if sample.bytes > highest.bytes {
                    *highest = sample;
                }
            }
            _ => self.samples.push(sample),
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::ALONE;

    const SLOW: Duration = Duration::from_secs(3600);

    fn touch(mib: usize) {
        memmap2::MmapMut::map_anon(mib << 20).unwrap().fill(1);
    }

    #[test]
    fn a_peak_between_two_samples_is_kept() {
        let _alone = ALONE.lock();
        for keep in [Keep::All, Keep::Highest] {
            let before = Meter::open("rss").unwrap().read().unwrap();
            let watch = Watch::start("rss", SLOW, false, keep).unwrap();
            touch(64);
            let samples = watch.stop();
            assert_eq!(samples.len(), if keep == Keep::All { 3 } else { 1 });
            let highest = samples.iter().map(|sample| sample.bytes).max().unwrap() - before;
            assert!((60 << 20..80 << 20).contains(&highest), "{highest}");
        }
    }

    #[test]
    fn a_pause_loses_nothing() {
        let _alone = ALONE.lock();
        let mut watch = Watch::start("rss", SLOW, false, Keep::All).unwrap();
        watch.pause();
        watch.pause();
        let before = Meter::open("rss").unwrap().read().unwrap();
        touch(64);
        watch.resume();
        watch.resume();
        let samples = watch.stop();
        assert!(samples[1].bytes - before > 60 << 20, "{samples:?}");
        assert!(samples.is_sorted_by(|a, b| a.time <= b.time));
    }

    #[test]
    fn an_interval_of_nothing_still_samples() {
        let _alone = ALONE.lock();
        let watch = Watch::start("rss", Duration::ZERO, true, Keep::All).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        assert!(watch.stop().len() > 4);
    }

    #[test]
    fn an_unknown_meter_is_an_error() {
        let error = Watch::start("magic", SLOW, false, Keep::All).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
