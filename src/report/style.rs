//! The ways a table can be drawn, by the names `tabled` gives them.

use tabled::Table;
use tabled::settings::Style as Lines;
use tabled::settings::style::HorizontalLine;

use crate::error::Error;

/// How a report is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// `memory_profiler`'s layout.
    #[default]
    Plain,
    /// `+---+` and `|`.
    Ascii,
    /// ASCII with round corners.
    AsciiRounded,
    /// Box drawing characters.
    Modern,
    /// Box drawing characters with round corners.
    ModernRounded,
    /// Box drawing characters with round corners; the same as `ModernRounded` without inner rules.
    Rounded,
    /// Box drawing characters with sharp corners.
    Sharp,
    /// Double lines.
    Extended,
    /// Dots and colons.
    Dots,
    /// As the `PostgreSQL` client does it.
    Psql,
    /// A table for Markdown documents.
    Markdown,
    /// A table for reStructuredText documents.
    ReStructuredText,
    /// Blanks between the columns, no lines.
    Blank,
}

impl Style {
    /// The name of each style.
    pub const NAMES: [(&'static str, Style); 13] = [
        ("plain", Style::Plain),
        ("ascii", Style::Ascii),
        ("ascii_rounded", Style::AsciiRounded),
        ("modern", Style::Modern),
        ("modern_rounded", Style::ModernRounded),
        ("rounded", Style::Rounded),
        ("sharp", Style::Sharp),
        ("extended", Style::Extended),
        ("dots", Style::Dots),
        ("psql", Style::Psql),
        ("markdown", Style::Markdown),
        ("re_structured_text", Style::ReStructuredText),
        ("blank", Style::Blank),
    ];

    /// The style a user named, in any case, with `-`, `_` or a blank between words.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let typed = name.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        let typed = if typed == "rst" { "re_structured_text" } else { &typed };
        let found = Self::NAMES.iter().find(|(known, _)| *known == typed);
        found.map(|(_, style)| *style).ok_or_else(|| Error::Choice {
            what: "style",
            given: name.to_owned(),
            choices: Self::NAMES.map(|(known, _)| known).join(", "),
        })
    }

    /// Draws the lines of a table. A rule stands below the header only: one below each line of source
    /// would make a listing hard to read.
    pub(super) fn draw(self, table: &mut Table) {
        macro_rules! header_rule {
            ($lines:expr) => {{
                let rule = HorizontalLine::inherit($lines);
                table.with($lines.remove_horizontal().horizontals([(1, rule)]))
            }};
        }
        match self {
            Self::Plain | Self::Blank => table.with(Lines::blank()),
            Self::Ascii => header_rule!(Lines::ascii()),
            Self::AsciiRounded => table.with(
                Lines::ascii_rounded().horizontals([(1, HorizontalLine::full('-', '+', '|', '|'))]),
            ),
            Self::Modern => header_rule!(Lines::modern()),
            Self::ModernRounded => header_rule!(Lines::modern_rounded()),
            Self::Rounded => table.with(Lines::rounded()),
            Self::Sharp => table.with(Lines::sharp()),
            Self::Extended => header_rule!(Lines::extended()),
            Self::Dots => header_rule!(Lines::dots()),
            Self::Psql => table.with(Lines::psql()),
            Self::Markdown => table.with(Lines::markdown()),
            Self::ReStructuredText => table.with(Lines::re_structured_text()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_named_as_users_write_them() {
        assert_eq!(Style::parse("Rounded").unwrap(), Style::Rounded);
        assert_eq!(Style::parse("re-structured text").unwrap(), Style::ReStructuredText);
        assert_eq!(Style::parse("rst").unwrap(), Style::ReStructuredText);
        let message = Style::parse("fancy").unwrap_err().to_string();
        assert!(message.starts_with("unknown style 'fancy': one of plain, ascii, "), "{message}");
    }
}
