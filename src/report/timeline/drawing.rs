//! The picture of some runs: where everything stands.

use super::lanes;
use super::letters::{fitted, shown, wide};
use super::options::{Children, PlotOptions};
use super::run::{self, Curve, Run};
use super::shapes::{Anchor, COLOURS, Drawing, Paint, Point, Shape};
use super::ticks::{self, size_text, time_text};
use crate::profile::Recording;
use crate::units::plural;

/// Pixels.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 340.0;
const EDGE: f64 = 16.0;
/// A line of words.
const LINE: f64 = 20.0;
/// Samples of a curve, at most: four for each pixel.
const DENSE: usize = 4000;

/// Where times and sizes are.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Seconds at the left and at the right.
    pub from: f64,
    pub to: f64,
    /// Bytes at the bottom and at the top.
    low: f64,
    high: f64,
    /// Pixels.
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    /// Pixels from the left.
    pub fn x(&self, time: f64) -> f64 {
        self.left + (time - self.from) / (self.to - self.from) * (self.right - self.left)
    }

    fn y(&self, bytes: f64) -> f64 {
        self.bottom - (bytes - self.low) / (self.high - self.low) * (self.bottom - self.top)
    }

    fn point(&self, time: f64, bytes: f64) -> Point {
        (self.x(time), self.y(bytes))
    }
}

/// What is drawn of one curve.
struct Drawn<'a> {
    run: &'a Run,
    curve: &'a Curve,
    colour: usize,
    samples: Vec<(f64, f64)>,
}

/// The picture of all runs that have a sample.
pub fn draw(recordings: &[Recording], options: &PlotOptions) -> Drawing {
    let runs = run::all(recordings);
    let mut drawing =
        Drawing { width: WIDTH, height: 0.0, summary: String::new(), shapes: Vec::new() };
    let top = title(&mut drawing, &runs, options);
    if runs.is_empty() {
        drawing.text((EDGE, top + 14.0), Anchor::Start, "Nothing was recorded.", Paint::Soft);
        drawing.height = top + 2.0 * LINE;
        "Memory over time: nothing was recorded.".clone_into(&mut drawing.summary);
        return drawing;
    }
    let is_stacked =
        options.children == Children::Stacked && runs.len() == 1 && !runs[0].layers.is_empty();
    let length = runs.iter().map(|run| run.duration).fold(1e-3, f64::max);
    let (from, to) =
        options.window.map_or((0.0, length), |(from, to)| (from.max(0.0), to.min(length)));
    let drawn = curves(&runs, is_stacked, from, to);
    let top = legend(&mut drawing, &drawn, runs.len() > 1, is_stacked, options.slope, top);
    let calls = if options.functions && runs.len() == 1 {
        lanes::seen(&runs[0], from, to)
    } else {
        Vec::new()
    };
    let marks =
        if options.flame || is_stacked { Vec::new() } else { lanes::ends(&calls, from, to) };
    let all = drawn.iter().flat_map(|one| one.samples.iter().map(|(_, bytes)| *bytes));
    let all = all.chain(marks.iter().map(|mark| mark.at.bytes as f64));
    let (low, high) = all.fold((0.0, f64::NEG_INFINITY), |(low, high), bytes| {
        (f64::min(low, bytes), f64::max(high, bytes))
    });
    let high = if high > low { high } else { low + 1.0 };
    let sizes = ticks::sizes(low, high, 6.0);
    let left = sizes.iter().map(|(_, text)| wide(text)).fold(EDGE, f64::max) + EDGE;
    let top = top + LINE + 6.0;
    let frame = Frame { from, to, low, high, left, right: WIDTH - EDGE, top, bottom: top + HEIGHT };
    axes(&mut drawing, &frame, &sizes);
    // Of layers the highest is the farthest back.
    let from_the_back: Vec<_> =
        if is_stacked { drawn.iter().rev().collect() } else { drawn.iter().collect() };
    for one in from_the_back {
        if is_stacked {
            area(&mut drawing, &frame, one, Paint::Layer(one.colour));
        }
        line(&mut drawing, &frame, one, is_stacked, runs.len() > 1);
    }
    if options.slope {
        for (run, at) in runs.iter().zip(0..) {
            trend(&mut drawing, &frame, run, if runs.len() > 1 { at } else { 1 });
        }
    }
    for mark in &marks {
        let (x, y) = frame.point(mark.at.time, mark.at.bytes as f64);
        let side = if mark.is_start { 4.0 } else { -4.0 };
        let points = [(x + side, y - 9.0), (x, y - 9.0), (x, y + 9.0), (x + side, y + 9.0)];
        drawing.line(&points, Paint::Call(mark.colour), 2.0);
    }
    peaks(&mut drawing, &frame, &runs, is_stacked);
    let end =
        lanes::draw(&mut drawing, &frame, &runs[0], &calls, options.flame, frame.bottom + 30.0);
    drawing.height = end + EDGE / 2.0;
    drawing
}

