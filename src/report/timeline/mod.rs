//! Memory over time, as a picture: what is drawn of recordings. [`data`] is what a page draws from,
//! by `page/timeline.js`.

mod calls;
mod drawing;
mod highest;
mod lanes;
mod letters;
mod options;
mod pack;
mod png;
mod processes;
mod run;
mod shapes;
mod svg;
mod thin;
mod ticks;
mod trend;

use serde_json::{Value, json};

pub use options::{Children, Picture, PlotOptions};
use run::{Curve, Run};

use crate::profile::{Recording, Sample};

/// What `drawTimeline(element, data)` in `page/timeline.js` is given: the recordings, however large,
/// in a few hundred kB, and how they are to be shown first. Names in it are as they were recorded:
/// they are escaped where they become part of a page.
pub fn data(recordings: &[Recording], options: &PlotOptions) -> Value {
    let runs = run::all(recordings);
    json!({
        "title": options.title,
        "window": options.window,
        "functions": options.functions,
        "flame": options.flame,
        "slope": options.slope,
        "stacked": options.children == Children::Stacked,
        "runs": runs.iter().map(of_run).collect::<Vec<_>>(),
    })
}

/// The time the longest of some recordings took, seconds from its start; nothing if there is no
/// sample in any.
pub fn duration(recordings: &[Recording]) -> Option<f64> {
    let filled = recordings.iter().filter(|recording| !recording.is_empty());
    filled.map(|recording| run::ends(recording).1 - run::ends(recording).0).reduce(f64::max)
}

fn of_run(run: &Run) -> Value {
    let tick = pack::tick(run.duration);
    let all = run.curves.iter().chain(&run.layers);
    let unit = pack::unit(all.flat_map(|curve| curve.levels.iter().flatten()));
    let curve = |curve: &Curve| {
        let levels = curve.levels.iter().map(|level| pack::pack(level, tick, unit));
        json!({
            "name": curve.name,
            "samples": curve.count,
            "peak": curve.peak.map(|peak| json!([peak.time, peak.bytes])),
            "levels": levels.collect::<Vec<_>>(),
        })
    };
    let calls = run.calls.drawn.iter().map(|call| {
        let at = |sample: Sample| pack::ticks(sample.time, tick);
        let (start, end) = (call.start, call.end);
        json!([call.function, call.row, at(start), at(end), start.bytes, end.bytes])
    });
    let functions = run.calls.functions.iter().map(|function| {
        json!({
            "name": function.name,
            "label": function.label,
            "calls": function.calls,
            "seconds": function.seconds,
            "longest": function.longest,
            "grown": function.grown,
            "peak": function.peak,
        })
    });
    json!({
        "name": run.name,
        "command": run.command,
        "start": run.start,
        "duration": run.duration,
        "tick": tick,
        "unit": unit,
        "during": run.during,
        "total_during": run.total_during,
        "trend": run.trend.map(|trend| json!([trend.slope, trend.base])),
        "curves": run.curves.iter().map(curve).collect::<Vec<_>>(),
        "layers": run.layers.iter().map(curve).collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
        "call_count": run.calls.count,
        "call_functions": functions.collect::<Vec<_>>(),
    })
}

/// Samples with their times from a start on.
fn from_start(samples: &[Sample], start: f64) -> Vec<Sample> {
    let moved = samples.iter().map(|sample| Sample { time: sample.time - start, ..*sample });
    moved.collect()
}

/// The picture as SVG, which stands alone: light or dark as its reader has it.
pub fn svg(recordings: &[Recording], options: &PlotOptions) -> String {
    svg::svg(&drawing::draw(recordings, options))
}

/// The picture as PNG, on a light ground, with two dots for each pixel of the SVG.
pub fn png(recordings: &[Recording], options: &PlotOptions) -> Vec<u8> {
    png::png(&drawing::draw(recordings, options))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::{Child, Span};

    fn sample() -> impl Strategy<Value = Sample> {
        let time =
            prop_oneof![0.0..9.0_f64, any::<f64>().prop_filter("finite", |time| time.is_finite())];
        (time, any::<i64>()).prop_map(Sample::from)
    }

    #[test]
    fn a_recording_without_samples_is_no_run() {
        let empty = Recording { command: "true".into(), ..Recording::default() };
        assert_eq!(data(std::slice::from_ref(&empty), &PlotOptions::default())["runs"], json!([]));
        assert_eq!(duration(&[empty]), None);
    }

    proptest! {
        #[test]
        fn no_recording_makes_a_picture_panic(
            samples in proptest::collection::vec(sample(), 0..30),
            below in proptest::collection::vec(sample(), 0..30),
            spans in proptest::collection::vec((sample(), sample(), any::<u32>(), "\\PC{0,9}"), 0..9),
            slope: bool,
        ) {
            let children = vec![Child { pid: 1, samples: below }];
            let spans = spans.into_iter().map(|(start, end, level, name)| Span { name, start, end, level });
            let run = Recording { samples, children, spans: spans.collect(), ..Recording::default() };
            for children in [Children::Separate, Children::Stacked] {
                let options = PlotOptions { slope, children, ..PlotOptions::default() };
                data(std::slice::from_ref(&run), &options);
                svg(std::slice::from_ref(&run), &options);
            }
        }
    }
}
