//! JSON for speedscope: one sampled profile for each figure. The fields are those of the file format
//! schema in speedscope 1.25 (`file-format-schema.json`).

use serde_json::{Value, json};

use super::stacks::{Figure, Stacks};
use crate::profile::{Place, Profile};

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

/// What is shown of stacks without a line.
const NOWHERE: &str = "(no Python code)";

/// The file, ending in a line break.
pub fn render(stacks: &Stacks, profile: &Profile) -> String {
    let name = match profile.run.command.join(" ") {
        command if command.is_empty() => "rsprofile".to_owned(),
        command => command,
    };
    let mut frames: Vec<Value> = stacks.places.iter().map(frame).collect();
    // The last one, which no place has.
    frames.push(json!({"name": NOWHERE}));
    let nowhere = stacks.places.len();
    let profiles = stacks.figures.iter().enumerate();
    let profiles: Vec<_> =
        profiles.map(|(index, figure)| one(stacks, index, *figure, nowhere)).collect();
    let file = json!({
        "$schema": SCHEMA,
        "exporter": concat!("rsprofile@", env!("CARGO_PKG_VERSION")),
        "name": name,
        "activeProfileIndex": stacks.first,
        "shared": {"frames": frames},
        "profiles": profiles,
    });
    format!("{file}\n")
}

fn frame(place: &Place) -> Value {
    json!({
        "name": format!("{} (line {})", place.function, place.line),
        "file": place.file,
        "line": place.line,
    })
}

/// The profile of a figure. Weights are widths there: what is below zero has none.
fn one(stacks: &Stacks, index: usize, figure: Figure, nowhere: usize) -> Value {
    let (mut samples, mut weights, mut end) = (Vec::new(), Vec::new(), 0_i64);
    for stack in &stacks.list {
        let value = stack.values[index];
        if value <= 0 {
            continue;
        }
        let outermost_first = stack.places.iter().rev().map(|&place| place as usize);
        let places: Vec<usize> = outermost_first.collect();
        samples.push(if places.is_empty() { vec![nowhere] } else { places });
        weights.push(value);
        end = end.saturating_add(value);
    }
    json!({
        "type": "sampled",
        "name": figure.name.replace('_', " "),
        "unit": if figure.is_bytes { "bytes" } else { "none" },
        "startValue": 0,
        "endValue": end,
        "samples": samples,
        "weights": weights,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    fn file(profile: &Profile) -> Value {
        serde_json::from_str(&render(&Stacks::of(profile).unwrap(), profile)).unwrap()
    }

    #[test]
    fn each_figure_is_a_profile_and_the_outermost_frame_comes_first() {
        let file = file(&samples::program());
        let names: Vec<_> =
            file["profiles"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["live", "live blocks", "peak", "allocated", "allocated blocks"]);
        let count = &file["profiles"][4];
        assert_eq!(count["samples"], json!([[0], [0], [3, 1], [3, 1, 2], [4]]));
        assert_eq!(count["weights"], json!([3, 2, 1, 1000, 1]));
        assert_eq!((&count["endValue"], &count["unit"]), (&json!(1007), &json!("none")));
        assert_eq!(file["shared"]["frames"][4]["name"], NOWHERE);
        assert_eq!(file["activeProfileIndex"], 2);
    }

    #[test]
    fn what_shrank_has_no_width() {
        let growth = &file(&samples::app())["profiles"][0];
        assert_eq!(growth["weights"].as_array().unwrap().len(), 1);
    }
}
