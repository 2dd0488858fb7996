//! The table of a whole program: the lines that hold most at the end, that held most at its peak, and
//! that allocated most.

mod diff;
mod group;

use std::fmt::Write;

pub use diff::sites_diff;
pub use group::SiteChoice;
use group::{By, largest};
pub(super) use group::{Group, Grouped, choose, grouped, module};

use super::sheet::{Sheet, heading, is_markdown, text};
use super::{Format, Options, footer};
use crate::profile::{Profile, SiteFigures, Sites};
use crate::units::{count, percent, plural};

/// Rows of a table where nobody has said how many.
const ROWS: usize = 20;
/// Stacks shown of a row.
const STACKS: usize = 3;

/// The report of a whole program, ending in a line break; as JSON the saved profile. It is never
/// empty.
pub fn sites(profile: &Profile, choice: SiteChoice, options: &Options) -> String {
    if options.format == Format::Json {
        return profile.dumps();
    }
    let Some(sites) = &profile.sites else {
        return "rsprofile: the lines of the whole program were not recorded: profile it with \
                --meter heap, and without -f or --all or with --group\n"
            .to_owned();
    };
    let all = grouped(sites, choice.group);
    let mut total = SiteFigures::default();
    sites.list.iter().for_each(|site| total.add(&site.figures));
    if choice.by == Some(By::Temporary) && total.temporary.is_none() {
        return "rsprofile: temporaries were not recorded: profile it with --by temporary\n"
            .to_owned();
    }
    let mut report = String::new();
    let rankings = choice.by.map_or_else(|| vec![By::Live, By::Peak, By::Allocated], |by| vec![by]);
    for by in rankings {
        if by == By::Peak && choice.by.is_none() && ends_at_peak(sites) {
            let peak = show(by, sites.peak, options);
            let (heading, what) = (heading(options), by.title());
            let _ = write!(report, "{heading}{what}: {peak}, nearly the same as at the end\n\n");
            continue;
        }
        ranking(&mut report, &all, &total, by, choice, options);
    }
    let notes = notes(profile, sites, &total, options);
    if is_markdown(options) {
        for (name, note) in notes {
            let _ = writeln!(report, "- **{name}**: {note}");
        }
    } else {
        report.push_str(&footer::listing(notes));
        report.push('\n');
    }
    report
}

/// Whether hardly anything of the peak was freed: two tables would show the same.
fn ends_at_peak(sites: &Sites) -> bool {
    sites.peak > 0 && sites.peak - sites.live <= sites.peak / 100
}

fn ranking(
    report: &mut String,
    all: &[Grouped],
    total: &SiteFigures,
    by: By,
    choice: SiteChoice,
    options: &Options,
) {
    let (rows, rest) = largest(all, by, options.top.unwrap_or(ROWS));
    let noun = choice.group.noun();
    let heading = heading(options);
    let what = by.title();
    if rows.is_empty() {
        let _ = write!(report, "{heading}{what}: nothing\n\n");
        return;
    }
    let whole = by.of(total);
    let shown = show(by, whole, options);
    let found = plural((rows.len() + rest) as u64, noun);
    let _ = write!(report, "{heading}{what}: {shown} by {found}\n\n");

    let mut titles = vec!["Live", "Blocks", "At peak", "Allocated", "Count"];
    if by == By::Temporary {
        titles.push("Temporary");
    }
    titles.extend(["Share", choice.group.title()]);
    let columns = titles.len();
    let mut sheet = Sheet::new(titles, options);
    for row in rows {
        sheet.push(record(&row.figures, by, whole, text(&row.name, options), options));
        let mut stacks: Vec<_> = row.stacks.iter().collect();
        stacks.retain(|(_, figures)| by.of(figures) > 0);
        stacks.sort_by_key(|(_, figures)| std::cmp::Reverse(by.of(figures)));
        let more = stacks.len().saturating_sub(STACKS);
        for (stack, figures) in stacks.into_iter().take(STACKS) {
            sheet.push(record(figures, by, whole, frames(stack, options), options));
        }
        if more > 0 {
            let mut rest = vec![String::new(); columns - 1];
            rest.push(text(&format!("  and {}", plural(more as u64, "more stack")), options));
            sheet.push(rest);
        }
    }
    sheet.draw(report, options);
    if rest > 0 {
        let _ = writeln!(
            report,
            "{}and {}",
            if is_markdown(options) { "\n" } else { " " },
            plural(rest as u64, &format!("more {noun}"))
        );
    }
    report.push('\n');
}

