//! The engine on the fake meter, against a model that works out every figure afterwards from a log.
//!
//! The engine books as events come in and keeps no history. The model keeps the whole history and no
//! books: a visit is a stretch of the log, and what it holds is looked up there.

use proptest::prelude::*;
use rsprofile::engine::{
    CodeId, CodeKind, Description, Engine, Entry, Exit, FunctionId, Statement, ThreadId,
};
use rsprofile::meter::{Fake, Gate, Meter, Peak, Sampler};
use rsprofile::profile::{Kind, Measured};

const FUNCTIONS: usize = 3;
pub const LINES: u32 = 4;
const THREADS: usize = 2;

/// A step of a random program.
#[derive(Debug, Clone)]
enum Step {
    /// A look in the middle: it must not change what is counted.
    Settle,
    Grow(i64),
    Call(usize),
    Line(u32),
    Exit,
    Switch(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (-50i64..100).prop_map(Step::Grow),
        2 => (0..FUNCTIONS).prop_map(Step::Call),
        4 => (2..=LINES).prop_map(Step::Line),
        2 => Just(Step::Exit),
        1 => (0..THREADS).prop_map(Step::Switch),
        1 => Just(Step::Settle),
    ]
}

pub fn engine(peak: bool) -> Engine {
    let meter = Meter::Fake(Fake::default());
    let peak = peak.then(|| Peak::open().unwrap());
    Engine::new(Sampler::new(meter, peak, Gate::off()))
}

/// A function of `LINES` lines, each a statement of its own.
pub fn function(engine: &mut Engine, name: &str) -> CodeId {
    let own = engine.add_function(&described(name, LINES), |_| None);
    engine.add_codes(own, &[(CodeKind::Function, 1)])
}

pub fn described(name: &str, last: u32) -> Description<'_> {
    Description {
        file: "f.py",
        name,
        kind: Kind::Function,
        first_line: 1,
        range: (1, last),
        foreign: false,
    }
}

pub fn grow(engine: &mut Engine, amount: i64) {
    let Meter::Fake(fake) = engine.sampler.meter() else { unreachable!() };
    fake.grow(amount);
}

/// A stretch of the log: the level at each moment from `start` to `end`, both included.
#[derive(Debug, Clone)]
struct Stretch {
    thread: usize,
    function: usize,
    line: u32,
    start: usize,
    end: usize,
    depth: usize,
}

#[derive(Debug, Default)]
struct Model {
    /// The level after each step.
    log: Vec<i64>,
    visits: Vec<Stretch>,
    activations: Vec<Stretch>,
    /// Open (activation, visit) of each thread's frames.
    open: [Vec<(Stretch, Stretch)>; THREADS],
}

impl Model {
    fn now(&self) -> usize {
        self.log.len() - 1
    }

    fn call(&mut self, thread: usize, function: usize) {
        let (start, depth) = (self.now(), self.open[thread].len());
        let own = Stretch { thread, function, line: 1, start, end: 0, depth };
        self.open[thread].push((own.clone(), own));
    }

    fn line(&mut self, thread: usize, line: u32) {
        let end = self.now();
        if let Some((_, visit)) = self.open[thread].last_mut()
            && visit.line != line
        {
            self.visits.push(Stretch { end, ..visit.clone() });
            (visit.line, visit.start) = (line, end);
        }
    }

    fn exit(&mut self, thread: usize) {
        let end = self.now();
        if let Some((activation, visit)) = self.open[thread].pop() {
            self.visits.push(Stretch { end, ..visit });
            self.activations.push(Stretch { end, ..activation });
        }
    }

    fn grown(&self, stretch: &Stretch) -> i64 {
        self.log[stretch.end] - self.log[stretch.start]
    }

    fn measured(&self, function: usize, line: u32) -> Option<Measured> {
        let of_line = |v: &&Stretch| v.function == function && v.line == line;
        let visits: Vec<_> = self.visits.iter().filter(of_line).collect();
        // Inside another visit of this line on this thread: the same growth seen from further in.
        let inner = |v: &Stretch| {
            visits.iter().any(|o| {
                o.thread == v.thread && o.depth < v.depth && o.start <= v.start && v.end <= o.end
            })
        };
        let callees = |v: &Stretch| -> i64 {
            let called = |a: &&Stretch| {
                a.thread == v.thread
                    && a.depth == v.depth + 1
                    && v.start <= a.start
                    && a.end <= v.end
            };
            // A callee of length nothing may lie on the border of two visits; it grew nothing.
            self.activations.iter().filter(called).map(|a| self.grown(a)).sum()
        };
        Some(Measured {
            usage: visits.iter().map(|v| self.log[v.end]).max()?,
            increment: visits.iter().filter(|v| !inner(v)).map(|v| self.grown(v)).sum(),
            own: visits.iter().map(|v| self.grown(v) - callees(v)).sum(),
            peak: visits
                .iter()
                .filter_map(|v| self.log[v.start..=v.end].iter().max())
                .max()
                .copied(),
            occurrences: 0,
            shared: false,
            heap: None,
        })
    }
}

