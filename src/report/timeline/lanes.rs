//! Calls in a picture: a row for each level below the curves, and their ends on the curve.

use super::calls::Call;
use super::drawing::Frame;
use super::letters::{fitted, shown};
use super::run::Run;
use super::shapes::{Anchor, COLOURS, Drawing, Paint};
use crate::profile::Sample;
use crate::units;

/// Pixels of a row.
const ROW: f64 = 24.0;
/// Rows that are drawn.
const ROWS: usize = 10;
/// Calls whose ends are still told apart on the curve.
const ENDS: usize = 40;
/// Calls narrower than this are drawn as one where they lie close, pixels.
const NARROW: f64 = 3.0;

/// One end of a call.
#[derive(Debug)]
pub struct End {
    /// Time and memory.
    pub at: Sample,
    /// Whether it is the first.
    pub is_start: bool,
    /// Of its function.
    pub colour: usize,
}

/// The calls that ran from one time to another.
pub fn seen(run: &Run, from: f64, to: f64) -> Vec<&Call> {
    let calls = run.calls.drawn.iter();
    calls.filter(|call| call.end.time >= from && call.start.time <= to).collect()
}

/// The ends of calls that can be seen; none if there are too many.
pub fn ends(calls: &[&Call], from: f64, to: f64) -> Vec<End> {
    if calls.len() > ENDS {
        return Vec::new();
    }
    let both = calls.iter().flat_map(|call| {
        let colour = call.function % COLOURS;
        [(call.start, true), (call.end, false)].map(|(at, is_start)| End { at, is_start, colour })
    });
    both.filter(|end| from <= end.at.time && end.at.time <= to).collect()
}

/// Draws the rows; where they end.
pub fn draw(
    drawing: &mut Drawing,
    frame: &Frame,
    run: &Run,
    calls: &[&Call],
    is_flame: bool,
    top: f64,
) -> f64 {
    let mut rows: Vec<usize> = calls.iter().map(|call| call.row).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut y = top;
    for row in rows.iter().take(ROWS) {
        let all: Vec<_> = calls.iter().copied().filter(|call| call.row == *row).collect();
        for group in all.chunk_by(|one, other| is_one(frame, one, other)) {
            group_of_calls(drawing, frame, run, group, is_flame, y);
        }
        y += ROW;
    }
    let count = run.calls.count;
    let hidden = [
        (rows.len() > ROWS).then(|| format!("{} deeper levels are not drawn", rows.len() - ROWS)),
        (count > run.calls.drawn.len() && !calls.is_empty()).then(|| {
            let (drawn, count) = (run.calls.drawn.len() as u64, count as u64);
            format!(
                "the {} longest of {} are drawn",
                units::count(drawn),
                units::plural(count, "call")
            )
        }),
    ];
    let hidden: Vec<_> = hidden.into_iter().flatten().collect();
    if !hidden.is_empty() {
        drawing.text((frame.left, y + 12.0), Anchor::Start, hidden.join("; "), Paint::Soft);
        y += 20.0;
    }
    y
}

fn is_one(frame: &Frame, one: &Call, other: &Call) -> bool {
    let narrow = |call: &Call| frame.x(call.end.time) - frame.x(call.start.time) < NARROW;
    narrow(one) && narrow(other) && frame.x(other.start.time) - frame.x(one.end.time) < NARROW / 2.0
}

fn group_of_calls(
    drawing: &mut Drawing,
    frame: &Frame,
    run: &Run,
    group: &[&Call],
    is_flame: bool,
    top: f64,
) {
    let ([first, ..], [.., last]) = (group, group) else { return };
    let from = frame.x(first.start.time).max(frame.left);
    let to = frame.x(last.end.time).min(frame.right).max(from + 2.0);
    let colour = first.function % COLOURS;
    if is_flame {
        drawing.rectangle((from, top), (to - 1.0, top + ROW - 3.0), Paint::Box(colour));
    } else if group.len() > 1 {
        drawing.line(&[(from, top + 17.0), (to, top + 17.0)], Paint::Call(colour), 2.0);
    } else {
        // An end that is out of the picture is none.
        let (left, right) = (from + 1.0, to - 1.0);
        let mut points = vec![(left, top + 16.0), (right, top + 16.0)];
        if first.start.time >= frame.from {
            points.insert(0, (left, top + 21.0));
        }
        if first.end.time <= frame.to {
            points.push((right, top + 21.0));
        }
        drawing.line(&points, Paint::Call(colour), 2.0);
    }
    let name = if group.len() > 1 {
        units::plural(group.len() as u64, "call")
    } else {
        shown(&run.calls.functions[first.function].label)
    };
    let time = units::seconds(first.end.time - first.start.time);
    let room = to - from - 8.0;
    let text = fitted(&format!("{name} {time}"), room)
        .filter(|text| group.len() == 1 && !text.ends_with('…'));
    if let Some(text) = text.or_else(|| fitted(&name, room)) {
        let line = top + if is_flame { 15.0 } else { 12.0 };
        drawing.text((f64::midpoint(from, to), line), Anchor::Middle, text, Paint::Text);
    }
}
