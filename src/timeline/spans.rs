//! The calls of decorated functions in a program that is recorded, written by the program itself.
//!
//! A call is written when it has ended, at once: whatever ends the process later, it is in the file.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::dat;
use super::writer::Writer;
use crate::error::Error;
use crate::lock::lock;
use crate::meter::Statm;
use crate::profile::{Sample, Span};

/// Calls of one function that are written however short they are.
const MANY: u32 = 10_000;

/// Seconds that a call of a function takes at least, after so many, to be written.
const SHORT: f64 = 1e-3;

/// Those of this process, and where they go.
static SPANS: Mutex<Option<(PathBuf, Spans)>> = Mutex::new(None);

/// Whether calls that begin are recorded.
static ON: AtomicBool = AtomicBool::new(true);

thread_local! {
    /// How many calls run in this thread; in a task, while that runs.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Writes the calls of this process to a recording that has begun.
///
/// # Errors
/// The file cannot be opened for writing.
pub fn join(path: &Path) -> io::Result<()> {
    let spans = Spans::join(path)?;
    *lock(&SPANS) = Some((path.to_owned(), spans));
    Ok(())
}

/// Begins anew in the child of a fork.
pub fn forked() {
    if let Some((_, spans)) = &mut *lock(&SPANS) {
        spans.forked();
    }
}

/// Records calls that begin from now on, or does not.
pub fn enable(on: bool) {
    ON.store(on, Ordering::Relaxed);
}

/// A call that runs, or waits to be resumed.
#[derive(Debug)]
pub struct Running {
    call: Option<Call>,
    /// Calls around it.
    level: u32,
    /// The depth to go back to when it is left.
    below: u32,
    /// When it was left last.
    left: Option<Sample>,
    has_ended: bool,
}

impl Running {
    /// A call begins. One that does not run yet goes on before each of its steps.
    pub fn begin(is_running: bool) -> Self {
        let level = DEPTH.get();
        let call = match &mut *lock(&SPANS) {
            Some((_, spans)) if ON.load(Ordering::Relaxed) => Some(spans.begin()),
            _ => None,
        };
        if is_running {
            DEPTH.set(level + 1);
        }
        Self { call, level, below: level, left: None, has_ended: false }
    }

    /// It goes on: a generator or coroutine is resumed.
    pub fn go_on(&mut self) {
        self.below = DEPTH.replace(self.level + 1);
        self.left = None;
    }

    /// It is left for a while. Nobody may tell when it ends: that is now, then.
    pub fn leave(&mut self) {
        DEPTH.set(self.below);
        self.left = lock(&SPANS).as_mut().map(|(_, spans)| spans.now());
    }

    /// It ends, and is written: now, or with its last step if it does not run.
    pub fn end(&mut self, name: &str) {
        if !std::mem::replace(&mut self.has_ended, true) {
            if self.left.is_none() {
                DEPTH.set(self.below);
            }
            self.write(name, self.left);
        }
    }

    /// It has ended unseen, after it was left for the last time.
    pub fn end_as_left(&mut self, name: &str) {
        self.write(name, self.left);
    }

    fn write(&mut self, name: &str, end: Option<Sample>) {
        if let Some(call) = self.call.take()
            && let Some((path, spans)) = &mut *lock(&SPANS)
            && let Err(source) = spans.end(call, end, name, self.level)
        {
            // The program goes on, and nothing is raised into it.
            let error = Error::Write { path: path.clone(), source };
            let _ = writeln!(io::stderr(), "rsprofile: {error}: calls are not recorded");
        }
    }
}

/// The calls of a process.
#[derive(Debug)]
struct Spans {
    writer: Writer,
    identity: (u64, u64),
    statm: Statm,
    /// How many calls of each function were written.
    counts: HashMap<String, u32>,
    /// Raised by each fork on the way to this process.
    generation: u32,
}

/// A call that began.
#[derive(Debug, Clone, Copy)]
struct Call {
    start: Sample,
    generation: u32,
}

impl Spans {
    /// Writes to a recording that has begun.
    ///
    /// # Errors
    /// What the system says to the file or to reading memory.
    fn join(path: &Path) -> io::Result<Self> {
        let writer = Writer::join(path)?;
        let identity = writer.identity()?;
        let statm = Statm::open()?;
        Ok(Self { writer, identity, statm, counts: HashMap::new(), generation: 0 })
    }

    fn begin(&mut self) -> Call {
        Call { start: self.now(), generation: self.generation }
    }

    /// Writes a call that has ended, now if it is not said when, unless it began in the parent of
    /// this process.
    ///
    /// # Errors
    /// What the system says to the file, the first time it does.
    fn end(&mut self, call: Call, end: Option<Sample>, name: &str, level: u32) -> io::Result<()> {
        if call.generation != self.generation {
            return Ok(());
        }
        let end = end.unwrap_or_else(|| self.now());
        if let Some(count) = self.counts.get_mut(name) {
            if *count >= MANY && end.time - call.start.time < SHORT {
                return Ok(());
            }
            *count += 1;
        } else {
            self.counts.insert(name.to_owned(), 1);
        }
        let span = Span { name: name.to_owned(), start: call.start, end, level };
        dat::span(self.writer.lines(), &span);
        self.writer.hold(self.identity)?;
        self.writer.flush()
    }

    /// In the child of a fork: what runs already is the parent's.
    fn forked(&mut self) {
        self.generation += 1;
        self.counts.clear();
        self.statm.reopen();
        self.writer.forget();
    }

    fn now(&mut self) -> Sample {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Sample { bytes: self.statm.read().unwrap_or(0), time: time.as_secs_f64() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct File(std::path::PathBuf);

    impl File {
        fn new(name: &str) -> Self {
            let name = format!("rsprofile-spans-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, "").unwrap();
            Self(path)
        }

        fn spans(&self) -> Vec<Span> {
            dat::read(&std::fs::read(&self.0).unwrap(), "x").unwrap().spans
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn a_call_is_in_the_file_when_it_has_ended() {
        let file = File::new("ended");
        let mut spans = Spans::join(&file.0).unwrap();
        let (outer, inner) = (spans.begin(), spans.begin());
        spans.end(inner, None, "m.inner", 1).unwrap();
        assert_eq!(file.spans().len(), 1);
        spans.end(outer, None, "m.outer", 0).unwrap();
        let [inner, outer] = &file.spans()[..] else { panic!("not two") };
        assert_eq!((inner.name.as_str(), inner.level), ("m.inner", 1));
        assert_eq!((outer.name.as_str(), outer.level), ("m.outer", 0));
        assert!(outer.start.time <= inner.start.time && inner.end.time <= outer.end.time);
        assert!(outer.start.bytes > 0);
    }

    #[test]
    fn a_call_of_the_parent_is_not_written_by_the_child() {
        let file = File::new("forked");
        let mut spans = Spans::join(&file.0).unwrap();
        let call = spans.begin();
        spans.forked();
        spans.end(call, None, "m.parents", 0).unwrap();
        let call = spans.begin();
        spans.end(call, None, "m.own", 0).unwrap();
        assert_eq!(file.spans().len(), 1);
    }

    #[test]
    fn of_very_many_calls_the_short_ones_are_left_out() {
        let file = File::new("many");
        let mut spans = Spans::join(&file.0).unwrap();
        for _ in 0..MANY + 10 {
            let call = spans.begin();
            spans.end(call, None, "m.short", 0).unwrap();
        }
        let call = spans.begin();
        std::thread::sleep(std::time::Duration::from_millis(2));
        spans.end(call, None, "m.short", 0).unwrap();
        let written = file.spans();
        assert!(written.len() > MANY as usize && written.len() < MANY as usize + 10);
        let last = written.last().unwrap();
        assert!(last.end.time - last.start.time >= SHORT);
    }
}
