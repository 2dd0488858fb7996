//! Round numbers along an axis, and how they are written.

use crate::units::Unit;

/// Steps of minutes and hours, seconds.
const CLOCK: [f64; 12] =
    [60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0];
const UNITS: [(&str, f64); 4] =
    [("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("KiB", 1024.0), ("B", 1.0)];
/// From here on times are minutes and seconds.
const MINUTES: f64 = 120.0;

/// Places along an axis and what stands there.
pub type Ticks = Vec<(f64, String)>;

/// About so many times from one to another, seconds.
pub fn times(from: f64, to: f64, about: f64) -> Ticks {
    let rough = (to - from) / about.max(1.0);
    let step = if rough <= 20.0 {
        decimal(rough)
    } else if rough <= 30.0 {
        30.0
    } else {
        let clock = CLOCK.into_iter().find(|step| *step >= rough);
        clock.unwrap_or_else(|| decimal(rough / 86400.0) * 86400.0)
    };
    between(from, to, step).map(|time| (time, time_text(time, step))).collect()
}

/// About so many sizes from one to another, bytes.
pub fn sizes(from: f64, to: f64, about: f64) -> Ticks {
    let (name, size) = UNITS.into_iter().find(|(_, size)| to >= *size).unwrap_or(("B", 1.0));
    let step = decimal((to - from) / size / about.max(1.0));
    let digits = digits(step);
    let write = |number: f64| (number * size, format!("{number:.digits$} {name}"));
    between(from / size, to / size, step).map(write).collect()
}

/// A time with the digits that steps of a size need: `1.25 s`, `2:05`, `1:02:05`.
pub fn time_text(time: f64, step: f64) -> String {
    let digits = digits(step);
    if time.abs() < MINUTES && step < 30.0 {
        return format!("{time:.digits$} s");
    }
    let scale = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
    let whole = (time.abs() * scale).round() / scale;
    let (hours, minutes) = ((whole / 3600.0).floor(), (whole % 3600.0 / 60.0).floor());
    let wide = if digits > 0 { digits + 3 } else { 2 };
    let seconds = format!("{:0wide$.digits$}", whole % 60.0);
    let sign = if time < 0.0 { "-" } else { "" };
    if hours > 0.0 {
        format!("{sign}{hours}:{minutes:02}:{seconds}")
    } else {
        format!("{sign}{minutes}:{seconds}")
    }
}

/// An amount of memory as it stands in a picture.
pub fn size_text(bytes: i64) -> String {
    Unit::Auto.show(bytes, 1)
}

/// The multiples of a step from one number to another.
fn between(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (from / step - 1e-6).ceil();
    // A step is never so small that more would fit.
    let multiples = (0..200).map(move |index| (first + f64::from(index)) * step);
    // Negative zero has a sign of its own.
    multiples.take_while(move |at| *at <= to + step * 1e-6).map(|at| at + 0.0)
}

/// The next of 1, 2, 5, 10, 20 and so on.
fn decimal(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| times * power >= rough * 0.999);
    times.unwrap_or(10.0) * power
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
fn digits(step: f64) -> usize {
    (-(step.log10() + 1e-9).floor()).clamp(0.0, 9.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ticks: Ticks) -> String {
        ticks.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn times_are_round_at_any_size() {
        assert_eq!(texts(times(0.0, 9.0, 9.0)), "0 s 1 s 2 s 3 s 4 s 5 s 6 s 7 s 8 s 9 s");
        assert_eq!(texts(times(0.0, 0.0021, 4.0)), "0.000 s 0.001 s 0.002 s");
        assert_eq!(texts(times(0.0, 200.0, 4.0)), "0:00 1:00 2:00 3:00");
        assert_eq!(texts(times(7000.0, 7400.0, 4.0)), "1:58:00 2:00:00 2:02:00");
        assert_eq!(texts(times(0.0, 400_000.0, 4.0)), "0:00 48:00:00 96:00:00");
    }

    #[test]
    fn sizes_have_one_unit() {
        let mib = 1_048_576.0;
        assert_eq!(texts(sizes(0.0, 2.5 * mib, 3.0)), "0 MiB 1 MiB 2 MiB");
        assert_eq!(texts(sizes(0.0, 1.2 * mib, 3.0)), "0.0 MiB 0.5 MiB 1.0 MiB");
        assert_eq!(texts(sizes(0.0, 1.0, 2.0)), "0.0 B 0.5 B 1.0 B");
        assert_eq!(texts(sizes(-3.0, 3.0, 3.0)), "-2 B 0 B 2 B");
    }

    #[test]
    fn a_time_has_the_digits_it_needs() {
        assert_eq!(time_text(654.321, 0.01), "10:54.32");
        assert_eq!(time_text(3_725.0, 1.0), "1:02:05");
        assert_eq!(time_text(179.999, 0.01), "3:00.00");
    }
}
