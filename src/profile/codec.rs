//! Profiles on disk: versioned JSON. A file of a newer format is refused with the remedy, one of this
//! format with fields this version does not know is read without them.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::error::Category;

use super::{Function, Leaks, Profile, Recording, Run, Sites, file};
use crate::error::{Error, Fault};

/// The format written, and the newest one read. It grows when an old reader would misread the file,
/// not when a field is added.
pub const FORMAT: u64 = 1;

/// What the `tool` field of our files says.
const TOOL: &str = "rsprofile";

/// What tells one of our files from any other JSON, read before the rest.
#[derive(Deserialize)]
struct Head {
    format: u64,
    tool: String,
}

/// The whole file. The order of the fields is that of the text.
#[derive(Serialize)]
struct File<'a> {
    format: u64,
    tool: &'a str,
    version: &'a str,
    run: &'a Run,
    functions: &'a [Function],
    #[serde(skip_serializing_if = "Option::is_none")]
    sites: Option<&'a Sites>,
    #[serde(skip_serializing_if = "<[Leaks]>::is_empty")]
    leaks: &'a [Leaks],
    #[serde(skip_serializing_if = "<[Recording]>::is_empty")]
    recordings: &'a [Recording],
}

impl Profile {
    /// Reads the profile saved at `path`.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let content =
            fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        decode(&content).map_err(|fault| Error::Decode { name: path.display().to_string(), fault })
    }

    /// Reads a profile from the text of a file.
    pub fn loads(text: &str) -> Result<Self, Error> {
        decode(text.as_bytes()).map_err(|fault| Error::Decode { name: "text".to_owned(), fault })
    }

    /// The text of a file with this profile, ending in a line break.
    pub fn dumps(&self) -> String {
        let file = File {
            format: FORMAT,
            tool: TOOL,
            version: env!("CARGO_PKG_VERSION"),
            run: &self.run,
            functions: &self.functions,
            sites: self.sites.as_ref(),
            leaks: &self.leaks,
            recordings: &self.recordings,
        };
        // Plain data with string keys: serde_json has nothing to refuse.
        let mut text = serde_json::to_string(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Writes this profile to `path`. A file that stands there is replaced as a whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        file::write(path, self.dumps().as_bytes())
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }
}

/// Writes a number that may be no number.
// The signature is serde's.
#[expect(clippy::trivially_copy_pass_by_ref)]
pub(super) fn finite<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(or_zero(*number))
}

