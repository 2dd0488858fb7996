//! What threads have allocated, for the lines they run: beside a meter of levels, or instead of one.

pub use crate::heap::thread::Reading;

/// Where figures of allocations come from.
#[derive(Debug, Default)]
pub enum Heap {
    /// They are not asked for.
    #[default]
    Off,
    /// The allocator hooks: who calls with an event brings the reading of its thread along.
    Thread,
    /// Numbers the test sets.
    Fake(FakeHeap),
}

impl Heap {
    /// Whether there are any.
    #[inline]
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Whether they are a test's.
    #[inline]
    pub fn is_fake(&self) -> bool {
        matches!(self, Self::Fake(_))
    }
}

/// Threads that allocate what the test says.
#[derive(Debug)]
pub struct FakeHeap {
    threads: Vec<Fake>,
    running: usize,
}

#[derive(Debug, Clone, Default)]
struct Fake {
    reading: Reading,
    record: u32,
}

impl FakeHeap {
    /// So many threads, of which the first runs.
    pub fn new(threads: usize) -> Self {
        Self { threads: vec![Fake::default(); threads], running: 0 }
    }

    /// Another thread runs from now on.
    pub fn switch(&mut self, thread: usize) {
        self.running = thread;
    }

    /// The running thread makes a block; the line record it belongs to.
    pub fn allocate(&mut self, size: u64) -> u32 {
        let own = &mut self.threads[self.running];
        own.reading.allocated += size;
        own.reading.allocations += 1;
        own.reading.high = own.reading.high.max(own.reading.net());
        own.record
    }

    /// The running thread frees a block, whoever made it.
    pub fn release(&mut self, size: u64) {
        self.threads[self.running].reading.freed += size;
    }

    /// New blocks of the running thread belong to a line record from now on, 0 for none.
    pub fn set_record(&mut self, record: u32) {
        self.threads[self.running].record = record;
    }

    /// What the running thread has done, with its high-water mark since the last call of this.
    pub fn take(&mut self) -> Reading {
        let reading = &mut self.threads[self.running].reading;
        let taken = *reading;
        reading.high = reading.net();
        taken
    }
}
