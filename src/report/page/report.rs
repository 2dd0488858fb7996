//! The page of a document: whatever it holds, each kind in a part of its own.

use serde_json::{Value, json};

use super::functions::{self, columns, has_peaks, heads};
use super::shell::Page;
use super::{leaks, program};
use crate::error::Error;
use crate::profile::{Function, Profile, Recording};
use crate::report::timeline::{self, PlotOptions};
use crate::report::{
    Column, LeakChoice, Meters, Options, SiteChoice, footer, named, nothing_measured,
};
use crate::units::{Unit, count, percent, seconds};

/// What a reader may choose about a page, beside how figures are shown.
#[derive(Debug, Clone, Default)]
pub struct PageChoice {
    /// The columns that are shown at first; `None` for as many as there is room for.
    pub columns: Option<Vec<Column>>,
    /// How the sites of a program are added up at first.
    pub sites: SiteChoice,
    /// Which looks at what is alive are shown.
    pub looks: LeakChoice,
}

/// Styles of the parts that show lines.
pub(super) const STYLES: [&str; 3] =
    [include_str!("report.css"), include_str!("timeline.css"), leaks::STYLE];

/// The whole page. Fails where there is no look of the chosen number.
pub fn report(profile: &Profile, choice: &PageChoice, options: &Options) -> Result<String, Error> {
    let looks = choice.looks.of(&profile.leaks)?;
    let is_of_leaks =
        profile.has_no_lines() && profile.sites.is_none() && profile.recordings.is_empty();
    if is_of_leaks && !looks.is_empty() {
        return Ok(leaks::leaks(profile, &looks, options));
    }
    let meters = Meters::of(&profile.run, None);
    let columns = columns(meters, has_peaks(profile));
    let called: Vec<_> = profile.functions.iter().filter(|one| one.was_called()).collect();
    let mut most = vec![0; columns.len()];
    let (files, places) = functions::files(called.iter().copied());
    let each = called.iter().zip(places);
    let functions: Vec<Value> = each
        .map(|(one, file)| functions::function(one, file, &columns, &mut most, options))
        .collect();
    let recorded = profile.recordings.iter().any(|recording| !recording.is_empty());
    let data = json!({
        "unit": options.heap_unit.name(),
        "level": options.unit.name(),
        "precision": options.precision,
        "command": profile.run.command.join(" "),
        "tiles": tiles(profile, &called, &columns, options),
        "notes": notes(profile, meters),
        "legend": legend(profile),
        "nothing": profile.is_empty().then(|| nothing_measured(profile)),
        "files": files,
        "columns": heads(&columns, &most, options),
        "shown": choice.columns.as_ref().map(|columns| keys(columns)),
        "sort": options.sort.map(functions::key),
        "functions": functions,
        "program": program::program(profile, choice.sites, options),
        "timeline": recorded.then(|| timeline::data(&profile.recordings, &PlotOptions::default())),
        "looks": leaks::with_all_texts(&looks, options),
    });
    Ok(build("Memory report", &data, include_str!("report.js")))
}

/// A page of lines, whose last script says what is drawn.
pub(super) fn build(title: &str, data: &Value, script: &str) -> String {
    let body = [
        include_str!("report_top.html"),
        include_str!("report.html"),
        "<div id=\"leaks\" class=\"view\" hidden>\n<div class=\"leaks-links\">\n",
        leaks::LINKS,
        "</div>\n",
        leaks::BODY,
        "</div>\n</main>\n",
    ]
    .concat()
    .replace("TITLE", title);
    let [map, looks] = leaks::SCRIPTS;
    let page = Page {
        title,
        style: &STYLES.concat(),
        body: &body,
        scripts: &[
            map,
            looks,
            include_str!("side.js"),
            include_str!("rows.js"),
            include_str!("source.js"),
            include_str!("program.js"),
            include_str!("timeline.js"),
            include_str!("views.js"),
            script,
        ],
        data,
    };
    page.build()
}

fn keys(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|column| functions::key(*column)).collect()
}

