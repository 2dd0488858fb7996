//! The lines of all functions as data for a page. Figures stand in columns, a list for each, so that
//! a project of 100,000 lines is read in a moment; texts of a function are one text.

use serde_json::{Value, json};

use crate::profile::{Function, Kind, Measured, Profile};
use crate::report::diff::total;
use crate::report::lines::{Figures, Line, lines, mark};
use crate::report::{Column, Meters, Options, calls};

/// All columns in their order, each with the name the page knows it by.
const ALL: [(Column, &str); 10] = [
    (Column::Usage, "usage"),
    (Column::Increment, "increment"),
    (Column::Peak, "peak"),
    (Column::Own, "own"),
    (Column::Live, "live"),
    (Column::Allocated, "allocated"),
    (Column::Freed, "freed"),
    (Column::HeapPeak, "heappeak"),
    (Column::Count, "count"),
    (Column::Occurrences, "occurrences"),
];

/// The columns there are figures for. `peak` says whether peaks of levels were read.
pub fn columns(meters: Meters, peak: bool) -> Vec<Column> {
    let has = |column: &Column| match column {
        Column::Peak => peak && meters.have(Column::Peak),
        column => meters.have(*column),
    };
    ALL.iter().map(|(column, _)| *column).filter(has).collect()
}

/// Whether the peak of any line was read.
pub fn has_peaks(profile: &Profile) -> bool {
    let lines = profile.functions.iter().flat_map(|function| &function.rows);
    lines.filter_map(|row| row.measured).any(|line| line.peak.is_some())
}

/// What each column is called, what its figures are, and the largest of them: `most` is what its bars
/// are drawn against.
pub fn heads(columns: &[Column], most: &[i128], options: &Options) -> Value {
    let titled = Options { columns: columns.to_vec(), ..options.clone() };
    let heads = columns.iter().zip(most).map(|(&column, &most)| {
        let unit = match column {
            column if column.unit(options).is_none() => "count",
            column if column.is_heap() => "heap",
            _ => "level",
        };
        let adds_up = !matches!(column, Column::Usage | Column::Peak | Column::HeapPeak);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        json!({
            "key": key(column), "title": column.title(&titled), "unit": unit, "most": most,
            "adds": adds_up,
        })
    });
    heads.collect()
}

/// The name the page knows a column by.
pub fn key(column: Column) -> &'static str {
    ALL.iter().find(|(one, _)| *one == column).map_or("", |(_, key)| key)
}

/// The files of some functions, and where each function stands among them.
pub fn files<'a>(functions: impl Iterator<Item = &'a Function>) -> (Vec<&'a str>, Vec<usize>) {
    let mut files = Vec::new();
    let mut known = std::collections::HashMap::new();
    let mut places = Vec::new();
    for function in functions {
        let place = *known.entry(function.file.as_str()).or_insert_with(|| {
            files.push(function.file.as_str());
            files.len() - 1
        });
        places.push(place);
    }
    (files, places)
}

/// What a page says of a function beside its lines.
pub fn head(function: &Function, file: usize) -> Value {
    let shown = function.rows.first().filter(|_| function.kind == Kind::Block);
    let line = shown.map_or(function.first_line, |row| row.line);
    json!({
        "file": file, "name": function.name, "kind": function.kind, "line": line,
        "calls": calls(function), "note": mark(function.source),
    })
}

/// The lines of a function, measured or not; `most` is raised to the largest figure of each column.
pub fn function(
    function: &Function,
    file: usize,
    columns: &[Column],
    most: &mut [i128],
    options: &Options,
) -> Value {
    // Sorting is the page's, and may be undone there.
    let ranked = options.sort.filter(|_| options.top.is_some());
    let mut lines = lines(function, &Options { sort: ranked, ..options.clone() });
    lines.sort_by_key(|line| line.number);
    let first = lines.iter().position(|line| line.figures.is_some_and(|figures| figures.first));
    let measured: Vec<Figures> = lines.iter().filter_map(|line| line.figures).collect();
    for (column, most) in columns.iter().zip(most) {
        let ranks = measured.iter().filter(|figures| !figures.first || *column != Column::Usage);
        *most = ranks.map(|figures| column.rank(figures)).fold(*most, i128::max);
    }
    let mut value = head(function, file);
    value["lines"] = json!(runs(lines.iter().map(|line| line.number)));
    value["text"] = text(function, lines.iter().map(|line| line.text));
    value["at"] = json!(places(&lines, |line| line.figures.is_some()));
    value["shared"] = json!(places(&lines, Line::is_shared));
    value["figures"] = by_columns(columns, &measured);
    value["first"] = json!(first);
    // The reading at entry is shown on the first line, and is nothing that it added.
    value["growth"] = json!(measured.iter().find(|figures| figures.first).map(|one| one.growth));
    value["totals"] = totals(function, columns);
    value
}

/// Where among some lines those are that are wanted.
fn places<'a>(lines: &[Line<'a>], wanted: impl Fn(&Line<'a>) -> bool) -> Vec<usize> {
    let found = lines.iter().enumerate().filter(|(_, line)| wanted(line));
    found.map(|(index, _)| index).collect()
}

