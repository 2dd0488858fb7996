//! From an address to a number: open addressing, three words of 32 bits a slot.

use std::collections::TryReserveError;

/// A slot. Number 0: it is empty.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    low: u32,
    high: u32,
    number: u32,
}

/// Numbers from 1, by address.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// A power of two of them, or none.
    slots: Vec<Slot>,
    used: usize,
}

impl Table {
    /// The number of an address.
    #[inline]
    pub fn find(&self, address: usize) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        match self.slots[self.place(address)].number {
            0 => None,
            number => Some(number),
        }
    }

    /// The number of an address, which is `next` if it had none, and whether it had none. There must be
    /// room: [`reserve`](Self::reserve).
    #[inline(always)]
    pub fn number(&mut self, address: usize, next: u32) -> (u32, bool) {
        let at = self.place(address);
        let slot = &mut self.slots[at];
        if slot.number != 0 {
            return (slot.number, false);
        }
        let [low, high] = halves(address);
        *slot = Slot { low, high, number: next };
        self.used += 1;
        (next, true)
    }

    /// Makes room for so many more addresses.
    #[inline(always)]
    pub fn reserve(&mut self, more: usize) -> Result<(), TryReserveError> {
        let needed = self.used + more;
        if needed <= self.slots.len() / 4 * 3 { Ok(()) } else { self.grow(needed) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, needed: usize) -> Result<(), TryReserveError> {
        let size = (needed + needed / 3 + 1).next_power_of_two().max(64);
        let mut slots = Vec::new();
        slots.try_reserve_exact(size)?;
        slots.resize(size, Slot::default());
        let old = std::mem::replace(&mut self.slots, slots);
        for slot in old.into_iter().filter(|slot| slot.number != 0) {
            let place = self.place((slot.high as usize) << 32 | slot.low as usize);
            self.slots[place] = slot;
        }
        Ok(())
    }

    /// Has the processor fetch what is needed for an address.
    #[inline(always)]
    pub fn prefetch(&self, address: usize) {
        super::raw::prefetch(self.slots.as_ptr().wrapping_add(self.start(address)).cast());
    }

    /// Where an address is, or could be put.
    #[inline(always)]
    fn place(&self, address: usize) -> usize {
        let [low, high] = halves(address);
        let mut at = self.start(address);
        loop {
            let slot = self.slots[at];
            if slot.number == 0 || (slot.low == low && slot.high == high) {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Where to look first: the upper bits of a product, which all bits of the address have a part in.
    #[inline(always)]
    fn start(&self, address: usize) -> usize {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let mixed = (address as u64 >> 3).wrapping_mul(GOLDEN);
        // A table has at least 64 slots.
        (mixed >> (64 - self.slots.len().trailing_zeros())) as usize & (self.slots.len() - 1)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "cut in two")]
#[inline(always)]
fn halves(address: usize) -> [u32; 2] {
    [address as u32, (address >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_the_number_it_got_while_the_table_grows() {
        let mut table = Table::default();
        assert_eq!(table.find(16), None);
        for number in 1..=100_000_u32 {
            table.reserve(1).unwrap();
            let address = 0x7F00_0000_0000 + number as usize * 48;
            assert_eq!(table.number(address, number), (number, true));
            assert_eq!(table.number(address, 7), (number, false));
        }
        for number in 1..=100_000_u32 {
            assert_eq!(table.find(0x7F00_0000_0000 + number as usize * 48), Some(number));
            assert_eq!(table.find(0x7F00_0000_0010 + number as usize * 48), None);
        }
    }

    #[test]
    fn addresses_that_differ_in_the_upper_half_alone_are_told_apart() {
        let mut table = Table::default();
        table.reserve(2).unwrap();
        assert_eq!(table.number(1 << 40 | 64, 1), (1, true));
        assert_eq!(table.number(1 << 41 | 64, 2), (2, true));
        assert_eq!(table.find(1 << 40 | 64), Some(1));
        assert_eq!(table.find(64), None);
    }

    #[test]
    fn a_table_that_cannot_be_had_is_an_error() {
        let mut table = Table::default();
        assert!(table.reserve(1 << 58).is_err());
    }
}
