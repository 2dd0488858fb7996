//! A sheet: a table of figures, with what they are of at the end of each row.

use tabled::Table;
use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Modify};

use super::{Format, Options, Style, colour, markdown, visible};

/// A table that is being filled.
pub struct Sheet {
    builder: Builder,
}

impl Sheet {
    /// A table without rows.
    pub fn new(titles: impl IntoIterator<Item = &'static str>, options: &Options) -> Self {
        let mut builder = Builder::default();
        builder.push_record(
            titles
                .into_iter()
                .map(|title| if options.colour { colour::header(title) } else { title.to_owned() }),
        );
        Self { builder }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.builder.push_record(row);
    }

    /// Appends it to a report.
    pub fn draw(self, report: &mut String, options: &Options) {
        let mut table = self.builder.build();
        let figures = table.count_columns() - 1;
        if is_markdown(options) {
            markdown::draw(&mut table, figures);
        } else {
            // memory_profiler has no such table to be like.
            let style = if options.style == Style::Plain { Style::Psql } else { options.style };
            style.draw(&mut table);
            table.with(Modify::new(Columns::new(..figures)).with(Alignment::right()));
        }
        append(report, &table);
    }
}

/// Appends a table to a report. Styles without a right border pad the last column.
pub fn append(report: &mut String, table: &Table) {
    for line in table.to_string().lines() {
        report.push_str(line.trim_end());
        report.push('\n');
    }
}

/// Source text or a name: a code span where the report is a document.
pub fn text(text: &str, options: &Options) -> String {
    if is_markdown(options) { markdown::code(text) } else { visible::visible(text).into_owned() }
}

/// What stands before a heading.
pub fn heading(options: &Options) -> &'static str {
    if is_markdown(options) { "## " } else { "" }
}

/// Whether the report is a document.
pub fn is_markdown(options: &Options) -> bool {
    options.format == Format::Markdown || options.style == Style::Markdown
}