/// Title and summary; where what follows begins.
fn title(drawing: &mut Drawing, runs: &[Run], options: &PlotOptions) -> f64 {
    let title = match (&options.title, runs) {
        (Some(title), _) => title.clone(),
        (None, [run]) if !run.command.is_empty() => run.command.clone(),
        (None, [run]) if !run.name.is_empty() => run.name.clone(),
        _ => "Memory over time".to_owned(),
    };
    let title = shown(&title);
    if let Some(title) = fitted(&title, WIDTH - 2.0 * EDGE) {
        drawing.bold((EDGE, 24.0), Anchor::Start, title);
    }
    let highest = runs.iter().filter_map(|run| run.curves[0].peak).map(|peak| peak.bytes).max();
    let peak = highest.map_or(String::new(), |bytes| format!(", peak {}", size_text(bytes)));
    drawing.summary =
        format!("Memory over time: {title}, {}{peak}", plural(runs.len() as u64, "run"));
    36.0
}

/// What is drawn of each curve, the program before its processes.
fn curves(runs: &[Run], is_stacked: bool, from: f64, to: f64) -> Vec<Drawn<'_>> {
    let mut drawn = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let curves = if is_stacked { &run.layers } else { &run.curves };
        for (number, curve) in curves.iter().enumerate().filter(|(_, curve)| curve.peak.is_some()) {
            let colour = if runs.len() > 1 { at } else { number } % COLOURS;
            drawn.push(Drawn { run, curve, colour, samples: within(curve, from, to) });
        }
    }
    drawn
}

/// The samples of a curve from one time to another, with what is at these times themselves.
fn within(curve: &Curve, from: f64, to: f64) -> Vec<(f64, f64)> {
    let samples = curve.seen(from, to, DENSE);
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(samples.len());
    let mut before: Option<(f64, f64)> = None;
    for sample in samples {
        let (time, bytes) = (sample.time, sample.bytes as f64);
        if let Some((start, low)) = before {
            let crossed = [from, to].into_iter().filter(|edge| start < *edge && *edge < time);
            let at = |edge| low + (bytes - low) * (edge - start) / (time - start);
            points.extend(crossed.map(|edge| (edge, at(edge))));
        }
        if from <= time && time <= to {
            points.push((time, bytes));
        }
        before = Some((time, bytes));
    }
    points
}

/// What the curves are; where what follows begins.
fn legend(
    drawing: &mut Drawing,
    drawn: &[Drawn],
    are_many: bool,
    is_stacked: bool,
    slope: bool,
    top: f64,
) -> f64 {
    if drawn.len() < 2 && !slope {
        return top;
    }
    let (mut x, mut y) = (EDGE, top);
    for (at, one) in drawn.iter().enumerate() {
        let is_program = one.curve.name == run::PROGRAM;
        // A layer is as high as all below it: what it adds is in the curve of the process.
        let peak = if is_stacked { one.run.curves[at].peak } else { one.curve.peak };
        let run = if one.run.name.is_empty() { &one.run.command } else { &one.run.name };
        let name = match (are_many, is_program) {
            (false, _) => one.curve.name.clone(),
            (true, true) => run.clone(),
            (true, false) => format!("{run} {}", one.curve.name),
        };
        let peak = peak.map_or(String::new(), |peak| format!(": peak {}", size_text(peak.bytes)));
        let slope = one.run.trend.filter(|_| slope && is_program).map_or(String::new(), |trend| {
            #[expect(clippy::cast_possible_truncation, reason = "it is rounded")]
            let bytes = trend.slope.round() as i64;
            format!(", slope {}{}/s", if bytes > 0 { "+" } else { "" }, size_text(bytes))
        });
        let text = format!("{}{peak}{slope}", shown(&name));
        let text = fitted(&text, WIDTH - 2.0 * EDGE - 18.0).unwrap_or(text);
        let room = wide(&text) + 18.0;
        if x + room > WIDTH - EDGE && x > EDGE {
            (x, y) = (EDGE, y + LINE);
        }
        drawing.rectangle((x, y + 2.0), (x + 12.0, y + 14.0), Paint::Curve(one.colour));
        drawing.text((x + 18.0, y + 12.0), Anchor::Start, text, Paint::Text);
        x += room + 14.0;
    }
    y + LINE
}

