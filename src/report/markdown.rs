//! A report for Markdown documents: a heading and a table for each function.

use std::fmt::Write;

use tabled::builder::Builder;
use tabled::grid::config::Offset;
use tabled::settings::object::{Columns, Object, Rows};
use tabled::settings::style::LineChar;
use tabled::settings::{Alignment, Modify};

use super::colour::Growth;
use super::lines::{Line, lines};
use super::{Options, Style, footer, table};
use crate::profile::Function;
use crate::units::plural;

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
    Style::Markdown.draw(&mut grid);
    let figures = Columns::new(..=options.columns.len());
    grid.with(Modify::new(figures).with(Alignment::right()));
    let rule = Rows::one(1).intersect(figures);
    grid.with(Modify::new(rule).with(LineChar::horizontal(':', Offset::End(0))));

    let place = format!("{}:{}", function.file, function.first_line);
    let _ = write!(
        report,
        "## {} in {}\n\n{}",
        code(&function.name),
        code(&place),
        plural(function.calls, "call")
    );
    if function.processes > 1 {
        report.push_str(", ");
        report.push_str(&footer::processes(function));
    }
    report.push_str("\n\n");
    report.push_str(&grid.to_string());
    report.push_str("\n\n");
}

/// A code span that a table cell can hold: the fence is longer than any run of backticks inside, and
/// bars are escaped, which a table needs even within code.
fn code(text: &str) -> String {
    let text = super::visible::visible(text);
    let text = text.trim_end();
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let edge = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{edge}{}{edge}{fence}", text.replace('|', "\\|"))
}
