//! A meter whose number the test sets, so that increments are exact integers.

/// A level in bytes, with the highest it reached.
#[derive(Debug, Default)]
pub struct Fake {
    level: i64,
    highest: i64,
}

impl Fake {
    /// Adds `amount` bytes (may be negative).
    pub fn grow(&mut self, amount: i64) {
        self.level += amount;
        self.highest = self.highest.max(self.level);
    }

    /// The level now, bytes.
    pub fn level(&self) -> i64 {
        self.level
    }

    /// The highest level since the last call of this, bytes.
    pub fn take_highest(&mut self) -> i64 {
        std::mem::replace(&mut self.highest, self.level)
    }
}