fn axes(drawing: &mut Drawing, frame: &Frame, sizes: &ticks::Ticks) {
    for (size, text) in sizes {
        let y = frame.y(*size).round();
        drawing.line(&[(frame.left, y), (frame.right, y)], Paint::Grid, 1.0);
        drawing.text((frame.left - 8.0, y + 4.0), Anchor::End, text, Paint::Soft);
    }
    for (time, text) in ticks::times(frame.from, frame.to, 10.0) {
        let x = frame.x(time).round();
        drawing.line(&[(x, frame.top), (x, frame.bottom + 4.0)], Paint::Grid, 1.0);
        let half = wide(&text) / 2.0;
        let middle = x.max(half).min(WIDTH - half);
        drawing.text((middle, frame.bottom + 18.0), Anchor::Middle, text, Paint::Soft);
    }
}

fn area(drawing: &mut Drawing, frame: &Frame, one: &Drawn, paint: Paint) {
    let ([first, ..], [.., last]) = (&one.samples[..], &one.samples[..]) else { return };
    let mut points: Vec<_> =
        one.samples.iter().map(|&(time, bytes)| frame.point(time, bytes)).collect();
    points.push((frame.x(last.0), frame.bottom));
    points.push((frame.x(first.0), frame.bottom));
    drawing.shapes.push(Shape::Area { points, paint });
}

fn line(drawing: &mut Drawing, frame: &Frame, one: &Drawn, is_stacked: bool, are_many: bool) {
    let is_program = one.curve.name == run::PROGRAM;
    if is_program && !is_stacked && !are_many {
        area(drawing, frame, one, Paint::Below(one.colour));
    }
    let points: Vec<_> =
        one.samples.iter().map(|&(time, bytes)| frame.point(time, bytes)).collect();
    let paint = Paint::Curve(one.colour);
    match points[..] {
        [] => {}
        [at] => drawing.shapes.push(Shape::Dot { at, paint }),
        _ if are_many && !is_program => drawing.dashes(&points, paint, 1.2),
        _ => drawing.line(&points, paint, 1.5),
    }
}

/// The line through the samples, as far as it is in the picture.
fn trend(drawing: &mut Drawing, frame: &Frame, run: &Run, colour: usize) {
    let Some(trend) = run.trend else { return };
    let (mut from, mut to) = (frame.from, frame.to.min(run.duration));
    let [low, high] = [frame.low, frame.high].map(|bytes| (bytes - trend.base) / trend.slope);
    // A line that rises nowhere is met nowhere; then both are infinite, or no numbers.
    if low.is_finite() && high.is_finite() {
        (from, to) = (from.max(low.min(high)), to.min(low.max(high)));
    }
    if from < to {
        let points = [from, to].map(|time| frame.point(time, trend.at(time)));
        drawing.dashes(&points, Paint::Curve(colour % COLOURS), 1.5);
    }
}

