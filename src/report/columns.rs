//! The columns of figures: what each is called, by users and in a header, and what stands in it.

use super::lines::Figures;
use super::options::Options;
use crate::error::Error;

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
}

impl Column {
    /// The columns of a report that nobody configured: those of `memory_profiler`.
    pub const DEFAULT: [Column; 3] = [Column::Usage, Column::Increment, Column::Occurrences];

    /// All names, the one to be told first for each column.
    const NAMES: [(&'static [&'static str], Column); 5] = [
        (&["usage", "memusage", "mem", "memory", "memoryusage"], Column::Usage),
        (&["increment", "inc", "increments"], Column::Increment),
        (&["occurrences", "occurences", "count", "hits"], Column::Occurrences),
        (&["peak"], Column::Peak),
        (&["own"], Column::Own),
    ];

    /// The column a user named, in any case and with any blanks: `Mem usage`, `peak`.
    pub fn parse(name: &str) -> Result<Self, Error> {
        Self::find(name).ok_or_else(|| Error::Choice {
            what: "column",
            given: name.to_owned(),
            choices: Self::choices(),
        })
    }

    /// The columns a user listed. Nothing but `peak` and `own` is added to the default ones; a list
    /// with any of the others is the whole set, in its order. The line number and the source may be
    /// named: they are always there.
    pub fn parse_all(names: &[String]) -> Result<Vec<Self>, Error> {
        let mut columns = Vec::new();
        for name in names.iter().flat_map(|name| name.split(',')) {
            if matches!(bare(name).as_str(), "line" | "lineno" | "source" | "linecontents" | "") {
                continue;
            }
            let column = Self::parse(name.trim())?;
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        if columns.iter().any(|column| Self::DEFAULT.contains(column)) {
            return Ok(columns);
        }
        Ok(Self::DEFAULT.into_iter().chain(columns).collect())
    }

    /// What to sort by: a column, or `None` for the order of the lines.
    pub fn parse_sort(name: &str) -> Result<Option<Self>, Error> {
        if matches!(bare(name).as_str(), "line" | "lineno") {
            return Ok(None);
        }
        Self::find(name).map(Some).ok_or_else(|| Error::Choice {
            what: "sort column",
            given: name.to_owned(),
            choices: format!("line, {}", Self::choices()),
        })
    }

    /// The name in a header.
    pub fn title(self) -> &'static str {
        match self {
            Self::Usage => "Mem usage",
            Self::Increment => "Increment",
            Self::Occurrences => "Occurrences",
            Self::Peak => "Peak",
            Self::Own => "Own",
        }
    }

    /// What stands in this column for a line; nothing where a peak was not read.
    pub fn show(self, figures: &Figures, options: &Options) -> String {
        let memory = |bytes| options.unit.show(bytes, options.precision);
        match self {
            Self::Usage => memory(figures.usage),
            Self::Increment => memory(figures.increment),
            Self::Occurrences => figures.occurrences.to_string(),
            Self::Peak => figures.peak.map_or_else(String::new, memory),
            Self::Own => memory(figures.own),
        }
    }

    /// What lines are sorted by, the largest first. Readings at entry do not count as growth.
    pub fn rank(self, figures: &Figures) -> i128 {
        match self {
            Self::Usage => figures.usage.into(),
            Self::Increment => figures.growth.into(),
            Self::Occurrences => figures.occurrences.into(),
            Self::Peak => figures.peak.map_or(i128::MIN, Into::into),
            Self::Own => figures.own.into(),
        }
    }

    fn find(name: &str) -> Option<Self> {
        let name = bare(name);
        let found = Self::NAMES.iter().find(|(names, _)| names.contains(&name.as_str()));
        found.map(|(_, column)| *column)
    }

    fn choices() -> String {
        Self::NAMES.map(|(names, _)| names[0]).join(", ")
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
        Column::parse_all(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn columns_are_named_as_users_write_them() {
        for name in ["usage", "Mem usage", "mem_usage", "MEM-USAGE"] {
            assert_eq!(Column::parse(name).unwrap(), Column::Usage);
        }
        assert_eq!(Column::parse("Peak").unwrap(), Column::Peak);
        assert_eq!(
            Column::parse("x").unwrap_err().to_string(),
            "unknown column 'x': one of usage, increment, occurrences, peak, own"
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
        assert_eq!(Column::parse_sort("line").unwrap(), None);
        assert_eq!(Column::parse_sort("Peak").unwrap(), Some(Column::Peak));
        assert_eq!(
            Column::parse_sort("size").unwrap_err().to_string(),
            "unknown sort column 'size': one of line, usage, increment, occurrences, peak, own"
        );
    }
}
