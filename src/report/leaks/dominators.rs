//! The largest objects by what they retain, each with what it dominates, as an indented tree.

use std::fmt::Write;

use super::paragraph::{Paragraph, show};
use crate::profile::{Dominator, Leaks};
use crate::report::Options;
use crate::report::sheet::{Sheet, heading, is_markdown};
use crate::units::{count, percent};

/// Objects at the top of the tree where nobody has said how many.
const ROWS: usize = 20;
/// Parts shown of an object.
const PARTS: usize = 5;

/// Appends the tree.
pub fn render(report: &mut String, leaks: &Leaks, options: &Options) {
    let heading = heading(options);
    if leaks.dominators.is_empty() {
        let _ = write!(report, "{heading}Retained size by object: nothing\n\n");
        return;
    }
    let _ = write!(report, "{heading}Retained size by object\n\n");
    let mut sheet = Sheet::new(["Retained", "Share", "Own", "Object"], options);
    let top = options.top.unwrap_or(ROWS);
    rows(&mut sheet, &leaks.dominators, top, 0, leaks.bytes, options);
    sheet.draw(report, options);
    report.push('\n');
}

fn rows(
    sheet: &mut Sheet,
    all: &[Dominator],
    top: usize,
    depth: usize,
    whole: u64,
    options: &Options,
) {
    let indent = indent(depth, options);
    for one in all.iter().take(top) {
        sheet.push([
            show(one.retained, options),
            percent(one.retained as f64, whole as f64),
            show(one.own, options),
            format!("{indent}{}", object(one, options)),
        ]);
        rows(sheet, &one.parts, PARTS, depth + 1, whole, options);
    }
    let rest = all.len().saturating_sub(top);
    if rest > 0 {
        let more = format!("{indent}and {} more", count(rest as u64));
        sheet.push([String::new(), String::new(), String::new(), more]);
    }
}

/// A document takes blanks at the start of a cell away.
fn indent(depth: usize, options: &Options) -> String {
    if is_markdown(options) { "&emsp;".repeat(depth) } else { "  ".repeat(depth) }
}

/// `app.registry (list), made at app.py:1`, `200 × Handler, made at app.py:6 (register)`.
fn object(one: &Dominator, options: &Options) -> String {
    let mut text = Paragraph::new(options);
    if one.count > 1 || one.path.is_empty() {
        text.times(one.count.max(1), &one.kind);
    } else {
        text.name(&one.path).say(" (").name(&one.kind).say(")");
    }
    if let Some(made) = &one.made {
        text.say(", made at ").place(made);
    }
    if is_markdown(options) { text.markdown().replace('|', "\\|") } else { text.plain() }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;
    use crate::report::Format;

    fn shown(leaks: &Leaks, options: &Options) -> String {
        let mut report = String::new();
        render(&mut report, leaks, options);
        report
    }

    #[test]
    fn the_tree_is_indented_and_what_does_not_fit_is_counted() {
        let mut leaks = samples::leaks().leaks.remove(1);
        let part = leaks.dominators[0].parts[0].clone();
        leaks.dominators[4].parts.extend(vec![part; 5]);
        leaks.dominators.rotate_left(1);
        assert_snapshot!(shown(&leaks, &Options::default()), @"
        Retained size by object

          Retained |  Share |       Own | Object
        -----------+--------+-----------+----------------------------------------------------------
          19.9 MiB | 16.9 % | 156.3 KiB | app.BIG (list), made at c3.py:5 (load)
          19.7 MiB | 16.7 % |  19.7 MiB |   20,000 × bytes, made at c3.py:5 (load)
          19.2 MiB | 16.3 % |  72.1 KiB | Service._cache (dict), made at c4.py:2
          19.1 MiB | 16.3 % |  19.1 MiB |   2,000 × bytes, made at c4.py:9 (Service.compute)
          19.1 MiB | 16.2 % |   1.6 KiB | app.registry (list), made at app.py:1
          19.1 MiB | 16.2 % |  10.9 KiB |   200 × app.Handler, made at app.py:6 (register)
          19.1 MiB | 16.2 % |  19.1 MiB |     200 × bytearray, made at app.py:4 (Handler.__init__)
           5.0 MiB |  4.2 % |  18.1 KiB | sys.modules (dict)
         293.0 KiB |  0.2 % |      88 B |   json (module)
         195.3 KiB |  0.2 % |      88 B |     json.decoder (module)
          78.1 KiB |  0.1 % |  78.1 KiB |   900 × str
          20.0 MiB | 17.0 % |   2.8 KiB |   20 × function, made at c5.py:6 (make_cb)
          20.0 MiB | 17.0 % |  20.0 MiB |     20 × bytearray, made at c5.py:4 (make_cb)
          20.0 MiB | 17.0 % |   2.8 KiB |   20 × function, made at c5.py:6 (make_cb)
          20.0 MiB | 17.0 % |  20.0 MiB |     20 × bytearray, made at c5.py:4 (make_cb)
          20.0 MiB | 17.0 % |   2.8 KiB |   20 × function, made at c5.py:6 (make_cb)
          20.0 MiB | 17.0 % |  20.0 MiB |     20 × bytearray, made at c5.py:4 (make_cb)
                   |        |           |   and 2 more
          20.0 MiB | 17.0 % |     248 B | app.callbacks (list)
          20.0 MiB | 17.0 % |   2.8 KiB |   20 × function, made at c5.py:6 (make_cb)
          20.0 MiB | 17.0 % |  20.0 MiB |     20 × bytearray, made at c5.py:4 (make_cb)
        ");
    }

    #[test]
    fn a_document_keeps_the_indentation() {
        let leaks = samples::leaks().leaks.remove(1);
        let options = Options { format: Format::Markdown, top: Some(2), ..Options::default() };
        assert_snapshot!(shown(&leaks, &options), @"
        ## Retained size by object

        | Retained |  Share |       Own | Object                                                      |
        |---------:|-------:|----------:|-------------------------------------------------------------|
        | 20.0 MiB | 17.0 % |     248 B | `app.callbacks` (`list`)                                    |
        | 20.0 MiB | 17.0 % |   2.8 KiB | &emsp;20 × `function`, made at `c5.py:6` (`make_cb`)        |
        | 20.0 MiB | 17.0 % |  20.0 MiB | &emsp;&emsp;20 × `bytearray`, made at `c5.py:4` (`make_cb`) |
        | 19.9 MiB | 16.9 % | 156.3 KiB | `app.BIG` (`list`), made at `c3.py:5` (`load`)              |
        | 19.7 MiB | 16.7 % |  19.7 MiB | &emsp;20,000 × `bytes`, made at `c3.py:5` (`load`)          |
        |          |        |           | and 3 more                                                  |
        ");
    }

    #[test]
    fn without_objects_there_is_no_tree() {
        assert_eq!(
            shown(&Leaks::default(), &Options::default()),
            "Retained size by object: nothing\n\n"
        );
    }
}