/// Runs the steps through the engine and the model, and ends what is open.
fn run(steps: &[Step]) -> (Engine, Model) {
    let mut engine = engine(true);
    let codes: Vec<_> = (0..FUNCTIONS).map(|n| function(&mut engine, &n.to_string())).collect();
    for thread in 0..THREADS {
        engine.claim_thread(ThreadId(thread));
    }
    let mut model = Model { log: vec![0], ..Model::default() };
    let mut thread = 0;
    // Addresses of frames: stack slots, used again as the interpreter does.
    let frame = |thread: usize, depth: usize| 0x1000 * (thread + 1) + depth;
    let close = std::iter::repeat_n(Step::Exit, steps.len());
    let ends = (0..THREADS).flat_map(|t| std::iter::once(Step::Switch(t)).chain(close.clone()));
    for step in steps.iter().cloned().chain(ends) {
        let depth = model.open[thread].len();
        // One moment for each step, so that stretches nest as calls do.
        model.log.push(*model.log.last().unwrap());
        match step {
            Step::Grow(amount) => {
                grow(&mut engine, amount);
                *model.log.last_mut().unwrap() += amount;
            }
            Step::Call(function) => {
                engine.enter(ThreadId(thread), frame(thread, depth), codes[function], Entry::Call);
                model.call(thread, function);
            }
            Step::Line(line) if depth > 0 => {
                let function = model.open[thread][depth - 1].0.function;
                engine.line(ThreadId(thread), frame(thread, depth - 1), codes[function], line);
                model.line(thread, line);
            }
            Step::Exit if depth > 0 => {
                engine.exit(ThreadId(thread), frame(thread, depth - 1), Exit::End);
                model.exit(thread);
            }
            Step::Switch(other) => thread = other,
            Step::Settle => engine.settle(),
            Step::Line(_) | Step::Exit => {}
        }
    }
    (engine, model)
}

proptest! {
    #[test]
    fn figures_are_what_the_log_says(steps in prop::collection::vec(step(), 0..120)) {
        let (engine, model) = run(&steps);
        for function in 0..FUNCTIONS {
            let id = rsprofile::engine::FunctionId(u32::try_from(function).unwrap());
            for row in engine.function(id).rows {
                // A look counts as the end of a visit for the highest reading at the end of one.
                let looked = steps.iter().any(|step| matches!(step, Step::Settle));
                let compared = |m: Measured| {
                    let usage = if looked { 0 } else { m.usage };
                    Measured { usage, occurrences: 0, shared: false, ..m }
                };
                let (ours, theirs) = (row.measured, model.measured(function, row.line));
                let line = (function, row.line);
                prop_assert_eq!(ours.map(compared), theirs.map(compared), "{:?}", line);
            }
        }
    }

    /// On one thread the Own column sums to the growth during profiled calls.
    #[test]
    fn who_looks_on_sees_what_would_be_booked_and_books_nothing(
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let (mut engine, _) = run(&steps);
        let now = engine.sampler.meter().read().unwrap();
        let booked = |engine: &Engine| (0..FUNCTIONS).map(|index| {
            engine.function(FunctionId(u32::try_from(index).unwrap()))
        }).collect::<Vec<_>>();
        let before = booked(&engine);
        let seen = engine.so_far(now);
        prop_assert_eq!(&booked(&engine), &before);
        engine.settle();
        let mut count = 0;
        for (index, function) in (0..).zip(booked(&engine)) {
            for row in function.rows {
                let found = seen.iter().find(|(id, line, _)| (id.0, *line) == (index, row.line));
                let found = found.map(|(.., figures)| figures);
                let figures = |one: &Measured| (one.increment, one.own, one.occurrences);
                prop_assert_eq!(found.map(figures), row.measured.as_ref().map(figures));
                count += usize::from(found.is_some());
            }
        }
        prop_assert_eq!(count, seen.len());
    }

    #[test]
    fn own_sums_to_the_growth_of_outermost_calls(steps in prop::collection::vec(step(), 0..120)) {
        let steps: Vec<_> = steps.into_iter().filter(|s| !matches!(s, Step::Switch(_))).collect();
        let (engine, model) = run(&steps);
        let own: i64 = (0..FUNCTIONS)
            .flat_map(|n| engine.function(rsprofile::engine::FunctionId(u32::try_from(n).unwrap())).rows)
            .filter_map(|row| row.measured.map(|m| m.own))
            .sum();
        let outermost = model.activations.iter().filter(|a| a.depth == 0);
        prop_assert_eq!(own, outermost.map(|a| model.grown(a)).sum::<i64>());
    }
}

