//! Profiles for tests: one written by hand, and any at all.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{
    Allocator, Function, Heap, Kind, Measured, Place, Profile, Row, Run, Site, SiteFigures, Sites,
    Source,
};

/// One mebibyte.
pub const MIB: i64 = 1 << 20;

/// The profile of a small program: `load` was called once, `main` never.
pub fn app() -> Profile {
    let line = |line: u32, text: &str, figures: Option<(i64, i64, u64)>| Row {
        line,
        text: Some(text.to_owned()),
        measured: figures.map(|(usage, increment, occurrences)| Measured {
            usage: usage * MIB,
            increment: increment * MIB,
            own: increment * MIB,
            peak: Some((usage + 2) * MIB),
            occurrences,
            shared: false,
            heap: None,
        }),
    };
    let load = Function {
        file: "app.py".to_owned(),
        name: "load".to_owned(),
        first_line: 3,
        calls: 1,
        entry_first: 38 * MIB,
        entry_max: 38 * MIB,
        processes: 1,
        rows: vec![
            line(3, "@profile", None),
            line(4, "def load():", None),
            line(5, "    data = [bytes(1 << 20) for _ in range(64)]", Some((102, 64, 1))),
            line(6, "", None),
            line(7, "    for item in data:", Some((102, 0, 65))),
            line(8, "        check(item)", Some((102, -1, 64))),
            line(9, "    return len(data)", Some((102, 0, 1))),
        ],
        ..Function::default()
    };
    let main = Function {
        file: "app.py".to_owned(),
        name: "main".to_owned(),
        first_line: 12,
        rows: vec![line(12, "@profile", None), line(13, "def main(): ...", None)],
        ..Function::default()
    };
    let run = Run {
        command: vec!["app.py".to_owned(), "--fast".to_owned()],
        python: "3.13.0".to_owned(),
        hook: "monitoring".to_owned(),
        meter: "rss".to_owned(),
        peak: true,
        started: 1_700_000_000.0,
        elapsed: 2.5,
        gate_ns: 310.0,
        granularity: 4096,
        readings: 7017,
        events: 800_411,
        hook_seconds: 0.05,
        own_bytes: 3 * MIB,
        lost: 0,
        processes: 1,
    };
    Profile { run, functions: vec![load, main], ..Profile::default() }
}

/// A whole program, nothing of it decorated: two lines of `load`, one of a library, and what no line
/// made.
pub fn program() -> Profile {
    let place = |file: &str, function: &str, first_line, line| Place {
        file: file.to_owned(),
        function: function.to_owned(),
        first_line,
        line,
    };
    let site = |stack: &[u32], allocator, live, peak, allocated, count| Site {
        stack: stack.to_vec(),
        allocator: Some(allocator),
        figures: SiteFigures {
            live,
            live_blocks: i64::from(live > 0),
            peak,
            peak_blocks: i64::from(peak > 0),
            allocated,
            count,
            temporary: None,
        },
    };
    let places = vec![
        place("app.py", "load", 3, 5),
        place("app.py", "load", 3, 6),
        place("/usr/lib/python3.13/site-packages/lib/io.py", "Reader.read", 10, 12),
        place("app.py", "<module>", 1, 9),
    ];
    let list = vec![
        site(&[0], Allocator::Object, 3 * MIB, 3 * MIB, 3 * MIB as u64, 3),
        site(&[0], Allocator::Mem, MIB, MIB, 2 * MIB as u64, 2),
        site(&[1, 3], Allocator::Object, 0, 4 * MIB, 4 * MIB as u64, 1),
        site(&[2, 1, 3], Allocator::Native, 512, 0, 640, 1_000),
        site(&[], Allocator::Map, 0, 0, 4096, 1),
    ];
    let sites = Sites {
        frames: 3,
        live: 4 * MIB + 512,
        peak: 8 * MIB,
        own_bytes: 2 * MIB as u64,
        lost: 0,
        places,
        list,
    };
    let run = Run { meter: "heap".to_owned(), processes: 1, ..Run::default() };
    Profile { run, functions: Vec::new(), sites: Some(sites), ..Profile::default() }
}