/// The figures of the run as a whole.
fn tiles(
    profile: &Profile,
    called: &[&Function],
    columns: &[Column],
    options: &Options,
) -> Vec<(&'static str, String)> {
    let run = &profile.run;
    let totals = |column: Column| {
        let all = called.iter().map(move |one| crate::report::diff::total(one, column));
        columns.contains(&column).then_some(all).filter(|_| !called.is_empty())
    };
    let most = |column: Column| totals(column).and_then(Iterator::max);
    let sum = |column: Column| totals(column).map(|all| all.fold(0, i64::saturating_add));
    let heap = |bytes: i64| options.heap_unit.show(bytes, options.precision);
    let level = |bytes: i64| options.unit.show(bytes, options.precision);
    let recorded = profile.recordings.iter().filter_map(Recording::peak);
    let recorded = recorded.map(|sample| sample.bytes).max().map(level);
    let mut tiles = Vec::new();
    let mut add = |name: &'static str, text: Option<String>| {
        tiles.extend(text.map(|text| (name, text)));
    };
    match most(Column::Peak) {
        Some(peak) => add("Peak", Some(level(peak))),
        None => add("Highest reading", most(Column::Usage).map(level)),
    }
    add("Growth", sum(Column::Own).map(level));
    add("Peak over time", recorded);
    if let Some(sites) = &profile.sites {
        add("Live at the end", Some(heap(sites.live)));
        add("Heap peak", Some(heap(sites.peak)));
    } else {
        add("Live at the end", sum(Column::Live).map(heap));
        add("Peak of a line", most(Column::HeapPeak).map(heap));
    }
    add("Time", (run.elapsed > 0.0).then(|| seconds(run.elapsed)));
    add("Processes", (run.processes > 0).then(|| count(run.processes.into())));
    add("Python", Some(run.python.clone()).filter(|text| !text.is_empty()));
    add("Meter", Some(run.meter.clone()).filter(|text| !text.is_empty()));
    let time = percent(run.hook_seconds, run.elapsed);
    // The time of the heap meter is not measured.
    add("Profiler time", (run.elapsed > 0.0 && run.hook_seconds > 0.0).then_some(time));
    // That of a whole program stands with its tables.
    let own = (run.own_bytes > 0 && profile.sites.is_none()).then_some(run.own_bytes);
    add("Profiler memory", own.map(|own| Unit::MiB.show(own, 1)));
    tiles
}

/// What the numbers rest on, as the text report has it.
fn notes(profile: &Profile, meters: Meters) -> Vec<(&'static str, String)> {
    let mut notes = footer::run_notes(&profile.run);
    let unused: Vec<_> = profile.functions.iter().filter(|one| !one.was_called()).collect();
    if !unused.is_empty() {
        notes.push(("not called", named(unused)));
    }
    if meters.are_both() {
        notes.extend(footer::difference(profile).map(|text| ("rss and heap", text)));
    }
    notes
}

/// What has to be known to read the figures: what was lost, and what marks mean.
fn legend(profile: &Profile) -> Vec<(&'static str, String)> {
    let mut legend: Vec<_> = footer::lost(&profile.run).into_iter().collect();
    if profile.functions.iter().any(Function::is_shared) {
        legend.push(("~", footer::SHARED.to_owned()));
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    pub(crate) fn data(page: &str) -> Value {
        let text = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        serde_json::from_str(text).unwrap()
    }

    fn page(profile: &Profile) -> String {
        report(profile, &PageChoice::default(), &Options::default()).unwrap()
    }

    #[test]
    fn the_totals_stand_at_the_top() {
        let data = data(&page(&samples::app()));
        let tiles = [
            ["Peak", "104.0 MiB"],
            ["Growth", "63.0 MiB"],
            ["Time", "2.5 s"],
            ["Processes", "1"],
            ["Python", "3.13.0"],
            ["Meter", "rss"],
            ["Profiler time", "2.0 %"],
            ["Profiler memory", "3.0 MiB"],
        ];
        assert_eq!(data["tiles"], json!(tiles));
        assert_eq!(data["command"], "app.py --fast");
        assert_eq!(data["nothing"], Value::Null);
        assert_eq!(data["functions"].as_array().unwrap().len(), 1);
        let not_called = data["notes"].as_array().unwrap().last().unwrap();
        assert_eq!(not_called, &json!(["not called", "app.py:12 main"]));
    }

    #[test]
    fn a_document_has_all_its_parts_in_one_page() {
        let mut all = samples::leaks();
        all.functions = samples::app().functions;
        all.sites = samples::program().sites;
        "rss,heap".clone_into(&mut all.run.meter);
        let data = data(&page(&all));
        assert_eq!(data["looks"].as_array().unwrap().len(), 2);
        assert_eq!(data["program"]["groups"].as_array().unwrap().len(), 5);
        assert_eq!(data["functions"].as_array().unwrap().len(), 1);
        assert_eq!(data["columns"].as_array().unwrap().len(), 10);
    }

    #[test]
    fn a_document_of_looks_alone_is_the_page_of_leaks() {
        assert!(page(&samples::leaks()).contains("<title>What keeps memory alive</title>"));
        let wrong = PageChoice {
            looks: LeakChoice { which: Some(9), ..LeakChoice::default() },
            ..PageChoice::default()
        };
        assert!(report(&samples::leaks(), &wrong, &Options::default()).is_err());
    }

    #[test]
    fn what_the_heap_meter_costs_stands_with_its_tables() {
        let mut profile = samples::program();
        (profile.run.elapsed, profile.run.hook_seconds, profile.run.own_bytes) = (1.0, 0.0, 1);
        let tiles = data(&page(&profile))["tiles"].to_string();
        assert!(tiles.contains("Heap peak") && !tiles.contains("Profiler"), "{tiles}");
    }

    #[test]
    fn nothing_measured_says_what_to_do_as_the_text_does() {
        let data = data(&page(&Profile::default()));
        assert_eq!(data["nothing"], json!(nothing_measured(&Profile::default())));
    }

    #[test]
    fn all_but_the_data_is_small_and_loads_nothing() {
        let page = page(&Profile::default());
        assert!(page.len() < 150_000, "{}", page.len());
        assert!(!page.contains("http:") && !page.contains("https:"));
        assert!(!page.contains("TITLE"));
    }
}
