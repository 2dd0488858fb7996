//! The default report: `memory_profiler`'s layout to the character, since tools parse it.
//!
//! Its figures overflow their columns row by row and push the source text of that row alone. With
//! other units and from five digits on, where that would tear every row, the columns widen instead.
//! The source text is appended as it stands in the file, tabs and form feeds included, and nothing
//! pads the end of a line. What `memory_profiler` does not say comes after the rows, where its
//! readers have stopped reading.

use super::colour::{self, Growth};
use super::lines::{Line, lines};
use super::{Column, Options, grid};
use crate::profile::Function;
use crate::units::{Unit, count};

/// Width of the line number, characters.
const NUMBER: usize = 6;
/// Width of a memory figure, characters.
const MEMORY: usize = 12;
/// Width of a count, characters.
const COUNT: usize = 10;
/// Digits behind the point up to which `memory_profiler`'s figures fit its columns.
const MAX_FITTING: usize = 4;

/// Appends the report of one function.
pub fn render(report: &mut String, function: &Function, options: &Options) {
    let lines = lines(function, options);
    let cells: Vec<Vec<String>> = lines.iter().map(|line| cells(line, options)).collect();
    let widths = widths(&cells, options);

    report.push_str("Filename: ");
    report.push_str(&function.file);
    report.push_str("\n\n");
    push_header(report, &widths, options);
    let growth = Growth::of(function);
    let cells: Vec<_> = cells
        .into_iter()
        .zip(&lines)
        .map(|(cells, line)| separated(cells, Some(line), growth, options))
        .collect();
    for (figures, line) in grid::draw(&cells, &widths).lines().zip(&lines) {
        report.push_str(figures);
        report.push_str(line.text);
        report.push('\n');
    }
    report.push('\n');
    if function.processes > 1 {
        report.push_str("Processes: ");
        report.push_str(&count(function.processes.into()));
        report.push_str("\n\n");
    }
    report.push('\n');
}

fn cells(line: &Line<'_>, options: &Options) -> Vec<String> {
    let figure = |column: &Column| {
        line.figures.as_ref().map_or_else(String::new, |figures| column.show(figures, options))
    };
    let mut cells = Vec::with_capacity(options.columns.len() + 1);
    cells.push(line.number.to_string());
    cells.extend(options.columns.iter().map(figure));
    cells
}

/// The width of each column with the blanks behind it.
fn widths(cells: &[Vec<String>], options: &Options) -> Vec<usize> {
    let torn = options.unit != Unit::MiB || options.precision > MAX_FITTING;
    let widest = |place: usize| cells.iter().map(|row| row[place].len()).max().unwrap_or(0);
    let mut widths = vec![NUMBER];
    for (index, column) in options.columns.iter().enumerate() {
        let fixed = if column.unit(options).is_none() { COUNT } else { MEMORY };
        let after_count = index > 0 && options.columns[index - 1] == Column::Occurrences;
        let width = if torn { fixed.max(widest(index + 1)) } else { fixed };
        widths.push(width + usize::from(after_count));
    }
    for (place, width) in widths.iter_mut().enumerate() {
        *width += separator(place, options).len();
    }
    widths
}

/// The blanks behind a column.
fn separator(place: usize, options: &Options) -> &'static str {
    match options.columns.get(place) {
        None => "   ",
        Some(Column::Occurrences) => "  ",
        Some(_) => " ",
    }
}

/// The header is a table of its own: its `Occurrences` is one character wider than the column. The
/// column behind it is narrower by that much here, so that the next titles stand over their figures.
fn push_header(report: &mut String, widths: &[usize], options: &Options) {
    let mut widths = widths.to_vec();
    let count = options.columns.iter().position(|column| *column == Column::Occurrences);
    if let Some(next) = count.and_then(|index| widths.get_mut(index + 2)) {
        *next -= 1;
    }
    let titles = options.columns.iter().map(|column| column.title(options).to_owned());
    let titles = std::iter::once("Line #".to_owned()).chain(titles).collect();
    let titles = separated(titles, None, Growth::default(), options);
    let header = grid::draw(&[titles], &widths) + "Line Contents";
    let rule = "=".repeat(header.len());
    report.push_str(&if options.colour { colour::header(&header) } else { header });
    report.push('\n');
    report.push_str(&rule);
    report.push('\n');
}

