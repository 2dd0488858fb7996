//! What keeps memory alive: a paragraph for each suspect, what the collector of cycles has done, and
//! tables of all objects.

mod advice;
mod choice;
mod collector;
mod diff;
mod dominators;
mod growth;
mod paragraph;
mod suspect;
mod top;

use std::fmt::Write;

use choice::By;
pub use choice::{LeakChoice, at as look_at};
pub(super) use collector::notes as facts;
pub(super) use diff::growth_since;
pub use diff::leaks_diff;
use paragraph::{Paragraph, fill, show};
pub(super) use suspect::paragraph;

use super::sheet::{heading, is_markdown, text};
use super::{Format, Options, colour, footer, page};
use crate::error::Error;
use crate::profile::{Leaks, Profile, Step, Suspect};
use crate::units::{plural, seconds};

/// Suspects shown where nobody has said how many.
const SUSPECTS: usize = 20;
/// Changes shown between two looks at one process.
const CHANGES: usize = 5;

/// The report of all looks, or of the chosen one, ending in a line break; as JSON the saved profile.
/// It is never empty.
///
/// Of several looks at one process the last is shown as a whole, of those before what they found in
/// all, and what changed from each to the next. Fails where there is no look of the chosen number.
pub fn leaks(profile: &Profile, choice: LeakChoice, options: &Options) -> Result<String, Error> {
    let looks = choice.of(&profile.leaks)?;
    if options.format == Format::Html {
        return Ok(page::leaks(profile, &looks, options));
    }
    if options.format == Format::Json {
        if choice.which.is_none() {
            return Ok(profile.dumps());
        }
        let leaks = looks.into_iter().cloned().collect();
        let chosen = Profile { run: profile.run.clone(), leaks, ..Profile::default() };
        return Ok(chosen.dumps());
    }
    let mut report = String::new();
    for process in processes(&looks) {
        let Some((last, earlier)) = process.split_last() else { continue };
        for (index, look) in process.iter().enumerate() {
            header(&mut report, look, options);
            if let Some(before) = index.checked_sub(1).map(|index| process[index]) {
                diff::since(&mut report, before, look, CHANGES, options);
            }
            if index < earlier.len() {
                continue;
            }
            match choice.by {
                None => suspects(&mut report, last, options),
                Some(By::Dominators) => dominators::render(&mut report, last, options),
                Some(by) => top::render(&mut report, last, by, choice.size, options),
            }
            notes(&mut report, last, options);
        }
    }
    if report.is_empty() {
        let _ = writeln!(report, "rsprofile: {}", Error::Look { given: -1, count: 0 });
    }
    Ok(report)
}

/// The paragraph of one suspect, broken into lines, without a line break at its end.
pub fn suspect(one: &Suspect, watched: bool, options: &Options) -> String {
    suspect::paragraph(one, watched, options).wrapped()
}

/// What to do about a suspect; `None` where nothing need be done.
pub fn fix(one: &Suspect) -> Option<String> {
    advice::advice(one)
}

/// The word of a verdict.
pub use suspect::verdict;

/// The looks of each process, in the order they were taken.
fn processes<'a>(looks: &[&'a Leaks]) -> Vec<Vec<&'a Leaks>> {
    let mut processes: Vec<Vec<&Leaks>> = Vec::new();
    for &look in looks {
        match processes.iter_mut().find(|process| process[0].pid == look.pid) {
            Some(process) => process.push(look),
            None => processes.push(vec![look]),
        }
    }
    processes
}

/// The look at the same process before, of those taken earlier.
pub(super) fn before<'a>(earlier: &[&'a Leaks], look: &Leaks) -> Option<&'a Leaks> {
    earlier.iter().rev().find(|before| before.pid == look.pid).copied()
}

/// What was looked at: `process 4242, mark 'done': 161,257 objects alive, 117.7 MiB; allocations
/// recorded for 12.3 s`.
fn header(report: &mut String, leaks: &Leaks, options: &Options) {
    let (objects, bytes) = (plural(leaks.objects, "object"), show(leaks.bytes, options));
    let since = if leaks.watched > 0.0 {
        format!("allocations recorded for {}", seconds(leaks.watched))
    } else {
        "allocations were not recorded: lines and growth are not known".to_owned()
    };
    let marks = leaks
        .marks
        .iter()
        .map(|mark| format!("{} at {}", quoted(&mark.name, options), seconds(mark.seconds)));
    let marks: Vec<String> = marks.collect();
    let marks =
        if marks.is_empty() { String::new() } else { format!("; marks {}", marks.join(", ")) };
    let line = format!("{}: {objects} alive, {bytes}; {since}{marks}", name(leaks, options));
    let line = format!("{}{line}", heading(options));
    let line = if is_markdown(options) { line } else { fill(&line, options.width, "  ") };
    report.push_str(&if options.colour { colour::header(&line) } else { line });
    report.push_str("\n\n");
}