/// The highest sample of each run, and of the highest one what it is.
fn peaks(drawing: &mut Drawing, frame: &Frame, runs: &[Run], is_stacked: bool) {
    let peaks = runs.iter().zip(0..).filter_map(|(run, at)| {
        let (peak, during) = run.peak(is_stacked);
        let label = run.calls.functions.iter().find(|one| Some(&*one.name) == during);
        Some((peak?, label.map(|function| &*function.label), at))
    });
    let seen: Vec<_> =
        peaks.filter(|(peak, ..)| frame.from <= peak.time && peak.time <= frame.to).collect();
    let highest = seen
        .iter()
        .copied()
        .reduce(|one, other| if other.0.bytes > one.0.bytes { other } else { one });
    if let Some((peak, during, _)) = highest {
        let (x, y) = frame.point(peak.time, peak.bytes as f64);
        drawing.dashes(&[(x, y), (x, frame.bottom)], Paint::Peak, 1.0);
        let during = during.map_or(String::new(), |name| format!(" in {}", shown(name)));
        let text =
            format!("peak {} at {}{during}", size_text(peak.bytes), time_text(peak.time, 0.01));
        let text = fitted(&text, frame.right - frame.left).unwrap_or(text);
        let half = wide(&text) / 2.0;
        let middle = x.max(frame.left + half).min(frame.right - half);
        drawing.bold((middle, y - 10.0), Anchor::Middle, text);
    }
    for (peak, _, at) in seen {
        let paint = if is_stacked { Paint::Peak } else { Paint::Curve(at % COLOURS) };
        let at = frame.point(peak.time, peak.bytes as f64);
        drawing.shapes.push(Shape::Dot { at, paint });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::{Child, Sample, Span};

    fn words(drawing: &Drawing) -> Vec<&str> {
        let words = drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some(&**text),
            _ => None,
        });
        words.collect()
    }

    fn recording(samples: &[(f64, i64)]) -> Recording {
        let samples = samples.iter().copied().map(Sample::from).collect();
        Recording { samples, ..Recording::default() }
    }

    #[test]
    fn the_peak_is_named_with_its_time_and_function() {
        let mut run = recording(&[(5.0, 1 << 20), (6.0, 9 << 20), (7.0, 1 << 20)]);
        let (start, end) = ((5.5, 1 << 20).into(), (6.5, 1 << 20).into());
        run.spans.push(Span { name: "app.load".into(), start, end, level: 0 });
        let drawing = draw(&[run.clone()], &PlotOptions::default());
        assert!(words(&drawing).contains(&"peak 9.0 MiB at 1.00 s in load"));
        assert!(words(&drawing).contains(&"load 1.0 s"));
        let functions = PlotOptions { functions: false, ..PlotOptions::default() };
        assert!(!words(&draw(&[run], &functions)).contains(&"load 1.0 s"));
    }

    #[test]
    fn a_window_is_cut_where_it_is_and_the_curve_goes_to_its_edges() {
        let run = recording(&[(0.0, 0), (10.0, 100)]);
        let options = PlotOptions { window: Some((2.0, 4.0)), ..PlotOptions::default() };
        let drawn = run::all(std::slice::from_ref(&run));
        assert_eq!(within(&drawn[0].curves[0], 2.0, 4.0), [(2.0, 20.0), (4.0, 40.0)]);
        let more = recording(&[(0.0, 0), (3.0, 30), (10.0, 100)]);
        let drawn = run::all(std::slice::from_ref(&more));
        assert_eq!(within(&drawn[0].curves[0], 2.0, 4.0), [(2.0, 20.0), (3.0, 30.0), (4.0, 40.0)]);
        assert!(words(&draw(&[run], &options)).contains(&"2.0 s"));
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_outside_of_the_picture(
            samples in proptest::collection::vec((0.0..50.0_f64, 0..1_i64 << 40), 0..40),
            spans in proptest::collection::vec((0.0..50.0_f64, 0.0..50.0_f64, 0..1_i64 << 40), 0..60),
            window in proptest::option::of((0.0..20.0_f64, 0.1..50.0_f64)),
            is_stacked: bool,
            flame: bool,
            count in 1..4_usize,
        ) {
            let mut run = recording(&samples);
            run.children = vec![Child { pid: 1, samples: run.samples.clone() }];
            run.spans = spans.iter().map(|&(start, length, bytes)| Span {
                name: format!("module.function_{}", bytes % 9),
                start: (start, bytes).into(),
                end: (start + length, bytes / 2).into(),
                level: 0,
            }).collect();
            let children = if is_stacked { Children::Stacked } else { Children::Separate };
            let window = window.map(|(from, length)| (from, from + length));
            let options = PlotOptions { window, slope: true, flame, children, ..PlotOptions::default() };
            let drawing = draw(&vec![run; count], &options);
            let is_inside = |&(x, y): &Point| {
                (-1.0..=drawing.width + 1.0).contains(&x) && (-1.0..=drawing.height + 1.0).contains(&y)
            };
            for shape in &drawing.shapes {
                match shape {
                    Shape::Line { points, .. } | Shape::Area { points, .. } => {
                        prop_assert!(points.iter().all(is_inside), "{shape:?}");
                    }
                    Shape::Dot { at, .. } | Shape::Text { at, .. } => prop_assert!(is_inside(at)),
                }
            }
        }
    }
}
