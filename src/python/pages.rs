//! Pages of documents for Python.

use pyo3::prelude::*;

use super::document::Profile;
use super::errors::raised;
use super::looks::tables;
use crate::report::{self, Column, LeakChoice, Meters, Options, PageChoice, SiteChoice};

/// Adds the functions to the module.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(page, module)?)?;
    module.add_function(wrap_pyfunction!(compare, module)?)
}

/// A profile as a page for a browser, with whatever it holds. Names are read in any case; an unknown
/// one, or a look there is not, is a `ValueError`.
///
/// `columns`, `sort` and `group` are what the page shows at first; lines left out by `skip_zero` and
/// `top` are not in it. `which` is the one look at what is alive that is shown.
#[pyfunction]
#[pyo3(signature = (profile, /, *, columns=None, unit=None, precision=1, sort=None, skip_zero=false,
    top=None, group=None, by=None, which=None))]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
fn page(
    profile: &Profile,
    columns: Option<Vec<String>>,
    unit: Option<&str>,
    precision: i64,
    sort: Option<&str>,
    skip_zero: bool,
    top: Option<i64>,
    group: Option<&str>,
    by: Option<&str>,
    which: Option<i64>,
) -> PyResult<String> {
    let document = profile.document();
    let text = || {
        let meters = Meters::of(&document.run, None);
        let options = Options {
            meters,
            sort: sort.map(|name| Column::parse_sort(name, meters)).transpose()?.flatten(),
            skip_zero,
            ..tables("text", "plain", unit, precision, top, false)?
        };
        let columns = columns.map(|names| Column::parse_all(&names, meters)).transpose()?;
        let looks = LeakChoice { which, ..LeakChoice::default() };
        let choice = PageChoice { columns, sites: SiteChoice::parse(group, by)?, looks };
        report::page(document, &choice, &options)
    };
    text().map_err(raised)
}

/// Two profiles side by side as a page for a browser, by the figures of one column at first. An
/// unknown name is a `ValueError`, another meter a `ProfileError`.
#[pyfunction]
#[pyo3(signature = (before, after, /, *, by=None, group=None, unit=None, precision=1))]
fn compare(
    before: &Profile,
    after: &Profile,
    by: Option<&str>,
    group: Option<&str>,
    unit: Option<&str>,
    precision: i64,
) -> PyResult<String> {
    let (before, after) = (before.document(), after.document());
    let text = || {
        let meters = Meters::of(&before.run, None).and(Meters::of(&after.run, None));
        let by = by.map_or_else(|| Ok(meters.compare()), |name| Column::parse(name, meters))?;
        let options = tables("text", "plain", unit, precision, None, false)?;
        report::compare_page(before, after, by, SiteChoice::parse(group, None)?, &options)
    };
    text().map_err(raised)
}
