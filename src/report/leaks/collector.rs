//! What the collector of cycles has done, in readable lines.

use std::fmt::Write;

use super::paragraph::{Paragraph, line, show};
use super::suspect;
use crate::profile::{Collector, Leaks};
use crate::report::Options;
use crate::units::{count, percent, plural, seconds};

/// The generations, the youngest first.
const GENERATIONS: [&str; 3] = ["young", "middle", "old"];

/// What stands below the suspects: a name and a text for each line, and what has to be said beside.
pub fn notes<'a>(leaks: &Leaks, options: &'a Options) -> Vec<(&'static str, Paragraph<'a>)> {
    let mut notes = Vec::new();
    let mut note = |name, words: &str| {
        let mut text = Paragraph::new(options);
        text.say(words);
        notes.push((name, text));
    };
    let collector = &leaks.collector;
    // Of a process that was not asked there is nothing to say.
    if *collector != Collector::default() {
        note("collector", &state(collector));
        note("tracked", &tracked(collector));
        note("collections", &collections(collector));
        if collector.watched > 0.0 {
            let share = percent(collector.seconds, collector.watched);
            note(
                "time",
                &format!("{} in collections: {share} of the run", seconds(collector.seconds)),
            );
        }
        note("garbage", &garbage(collector, options));
    }
    for shape in &collector.cycles {
        let mut text = Paragraph::new(options);
        suspect::edges(&mut text, &shape.cycle);
        text.say(": ").say(suspect::cycles(&shape.cycle)).say(", ");
        text.say(plural(shape.objects, "object")).say(", ").bytes(shape.bytes);
        if let Some(linked) = &shape.linked {
            text.say(", linked at ").line(linked);
        }
        if shape.cycle.uncollectable {
            text.say("; could not be freed");
        }
        notes.push(("cycle", text));
    }
    for said in &leaks.notes {
        let mut text = Paragraph::new(options);
        text.say(said);
        notes.push(("note", text));
    }
    notes
}

fn state(collector: &Collector) -> String {
    let [young, middle, old] = collector.thresholds;
    let mut state = match (&collector.disabled_at, collector.enabled) {
        (_, true) => "on".to_owned(),
        (Some(at), false) => format!("off since {}", line(at)),
        (None, false) => "off".to_owned(),
    };
    let _ = write!(state, ", thresholds {young}, {middle}, {old}");
    if collector.enabled && young == 0 {
        state.push_str(": it never runs by itself");
    }
    if collector.frozen > 0 {
        let frozen = plural(collector.frozen, "object");
        let _ = write!(state, "; {frozen} set aside by gc.freeze()");
    }
    state
}

fn tracked(collector: &Collector) -> String {
    let tracked = GENERATIONS.iter().zip(collector.tracked);
    let tracked: Vec<_> =
        tracked.map(|(name, number)| format!("{} {name}", count(number))).collect();
    format!("{} objects; {} not tracked", tracked.join(", "), count(collector.untracked))
}

fn collections(collector: &Collector) -> String {
    let mut parts = Vec::new();
    for (index, name) in GENERATIONS.iter().enumerate() {
        let times = collector.collections[index];
        if times == 0 {
            parts.push(format!("no {name} one"));
            continue;
        }
        let mut part = format!(
            "{} {name} freed {}",
            count(times),
            plural(collector.collected[index], "object")
        );
        if collector.uncollectable[index] > 0 {
            let _ = write!(part, " and could not free {}", count(collector.uncollectable[index]));
        }
        parts.push(part);
    }
    parts.join(", ")
}

fn garbage(collector: &Collector, options: &Options) -> String {
    if collector.garbage == 0 {
        return "none".to_owned();
    }
    format!(
        "{} that no root reaches: a collection now frees {}",
        plural(collector.garbage, "object"),
        show(collector.garbage_bytes, options)
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;

    fn shown(leaks: &Leaks) -> String {
        let options = Options::default();
        let line = |(name, text): (&str, Paragraph<'_>)| format!("{name}: {}\n", text.plain());
        notes(leaks, &options).into_iter().map(line).collect()
    }

    #[test]
    fn the_record_of_the_collector_is_readable() {
        let leaks = samples::leaks().leaks.remove(1);
        assert_snapshot!(shown(&leaks), @"
        collector: off since c2.py:3, thresholds 2000, 10, 0
        tracked: 1,204 young, 310 middle, 39,412 old objects; 120,331 not tracked
        collections: 41 young freed 310 objects, 3 middle freed 24 objects, 1 old freed 6 objects
        time: 98.0 ms in collections: 0.8 % of the run
        garbage: 200 objects that no root reaches: a collection now frees 19.1 MiB
        cycle: Node.other ↔ Node.other: 100 cycles of 2, 200 objects, 19.1 MiB, linked at c2.py:10
        note: objects made before the start have no line
        ");
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_said() {
        let mut leaks = samples::leaks().leaks.remove(0);
        let collector = &mut leaks.collector;
        collector.thresholds[0] = 0;
        collector.frozen = 1;
        collector.uncollectable[2] = 2;
        collector.collections[2] = 1;
        assert_snapshot!(shown(&leaks), @"
        collector: on, thresholds 0, 10, 0: it never runs by itself; 1 object set aside by gc.freeze()
        tracked: 604 young, 310 middle, 38,000 old objects; 100,086 not tracked
        collections: 20 young freed 100 objects, 1 middle freed 4 objects, 1 old freed 0 objects and could not free 2
        time: 30.0 ms in collections: 0.8 % of the run
        garbage: none
        ");
    }

    #[test]
    fn a_process_that_was_not_asked_has_no_record() {
        assert_eq!(shown(&Leaks::default()), "");
    }
}
