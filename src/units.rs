//! Bytes, durations and counts as people read them: the only place that prints `12.3 MiB`.
//!
//! The number rule is `memory_profiler`'s: a fixed number of digits, rounded half to even on the
//! binary value as Python's `format` does it, the sign kept. So a line that gave back one page
//! shows `-0.0 MiB`: it did shrink, only less than the digits can tell.

use crate::error::Error;

/// The unit memory figures are shown in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, always whole.
    B,
    /// 2^10 bytes.
    KiB,
    /// 2^20 bytes.
    #[default]
    MiB,
    /// 2^30 bytes.
    GiB,
    /// The largest unit in which the figure is at least 1, chosen for each figure.
    Auto,
}

impl Unit {
    /// The name a user types and a report shows, for each unit.
    pub const NAMES: [(&'static str, Unit); 5] = [
        ("B", Unit::B),
        ("KiB", Unit::KiB),
        ("MiB", Unit::MiB),
        ("GiB", Unit::GiB),
        ("auto", Unit::Auto),
    ];

    /// The unit a user typed, in any case.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let found = Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map(|(_, unit)| *unit).ok_or_else(|| Error::Choice {
            what: "unit",
            given: name.to_owned(),
            choices: Self::NAMES.map(|(known, _)| known).join(", "),
        })
    }

    /// The name of the unit.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, unit)| *unit == self).map_or("auto", |(name, _)| name)
    }

    /// Shows `bytes` with `precision` digits behind the point and the unit: `12.3 MiB`.
    pub fn show(self, bytes: i64, precision: usize) -> String {
        let (name, size) = match self {
            Self::B => return format!("{bytes} B"),
            Self::KiB => ("KiB", KIB),
            Self::MiB => ("MiB", MIB),
            Self::GiB => ("GiB", GIB),
            Self::Auto => match bytes.unsigned_abs() {
                0..KIB => return format!("{bytes} B"),
                KIB..MIB => ("KiB", KIB),
                MIB..GIB => ("MiB", MIB),
                GIB.. => ("GiB", GIB),
            },
        };
        format!("{:.precision$} {name}", bytes as f64 / size as f64)
    }

    /// Whether [`show`](Self::show) prints nothing but zeros for `bytes`.
    pub fn shows_zero(self, bytes: i64, precision: usize) -> bool {
        !self.show(bytes, precision).contains(|digit: char| ('1'..='9').contains(&digit))
    }
}

