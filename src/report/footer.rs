//! What the numbers rest on: hook, meter, gate, what rsprofile itself costs, what was lost; and what
//! the marks in the tables mean.

use std::fmt::Write;

use tabled::builder::Builder;
use tabled::settings::{Padding, Style as Lines};

use super::{Options, Style, named};
use crate::profile::{Function, Profile, Run};
use crate::units::{Unit, count, percent, plural, seconds};

/// The mark of a line that another thread may have touched, explained.
const SHARED: &str = "another profiled thread ran during this line: its memory may be counted here";

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
    } else if style == Style::Plain {
        return;
    }
    if profile.run.lost > 0 {
        let lost =
            format!("{}: the counts of some lines are too low", plural(profile.run.lost, "event"));
        notes.push(("lost", lost));
    }
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

/// The mark of a function that ran in several processes.
pub fn processes(function: &Function) -> String {
    format!("Processes: {}", count(function.processes.into()))
}

fn run_notes(run: &Run) -> Vec<(&'static str, String)> {
    let mut python = format!("rsprofile {}", env!("CARGO_PKG_VERSION"));
    if !run.python.is_empty() {
        let _ = write!(python, " on Python {}", run.python);
    }
    let gate = if run.gate_ns > 0.0 {
        let threshold = seconds(run.gate_ns * 1e-9);
        format!("{threshold}: a line that ran shorter reuses the reading before it")
    } else {
        "off: every event takes a reading".to_owned()
    };
    let share = percent(run.readings as f64, run.events as f64);
    let cost = percent(run.hook_seconds, run.elapsed);
    let mut notes = vec![
        ("profiler", python),
        ("hook", format!("{}: {}", run.hook, plural(run.events, "event"))),
        (
            "meter",
            format!(
                "{}: {} ({share} of the events), in steps of {}",
                run.meter,
                plural(run.readings, "reading"),
                Unit::Auto.show(run.granularity, 1)
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
fn listing(notes: Vec<(&str, String)>) -> String {
    let mut builder = Builder::with_capacity(notes.len(), 2);
    for (name, note) in notes {
        builder.push_record([name.to_owned(), note]);
    }
    let mut table = builder.build();
    table.with(Lines::empty()).with(Padding::new(0, 2, 0, 0));
    let mut listing = String::new();
    for line in table.to_string().lines() {
        listing.push_str(line.trim_end());
        listing.push('\n');
    }
    listing.pop();
    listing
}
