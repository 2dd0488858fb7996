//! The bookkeeping of a line: events in, figures for each line out.
//!
//! Safe Rust, no I/O of its own, no Python. On the path of an event there is no allocation (but for
//! a stack that grows), no hash and no lock: a code's figures are found by index, an activation on
//! top of its thread's stack. Events come in one at a time: the caller holds the interpreter lock.
//!
//! Words: a *visit* of a line goes from its LINE event to the next LINE event of the same frame or
//! to its exit; an *activation* is one running frame. What suspends closes its visit and opens it
//! again when it is resumed, so memory that moved in between is nobody's.

#![allow(clippy::inline_always, reason = "an event takes as long as ten calls")]

mod allocations;
mod control;
mod figures;
mod lines;
mod moment;
mod result;
mod room;
mod seen;
mod so_far;
mod switch;
mod thread;
mod twins;

pub use figures::{Code, CodeId, CodeKind, Description, Function, FunctionId, Statement};
pub use lines::Line;
pub use result::{Taken, TakenLine};
pub use thread::ThreadId;

use std::collections::HashMap;

use crate::meter::Sampler;
use crate::meter::clock::Ticks;
use crate::profile::Kind;
use lines::Lines;
use room::Room;
use seen::Seen;
use thread::{Activation, Company, Thread};

/// Figures of all profiled code and the activations of all threads.
#[derive(Debug)]
pub struct Engine {
    /// Where readings come from.
    pub sampler: Sampler,
    /// Whether allocations are counted.
    counts_heap: bool,
    functions: Vec<Function>,
    codes: Vec<Code>,
    lines: Lines,
    threads: Vec<Thread>,
    /// What functions that are gone have left in the three tables.
    free_functions: Vec<FunctionId>,
    free_codes: Room,
    free_lines: Room,
    /// Number of functions that are foreign.
    foreign: usize,
    /// Whether functions that are not foreign count.
    started: bool,
    /// Frames inside a `with profile:` block.
    blocks: Vec<usize>,
    /// What frames that are suspended had seen of their statement, where it is not all up to the
    /// line: an asynchronous comprehension over several lines. Lines count from the function's first
    /// one here, since a frame can be resumed by another thread. Empty in most programs.
    suspended: HashMap<usize, Seen>,
    /// Threads with an activation.
    company: Company,
    events: u64,
    lost: u64,
    /// Ticks spent in here: of readings exactly, of the rest by sample.
    spent: Ticks,
}

/// How an activation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A call: the line of the `def` is opened.
    Call,
    /// The rest of this line, after a yield or await.
    Resume(u32),
}

/// How an activation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It returned or raised.
    End,
    /// It yielded or awaits: it may come back.
    Suspend,
}

impl Engine {
    /// An engine with nothing to profile yet.
    pub fn new(sampler: Sampler) -> Self {
        Self {
            sampler,
            counts_heap: false,
            functions: Vec::new(),
            codes: Vec::new(),
            lines: Lines::default(),
            threads: Vec::new(),
            free_functions: Vec::new(),
            free_codes: Room::default(),
            free_lines: Room::default(),
            foreign: 0,
            started: false,
            blocks: Vec::new(),
            suspended: HashMap::new(),
            company: Company::default(),
            events: 0,
            lost: 0,
            spent: 0,
        }
    }

    /// A frame of `code` starts to run on `thread`.
    #[inline]
    pub fn enter(&mut self, thread: ThreadId, frame: usize, code: CodeId, entry: Entry) {
        let start = self.start();
        let now = self.reading(thread, start);
        self.push(thread, frame, code, entry, now);
        self.end(thread, start);
    }

    /// `frame` starts on line `number`, if it is the one on top of its thread's stack; else false.
    ///
    /// Nearly all line events are such, and for them there is no need to look at the code object.
    /// `HEAP` says whether allocations are counted: without them nothing is left of them here.
    #[inline(always)]
    pub fn line_on_top<const HEAP: bool>(
        &mut self,
        thread: ThreadId,
        frame: usize,
        number: u32,
    ) -> bool {
        let on_top = self.is_on_top(thread, frame);
        if on_top {
            let start = self.start();
            let now = self.reading(thread, start);
            let at = self.threads[thread.0].stack.len() - 1;
            self.go_to::<HEAP>(thread, at, number, now);
            self.end(thread, start);
        }
        on_top
    }

