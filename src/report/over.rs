//! What grew beyond a limit from one profile to another: what a build server fails for.

use super::columns::Meters;
use super::diff::total;
use super::leaks::look_at;
use super::sites::SiteChoice;
use super::{Column, Options, place};
use crate::error::Error;
use crate::profile::{Function, Profile};
use crate::units::size;

/// How much more is too much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    most: Most,
    /// Less growth than this is noise, bytes.
    least: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Most {
    /// Of what there was before.
    Share(f64),
    Bytes(i64),
}

/// What a profile is compared by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compared {
    /// Each function, by a column.
    Functions(Column),
    /// All that the program allocates.
    Program(SiteChoice),
    /// All objects alive at the last look.
    Objects,
}

impl Limit {
    /// Reads `5%` or `2 MiB`, and below which size growth is noise.
    ///
    /// # Errors
    /// [`Error::Limit`] and [`Error::Size`] for texts that are none.
    pub fn parse(most: &str, least: &str) -> Result<Self, Error> {
        let bad = || Error::Limit { given: most.to_owned() };
        let share = |percent: &str| {
            let share = percent.trim_end().parse::<f64>().ok();
            share.filter(|share| share.is_finite() && *share >= 0.0).ok_or_else(bad)
        };
        let most = match most.trim().strip_suffix('%') {
            Some(percent) => Most::Share(share(percent)? / 100.0),
            None => Most::Bytes(size(most).map_err(|_| bad())?),
        };
        Ok(Self { most, least: if least.trim() == "0" { 0 } else { size(least)? } })
    }

    fn is_passed(self, before: i64, after: i64, is_bytes: bool) -> bool {
        let growth = after.saturating_sub(before);
        let most = match self.most {
            Most::Share(share) => before.max(0) as f64 * share,
            Most::Bytes(bytes) => bytes as f64,
        };
        growth > 0 && growth as f64 > most && (!is_bytes || growth >= self.least)
    }
}

/// A line for each figure that passed the limit, the largest growth first.
///
/// # Errors
/// As [`diff`](super::diff()) has them.
pub fn over(
    before: &Profile,
    after: &Profile,
    by: Compared,
    limit: Limit,
    options: &Options,
) -> Result<Vec<String>, Error> {
    let mut rows = match by {
        Compared::Functions(by) => {
            let side = |one: Option<&Function>| one.map_or(0, |one| total(one, by));
            let pairs = before.pair(after)?;
            // What is gone has not grown.
            let pairs = pairs.iter().filter_map(|pair| Some((pair.after?, pair)));
            let rows = pairs.map(|(now, pair)| Row {
                name: format!("{}: {}", place(now), by.title(options)),
                before: side(pair.before),
                after: total(now, by),
            });
            rows.collect()
        }
        Compared::Program(choice) => vec![Row {
            name: format!("the whole program: {}", choice.figure().title()),
            before: choice.total(before.sites.as_ref()),
            after: choice.total(after.sites.as_ref()),
        }],
        Compared::Objects => {
            let bytes = |profile: &Profile| look_at(&profile.leaks, -1).map(|look| look.bytes);
            vec![Row {
                name: "all objects".to_owned(),
                before: bytes(before)?.cast_signed(),
                after: bytes(after)?.cast_signed(),
            }]
        }
    };
    let is_bytes = by.is_bytes(options);
    rows.retain(|row| limit.is_passed(row.before, row.after, is_bytes));
    rows.sort_by_key(|row| std::cmp::Reverse(row.after - row.before));
    Ok(rows.iter().map(|row| row.text(by, options)).collect())
}

impl Compared {
    fn is_bytes(self, options: &Options) -> bool {
        match self {
            Self::Functions(by) => by.unit(options).is_some(),
            Self::Program(choice) => choice.figure().is_bytes(),
            Self::Objects => true,
        }
    }

    fn show(self, figure: i64, options: &Options) -> String {
        match self {
            Self::Functions(by) => by.text(figure, options),
            _ if self.is_bytes(options) => options.heap_unit.show(figure, options.precision),
            _ => figure.to_string(),
        }
    }
}

