//! Right-aligned columns of fixed width, drawn by `tabled`'s compact table: the one that lets a wide
//! cell push the rest of its row and leaves the other rows alone. It is also the one that needs no
//! look at all rows before the first is drawn.

use tabled::grid::dimension::Dimension;
use tabled::settings::{Alignment, Padding, Style};
use tabled::tables::CompactTable;

/// Draws one line for each row of `cells`. What stands between two columns is part of the cells.
pub fn draw(cells: &[Vec<String>], widths: &[usize]) -> String {
    CompactTable::with_dimension(cells, Widths(widths))
        .columns(widths.len())
        .with(Style::empty())
        .with(Padding::zero())
        .with(Alignment::right())
        .to_string()
}

/// The width of each column, characters; every row is one line high.
struct Widths<'a>(&'a [usize]);

impl Dimension for Widths<'_> {
    fn get_width(&self, column: usize) -> usize {
        self.0[column]
    }

    fn get_height(&self, _row: usize) -> usize {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn a_wide_cell_pushes_its_own_row_only() {
        let row = |first: &str, second: &str| vec![first.to_owned(), second.to_owned()];
        let cells = [row("1", "2"), row("1234 ", "漢"), row("", "")];
        assert_eq!(draw(&cells, &[3, 4]), "  1   2\n1234   漢\n       ");
    }
}
