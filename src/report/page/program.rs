//! What a whole program allocated, as data for a page.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::profile::{Profile, SiteFigures, Sites};
use crate::report::Options;
use crate::report::sites::{Group, Grouped, SiteChoice, grouped, notes_of};

/// The columns of figures: what each is called, whether it is bytes, and what stands in it.
type Of = fn(&SiteFigures) -> i64;
const COLUMNS: [(&str, bool, Of); 6] = [
    ("Live", true, |one| one.live),
    ("Blocks", false, |one| one.live_blocks),
    ("At peak", true, |one| one.peak),
    ("Allocated", true, |one| i64::try_from(one.allocated).unwrap_or(i64::MAX)),
    ("Count", false, |one| i64::try_from(one.count).unwrap_or(i64::MAX)),
    ("Temporary", true, |one| {
        one.temporary.map_or(0, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
    }),
];

/// The sites of a program, added up in every way there is; nothing where they were not recorded.
pub fn program(profile: &Profile, choice: SiteChoice, options: &Options) -> Value {
    let Some(sites) = &profile.sites else { return Value::Null };
    let groups = Group::ALL.map(|group| {
        let all = grouped(sites, group);
        let figures = columns(has_temporaries(sites), &all, |one| &one.figures);
        let mut frames = Frames::default();
        let stacks: HashMap<usize, Value> =
            all.iter().enumerate().filter_map(|row| stacks(row, &mut frames)).collect();
        json!({
            "name": group.noun(), "title": group.title(), "columns": figures, "stacks": stacks,
            "frames": frames.list,
            "names": all.iter().map(|one| &one.name).collect::<Vec<_>>(),
        })
    });
    json!({
        "groups": groups, "group": choice.group.noun(),
        "notes": notes_of(profile, sites, options),
    })
}

/// The sites of two programs side by side: what has the same name belongs together.
pub fn programs(before: &Profile, after: &Profile, choice: SiteChoice) -> Value {
    if before.sites.is_none() && after.sites.is_none() {
        return Value::Null;
    }
    let groups = Group::ALL.map(|group| {
        let mut names: Vec<String> = Vec::new();
        let mut pairs: Vec<[SiteFigures; 2]> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (side, profile) in [before, after].into_iter().enumerate() {
            for one in profile.sites.iter().flat_map(|sites| grouped(sites, group)) {
                let place = *known.entry(one.name.clone()).or_insert_with(|| {
                    names.push(one.name);
                    pairs.push(Default::default());
                    pairs.len() - 1
                });
                pairs[place][side].add(&one.figures);
            }
        }
        let side = |side: usize| columns(false, &pairs, |pair| &pair[side]);
        json!({
            "name": group.noun(), "title": group.title(), "names": names,
            "before": side(0), "after": side(1),
        })
    });
    json!({ "groups": groups, "group": choice.group.noun() })
}

fn columns<T>(temporaries: bool, all: &[T], figures: impl Fn(&T) -> &SiteFigures) -> Value {
    let count = COLUMNS.len() - usize::from(!temporaries);
    let column = |(title, is_bytes, of): &(&str, bool, Of)| {
        let list: Vec<i64> = all.iter().map(|one| of(figures(one))).collect();
        json!({ "title": title, "bytes": is_bytes, "list": list })
    };
    COLUMNS[..count].iter().map(column).collect()
}

/// The frames of stacks, each once: many stacks share most of theirs.
#[derive(Default)]
struct Frames<'a> {
    list: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Frames<'a> {
    fn place(&mut self, frame: &'a str) -> usize {
        *self.places.entry(frame).or_insert_with(|| {
            self.list.push(frame);
            self.list.len() - 1
        })
    }
}

/// The stacks of a row, what each allocated first: its index in the page, and the stacks.
fn stacks<'a>((index, one): (usize, &'a Grouped), all: &mut Frames<'a>) -> Option<(usize, Value)> {
    let stack = |(frames, figures): &'a (Vec<String>, SiteFigures)| {
        let figures: Vec<i64> = COLUMNS.iter().map(|(_, _, of)| of(figures)).collect();
        let frames: Vec<usize> = frames.iter().map(|frame| all.place(frame)).collect();
        json!([figures, frames])
    };
    (!one.stacks.is_empty()).then(|| (index, one.stacks.iter().map(stack).collect()))
}

fn has_temporaries(sites: &Sites) -> bool {
    sites.list.iter().any(|site| site.figures.temporary.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    #[test]
    fn sites_are_added_up_in_every_way() {
        let value = program(&samples::program(), SiteChoice::default(), &Options::default());
        let names: Vec<_> =
            value["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
        assert_eq!(names, ["line", "function", "file", "module", "allocator"]);
        let lines = &value["groups"][0];
        assert_eq!(lines["names"][0], "app.py:5 load");
        assert_eq!(lines["columns"].as_array().unwrap().len(), 5);
        assert_eq!(lines["columns"][0]["list"][0], json!(4 * samples::MIB));
        assert_eq!(lines["stacks"]["1"][0][1], json!([0]));
        assert_eq!(lines["frames"], json!(["< app.py:9 <module>", "< app.py:6 load"]));
        assert_eq!((&value["group"], &value["notes"][0][0]), (&json!("line"), &json!("total")));
        let none = program(&samples::app(), SiteChoice::default(), &Options::default());
        assert_eq!(none, Value::Null);
    }

    #[test]
    fn what_has_the_same_name_in_both_stands_in_one_row() {
        let before = samples::program();
        let mut after = before.clone();
        let sites = after.sites.as_mut().unwrap();
        sites.places[0].line = 50;
        let value = programs(&before, &after, SiteChoice::default());
        let lines = &value["groups"][0];
        assert_eq!(lines["names"].as_array().unwrap().len(), 5);
        let live = |side: &str, row: usize| lines[side][0]["list"][row].as_i64().unwrap();
        assert_eq!((live("before", 0), live("after", 0)), (4 * samples::MIB, 0));
        assert_eq!((live("before", 4), live("after", 4)), (0, 4 * samples::MIB));
        assert_eq!(value["groups"][1]["names"].as_array().unwrap().len(), 3);
        let none = programs(&samples::app(), &samples::app(), SiteChoice::default());
        assert_eq!(none, Value::Null);
    }
}
