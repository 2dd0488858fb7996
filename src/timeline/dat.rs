//! mprof's recordings: lines of text, a kind and its values.
//!
//! ```text
//! CMDLINE command
//! MEM     mib time
//! CHLD    pid mib time
//! FUNC    name mib time mib time level
//! ```
//!
//! Memory is in MiB, time in seconds since 1970. The lines stand in any order: the recorded program
//! adds its own. As in `memory_profiler` 0.61, whose files these are.

use std::collections::HashMap;
use std::fmt::Write;

use crate::error::{Error, RecordingFault};
use crate::profile::{Child, Recording, Sample, Span};

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// Characters of a line that an error shows.
const SHOWN: usize = 40;

/// Reads the content of a file, called `name` in the result and in errors.
///
/// A last line without its end is left out: it may still be written. So are lines of a kind that is
/// not known.
///
/// # Errors
/// Nothing in it is of a recording, or a line has other values than its kind.
pub fn read(content: &[u8], name: &str) -> Result<Recording, Error> {
    let fail = |fault| Error::Recording { name: name.to_owned(), fault };
    if content.is_empty() {
        return Err(fail(RecordingFault::Empty));
    }
    let mut reader = Reader::default();
    // What stands behind the last line break is no line.
    let end = content.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    for (index, line) in content[..end].split(|byte| *byte == b'\n').enumerate() {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if reader.line(line).is_none() {
            let text = line.chars().take(SHOWN).collect();
            return Err(fail(RecordingFault::Line { number: index + 1, text }));
        }
    }
    if !reader.is_known {
        return Err(fail(RecordingFault::Foreign));
    }
    Ok(reader.finish(name))
}

/// The line of a command, as a shell would take it.
pub fn command(text: &str) -> String {
    format!("CMDLINE {}\n", text.replace(['\n', '\r'], " "))
}

/// Adds the line of a sample of the recorded process.
pub fn sample(lines: &mut String, sample: Sample) {
    let _ = writeln!(lines, "MEM {:.6} {:.4}", mib(sample), sample.time);
}

/// Adds the line of a sample of a process below it.
pub fn child(lines: &mut String, pid: i32, sample: Sample) {
    let _ = writeln!(lines, "CHLD {pid} {:.6} {:.4}", mib(sample), sample.time);
}

/// Adds the line of a call.
pub fn span(lines: &mut String, span: &Span) {
    let Span { name, start, end, level } = span;
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(
        lines,
        "FUNC {name} {:.4} {:.4} {:.4} {:.4} {level}",
        mib(*start),
        start.time,
        mib(*end),
        end.time
    );
}

#[derive(Default)]
struct Reader {
    recording: Recording,
    /// Process id to its place among the children.
    places: HashMap<i32, usize>,
    is_known: bool,
}

impl Reader {
    /// Takes a line; nothing if its values are not those of its kind.
    fn line(&mut self, line: &str) -> Option<()> {
        let (kind, values) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            "MEM" => {
                let [mib, time] = numbers(values)?;
                self.recording.samples.push(at(mib, time)?);
            }
            "CHLD" => {
                let (pid, values) = values.split_once(' ')?;
                let [mib, time] = numbers(values)?;
                let (pid, sample) = (pid.parse().ok()?, at(mib, time)?);
                let children = &mut self.recording.children;
                let place = *self.places.entry(pid).or_insert_with(|| {
                    children.push(Child { pid, samples: Vec::new() });
                    children.len() - 1
                });
                children[place].samples.push(sample);
            }
            "FUNC" => self.recording.spans.push(call(values)?),
            "CMDLINE" => values.clone_into(&mut self.recording.command),
            _ => return Some(()),
        }
        self.is_known = true;
        Some(())
    }

    fn finish(mut self, name: &str) -> Recording {
        name.clone_into(&mut self.recording.name);
        // A file may have been added to, and a clock be set back.
        let children = self.recording.children.iter_mut().map(|child| &mut child.samples);
        for samples in std::iter::once(&mut self.recording.samples).chain(children) {
            samples.sort_by(|one, other| one.time.total_cmp(&other.time));
        }
        self.recording
    }
}

/// The numbers of a line, which are all it has.
fn numbers<const N: usize>(values: &str) -> Option<[f64; N]> {
    let mut words = values.split_ascii_whitespace();
    let mut numbers = [0.0; N];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    words.next().is_none().then_some(numbers)
}

/// The name may have blanks, and older files have no level: the numbers are found from the end.
fn call(values: &str) -> Option<Span> {
    let mut words: Vec<&str> = values.split_ascii_whitespace().collect();
    // A level has no point, and no other value is without one.
    let level = match words.last()?.parse() {
        Ok(level) => {
            words.pop();
            level
        }
        Err(_) => 0,
    };
    let name = words.len().checked_sub(4).filter(|length| *length > 0)?;
    let [before, start, after, end] = numbers(&words[name..].join(" "))?;
    Some(Span {
        name: words[..name].join(" "),
        start: at(before, start)?,
        end: at(after, end)?,
        level,
    })
}