/// JSON has no NaN and no infinity: a time that could not be taken is written as 0.
pub(super) fn or_zero(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

fn decode(content: &[u8]) -> Result<Profile, Fault> {
    let content = content.trim_ascii();
    if content.is_empty() {
        return Err(Fault::Empty);
    }
    let ours = content.starts_with(b"{");
    let head: Head = serde_json::from_slice(content).map_err(|error| match error.classify() {
        Category::Eof if ours => truncated(&error),
        _ => Fault::Foreign,
    })?;
    if head.tool != TOOL {
        return Err(Fault::Foreign);
    }
    if head.format > FORMAT {
        return Err(Fault::Newer { format: head.format, known: FORMAT });
    }
    let profile: Profile =
        serde_json::from_slice(content).map_err(|error| Fault::Damaged(error.to_string()))?;
    match profile.sites.as_ref().and_then(Sites::fault) {
        Some(fault) => Err(Fault::Damaged(fault)),
        None => Ok(profile),
    }
}

fn truncated(error: &serde_json::Error) -> Fault {
    Fault::Truncated { line: error.line(), column: error.column() }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::profile::samples::{self, any_profile};
    use crate::profile::{Moment, Sample, Span};

    fn fault(content: &[u8]) -> String {
        decode(content).unwrap_err().to_string()
    }

    #[test]
    fn the_text_names_its_format_and_tool_first() {
        let text = Profile::default().dumps();
        let version = env!("CARGO_PKG_VERSION");
        let start = format!(r#"{{"format":1,"tool":"rsprofile","version":"{version}","run":{{"#);
        assert!(text.starts_with(&start), "{text}");
        assert!(text.ends_with("\"functions\":[]}\n"), "{text}");
    }

    #[test]
    fn bad_content_is_named_in_one_line() {
        let text = samples::app().dumps();
        let cut = &text[..text.len() / 2];
        let typed = text.replacen("\"calls\":1", "\"calls\":\"one\"", 1);
        let newer = text.replacen("\"format\":1", "\"format\":3", 1);
        let lines = [
            fault(b""),
            fault(b" \n"),
            fault(b"\x7fELF\x02\x01\x01\x00"),
            fault(b"\x1f\x8b\x08\x00{"),
            fault(b"{\xff\xfe"),
            fault(b"import os\n"),
            fault(b"[1, 2]"),
            fault(b"12"),
            fault(b"{\"format\": \"one\", \"tool\": \"rsprofile\"}"),
            fault(b"{\"format\": 1, \"tool\": \"memray\"}"),
            fault(b"{\"format\": 1, \"tool\": \"rsprofile\"}"),
            fault(newer.as_bytes()),
            fault(b"{\"format\": 3, \"tool\": \"rsprofile\", \"everything\": \"else\"}"),
            fault(&b"[".repeat(10_000)),
        ];
        assert_snapshot!(lines.join("\n"), @"
        it is empty: profile the program again
        it is empty: profile the program again
        not a profile: give a file that rsprofile wrote as .json
        not a profile: give a file that rsprofile wrote as .json
        not a profile: give a file that rsprofile wrote as .json
        not a profile: give a file that rsprofile wrote as .json
        not a profile: give a file that rsprofile wrote as .json
        not a profile: give a file that rsprofile wrote as .json
        not a profile: give a file that rsprofile wrote as .json
        not a profile: give a file that rsprofile wrote as .json
        damaged (missing field `run` at line 1 column 34): profile the program again
        format 3 is newer than 1: update rsprofile
        format 3 is newer than 1: update rsprofile
        not a profile: give a file that rsprofile wrote as .json
        ");
        assert!(fault(cut.as_bytes()).starts_with("it is cut short at line 1 column "));
        assert!(fault(typed.as_bytes()).contains("invalid type: string \"one\", expected u64"));
        assert!(!fault(typed.as_bytes()).contains('\n'));
    }

    #[test]
    fn unknown_fields_are_passed_over_and_late_ones_may_be_missing() {
        let text = samples::app().dumps();
        let more = text.replace("\"name\":", "\"colour\":{\"red\":[1]},\"name\":");
        let less = text.replace("\"lost\":0,", "").replace(",\"shared\":false", "");
        assert_ne!(less, text);
        assert_eq!(Profile::loads(&more).unwrap(), samples::app());
        assert_eq!(Profile::loads(&less).unwrap(), samples::app());
    }

    #[test]
    fn times_that_are_no_numbers_are_saved_as_zero() {
        let run = Run { elapsed: f64::NAN, gate_ns: f64::INFINITY, ..Run::default() };
        let profile = Profile { run, ..Profile::default() };
        assert_eq!(Profile::loads(&profile.dumps()).unwrap(), Profile::default());
    }

    #[test]
    fn no_number_of_a_look_or_a_recording_makes_a_file_that_cannot_be_read() {
        /// All its numbers that need not be finite are this one.
        fn with(number: f64) -> Profile {
            let mut profile = samples::leaks();
            for leaks in &mut profile.leaks {
                (leaks.taken, leaks.watched) = (number, number);
                (leaks.collector.seconds, leaks.collector.watched) = (number, number);
                leaks.marks = vec![Moment { name: "warm".to_owned(), seconds: number }];
                for growth in leaks.suspects.iter_mut().filter_map(|one| one.growth.as_mut()) {
                    (growth.objects, growth.bytes) = (number, number);
                }
            }
            let at = Sample { time: number, bytes: 1 };
            let span = Span { start: at, end: at, ..Span::default() };
            profile.recordings =
                vec![Recording { samples: vec![at], spans: vec![span], ..Recording::default() }];
            profile
        }
        assert!(
            with(1.0)
                .leaks
                .iter()
                .any(|leaks| leaks.suspects.iter().any(|one| one.growth.is_some()))
        );
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Profile::loads(&with(number).dumps()).unwrap(), with(0.0));
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Profile::load(Path::new("no/such.json")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read profile no/such.json: no such file or directory"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(profile in any_profile(), elapsed in 0.0..1e9_f64) {
            let mut profile = profile;
            profile.run.elapsed = elapsed;
            prop_assert_eq!(Profile::loads(&profile.dumps()).unwrap(), profile);
        }

        #[test]
        fn no_content_makes_the_reader_panic(content: Vec<u8>, cut in 0..4000_usize) {
            let _ = decode(&content);
            let text = samples::app().dumps();
            prop_assume!(cut < text.trim_end().len());
            prop_assert!(decode(&text.as_bytes()[..cut]).is_err());
        }
    }
}
