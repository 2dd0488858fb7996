//! Room in a table that was given back, for those who come next.

/// Ranges of a table that nobody has, by where they start.
#[derive(Debug, Default)]
pub(super) struct Room {
    free: Vec<(u32, u32)>,
}

impl Room {
    /// Takes `len` places that lie together; where they start. `None` where the table has to grow.
    pub fn take(&mut self, len: u32) -> Option<u32> {
        let at = self.free.iter().position(|&(_, free)| free >= len)?;
        let (start, free) = self.free[at];
        if free == len {
            self.free.remove(at);
        } else {
            self.free[at] = (start + len, free - len);
        }
        Some(start)
    }

    /// Gives `len` places from `start` on back.
    pub fn give(&mut self, start: u32, len: u32) {
        let at = self.free.partition_point(|&(other, _)| other < start);
        self.free.insert(at, (start, len));
        // Neighbours become one, or the table would fall to pieces.
        for left in [at, at.wrapping_sub(1)] {
            if let Some(&[(start, len), (next, more)]) = self.free.get(left..left.saturating_add(2))
                && start + len == next
            {
                self.free[left].1 = len + more;
                self.free.remove(left + 1);
            }
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<(u32, u32)>() * self.free.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn what_is_given_back_is_taken_again() {
        let mut room = Room::default();
        assert_eq!(room.take(1), None);
        room.give(10, 4);
        assert_eq!(room.take(5), None);
        assert_eq!(room.take(3), Some(10));
        assert_eq!(room.take(1), Some(13));
        assert_eq!(room.take(1), None);
    }

    #[test]
    fn neighbours_become_one_in_whatever_order_they_come() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut room = Room::default();
            for part in order {
                room.give(part * 5, 5);
            }
            assert_eq!(room.take(15), Some(0), "{order:?}");
        }
    }
}
