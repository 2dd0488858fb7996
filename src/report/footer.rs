//! What the numbers rest on: hook, meter, gate, what rsprofile itself costs, what was lost; and what
//! the marks in the tables mean.

use std::fmt::Write;

use tabled::builder::Builder;
use tabled::settings::{Padding, Style as Lines};

use super::sheet::append;
use super::{Options, Style, named};
use crate::profile::{Function, Profile, Run};
use crate::units::{Unit, count, percent, plural, seconds};

/// The mark of a line that another thread may have touched, explained.
pub const SHARED: &str =
    "another profiled thread ran during this line: its memory may be counted here";

/// Appends the footer: all of it with `verbose`, else the legend of marks and losses, and nothing at
/// all in the plain style.
pub fn render(report: &mut String, profile: &Profile, style: Style, options: &Options) {
    let mut notes = Vec::new();
    if options.verbose {
        notes = run_notes(&profile.run);
        let unused: Vec<_> = profile.functions.iter().filter(|f| !f.was_called()).collect();
        if !unused.is_empty() {
            notes.push(("not called", named(unused)));
        }
    }
    // Who looks at one of them has nothing to compare it with.
    if options.meters.are_both()
        && let Some(difference) = difference(profile)
    {
        notes.push(("rss and heap", difference));
    }
    if style == Style::Plain && !options.verbose {
        // What memory_profiler's readers would not expect stays out, but for the meter it has not.
        notes.retain(|(name, _)| *name == "rss and heap");
        if !notes.is_empty() {
            report.push_str(&listing(notes));
            report.push('\n');
        }
        return;
    }
    notes.extend(lost(&profile.run));
    if profile.functions.iter().any(Function::is_shared) {
        notes.push(("~", SHARED.to_owned()));
    }
    if style == Style::Markdown {
        for (name, note) in notes {
            let _ = writeln!(report, "- **{name}**: {note}");
        }
    } else if !notes.is_empty() {
        report.push_str(&listing(notes));
        report.push('\n');
    }
}

/// What could not be recorded, if anything.
pub fn lost(run: &Run) -> Option<(&'static str, String)> {
    let text = format!("{}: the counts of some lines are too low", plural(run.lost, "event"));
    (run.lost > 0).then_some(("lost", text))
}

/// Where resident memory and allocations tell most different stories, and what that can be.
pub fn difference(profile: &Profile) -> Option<String> {
    /// Differences below this one, or below a quarter of the larger figure, are no story.
    const LARGE: i64 = 1 << 20;
    if !(profile.run.reads_levels() && profile.run.counts_heap()) {
        return None;
    }
    let lines = profile.functions.iter().flat_map(|function| {
        let of = move |row: &'_ crate::profile::Row| {
            let line = row.measured?;
            let heap = line.heap?;
            let net = i64::try_from(i128::from(heap.allocated) - i128::from(heap.freed)).ok()?;
            Some((function, row.line, line.increment, net))
        };
        function.rows.iter().filter_map(of)
    });
    // What a line made comes before what another one gave back.
    let (function, line, rss, heap) = lines.max_by_key(|&(.., rss, heap)| {
        (rss > 0 || heap > 0, rss.saturating_sub(heap).unsigned_abs())
    })?;
    let apart = rss.saturating_sub(heap).saturating_abs();
    if apart < LARGE || apart < rss.saturating_abs().max(heap.saturating_abs()) / 4 {
        return None;
    }
    let cause = match rss < heap {
        true if heap > 0 => {
            "pages that are not touched yet, or memory the process had already: in arenas, on free \
             lists"
        }
        true => "pages touched earlier than the blocks on them were freed went back to the system",
        false if heap < 0 => "freed memory is kept for the next blocks: in arenas, on free lists",
        false => {
            "pages of blocks made before were touched, files were mapped, or an extension has an \
             allocator of its own linked in"
        }
    };
    let show =
        |bytes: i64| format!("{}{}", if bytes > 0 { "+" } else { "" }, Unit::Auto.show(bytes, 1));
    Some(format!(
        "differ most at {}:{line}: {} resident, {} allocated: {cause}",
        function.file,
        show(rss),
        show(heap)
    ))
}

/// How the numbers of a run came about.
pub fn run_notes(run: &Run) -> Vec<(&'static str, String)> {
    let mut python = format!("rsprofile {}", env!("CARGO_PKG_VERSION"));
    if !run.python.is_empty() {
        let _ = write!(python, " on Python {}", run.python);
    }
    let gate = if run.gate_ns > 0.0 {
        let threshold = seconds(run.gate_ns * 1e-9);
        format!("{threshold}: a line that took less reuses the reading before it")
    } else {
        "off: every event takes a reading".to_owned()
    };
    // A few readings belong to no event: those at the start and at the end.
    let share = percent(run.readings.min(run.events) as f64, run.events as f64);
    let steps = match run.granularity {
        0 => String::new(),
        step => format!(", in steps of {}", Unit::Auto.show(step, 1)),
    };
    let cost = percent(run.hook_seconds, run.elapsed);
    let mut notes = vec![
        ("profiler", python),
        ("hook", format!("{}: {}", run.hook, plural(run.events, "event"))),
        (
            "meter",
            format!(
                "{}: {} ({share} of the events){steps}",
                run.meter,
                plural(run.readings, "reading"),
            ),
        ),
        ("gate", gate),
        ("peak", if run.peak { "read on every line" } else { "not read" }.to_owned()),
        (
            "cost",
            format!(
                "{} of memory, {} of {} run time ({cost})",
                Unit::MiB.show(run.own_bytes, 1),
                seconds(run.hook_seconds),
                seconds(run.elapsed),
            ),
        ),
        ("processes", count(run.processes.into())),
    ];
    if !run.command.is_empty() {
        notes.insert(1, ("command", run.command.join(" ").escape_debug().to_string()));
    }
    if run.lost == 0 {
        notes.push(("lost", "nothing".to_owned()));
    }
    notes
}