pub const MAIN: ThreadId = ThreadId(0);

/// An engine with one function whose lines are cut into statements.
fn cut(kind: CodeKind, spans: &[(u32, u32, u32)]) -> (Engine, CodeId) {
    let mut engine = engine(false);
    let last = spans.iter().map(|span| span.1).max().unwrap();
    let own = engine.add_function(&described("f", last), |line| {
        let span = spans.iter().find(|span| (span.0..=span.1).contains(&line))?;
        Some(Statement { first: span.0, with_end: span.2 })
    });
    let code = engine.add_codes(own, &[(kind, 1), (CodeKind::Inlined, 2)]);
    engine.claim_thread(MAIN);
    (engine, code)
}

/// Occurrences of each line after a frame has gone over `lines`.
fn occurrences(spans: &[(u32, u32, u32)], lines: &[u32]) -> Vec<u64> {
    let (mut engine, code) = cut(CodeKind::Function, spans);
    engine.enter(MAIN, 1, code, Entry::Call);
    for &line in lines {
        engine.line(MAIN, 1, code, line);
    }
    engine.exit(MAIN, 1, Exit::End);
    let rows = engine.function(rsprofile::engine::FunctionId(0)).rows;
    rows.iter().map(|row| row.measured.map_or(0, |m| m.occurrences)).collect()
}

#[test]
fn a_call_over_four_lines_counts_once() {
    let spans = [(1, 1, 0), (2, 5, 0), (6, 6, 0)];
    assert_eq!(occurrences(&spans, &[2, 3, 4, 5, 2, 6]), [0, 1, 1, 1, 1, 1]);
    // In a loop, once for each turn.
    assert_eq!(occurrences(&spans, &[6, 2, 3, 4, 2, 6, 2, 3, 2, 6]), [0, 2, 2, 1, 0, 3]);
}

#[test]
fn leaving_a_with_block_is_no_execution_of_its_header() {
    let spans = [(1, 1, 0), (2, 2, 4), (3, 3, 0), (4, 4, 0), (5, 5, 0)];
    assert_eq!(occurrences(&spans, &[2, 3, 4, 2, 5]), [0, 1, 1, 1, 1]);
    // In a loop headed by line 1: a new execution comes from outside the body.
    assert_eq!(occurrences(&spans, &[1, 2, 3, 2, 1, 2, 4, 2, 1]), [3, 2, 1, 1, 0]);
}

#[test]
fn a_statement_of_many_lines_counts_each_line_once() {
    let spans = [(1, 1, 0), (2, 201, 0)];
    let lines: Vec<_> = (2..=201).chain([2]).collect();
    assert_eq!(occurrences(&spans, &lines)[1..], [1; 200]);
}

#[test]
fn resuming_is_no_new_execution() {
    let (mut engine, code) = cut(CodeKind::Function, &[(1, 1, 0), (2, 4, 0)]);
    engine.enter(MAIN, 1, code, Entry::Call);
    engine.line(MAIN, 1, code, 2);
    engine.line(MAIN, 1, code, 3);
    engine.exit(MAIN, 1, Exit::Suspend);
    grow(&mut engine, 1000);
    engine.enter(MAIN, 1, code, Entry::Resume(3));
    grow(&mut engine, 5);
    engine.line(MAIN, 1, code, 4);
    engine.line(MAIN, 1, code, 2);
    engine.exit(MAIN, 1, Exit::End);
    let own = engine.function(rsprofile::engine::FunctionId(0));
    let counts: Vec<_> = own.rows.iter().map(|r| r.measured.map_or(0, |m| m.occurrences)).collect();
    assert_eq!(counts, [0, 1, 1, 1]);
    assert_eq!(own.rows[2].measured.unwrap().increment, 5, "what the consumer grew is nobody's");
    assert_eq!(own.calls, 1);
}

#[test]
fn an_exit_never_entered_is_ignored() {
    let (mut engine, code) = cut(CodeKind::Function, &[(1, 2, 0)]);
    assert_eq!(engine.exit(MAIN, 7, Exit::End), None);
    engine.line(MAIN, 7, code, 2);
    assert_eq!(engine.depth(MAIN), 1, "profiling began in the middle of this frame");
    engine.exit(MAIN, 7, Exit::End);
    assert_eq!(engine.depth(MAIN), 0);
}

#[test]
fn a_line_out_of_range_is_counted_as_lost() {
    let (mut engine, code) = cut(CodeKind::Function, &[(1, 2, 0)]);
    engine.enter(MAIN, 1, code, Entry::Call);
    engine.line(MAIN, 1, code, 3);
    engine.line(MAIN, 1, code, 0);
    engine.exit(MAIN, 1, Exit::End);
    assert_eq!(engine.totals().lost, 2);
}

