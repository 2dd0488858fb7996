//! What is alive more or less from one look to another.

use std::fmt::Write;

use serde_json::{Value, json};

use super::paragraph::{line, show};
use super::{header, name, quoted};
use crate::profile::{Change, GroupChange, Leaks, LeaksDiff, Place};
use crate::report::sheet::{Sheet, heading, is_markdown, text};
use crate::report::{Format, Options, colour};
use crate::units::{count, plural, seconds};

/// Rows where nobody has said how many.
const ROWS: usize = 20;

/// What changed from one look to another, ending in a line break: of one process, of two, or of two
/// days.
pub fn leaks_diff(before: &Leaks, after: &Leaks, options: &Options) -> String {
    let diff = before.diff(after);
    let top = options.top.unwrap_or(ROWS);
    if options.format == Format::Json {
        return format!("{}\n", json(&diff, top));
    }
    let mut report = String::new();
    header(&mut report, before, options);
    header(&mut report, after, options);
    table(&mut report, before, after, &diff, top, options);
    report
}

/// Appends what changed since the look before.
pub fn since(report: &mut String, before: &Leaks, after: &Leaks, top: usize, options: &Options) {
    table(report, before, after, &before.diff(after), top, options);
}

fn table(
    report: &mut String,
    before: &Leaks,
    after: &Leaks,
    diff: &LeaksDiff<'_>,
    top: usize,
    options: &Options,
) {
    let since = match earlier(before, after, diff, |mark| quoted(mark, options)) {
        Some(earlier) => format!("since {earlier}"),
        None => format!("compared with {}", name(before, options)),
    };
    let heading = heading(options);
    let _ = write!(
        report,
        "{heading}{since}: {}, {}\n\n",
        objects(diff.objects),
        signed(diff.bytes, options),
    );
    if diff.changes.is_empty() {
        report.push_str("nothing changed: the same objects of the same lines\n\n");
        return;
    }
    let shown = &diff.changes[..top.min(diff.changes.len())];
    let blocks = shown.iter().any(|one| one.blocks.is_some());
    let mut titles = vec!["Change", "Objects", "Own", "Before", "After"];
    if blocks {
        titles.extend(["Blocks made", "Freed"]);
    }
    titles.push("Type and line");
    let mut sheet = Sheet::new(titles, options);
    for one in shown {
        sheet.push(cells(one, blocks, options));
    }
    sheet.draw(report, options);
    let rest = diff.changes.len() - shown.len();
    if rest > 0 {
        let indent = if is_markdown(options) { "\n" } else { " " };
        let _ = writeln!(report, "{indent}and {}", plural(rest as u64, "more change"));
    }
    report.push('\n');
}

/// An earlier look at the same process: `mark 'warm', 8.3 s before`; `None` for another process.
fn earlier(
    before: &Leaks,
    after: &Leaks,
    diff: &LeaksDiff<'_>,
    quoted: impl Fn(&str) -> String,
) -> Option<String> {
    let apart = after.taken - before.taken;
    if !diff.is_one_watch || apart < 0.0 {
        return None;
    }
    let mark =
        before.mark.as_deref().map_or_else(String::new, |mark| format!("mark {}, ", quoted(mark)));
    Some(format!("{mark}{} before", seconds(apart)))
}

/// What changed since the look before, as data for a page.
pub fn growth_since(before: &Leaks, after: &Leaks, top: usize) -> Value {
    let diff = before.diff(after);
    let name = earlier(before, after, &diff, |mark| format!("'{mark}'"));
    let mut value = json(&diff, top);
    value["name"] = json!(name.unwrap_or_else(|| "the look before".to_owned()));
    value
}

fn cells(one: &GroupChange<'_>, blocks: bool, options: &Options) -> Vec<String> {
    let mut own = signed(one.own(), options);
    if options.colour && one.own() != 0 {
        own = colour::change(&own, one.own());
    }
    let mut cells = vec![
        word(one.change()).to_owned(),
        format!("{}{}", sign(one.count()), count(one.count().unsigned_abs())),
        own,
        show(one.before.own, options),
        show(one.after.own, options),
    ];
    if blocks {
        let of = |number: Option<u64>| number.map_or_else(String::new, count);
        cells.extend([of(one.blocks.map(|all| all.made)), of(one.blocks.map(|all| all.freed))]);
    }
    let made = one.made.map_or_else(String::new, |place| format!(" {}", full(place)));
    cells.push(text(&format!("{}{made}", one.kind), options));
    cells
}

fn json(diff: &LeaksDiff<'_>, top: usize) -> Value {
    let change = |one: &GroupChange<'_>| {
        json!({
            "change": word(one.change()),
            "kind": one.kind,
            "made": one.made,
            "before": {"count": one.before.count, "own": one.before.own},
            "after": {"count": one.after.count, "own": one.after.own},
            "blocks_made": one.blocks.map(|blocks| blocks.made),
            "blocks_freed": one.blocks.map(|blocks| blocks.freed),
        })
    };
    let changes: Vec<_> = diff.changes.iter().take(top).map(change).collect();
    json!({"objects": diff.objects, "bytes": diff.bytes, "changes": changes})
}