fn at(mib: f64, time: f64) -> Option<Sample> {
    let bytes = (mib * MIB).round();
    // Beyond 2^53 bytes a double has no exact figures, and no machine has the memory.
    #[expect(clippy::cast_possible_truncation)]
    (bytes.abs() <= 9.0e15 && time.is_finite()).then_some(Sample { time, bytes: bytes as i64 })
}

fn mib(sample: Sample) -> f64 {
    sample.bytes as f64 / MIB
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(content: &[u8]) -> String {
        read(content, "a.dat").unwrap_err().to_string()
    }

    #[test]
    fn all_kinds_are_read_in_any_order() {
        let text = "FUNC m.f 1.5000 10.0000 2.0000 11.5000 0\n\
                    CMDLINE python 'my script.py'\n\
                    MEM 2.000000 11.0000\n\
                    MEM 1.000000 10.0000\r\n\
                    CHLD 77 0.500000 10.5000\n\
                    LATER version\n\n\
                    CHLD 77 0.750000 11.0000\n";
        let read = read(text.as_bytes(), "a.dat").unwrap();
        assert_eq!(read.command, "python 'my script.py'");
        assert_eq!(read.samples, [(10.0, 1 << 20), (11.0, 2 << 20)].map(Sample::from));
        assert_eq!(read.children[0].pid, 77);
        assert_eq!(read.children[0].samples.len(), 2);
        let span = &read.spans[0];
        assert_eq!((span.name.as_str(), span.level, span.end.time), ("m.f", 0, 11.5));
        assert_eq!(span.start.bytes, 3 << 19);
    }

    #[test]
    fn a_name_may_have_blanks_and_a_level_may_be_missing() {
        let text = b"FUNC my block 2 1.0 10.0 2.0 11.0 3\nFUNC old 1.0 10.0 2.0 11.0\n";
        let read = read(text, "a.dat").unwrap();
        assert_eq!((read.spans[0].name.as_str(), read.spans[0].level), ("my block 2", 3));
        assert_eq!((read.spans[1].name.as_str(), read.spans[1].level), ("old", 0));
    }

    #[test]
    fn a_line_that_is_still_written_is_left_out() {
        let cut = b"MEM 1.000000 10.0000\nMEM 2.0000";
        assert_eq!(read(cut, "a.dat").unwrap().samples.len(), 1);
        assert!(read(b"MEM 1.000000 10.0000", "a.dat").is_err());
    }

    #[test]
    fn bad_content_is_named_in_one_line() {
        insta::assert_snapshot!(
            [
                fault(b""),
                fault(b"\x7fELF\x02\x01\x00\n\xff\xfe\n"),
                fault(b"MEM 1,5 10,0\n"),
                fault(b"CMDLINE a\nMEM nan 10.0\n"),
                fault(b"MEM 1.0\n"),
                fault(b"FUNC f 1.0 2.0 3.0\n"),
            ]
            .join("\n"),
            @r"
        cannot read recording a.dat: it is empty: record the program again
        cannot read recording a.dat: not a recording: give a .dat file of rsprofile record or of mprof run
        cannot read recording a.dat: line 1, 'MEM 1,5 10,0', has wrong values: mend or delete it
        cannot read recording a.dat: line 2, 'MEM nan 10.0', has wrong values: mend or delete it
        cannot read recording a.dat: line 1, 'MEM 1.0', has wrong values: mend or delete it
        cannot read recording a.dat: line 1, 'FUNC f 1.0 2.0 3.0', has wrong values: mend or delete it
        "
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            name in "[a-z<>.]{1,9}( [a-z]{1,5})?",
            bytes in proptest::collection::vec(0..1_i64 << 45, 1..9),
            level in 0..9_u32,
        ) {
            let samples: Vec<_> =
                bytes.iter().zip(0..).map(|(&bytes, time)| Sample { time: f64::from(time), bytes }).collect();
            let mut text = command("python a.py");
            for &one in &samples {
                sample(&mut text, one);
                child(&mut text, 7, one);
            }
            let written = Span { name, start: samples[0], end: samples[0], level };
            span(&mut text, &written);
            let read = read(text.as_bytes(), "a.dat").unwrap();
            prop_assert_eq!(&read.children[0].samples.len(), &samples.len());
            prop_assert_eq!(&read.spans[0].name, &written.name);
            prop_assert_eq!(read.spans[0].level, level);
            for (read, written) in read.samples.iter().zip(&samples) {
                // Six digits of a MiB are about a byte.
                prop_assert!((read.bytes - written.bytes).abs() <= 1);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(content in proptest::collection::vec(any::<u8>(), 0..99)) {
            let _ = read(&content, "a.dat");
        }
    }
}
