//! What a reader may choose about a report.

use super::{Column, Meters, Style};
use crate::error::Error;
use crate::units::Unit;

/// The format of the whole report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Text for a terminal, in one of the styles.
    #[default]
    Text,
    /// A Markdown document.
    Markdown,
    /// The saved profile itself.
    Json,
    /// A page for a browser, which needs nothing beside it.
    Html,
}

impl Format {
    /// The format a user or a file extension names.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name.trim().to_ascii_lowercase().as_str() {
            "text" | "txt" => Ok(Self::Text),
            "markdown" | "md" => Ok(Self::Markdown),
            "json" => Ok(Self::Json),
            "html" | "htm" => Ok(Self::Html),
            _ => Err(Self::unknown(name, "text, markdown, json, html")),
        }
    }

    /// The same for a report that has no page.
    pub fn parse_table(name: &str) -> Result<Self, Error> {
        match Self::parse(name) {
            Ok(format) if format != Self::Html => Ok(format),
            _ => Err(Self::unknown(name, "text, markdown, json")),
        }
    }

    fn unknown(name: &str, choices: &str) -> Error {
        Error::Choice { what: "format", given: name.to_owned(), choices: choices.to_owned() }
    }
}

/// How a report looks. The default is `memory_profiler`'s report to the character.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice by itself")]
pub struct Options {
    /// The format of the whole report.
    pub format: Format,
    /// What the figures are of.
    pub meters: Meters,
    /// The columns of figures, in order.
    pub columns: Vec<Column>,
    /// How a table is drawn.
    pub style: Style,
    /// The unit of levels of memory and what they grew.
    pub unit: Unit,
    /// The unit of bytes that were allocated, which are exact.
    pub heap_unit: Unit,
    /// Digits behind the point, 0 to 9.
    pub precision: usize,
    /// Sorts the measured lines of each function by this column, the largest first, and leaves out
    /// the others; `None` keeps the order of the lines.
    pub sort: Option<Column>,
    /// Leaves out the lines whose growth shows as zero, and those that never ran.
    pub skip_zero: bool,
    /// Keeps in each function the lines with the largest figures in the sort column, or the largest
    /// increments: those above zero only, as many as this. They stay in the order of the lines
    /// unless sorted.
    pub top: Option<usize>,
    /// Colours the figures by their share of the function's growth.
    pub colour: bool,
    /// Adds what the numbers rest on: hook, meter, gate, cost, what was lost.
    pub verbose: bool,
    /// Columns of the screen: paragraphs are broken into lines of this width. Tables are as wide as
    /// they are.
    pub width: usize,
    /// Draws no signs of our own that are not in ASCII.
    pub ascii: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::default(),
            meters: Meters::default(),
            columns: Column::DEFAULT.to_vec(),
            style: Style::default(),
            unit: Unit::default(),
            heap_unit: Unit::Auto,
            precision: 1,
            sort: None,
            skip_zero: false,
            top: None,
            colour: false,
            verbose: false,
            width: 100,
            ascii: false,
        }
    }
}

/// Checks a precision as a user typed it.
pub fn precision(given: i64) -> Result<usize, Error> {
    ranged("precision", given, 0..=9, "0 to 9")
}

/// Checks a number of lines as a user typed it.
pub fn top(given: i64) -> Result<usize, Error> {
    ranged("top", given, 1..=i64::MAX, "1 or more")
}

fn ranged(
    what: &'static str,
    given: i64,
    allowed: std::ops::RangeInclusive<i64>,
    range: &'static str,
) -> Result<usize, Error> {
    let checked = usize::try_from(given).ok().filter(|_| allowed.contains(&given));
    checked.ok_or(Error::Range { what, given, range })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_their_range_are_refused() {
        assert_eq!(precision(9).unwrap(), 9);
        assert_eq!(precision(10).unwrap_err().to_string(), "precision 10 is out of range: 0 to 9");
        assert_eq!(top(0).unwrap_err().to_string(), "top 0 is out of range: 1 or more");
        assert!(precision(-1).is_err());
    }

    #[test]
    fn formats_are_named_in_words_or_by_extension() {
        assert_eq!(Format::parse("md").unwrap(), Format::Markdown);
        assert_eq!(Format::parse("HTML").unwrap(), Format::Html);
        assert_eq!(
            Format::parse("xml").unwrap_err().to_string(),
            "unknown format 'xml': one of text, markdown, json, html"
        );
        assert_eq!(
            Format::parse_table("html").unwrap_err().to_string(),
            "unknown format 'html': one of text, markdown, json"
        );
    }
}
