//! The page of what changed from one profile to another: lines side by side.

use serde_json::{Value, json};

use super::functions::{self, columns, has_peaks, heads, plain};
use super::program;
use super::report::build;
use crate::error::Error;
use crate::profile::{Leaks, Pair, PairedRow, Profile};
use crate::report::leaks::growth_since;
use crate::report::{Column, Meters, Options, SiteChoice};
use crate::units::{count, seconds};

/// Changes of objects that are given.
const CHANGES: usize = 200;

/// The whole page, by one column at first.
///
/// # Errors
/// [`Error::Meters`] when the two were taken with different meters, [`Error::Unmeasured`] for peaks
/// that were not read.
pub fn compare(
    before: &Profile,
    after: &Profile,
    by: Column,
    sites: SiteChoice,
    options: &Options,
) -> Result<String, Error> {
    let peaks = has_peaks(before) && has_peaks(after);
    if by == Column::Peak && !peaks {
        return Err(Error::Unmeasured { what: "peak", option: "--peak" });
    }
    let pairs = before.pair(after)?;
    let meters = Meters::of(&before.run, None).and(Meters::of(&after.run, None));
    let columns = columns(meters, peaks);
    let (files, places) = functions::files(pairs.iter().filter_map(Pair::function));
    let functions: Vec<Value> =
        pairs.iter().zip(places).filter_map(|(pair, file)| paired(pair, file, &columns)).collect();
    let data = json!({
        "unit": options.heap_unit.name(),
        "level": options.unit.name(),
        "precision": options.precision,
        "tiles": [],
        "notes": sides(before, after),
        "legend": [],
        "nothing": Value::Null,
        "files": files,
        "columns": heads(&columns, &vec![0; columns.len()], options),
        "by": functions::key(by),
        "functions": functions,
        "program": program::programs(before, after, sites),
        "since": since(&before.leaks, &after.leaks),
    });
    Ok(build("Memory compared", &data, include_str!("compare.js")))
}

/// A function in both profiles: figures are two lists for each column.
fn paired(pair: &Pair<'_>, file: usize, columns: &[Column]) -> Option<Value> {
    let mut value = functions::head(pair.function()?, file);
    let rows = pair.rows();
    let is_measured = |row: &PairedRow<'_>| row.measured() != (None, None);
    let at: Vec<usize> =
        rows.iter().enumerate().filter(|(_, row)| is_measured(row)).map(|(at, _)| at).collect();
    let side = |of: fn(&PairedRow<'_>) -> Option<crate::profile::Measured>| -> Value {
        let list = |column: &Column| -> Value {
            let figure = |row| plain(of(row)).and_then(|one| functions::figure(*column, &one));
            rows.iter().filter(|row| is_measured(row)).map(|row| json!(figure(row))).collect()
        };
        columns.iter().map(list).collect()
    };
    let numbers =
        |of: fn(&PairedRow<'_>) -> Option<u32>| -> Vec<_> { rows.iter().map(of).collect() };
    let text = |row: &PairedRow<'_>| row.after.or(row.before).and_then(|row| row.text.clone());
    let texts: Vec<String> = rows.iter().map(|row| text(row).unwrap_or_default()).collect();
    let was = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| mark(row) == '~')
        .filter_map(|(at, row)| Some((at.to_string(), json!(row.before?.text.clone()?))));
    value["presence"] = json!(match (pair.before, pair.after) {
        (None, _) => "new",
        (_, None) => "gone",
        _ => "",
    });
    value["numbers"] = json!([
        numbers(|row| row.before.map(|row| row.line)),
        numbers(|row| row.after.map(|row| row.line)),
    ]);
    value["text"] = functions::join(texts.iter().map(String::as_str)).into();
    value["marks"] = rows.iter().map(mark).collect::<String>().into();
    value["was"] = was.collect::<serde_json::Map<_, _>>().into();
    value["at"] = json!(at);
    value["figures"] = json!([side(|row| row.measured().0), side(|row| row.measured().1)]);
    let total = |side: Option<&crate::profile::Function>| {
        side.map(|function| functions::totals(function, columns))
    };
    value["totals"] = json!([total(pair.before), total(pair.after)]);
    Some(value)
}

