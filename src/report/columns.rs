//! The columns of figures: what each is called, by users and in a header, and what stands in it.

use super::lines::Figures;
use super::options::Options;
use crate::error::Error;
use crate::profile::{Heap, Run};
use crate::units::Unit;

/// A column of figures. The line number and the source text always stand at the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Highest reading at the end of any visit.
    Usage,
    /// Sum over the visits of what each of them added or gave back.
    Increment,
    /// Statement executions.
    Occurrences,
    /// Highest memory at any instant inside a visit.
    Peak,
    /// The increment less what profiled callees grew.
    Own,
    /// Bytes of the line's blocks alive at the end.
    Live,
    /// Bytes allocated.
    Allocated,
    /// Bytes freed.
    Freed,
    /// Highest bytes above the start of a visit.
    HeapPeak,
    /// Blocks allocated.
    Count,
}

impl Column {
    /// The columns of a report that nobody configured: those of `memory_profiler`.
    pub const DEFAULT: [Column; 3] = [Column::Usage, Column::Increment, Column::Occurrences];

    /// All names, the one to be told first for each column. Of two columns of one name the meter
    /// decides.
    const NAMES: [(&'static [&'static str], Column); 10] = [
        (&["usage", "memusage", "mem", "memory", "memoryusage"], Column::Usage),
        (&["increment", "inc", "increments"], Column::Increment),
        (&["occurrences", "occurences", "count", "hits"], Column::Occurrences),
        (&["peak"], Column::Peak),
        (&["own"], Column::Own),
        (&["live"], Column::Live),
        (&["allocated", "alloc"], Column::Allocated),
        (&["freed"], Column::Freed),
        (&["heappeak"], Column::HeapPeak),
        (&["count", "allocations"], Column::Count),
    ];

    /// The column a user named, in any case and with any blanks: `Mem usage`, `peak`.
    pub fn parse(name: &str, meters: Meters) -> Result<Self, Error> {
        Self::find("column", name, meters, &Self::choices())
    }

    /// The columns a user listed. What the default ones have not (`peak` and `own`) is added to them;
    /// a list with any of the default ones is the whole set, in its order. The line number and the
    /// source may be named: they are always there.
    pub fn parse_all(names: &[String], meters: Meters) -> Result<Vec<Self>, Error> {
        let mut columns = Vec::new();
        for name in names.iter().flat_map(|name| name.split(',')) {
            if matches!(bare(name).as_str(), "line" | "lineno" | "source" | "linecontents" | "") {
                continue;
            }
            let column = Self::parse(name.trim(), meters)?;
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let default = meters.columns();
        if columns.iter().any(|column| default.contains(column)) {
            return Ok(columns);
        }
        Ok(default.iter().copied().chain(columns).collect())
    }

    /// What to sort by: a column, or `None` for the order of the lines.
    pub fn parse_sort(name: &str, meters: Meters) -> Result<Option<Self>, Error> {
        if matches!(bare(name).as_str(), "line" | "lineno") {
            return Ok(None);
        }
        let choices = format!("line, {}", Self::choices());
        Self::find("sort column", name, meters, &choices).map(Some)
    }

    /// The name in a header.
    pub fn title(self, options: &Options) -> &'static str {
        match self {
            Self::HeapPeak if options.columns.contains(&Self::Peak) => "Heap peak",
            Self::Peak | Self::HeapPeak => "Peak",
            Self::Usage => "Mem usage",
            Self::Increment => "Increment",
            Self::Occurrences => "Occurrences",
            Self::Own => "Own",
            Self::Live => "Live",
            Self::Allocated => "Allocated",
            Self::Freed => "Freed",
            Self::Count => "Count",
        }
    }

    /// What stands in this column for a line; nothing where it was not measured.
    pub fn show(self, figures: &Figures, options: &Options) -> String {
        match self {
            Self::Usage => self.text(figures.usage, options),
            Self::Increment => self.text(figures.increment, options),
            Self::Peak => figures.peak.map_or_else(String::new, |peak| self.text(peak, options)),
            Self::Own => self.text(figures.own, options),
            Self::Occurrences => figures.occurrences.to_string(),
            _ => match figures.heap {
                None => String::new(),
                Some(Heap { count, .. }) if self == Self::Count => count.to_string(),
                Some(_) => {
                    self.text(i64::try_from(self.rank(figures)).unwrap_or(i64::MAX), options)
                }
            },
        }
    }

    /// A figure of this column: bytes in their unit, or a count.
    pub fn text(self, figure: i64, options: &Options) -> String {
        match self.unit(options) {
            Some(unit) => unit.show(figure, options.precision),
            None => figure.to_string(),
        }
    }

    /// The unit of its figures; `None` for a count.
    pub fn unit(self, options: &Options) -> Option<Unit> {
        match self {
            Self::Occurrences | Self::Count => None,
            _ if self.is_heap() => Some(options.heap_unit),
            _ => Some(options.unit),
        }
    }

    /// What lines are sorted by, the largest first. Readings at entry do not count as growth.
    pub fn rank(self, figures: &Figures) -> i128 {
        let heap = |of: fn(Heap) -> i128| figures.heap.map_or(i128::MIN, of);
        match self {
            Self::Usage => figures.usage.into(),
            Self::Increment => figures.growth.into(),
            Self::Occurrences => figures.occurrences.into(),
            Self::Peak => figures.peak.map_or(i128::MIN, Into::into),
            Self::Own => figures.own.into(),
            Self::Live => heap(|heap| heap.live.into()),
            Self::Allocated => heap(|heap| heap.allocated.into()),
            Self::Freed => heap(|heap| heap.freed.into()),
            Self::HeapPeak => heap(|heap| heap.peak.into()),
            Self::Count => heap(|heap| heap.count.into()),
        }
    }

    /// Whether it is one of the heap meter.
    pub fn is_heap(self) -> bool {
        Self::HEAP.contains(&self)
    }

    /// The columns of the heap meter.
    const HEAP: [Self; 5] = [Self::Live, Self::Allocated, Self::Freed, Self::HeapPeak, Self::Count];

    fn find(what: &'static str, given: &str, meters: Meters, choices: &str) -> Result<Self, Error> {
        let name = bare(given);
        let name = if name == "peak" && meters.peak_is_of_heap() { "heappeak" } else { &name };
        let mut named = Self::NAMES.iter().filter(|(names, _)| names.contains(&name));
        let Some(first) = named.clone().next() else {
            let (given, choices) = (given.to_owned(), choices.to_owned());
            return Err(Error::Choice { what, given, choices });
        };
        // The last one that is measured: with the heap meter, `count` is of allocations.
        match named.rfind(|(_, column)| meters.have(*column)) {
            Some((_, column)) => Ok(*column),
            None => Err(Error::Column {
                what,
                given: given.to_owned(),
                meters: if first.1.is_heap() { "heap" } else { "rss" },
            }),
        }
    }

    fn choices() -> String {
        let mut names: Vec<_> = Self::NAMES.iter().map(|(names, _)| names[0]).collect();
        names.retain(|name| *name != "heappeak");
        names.join(", ")
    }
}

