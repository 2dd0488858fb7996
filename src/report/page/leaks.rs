//! The page of what keeps memory alive.

use serde_json::{Value, json};

use super::shell::Page;
use crate::profile::{Leaks, Profile};
use crate::report::Options;
use crate::report::leaks::{before, facts, growth_since, paragraph};

/// Changes given from one look to the next.
const CHANGES: usize = 200;

/// Their styles.
pub const STYLE: &str = include_str!("leaks.css");
/// Their elements.
pub const BODY: &str = include_str!("leaks.html");
/// Links to their parts, and the choice of one of them.
pub const LINKS: &str = include_str!("leaks_links.html");
/// Their scripts, which draw nothing by themselves.
pub const SCRIPTS: [&str; 2] = [include_str!("icicle.js"), include_str!("leaks.js")];

/// The page of some looks, in the order they were taken; the last is the one that is shown first.
pub fn leaks(profile: &Profile, looks: &[&Leaks], options: &Options) -> String {
    let data = json!({
        "looks": with_all_texts(looks, options),
        "command": Some(profile.run.command.join(" ")).filter(|command| !command.is_empty()),
        "unit": options.heap_unit.name(),
        "precision": options.precision,
    });
    let body = [
        "<header class=\"top\">\n  <h1>What keeps memory alive</h1>\n",
        LINKS,
        "  <button type=\"button\" id=\"theme\"></button>\n</header>\n<main id=\"main\">\n",
        BODY,
        "</main>\n",
    ];
    let [map, looks] = SCRIPTS;
    let page = Page {
        title: "What keeps memory alive",
        style: STYLE,
        body: &body.concat(),
        scripts: &[map, looks, "drawLooks();\nroot.dataset.ready = \"1\";\n"],
        data: &data,
    };
    page.build()
}

/// Looks with the texts of their report, and with what changed since the one before.
pub fn with_all_texts(looks: &[&Leaks], options: &Options) -> Vec<Value> {
    let given = looks.iter().enumerate().map(|(index, look)| {
        let before = before(&looks[..index], look);
        with_texts(look, before, options)
    });
    given.collect()
}

/// A look with the texts of its report: the page shows them and makes none.
fn with_texts(look: &Leaks, before: Option<&Leaks>, options: &Options) -> Value {
    let mut value = json!(look);
    let watched = look.watched > 0.0;
    if let Some(suspects) = value["suspects"].as_array_mut() {
        for (one, suspect) in suspects.iter_mut().zip(&look.suspects) {
            one["text"] = paragraph(suspect, watched, options).pieces();
        }
    }
    let facts = facts(look, options).into_iter();
    value["facts"] = facts.map(|(name, text)| json!([name, text.pieces()])).collect();
    value["since"] = before.map_or(Value::Null, |before| growth_since(before, look, CHANGES));
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    fn page(profile: &Profile) -> String {
        let looks: Vec<_> = profile.leaks.iter().collect();
        leaks(profile, &looks, &Options::default())
    }

    fn data(page: &str) -> Value {
        let text = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_page_has_the_document_and_the_texts_of_the_report() {
        let data = data(&page(&samples::leaks()));
        let look = &data["looks"][1];
        assert_eq!(look["groups"].as_array().unwrap().len(), 9);
        assert_eq!(look["suspects"][0]["text"][1], json!(["Handler"]));
        assert_eq!(look["facts"][0][0], "collector");
        assert_eq!(look["since"]["name"], "mark 'warm', 8.3 s before");
        assert_eq!(look["since"]["changes"][0]["change"], "new");
        assert_eq!(data["looks"][0]["since"], Value::Null);
        assert_eq!((&data["unit"], &data["command"]), (&json!("auto"), &json!("app.py")));
    }

    #[test]
    fn all_but_the_data_is_small() {
        let size = page(&Profile::default()).len();
        assert!(size < 150_000, "{size}");
    }
}
