//! The calls of functions beside a curve: which row each is drawn in, and what each function had.

use std::collections::{BTreeMap, HashMap};

use super::highest::Highest;
use crate::profile::{Sample, Span};

/// Calls that are drawn; of more, the longest.
const DRAWN: usize = 2000;
/// Rows there are; deeper calls are not drawn.
const ROWS: usize = 64;

/// One call to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// Its function, by its place in [`Calls::functions`].
    pub function: usize,
    /// From the outermost, 0, on: calls that overlap are in different ones.
    pub row: usize,
    /// Time from the start of the run and memory.
    pub start: Sample,
    /// The same of its end.
    pub end: Sample,
}

/// All calls of one function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// As it was recorded.
    pub name: String,
    /// As few of its last parts as tell it from the others.
    pub label: String,
    /// How many calls.
    pub calls: u64,
    /// In all of them, those within others of the same function left out; seconds.
    pub seconds: f64,
    /// The longest, seconds.
    pub longest: f64,
    /// What memory grew in all of them, those within others left out; bytes.
    pub grown: i64,
    /// The highest memory while one ran, bytes.
    pub peak: i64,
}

/// The calls of one run.
#[derive(Debug, Default, PartialEq)]
pub struct Calls {
    /// Those that are drawn, in order of their starts.
    pub drawn: Vec<Call>,
    /// How many there are.
    pub count: usize,
    /// In the order they first began.
    pub functions: Vec<Function>,
}

impl Calls {
    /// Of the spans of a recording that began at `start`, Unix time; `samples` are from there.
    pub fn of(spans: &[Span], start: f64, samples: &[Sample]) -> Self {
        let mut calls = Self { count: spans.len(), ..Self::default() };
        let highest = Highest::of(samples);
        let mut order: Vec<&Span> = spans.iter().collect();
        // What holds another begins before it, or at once with it and ends later.
        order.sort_by(|one, other| {
            let begin = one.start.time.total_cmp(&other.start.time);
            begin.then(other.end.time.total_cmp(&one.end.time)).then(one.level.cmp(&other.level))
        });
        let mut places = HashMap::new();
        let mut outer: Vec<Outer> = Vec::new();
        let mut rows = Vec::new();
        for span in order {
            let from = |sample: Sample| Sample { time: sample.time - start, ..sample };
            let (begin, end) = (from(span.start), from(span.end));
            let function = *places.entry(span.name.as_str()).or_insert_with(|| {
                calls.functions.push(Function::new(&span.name));
                outer.push(Outer::default());
                calls.functions.len() - 1
            });
            let peak = highest.between(begin.time, end.time);
            let is_outermost = outer[function].takes(span);
            calls.functions[function].add(span, peak, is_outermost);
            if let Some(row) = row(&mut rows, begin.time, end.time) {
                calls.drawn.push(Call { function, row, start: begin, end });
            }
        }
        keep_the_longest(&mut calls.drawn);
        for (function, label) in calls.functions.iter_mut().zip(labels(places)) {
            function.label = label;
        }
        calls
    }

    /// The function that ran at a time: of several, the one that began last.
    pub fn running(spans: &[Span], at: f64) -> Option<&str> {
        let ran = spans.iter().filter(|span| span.start.time <= at && at <= span.end.time);
        let last = ran.max_by(|one, other| {
            one.start.time.total_cmp(&other.start.time).then(one.level.cmp(&other.level))
        });
        last.map(|span| span.name.as_str())
    }
}

impl Function {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: String::new(),
            calls: 0,
            seconds: 0.0,
            longest: 0.0,
            grown: 0,
            peak: i64::MIN,
        }
    }

    fn add(&mut self, span: &Span, peak: Option<i64>, is_outermost: bool) {
        let seconds = (span.end.time - span.start.time).max(0.0);
        self.calls += 1;
        self.longest = self.longest.max(seconds);
        let ends = span.start.bytes.max(span.end.bytes);
        self.peak = self.peak.max(ends).max(peak.unwrap_or(ends));
        // What a recursion takes is in its outermost call already.
        if is_outermost {
            self.seconds += seconds;
            let grown = span.end.bytes.saturating_sub(span.start.bytes);
            self.grown = self.grown.saturating_add(grown);
        }
    }
}

/// The calls of one function that are in no other call of it: of each level the latest end.
#[derive(Debug, Default)]
struct Outer(BTreeMap<u32, f64>);

impl Outer {
    /// Whether a call is one of them; calls come in order of their starts.
    ///
    /// A level counts calls of all functions, so it says nothing alone. A call that runs beside
    /// another, in a thread or a process of its own, is at the same level as a rule.
    fn takes(&mut self, span: &Span) -> bool {
        let end = span.end.time;
        if self.0.range(..span.level).any(|(_, outer)| *outer >= end) {
            return false;
        }
        let latest = self.0.entry(span.level).or_insert(end);
        *latest = latest.max(end);
        true
    }
}

/// The first row that is free from a time on, which is taken then.
fn row(rows: &mut Vec<f64>, start: f64, end: f64) -> Option<usize> {
    let row = match rows.iter().position(|taken| *taken <= start) {
        Some(row) => row,
        None if rows.len() < ROWS => {
            rows.push(end);
            rows.len() - 1
        }
        None => return None,
    };
    rows[row] = end;
    Some(row)
}

fn keep_the_longest(calls: &mut Vec<Call>) {
    if calls.len() > DRAWN {
        let length = |call: &Call| call.end.time - call.start.time;
        calls.sort_by(|one, other| length(other).total_cmp(&length(one)));
        calls.truncate(DRAWN);
        calls.sort_by(|one, other| one.start.time.total_cmp(&other.start.time));
    }
}

