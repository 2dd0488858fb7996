//! What keeps one object alive, as text: each way as an expression, and step by step.

use super::grid;
use crate::profile::{Place, Way, Why};
use crate::units::{Unit, plural};

/// The text, ending in a line break; of `None`, which is an object that was not found, too.
pub fn why(why: Option<&Why>) -> String {
    let Some(why) = why else {
        return "it is not among the objects that can be seen: nothing but this question holds it\n"
            .to_owned();
    };
    let size = |bytes: u64| Unit::Auto.show(bytes.cast_signed(), 1);
    let made = why.made.as_ref().map(|place| format!(", made at {}", shown(place)));
    // The tree that says so has what is reached.
    let is_reached = !why.ways.is_empty();
    let retains = is_reached.then(|| format!(", retains {}", size(why.retained)));
    let mut text = format!(
        "{}, {}{}{}; {} to it\n",
        why.kind,
        size(why.own),
        retains.unwrap_or_default(),
        made.unwrap_or_default(),
        plural(why.referrers, "reference"),
    );
    if !is_reached {
        text.push_str("no root reaches it: but for this question it would be freed\n");
    }
    for (index, way) in why.ways.iter().enumerate() {
        text.push_str(if index == 0 { "held by " } else { "also by " });
        text.push_str(&way.path);
        text.push('\n');
        steps(&mut text, way, size);
    }
    text
}

/// A row for each step: how the object before leads to it, what it is, what it retains.
fn steps(text: &mut String, way: &Way, size: impl Fn(u64) -> String) {
    let row = |step: &crate::profile::Step| {
        vec![format!("{}  ", size(step.retained)), format!("{}  ", step.kind), step.edge.clone()]
    };
    let cells: Vec<Vec<String>> = way.steps.iter().map(row).collect();
    let width = |column: usize| {
        let cells = cells.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    for line in grid::draw(&cells, &[4 + width(0), width(1), 0]).lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

fn shown(place: &Place) -> String {
    format!("{}:{} ({})", place.file, place.line, place.function)
}