    /// Whether `frame` is the one on top of its thread's stack.
    #[inline(always)]
    pub fn is_on_top(&self, thread: ThreadId, frame: usize) -> bool {
        self.threads[thread.0].stack.last().is_some_and(|top| top.frame == frame)
    }

    /// `frame` starts on line `number`.
    pub fn line(&mut self, thread: ThreadId, frame: usize, code: CodeId, number: u32) {
        let start = self.start();
        let now = self.reading(thread, start);
        let at = match self.locate(thread, frame, now) {
            Some(at) => at,
            // Profiling began in the middle of this frame.
            None if self.push(thread, frame, code, Entry::Resume(0), now) => {
                self.threads[thread.0].stack.len() - 1
            }
            None => return self.end(thread, start),
        };
        if self.counts_heap {
            self.go_to::<true>(thread, at, number, now);
        } else {
            self.go_to::<false>(thread, at, number, now);
        }
        self.end(thread, start);
    }

    /// `frame` stops to run. Returns the function whose outermost call this ended.
    #[inline]
    pub fn exit(&mut self, thread: ThreadId, frame: usize, exit: Exit) -> Option<FunctionId> {
        let start = self.start();
        let now = self.reading(thread, start);
        let ended = match self.locate(thread, frame, now) {
            Some(at) => {
                if exit == Exit::Suspend {
                    self.remember(thread, at);
                }
                self.pop(thread, at, now)
            }
            // Entered before profiling began, or raised by a signal handler at its resumption.
            None => None,
        };
        self.end(thread, start);
        ended.filter(|_| exit == Exit::End)
    }

    /// Keeps what the frame at `at`, about to be suspended, has seen of its statement.
    #[inline]
    fn remember(&mut self, thread: ThreadId, at: usize) {
        let Activation { frame, code, line, seen, .. } = self.threads[thread.0].stack[at];
        let own = self.codes[code.0 as usize];
        // Those that start with another frame's share do so again when they are resumed.
        let inherits = matches!(own.kind, CodeKind::Inlined | CodeKind::Expression);
        if !inherits && seen.goes_beyond(line) {
            self.suspended.insert(frame, seen.moved(own.base, 0));
        }
    }

    /// Counts an event that could not be recorded.
    pub fn lose(&mut self) {
        self.lost += 1;
    }

    /// Where the activation of `frame` is: on top of its thread's stack.
    #[inline(always)]
    fn locate(&mut self, thread: ThreadId, frame: usize, now: i64) -> Option<usize> {
        let stack = &self.threads[thread.0].stack;
        match stack.last() {
            Some(top) if top.frame == frame => Some(stack.len() - 1),
            _ => self.switch_to(thread, frame, now),
        }
    }

