//! What lines allocate, against a model that keeps every moment and books nothing.

use std::collections::HashMap;

use proptest::prelude::*;
use rsprofile::engine::{CodeId, CodeKind, Description, Engine, Entry, Exit, FunctionId, ThreadId};
use rsprofile::meter::{Gate, Meter, Reading, Sampler};
use rsprofile::profile::{self, Kind};

const FUNCTIONS: usize = 3;
const LINES: u32 = 4;
const THREADS: usize = 2;

/// A step of a random program.
#[derive(Debug, Clone)]
enum Step {
    Allocate(u64),
    /// Frees the block of this place among those alive, whoever made it.
    Free(usize),
    Call(usize),
    Line(u32),
    Exit,
    /// A yield and what comes back at once.
    Suspend,
    Switch(usize),
    /// A look in the middle: it must not change what is counted.
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..1000_u64).prop_map(Step::Allocate),
        3 => any::<usize>().prop_map(Step::Free),
        2 => (0..FUNCTIONS).prop_map(Step::Call),
        4 => (2..=LINES).prop_map(Step::Line),
        2 => Just(Step::Exit),
        1 => Just(Step::Suspend),
        1 => (0..THREADS).prop_map(Step::Switch),
        1 => Just(Step::Settle),
    ]
}

/// What a thread has done until a moment.
#[derive(Debug, Clone, Copy, Default)]
struct Moment {
    allocated: u64,
    freed: u64,
    count: u64,
}

impl Moment {
    fn net(self) -> i64 {
        self.allocated.cast_signed() - self.freed.cast_signed()
    }
}

/// From a moment to a moment, on one line of one frame.
#[derive(Debug, Clone, Copy)]
struct Visit {
    thread: usize,
    function: usize,
    line: u32,
    start: usize,
    end: usize,
    outermost: bool,
}

#[derive(Debug, Default)]
struct Model {
    /// What each thread had done at each moment.
    log: Vec<[Moment; THREADS]>,
    visits: Vec<Visit>,
    open: [Vec<Visit>; THREADS],
    /// Blocks alive: size and the function and line that made them.
    blocks: Vec<(u64, Option<(usize, u32)>)>,
}

impl Model {
    fn now(&self) -> usize {
        self.log.len() - 1
    }

    fn open(&mut self, thread: usize, function: usize, line: u32) {
        let same = |visit: &Visit| (visit.function, visit.line) == (function, line);
        let outermost = !self.open[thread].iter().any(same);
        let (start, end) = (self.now(), 0);
        self.open[thread].push(Visit { thread, function, line, start, end, outermost });
    }

    fn close(&mut self, thread: usize) -> Option<Visit> {
        let visit = self.open[thread].pop()?;
        self.visits.push(Visit { end: self.now(), ..visit });
        Some(visit)
    }

    fn line(&self, function: usize, line: u32) -> Option<profile::Heap> {
        let of = |visit: &&Visit| (visit.function, visit.line) == (function, line);
        let visits: Vec<_> = self.visits.iter().filter(of).collect();
        let at = |visit: &Visit, moment: usize| self.log[moment][visit.thread];
        let sum = |figure: fn(Moment) -> u64| {
            let outermost = visits.iter().filter(|visit| visit.outermost);
            outermost.map(|v| figure(at(v, v.end)) - figure(at(v, v.start))).sum()
        };
        let peak = |v: &&Visit| {
            let nets = self.log[v.start..=v.end].iter().map(|moment| moment[v.thread].net());
            nets.max().unwrap_or(0) - at(v, v.start).net()
        };
        let mine = self.blocks.iter().filter(|(_, maker)| *maker == Some((function, line)));
        Some(profile::Heap {
            live: mine.map(|(size, _)| size.cast_signed()).sum(),
            allocated: sum(|moment| moment.allocated),
            freed: sum(|moment| moment.freed),
            count: sum(|moment| moment.count),
            peak: visits.iter().copied().map(|v| peak(&v)).max()?,
        })
    }
}

/// What a thread is to the engine's callers: a reading, and the line record of its new blocks.
#[derive(Debug, Clone, Copy, Default)]
struct Thread {
    reading: Reading,
    record: u32,
}

/// An engine, and threads that allocate what the test says.
struct Program {
    engine: Engine,
    codes: Vec<CodeId>,
    threads: [Thread; THREADS],
    running: usize,
}

impl Program {
    fn new() -> Self {
        Self::counting(true)
    }