/// `+` for new lines, `-` for those that are gone, `~` for those that read differently.
pub fn mark(row: &PairedRow<'_>) -> char {
    match (row.before, row.after) {
        (None, _) => '+',
        (_, None) => '-',
        (Some(before), Some(after)) if before.text != after.text => '~',
        _ => ' ',
    }
}

/// What is known of the two runs.
fn sides(before: &Profile, after: &Profile) -> Vec<(&'static str, String)> {
    let say = |profile: &Profile| {
        let run = &profile.run;
        let mut facts = vec![run.command.join(" ")];
        if !run.python.is_empty() {
            facts.push(format!("Python {}", run.python));
        }
        facts.push(run.meter.clone());
        if run.elapsed > 0.0 {
            facts.push(seconds(run.elapsed));
        }
        if run.processes > 1 {
            facts.push(format!("{} processes", count(run.processes.into())));
        }
        facts.retain(|fact| !fact.is_empty());
        facts.join(", ")
    };
    vec![("before", say(before)), ("after", say(after))]
}

/// What is alive more or less in the last look of either.
fn since(before: &[Leaks], after: &[Leaks]) -> Value {
    let (Some(before), Some(after)) = (before.last(), after.last()) else { return Value::Null };
    let mut value = growth_since(before, after, CHANGES);
    value["name"] = json!("the earlier profile");
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{self, MIB};

    fn data(before: &Profile, after: &Profile) -> Value {
        let choice = SiteChoice::default();
        let options = Options::default();
        let page = compare(before, after, Column::Increment, choice, &options).unwrap();
        let text = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn lines_stand_side_by_side_with_their_marks() {
        let before = samples::app();
        let mut after = before.clone();
        let load = &mut after.functions[0];
        load.rows.remove(3);
        load.rows[2].text = Some("    data = []".to_owned());
        load.rows[2].measured.as_mut().unwrap().increment = MIB;
        let value = data(&before, &after);
        let one = &value["functions"][0];
        assert_eq!(one["marks"], "  ~-   ");
        assert_eq!(one["numbers"][1], json!([3, 4, 5, null, 7, 8, 9]));
        assert_eq!(one["was"]["2"], "    data = [bytes(1 << 20) for _ in range(64)]");
        assert_eq!(one["at"], json!([2, 4, 5, 6]));
        assert_eq!(one["figures"][0][1][0], json!(64 * MIB));
        assert_eq!(one["figures"][1][1][0], json!(MIB));
        assert_eq!(one["presence"], "");
        assert_eq!(value["by"], "increment");
    }

    #[test]
    fn functions_of_one_side_are_new_or_gone() {
        let mut after = samples::app();
        after.functions[0].name = "other".to_owned();
        let value = data(&samples::app(), &after);
        let seen: Vec<_> = value["functions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["presence"].as_str().unwrap(), one["totals"][0].is_null()))
            .collect();
        assert_eq!(seen, [("new", true), ("gone", false)]);
    }

    #[test]
    fn objects_and_sites_are_compared_where_both_have_them() {
        let value = data(&samples::leaks(), &samples::leaks());
        assert_eq!(value["since"]["objects"], 0);
        assert_eq!(value["program"], Value::Null);
        let value = data(&samples::program(), &samples::program());
        assert_eq!(value["program"]["groups"][0]["names"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let mut after = samples::app();
        after.functions[0]
            .rows
            .iter_mut()
            .filter_map(|row| row.measured.as_mut())
            .for_each(|line| line.peak = None);
        let choice = SiteChoice::default();
        let options = Options::default();
        let error = compare(&samples::app(), &after, Column::Peak, choice, &options).unwrap_err();
        assert_eq!(error.to_string(), "a profile has no peak: profile both runs with --peak");
        assert!(
            compare(&samples::app(), &samples::heap(), Column::Peak, choice, &options).is_err()
        );
    }
}