    /// Puts a frame on its thread's stack; false when its lines do not count here.
    #[inline]
    fn push(
        &mut self,
        thread: ThreadId,
        frame: usize,
        mut code: CodeId,
        entry: Entry,
        mut now: i64,
    ) -> bool {
        let mut own = self.codes[code.0 as usize];
        if own.by_thread {
            match self.counted(thread, code) {
                Some(its) => (code, own) = (its, self.codes[its.0 as usize]),
                None => return false,
            }
        }
        let thread = &mut self.threads[thread.0];
        let outside = match own.kind {
            CodeKind::Block => !self.blocks.contains(&frame),
            CodeKind::Inlined => {
                let caller =
                    thread.stack.last().map(|top| self.codes[top.code.0 as usize].function);
                caller != Some(own.function)
            }
            // In code with a block, those count that are called from inside it.
            CodeKind::Expression | CodeKind::Body => {
                self.functions[own.function.0 as usize].kind == Kind::Block
                    && !thread
                        .stack
                        .iter()
                        .any(|a| self.codes[a.code.0 as usize].function == own.function)
            }
            CodeKind::Function => false,
        };
        if outside {
            return false;
        }
        if thread.visits.open.len() < self.lines.len() {
            thread.visits.open.resize(self.lines.len(), 0);
            // What that took is ours.
            now = self.sampler.read().0;
        }
        if own.is_top() {
            let function = &mut self.functions[own.function.0 as usize];
            function.depth += 1;
            if entry == Entry::Call {
                function.called(now);
            }
        }
        if thread.stack.is_empty() {
            self.company.join();
        }
        if entry == Entry::Call && !self.suspended.is_empty() {
            // Of a frame that was here before and never went on.
            self.suspended.remove(&frame);
        }
        let mut activation = Activation::new(frame, code, now);
        let first = match entry {
            Entry::Call => own.opening(),
            Entry::Resume(number) => own.line(number),
        };
        match (own.kind, first) {
            // From 3.12 on (PEP 709) a comprehension runs in the frame around it; where it is a
            // frame of its own its visits take the place of that frame's.
            (CodeKind::Inlined, _) => {
                activation.seen = thread.suspend(&mut self.lines, now, self.company);
            }
            (CodeKind::Expression, Some(line)) => {
                activation.seen = thread.inherit(self.lines[line].statement);
            }
            // A class body begins on the lines of the header it stands below.
            (CodeKind::Body, None) if !own.is_top() => {
                if let Some(header) = own.line(own.first_line) {
                    activation.seen = thread.inherit(self.lines[header].statement);
                }
            }
            (_, Some(line)) if entry != Entry::Call => {
                let statement = self.lines[line].statement;
                let kept = self.suspended.remove(&frame).map(|seen| seen.moved(0, own.base));
                let kept = kept.filter(|seen| seen.is_of(statement));
                activation.seen = kept.unwrap_or_else(|| Seen::up_to(statement, line));
            }
            _ => {}
        }
        thread.stack.push(activation);
        if let Some(line) = first {
            let at = thread.stack.len() - 1;
            thread.open(at, line, now, self.company);
        }
        true
    }

    /// The activation at `at` goes on to line `number`.
    #[inline(always)]
    fn go_to<const HEAP: bool>(&mut self, thread: ThreadId, at: usize, number: u32, now: i64) {
        let Self { threads, codes, lines, company, lost, .. } = self;
        let Thread { stack, visits, reading, .. } = &mut threads[thread.0];
        let activation = &mut stack[at];
        // The thread may count on records of its own.
        let Some(line) = codes[activation.code.0 as usize].line(number) else {
            *lost += 1;
            return;
        };
        let from = activation.line;
        let target = &mut lines[line];
        target.occurrences += u64::from(activation.seen.is_new(target, line, from));
        // The trace hook reports each turn of a loop on one line, the monitoring hook none: one
        // visit for both.
        if from == line {
            return;
        }
        if HEAP {
            activation.leave_allocations(lines, reading);
            activation.allocations.begin(reading);
        }
        activation.leave(visits, lines, now, *company);
        activation.open(line, visits, now, *company);
    }

    /// Ends the activation at `at`; the function whose outermost call that was.
    #[inline]
    fn pop(&mut self, thread: ThreadId, at: usize, now: i64) -> Option<FunctionId> {
        let thread = &mut self.threads[thread.0];
        thread.leave(at, &mut self.lines, now, self.company);
        let ended = thread.stack.remove(at);
        let own = self.codes[ended.code.0 as usize];
        if own.kind == CodeKind::Inlined {
            thread.take_back(at, &ended, now, self.company);
        } else if let Some(below) = at.checked_sub(1) {
            let caller = &mut thread.stack[below];
            caller.take_in(&ended, now);
            if own.kind == CodeKind::Expression {
                caller.seen.return_from(&ended.seen);
            }
        }
        if thread.stack.is_empty() {
            self.company.part();
        }
        if !own.is_top() {
            return None;
        }
        let function = &mut self.functions[own.function.0 as usize];
        function.depth -= 1;
        (function.depth == 0).then_some(function.whole)
    }
}
