//! A report in one of `tabled`'s styles: a title and a table for each function.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Modify};

use super::colour::{self, Growth};
use super::lines::{Line, lines};
use super::visible::visible;
use super::{Options, Style, footer, place};
use crate::profile::Function;
use crate::units::plural;

/// Appends the report of one function.
pub fn render(report: &mut String, function: &Function, style: Style, options: &Options) {
    let lines = lines(function, options);
    let growth = Growth::of(function);
    let mut builder = Builder::with_capacity(lines.len() + 1, options.columns.len() + 2);
    let titles = titles(options);
    builder.push_record(titles.map(|title| match options.colour {
        true => colour::header(title),
        false => title.to_owned(),
    }));
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
    report.push_str(&plural(function.calls, "call"));
    if function.processes > 1 {
        report.push_str(", ");
        report.push_str(&footer::processes(function));
    }
    report.push('\n');
    report.push_str(&table.to_string());
    report.push_str("\n\n");
}

/// The titles of all columns.
pub fn titles(options: &Options) -> impl Iterator<Item = &'static str> + '_ {
    let figures = options.columns.iter().map(|column| column.title());
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
