//! What the sites did from one mark to the next, in as few bytes as that takes.

/// What a site did from one mark to the next; numbers wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// Counted from the first one.
    pub site: u32,
    /// What came to the blocks it made.
    pub made: u64,
    /// What came to its live ones.
    pub live: u64,
}

/// The changes of both, one after the other.
pub(super) fn merged(before: &[u8], after: &[u8]) -> Vec<u8> {
    let (mut before, mut after) = (Reader::of(before).peekable(), Reader::of(after).peekable());
    let mut writer = Writer::default();
    loop {
        let site = match (before.peek(), after.peek()) {
            (Some(one), Some(other)) => one.site.min(other.site),
            (Some(only), None) | (None, Some(only)) => only.site,
            (None, None) => return writer.finish(),
        };
        let mut sum = Change { site, made: 0, live: 0 };
        for changes in [&mut before, &mut after] {
            if let Some(change) = changes.next_if(|change| change.site == site) {
                sum.made = sum.made.wrapping_add(change.made);
                sum.live = sum.live.wrapping_add(change.live);
            }
        }
        if (sum.made, sum.live) != (0, 0) {
            writer.write(sum);
        }
    }
}

/// Puts changes into bytes.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// The site that may come next.
    next: u32,
}

impl Writer {
    /// Adds the change of a site behind all before.
    pub fn write(&mut self, change: Change) {
        self.number(u64::from(change.site - self.next));
        self.number(folded(change.made));
        self.number(folded(change.live));
        self.next = change.site + 1;
    }

    /// What was written, in no more memory than it takes up.
    pub fn finish(self) -> Vec<u8> {
        self.bytes.into_boxed_slice().into_vec()
    }

    /// Seven bits in each byte, the lowest first; the eighth says that there are more.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }
}

/// Takes them out again.
pub(super) struct Reader<'a> {
    bytes: std::slice::Iter<'a, u8>,
    next: u32,
}

impl<'a> Reader<'a> {
    /// Reads what a writer wrote.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter(), next: 0 }
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = *self.bytes.next()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }
}

impl Iterator for Reader<'_> {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        let site = self.next + u32::try_from(self.number()?).ok()?;
        let (made, live) = (unfolded(self.number()?), unfolded(self.number()?));
        self.next = site + 1;
        Some(Change { site, made, live })
    }
}

/// A difference as a number that is small when the difference is, whichever way it goes.
fn folded(difference: u64) -> u64 {
    let signed = difference.cast_signed();
    ((signed << 1) ^ (signed >> 63)).cast_unsigned()
}

fn unfolded(number: u64) -> u64 {
    (number >> 1) ^ (number & 1).wrapping_neg()
}
