//! A report in one of `tabled`'s styles: a title and a table for each function.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Modify};

use super::colour::{self, Growth};
use super::lines::{Line, lines};
use super::sheet::append;
use super::visible::visible;
use super::{Options, Style, calls, place};
use crate::profile::Function;

/// Appends the report of one function.
pub fn render(report: &mut String, function: &Function, style: Style, options: &Options) {
    let lines = lines(function, options);
    let growth = Growth::of(function);
    let mut builder = Builder::with_capacity(lines.len() + 1, options.columns.len() + 2);
    let titles = titles(options);
    builder.push_record(
        titles.map(|title| if options.colour { colour::header(title) } else { title.to_owned() }),
    );
    let marked = lines.iter().any(Line::is_shared);
    for line in &lines {
        let mut record = figures(line, marked, growth, options);
        record.push(visible(line.text).into_owned());
        builder.push_record(record);
    }
    let mut table = builder.build();
    style.draw(&mut table);
    table.with(Modify::new(Columns::new(..=options.columns.len())).with(Alignment::right()));

    report.push_str(&place(function));
    report.push_str(": ");
    report.push_str(&calls(function));
    report.push('\n');
    append(report, &table);
    report.push('\n');
}

/// The titles of all columns.
pub fn titles(options: &Options) -> impl Iterator<Item = &'static str> + '_ {
    let figures = options.columns.iter().map(|column| column.title(options));
    std::iter::once("Line #").chain(figures).chain(std::iter::once("Line Contents"))
}

/// The number and the figures of a line. Where a table has marks, the numbers leave room for them.
pub fn figures(line: &Line<'_>, marked: bool, growth: Growth, options: &Options) -> Vec<String> {
    let mark = match marked {
        true if line.is_shared() => "~",
        true => " ",
        false => "",
    };
    let mut record = Vec::with_capacity(options.columns.len() + 2);
    record.push(format!("{}{mark}", line.number));
    record.extend(options.columns.iter().map(|&column| {
        let Some(figures) = &line.figures else { return String::new() };
        let text = column.show(figures, options);
        if options.colour { growth.paint(text, figures, column) } else { text }
    }));
    record
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;
    use crate::report::Meters;

    fn odd() -> Function {
        let mut function = samples::app().functions.remove(0);
        function.rows.truncate(5);
        function.rows[3].text = Some("\tx = '漢字' \u{c}".to_owned());
        function.rows[4].measured.as_mut().unwrap().shared = true;
        function
    }

    fn shown(function: &Function, style: Style) -> String {
        let mut report = String::new();
        render(&mut report, function, style, &Options::default());
        report
    }

    #[test]
    fn boxes_stay_closed_whatever_the_source_contains() {
        assert_snapshot!(shown(&odd(), Style::Rounded), @"
        app.py:3 load: 1 call
        ╭────────┬───────────┬───────────┬─────────────┬────────────────────────────────────────────────╮
        │ Line # │ Mem usage │ Increment │ Occurrences │ Line Contents                                  │
        ├────────┼───────────┼───────────┼─────────────┼────────────────────────────────────────────────┤
        │     3  │  38.0 MiB │  38.0 MiB │           1 │ @profile                                       │
        │     4  │           │           │             │ def load():                                    │
        │     5  │ 102.0 MiB │  64.0 MiB │           1 │     data = [bytes(1 << 20) for _ in range(64)] │
        │     6  │           │           │             │         x = '漢字' ␌                           │
        │     7~ │ 102.0 MiB │   0.0 MiB │          65 │     for item in data:                          │
        ╰────────┴───────────┴───────────┴─────────────┴────────────────────────────────────────────────╯
        ");
    }

    #[test]
    fn figures_of_the_heap_have_columns_of_their_own() {
        let profile = samples::heap();
        let meters = Meters::of(&profile.run, None);
        let options = Options { meters, columns: meters.columns(), ..Options::default() };
        let mut report = String::new();
        render(&mut report, &profile.functions[0], Style::Psql, &options);
        assert_snapshot!(report, @"
        app.py:3 load: 1 call
         Line # |     Live | Allocated |   Freed |     Peak | Count | Occurrences | Line Contents
        --------+----------+-----------+---------+----------+-------+-------------+------------------------------------------------
              3 |      0 B |       0 B |     0 B |      0 B |     0 |           1 | @profile
              4 |          |           |         |          |       |             | def load():
              5 | 63.0 MiB |  64.0 MiB |     0 B | 64.0 MiB |    65 |           1 |     data = [bytes(1 << 20) for _ in range(64)]
              6 |          |           |         |          |       |             |
              7 |      0 B |       0 B |     0 B |      0 B |     0 |          65 |     for item in data:
              8 |      0 B |     640 B | 1.0 MiB |     64 B |    10 |          64 |         check(item)
              9 |      0 B |       0 B |     0 B |      0 B |     0 |           1 |     return len(data)
        ");
    }

    #[test]
    fn processes_stand_in_the_title() {
        let function = Function { processes: 2, calls: 4, ..odd() };
        assert_snapshot!(shown(&function, Style::Psql), @"
        app.py:3 load: 4 calls in 2 processes
         Line # | Mem usage | Increment | Occurrences | Line Contents
        --------+-----------+-----------+-------------+------------------------------------------------
             3  |  38.0 MiB |  38.0 MiB |           4 | @profile
             4  |           |           |             | def load():
             5  | 102.0 MiB |  64.0 MiB |           1 |     data = [bytes(1 << 20) for _ in range(64)]
             6  |           |           |             |         x = '漢字' ␌
             7~ | 102.0 MiB |   0.0 MiB |          65 |     for item in data:
        ");
    }

    #[test]
    fn every_style_has_a_rule_below_the_header_only() {
        for (name, style) in Style::NAMES {
            let report = shown(&odd(), style);
            let lines = report.lines().count();
            assert!((8..=11).contains(&lines), "{name} has {lines} lines:\n{report}");
        }
        assert_snapshot!(shown(&odd(), Style::Modern), @"
        app.py:3 load: 1 call
        ┌────────┬───────────┬───────────┬─────────────┬────────────────────────────────────────────────┐
        │ Line # │ Mem usage │ Increment │ Occurrences │ Line Contents                                  │
        ├────────┼───────────┼───────────┼─────────────┼────────────────────────────────────────────────┤
        │     3  │  38.0 MiB │  38.0 MiB │           1 │ @profile                                       │
        │     4  │           │           │             │ def load():                                    │
        │     5  │ 102.0 MiB │  64.0 MiB │           1 │     data = [bytes(1 << 20) for _ in range(64)] │
        │     6  │           │           │             │         x = '漢字' ␌                           │
        │     7~ │ 102.0 MiB │   0.0 MiB │          65 │     for item in data:                          │
        └────────┴───────────┴───────────┴─────────────┴────────────────────────────────────────────────┘
        ");
    }
}
