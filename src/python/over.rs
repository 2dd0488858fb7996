//! Whether a profile grew beyond a limit.

use pyo3::prelude::*;

use super::document::Profile;
use super::errors::raised;
use super::looks::tables;
use crate::report::{self, Compared, Limit, SiteChoice};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(over, module)?)
}

/// A line for each figure of a later profile that is more than a limit above the earlier one: of the
/// `functions`, the `program` or its `objects`. A text that means nothing is a `ValueError`, another
/// meter a `ProfileError`.
#[pyfunction]
#[pyo3(signature = (before, after, /, of, most, least, *, by=None, unit=None, precision=1))]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
fn over(
    before: &Bound<'_, Profile>,
    after: &Bound<'_, Profile>,
    of: &str,
    most: &str,
    least: &str,
    by: Option<&str>,
    unit: Option<&str>,
    precision: i64,
) -> PyResult<Vec<String>> {
    let (before, after) = (&before.borrow().0, &after.borrow().0);
    let lines = || {
        let compared = match of {
            "program" => Compared::Program(SiteChoice::parse(None, by)?),
            "objects" => Compared::Objects,
            _ => Compared::Functions(report::column(before, after, by)?),
        };
        let options = tables("text", "plain", unit, precision, None, false)?;
        report::over(before, after, compared, Limit::parse(most, least)?, &options)
    };
    lines().map_err(raised)
}