/// For names with their places, in order of the places, the shortest ends that no two share.
fn labels(places: HashMap<&str, usize>) -> Vec<String> {
    let mut labels = vec![String::new(); places.len()];
    let mut pending: Vec<_> = places.into_iter().collect();
    let mut parts = 0;
    while !pending.is_empty() {
        parts += 1;
        let mut sharing: HashMap<&str, usize> = HashMap::new();
        for (name, _) in &pending {
            *sharing.entry(last_parts(name, parts)).or_default() += 1;
        }
        // A name that has no more parts cannot become longer.
        pending.retain(|&(name, place)| {
            let label = last_parts(name, parts);
            let is_final = sharing[label] == 1 || label.len() == name.len();
            if is_final {
                label.clone_into(&mut labels[place]);
            }
            !is_final
        });
    }
    labels
}

/// So many parts of `a.b.c` from its end.
fn last_parts(name: &str, parts: usize) -> &str {
    match name.rmatch_indices('.').nth(parts - 1) {
        // A name that ends in a point would have an empty label.
        Some((at, _)) if at + 1 < name.len() => &name[at + 1..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(name: &str, start: f64, end: f64, level: u32) -> Span {
        let at = |time| Sample { time, bytes: 10 };
        Span { name: name.into(), start: at(start), end: at(end), level }
    }

    fn rows(calls: &Calls) -> Vec<(&str, usize)> {
        calls.drawn.iter().map(|call| (&*calls.functions[call.function].label, call.row)).collect()
    }

    #[test]
    fn calls_lie_below_what_called_them() {
        // In the order they ended.
        let spans = [
            span("m.inner", 2.0, 3.0, 0),
            span("m.inner", 3.0, 4.0, 0),
            span("m.outer", 2.0, 5.0, 0),
            span("m.next", 5.0, 6.0, 0),
        ];
        let calls = Calls::of(&spans, 2.0, &[]);
        assert_eq!(rows(&calls), [("outer", 0), ("inner", 1), ("inner", 1), ("next", 0)]);
        assert_eq!(calls.drawn[3].start, Sample { time: 3.0, bytes: 10 });
    }

    #[test]
    fn a_recursion_counts_once() {
        let mut spans = [span("f", 0.0, 4.0, 0), span("f", 1.0, 3.0, 1)];
        for span in &mut spans {
            span.end.bytes = 17;
        }
        let samples = [(0.0, 10), (2.0, 99), (4.0, 17)].map(Sample::from);
        let function = &Calls::of(&spans, 0.0, &samples).functions[0];
        assert_eq!((function.calls, function.grown, function.peak), (2, 7, 99));
        assert!(function.seconds > 3.9 && function.seconds < 4.1 && function.longest < 4.1);
    }

    #[test]
    fn a_call_in_one_of_another_function_counts() {
        let mut spans = [
            span("main", 0.0, 9.0, 0),
            span("load", 1.0, 2.0, 1),
            span("load", 3.0, 5.0, 1),
            span("load", 3.5, 4.5, 3),
        ];
        for span in &mut spans {
            span.end.bytes = 17;
        }
        let function = &Calls::of(&spans, 0.0, &[]).functions[1];
        assert_eq!((function.calls, function.grown), (3, 14));
        assert!(function.seconds > 2.9 && function.seconds < 3.1);
    }

    #[test]
    fn calls_of_several_threads_count_each() {
        let spans = [span("f", 0.0, 4.0, 1), span("f", 1.0, 3.0, 1)];
        let function = &Calls::of(&spans, 0.0, &[]).functions[0];
        assert!(function.seconds > 5.9 && function.seconds < 6.1);
    }

    #[test]
    fn the_longest_of_many_calls_are_drawn_and_all_are_counted() {
        let short = (0..5000).map(f64::from).map(|at| span("f", at, at + 0.1, 0));
        let mut spans: Vec<_> = short.collect();
        spans.push(span("long", 6000.0, 9000.0, 0));
        let calls = Calls::of(&spans, 0.0, &[]);
        assert_eq!((calls.drawn.len(), calls.count, calls.functions[0].calls), (DRAWN, 5001, 5000));
        assert_eq!(calls.functions[calls.drawn[DRAWN - 1].function].name, "long");
    }

    #[test]
    fn a_recursion_without_end_has_a_row_for_each_level_up_to_a_limit() {
        let spans: Vec<_> =
            (0..1000).map(|at| span("f", f64::from(at), 5000.0 - f64::from(at), at)).collect();
        assert_eq!(Calls::of(&spans, 0.0, &[]).drawn.len(), ROWS);
    }

    #[test]
    fn the_function_that_ran_is_the_innermost() {
        let spans = [span("a", 0.0, 9.0, 0), span("b", 1.0, 2.0, 0)];
        let running = |at| Calls::running(&spans, at);
        assert_eq!([0.5, 1.5, 5.0, 9.5].map(running), [Some("a"), Some("b"), Some("a"), None]);
    }

    #[test]
    fn a_label_is_as_short_as_it_can_be() {
        for (names, expected) in [
            (&["a.b"][..], &["b"][..]),
            (&["x.b", "f.a.b", "g.a.b", "g.a.c", "b.c"], &["x.b", "f.a.b", "g.a.b", "a.c", "b.c"]),
            (&["b", "a.b"], &["b", "a.b"]),
            (&["my.", "."], &["my.", "."]),
        ] {
            let places = names.iter().copied().zip(0..).collect();
            assert_eq!(labels(places), expected);
        }
    }
}
