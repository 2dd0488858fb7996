//! What threads have allocated, for the lines they run: beside a meter of levels, or instead of one.

pub use crate::heap::thread::Reading;

/// Where figures of allocations come from.
#[derive(Debug, Default)]
pub enum Heap {
    /// They are not asked for.
    #[default]
    Off,
    /// The allocator hooks: of the calling thread, which puts them here.
    Thread(Desk),
    /// Numbers the test sets.
    Fake(FakeHeap),
}

/// What a thread puts down before an event and picks up after it: only who knows the thread gets at
/// its numbers without asking the system where they are.
#[derive(Debug, Default)]
pub struct Desk {
    /// Gone when the event has looked at it.
    reading: Option<Reading>,
    record: Option<u32>,
}

impl Desk {
    /// Puts the calling thread's reading down.
    #[inline]
    pub fn put(&mut self, reading: Reading) {
        self.reading = Some(reading);
    }

    /// Whether nobody has looked at the reading, and the line record the event has set, if any.
    #[inline]
    pub fn clear(&mut self) -> (bool, Option<u32>) {
        (self.reading.take().is_some(), self.record.take())
    }
}

impl Heap {
    /// Whether there are any.
    #[inline]
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// What the calling thread has done so far, with its high-water mark since the last call of this.
    #[inline]
    pub fn take(&mut self) -> Reading {
        match self {
            Self::Off => Reading::default(),
            Self::Thread(desk) => desk.reading.take().unwrap_or_default(),
            Self::Fake(fake) => fake.take(),
        }
    }

    /// Has new blocks of the calling thread belong to a line record, 0 for none.
    #[inline]
    pub fn set_record(&mut self, record: u32) {
        match self {
            Self::Off => {}
            Self::Thread(desk) => desk.record = Some(record),
            Self::Fake(fake) => fake.threads[fake.running].record = record,
        }
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

    fn take(&mut self) -> Reading {
        let reading = &mut self.threads[self.running].reading;
        let taken = *reading;
        reading.high = reading.net();
        taken
    }
}