/// The figures of some lines, a list for each column.
pub fn by_columns(columns: &[Column], measured: &[Figures]) -> Value {
    let list = |column: &Column| -> Value {
        measured.iter().map(|figures| json!(figure(*column, figures))).collect()
    };
    columns.iter().map(list).collect()
}

/// The figures of a function as a whole.
pub fn totals(function: &Function, columns: &[Column]) -> Value {
    columns.iter().map(|&column| json!(total(function, column))).collect()
}

/// What a line shows in a column; nothing for what was not read.
pub fn figure(column: Column, figures: &Figures) -> Option<i64> {
    match column {
        Column::Increment => Some(figures.increment),
        _ => i64::try_from(column.rank(figures)).ok(),
    }
}

/// The figures of a measured line as they are added up.
pub fn plain(measured: Option<Measured>) -> Option<Figures> {
    measured.map(Figures::from)
}

/// Texts as one, a line for each; nothing where there is no text to be had.
fn text<'a>(function: &Function, texts: impl Iterator<Item = &'a str>) -> Value {
    if !mark(function.source).is_empty() {
        return Value::Null;
    }
    join(texts).into()
}

/// Texts as one, a line for each: a line break within one is shown as such.
pub fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut all = String::new();
    for (index, text) in texts.enumerate() {
        if index > 0 {
            all.push('\n');
        }
        if text.contains('\n') {
            all.push_str(&text.replace('\n', "\u{240a}"));
        } else {
            all.push_str(text);
        }
    }
    all
}

/// Rising numbers as pairs of a first one and how many follow each other from there: `3 2 9 1` is 3,
/// 4, 9.
fn runs(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut runs: Vec<u32> = Vec::new();
    for number in numbers {
        match runs.as_mut_slice() {
            [.., from, count] if from.checked_add(*count) == Some(number) => *count += 1,
            _ => runs.extend([number, 1]),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Source, samples};

    fn of(function: &Function, columns: &[Column], options: &Options) -> Value {
        super::function(function, 0, columns, &mut vec![0; columns.len()], options)
    }

    #[test]
    fn figures_stand_in_columns_beside_the_lines_they_are_of() {
        let profile = samples::app();
        let columns = [Column::Increment, Column::Peak, Column::Occurrences];
        let mut most = [0; 3];
        let value =
            super::function(&profile.functions[0], 7, &columns, &mut most, &Options::default());
        let mib = samples::MIB;
        assert_eq!(value["lines"], json!([3, 7]));
        assert_eq!(value["at"], json!([0, 2, 4, 5, 6]));
        assert_eq!(value["figures"][0], json!([38 * mib, 64 * mib, 0, -mib, 0]));
        assert_eq!(value["figures"][1][1], json!(104 * mib));
        assert_eq!(value["figures"][2], json!([1, 1, 65, 64, 1]));
        assert_eq!((&value["first"], &value["growth"]), (&json!(0), &json!(0)));
        assert_eq!(value["totals"], json!([63 * mib, 104 * mib, 1]));
        assert_eq!((&value["file"], &value["calls"]), (&json!(7), &json!("1 call")));
        assert_eq!(value["text"].as_str().unwrap().split('\n').count(), 7);
        assert_eq!(most, [i128::from(64 * mib), i128::from(104 * mib), 65]);
    }

    #[test]
    fn numbers_that_follow_each_other_are_a_run() {
        assert_eq!(runs([3, 4, 9, 12, 13].into_iter()), [3, 2, 9, 1, 12, 2]);
        assert_eq!(runs([u32::MAX].into_iter()), [u32::MAX, 1]);
        assert!(runs(std::iter::empty()).is_empty());
    }

    #[test]
    fn text_that_changed_is_not_there_and_a_line_is_one_line() {
        let mut function = samples::app().functions.remove(0);
        function.rows[2].text = Some("a\nb".to_owned());
        let value = of(&function, &[Column::Own], &Options::default());
        assert!(value["text"].as_str().unwrap().contains("\na\u{240a}b\n"));
        function.source = Source::Changed;
        let value = of(&function, &[Column::Own], &Options::default());
        assert_eq!(value["text"], Value::Null);
        assert_eq!(value["note"], "(source changed since it was loaded)");
    }

    #[test]
    fn lines_that_were_left_out_are_not_in_the_page() {
        let function = samples::app().functions.remove(0);
        let options =
            Options { top: Some(1), sort: Some(Column::Occurrences), ..Options::default() };
        let value = of(&function, &[Column::Own], &options);
        assert_eq!(value["lines"], json!([3, 1, 7, 1]));
    }

    #[test]
    fn there_are_columns_for_what_was_measured() {
        let keys = |meter: &str, peak| -> Vec<_> {
            let meters = Meters::of(&crate::profile::Run::default(), Some(meter));
            columns(meters, peak).into_iter().map(key).collect()
        };
        assert_eq!(keys("rss", false), ["usage", "increment", "own", "occurrences"]);
        assert_eq!(keys("rss", true), ["usage", "increment", "peak", "own", "occurrences"]);
        assert_eq!(
            keys("heap", true),
            ["live", "allocated", "freed", "heappeak", "count", "occurrences"]
        );
        assert_eq!(keys("rss,heap", true).len(), 10);
    }
}
