//! Functions that keep large values through their closures.

use std::collections::HashMap;

use super::evidence::Evidence;
use super::roles::Role;
use super::scene::Scene;
use super::{holders, judge};
use crate::profile::{Closure, Suspect, Verdict};

/// The share of what a function retains that its closure must have.
const SHARE: f64 = 0.5;

/// Whether a group is of functions whose closures retain most of what they do; no single one, which is code
/// like any other.
pub(super) fn is_kept(scene: &Scene, bytes: u64, members: &[u32]) -> bool {
    members.len() >= 2
        && scene.role(members[0]) == Role::Function
        && largest(scene, members)
            .is_some_and(|variable| variable.bytes as f64 >= bytes as f64 * SHARE)
}

/// A suspect of such a group, with how it grows.
pub(super) fn suspect(scene: &Scene, evidence: &Evidence, bytes: u64, members: &[u32]) -> Suspect {
    let mut suspect = kept(scene, bytes, members);
    suspect.growth = judge::growth(scene, evidence, &suspect, members);
    suspect
}

/// The same without how it grows.
pub(super) fn kept(scene: &Scene, bytes: u64, members: &[u32]) -> Suspect {
    let way = holders::find(scene, members);
    let mut suspect = judge::plain(scene, Verdict::Closure, bytes, members);
    suspect.stored = way.stored;
    suspect.held = Some(way.held);
    let defined = scene.objects.place_of_code(members[0]);
    suspect.closure = largest(scene, members).map(|variable| Closure {
        function: defined.as_ref().map(|place| place.function.clone()).unwrap_or_default(),
        defined,
        kind: scene.kind_of(variable.value).to_owned(),
        each: variable.bytes / members.len() as u64,
        value_made: scene.place_of(variable.value).cloned(),
        variable: variable.name,
    });
    suspect
}

/// A variable that functions of one `def` keep.
struct Variable {
    name: String,
    /// Bytes its values retain in all the functions.
    bytes: u64,
    /// One of them.
    value: u32,
}

/// The variable that keeps most.
fn largest(scene: &Scene, members: &[u32]) -> Option<Variable> {
    let mut kept: HashMap<String, (u64, u32)> = HashMap::new();
    for &function in members {
        for (name, value) in scene.objects.closure(function) {
            // What others hold too is not kept by this closure.
            if scene.is_below(value, function) {
                kept.entry(name).or_insert((0, value)).0 += scene.retained[value as usize];
            }
        }
    }
    let variables = kept.into_iter().map(|(name, (bytes, value))| Variable { name, bytes, value });
    variables.max_by(|a, b| (a.bytes, &b.name).cmp(&(b.bytes, &a.name)))
}
