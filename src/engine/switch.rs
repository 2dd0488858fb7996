//! Greenlets: many stacks in one thread, and no event for a switch between them.
//!
//! The next event of a frame that is not on top shows that there was one. What lies above the frame
//! belongs to other greenlets: it is parked, its visits closed, until an event of its own comes. So
//! what others did meanwhile is not on its lines. To the frame below, it looks like a callee: in the
//! increment of the line that switched, and not in its own.

use super::thread::{Activation, NONE};
use super::{Engine, ThreadId};

/// An activation that is switched away.
#[derive(Debug)]
pub(super) struct Parked {
    pub activation: Activation,
    /// The line it was on; [`NONE`] where it had no visit open.
    pub line: usize,
}

impl Engine {
    /// Brings `frame` to the top of its thread's stack; its place there, or `None` where it has no
    /// activation.
    #[inline(never)]
    pub(super) fn switch_to(&mut self, thread: ThreadId, frame: usize, now: i64) -> Option<usize> {
        let own = &self.threads[thread.0];
        let at = if let Some(at) = own.find(frame) {
            at
        } else {
            let holds = |group: &Vec<Parked>| group.iter().any(|p| p.activation.frame == frame);
            let group = own.parked.iter().rposition(holds)?;
            self.unpark(thread, group, now);
            self.threads[thread.0].find(frame)?
        };
        if at + 1 < self.threads[thread.0].stack.len() {
            self.park(thread, at + 1, now);
        }
        Some(at)
    }

    /// Takes the activations from `from` on off the stack.
    fn park(&mut self, thread: ThreadId, from: usize, now: i64) {
        let thread = &mut self.threads[thread.0];
        let mut group = Vec::new();
        while thread.stack.len() > from {
            let top = thread.stack.len() - 1;
            let line = thread.stack[top].line;
            thread.leave(top, &mut self.lines, now, self.company);
            let Some(activation) = thread.stack.pop() else { break };
            if let Some(below) = thread.stack.last_mut() {
                below.take_in(&activation, now);
            }
            group.push(Parked { activation, line });
        }
        group.reverse();
        thread.parked.push(group);
    }

    /// Puts a group back on the stack.
    fn unpark(&mut self, thread: ThreadId, group: usize, now: i64) {
        let thread = &mut self.threads[thread.0];
        if thread.stack.is_empty() {
            self.company.join();
        }
        for Parked { mut activation, line } in thread.parked.swap_remove(group) {
            activation.restart(now, &thread.reading, self.company);
            thread.stack.push(activation);
            if line != NONE {
                thread.open(thread.stack.len() - 1, line, now, self.company);
            }
        }
    }

    /// Drops what is parked, whose visits are closed already; how many activations that were.
    pub(super) fn drop_parked(&mut self, thread: ThreadId) -> usize {
        let parked = std::mem::take(&mut self.threads[thread.0].parked);
        for parked in parked.iter().flatten() {
            let code = self.codes[parked.activation.code.0 as usize];
            self.functions[code.function.0 as usize].depth -= u32::from(code.is_top());
        }
        parked.iter().map(Vec::len).sum()
    }
}
