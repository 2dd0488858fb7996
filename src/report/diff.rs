//! What changed from one profile to another, the largest change first: a table of the functions and
//! one for the lines of each.

use std::cmp::Reverse;
use std::fmt::Write;

use serde_json::{Value, json};

use super::lines::Figures;
use super::sheet::{Sheet, heading, text};
use super::visible::visible;
use super::{Column, Format, Options, colour, place};
use crate::error::Error;
use crate::profile::{Function, Measured, Pair, PairedRow, Profile};
use crate::units::plural;

/// The comparison of two profiles by one column, ending in a line break. It is never empty.
///
/// # Errors
/// [`Error::Meters`] when the two were taken with different meters, [`Error::Unmeasured`] for peaks
/// that were not read.
pub fn diff(
    before: &Profile,
    after: &Profile,
    by: Column,
    options: &Options,
) -> Result<String, Error> {
    if by == Column::Peak && !(before.run.peak && after.run.peak) {
        return Err(Error::Unmeasured { what: "peak", option: "--peak" });
    }
    let pairs = before.pair(after)?;
    let compared = pairs.len() as u64;
    let mut functions: Vec<Compared> = pairs.iter().map(|pair| Compared::of(pair, by)).collect();
    functions.retain_mut(|function| function.differs(by, options));
    functions.sort_by_key(|function| Reverse(function.change.size()));
    functions.truncate(options.top.unwrap_or(usize::MAX));
    if options.format == Format::Json {
        return Ok(format!("{}\n", Value::Array(functions.iter().map(Compared::json).collect())));
    }
    let title = by.title(options);
    if functions.is_empty() {
        let count = plural(compared, "function");
        return Ok(format!("rsprofile: nothing changed: {title} of {count} is the same\n"));
    }
    let mut report = String::new();
    let mut names = Sheet::new(["Before", "After", "Change", "Function"], options);
    for function in &functions {
        names.push(row(None, function.change, &function.place(), by, options));
    }
    let _ = write!(report, "{title} of {}\n\n", plural(functions.len() as u64, "function"));
    names.draw(&mut report, options);
    report.push('\n');
    for function in functions.iter().filter(|function| !function.lines.is_empty()) {
        let titles = ["Line #", "Before", "After", "Change", "Line Contents"];
        let mut sheet = Sheet::new(titles, options);
        for line in &function.lines {
            sheet.push(row(Some(line.numbers()), line.change, &line.text(), by, options));
        }
        let (heading, place) = (heading(options), text(&function.place(), options));
        let _ = write!(report, "{heading}{place}\n\n");
        sheet.draw(&mut report, options);
        report.push('\n');
    }
    Ok(report)
}

/// A figure before and after: bytes, or a count. `None` where there was nothing to measure.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    before: Option<i64>,
    after: Option<i64>,
}

impl Change {
    fn by(self) -> i64 {
        self.after.unwrap_or(0).saturating_sub(self.before.unwrap_or(0))
    }

    fn size(self) -> u64 {
        self.by().unsigned_abs()
    }

    /// Whether the change shows, with the digits there are.
    fn shows(self, by: Column, options: &Options) -> bool {
        match by.unit(options) {
            None => self.by() != 0,
            Some(unit) => !unit.shows_zero(self.by(), options.precision),
        }
    }
}

/// A function in both profiles, with the lines that changed.
struct Compared<'a> {
    function: Option<&'a Function>,
    change: Change,
    lines: Vec<ComparedLine<'a>>,
}

struct ComparedLine<'a> {
    row: PairedRow<'a>,
    change: Change,
}

impl<'a> Compared<'a> {
    fn of(pair: &Pair<'a>, by: Column) -> Self {
        let side = |function: Option<&Function>| function.map(|function| total(function, by));
        let lines = pair.rows().into_iter().map(|row| {
            let (before, after) = row.measured();
            let figure = |measured: Option<Measured>| measured.and_then(|line| figure(line, by));
            ComparedLine { row, change: Change { before: figure(before), after: figure(after) } }
        });
        Self {
            function: pair.function(),
            change: Change { before: side(pair.before), after: side(pair.after) },
            lines: lines.collect(),
        }
    }

