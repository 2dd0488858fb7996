//! Memory mapped by the program: ranges that may be cut and joined in part.

use std::collections::BTreeMap;

/// A range of addresses and the site that mapped it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// First address.
    pub start: usize,
    /// Bytes.
    pub len: usize,
    /// Who mapped it.
    pub site: u32,
}

/// What left the table: bytes of a site, and how many blocks it has less. A range cut in two is one
/// less than none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// What was taken out.
    pub piece: Piece,
    /// The range it was taken out of.
    whole: Piece,
    /// Blocks less.
    pub blocks: i64,
}

/// Ranges that do not overlap, by their start.
#[derive(Debug, Default)]
pub struct Maps(BTreeMap<usize, (usize, u32)>);

impl Maps {
    /// No ranges.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a range that overlaps with none.
    pub fn insert(&mut self, piece: Piece) {
        if piece.len > 0 {
            self.0.insert(piece.start, (piece.len, piece.site));
        }
    }

    /// Takes out what is known between `start` and `start + len`.
    pub fn cut(&mut self, start: usize, len: usize) -> Vec<Gone> {
        let end = start.saturating_add(len);
        let before = self.0.range(..start).next_back();
        let first =
            before.filter(|&(&at, &(len, _))| at + len > start).map_or(start, |(&at, _)| at);
        let touched: Vec<_> =
            self.0.range(first..end).map(|(&at, &(len, site))| (at, len, site)).collect();
        let mut gone = Vec::with_capacity(touched.len());
        for (at, len, site) in touched {
            self.0.remove(&at);
            let (from, to) = (at.max(start), (at + len).min(end));
            self.insert(Piece { start: at, len: from - at, site });
            self.insert(Piece { start: to, len: at + len - to, site });
            let left = i64::from(from > at) + i64::from(to < at + len);
            let piece = Piece { start: from, len: to - from, site };
            gone.push(Gone { piece, whole: Piece { start: at, len, site }, blocks: 1 - left });
        }
        gone
    }

    /// Puts back what [`cut`](Self::cut) took out.
    pub fn put_back(&mut self, gone: &[Gone]) {
        for Gone { piece, whole, .. } in gone {
            if piece.start + piece.len < whole.start + whole.len {
                self.0.remove(&(piece.start + piece.len));
            }
            self.insert(*whole);
        }
    }

    /// The site of the range an address is in.
    pub fn site_of(&self, address: usize) -> Option<u32> {
        let (&at, &(len, site)) = self.0.range(..=address).next_back()?;
        (address < at + len).then_some(site)
    }

    /// Forgets all ranges.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes of memory this takes up, nearly.
    pub fn bytes(&self) -> usize {
        self.0.len() * 32
    }
}
