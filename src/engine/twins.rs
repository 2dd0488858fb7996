//! Figures of one thread: for profilers that show what their own threads did.
//!
//! A thread that joins a function gets a record of that function's lines and code objects for itself,
//! a twin. Which one counts is decided when a frame is pushed; from then on the frame's code is the
//! twin's, and no event after it knows the difference. Twins stay, for the same thread or the next one
//! of its number.

use super::seen::moved;
use super::thread::{Activation, NONE};
use super::{Code, CodeId, CodeKind, Engine, Function, FunctionId, Line, Taken, ThreadId};

/// A thread's own record of a function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Twin {
    pub function: FunctionId,
    /// How often the thread joined and did not part; nothing new counts here at 0.
    joined: u32,
}

impl Engine {
    /// Counts what `thread` runs of `function` from now on for itself; with what it runs already.
    pub fn join(&mut self, function: FunctionId, thread: ThreadId) {
        let own = &mut self.functions[function.0 as usize];
        if own.twins.len() <= thread.0 {
            own.twins.resize(thread.0 + 1, None);
        }
        let twin = if let Some(twin) = &mut own.twins[thread.0] {
            twin.joined += 1;
            if twin.joined > 1 {
                return;
            }
            twin.function
        } else {
            let twin = self.add_twin(function);
            self.functions[function.0 as usize].twins[thread.0] =
                Some(Twin { function: twin, joined: 1 });
            twin
        };
        // What frames did that were left running when the thread last parted.
        self.fold(function, twin);
        self.reset(Some(twin));
        self.move_over(thread, function, twin);
    }

    /// Undoes one [`Engine::join`].
    pub fn part(&mut self, function: FunctionId, thread: ThreadId) {
        let twins = &mut self.functions[function.0 as usize].twins;
        if let Some(Some(twin)) = twins.get_mut(thread.0) {
            twin.joined = twin.joined.saturating_sub(1);
        }
    }

    /// Takes a function's figures: those of each thread that has joined it, and without a thread
    /// those of the nested code that other threads ran. The function keeps them too unless it is
    /// foreign, and then has those of other threads for itself.
    pub fn take_each(&mut self, function: FunctionId, mut f: impl FnMut(Option<ThreadId>, Taken)) {
        let mut take = |engine: &mut Self, thread, record| {
            if engine.has_figures(record) {
                engine.fold(function, record);
                f(thread, engine.take(record));
            }
        };
        let own = &self.functions[function.0 as usize];
        let foreign = own.foreign;
        for number in 0..own.twins.len() {
            if let Some(twin) = self.functions[function.0 as usize].twins[number]
                && twin.joined > 0
            {
                take(self, Some(ThreadId(number)), twin.function);
            }
        }
        if foreign {
            take(self, None, function);
        }
    }

    /// Has a function take in what its twins hold.
    pub fn gather(&mut self, function: FunctionId) {
        for number in 0..self.functions[function.0 as usize].twins.len() {
            if let Some(twin) = self.functions[function.0 as usize].twins[number] {
                self.fold(function, twin.function);
                self.take(twin.function);
            }
        }
    }

    /// Says whether functions that are not foreign count.
    pub fn set_started(&mut self, started: bool) {
        self.started = started;
    }

    /// Whether a function has nested code that other threads may run.
    pub fn hands_out(&self, function: FunctionId) -> bool {
        let codes = self.codes_of(function).map(|code| self.codes[code.0 as usize]);
        codes.filter(|code| !code.top).any(|code| code.kind != CodeKind::Inlined)
    }

    /// Lets a foreign function go whose code no frame runs; false where one seems to.
    pub fn release(&mut self, function: FunctionId) -> bool {
        let whole = |activation: &Activation| {
            let record = self.codes[activation.code.0 as usize].function;
            self.functions[record.0 as usize].whole
        };
        let running = self.threads.iter().any(|thread| {
            let parked = thread.parked.iter().flatten().map(|parked| &parked.activation);
            thread.stack.iter().chain(parked).any(|activation| whole(activation) == function)
        });
        if running {
            return false;
        }
        self.foreign -= 1;
        let twins = std::mem::take(&mut self.functions[function.0 as usize].twins);
        for record in twins.into_iter().flatten().map(|twin| twin.function).chain([function]) {
            let own = &mut self.functions[record.0 as usize];
            (own.file, own.name) = (String::new(), String::new());
            let (first, count) = std::mem::take(&mut own.codes);
            self.free_lines.give(own.base, own.len);
            self.free_codes.give(first, count);
            self.codes[first as usize..(first + count) as usize].fill(Code::NONE);
            self.free_functions.push(record);
        }
        true
    }

