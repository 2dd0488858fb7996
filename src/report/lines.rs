//! From the rows of a function to the lines of its report: the first row, and which lines are shown
//! in which order.

use super::{Column, Options};
use crate::profile::{Function, Heap, Kind, Measured, Row, Source};

/// One line of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// Line number in the file.
    pub number: u32,
    /// Source text without its line break; empty where there is none to be had.
    pub text: &'a str,
    /// What was measured; `None` for a line that never ran.
    pub figures: Option<Figures>,
}

/// The figures of one line. Memory is in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Highest reading.
    pub usage: i64,
    /// What the line added; on the first row with the reading at entry.
    pub increment: i64,
    /// What the line added, without any reading at entry: what sorting and colour go by.
    pub growth: i64,
    /// The growth less that of profiled callees.
    pub own: i64,
    /// Highest memory at any instant.
    pub peak: Option<i64>,
    /// Executions; on the first row calls.
    pub occurrences: u64,
    /// Whether another profiled thread may have a part in these numbers.
    pub shared: bool,
    /// What was allocated; `None` without the heap meter.
    pub heap: Option<Heap>,
    /// Whether this is the first row of a function: where it started from, not what a line did.
    pub first: bool,
}

impl Line<'_> {
    /// Whether another profiled thread may have a part in the numbers of this line.
    pub fn is_shared(&self) -> bool {
        self.figures.is_some_and(|figures| figures.shared)
    }
}

impl From<Measured> for Figures {
    fn from(measured: Measured) -> Self {
        Self {
            usage: measured.usage,
            increment: measured.increment,
            growth: measured.increment,
            own: measured.own,
            peak: measured.peak,
            occurrences: measured.occurrences,
            shared: measured.shared,
            heap: measured.heap,
            first: false,
        }
    }
}

/// The lines of a function's report as `options` want them.
pub fn lines<'a>(function: &'a Function, options: &Options) -> Vec<Line<'a>> {
    let mut lines = all(function);
    if options.skip_zero {
        lines.retain(|line| line.figures.is_some_and(|f| f.first || !shows_zero(&f, options)));
    }
    if let Some(top) = options.top {
        keep_top(&mut lines, top, options.sort.unwrap_or(options.meters.rank()));
    }
    if let Some(column) = options.sort {
        lines.retain(|line| line.figures.is_some());
        lines.sort_by_key(|line| rank(line, column));
    }
    // Last, so that the mark stands on the line that is shown first, whichever that is.
    if let Some(first) = lines.first_mut().filter(|line| line.text.is_empty()) {
        first.text = mark(function.source);
    }
    lines
}

/// What stands in place of the text when there is none.
pub fn mark(source: Source) -> &'static str {
    match source {
        Source::Unchanged => "",
        Source::Changed => "(source changed since it was loaded)",
        Source::Missing => "(source not found)",
    }
}

fn all(function: &Function) -> Vec<Line<'_>> {
    let entered = function.kind == Kind::Function && function.calls > 0;
    let mut lines: Vec<_> = function.rows.iter().map(line).collect();
    if entered {
        let place = lines.partition_point(|line| line.number < function.first_line);
        if lines.get(place).is_none_or(|line| line.number != function.first_line) {
            lines.insert(place, Line { number: function.first_line, text: "", figures: None });
        }
        let first = &mut lines[place];
        first.figures = Some(first_row(function, first.figures));
    }
    lines
}

fn line(row: &Row) -> Line<'_> {
    Line {
        number: row.line,
        text: row.text.as_deref().unwrap_or_default(),
        figures: row.measured.map(Figures::from),
    }
}

/// The figures of the decorator or `def` line: the reading at entry, and the number of calls. Where
/// the body stands on that very line, as in a lambda, what it did is told instead.
fn first_row(function: &Function, body: Option<Figures>) -> Figures {
    let entry = Figures {
        usage: function.entry_max,
        increment: function.entry_first,
        growth: 0,
        own: 0,
        peak: None,
        occurrences: function.calls,
        shared: false,
        heap: None,
        first: true,
    };
    let Some(body) = body else {
        // Where peaks were read, that of the entry is the entry; nothing was allocated on the way.
        let any = |of: fn(&Measured) -> bool| {
            function.rows.iter().any(|row| row.measured.as_ref().is_some_and(of))
        };
        let peak = any(|line| line.peak.is_some()).then_some(function.entry_max);
        let heap = any(|line| line.heap.is_some()).then(Heap::default);
        return Figures { peak, heap, ..entry };
    };
    if body.occurrences > 0 {
        return Figures { occurrences: entry.occurrences, first: true, ..body };
    }
    Figures {
        usage: entry.usage.max(body.usage),
        increment: entry.increment.saturating_add(body.increment),
        occurrences: entry.occurrences,
        peak: body.peak.map(|peak| peak.max(entry.usage)),
        first: true,
        ..body
    }
}

