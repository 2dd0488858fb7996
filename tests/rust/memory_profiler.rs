//! The default report against what `memory_profiler` 0.61.0 prints for the same figures.

use rsprofile::profile::{Function, Kind, Measured, Profile, Row};
use rsprofile::report::{Options, render};

/// Each row of `(bytes of usage, bytes of increment, occurrences, text)` as
/// `memory_profiler` 0.61.0 prints it.
#[test]
fn rows_are_memory_profilers_to_the_character() {
    let rows = [
        (40_701_952, -4096, 1, "\tif x:  # tab"),
        (0, 0, 0, ""),
        (12_345_678_901_234, -12_345_678_901_234, 12_345_678_901, "    漢 = '\u{c}'"),
        (10_485_760_000, 131_072, 99, "last"),
    ];
    let measured = |usage, increment, occurrences| Measured {
        usage,
        increment,
        occurrences,
        ..Measured::default()
    };
    let function = Function {
        file: "f.py".to_owned(),
        kind: Kind::Module,
        rows: (999_998..)
            .zip(rows)
            .map(|(line, (usage, increment, occurrences, text))| Row {
                line,
                text: Some(text.to_owned()),
                measured: (usage > 0).then(|| measured(usage, increment, occurrences)),
            })
            .collect(),
        ..Function::default()
    };
    let profile = Profile { functions: vec![function], ..Profile::default() };
    let at = |precision| render(&profile, &Options { precision, ..Options::default() });
    assert_eq!(at(0), MP0);
    assert_eq!(at(4), MP4);
}

const MP0: &str = concat!(
    "Filename: f.py\n\n",
    "Line #    Mem usage    Increment  Occurrences   Line Contents\n",
    "=============================================================\n",
    "999998       39 MiB       -0 MiB           1   \tif x:  # tab\n",
    "999999                                         \n",
    "1000000 11773757 MiB -11773757 MiB  12345678901       漢 = '\u{c}'\n",
    "1000001    10000 MiB        0 MiB          99   last\n\n\n",
);

const MP4: &str = concat!(
    "Filename: f.py\n\n",
    "Line #    Mem usage    Increment  Occurrences   Line Contents\n",
    "=============================================================\n",
    "999998  38.8164 MiB  -0.0039 MiB           1   \tif x:  # tab\n",
    "999999                                         \n",
    "1000000 11773756.8867 MiB -11773756.8867 MiB  12345678901       漢 = '\u{c}'\n",
    "1000001 10000.0000 MiB   0.1250 MiB          99   last\n\n\n",
);