/// What the figures of a profile are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meters {
    levels: bool,
    heap: bool,
    level_peak: bool,
}

impl Default for Meters {
    fn default() -> Self {
        Self { levels: true, heap: false, level_peak: false }
    }
}

impl Meters {
    /// Those of a run, or of the part of them that is asked for.
    pub fn of(run: &Run, asked: Option<&str>) -> Self {
        let meter = asked.unwrap_or(&run.meter).to_owned();
        let run = Run { meter, peak: run.peak, ..Run::default() };
        Self { levels: run.reads_levels(), heap: run.counts_heap(), level_peak: run.peak }
    }

    /// Those that two profiles have both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            levels: self.levels && other.levels,
            heap: self.heap && other.heap,
            level_peak: self.level_peak && other.level_peak,
        }
    }

    /// Whether there are levels of memory and allocations.
    pub fn are_both(self) -> bool {
        self.levels && self.heap
    }

    /// The columns of a report that nobody configured.
    pub fn columns(self) -> Vec<Column> {
        let levels = [Column::Usage, Column::Increment];
        let levels = levels.into_iter().filter(|_| self.levels);
        let heap = Column::HEAP.into_iter().filter(|_| self.heap);
        levels.chain(heap).chain([Column::Occurrences]).collect()
    }

    /// What lines are ranked by where nobody says.
    pub fn rank(self) -> Column {
        if self.levels { Column::Increment } else { Column::Allocated }
    }

    /// What profiles are compared by where nobody says.
    pub fn compare(self) -> Column {
        if self.levels { Column::Increment } else { Column::Live }
    }

    /// Whether there are figures for a column.
    pub fn have(self, column: Column) -> bool {
        match column {
            Column::Occurrences => true,
            _ if column.is_heap() => self.heap,
            _ => self.levels,
        }
    }

    /// Whether `peak` means that of allocations.
    fn peak_is_of_heap(self) -> bool {
        self.heap && !(self.levels && self.level_peak)
    }
}

