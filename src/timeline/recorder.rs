//! Recording a process, from outside: what runs in it pays nothing.
//!
//! The recorder samples, writes, passes signals on, and comes back when something happened that has
//! to be told or decided. Its caller calls it again until the process has ended.

use std::io;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::dat;
use super::family::Family;
use super::progress::{Figures, Progress};
use super::signals::{Received, Signals};
use super::tape::{Shape, Tape};
use super::writer::Writer;
use crate::meter::Figure;

/// The shortest time between two samples.
const SHORTEST: Duration = Duration::from_micros(100);

/// How often lines are written to the file.
const FLUSH: Duration = Duration::from_millis(100);

/// Bytes of lines that are written at once, whenever that is.
const MUCH: usize = 64 << 10;

/// The longest wait: what has to be noticed comes as a signal.
const LONGEST: Duration = Duration::from_secs(3600);

/// Samples take at most one part in this many of the time, however many processes there are.
const SHARE: u32 = 20;

/// What the recorder of a program takes: what is for the program, and what tells of it.
const OF_A_CHILD: [Signal; 10] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGQUIT,
    Signal::SIGHUP,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGTSTP,
    Signal::SIGCONT,
    Signal::SIGCHLD,
    Signal::SIGWINCH,
];

/// What that of a stranger takes: what ends the recording.
const OF_A_STRANGER: [Signal; 4] =
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGWINCH];

/// How to record.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Time between two samples.
    pub interval: Duration,
    /// What is read of a process.
    pub figure: Figure,
    /// What is written of it.
    pub shape: Shape,
    /// How long to record.
    pub timeout: Option<Duration>,
    /// Whether the process is a child of this one: it is waited for, and gets the signals that are
    /// sent to this process alone.
    pub is_child: bool,
    /// Whether SIGINT is among these signals.
    pub passes_interrupts: bool,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The program has ended: its exit status, or the number of the signal it died of, negative.
    Ended(i32),
    /// The process that was recorded is gone; it was no child of ours.
    Gone,
    /// The time is over; nothing is recorded any more.
    Timeout,
    /// A signal asked to end the recording of a process that is no child.
    Asked(i32),
    /// The file takes no more lines. That is said once.
    Unwritable(io::Error),
    /// The process cannot be read any more, though it is there.
    Unreadable(io::Error),
    /// The terminal has another size.
    Resized,
}

/// A recording that goes on.
#[derive(Debug)]
pub struct Recorder {
    settings: Settings,
    writer: Writer,
    signals: Signals,
    progress: Progress,
    /// Nothing before the start and after the end.
    running: Option<Running>,
    pid: Pid,
    is_interrupted: bool,
    peak: i64,
    /// The status of the program, once that is known.
    end: Option<i32>,
}

#[derive(Debug)]
struct Running {
    family: Family,
    tape: Tape,
    start: Instant,
    next_sample: Instant,
    next_flush: Instant,
    /// What the last sample took.
    took: Duration,
}

impl Recorder {
    /// A recorder that has its file and takes signals, before there is a program.
    ///
    /// # Errors
    /// What the system says to the file.
    pub fn new(writer: Writer, settings: Settings) -> io::Result<Self> {
        let taken = if settings.is_child { &OF_A_CHILD[..] } else { &OF_A_STRANGER[..] };
        Ok(Self {
            settings,
            writer,
            signals: Signals::take(taken)?,
            progress: Progress::default(),
            running: None,
            pid: Pid::from_raw(0),
            is_interrupted: false,
            peak: 0,
            end: None,
        })
    }

    /// Begins with the process `pid`, which is called `command`.
    ///
    /// # Errors
    /// As [`Family::new`]. A child that has ended already is none.
    pub fn start(&mut self, pid: i32, command: &str) -> io::Result<()> {
        self.pid = Pid::from_raw(pid);
        let Settings { figure, shape, is_child, interval, .. } = self.settings;
        self.settings.interval = interval.max(SHORTEST);
        let family = match Family::new(pid, figure, shape.needs_children()) {
            Ok(family) => Some(family),
            Err(error) if is_child && error.kind() != io::ErrorKind::PermissionDenied => None,
            Err(error) => return Err(error),
        };
        self.writer.lines().push_str(&dat::command(command));
        let start = Instant::now();
        self.running = family.map(|family| Running {
            family,
            tape: Tape::new(shape),
            start,
            next_sample: start,
            next_flush: start,
            took: Duration::ZERO,
        });
        Ok(())
    }

    /// Shows how far it is on a terminal of this size.
    pub fn show(&mut self, rows: u16, columns: u16) {
        self.progress.show(rows, columns);
    }

    /// Empties the file, if there was one.
    pub fn clear(&self) {
        self.writer.clear();
    }

    /// Ends without a recording.
    pub fn discard(self) {
        self.writer.discard();
    }