/// Names in one column, notes in the next.
pub(super) fn listing(notes: Vec<(&str, String)>) -> String {
    let mut builder = Builder::with_capacity(notes.len(), 2);
    for (name, note) in notes {
        builder.push_record([name.to_owned(), note]);
    }
    let mut table = builder.build();
    table.with(Lines::empty()).with(Padding::new(0, 2, 0, 0));
    let mut listing = String::new();
    append(&mut listing, &table);
    listing.pop();
    listing
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::Meters;
    use super::*;
    use crate::profile::samples;

    fn shown(profile: &Profile, style: Style, verbose: bool) -> String {
        let mut report = String::new();
        let meters = Meters::of(&profile.run, None);
        render(&mut report, profile, style, &Options { meters, verbose, ..Options::default() });
        report
    }

    fn troubled() -> Profile {
        let mut profile = samples::app();
        profile.run.lost = 3;
        profile.functions[0].rows[2].measured.as_mut().unwrap().shared = true;
        profile
    }

    #[test]
    fn verbose_says_what_the_numbers_rest_on() {
        let footer = shown(&samples::app(), Style::Plain, true);
        let version = format!("rsprofile {}", env!("CARGO_PKG_VERSION"));
        assert_snapshot!(footer.replace(&version, "rsprofile VERSION"), @"
        profiler    rsprofile VERSION on Python 3.13.0
        command     app.py --fast
        hook        monitoring: 800,411 events
        meter       rss: 7,017 readings (0.9 % of the events), in steps of 4.0 KiB
        gate        310 ns: a line that took less reuses the reading before it
        peak        read on every line
        cost        3.0 MiB of memory, 50.0 ms of 2.5 s run time (2.0 %)
        processes   1
        lost        nothing
        not called  app.py:12 main
        ");
    }

    #[test]
    fn marks_and_losses_are_explained_outside_the_plain_style() {
        assert_snapshot!(shown(&troubled(), Style::Rounded, false), @"
        lost  3 events: the counts of some lines are too low
        ~     another profiled thread ran during this line: its memory may be counted here
        ");
        assert_snapshot!(shown(&troubled(), Style::Markdown, false), @"
        - **lost**: 3 events: the counts of some lines are too low
        - **~**: another profiled thread ran during this line: its memory may be counted here
        ");
        assert_eq!(shown(&troubled(), Style::Plain, false), "");
        assert_eq!(shown(&samples::app(), Style::Rounded, false), "");
    }

    #[test]
    fn resident_and_allocated_memory_that_differ_are_explained_in_one_line() {
        let mut profile = samples::heap();
        profile.run.meter = "rss,heap".to_owned();
        let line = |increment: i64, allocated: u64, freed: u64| {
            let mut profile = profile.clone();
            let row = profile.functions[0].rows[2].measured.as_mut().unwrap();
            row.increment = increment * samples::MIB;
            let heap = row.heap.as_mut().unwrap();
            (heap.allocated, heap.freed) = (allocated << 20, freed << 20);
            shown(&profile, Style::Plain, false)
        };
        assert_snapshot!(line(0, 64, 0), @"rss and heap  differ most at app.py:5: 0 B resident, +64.0 MiB allocated: pages that are not touched yet, or memory the process had already: in arenas, on free lists");
        assert!(line(64, 0, 0).contains("an allocator of its own linked in"));
        assert!(line(0, 0, 64).contains("freed memory is kept"));
        assert!(line(-64, 0, 0).contains("went back to the system"));
        assert_eq!(line(63, 64, 0), "");
        let row = profile.functions[0].rows[2].measured.as_mut().unwrap();
        row.heap.as_mut().unwrap().allocated += 64 << 20;
        let one = Options { meters: Meters::of(&profile.run, Some("heap")), ..Options::default() };
        let mut report = String::new();
        render(&mut report, &profile, Style::Plain, &one);
        assert_eq!(report, "");
    }

    #[test]
    fn a_gate_that_is_off_and_a_run_without_events_are_said_plainly() {
        let footer = shown(&Profile::default(), Style::Plain, true);
        assert!(footer.contains("off: every event takes a reading"), "{footer}");
        assert!(footer.contains("(- of the events)"), "{footer}");
    }
}
