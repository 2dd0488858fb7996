//! How a document is shown: pure functions from a [`Profile`] and [`Options`] to text. One file a
//! format; none of them measures, reads files, or knows where its text goes.

mod colour;
mod columns;
mod diff;
mod export;
mod footer;
mod grid;
mod leaks;
mod lines;
mod markdown;
mod options;
mod over;
mod page;
mod plain;
mod sheet;
mod sites;
mod style;
mod table;
pub mod timeline;
mod visible;
mod why;

use crate::profile::{Function, Profile};
use crate::units::plural;
pub use columns::{Column, Meters};
pub use diff::diff;
pub use export::{Export, export};
pub use leaks::{LeakChoice, fix, leaks, leaks_diff, look_at, suspect, verdict};
pub use options::{Format, Options, precision, top};
pub use over::{Compared, Limit, column, over};
pub use page::live as live_page;
pub use page::{PageChoice, compare as compare_page, plot, report as page};
pub use sites::{SiteChoice, sites, sites_diff};
pub use style::Style;
pub use why::why;

/// Functions named when there is nothing else to show.
const MAX_NAMED: usize = 8;

/// The whole report, ending in a line break. It is never empty.
pub fn render(profile: &Profile, options: &Options) -> String {
    let style = match options.format {
        Format::Json => return profile.dumps(),
        Format::Markdown => Style::Markdown,
        Format::Html => {
            // No look is asked for, so none can be missing.
            return page::report(profile, &PageChoice::default(), options).unwrap_or_default();
        }
        Format::Text => options.style,
    };
    if profile.has_no_lines() {
        return nothing_measured(profile);
    }
    let called = profile.functions.iter().filter(|function| function.was_called());
    let mut report = String::new();
    for function in called {
        match style {
            Style::Plain => plain::render(&mut report, function, options),
            Style::Markdown => markdown::render(&mut report, function, options),
            _ => table::render(&mut report, function, style, options),
        }
    }
    footer::render(&mut report, profile, style, options);
    report
}

/// One line that says why there is no report.
fn nothing_measured(profile: &Profile) -> String {
    if profile.functions.is_empty() {
        return "rsprofile: nothing was profiled: decorate a function with @profile, or name one \
                with -f\n"
            .to_owned();
    }
    format!("rsprofile: no profiled function was called: {}\n", named(&profile.functions))
}

/// Names functions with their places, `app.py:3 load`, and counts those too many to name.
fn named<'a>(functions: impl IntoIterator<Item = &'a Function>) -> String {
    let mut functions = functions.into_iter();
    let mut names: Vec<_> = functions.by_ref().take(MAX_NAMED).map(place).collect();
    let rest = functions.count();
    if rest > 0 {
        names.push(format!("{rest} more"));
    }
    names.join(", ")
}

/// Where a function is: `app.py:3 load`.
fn place(function: &Function) -> String {
    format!("{}:{} {}", function.file, function.first_line, function.name)
}

/// How often a function ran: `4 calls`, and in how many processes if not in one.
fn calls(function: &Function) -> String {
    let calls = plural(function.calls, "call");
    match function.processes {
        0 | 1 => calls,
        processes => format!("{calls} in {}", plural(processes.into(), "process")),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::samples;

    #[test]
    fn an_empty_profile_says_what_to_do() {
        assert_snapshot!(
            render(&Profile::default(), &Options::default()),
            @"rsprofile: nothing was profiled: decorate a function with @profile, or name one with -f"
        );
    }

    #[test]
    fn functions_that_were_never_called_are_named_in_one_line() {
        let mut profile = samples::app();
        profile.functions.remove(0);
        let main = profile.functions[0].clone();
        assert_snapshot!(
            render(&profile, &Options::default()),
            @"rsprofile: no profiled function was called: app.py:12 main"
        );
        profile.functions = vec![main; 20];
        let line = render(&profile, &Options::default());
        assert!(line.ends_with("app.py:12 main, 12 more\n"), "{line}");
    }

    #[test]
    fn json_is_the_saved_profile_called_or_not() {
        let options = Options { format: Format::Json, ..Options::default() };
        assert_eq!(render(&Profile::default(), &options), Profile::default().dumps());
    }
}