/// Whether nothing on a line would be missed: it added nothing, and no column that is shown says
/// that it held more for a while.
fn shows_zero(figures: &Figures, options: &Options) -> bool {
    let zero = |bytes| options.unit.shows_zero(bytes, options.precision);
    let own = options.columns.contains(&Column::Own);
    let peak = figures.peak.filter(|_| options.columns.contains(&Column::Peak));
    let heap = figures.heap.filter(|_| options.columns.iter().any(|column| column.is_heap()));
    let no_heap = |heap: Heap| {
        let zero = |bytes| options.heap_unit.shows_zero(bytes, options.precision);
        let bytes = [heap.allocated, heap.freed].map(|bytes| i64::try_from(bytes).unwrap_or(1));
        zero(heap.live) && bytes.into_iter().all(zero)
    };
    zero(figures.increment)
        && (!own || zero(figures.own))
        && peak.is_none_or(|peak| zero(peak.saturating_sub(figures.usage).max(0)))
        && heap.is_none_or(no_heap)
}

/// Keeps the first row and the `top` lines that stand highest in a column, in line order. Lines that
/// added nothing are no top lines, however few there are.
fn keep_top(lines: &mut Vec<Line<'_>>, top: usize, column: Column) {
    let is_top = |line: &&Line<'_>| {
        line.figures.is_some_and(|figures| !figures.first && column.rank(&figures) > 0)
    };
    let mut ranked: Vec<_> = lines.iter().filter(is_top).collect();
    ranked.sort_by_key(|line| rank(line, column));
    let mut kept: Vec<_> = ranked.iter().take(top).map(|line| line.number).collect();
    kept.sort_unstable();
    lines.retain(|line| {
        line.figures.is_some_and(|figures| figures.first)
            || kept.binary_search(&line.number).is_ok()
    });
}

/// Sorts the first row to the top, then the largest figure, then the earlier line.
fn rank(line: &Line<'_>, column: Column) -> (bool, std::cmp::Reverse<i128>) {
    let figure = line.figures.map_or(i128::MIN, |figures| column.rank(&figures));
    (!line.figures.is_some_and(|figures| figures.first), std::cmp::Reverse(figure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{self, MIB};

    fn load() -> Function {
        samples::app().functions.remove(0)
    }

    fn numbers(function: &Function, options: &Options) -> Vec<u32> {
        lines(function, options).iter().map(|line| line.number).collect()
    }

    #[test]
    fn the_first_row_shows_the_entry_and_the_calls() {
        let function = Function { calls: 4, entry_max: 50 * MIB, ..load() };
        let first = all(&function)[0].figures.unwrap();
        assert_eq!((first.usage, first.increment, first.occurrences), (50 * MIB, 38 * MIB, 4));
        assert_eq!((first.growth, first.own), (0, 0));
    }

    #[test]
    fn a_function_of_one_line_shows_its_body_and_not_the_entry() {
        let mut function = load();
        function.rows[0].measured = function.rows[2].measured;
        let first = all(&function)[0].figures.unwrap();
        assert_eq!((first.usage, first.increment), (102 * MIB, 64 * MIB));
        assert_eq!((first.growth, first.own, first.occurrences), (64 * MIB, 64 * MIB, 1));
    }

    #[test]
    fn the_first_row_is_there_even_without_a_source() {
        let mut function = load();
        function.rows.retain(|row| row.measured.is_some());
        assert_eq!(numbers(&function, &Options::default()), [3, 5, 7, 8, 9]);
    }

    #[test]
    fn a_module_and_a_resumed_generator_have_plain_first_rows() {
        for function in [Function { kind: Kind::Module, ..load() }, Function { calls: 0, ..load() }]
        {
            assert_eq!(all(&function)[0].figures, None);
        }
    }

    #[test]
    fn sorting_puts_the_largest_first_below_the_first_row() {
        let options = Options { sort: Some(Column::Increment), ..Options::default() };
        assert_eq!(numbers(&load(), &options), [3, 5, 7, 9, 8]);
        let options = Options { sort: Some(Column::Occurrences), ..Options::default() };
        assert_eq!(numbers(&load(), &options), [3, 7, 8, 5, 9]);
    }

    #[test]
    fn zero_lines_are_skipped_unless_a_shown_peak_says_otherwise() {
        let options = Options { skip_zero: true, ..Options::default() };
        assert_eq!(numbers(&load(), &options), [3, 5, 8]);
        let columns = vec![Column::Increment, Column::Peak];
        assert_eq!(numbers(&load(), &Options { columns, ..options }), [3, 5, 7, 8, 9]);
    }

    #[test]
    fn the_top_lines_stay_in_line_order_unless_sorted() {
        let mut function = load();
        function.rows[6].measured.as_mut().unwrap().increment = 100 * MIB;
        let options = Options { top: Some(2), ..Options::default() };
        assert_eq!(numbers(&function, &options), [3, 5, 9]);
        let sort = Some(Column::Increment);
        assert_eq!(numbers(&function, &Options { sort, ..options.clone() }), [3, 9, 5]);
        let top = Some(1000);
        assert_eq!(numbers(&function, &Options { top, ..options }), [3, 5, 9]);
    }

    #[test]
    fn missing_text_is_marked_on_the_line_shown_first() {
        let mut function = Function { source: Source::Changed, ..load() };
        function.rows.iter_mut().for_each(|row| row.text = None);
        let lines = lines(&function, &Options::default());
        assert_eq!(lines[0].text, "(source changed since it was loaded)");
        assert!(lines[1..].iter().all(|line| line.text.is_empty()));
    }
}
