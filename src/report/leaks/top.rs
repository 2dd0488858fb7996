//! All objects by type, by line or by module, the largest first.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write;

use super::choice::{By, Size};
use super::paragraph::{line, show};
use crate::profile::{Group, Leaks};
use crate::report::Options;
use crate::report::sheet::{Sheet, heading, is_markdown, text};
use crate::report::sites::module;
use crate::units::{count, percent, plural};

/// Rows where nobody has said how many.
const ROWS: usize = 20;
/// What made the objects where that is not known.
const NOWHERE: &str = "(line not known)";

/// Groups that belong together.
#[derive(Debug, Clone, Default)]
struct Row {
    name: String,
    count: u64,
    own: u64,
    retained: u64,
    made: Option<u64>,
    freed: Option<u64>,
}

impl Row {
    fn add(&mut self, group: &Group, bytes: u64) {
        self.count = self.count.saturating_add(group.count);
        self.own = self.own.saturating_add(group.own);
        // What two groups retain may be the same objects.
        self.retained = self.retained.saturating_add(group.retained).min(bytes.max(group.retained));
        let sum = |a, b| u64::saturating_add(a, b);
        self.made = self.made.into_iter().chain(group.blocks_made).reduce(sum);
        self.freed = self.freed.into_iter().chain(group.blocks_freed).reduce(sum);
    }

    fn size(&self, size: Size) -> u64 {
        match size {
            Size::Retained => self.retained,
            Size::Own => self.own,
        }
    }
}

/// Appends the table.
pub fn render(report: &mut String, leaks: &Leaks, by: By, size: Size, options: &Options) {
    let (title, noun) = match by {
        By::Line => ("Line", "line"),
        By::Module => ("Module", "module"),
        By::Type | By::Dominators => ("Type", "type"),
    };
    let rows = grouped(leaks, by);
    let mut ranked: Vec<_> = rows.iter().filter(|row| row.count > 0).collect();
    ranked.sort_by_key(|row| (Reverse(row.size(size)), &row.name));
    let rest = ranked.len().saturating_sub(options.top.unwrap_or(ROWS));
    ranked.truncate(ranked.len() - rest);
    let what = if size == Size::Own { "Own size" } else { "Retained size" };
    let heading = heading(options);
    if ranked.is_empty() {
        let _ = write!(report, "{heading}{what}: nothing\n\n");
        return;
    }
    let _ = write!(report, "{heading}{what} by {noun}: {}\n\n", plural(rows.len() as u64, noun));
    // Blocks are counted by line: several types of one line would each show all of them.
    let blocks = by != By::Type && ranked.iter().any(|row| row.made.is_some());
    let mut titles = vec!["Objects", "Own", "Retained", "Share"];
    if blocks {
        titles.extend(["Blocks made", "Freed"]);
    }
    titles.push(title);
    let mut sheet = Sheet::new(titles, options);
    for row in ranked {
        let mut cells = vec![
            count(row.count),
            show(row.own, options),
            show(row.retained, options),
            percent(row.size(size) as f64, leaks.bytes as f64),
        ];
        if blocks {
            let blocks = |number: Option<u64>| number.map_or_else(String::new, count);
            cells.extend([blocks(row.made), blocks(row.freed)]);
        }
        cells.push(text(&row.name, options));
        sheet.push(cells);
    }
    sheet.draw(report, options);
    if rest > 0 {
        let indent = if is_markdown(options) { "\n" } else { " " };
        let _ = writeln!(report, "{indent}and {}", plural(rest as u64, &format!("more {noun}")));
    }
    report.push('\n');
}

fn grouped(leaks: &Leaks, by: By) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    // A line counts its blocks once, whatever types it makes.
    let mut counted = std::collections::HashSet::new();
    for group in &leaks.groups {
        let name = name(group, by);
        let index = *known.entry(name).or_insert_with_key(|name| {
            rows.push(Row { name: name.clone(), ..Row::default() });
            rows.len() - 1
        });
        let mut group = group.clone();
        if by != By::Type && !counted.insert(group.made.clone()) {
            (group.blocks_made, group.blocks_freed) = (None, None);
        }
        rows[index].add(&group, leaks.bytes);
    }
    rows
}

