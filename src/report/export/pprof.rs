//! A protocol buffer for `go tool pprof`. Messages and field numbers are those of `profile.proto` in
//! google/pprof; only what is written is named here.

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::stacks::Stacks;
use crate::profile::{Place, Profile};

#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    /// Nanoseconds since 1970.
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
    #[prost(int64, tag = "14")]
    default_sample_type: i64,
}

/// Indices of texts.
#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    /// The innermost first.
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

/// Without a system name: where it is the same, `go tool pprof` takes `<module>` for the arguments of a
/// template and cuts it off.
#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
    #[prost(int64, tag = "5")]
    start_line: i64,
}

/// The file, compressed.
pub fn render(stacks: &Stacks, profile: &Profile) -> Vec<u8> {
    let content = file(stacks, profile).encode_to_vec();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = gzip.write_all(&content);
    gzip.finish().unwrap_or_default()
}

fn file(stacks: &Stacks, profile: &Profile) -> File {
    let mut texts = Texts::default();
    // The first text is the empty one, and numbers begin at 1: 0 means that there is none.
    texts.number("");
    let mut functions: HashMap<(&str, &str, u32), u64> = HashMap::new();
    let mut file = File::default();
    for figure in &stacks.figures {
        let kind = texts.number(figure.name);
        let unit = texts.number(if figure.is_bytes { "bytes" } else { "count" });
        file.sample_type.push(ValueType { kind, unit });
    }
    for (place, id) in stacks.places.iter().zip(1..) {
        let Place { file: path, function, first_line, line } = place;
        let next = functions.len() as u64 + 1;
        let function_id = *functions.entry((path, function, *first_line)).or_insert_with(|| {
            file.function.push(Function {
                id: next,
                name: texts.number(function),
                filename: texts.number(path),
                start_line: (*first_line).into(),
            });
            next
        });
        let line = vec![Line { function_id, line: (*line).into() }];
        file.location.push(Location { id, line });
    }
    for stack in &stacks.list {
        let location_id = stack.places.iter().map(|&place| u64::from(place) + 1).collect();
        file.sample.push(Sample { location_id, value: stack.values.clone() });
    }
    file.time_nanos = nanos(profile.run.started);
    file.duration_nanos = nanos(profile.run.elapsed);
    file.default_sample_type = file.sample_type.get(stacks.first).map_or(0, |one| one.kind);
    if !profile.run.command.is_empty() {
        file.comment = vec![texts.number(&profile.run.command.join(" "))];
    }
    file.string_table = texts.list;
    file
}

#[expect(clippy::cast_possible_truncation, reason = "a cast to an integer stays in its range")]
fn nanos(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}

/// Each text once.
#[derive(Default)]
struct Texts {
    list: Vec<String>,
    numbers: HashMap<String, i64>,
}

impl Texts {
    fn number(&mut self, text: &str) -> i64 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = i64::try_from(self.list.len()).unwrap_or(i64::MAX);
        self.list.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    fn of(profile: &Profile) -> File {
        file(&Stacks::of(profile).unwrap(), profile)
    }

    fn text(file: &File, number: i64) -> &str {
        &file.string_table[usize::try_from(number).unwrap()]
    }

    #[test]
    fn places_are_locations_and_their_functions_stand_once() {
        let file = of(&samples::program());
        assert_eq!(file.string_table[0], "");
        assert_eq!((file.location.len(), file.function.len()), (4, 3));
        assert_eq!(file.sample[3].location_id, [3, 2, 4]);
        assert_eq!(file.sample[3].value, [512, 1, 0, 640, 1000]);
        let reader = &file.function[1];
        assert_eq!((text(&file, reader.name), reader.start_line), ("Reader.read", 10));
        assert_eq!(text(&file, file.default_sample_type), "peak");
        assert_eq!(text(&file, file.sample_type[1].unit), "count");
    }

    #[test]
    fn it_says_when_and_what_was_run() {
        let file = of(&samples::app());
        assert_eq!(file.time_nanos, 1_700_000_000_000_000_000);
        assert_eq!(file.duration_nanos, 2_500_000_000);
        assert_eq!(text(&file, file.comment[0]), "app.py --fast");
    }

    #[test]
    fn the_file_is_compressed() {
        let profile = samples::program();
        let content = render(&Stacks::of(&profile).unwrap(), &profile);
        assert_eq!(content[..2], [0x1f, 0x8b]);
    }
}
