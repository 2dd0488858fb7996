//! The one error type: every message is one line, lower case, and names the thing and the remedy.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What can go wrong outside the hooks. Hooks never fail: they count what they lost.
#[derive(Debug, Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read profile {}: {}", path.display(), reason(source))]
    Read {
        /// The file, as the user named it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written; what stood in it before is still there.
    #[error("cannot write {}: {}", path.display(), reason(source))]
    Write {
        /// The file, as the user named it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The content of a file is no profile this version can read.
    #[error("cannot read profile {name}: {fault}")]
    Decode {
        /// The file, or `text` for a string.
        name: String,
        /// What is wrong with the content.
        fault: Fault,
    },
    /// The content of a file is no recording.
    #[error("cannot read recording {name}: {fault}")]
    Recording {
        /// The file.
        name: String,
        /// What is wrong with the content.
        fault: RecordingFault,
    },
    /// Two profiles whose numbers are not of one kind.
    #[error(
        "cannot {action} profiles of meters {ours} and {theirs}: profile both runs with the same \
         meter"
    )]
    Meters {
        /// What was to be done: `merge`, `compare`.
        action: &'static str,
        /// Meter of the earlier profile.
        ours: String,
        /// Meter of the later one.
        theirs: String,
    },
    /// A figure that was not taken.
    #[error("a profile has no {what}: profile both runs with {option}")]
    Unmeasured {
        /// The figure: `peak`.
        what: &'static str,
        /// The option that takes it: `--peak`.
        option: &'static str,
    },
    /// A column of a meter that did not run.
    #[error(
        "{what} '{given}' was not measured: the meter {meters} has it, as in --meter {}",
        if *meters == "heap" { "heap" } else { "rss,heap" }
    )]
    Column {
        /// What was to be chosen: `column`, `sort column`.
        what: &'static str,
        /// What was typed.
        given: String,
        /// The meter that would have it.
        meters: &'static str,
    },
    /// A name that is none of the choices.
    #[error("unknown {what} '{given}': one of {choices}")]
    Choice {
        /// What was to be chosen: `column`, `style`.
        what: &'static str,
        /// What was typed.
        given: String,
        /// The names there are, comma separated.
        choices: String,
    },
    /// A text that is no size of memory.
    #[error("no size '{given}': give bytes, or a text like 200 MiB or 1.5 GB")]
    Size {
        /// What was typed.
        given: String,
    },
    /// There are no figures by lines.
    #[error(
        "nothing to export: speedscope and pprof show lines of functions, or of a program with \
         --meter heap"
    )]
    NoStacks,
    /// A text that is no limit of growth.
    #[error("no limit '{given}': give a share or a size, as 5% or 2 MiB")]
    Limit {
        /// What was typed.
        given: String,
    },
    /// A look at what keeps memory alive that was not taken.
    #[error("{}", look(*given, *count))]
    Look {
        /// The number that was asked for.
        given: i64,
        /// How many there are.
        count: usize,
    },
    /// A number outside its range.
    #[error("{what} {given} is out of range: {range}")]
    Range {
        /// What the number is: `precision`.
        what: &'static str,
        /// What was typed.
        given: i64,
        /// The range in words: `0 to 9`.
        range: &'static str,
    },
}

/// What is wrong with the content of a recording.
#[derive(Debug, Error)]
pub enum RecordingFault {
    /// Nothing in it.
    #[error("it is empty: record the program again")]
    Empty,
    /// Some other file.
    #[error("not a recording: give a .dat file of rsprofile record or of mprof run")]
    Foreign,
    /// A line whose values are not those of its kind.
    #[error("line {number}, '{text}', has wrong values: mend or delete it")]
    Line {
        /// From 1.
        number: usize,
        /// Its beginning.
        text: String,
    },
}

/// What is wrong with the content of a profile file.
#[derive(Debug, Error)]
pub enum Fault {
    /// Nothing in it.
    #[error("it is empty: profile the program again")]
    Empty,
    /// Some other file.
    #[error("not a profile: give a file that rsprofile wrote as .json")]
    Foreign,
    /// Written by a later version.
    #[error("format {format} is newer than {known}: update rsprofile")]
    Newer {
        /// Format number of the file.
        format: u64,
        /// Newest format number this version reads.
        known: u64,
    },
    /// The end is missing.
    #[error("it is cut short at line {line} column {column}: profile the program again")]
    Truncated {
        /// Line of the file, from 1.
        line: usize,
        /// Column of that line, from 1.
        column: usize,
    },
    /// A field is missing or of the wrong type.
    #[error("damaged ({0}): profile the program again")]
    Damaged(String),
}

fn look(given: i64, count: usize) -> String {
    match count {
        0 => "nothing was recorded of what keeps memory alive: run it with rsprofile leaks"
            .to_owned(),
        1 => format!("look {given} is out of range: there is one, 0 or -1"),
        _ => format!(
            "look {given} is out of range: there are {count}, of which 0 is the first and -1 the last"
        ),
    }
}

/// What the system said, in lower case and without Rust's ` (os error 2)`.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(reason, _)| reason);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_lower_case_line_with_the_name_in_it() {
        let source = io::Error::from_raw_os_error(libc::ENOENT);
        let error = Error::Read { path: "a.json".into(), source };
        assert_eq!(error.to_string(), "cannot read profile a.json: no such file or directory");

        let fault = Fault::Newer { format: 3, known: 1 };
        let error = Error::Decode { name: "a.json".into(), fault };
        assert_eq!(
            error.to_string(),
            "cannot read profile a.json: format 3 is newer than 1: update rsprofile"
        );

        let error = Error::Meters { action: "merge", ours: "rss".into(), theirs: "pss".into() };
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}