    /// Its functions are added while allocations are counted, or are not.
    fn counting(on: bool) -> Self {
        let mut engine = Engine::new(Sampler::new(Meter::Nothing, None, Gate::shut()));
        engine.count_heap(on);
        let codes = (0..FUNCTIONS).map(|_| {
            let described = Description {
                file: "f.py",
                name: "f",
                kind: Kind::Function,
                first_line: 1,
                range: (1, LINES),
                foreign: false,
            };
            let own = engine.add_function(&described, |_| None);
            engine.add_codes(own, &[(CodeKind::Function, 1)])
        });
        let codes = codes.collect();
        for thread in 0..THREADS {
            engine.claim_thread(ThreadId(thread));
        }
        Self { engine, codes, threads: Default::default(), running: 0 }
    }

    /// The running thread makes a block; the line record it belongs to.
    fn allocate(&mut self, size: u64) -> u32 {
        let Thread { reading, record } = &mut self.threads[self.running];
        reading.allocated += size;
        reading.allocations += 1;
        reading.high = reading.high.max(reading.net());
        *record
    }

    /// The running thread frees a block, whoever made it.
    fn release(&mut self, size: u64) {
        self.threads[self.running].reading.freed += size;
    }

    /// The running thread says what it has done, and begins a new high-water mark.
    fn arrive(&mut self) {
        let reading = &mut self.threads[self.running].reading;
        self.engine.arrive(ThreadId(self.running), *reading);
        reading.high = reading.net();
    }

    /// An event of the running thread, the way hooks bring it.
    fn event<R>(&mut self, event: impl FnOnce(&mut Engine, ThreadId) -> R) -> R {
        let id = ThreadId(self.running);
        self.arrive();
        let result = event(&mut self.engine, id);
        self.threads[self.running].record = self.engine.line_record(id);
        result
    }

    fn enter(&mut self, frame: usize, function: usize, entry: Entry) {
        let code = self.codes[function];
        self.event(|engine, id| engine.enter(id, frame, code, entry));
    }

    fn line(&mut self, frame: usize, function: usize, number: u32) {
        let code = self.codes[function];
        self.event(|engine, id| {
            if !(engine.counts_heap() && engine.line_on_top::<true>(id, frame, number)) {
                engine.line(id, frame, code, number);
            }
        });
    }

    fn exit(&mut self, frame: usize, exit: Exit) {
        self.event(|engine, id| engine.exit(id, frame, exit));
    }

    fn rows(&self, function: usize) -> Vec<profile::Row> {
        self.engine.function(FunctionId(u32::try_from(function).unwrap())).rows
    }

    fn heap(&self, function: usize, line: usize) -> profile::Heap {
        self.rows(function)[line - 1].measured.unwrap().heap.unwrap()
    }
}

/// Runs the steps through the engine and the model, and ends what is open.
fn run(steps: &[Step]) -> (Program, Model) {
    let mut program = Program::new();
    let mut model = Model { log: vec![[Moment::default(); THREADS]], ..Model::default() };
    let mut alive: HashMap<u32, i64> = HashMap::new();
    let mut records = Vec::new();
    let mut thread = 0;
    let frame = |thread: usize, depth: usize| 0x1000 * (thread + 1) + depth;
    let close = std::iter::repeat_n(Step::Exit, steps.len());
    let ends = (0..THREADS).flat_map(|t| std::iter::once(Step::Switch(t)).chain(close.clone()));
    for step in steps.iter().cloned().chain(ends) {
        // One moment for each step.
        model.log.push(model.log[model.now()]);
        let (at, depth) = (model.now(), model.open[thread].len());
        let top = depth.wrapping_sub(1);
        match step {
            Step::Allocate(size) => {
                let record = program.allocate(size);
                *alive.entry(record).or_default() += size.cast_signed();
                records.push(record);
                let maker = model.open[thread].last().map(|visit| (visit.function, visit.line));
                model.blocks.push((size, maker));
                model.log[at][thread].allocated += size;
                model.log[at][thread].count += 1;
            }
            Step::Free(place) if !records.is_empty() => {
                let place = place % records.len();
                let (size, _) = model.blocks.swap_remove(place);
                *alive.entry(records.swap_remove(place)).or_default() -= size.cast_signed();
                program.release(size);
                model.log[at][thread].freed += size;
            }
            Step::Call(function) => {
                program.enter(frame(thread, depth), function, Entry::Call);
                model.open(thread, function, 1);
            }
            Step::Line(line) if depth > 0 => {
                let Visit { function, line: from, .. } = model.open[thread][top];
                program.line(frame(thread, top), function, line);
                if line != from {
                    model.close(thread);
                    model.open(thread, function, line);
                }
            }
            Step::Suspend if depth > 0 => {
                let Visit { function, line, .. } = model.open[thread][top];
                program.exit(frame(thread, top), Exit::Suspend);
                model.close(thread);
                program.enter(frame(thread, top), function, Entry::Resume(line));
                model.open(thread, function, line);
            }
            Step::Exit if depth > 0 => {
                program.exit(frame(thread, top), Exit::End);
                model.close(thread);
            }
            Step::Switch(other) => {
                thread = other;
                program.running = other;
            }
            Step::Settle => {
                program.arrive();
                program.engine.settle();
            }
            _ => {}
        }
    }
    program.engine.set_live(&alive);
    (program, model)
}