    /// Keeps the lines that changed, the largest change first; false if nothing did.
    fn differs(&mut self, by: Column, options: &Options) -> bool {
        self.lines.retain(|line| line.change.shows(by, options));
        self.lines.sort_by_key(|line| Reverse(line.change.size()));
        self.lines.truncate(options.top.unwrap_or(usize::MAX));
        !self.lines.is_empty() || self.change.shows(by, options)
    }

    fn place(&self) -> String {
        self.function.map(place).unwrap_or_default()
    }

    fn json(&self) -> Value {
        let lines: Vec<_> = self.lines.iter().map(ComparedLine::json).collect();
        json!({
            "file": self.function.map(|function| &function.file),
            "name": self.function.map(|function| &function.name),
            "before": self.change.before,
            "after": self.change.after,
            "change": self.change.by(),
            "lines": lines,
        })
    }
}

impl ComparedLine<'_> {
    /// `5`, or `5 > 15` where the line moved.
    fn numbers(&self) -> String {
        match (self.row.before, self.row.after) {
            (Some(before), Some(after)) if before.line != after.line => {
                format!("{} > {}", before.line, after.line)
            }
            (row, None) | (_, row) => row.map_or_else(String::new, |row| row.line.to_string()),
        }
    }

    /// The text as it is now, or was last: `+` marks new lines, `-` those that are gone, `~` those
    /// that read differently.
    fn text(&self) -> String {
        let (before, after) = (self.row.before, self.row.after);
        let mark = match (before, after) {
            (None, _) => '+',
            (_, None) => '-',
            (Some(before), Some(after)) if before.text != after.text => '~',
            _ => ' ',
        };
        let text = after.or(before).and_then(|row| row.text.as_deref()).unwrap_or_default();
        format!("{mark} {}", visible(text))
    }

    fn json(&self) -> Value {
        let row = self.row;
        json!({
            "line_before": row.before.map(|row| row.line),
            "line_after": row.after.map(|row| row.line),
            "text": row.after.or(row.before).and_then(|row| row.text.as_deref()),
            "before": self.change.before,
            "after": self.change.after,
            "change": self.change.by(),
        })
    }
}

/// What a line shows in a column; nothing for what was not read.
fn figure(line: Measured, by: Column) -> Option<i64> {
    // What was not read ranks below all numbers there are.
    i64::try_from(by.rank(&Figures::from(line))).ok()
}

/// The column for a function as a whole: growth adds up, levels stay the highest, calls are counted.
pub(super) fn total(function: &Function, by: Column) -> i64 {
    let measured = function.rows.iter().filter_map(|row| row.measured);
    let figures = measured.filter_map(|line| figure(line, by));
    match by {
        Column::Usage | Column::Peak => figures.max().unwrap_or(function.entry_max),
        Column::HeapPeak => figures.max().unwrap_or(0),
        Column::Increment
        | Column::Own
        | Column::Live
        | Column::Allocated
        | Column::Freed
        | Column::Count => figures.fold(0, i64::saturating_add),
        Column::Occurrences => i64::try_from(function.calls).unwrap_or(i64::MAX),
    }
}