fn record(
    figures: &SiteFigures,
    by: By,
    whole: i64,
    name: String,
    options: &Options,
) -> Vec<String> {
    let bytes = |bytes: i64| options.heap_unit.show(bytes, options.precision);
    let mut record = vec![
        bytes(figures.live),
        count(figures.live_blocks.max(0).cast_unsigned()),
        bytes(figures.peak),
        bytes(By::Allocated.of(figures)),
        count(figures.count),
    ];
    if by == By::Temporary {
        record.push(bytes(by.of(figures)));
    }
    record.extend([percent(by.of(figures) as f64, whole as f64), name]);
    record
}

fn show(by: By, figure: i64, options: &Options) -> String {
    match by {
        By::Count => {
            format!(
                "{}{}",
                if figure < 0 { "-" } else { "" },
                plural(figure.unsigned_abs(), "block")
            )
        }
        _ => options.heap_unit.show(figure, options.precision),
    }
}

/// What the figures of a program add up to, and what the meter takes up itself.
pub(super) fn notes_of(
    profile: &Profile,
    sites: &Sites,
    options: &Options,
) -> Vec<(&'static str, String)> {
    let mut total = SiteFigures::default();
    sites.list.iter().for_each(|site| total.add(&site.figures));
    notes(profile, sites, &total, options)
}

fn notes(
    profile: &Profile,
    sites: &Sites,
    total: &SiteFigures,
    options: &Options,
) -> Vec<(&'static str, String)> {
    let bytes = |bytes: i64| options.heap_unit.show(bytes, options.precision);
    let own = i64::try_from(sites.own_bytes).unwrap_or(i64::MAX);
    let mut notes = vec![
        (
            "total",
            format!(
                "{} alive at the end, {} at the peak, {} allocated in {}",
                bytes(sites.live),
                bytes(sites.peak),
                bytes(By::Allocated.of(total)),
                plural(total.count, "block"),
            ),
        ),
        (
            "profiler",
            format!(
                "{} of its own, in none of these figures: {} of the peak",
                bytes(own),
                percent(own as f64, sites.peak as f64)
            ),
        ),
    ];
    if profile.run.processes > 1 {
        let processes = plural(profile.run.processes.into(), "process");
        notes.push(("processes", format!("{processes}: their ends and peaks are added up")));
    }
    if sites.lost > 0 {
        notes.push(("lost", format!("{} could not be recorded", plural(sites.lost, "block"))));
    }
    notes
}

