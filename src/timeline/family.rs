//! The recorded process and those below it, as `/proc` shows them.
//!
//! A process that was seen once is known until it ends, though its parent has ended before: who
//! adopts it is no part of the family. Of those that come and go between two looks nothing is known.

use std::io;
use std::time::{Duration, Instant};

use super::member::Member;
use super::tape::{Level, Processes};
use crate::meter::{Figure, descendants};

/// The search for new processes takes at most one part in this many of the time.
const SHARE: u32 = 20;

/// A process and those below it.
#[derive(Debug)]
pub struct Family {
    figure: Figure,
    /// The recorded process first, then the others by number.
    members: Vec<Relative>,
    /// Whether those below are looked for.
    grows: bool,
    /// Whether the kernel has lists of children; without them all processes are looked at.
    has_lists: bool,
    next_number: u64,
    next_search: Instant,
    /// What the last search took.
    took: Duration,
    /// Kept from look to look, so that nothing is allocated.
    buffer: Vec<u8>,
    found: Vec<i32>,
    /// Why the figure of the recorded process cannot be read.
    fault: Option<io::Error>,
}

#[derive(Debug)]
struct Relative {
    number: u64,
    /// Number of the process it was found below.
    parent: u64,
    member: Member,
    has_ended: bool,
}

impl Family {
    /// The family of process `pid`, with those below it if it `grows`.
    ///
    /// # Errors
    /// `NotFound` where there is no such process, `InvalidInput` for one without memory of its own,
    /// as threads of the kernel are; else what the kernel says.
    pub fn new(pid: i32, figure: Figure, grows: bool) -> io::Result<Self> {
        let mut member = Member::open(pid, figure)?;
        if member.read()?.is_none() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(Self {
            figure,
            members: vec![Relative { number: 0, parent: 0, member, has_ended: false }],
            grows,
            has_lists: true,
            next_number: 1,
            next_search: Instant::now(),
            took: Duration::ZERO,
            buffer: Vec::with_capacity(4096),
            found: Vec::with_capacity(64),
            fault: None,
        })
    }

    /// Number of processes at the last look.
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// Why the recorded process could not be read any more, if it did not just end.
    pub fn fault(&mut self) -> Option<io::Error> {
        self.fault.take()
    }

    fn search(&mut self) {
        let start = Instant::now();
        if start < self.next_search {
            return;
        }
        // Also what a process that was just found has below it.
        let mut at = 0;
        while at < self.members.len() && self.has_lists {
            self.found.clear();
            let Self { members, buffer, found, .. } = self;
            let relative = &mut members[at];
            if !relative.has_ended {
                self.has_lists = relative.member.children(start, buffer, found);
            }
            let parent = relative.number;
            for next in 0..self.found.len() {
                self.welcome(self.found[next], parent);
            }
            at += 1;
        }
        if !self.has_lists {
            for pid in descendants(self.members[0].member.pid).unwrap_or_default() {
                self.welcome(pid, 0);
            }
        }
        // One that was interrupted took long by chance; two in a row hardly are.
        let cost = std::mem::replace(&mut self.took, start.elapsed()).min(self.took);
        self.next_search = start + cost.saturating_mul(SHARE).min(Duration::from_secs(1));
    }

    /// Takes in a process that is not known.
    fn welcome(&mut self, pid: i32, parent: u64) {
        if self.members.iter().any(|known| known.member.pid == pid && !known.has_ended) {
            return;
        }
        if let Ok(member) = Member::open(pid, self.figure) {
            let number = self.next_number;
            self.next_number += 1;
            self.members.push(Relative { number, parent, member, has_ended: false });
        }
    }
}

impl Processes for Family {
    fn look(&mut self, levels: &mut Vec<Level>) -> bool {
        if self.grows {
            self.search();
        }
        for at in 0..self.members.len() {
            let (before, rest) = self.members.split_at_mut(at);
            let relative = &mut rest[0];
            match relative.member.read() {
                Ok(Some(bytes)) => {
                    let parent = before.iter().rev().find(|one| one.number == relative.parent);
                    // What two have together is there once.
                    if !parent.is_some_and(|parent| relative.member.shares_with(&parent.member)) {
                        let (number, pid) = (relative.number, relative.member.pid);
                        levels.push(Level { number, pid, bytes });
                    }
                }
                Ok(None) => relative.has_ended = true,
                Err(error) => {
                    relative.has_ended = true;
                    if at == 0 {
                        self.fault = Some(error);
                    }
                }
            }
        }
        let is_alive = !self.members[0].has_ended;
        let mut at = 0;
        self.members.retain(|relative| {
            at += 1;
            at == 1 || !relative.has_ended
        });
        is_alive
    }

    fn mark(&mut self) -> Option<i64> {
        if self.figure == Figure::Rss { self.members[0].member.mark() } else { None }
    }
}