/// The column that two profiles are compared by if none is named.
///
/// # Errors
/// There is no such column, or one of them has no figures of it.
pub fn column(before: &Profile, after: &Profile, name: Option<&str>) -> Result<Column, Error> {
    let meters = Meters::of(&before.run, None).and(Meters::of(&after.run, None));
    name.map_or_else(|| Ok(meters.compare()), |name| Column::parse(name, meters))
}

struct Row {
    name: String,
    before: i64,
    after: i64,
}

impl Row {
    /// `app.py:3 load: Increment 64.0 MiB -> 96.0 MiB (+50.0 %)`.
    fn text(&self, by: Compared, options: &Options) -> String {
        let show = |figure| by.show(figure, options);
        let share = match self.before {
            before @ 1.. => {
                let share = (self.after - before) as f64 / before as f64 * 100.0;
                format!("+{share:.1} %")
            }
            _ => "new".to_owned(),
        };
        format!("{} {} -> {} ({share})", self.name, show(self.before), show(self.after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{self, MIB};

    fn lines(before: &Profile, after: &Profile, by: Compared, most: &str) -> Vec<String> {
        let limit = Limit::parse(most, "1 MiB").unwrap();
        over(before, after, by, limit, &Options::default()).unwrap()
    }

    fn grown(by: i64) -> Profile {
        let mut profile = samples::app();
        profile.functions[0].rows[2].measured.as_mut().unwrap().increment += by;
        profile
    }

    #[test]
    fn what_grew_beyond_the_limit_is_said_with_both_figures() {
        let by = Compared::Functions(Column::Increment);
        let (before, after) = (samples::app(), grown(32 * MIB));
        assert_eq!(
            lines(&before, &after, by, "5%"),
            ["app.py:3 load: Increment 63.0 MiB -> 95.0 MiB (+50.8 %)"]
        );
        assert_eq!(lines(&before, &after, by, "51 %"), [""; 0]);
        assert_eq!(lines(&before, &after, by, "32 MiB"), [""; 0]);
        assert_eq!(lines(&before, &after, by, "31 MiB").len(), 1);
        assert_eq!(lines(&after, &before, by, "0%"), [""; 0]);
    }

    #[test]
    fn growth_below_the_least_is_noise() {
        let by = Compared::Functions(Column::Increment);
        assert_eq!(lines(&samples::app(), &grown(MIB - 1), by, "0%"), [""; 0]);
        assert_eq!(lines(&samples::app(), &grown(MIB), by, "0%").len(), 1);
    }

    #[test]
    fn a_new_function_is_growth_from_nothing() {
        let by = Compared::Functions(Column::Increment);
        let new =
            lines(&Profile { functions: Vec::new(), ..samples::app() }, &grown(0), by, "500%");
        assert_eq!(new, ["app.py:3 load: Increment 0.0 MiB -> 63.0 MiB (new)"]);
        assert_eq!(lines(&samples::app(), &Profile::default(), by, "0%"), [""; 0]);
    }

    #[test]
    fn a_program_and_its_objects_are_compared_as_a_whole() {
        let before = samples::program();
        let mut after = before.clone();
        let sites = after.sites.as_mut().unwrap();
        sites.list[0].figures.live += 2 * MIB;
        let by = Compared::Program(SiteChoice::default());
        assert_eq!(
            lines(&before, &after, by, "5%"),
            ["the whole program: Alive at the end 4.0 MiB -> 6.0 MiB (+50.0 %)"]
        );
        let before = samples::leaks();
        let mut after = before.clone();
        after.leaks.last_mut().unwrap().bytes += 1 << 30;
        let objects = lines(&before, &after, Compared::Objects, "5%");
        assert!(objects[0].starts_with("all objects "), "{objects:?}");
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in ["", "5", "%", "-1%", "nan%", "lots", "5%%"] {
            let limit = Limit::parse(text, "1 MiB");
            assert!(limit.is_err() || text == "5", "{text}: {limit:?}");
        }
        assert_eq!(
            Limit::parse("x", "1 MiB").unwrap_err().to_string(),
            "no limit 'x': give a share or a size, as 5% or 2 MiB"
        );
    }
}