/// A stack: a line for each frame where a cell can have several.
fn frames(stack: &[String], options: &Options) -> String {
    if is_markdown(options) {
        return text(&format!("  {}", stack.join(" ")), options);
    }
    let lines: Vec<_> = stack.iter().map(|frame| text(&format!("  {frame}"), options)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;

    fn shown(group: &str, by: Option<&str>, options: &Options) -> String {
        let choice = SiteChoice::parse(Some(group), by).unwrap();
        sites(&samples::program(), choice, options)
    }

    fn shown_of(profile: &Profile, by: Option<&str>) -> String {
        sites(profile, SiteChoice::parse(None, by).unwrap(), &Options::default())
    }

    #[test]
    fn each_ranking_has_a_table_with_the_stacks_below_each_line() {
        assert_snapshot!(shown("line", None, &Options::default()), @"
        Alive at the end: 4.0 MiB by 2 lines

            Live | Blocks | At peak | Allocated | Count |   Share | Line
        ---------+--------+---------+-----------+-------+---------+------------------------------------------------------------
         4.0 MiB |      2 | 4.0 MiB |   5.0 MiB |     5 | 100.0 % | app.py:5 load
           512 B |      1 |     0 B |     640 B | 1,000 |   0.0 % | /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read
           512 B |      1 |     0 B |     640 B | 1,000 |   0.0 % |   < app.py:6 load
                 |        |         |           |       |         |   < app.py:9 <module>

        Alive at the peak: 8.0 MiB by 2 lines

            Live | Blocks | At peak | Allocated | Count |  Share | Line
        ---------+--------+---------+-----------+-------+--------+-----------------------
         4.0 MiB |      2 | 4.0 MiB |   5.0 MiB |     5 | 50.0 % | app.py:5 load
             0 B |      0 | 4.0 MiB |   4.0 MiB |     1 | 50.0 % | app.py:6 load
             0 B |      0 | 4.0 MiB |   4.0 MiB |     1 | 50.0 % |   < app.py:9 <module>

        Allocated in all: 9.0 MiB by 4 lines

            Live | Blocks | At peak | Allocated | Count |  Share | Line
        ---------+--------+---------+-----------+-------+--------+------------------------------------------------------------
         4.0 MiB |      2 | 4.0 MiB |   5.0 MiB |     5 | 55.5 % | app.py:5 load
             0 B |      0 | 4.0 MiB |   4.0 MiB |     1 | 44.4 % | app.py:6 load
             0 B |      0 | 4.0 MiB |   4.0 MiB |     1 | 44.4 % |   < app.py:9 <module>
             0 B |      0 |     0 B |   4.0 KiB |     1 |  0.0 % | (no Python code)
           512 B |      1 |     0 B |     640 B | 1,000 |  0.0 % | /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read
           512 B |      1 |     0 B |     640 B | 1,000 |  0.0 % |   < app.py:6 load
                 |        |         |           |       |        |   < app.py:9 <module>

        total     4.0 MiB alive at the end, 8.0 MiB at the peak, 9.0 MiB allocated in 1,007 blocks
        profiler  2.0 MiB of its own, in none of these figures: 25.0 % of the peak
        ");
    }

    #[test]
    fn temporaries_have_a_column_where_they_were_recorded() {
        let choice = SiteChoice::parse(None, Some("temporary")).unwrap();
        let mut profile = samples::program();
        let message = sites(&profile, choice, &Options::default());
        assert!(message.contains("not recorded: profile it with --by temporary"), "{message}");
        profile.sites.as_mut().unwrap().list[0].figures.temporary = Some(1 << 20);
        assert_snapshot!(sites(&profile, choice, &Options::default()), @"
        Allocated and freed on one line: 1.0 MiB by 1 line

            Live | Blocks | At peak | Allocated | Count | Temporary |   Share | Line
        ---------+--------+---------+-----------+-------+-----------+---------+---------------
         4.0 MiB |      2 | 4.0 MiB |   5.0 MiB |     5 |   1.0 MiB | 100.0 % | app.py:5 load

        total     4.0 MiB alive at the end, 8.0 MiB at the peak, 9.0 MiB allocated in 1,007 blocks
        profiler  2.0 MiB of its own, in none of these figures: 25.0 % of the peak
        ");
    }

    #[test]
    fn sites_are_added_up_by_function_file_module_and_allocator() {
        let options = Options { top: Some(1), ..Options::default() };
        let mut tables = String::new();
        for group in ["function", "file", "module", "type-of-allocator"] {
            tables += &shown(group, Some("count"), &options);
        }
        assert_snapshot!(tables, @"
        Blocks allocated in all: 1,007 blocks by 3 functions

          Live | Blocks | At peak | Allocated | Count |  Share | Function
        -------+--------+---------+-----------+-------+--------+-----------------------------------------------------------------
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % | /usr/lib/python3.13/site-packages/lib/io.py:10 Reader.read
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % |   at /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read
               |        |         |           |       |        |   < app.py:6 load
               |        |         |           |       |        |   < app.py:9 <module>
         and 2 more functions

        total     4.0 MiB alive at the end, 8.0 MiB at the peak, 9.0 MiB allocated in 1,007 blocks
        profiler  2.0 MiB of its own, in none of these figures: 25.0 % of the peak
        Blocks allocated in all: 1,007 blocks by 3 files

          Live | Blocks | At peak | Allocated | Count |  Share | File
        -------+--------+---------+-----------+-------+--------+-----------------------------------------------------------------
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % | /usr/lib/python3.13/site-packages/lib/io.py
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % |   at /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read
               |        |         |           |       |        |   < app.py:6 load
               |        |         |           |       |        |   < app.py:9 <module>
         and 2 more files

        total     4.0 MiB alive at the end, 8.0 MiB at the peak, 9.0 MiB allocated in 1,007 blocks
        profiler  2.0 MiB of its own, in none of these figures: 25.0 % of the peak
        Blocks allocated in all: 1,007 blocks by 3 modules

          Live | Blocks | At peak | Allocated | Count |  Share | Module
        -------+--------+---------+-----------+-------+--------+-----------------------------------------------------------------
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % | lib.io
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % |   at /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read
               |        |         |           |       |        |   < app.py:6 load
               |        |         |           |       |        |   < app.py:9 <module>
         and 2 more modules

        total     4.0 MiB alive at the end, 8.0 MiB at the peak, 9.0 MiB allocated in 1,007 blocks
        profiler  2.0 MiB of its own, in none of these figures: 25.0 % of the peak
        Blocks allocated in all: 1,007 blocks by 4 allocators

          Live | Blocks | At peak | Allocated | Count |  Share | Allocator
        -------+--------+---------+-----------+-------+--------+-----------------------------------------------------------------
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % | native (malloc of extensions and libraries)
         512 B |      1 |     0 B |     640 B | 1,000 | 99.3 % |   at /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read
               |        |         |           |       |        |   < app.py:6 load
               |        |         |           |       |        |   < app.py:9 <module>
         and 3 more allocators

        total     4.0 MiB alive at the end, 8.0 MiB at the peak, 9.0 MiB allocated in 1,007 blocks
        profiler  2.0 MiB of its own, in none of these figures: 25.0 % of the peak
        ");
    }

    #[test]
    fn documents_have_headings_and_code() {
        let options = Options { format: Format::Markdown, ..Options::default() };
        assert_snapshot!(shown("file", Some("live"), &options), @"
        ## Alive at the end: 4.0 MiB by 2 files

        |    Live | Blocks | At peak | Allocated | Count |   Share | File                                                                                                  |
        |--------:|-------:|--------:|----------:|------:|--------:|-------------------------------------------------------------------------------------------------------|
        | 4.0 MiB |      2 | 8.0 MiB |   9.0 MiB |     6 | 100.0 % | `app.py`                                                                                              |
        | 4.0 MiB |      2 | 4.0 MiB |   5.0 MiB |     5 | 100.0 % | `  at app.py:5 load`                                                                                  |
        |   512 B |      1 |     0 B |     640 B | 1,000 |   0.0 % | `/usr/lib/python3.13/site-packages/lib/io.py`                                                         |
        |   512 B |      1 |     0 B |     640 B | 1,000 |   0.0 % | `  at /usr/lib/python3.13/site-packages/lib/io.py:12 Reader.read < app.py:6 load < app.py:9 <module>` |

        - **total**: 4.0 MiB alive at the end, 8.0 MiB at the peak, 9.0 MiB allocated in 1,007 blocks
        - **profiler**: 2.0 MiB of its own, in none of these figures: 25.0 % of the peak
        ");
    }

    #[test]
    fn a_program_that_ends_at_its_peak_has_no_second_table_of_it() {
        let mut profile = samples::program();
        let sites = profile.sites.as_mut().unwrap();
        sites.peak = sites.live + sites.live / 200;
        let table = shown_of(&profile, None);
        assert!(
            table.contains("Alive at the peak: 4.0 MiB, nearly the same as at the end\n\nAlloc"),
            "{table}"
        );
        let table = shown_of(&profile, Some("peak"));
        assert!(table.contains("Alive at the peak: 8.0 MiB by 2 lines"), "{table}");
    }

    #[test]
    fn a_program_that_allocates_nothing_has_no_table() {
        let mut profile = samples::program();
        profile.sites = Some(Sites::default());
        assert_snapshot!(sites(&profile, SiteChoice::default(), &Options::default()), @"
        Alive at the end: nothing

        Alive at the peak: nothing

        Allocated in all: nothing

        total     0 B alive at the end, 0 B at the peak, 0 B allocated in 0 blocks
        profiler  0 B of its own, in none of these figures: - of the peak
        ");
        profile.sites = None;
        let message = sites(&profile, SiteChoice::default(), &Options::default());
        assert!(message.contains("were not recorded: profile it with --meter heap"), "{message}");
    }
}
