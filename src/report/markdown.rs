//! A report for Markdown documents: a heading and a table for each function.

use std::fmt::Write;

use tabled::Table;
use tabled::builder::Builder;
use tabled::grid::config::Offset;
use tabled::settings::object::{Columns, Object, Rows};
use tabled::settings::style::LineChar;
use tabled::settings::{Alignment, Modify};

use super::colour::Growth;
use super::lines::{Line, lines};
use super::{Options, Style, calls, table};
use crate::profile::Function;

/// Appends the report of one function. Documents have no colour.
pub fn render(report: &mut String, function: &Function, options: &Options) {
    let lines = lines(function, options);
    let mut builder = Builder::with_capacity(lines.len() + 1, options.columns.len() + 2);
    builder.push_record(table::titles(options));
    let marked = lines.iter().any(Line::is_shared);
    let plain = Options { colour: false, ..options.clone() };
    for line in &lines {
        let mut record = table::figures(line, marked, Growth::default(), &plain);
        record.push(code(line.text));
        builder.push_record(record);
    }
    let mut grid = builder.build();
    draw(&mut grid, options.columns.len() + 1);

    let place = format!("{}:{}", function.file, function.first_line);
    let (name, place) = (code(&function.name), code(&place));
    let _ = write!(report, "## {name} in {place}\n\n{}\n\n", calls(function));
    report.push_str(&grid.to_string());
    report.push_str("\n\n");
}

/// Draws the lines of a table whose first columns are figures.
pub(super) fn draw(table: &mut Table, figures: usize) {
    Style::Markdown.draw(table);
    let figures = Columns::new(..figures);
    table.with(Modify::new(figures).with(Alignment::right()));
    let rule = Rows::one(1).intersect(figures);
    table.with(Modify::new(rule).with(LineChar::horizontal(':', Offset::End(0))));
}

/// A code span that a table cell can hold: bars are escaped, which a table needs even within code.
pub(super) fn code(text: &str) -> String {
    span(text).replace('|', "\\|")
}

/// A code span: the fence is longer than any run of backticks inside.
pub(super) fn span(text: &str) -> String {
    let text = super::visible::visible(text);
    let text = text.trim_end();
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let edge = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{edge}{text}{edge}{fence}")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;

    #[test]
    fn a_function_is_a_heading_and_a_table() {
        let mut function = samples::app().functions.remove(0);
        function.rows.truncate(5);
        function.rows[2].text = Some("    both = a | b  # a `bar`".to_owned());
        let mut report = String::new();
        render(&mut report, &function, &Options { colour: true, ..Options::default() });
        assert_snapshot!(report, @r#"
        ## `load` in `app.py:3`

        1 call

        | Line # | Mem usage | Increment | Occurrences | Line Contents                      |
        |-------:|----------:|----------:|------------:|------------------------------------|
        |      3 |  38.0 MiB |  38.0 MiB |           1 | `@profile`                         |
        |      4 |           |           |             | `def load():`                      |
        |      5 | 102.0 MiB |  64.0 MiB |           1 | ``     both = a \| b  # a `bar` `` |
        |      6 |           |           |             |                                    |
        |      7 | 102.0 MiB |   0.0 MiB |          65 | `    for item in data:`            |
        "#);
    }

    #[test]
    fn code_keeps_its_backticks_and_bars() {
        assert_eq!(code("  x = 1 "), "`  x = 1`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`a``b"), "``` `a``b ```");
        assert_eq!(code(" "), "");
    }
}