    /// Whether SIGINT came.
    pub fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    /// The highest memory so far, bytes.
    pub fn peak(&self) -> i64 {
        self.peak
    }

    /// Records until something happens.
    pub fn run(&mut self) -> Event {
        if let Some(status) = self.end {
            return Event::Ended(status);
        }
        let mut has_signals = true;
        loop {
            while has_signals && let Some(received) = self.signals.next() {
                if let Some(event) = self.receive(received) {
                    return event;
                }
            }
            let now = Instant::now();
            if let Some(event) = self.sample(now) {
                return event;
            }
            if let Err(error) = self.flush(now) {
                return Event::Unwritable(error);
            }
            if let Some(Running { tape, start, .. }) = &self.running {
                let elapsed = now - *start;
                self.progress.draw(now, Figures { elapsed, now: tape.now, peak: tape.peak });
            }
            has_signals = self.wait();
        }
    }

    /// Takes a sample, if it is time.
    fn sample(&mut self, now: Instant) -> Option<Event> {
        let Running { family, tape, start, next_sample, took, .. } = self.running.as_mut()?;
        if now < *next_sample {
            return None;
        }
        let elapsed = now - *start;
        if self.settings.timeout.is_some_and(|timeout| elapsed >= timeout) {
            self.finish();
            return Some(Event::Timeout);
        }
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let lines = self.writer.lines();
        if !tape.sample(elapsed.as_secs_f64(), time.as_secs_f64(), family, lines) {
            let fault = family.fault();
            self.finish();
            // The end of a child comes as a signal.
            return match fault {
                Some(fault) => Some(Event::Unreadable(fault)),
                None => (!self.settings.is_child).then_some(Event::Gone),
            };
        }
        self.peak = tape.peak;
        let after = Instant::now();
        // One that was interrupted took long by chance; two in a row hardly are.
        let cost = std::mem::replace(took, after - now).min(*took);
        let pause = self.settings.interval.max(cost * SHARE);
        *next_sample += pause;
        if *next_sample < after {
            // Samples that are missed are not made up for.
            *next_sample = after + pause;
        }
        None
    }

    fn flush(&mut self, now: Instant) -> io::Result<()> {
        let is_much = self.writer.lines().len() > MUCH;
        match &mut self.running {
            Some(running) if now < running.next_flush && !is_much => return Ok(()),
            Some(running) => running.next_flush = now + FLUSH,
            None => {}
        }
        self.writer.flush()
    }

    /// Waits for the next thing to do, or a signal; whether there may be one.
    fn wait(&self) -> bool {
        let next = self.running.as_ref().map(|running| {
            let next = running.next_sample.min(running.next_flush);
            self.progress.next().map_or(next, |progress| progress.min(next))
        });
        let pause = next.map(|next| next.saturating_duration_since(Instant::now()));
        self.signals.wait(pause.unwrap_or(LONGEST))
    }

    /// Ends the recording, not the program.
    fn finish(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.tape.finish(self.writer.lines());
        }
        self.progress.wipe();
    }

    fn receive(&mut self, received: Received) -> Option<Event> {
        self.is_interrupted |= received.signal == Signal::SIGINT;
        match received.signal {
            Signal::SIGWINCH => Some(Event::Resized),
            Signal::SIGCHLD => self.look_after_child(),
            signal if !self.settings.is_child => {
                self.finish();
                let _ = self.writer.flush();
                Some(Event::Asked(signal as i32))
            }
            // The keys of a terminal reach the program without us.
            Signal::SIGINT if !self.settings.passes_interrupts => None,
            signal if !received.by_kernel => {
                let _ = kill(self.pid, signal);
                None
            }
            _ => None,
        }
    }

    /// The child has ended, stopped, or goes on.
    fn look_after_child(&mut self) -> Option<Event> {
        loop {
            let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED | WaitPidFlag::WCONTINUED;
            match waitpid(self.pid, Some(flags)) {
                Ok(WaitStatus::Exited(_, status)) => return Some(self.ended(status)),
                Ok(WaitStatus::Signaled(_, signal, _)) => {
                    return Some(self.ended(-(signal as i32)));
                }
                Ok(WaitStatus::Stopped(..)) => {
                    self.progress.wipe();
                    let _ = self.writer.flush();
                    // Whoever waits for us sees what it would have seen of the program.
                    let _ = raise(Signal::SIGSTOP);
                }
                Err(Errno::EINTR) | Ok(WaitStatus::Continued(_)) => {}
                // Somebody else has waited for it: its status is lost.
                Err(_) => return Some(self.ended(0)),
                Ok(_) => return None,
            }
        }
    }

    fn ended(&mut self, status: i32) -> Event {
        self.finish();
        match self.writer.flush() {
            Ok(()) => Event::Ended(status),
            Err(error) => {
                // Comes back with the status when it is run again.
                self.end = Some(status);
                Event::Unwritable(error)
            }
        }
    }
}