#[test]
fn visits_beside_another_busy_thread_are_marked() {
    let (mut engine, code) = cut(CodeKind::Function, &[(1, 1, 0), (2, 2, 0), (3, 3, 0), (4, 4, 0)]);
    engine.claim_thread(ThreadId(1));
    engine.enter(MAIN, 1, code, Entry::Call);
    engine.line(MAIN, 1, code, 2);
    engine.line(MAIN, 1, code, 3);
    // Begins and ends within the visit of line 3.
    engine.enter(ThreadId(1), 9, code, Entry::Call);
    engine.exit(ThreadId(1), 9, Exit::End);
    engine.line(MAIN, 1, code, 4);
    engine.exit(MAIN, 1, Exit::End);
    let rows = engine.function(rsprofile::engine::FunctionId(0)).rows;
    let shared: Vec<_> = rows.iter().map(|row| row.measured.unwrap().shared).collect();
    assert_eq!(shared, [true, false, true, false]);
}

#[test]
fn the_child_of_a_fork_counts_from_nothing() {
    let (mut engine, code) = cut(CodeKind::Function, &[(1, 1, 0), (2, 2, 0)]);
    engine.enter(MAIN, 1, code, Entry::Call);
    engine.line(MAIN, 1, code, 2);
    grow(&mut engine, 100);
    engine.after_fork(MAIN);
    grow(&mut engine, 7);
    engine.exit(MAIN, 1, Exit::End);
    let own = engine.function(rsprofile::engine::FunctionId(0));
    assert_eq!((own.calls, own.rows[1].measured.unwrap().increment), (0, 7));
    assert_eq!(engine.totals().events, 1);
}

#[test]
fn tables_grow_with_lines_and_not_with_events() {
    let (mut engine, code) = cut(CodeKind::Function, &[(1, 1, 0), (2, 2, 0), (3, 3, 0)]);
    let bytes = |engine: &mut Engine, turns: u32| {
        engine.enter(MAIN, 1, code, Entry::Call);
        for turn in 0..turns {
            engine.line(MAIN, 1, code, 2 + turn % 2);
        }
        engine.exit(MAIN, 1, Exit::End);
        engine.table_bytes()
    };
    assert_eq!(bytes(&mut engine, 10), bytes(&mut engine, 100_000));
}

#[test]
fn a_comprehension_that_is_a_frame_reads_like_one_that_is_not() {
    let spans = [(1, 1, 0), (2, 4, 0), (5, 5, 0)];
    let events = |inlined: bool| {
        let (mut engine, code) = cut(CodeKind::Function, &spans);
        let function = rsprofile::engine::FunctionId(0);
        let comprehension = CodeId(code.0 + 1);
        let (frame, own) = if inlined { (1, code) } else { (2, comprehension) };
        engine.enter(MAIN, 1, code, Entry::Call);
        engine.line(MAIN, 1, code, 2);
        if !inlined {
            engine.enter(MAIN, 2, comprehension, Entry::Call);
        }
        for amount in [3, 4] {
            engine.line(MAIN, frame, own, 3);
            grow(&mut engine, amount);
            engine.line(MAIN, frame, own, 4);
        }
        if !inlined {
            engine.exit(MAIN, 2, Exit::End);
        }
        engine.line(MAIN, 1, code, 2);
        grow(&mut engine, 1);
        engine.line(MAIN, 1, code, 5);
        engine.exit(MAIN, 1, Exit::End);
        engine.function(function).rows
    };
    assert_eq!(events(true), events(false));
}

#[test]
fn what_is_taken_stands_in_order_and_is_gone() {
    let mut engine = engine(false);
    let code = function(&mut engine, "f");
    engine.claim_thread(ThreadId(0));
    let owner = engine.code(code).function;
    for lines in [&[4, 2, 4][..], &[3]] {
        engine.enter(ThreadId(0), 1, code, Entry::Call);
        for &line in lines {
            engine.line(ThreadId(0), 1, code, line);
            grow(&mut engine, 10);
        }
        engine.exit(ThreadId(0), 1, Exit::End);
    }
    let taken = engine.take(owner);
    let lines: Vec<_> = taken
        .lines
        .iter()
        .map(|line| (line.number, line.increment, line.usage, line.occurrences))
        .collect();
    assert_eq!(lines, [(1, 0, 30, 0), (4, 20, 30, 2), (2, 10, 20, 1), (3, 10, 40, 1)]);
    assert_eq!((taken.first_line, taken.calls), (1, 2));
    assert_eq!((taken.entry_first, taken.entry_max), (0, 30));
    assert!(engine.take(owner).lines.is_empty());
    assert!(engine.is_idle());
}
