//! What the whole program allocated more or less from one profile to another.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::group::{By, Grouped, grouped};
use super::{SiteChoice, show};
use crate::error::Error;
use crate::profile::{Profile, Sites};
use crate::report::sheet::{Sheet, heading, text};
use crate::report::{Format, Options, colour};
use crate::units::plural;

/// Those with the largest changes first, ending in a line break; by what is alive at the end unless
/// chosen. What is called the same in both belongs together: a line by its number, so that
/// functions are the better choice where the source has changed. Fails where one of them has not
/// recorded what is to be compared.
pub fn sites_diff(
    before: &Profile,
    after: &Profile,
    choice: SiteChoice,
    options: &Options,
) -> Result<String, Error> {
    let by = choice.figure();
    if by == By::Temporary && !(has_temporaries(before) && has_temporaries(after)) {
        return Err(Error::Unmeasured { what: "temporaries", option: "--by temporary" });
    }
    let of = |profile: &Profile| -> Vec<Grouped> {
        let sites = profile.sites.as_ref();
        sites.map_or_else(Vec::new, |sites: &Sites| grouped(sites, choice.group))
    };
    let mut changes: HashMap<String, (i64, i64)> = HashMap::new();
    for one in of(before) {
        changes.entry(one.name).or_default().0 += by.of(&one.figures);
    }
    for one in of(after) {
        changes.entry(one.name).or_default().1 += by.of(&one.figures);
    }
    let mut rows: Vec<_> = changes.into_iter().filter(|(_, (old, new))| old != new).collect();
    let total = rows.iter().fold(0_i64, |sum, (_, (old, new))| sum.saturating_add(new - old));
    let count = plural(rows.len() as u64, choice.group.noun());
    rows.sort_by(|(name, (old, new)), (other, (other_old, other_new))| {
        let key = |old: &i64, new: &i64| Reverse((new - old).unsigned_abs());
        key(old, new).cmp(&key(other_old, other_new)).then_with(|| name.cmp(other))
    });
    rows.truncate(options.top.unwrap_or(usize::MAX));
    if options.format == Format::Json {
        let row = |(name, (old, new)): &(String, (i64, i64))| json!({"name": name, "before": old, "after": new, "change": new - old});
        return Ok(format!("{}\n", Value::Array(rows.iter().map(row).collect())));
    }
    let what = by.title();
    if rows.is_empty() {
        return Ok(format!("rsprofile: nothing changed: {}\n", what.to_lowercase()));
    }
    let signed =
        |figure: i64| format!("{}{}", if figure > 0 { "+" } else { "" }, show(by, figure, options));
    let mut report = String::new();
    let _ = write!(report, "{}{what}: {} by {count}\n\n", heading(options), signed(total));
    let mut sheet = Sheet::new(["Before", "After", "Change", choice.group.title()], options);
    for (name, (old, new)) in rows {
        let mut change = signed(new - old);
        if options.colour {
            change = colour::change(&change, new - old);
        }
        let old = show(by, old, options);
        sheet.push([old, show(by, new, options), change, text(&name, options)]);
    }
    sheet.draw(&mut report, options);
    Ok(report)
}

fn has_temporaries(profile: &Profile) -> bool {
    let sites = profile.sites.iter().flat_map(|sites| &sites.list);
    sites.into_iter().any(|site| site.figures.temporary.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples::{self, MIB};

    #[test]
    fn what_grew_and_what_shrank_is_shown_with_the_largest_change_first() {
        let before = samples::program();
        let mut after = before.clone();
        let sites = after.sites.as_mut().unwrap();
        sites.list[0].figures.live += 7 * MIB;
        sites.list[3].figures.live = 0;
        let options = Options::default();
        let choice = SiteChoice::default();
        insta::assert_snapshot!(sites_diff(&before, &after, choice, &options).unwrap(), @"
        Alive at the end: +7.0 MiB by 2 lines

          Before |    After |   Change | Line
        ---------+----------+----------+------------------------------------------------------------
         4.0 MiB | 11.0 MiB | +7.0 MiB | app.py:5 load
           512 B |      0 B |   -512 B | /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read
        ");
        let count = SiteChoice::parse(None, Some("count")).unwrap();
        let same = sites_diff(&before, &after, count, &options).unwrap();
        assert_eq!(same, "rsprofile: nothing changed: blocks allocated in all\n");
        let temporary = SiteChoice::parse(None, Some("temporary")).unwrap();
        let fault = sites_diff(&before, &after, temporary, &options).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "a profile has no temporaries: profile both runs with --by temporary"
        );
        let json = Options { format: Format::Json, top: Some(1), ..options };
        assert_eq!(
            sites_diff(&before, &after, choice, &json).unwrap(),
            "[{\"after\":11534336,\"before\":4194304,\"change\":7340032,\"name\":\"app.py:5 load\"}]\n"
        );
    }
}