/// A program with all kinds of leaks, at two marks. The Python tests read the same file.
pub fn leaks() -> Profile {
    Profile::loads(include_str!("../../tests/leaks.json")).unwrap()
}

/// The same program with the heap meter: what line 5 made is alive, line 8 freed a part of it.
pub fn heap() -> Profile {
    let mut profile = app();
    "heap".clone_into(&mut profile.run.meter);
    profile.run.peak = false;
    let load = &mut profile.functions[0];
    (load.entry_first, load.entry_max) = (0, 0);
    for row in &mut load.rows {
        let (live, allocated, freed, peak, count) = match row.line {
            5 => (63 * MIB, 64 * MIB as u64 + 520, 0, 64 * MIB + 520, 65),
            8 => (0, 640, MIB as u64, 64, 10),
            _ => (0, 0, 0, 0, 0),
        };
        if let Some(line) = &mut row.measured {
            let heap = Some(Heap { live, allocated, freed, peak, count });
            *line = Measured { occurrences: line.occurrences, heap, ..Measured::default() };
        }
    }
    profile
}

fn any_measured() -> impl Strategy<Value = Measured> {
    let bytes = || -(1_i64 << 40)..(1_i64 << 40);
    let peak = option::of(bytes());
    let heap = option::of(any_heap());
    (bytes(), bytes(), bytes(), peak, 0..1_u64 << 40, any::<bool>(), heap).prop_map(
        |(usage, increment, own, peak, occurrences, shared, heap)| Measured {
            usage,
            increment,
            own,
            peak,
            occurrences,
            shared,
            heap,
        },
    )
}

fn any_heap() -> impl Strategy<Value = Heap> {
    let count = || 0..1_u64 << 40;
    let bytes = || 0..1_i64 << 40;
    (bytes(), count(), count(), bytes(), count()).prop_map(
        |(live, allocated, freed, peak, count)| Heap { live, allocated, freed, peak, count },
    )
}

fn any_function() -> impl Strategy<Value = Function> {
    let row = (option::of("[ -~\t\u{c}é漢]{0,3}"), option::of(any_measured()));
    let key = (
        prop::sample::select(vec!["a.py", "b.py"]),
        prop::sample::select(vec!["f", "<lambda>"]),
        prop::sample::select(vec![Kind::Function, Kind::Module, Kind::Block]),
    );
    let source = prop::sample::select(vec![Source::Unchanged, Source::Changed, Source::Missing]);
    (key, 1..3_u32, 0..3_u64, any::<(i32, i32)>(), 1..4_u32, source, vec(row, 0..4)).prop_map(
        |((file, name, kind), first_line, calls, entry, processes, source, rows)| Function {
            file: file.to_owned(),
            name: name.to_owned(),
            kind,
            first_line,
            calls,
            entry_first: entry.0.into(),
            entry_max: entry.1.into(),
            processes,
            source,
            rows: (first_line..)
                .zip(rows)
                .map(|(line, (text, measured))| Row { line, text, measured })
                .collect(),
        },
    )
}

/// Any profile of meter `rss`. Its times are whole seconds, so that their sums are exact.
pub fn any_profile() -> impl Strategy<Value = Profile> {
    let seconds = || (0..1_000_000_u32).prop_map(f64::from);
    let run = (seconds(), seconds(), seconds(), any::<(u32, u32, u32)>(), any::<bool>(), 0..9_u32)
        .prop_map(|(started, elapsed, hook_seconds, counts, peak, processes)| Run {
            meter: "rss".to_owned(),
            command: vec![format!("{counts:?}")],
            started,
            elapsed,
            hook_seconds,
            readings: counts.0.into(),
            events: counts.1.into(),
            lost: counts.2.into(),
            own_bytes: counts.0.into(),
            peak,
            processes,
            ..Run::default()
        });
    (run, vec(any_function(), 0..5)).prop_map(|(run, functions)| Profile {
        run,
        functions,
        ..Profile::default()
    })
}