fn name(group: &Group, by: By) -> String {
    match (by, &group.made) {
        (By::Type | By::Dominators, _) => group.kind.clone(),
        (_, None) => NOWHERE.to_owned(),
        (By::Line, Some(place)) => format!("{} {}", line(place), place.function),
        (By::Module, Some(place)) => module(&place.file),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;
    use crate::report::Format;

    fn shown(by: By, size: Size, options: &Options) -> String {
        let mut report = String::new();
        render(&mut report, &samples::leaks().leaks[1], by, size, options);
        report
    }

    #[test]
    fn objects_are_added_up_by_type() {
        let options = Options { top: Some(4), ..Options::default() };
        assert_snapshot!(shown(By::Type, Size::Retained, &options), @"
        Retained size by type: 8 types

         Objects |      Own | Retained |  Share | Type
        ---------+----------+----------+--------+-------------
          22,000 | 38.8 MiB | 38.8 MiB | 33.0 % | bytes
              20 |  2.8 KiB | 20.0 MiB | 17.0 % | function
              20 | 20.0 MiB | 20.0 MiB | 17.0 % | bytearray
             200 | 10.9 KiB | 19.1 MiB | 16.2 % | app.Handler
         and 4 more types
        ");
    }

    #[test]
    fn lines_have_the_blocks_they_made_and_freed() {
        let options = Options { top: Some(5), ..Options::default() };
        assert_snapshot!(shown(By::Line, Size::Own, &options), @"
        Own size by line: 8 lines

         Objects |      Own | Retained |  Share | Blocks made | Freed | Line
        ---------+----------+----------+--------+-------------+-------+-------------------------
              20 | 20.0 MiB | 20.0 MiB | 17.0 % |          20 |     0 | c5.py:4 make_cb
          20,000 | 19.7 MiB | 19.7 MiB | 16.7 % |      20,000 |     0 | c3.py:5 load
           2,000 | 19.1 MiB | 19.1 MiB | 16.3 % |       4,000 |     0 | c4.py:9 Service.compute
          15,800 |  2.1 MiB |  3.2 MiB |  1.8 % |             |       | (line not known)
             200 | 12.5 KiB | 19.1 MiB |  0.0 % |         600 |     0 | c2.py:9 make
         and 3 more lines
        ");
    }

    #[test]
    fn modules_are_those_of_the_lines() {
        let options = Options { format: Format::Markdown, ..Options::default() };
        assert_snapshot!(shown(By::Module, Size::Own, &options), @"
        ## Own size by module: 7 modules

        | Objects |      Own | Retained |  Share | Blocks made | Freed | Module             |
        |--------:|---------:|---------:|-------:|------------:|------:|--------------------|
        |      40 | 20.0 MiB | 40.0 MiB | 17.0 % |          60 |     0 | `c5`               |
        |  20,000 | 19.7 MiB | 19.7 MiB | 16.7 % |      20,000 |     0 | `c3`               |
        |   2,000 | 19.1 MiB | 19.1 MiB | 16.3 % |       4,000 |     0 | `c4`               |
        |  15,800 |  2.1 MiB |  3.2 MiB |  1.8 % |             |       | `(line not known)` |
        |     200 | 12.5 KiB | 19.1 MiB |  0.0 % |         600 |     0 | `c2`               |
        |     200 | 10.9 KiB | 19.1 MiB |  0.0 % |         600 |     0 | `app`              |
        |       3 |  2.0 KiB |  2.1 KiB |  0.0 % |           9 |     6 | `queue`            |
        ");
    }

    #[test]
    fn a_line_that_makes_two_types_counts_its_blocks_once() {
        let mut leaks = samples::leaks().leaks.remove(1);
        leaks.groups[1].made = leaks.groups[0].made.clone();
        leaks.groups[1].blocks_made = leaks.groups[0].blocks_made;
        let rows = grouped(&leaks, By::Line);
        let row = rows.iter().find(|row| row.name == "app.py:6 register").unwrap();
        assert_eq!((row.count, row.made), (2_200, Some(600)));
    }
}