/// Puts the blanks behind each cell, which keep figures apart even where they overflow, and the
/// colour on it. A shared line is marked where the blank behind its number would be.
fn separated(
    cells: Vec<String>,
    line: Option<&Line<'_>>,
    growth: Growth,
    options: &Options,
) -> Vec<String> {
    let figures = line.and_then(|line| line.figures);
    let shared = options.verbose && figures.is_some_and(|figures| figures.shared);
    let mut separated = cells;
    for (place, cell) in separated.iter_mut().enumerate() {
        if place > 0
            && options.colour
            && let Some(figures) = &figures
        {
            *cell = growth.paint(std::mem::take(cell), figures, options.columns[place - 1]);
        }
        let blanks = separator(place, options);
        if place == 0 && shared {
            cell.push('~');
            cell.push_str(&blanks[1..]);
        } else {
            cell.push_str(blanks);
        }
    }
    separated
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::Source;
    use crate::profile::samples;

    fn load() -> Function {
        samples::app().functions.remove(0)
    }

    fn shown(function: &Function, options: &Options) -> String {
        let mut report = String::new();
        render(&mut report, function, options);
        // Blanks at the end of a line are shown, so that no editor takes them away.
        report.replace(" \n", "·\n")
    }

    #[test]
    fn the_default_is_memory_profilers_layout() {
        assert_snapshot!(shown(&load(), &Options::default()), @"
        Filename: app.py

        Line #    Mem usage    Increment  Occurrences   Line Contents
        =============================================================
             3     38.0 MiB     38.0 MiB           1   @profile
             4                                         def load():
             5    102.0 MiB     64.0 MiB           1       data = [bytes(1 << 20) for _ in range(64)]
             6                                        ·
             7    102.0 MiB      0.0 MiB          65       for item in data:
             8    102.0 MiB     -1.0 MiB          64           check(item)
             9    102.0 MiB      0.0 MiB           1       return len(data)
        ");
    }

    #[test]
    fn extra_columns_stand_before_the_source_and_under_their_titles() {
        let columns = [&Column::DEFAULT[..], &[Column::Peak, Column::Own]].concat();
        let mut function = load();
        function.rows[4].measured.as_mut().unwrap().shared = true;
        let options = Options { columns, verbose: true, ..Options::default() };
        assert_snapshot!(shown(&function, &options), @"
        Filename: app.py

        Line #    Mem usage    Increment  Occurrences         Peak          Own   Line Contents
        =======================================================================================
             3     38.0 MiB     38.0 MiB           1      38.0 MiB      0.0 MiB   @profile
             4                                                                    def load():
             5    102.0 MiB     64.0 MiB           1     104.0 MiB     64.0 MiB       data = [bytes(1 << 20) for _ in range(64)]
             6                                                                   ·
             7~   102.0 MiB      0.0 MiB          65     104.0 MiB      0.0 MiB       for item in data:
             8    102.0 MiB     -1.0 MiB          64     104.0 MiB     -1.0 MiB           check(item)
             9    102.0 MiB      0.0 MiB           1     104.0 MiB      0.0 MiB       return len(data)
        ");
    }

    #[test]
    fn what_memory_profiler_does_not_say_comes_after_the_rows() {
        let function = Function { processes: 4, ..load() };
        let options = Options { top: Some(1), ..Options::default() };
        assert_snapshot!(shown(&function, &options), @"
        Filename: app.py

        Line #    Mem usage    Increment  Occurrences   Line Contents
        =============================================================
             3     38.0 MiB     38.0 MiB           1   @profile
             5    102.0 MiB     64.0 MiB           1       data = [bytes(1 << 20) for _ in range(64)]

        Processes: 4
        ");
    }

    #[test]
    fn a_changed_source_is_said_in_place_of_its_text() {
        let mut function = Function { source: Source::Changed, ..load() };
        function.rows.iter_mut().for_each(|row| row.text = None);
        let options = Options { skip_zero: true, ..Options::default() };
        assert_snapshot!(shown(&function, &options), @"
        Filename: app.py

        Line #    Mem usage    Increment  Occurrences   Line Contents
        =============================================================
             3     38.0 MiB     38.0 MiB           1   (source changed since it was loaded)
             5    102.0 MiB     64.0 MiB           1  ·
             8    102.0 MiB     -1.0 MiB          64  ·
        ");
    }

    #[test]
    fn figures_in_other_units_widen_their_columns() {
        let options = Options { unit: Unit::B, top: Some(1), ..Options::default() };
        assert_snapshot!(shown(&load(), &options), @"
        Filename: app.py

        Line #    Mem usage    Increment  Occurrences   Line Contents
        =============================================================
             3   39845888 B   39845888 B           1   @profile
             5  106954752 B   67108864 B           1       data = [bytes(1 << 20) for _ in range(64)]
        ");
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        let coloured = shown(&load(), &Options { colour: true, ..Options::default() });
        assert!(coloured.contains("\x1b[1;31m64.0 MiB\x1b[0m"), "{coloured}");
        let (before, painted) = coloured.split_once('\x1b').unwrap();
        let texts = painted.split('\x1b').map(|part| part.split_once('m').unwrap().1);
        let bare: String = std::iter::once(before).chain(texts).collect();
        assert_eq!(bare, shown(&load(), &Options::default()));
    }
}