/// What a look is called: `process 4242, mark 'done'`.
fn name(leaks: &Leaks, options: &Options) -> String {
    let mark = leaks.mark.as_deref().map(|mark| format!(", mark {}", quoted(mark, options)));
    format!("process {}{}", leaks.pid, mark.unwrap_or_default())
}

fn quoted(name: &str, options: &Options) -> String {
    let shown = text(name, options);
    if is_markdown(options) { shown } else { format!("'{shown}'") }
}

fn suspects(report: &mut String, leaks: &Leaks, options: &Options) {
    if leaks.suspects.is_empty() {
        report.push_str(
            "no suspect: nothing of size grows, is kept by cycles or closures, or is held\n\n",
        );
        return;
    }
    let shown = leaks.suspects.len().min(options.top.unwrap_or(SUSPECTS));
    for one in &leaks.suspects[..shown] {
        let paragraph = suspect::paragraph(one, leaks.watched > 0.0, options);
        let word = verdict(one.verdict);
        if is_markdown(options) {
            let text = paragraph.markdown();
            let _ = write!(report, "- **{word}**{}", text.strip_prefix(word).unwrap_or(&text));
        } else {
            let text = paragraph.wrapped();
            let rest = text.strip_prefix(word).unwrap_or(&text);
            let word =
                if options.colour { colour::verdict(word, one.verdict) } else { word.to_owned() };
            let _ = write!(report, "{word}{rest}");
        }
        report.push('\n');
        if options.verbose {
            let steps = one.held.iter().flat_map(|held| &held.steps);
            steps.enumerate().for_each(|(depth, step)| path(report, depth, step, options));
        }
        report.push('\n');
    }
    let rest = leaks.suspects.len() - shown;
    if rest > 0 {
        let _ = write!(report, "and {}\n\n", plural(rest as u64, "more suspect"));
    }
}

/// A step of the way from a root, further in than the one before.
fn path(report: &mut String, depth: usize, step: &Step, options: &Options) {
    let mut line = Paragraph::new(options);
    line.name(&step.edge).say(": ").name(&step.kind).say(", retains ").bytes(step.retained);
    let _ = if is_markdown(options) {
        writeln!(report, "{}- {}", "  ".repeat(depth + 1), line.markdown())
    } else {
        let line = format!("{}{}", "  ".repeat(depth + 2), line.plain());
        writeln!(report, "{}", if options.colour { colour::aside(&line) } else { line })
    };
}