    /// The code that a frame of `code` counts as on `thread`; `None` where it does not count.
    #[cold]
    pub(super) fn counted(&self, thread: ThreadId, code: CodeId) -> Option<CodeId> {
        let Code { function, top, .. } = self.codes[code.0 as usize];
        let own = &self.functions[function.0 as usize];
        if let Some(&Some(twin)) = own.twins.get(thread.0)
            && twin.joined > 0
        {
            let its = &self.functions[twin.function.0 as usize];
            return Some(CodeId(its.codes.0 + (code.0 - own.codes.0)));
        }
        // Nested code that another thread runs was handed to it by a call that counts, one supposes.
        let counts = if own.foreign { !top } else { self.started };
        counts.then_some(code)
    }

    fn add_twin(&mut self, function: FunctionId) -> FunctionId {
        let (first, count) = self.functions[function.0 as usize].codes;
        let own = &self.functions[function.0 as usize];
        let (from, len) = (own.base, own.len);
        let twin = Function {
            file: String::new(),
            name: String::new(),
            foreign: true,
            twins: Vec::new(),
            codes: (0, count),
            calls: 0,
            depth: 0,
            ..*own
        };
        let base = self.room_for_lines(len);
        for offset in 0..len {
            let of = (from + offset) as usize;
            let Line { statement, with_end, .. } = self.lines[of];
            let with_end = if with_end == 0 { 0 } else { moved(with_end, from, base) };
            let line = Line::new(moved(statement, from, base), with_end);
            self.lines.place_twin((base + offset) as usize, line, of);
        }
        let codes = self.room_for_codes(count);
        let twin = self.place(Function { base, codes: (codes, count), ..twin });
        for offset in 0..count {
            let code = &mut self.codes[(first + offset) as usize];
            code.by_thread = true;
            let its = Code { function: twin, base, by_thread: false, ..*code };
            self.codes[(codes + offset) as usize] = its;
        }
        twin
    }

    /// Has the running frames of a thread go on in a twin.
    fn move_over(&mut self, thread: ThreadId, function: FunctionId, twin: FunctionId) {
        let Some(thread) = self.threads.get_mut(thread.0) else { return };
        if thread.stack.is_empty() && thread.parked.is_empty() {
            return;
        }
        let (from, to) = (&self.functions[function.0 as usize], &self.functions[twin.0 as usize]);
        let (from_base, to_base, from_code, to_code) =
            (from.base, to.base, from.codes.0, to.codes.0);
        let codes = &self.codes;
        let change = |activation: &mut Activation| {
            let own = codes[activation.code.0 as usize];
            if own.function != function {
                return None;
            }
            activation.code = CodeId(activation.code.0 - from_code + to_code);
            for line in [&mut activation.line, &mut activation.suspended] {
                if *line != NONE {
                    *line = moved(*line, from_base, to_base);
                }
            }
            activation.seen = activation.seen.moved(from_base, to_base);
            Some(own.top)
        };
        let mut calls = 0;
        thread.visits.open.resize(thread.visits.open.len().max(self.lines.len()), 0);
        for activation in &mut thread.stack {
            let before = activation.line;
            if let Some(top) = change(activation) {
                calls += u32::from(top);
                if before != NONE {
                    thread.visits.open[before] -= 1;
                    thread.visits.open[activation.line] += 1;
                }
            }
        }
        for parked in thread.parked.iter_mut().flatten() {
            if let Some(top) = change(&mut parked.activation) {
                calls += u32::from(top);
                if parked.line != NONE {
                    parked.line = moved(parked.line, from_base, to_base);
                }
            }
        }
        self.functions[function.0 as usize].depth -= calls;
        self.functions[twin.0 as usize].depth += calls;
    }

    fn has_figures(&self, record: FunctionId) -> bool {
        let own = &self.functions[record.0 as usize];
        let base = own.base as usize;
        own.calls > 0 || self.lines[base..base + own.len as usize].iter().any(Line::visited)
    }

    /// Adds what a twin holds to its function, unless that is foreign.
    fn fold(&mut self, function: FunctionId, twin: FunctionId) {
        if !self.started || self.functions[function.0 as usize].foreign {
            return;
        }
        let Ok([own, its]) =
            self.functions.get_disjoint_mut([function.0 as usize, twin.0 as usize])
        else {
            return;
        };
        if its.calls > 0 {
            let (calls, first) = (own.calls, own.entry_first);
            own.called(its.entry_max);
            own.entry_first = if calls == 0 { its.entry_first } else { first };
            own.calls = calls + its.calls;
        }
        for offset in 0..own.len {
            self.lines.fold((own.base + offset) as usize, (its.base + offset) as usize);
        }
    }
}