/// A row of a table of changes: no number where there are no lines.
fn row(
    number: Option<String>,
    change: Change,
    name: &str,
    by: Column,
    options: &Options,
) -> Vec<String> {
    let show = |figure: i64| by.text(figure, options);
    let cell = |figure: Option<i64>| figure.map_or_else(|| "-".to_owned(), show);
    let by = change.by();
    let sign = if by > 0 { "+" } else { "" };
    let mut changed = format!("{sign}{}", show(by));
    if options.colour {
        changed = colour::change(&changed, by);
    }
    let figures = [cell(change.before), cell(change.after), changed, text(name, options)];
    number.into_iter().chain(figures).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples::{self, MIB};

    fn later() -> Profile {
        let mut after = samples::app();
        let load = &mut after.functions[0];
        load.rows.remove(3);
        for row in &mut load.rows {
            row.line += 10;
        }
        load.first_line += 10;
        load.rows[2].text = Some("    data = [bytes(1 << 20) for _ in range(96)]".to_owned());
        load.rows[2].measured.as_mut().unwrap().increment = 96 * MIB;
        load.rows[3].measured.as_mut().unwrap().increment = -3 * MIB;
        let mut new = load.clone();
        new.name = "new".to_owned();
        new.rows.retain(|row| row.measured.is_some_and(|line| line.increment > 0));
        after.functions.push(new);
        after
    }

    fn shown(options: &Options) -> String {
        diff(&samples::app(), &later(), Column::Increment, options).unwrap()
    }

    #[test]
    fn functions_and_lines_stand_in_the_order_of_their_change() {
        assert_snapshot!(shown(&Options::default()), @"
        Increment of 2 functions

           Before |    After |    Change | Function
        ----------+----------+-----------+----------------
                - | 96.0 MiB | +96.0 MiB | app.py:13 new
         63.0 MiB | 92.0 MiB | +29.0 MiB | app.py:13 load

        app.py:13 new

         Line # | Before |    After |    Change | Line Contents
        --------+--------+----------+-----------+--------------------------------------------------
             15 |      - | 96.0 MiB | +96.0 MiB | +     data = [bytes(1 << 20) for _ in range(96)]

        app.py:13 load

         Line # |   Before |    After |    Change | Line Contents
        --------+----------+----------+-----------+--------------------------------------------------
         5 > 15 | 64.0 MiB | 96.0 MiB | +32.0 MiB | ~     data = [bytes(1 << 20) for _ in range(96)]
         7 > 17 |  0.0 MiB | -3.0 MiB |  -3.0 MiB |       for item in data:
        ");
    }

    #[test]
    fn a_document_has_headings_and_code() {
        assert_snapshot!(shown(&Options { format: Format::Markdown, ..Options::default() }), @"
        Increment of 2 functions

        |   Before |    After |    Change | Function         |
        |---------:|---------:|----------:|------------------|
        |        - | 96.0 MiB | +96.0 MiB | `app.py:13 new`  |
        | 63.0 MiB | 92.0 MiB | +29.0 MiB | `app.py:13 load` |

        ## `app.py:13 new`

        | Line # | Before |    After |    Change | Line Contents                                      |
        |-------:|-------:|---------:|----------:|----------------------------------------------------|
        |     15 |      - | 96.0 MiB | +96.0 MiB | `+     data = [bytes(1 << 20) for _ in range(96)]` |

        ## `app.py:13 load`

        | Line # |   Before |    After |    Change | Line Contents                                      |
        |-------:|---------:|---------:|----------:|----------------------------------------------------|
        | 5 > 15 | 64.0 MiB | 96.0 MiB | +32.0 MiB | `~     data = [bytes(1 << 20) for _ in range(96)]` |
        | 7 > 17 |  0.0 MiB | -3.0 MiB |  -3.0 MiB | `      for item in data:`                          |
        ");
    }

    #[test]
    fn json_has_bytes() {
        let text = shown(&Options { format: Format::Json, top: Some(1), ..Options::default() });
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[0]["change"], json!(96 * MIB));
        assert_eq!(value[0]["before"], Value::Null);
        assert_eq!(value[0]["lines"][0]["line_after"], json!(15));
        assert_eq!(value.as_array().unwrap().len(), 1);
    }

    #[test]
    fn counts_have_no_unit() {
        let mut after = samples::app();
        after.functions[0].rows[4].measured.as_mut().unwrap().occurrences = 5;
        let text = diff(&samples::app(), &after, Column::Occurrences, &Options::default()).unwrap();
        assert!(text.contains("|     65 |     5 |    -60 |"), "{text}");
    }

    #[test]
    fn equal_profiles_say_so_in_one_line() {
        let options = Options::default();
        let text = diff(&samples::app(), &samples::app(), Column::Peak, &options).unwrap();
        assert_eq!(text, "rsprofile: nothing changed: Peak of 1 function is the same\n");
    }

    #[test]
    fn peaks_that_were_not_read_are_not_compared() {
        let mut after = samples::app();
        after.run.peak = false;
        let error = diff(&samples::app(), &after, Column::Peak, &Options::default()).unwrap_err();
        let message = "a profile has no peak: profile both runs with --peak";
        assert_eq!(error.to_string(), message);
    }
}