fn notes(report: &mut String, leaks: &Leaks, options: &Options) {
    let notes = collector::notes(leaks, options);
    if is_markdown(options) {
        for (name, note) in &notes {
            let _ = writeln!(report, "- **{name}**: {}", note.markdown());
        }
    } else if !notes.is_empty() {
        let names = notes.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let width = options.width.saturating_sub(names + 2);
        let lines = notes.iter().map(|(name, note)| (*name, fill(&note.plain(), width, "  ")));
        report.push_str(&footer::listing(lines.collect()));
        report.push('\n');
    }
    if !notes.is_empty() {
        report.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;

    fn shown(profile: &Profile, which: Option<i64>, options: &Options) -> String {
        leaks(profile, LeakChoice { which, ..LeakChoice::default() }, options).unwrap()
    }

    #[test]
    fn the_last_look_is_shown_as_a_whole_and_what_changed_before_it() {
        let options = Options { top: Some(2), ..Options::default() };
        assert_snapshot!(shown(&samples::leaks(), None, &options), @"
        process 4242, mark 'warm': 139,000 objects alive, 41.4 MiB; allocations recorded for 4.0 s

        process 4242, mark 'done': 161,257 objects alive, 117.7 MiB; allocations recorded for 12.3 s

        since mark 'warm', 8.3 s before: +22,257 objects, +76.3 MiB

         Change | Objects |       Own |    Before |    After | Blocks made | Freed | Type and line
        --------+---------+-----------+-----------+----------+-------------+-------+-------------------------------
            new |     +20 | +20.0 MiB |       0 B | 20.0 MiB |          20 |     0 | bytearray c5.py:4 make_cb
          grown |  +1,900 | +18.2 MiB | 979.8 KiB | 19.1 MiB |       3,800 |     0 | bytes c4.py:9 Service.compute
         shrunk |    -100 | -64.5 KiB |   1.2 MiB |  1.1 MiB |             |       | dict
            new |    +200 | +12.5 KiB |       0 B | 12.5 KiB |         600 |     0 | app.Node c2.py:9 make
          grown |    +180 |  +9.8 KiB |   1.1 KiB | 10.9 KiB |         540 |     0 | app.Handler app.py:6 register
         and 3 more changes

        LEAK 19.1 MiB in 200 × Handler, made at app.py:6 (register), +1 per call of register() (200 of 200
          never freed). Held by app.registry (list, len 200), appended at app.py:7. Fix: remove on close, or
          hold weakly.

        GROWING 19.2 MiB in 2,000 × bytes, made at c4.py:9 (Service.compute), +1 per call of Service.get()
          (2,000 of 2,000 never freed). Held by Service._cache (dict, len 2,000; no entry was ever removed),
          stored at c4.py:6. Fix: functools.lru_cache(maxsize=...), or remove old entries.

        and 3 more suspects

        collector    off since c2.py:3, thresholds 2000, 10, 0
        tracked      1,204 young, 310 middle, 39,412 old objects; 120,331 not tracked
        collections  41 young freed 310 objects, 3 middle freed 24 objects, 1 old freed 6 objects
        time         98.0 ms in collections: 0.8 % of the run
        garbage      200 objects that no root reaches: a collection now frees 19.1 MiB
        cycle        Node.other ↔ Node.other: 100 cycles of 2, 200 objects, 19.1 MiB, linked at c2.py:10
        note         objects made before the start have no line
        ");
    }

    #[test]
    fn one_look_can_be_chosen() {
        assert_snapshot!(shown(&samples::leaks(), Some(0), &Options::default()), @"
        process 4242, mark 'warm': 139,000 objects alive, 41.4 MiB; allocations recorded for 4.0 s

        no suspect: nothing of size grows, is kept by cycles or closures, or is held

        collector    on, thresholds 2000, 10, 0
        tracked      604 young, 310 middle, 38,000 old objects; 100,086 not tracked
        collections  20 young freed 100 objects, 1 middle freed 4 objects, no old one
        time         30.0 ms in collections: 0.8 % of the run
        garbage      none
        ");
        let choice = LeakChoice { which: Some(2), ..LeakChoice::default() };
        assert!(leaks(&samples::leaks(), choice, &Options::default()).is_err());
    }

    #[test]
    fn verbose_adds_the_steps_of_the_way_and_colour_the_verdicts() {
        let options = Options { top: Some(1), verbose: true, colour: true, ..Options::default() };
        let report = shown(&samples::leaks(), Some(1), &options);
        assert_snapshot!(report.replace('\x1b', "ESC"), @"
        ESC[1mprocess 4242, mark 'done': 161,257 objects alive, 117.7 MiB; allocations recorded for 12.3 sESC[0m

        ESC[1;31mLEAKESC[0m 19.1 MiB in 200 × Handler, made at app.py:6 (register), +1 per call of register() (200 of 200
          never freed). Held by app.registry (list, len 200), appended at app.py:7. Fix: remove on close, or
          hold weakly.
        ESC[2m    app: module, retains 19.2 MiBESC[0m
        ESC[2m      .registry: list, retains 19.1 MiBESC[0m
        ESC[2m        [0]: Handler, retains 97.8 KiBESC[0m

        and 4 more suspects

        collector    off since c2.py:3, thresholds 2000, 10, 0
        tracked      1,204 young, 310 middle, 39,412 old objects; 120,331 not tracked
        collections  41 young freed 310 objects, 3 middle freed 24 objects, 1 old freed 6 objects
        time         98.0 ms in collections: 0.8 % of the run
        garbage      200 objects that no root reaches: a collection now frees 19.1 MiB
        cycle        Node.other ↔ Node.other: 100 cycles of 2, 200 objects, 19.1 MiB, linked at c2.py:10
        note         objects made before the start have no line
        ");
    }

    #[test]
    fn a_document_has_names_as_code() {
        let options = Options { format: Format::Markdown, verbose: true, ..Options::default() };
        assert_snapshot!(shown(&samples::leaks(), Some(-1), &options), @"
        ## process 4242, mark `done`: 161,257 objects alive, 117.7 MiB; allocations recorded for 12.3 s

        - **LEAK** 19.1 MiB in 200 × `Handler`, made at `app.py:6` (`register`), +1 per call of `register()` (200 of 200 never freed). Held by `app.registry` (`list`, len 200), appended at `app.py:7`. Fix: remove on close, or hold weakly.
          - `app`: `module`, retains 19.2 MiB
            - `.registry`: `list`, retains 19.1 MiB
              - `[0]`: `Handler`, retains 97.8 KiB

        - **GROWING** 19.2 MiB in 2,000 × `bytes`, made at `c4.py:9` (`Service.compute`), +1 per call of `Service.get()` (2,000 of 2,000 never freed). Held by `Service._cache` (`dict`, len 2,000; no entry was ever removed), stored at `c4.py:6`. Fix: functools.lru_cache(maxsize=...), or remove old entries.
          - `app`: `module`, retains 19.3 MiB
            - `.Service`: `type`, retains 19.2 MiB
              - `._cache`: `dict`, retains 19.2 MiB
                - `['k7']`: `bytes`, retains 9.8 KiB

        - **CYCLE** 19.1 MiB in 200 × `Node` (100 cycles of 2: `Node.other` ↔ `Node.other`), made at `c2.py:9` (`make`), linked at `c2.py:10`; no root reaches them; gc is disabled since `c2.py:3` (a collection now frees 19.1 MiB). Fix: a weak reference for .other, or gc.enable().

        - **CLOSURE** 20.0 MiB: 20 functions `make_cb.<locals>.cb` (`c5.py:6`) keep variable '`data`' (`bytearray`, 1.0 MiB each, made at `c5.py:4`) in their closures. Held by `app.callbacks` (`list`, len 20), appended at `c5.py:11`. Fix: keep only what the function uses of it.
          - `app`: `module`, retains 20.0 MiB
            - `.callbacks`: `list`, retains 20.0 MiB
              - `[0]`: `function`, retains 1.0 MiB
                - `{cell 'data'}`: `bytearray`, retains 1.0 MiB

        - **HELD** 19.9 MiB in 20,000 × `bytes`, made at `c3.py:5` (`load`). Held by `app.BIG` (`list`, len 20,000), bound at `c3.py:5`; not growing. Not a leak if it is still needed.
          - `app`: `module`, retains 20.0 MiB
            - `.BIG`: `list`, retains 19.9 MiB
              - `[0]`: `bytes`, retains 1.0 KiB

        - **collector**: off since c2.py:3, thresholds 2000, 10, 0
        - **tracked**: 1,204 young, 310 middle, 39,412 old objects; 120,331 not tracked
        - **collections**: 41 young freed 310 objects, 3 middle freed 24 objects, 1 old freed 6 objects
        - **time**: 98.0 ms in collections: 0.8 % of the run
        - **garbage**: 200 objects that no root reaches: a collection now frees 19.1 MiB
        - **cycle**: `Node.other` ↔ `Node.other`: 100 cycles of 2, 200 objects, 19.1 MiB, linked at `c2.py:10`
        - **note**: objects made before the start have no line
        ");
    }

    #[test]
    fn json_is_the_saved_profile_or_the_chosen_look_of_it() {
        let profile = samples::leaks();
        let options = Options { format: Format::Json, ..Options::default() };
        assert_eq!(shown(&profile, None, &options), profile.dumps());
        let one = Profile::loads(&shown(&profile, Some(1), &options)).unwrap();
        assert_eq!((one.run, one.leaks), (profile.run, profile.leaks[1..].to_vec()));
    }

    #[test]
    fn a_profile_without_looks_says_what_to_do() {
        assert_eq!(
            shown(&samples::app(), None, &Options::default()),
            "rsprofile: nothing was recorded of what keeps memory alive: run it with rsprofile \
             leaks\n"
        );
    }

    #[test]
    fn looks_of_two_processes_are_not_compared() {
        let mut profile = samples::leaks();
        profile.leaks[1].pid = 7;
        let report = shown(&profile, None, &Options::default());
        assert!(!report.contains("since mark") && report.matches("alive").count() == 2, "{report}");
        assert!(report.contains("no suspect: nothing of size grows"), "{report}");
    }

    #[test]
    fn an_output_of_ascii_gets_ascii_only() {
        let options = Options { ascii: true, verbose: true, ..Options::default() };
        let report = shown(&samples::leaks(), None, &options);
        assert!(report.is_ascii() && report.contains("200 x Handler"), "{report}");
    }

    #[test]
    fn no_line_of_a_paragraph_is_wider_than_the_screen() {
        let options = Options { width: 60, ..Options::default() };
        let report = shown(&samples::leaks(), Some(1), &options);
        let longest = report.lines().map(|line| line.chars().count()).max();
        assert!(longest.is_some_and(|longest| (50..=60).contains(&longest)), "{report}");
    }
}