proptest! {
    #[test]
    fn allocations_are_what_the_log_says(steps in prop::collection::vec(step(), 0..160)) {
        let (program, model) = run(&steps);
        for function in 0..FUNCTIONS {
            for row in program.rows(function) {
                let ours = row.measured.and_then(|line| line.heap);
                let line = (function, row.line);
                prop_assert_eq!(ours, model.line(function, row.line), "{:?}", line);
            }
        }
    }

    /// What is alive is on one line each, or was made outside of all.
    #[test]
    fn every_block_alive_is_on_the_line_that_made_it(
        steps in prop::collection::vec(step(), 0..160)
    ) {
        let (program, model) = run(&steps);
        let live: i64 = (0..FUNCTIONS)
            .flat_map(|function| program.rows(function))
            .filter_map(|row| row.measured.and_then(|line| line.heap))
            .map(|heap| heap.live)
            .sum();
        let made = model.blocks.iter().filter(|(_, maker)| maker.is_some());
        prop_assert_eq!(live, made.map(|(size, _)| size.cast_signed()).sum::<i64>());
    }
}

#[test]
fn a_temporary_raises_the_peak_of_every_caller() {
    let mut program = Program::new();
    for function in 0..FUNCTIONS {
        program.enter(function, function, Entry::Call);
        program.line(function, function, 2);
    }
    program.allocate(100);
    program.release(100);
    for frame in (0..FUNCTIONS).rev() {
        program.exit(frame, Exit::End);
    }
    for function in 0..FUNCTIONS {
        let heap = program.heap(function, 2);
        assert_eq!((heap.peak, heap.allocated, heap.freed, heap.count), (100, 100, 100, 1));
    }
}

#[test]
fn what_was_alive_when_the_meter_stopped_stays_on_its_line() {
    let mut program = Program::new();
    program.enter(1, 0, Entry::Call);
    let record = program.allocate(7);
    program.exit(1, Exit::End);
    program.engine.keep_live(&HashMap::from([(record, 7)]));
    program.engine.set_live(&HashMap::from([(record, 5)]));
    assert_eq!(program.heap(0, 1).live, 12);
    program.engine.reset(None);
    program.enter(1, 0, Entry::Call);
    program.exit(1, Exit::End);
    assert_eq!(program.heap(0, 1).live, 12, "blocks outlive what was counted until a report");
}

#[test]
fn the_child_of_a_fork_has_no_block_yet() {
    let mut program = Program::new();
    program.enter(1, 0, Entry::Call);
    let record = program.allocate(7);
    program.engine.set_live(&HashMap::from([(record, 7)]));
    program.event(Engine::after_fork);
    program.allocate(3);
    program.exit(1, Exit::End);
    let heap = program.heap(0, 1);
    assert_eq!((heap.live, heap.allocated, heap.count, heap.peak), (0, 3, 1, 3));
}

#[test]
fn a_function_added_before_allocations_were_counted_has_lines_of_its_own() {
    let mut program = Program::counting(false);
    program.enter(1, 0, Entry::Call);
    program.line(1, 0, 2);
    program.exit(1, Exit::End);
    assert!(program.rows(0)[1].measured.unwrap().heap.is_none(), "nobody asked");
    program.engine.count_heap(true);
    program.enter(1, 0, Entry::Call);
    program.line(1, 0, 2);
    assert_ne!(program.allocate(7), 0);
    program.exit(1, Exit::End);
    assert_eq!((program.heap(0, 2).allocated, program.heap(0, 1).allocated), (7, 0));
}