/// The word of a change.
pub fn word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Deleted => "deleted",
        Change::Grown => "grown",
        Change::Shrunk => "shrunk",
    }
}

fn full(place: &Place) -> String {
    format!("{} {}", line(place), place.function)
}

fn objects(more: i64) -> String {
    format!("{}{}", sign(more), plural(more.unsigned_abs(), "object"))
}

fn signed(bytes: i64, options: &Options) -> String {
    format!("{}{}", sign(bytes), show(bytes.unsigned_abs(), options))
}

fn sign(number: i64) -> &'static str {
    match number {
        ..0 => "-",
        0 => "",
        1.. => "+",
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;

    #[test]
    fn two_looks_at_one_process_have_the_blocks_in_between() {
        let looks = samples::leaks().leaks;
        assert_snapshot!(leaks_diff(&looks[0], &looks[1], &Options::default()), @"
        process 4242, mark 'warm': 139,000 objects alive, 41.4 MiB; allocations recorded for 4.0 s

        process 4242, mark 'done': 161,257 objects alive, 117.7 MiB; allocations recorded for 12.3 s

        since mark 'warm', 8.3 s before: +22,257 objects, +76.3 MiB

          Change | Objects |       Own |    Before |    After | Blocks made | Freed | Type and line
        ---------+---------+-----------+-----------+----------+-------------+-------+----------------------------------------------------------------
             new |     +20 | +20.0 MiB |       0 B | 20.0 MiB |          20 |     0 | bytearray c5.py:4 make_cb
           grown |  +1,900 | +18.2 MiB | 979.8 KiB | 19.1 MiB |       3,800 |     0 | bytes c4.py:9 Service.compute
          shrunk |    -100 | -64.5 KiB |   1.2 MiB |  1.1 MiB |             |       | dict
             new |    +200 | +12.5 KiB |       0 B | 12.5 KiB |         600 |     0 | app.Node c2.py:9 make
           grown |    +180 |  +9.8 KiB |   1.1 KiB | 10.9 KiB |         540 |     0 | app.Handler app.py:6 register
             new |     +20 |  +2.8 KiB |       0 B |  2.8 KiB |          40 |     0 | function c5.py:6 make_cb
             new |      +3 |  +2.0 KiB |       0 B |  2.0 KiB |           9 |     6 | collections.deque /usr/lib/python3.13/queue.py:214 Queue._init
         deleted |      -4 |  -1.6 KiB |   1.6 KiB |      0 B |             |       | re.Match c1.py:5 scan
        ");
    }

    #[test]
    fn looks_of_two_days_have_no_time_in_between() {
        let mut looks = samples::leaks().leaks;
        looks[1].pid = 7;
        let options = Options { format: Format::Markdown, top: Some(2), ..Options::default() };
        assert_snapshot!(leaks_diff(&looks[0], &looks[1], &options), @"
        ## process 4242, mark `warm`: 139,000 objects alive, 41.4 MiB; allocations recorded for 4.0 s

        ## process 7, mark `done`: 161,257 objects alive, 117.7 MiB; allocations recorded for 12.3 s

        ## compared with process 4242, mark `warm`: +22,257 objects, +76.3 MiB

        | Change | Objects |       Own |    Before |    After | Type and line                   |
        |-------:|--------:|----------:|----------:|---------:|---------------------------------|
        |    new |     +20 | +20.0 MiB |       0 B | 20.0 MiB | `bytearray c5.py:4 make_cb`     |
        |  grown |  +1,900 | +18.2 MiB | 979.8 KiB | 19.1 MiB | `bytes c4.py:9 Service.compute` |

        and 6 more changes
        ");
    }

    #[test]
    fn the_same_look_has_no_change() {
        let looks = samples::leaks().leaks;
        let report = leaks_diff(&looks[1], &looks[1], &Options::default());
        assert!(
            report.ends_with("nothing changed: the same objects of the same lines\n\n"),
            "{report}"
        );
    }

    #[test]
    fn json_has_figures_in_bytes() {
        let looks = samples::leaks().leaks;
        let options = Options { format: Format::Json, top: Some(1), ..Options::default() };
        assert_snapshot!(leaks_diff(&looks[0], &looks[1], &options), @r#"{"bytes":80000000,"changes":[{"after":{"count":20,"own":20972660},"before":{"count":0,"own":0},"blocks_freed":0,"blocks_made":20,"change":"new","kind":"bytearray","made":{"file":"c5.py","first_line":3,"function":"make_cb","line":4}}],"objects":22257}"#);
    }
}
