//! The calls of decorated functions in a program that is recorded, written by the program itself.
//!
//! A call is written when it has ended, at once: whatever ends the process later, it is in the file.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::dat;
use super::writer::Writer;
use crate::meter::Statm;
use crate::profile::{Sample, Span};

/// Calls of one function that are written however short they are.
const MANY: u32 = 10_000;

/// Seconds that a call of a function takes at least, after so many, to be written.
const SHORT: f64 = 1e-3;

/// The calls of this process.
#[derive(Debug)]
pub struct Spans {
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
pub struct Call {
    start: Sample,
    generation: u32,
}

impl Spans {
    /// Writes to a recording that has begun.
    ///
    /// # Errors
    /// What the system says to the file or to reading memory.
    pub fn join(path: &Path) -> io::Result<Self> {
        let writer = Writer::join(path)?;
        let identity = writer.identity()?;
        let statm = Statm::open()?;
        Ok(Self { writer, identity, statm, counts: HashMap::new(), generation: 0 })
    }

    /// A call begins.
    pub fn begin(&mut self) -> Call {
        Call { start: self.now(), generation: self.generation }
    }

    /// It ends: it is written, unless it began in the parent of this process.
    ///
    /// # Errors
    /// What the system says to the file, the first time it does.
    pub fn end(&mut self, call: Call, name: &str, level: u32) -> io::Result<()> {
        if call.generation != self.generation {
            return Ok(());
        }
        let end = self.now();
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
    pub fn forked(&mut self) {
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
        spans.end(inner, "m.inner", 1).unwrap();
        assert_eq!(file.spans().len(), 1);
        spans.end(outer, "m.outer", 0).unwrap();
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
        spans.end(call, "m.parents", 0).unwrap();
        let call = spans.begin();
        spans.end(call, "m.own", 0).unwrap();
        assert_eq!(file.spans().len(), 1);
    }

    #[test]
    fn of_very_many_calls_the_short_ones_are_left_out() {
        let file = File::new("many");
        let mut spans = Spans::join(&file.0).unwrap();
        for _ in 0..MANY + 10 {
            let call = spans.begin();
            spans.end(call, "m.short", 0).unwrap();
        }
        let call = spans.begin();
        std::thread::sleep(std::time::Duration::from_millis(2));
        spans.end(call, "m.short", 0).unwrap();
        let written = file.spans();
        assert!(written.len() > MANY as usize && written.len() < MANY as usize + 10);
        let last = written.last().unwrap();
        assert!(last.end.time - last.start.time >= SHORT);
    }
}
