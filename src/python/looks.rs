//! How a report is to look, from the keywords of Python.

use crate::error::Error;
use crate::report::{self, Format, Options, Style};
use crate::units::Unit;

/// How a report is to look that has no page, by the names users give.
pub fn tables(
    format: &str,
    style: &str,
    unit: Option<&str>,
    precision: i64,
    top: Option<i64>,
    colour: bool,
) -> Result<Options, Error> {
    look(Format::parse_table(format)?, style, unit, precision, top, colour)
}

/// How a report is to look, by the names users give.
pub fn look(
    format: Format,
    style: &str,
    unit: Option<&str>,
    precision: i64,
    top: Option<i64>,
    colour: bool,
) -> Result<Options, Error> {
    let unit = unit.map(Unit::parse).transpose()?;
    Ok(Options {
        format,
        style: Style::parse(style)?,
        unit: unit.unwrap_or_default(),
        heap_unit: unit.unwrap_or(Unit::Auto),
        precision: report::precision(precision)?,
        top: top.map(report::top).transpose()?,
        colour,
        ..Options::default()
    })
}
