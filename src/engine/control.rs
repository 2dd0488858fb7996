//! What happens to the activations beside the events: blocks, silence, threads and forks.

use super::thread::{Company, NONE, Thread};
use super::{CodeId, CodeKind, Engine, Entry, Exit, ThreadId};

impl Engine {
    /// A `with profile:` block begins in `frame`: its lines count from the next event on, or at once
    /// from `line` on where the body stands on that one.
    pub fn enter_block(&mut self, thread: ThreadId, frame: usize, code: CodeId, line: Option<u32>) {
        self.blocks.push(frame);
        if self.switch_to(thread, frame, self.sampler.last()).is_none() {
            // A function that is profiled as a whole was called before; the block is no call of it.
            let block = self.codes[code.0 as usize].kind == CodeKind::Block;
            self.enter(thread, frame, code, if block { Entry::Call } else { Entry::Resume(0) });
            if let Some(line) = line {
                self.line(thread, frame, code, line);
            }
        }
    }

    /// The block ends.
    pub fn exit_block(&mut self, thread: ThreadId, frame: usize, code: CodeId) {
        if let Some(at) = self.blocks.iter().rposition(|&block| block == frame) {
            self.blocks.swap_remove(at);
        }
        let over = !self.blocks.contains(&frame);
        if over && self.codes[code.0 as usize].kind == CodeKind::Block {
            self.exit(thread, frame, Exit::End);
        }
    }

    /// Number of activations of a thread.
    pub fn depth(&self, thread: ThreadId) -> usize {
        self.threads.get(thread.0).map_or(0, |thread| thread.stack.len())
    }

    /// Books what the open visits hold until now: they end and begin again, with no new occurrence.
    ///
    /// For a look in the middle of a run, or at its end when a signal ends it.
    pub fn settle(&mut self) {
        let (now, peak) = self.sampler.read();
        if let Some(peak) = peak {
            self.spread(peak);
        }
        let company = self.company;
        for thread in &mut self.threads {
            let visited: Vec<_> =
                thread.stack.iter().map(|own| (own.line, own.allocations)).collect();
            for at in (0..visited.len()).rev() {
                thread.leave(at, &mut self.lines, now, company);
                if let [.., caller, callee] = &mut thread.stack[..=at] {
                    caller.take_in(callee, now);
                }
            }
            for (at, (line, allocations)) in visited.into_iter().enumerate() {
                let reading = thread.reading;
                thread.stack[at].restart(now, &reading, company);
                if line != NONE {
                    thread.open(at, line, now, company);
                }
                thread.stack[at].allocations.go_on(&allocations);
            }
        }
    }

    /// Drops the activations above the lowest `depth` of a thread: their exits were not seen.
    pub fn unwind(&mut self, thread: ThreadId, depth: usize) {
        let now = self.sampler.last();
        while self.threads[thread.0].stack.len() > depth {
            self.pop(thread, self.threads[thread.0].stack.len() - 1, now);
            self.lost += 1;
        }
    }

    /// Closes all that is open, on every thread: the hooks go silent.
    pub fn silence(&mut self) {
        let (now, _) = self.sampler.read();
        for thread in (0..self.threads.len()).map(ThreadId) {
            self.drop_parked(thread);
            while let Some(at) = self.threads[thread.0].stack.len().checked_sub(1) {
                self.pop(thread, at, now);
            }
        }
        self.blocks.clear();
        self.suspended.clear();
    }

    /// Whether there is room for `thread`.
    #[inline]
    pub fn knows(&self, thread: ThreadId) -> bool {
        thread.0 < self.threads.len()
    }

    /// Makes room for `thread`, whose number may have been another thread's before.
    pub fn claim_thread(&mut self, thread: ThreadId) {
        if thread.0 >= self.threads.len() {
            self.threads.resize_with(thread.0 + 1, Thread::default);
        }
        // Exits that were never seen, of a thread that ended.
        self.lost += self.drop_parked(thread) as u64;
        self.unwind(thread, 0);
        let own = &mut self.threads[thread.0];
        own.idle_since = 0;
        own.visits.open.resize(self.lines.len(), 0);
        own.counts_heap = self.counts_heap;
        own.stack.reserve(64);
    }

    /// In the child of a fork: the numbers and the other threads are the parent's. What is running
    /// goes on from a reading of the child's own.
    pub fn after_fork(&mut self, survivor: ThreadId) {
        self.sampler.after_fork();
        for (number, thread) in self.threads.iter_mut().enumerate() {
            if number != survivor.0 {
                *thread = Thread::default();
            }
        }
        self.reset(None);
        self.forget_live();
        let now = self.sampler.last();
        self.company = Company::default();
        if let Some(thread) = self.threads.get_mut(survivor.0) {
            self.company = Company::of(u32::from(!thread.stack.is_empty()));
            for activation in &mut thread.stack {
                activation.restart(now, &thread.reading, self.company);
            }
        }
        (self.events, self.lost, self.spent) = (0, 0, 0);
        for function in &mut self.functions {
            function.depth = 0;
        }
        let Some(thread) = self.threads.get(survivor.0) else { return };
        let parked = thread.parked.iter().flatten().map(|parked| &parked.activation);
        for activation in thread.stack.iter().chain(parked) {
            let code = self.codes[activation.code.0 as usize];
            self.functions[code.function.0 as usize].depth += u32::from(code.is_top());
        }
    }
}