/// A name as it is compared: lower case letters only, so that `Mem usage`, `mem_usage` and
/// `Line #` are understood.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(names: &[&str]) -> Vec<Column> {
        parsed_with("rss", names)
    }

    fn parsed_with(meter: &str, names: &[&str]) -> Vec<Column> {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        Column::parse_all(&names, meters(meter)).unwrap()
    }

    fn meters(meter: &str) -> Meters {
        Meters::of(&Run::default(), Some(meter))
    }

    #[test]
    fn columns_are_named_as_users_write_them() {
        for name in ["usage", "Mem usage", "mem_usage", "MEM-USAGE"] {
            assert_eq!(Column::parse(name, Meters::default()).unwrap(), Column::Usage);
        }
        assert_eq!(Column::parse("Peak", Meters::default()).unwrap(), Column::Peak);
        assert_eq!(
            Column::parse("x", Meters::default()).unwrap_err().to_string(),
            "unknown column 'x': one of usage, increment, occurrences, peak, own, live, \
             allocated, freed, count"
        );
    }

    #[test]
    fn the_extra_columns_alone_are_added_to_the_default_ones() {
        use Column::{Increment, Occurrences, Own, Peak, Usage};
        assert_eq!(parsed(&[]), Column::DEFAULT);
        assert_eq!(parsed(&["Peak,Own"]), [Usage, Increment, Occurrences, Peak, Own]);
        assert_eq!(parsed(&["peak", "peak"]), [Usage, Increment, Occurrences, Peak]);
        assert_eq!(parsed(&["Line #", "own", "increment", "Line Contents"]), [Own, Increment]);
    }

    #[test]
    fn sorting_knows_the_line_order_by_name() {
        assert_eq!(Column::parse_sort("line", Meters::default()).unwrap(), None);
        assert_eq!(Column::parse_sort("Peak", Meters::default()).unwrap(), Some(Column::Peak));
        assert_eq!(
            Column::parse_sort("size", Meters::default()).unwrap_err().to_string(),
            "unknown sort column 'size': one of line, usage, increment, occurrences, peak, own, live, \
             allocated, freed, count"
        );
    }

    #[test]
    fn the_meter_decides_which_columns_there_are() {
        use Column::{
            Allocated, Count, Freed, HeapPeak, Increment, Live, Occurrences, Peak, Usage,
        };
        let heap = [Live, Allocated, Freed, HeapPeak, Count, Occurrences];
        assert_eq!(parsed_with("heap", &[]), heap);
        assert_eq!(parsed_with("rss,heap", &[]), [&[Usage, Increment][..], &heap].concat());
        assert_eq!(parsed_with("heap", &["peak", "live", "hits"]), [HeapPeak, Live, Occurrences]);
        assert_eq!(parsed(&["count"]), [Occurrences]);
        assert_eq!(parsed_with("heap", &["count"]), [Count]);
        let both = Meters { level_peak: true, ..meters("rss,heap") };
        assert_eq!(Column::parse("peak", both).unwrap(), Peak);
    }

    #[test]
    fn a_column_that_was_not_measured_names_the_meter_that_has_it() {
        let error = |name, meter| Column::parse(name, meters(meter)).unwrap_err().to_string();
        assert_eq!(
            error("live", "rss"),
            "column 'live' was not measured: the meter heap has it, as in --meter heap"
        );
        assert_eq!(
            error("increment", "heap"),
            "column 'increment' was not measured: the meter rss has it, as in --meter rss,heap"
        );
        assert!(Column::parse_sort("freed", Meters::default()).is_err());
    }
}