/// Reads a size as people write it: `200 MiB`, `1.5 GB`, `4096`, in any case. Whole bytes, at least one.
#[expect(clippy::cast_possible_truncation, reason = "the fraction of a byte, and nothing else")]
pub fn size(text: &str) -> Result<i64, Error> {
    const UNITS: [(&str, f64); 10] = [
        ("", 1.0),
        ("b", 1.0),
        ("kb", 1e3),
        ("mb", 1e6),
        ("gb", 1e9),
        ("tb", 1e12),
        ("kib", KIB as f64),
        ("mib", MIB as f64),
        ("gib", GIB as f64),
        ("tib", (GIB << 10) as f64),
    ];
    let typed = text.trim();
    let is_digit = |char: char| char.is_ascii_digit() || char == '.';
    let (number, unit) = typed.split_at(typed.find(|char| !is_digit(char)).unwrap_or(typed.len()));
    let unit = unit.trim_start().to_ascii_lowercase();
    let scale = UNITS.iter().find(|(name, _)| *name == unit).map(|&(_, scale)| scale);
    let bytes = number.parse::<f64>().ok().zip(scale).map(|(number, scale)| number * scale);
    match bytes {
        Some(bytes) if (1.0..i64::MAX as f64).contains(&bytes) => Ok(bytes as i64),
        _ => Err(Error::Size { given: text.to_owned() }),
    }
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Shows a time given in seconds with three digits at most: `310 ns`, `4.2 ms`, `12.3 s`.
pub fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds.abs() {
        0.0 => (0.0, "s"),
        size if size < 1e-6 => (seconds * 1e9, "ns"),
        size if size < 1e-3 => (seconds * 1e6, "us"),
        size if size < 1.0 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    let precision = usize::from(value.abs() < 100.0 && unit != "ns");
    format!("{value:.precision$} {unit}")
}

/// Shows what share `part` is of `whole`: `3.4 %`; `-` when there is no whole.
pub fn percent(part: f64, whole: f64) -> String {
    let share = 100.0 * part / whole;
    if share.is_finite() { format!("{share:.1} %") } else { "-".to_owned() }
}

/// Shows a count with its thousands apart: `1,204,113`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Shows a count with its noun: `1 call`, `4 calls`, `2 processes`.
pub fn plural(number: u64, noun: &str) -> String {
    let ending = match (number, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {noun}{ending}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `'{:.{p}f}'.format(bytes / 2**20)` of Python 3.11.
    #[test]
    fn figures_are_rounded_as_pythons_format_rounds_them() {
        let half = 1_i64 << 19;
        let eighth = 1_i64 << 17;
        for (bytes, precision, python) in [
            (0, 1, "0.0"),
            (half, 0, "0"),
            (3 * half, 0, "2"),
            (5 * half, 0, "2"),
            (-half, 0, "-0"),
            (-4096, 1, "-0.0"),
            (-4096, 3, "-0.004"),
            (2 * eighth, 1, "0.2"),
            (6 * eighth, 1, "0.8"),
            (eighth, 2, "0.12"),
            (3 * eighth, 2, "0.38"),
            (1 << 20, 4, "1.0000"),
            (40_701_952, 3, "38.816"),
            (123_456_789_012_345, 2, "117737568.87"),
            (-123_456_789_012_345, 0, "-117737569"),
            (1, 9, "0.000000954"),
            (i64::MAX, 1, "8796093022208.0"),
        ] {
            assert_eq!(Unit::MiB.show(bytes, precision), format!("{python} MiB"), "{bytes}");
        }
    }

    #[test]
    fn the_automatic_unit_is_chosen_for_each_figure() {
        let shown = [0, 1023, -1024, 1536, 1 << 20, -(5 << 30), i64::MIN]
            .map(|bytes| Unit::Auto.show(bytes, 1));
        assert_eq!(
            shown,
            ["0 B", "1023 B", "-1.0 KiB", "1.5 KiB", "1.0 MiB", "-5.0 GiB", "-8589934592.0 GiB"]
        );
    }

    #[test]
    fn a_figure_that_rounds_to_nothing_shows_zero() {
        assert!(Unit::MiB.shows_zero(-4096, 1));
        assert!(!Unit::MiB.shows_zero(-4096, 3));
        assert!(!Unit::B.shows_zero(1, 1));
    }

    #[test]
    fn units_are_read_in_any_case() {
        assert_eq!(Unit::parse(" kib ").unwrap(), Unit::KiB);
        assert_eq!(
            Unit::parse("MB").unwrap_err().to_string(),
            "unknown unit 'MB': one of B, KiB, MiB, GiB, auto"
        );
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("200 MiB", 200 << 20),
            ("1.5 GB", 1_500_000_000),
            (" 4096 ", 4096),
            ("4096b", 4096),
            ("10kB", 10_000),
            (".5 KiB", 512),
            ("2tib", 2 << 40),
        ] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "MiB", "0", "0.5", "-1 MiB", "1e3", "1 M", "1.2.3 MB", "9999999999 GiB"] {
            let message = format!("no size '{text}': give bytes, or a text like 200 MiB or 1.5 GB");
            assert_eq!(size(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn times_counts_and_shares_are_short() {
        assert_eq!(
            [0.0, 3.1e-7, 4.25e-3, 12.3, 4000.0].map(seconds).join(", "),
            "0.0 s, 310 ns, 4.2 ms, 12.3 s, 4000 s"
        );
        assert_eq!([0, 999, 1000, 1_204_113].map(count).join(" "), "0 999 1,000 1,204,113");
        assert_eq!([percent(1.0, 8.0), percent(1.0, 0.0)].join(" "), "12.5 % -");
        assert_eq!(
            [plural(1, "process"), plural(4, "process"), plural(2, "call")].join(", "),
            "1 process, 4 processes, 2 calls"
        );
    }
}
