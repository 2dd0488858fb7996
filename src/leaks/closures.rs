//! Functions that keep large values through their closures.

use std::collections::HashMap;

use super::evidence::Evidence;
use super::roles::Role;
use super::scene::Scene;
use super::{holders, judge};
use crate::profile::{Closure, Suspect, Verdict};

/// The share of what a function retains that its closure must have.
const SHARE: f64 = 0.5;

/// A suspect of functions of one `def` whose closures retain most of what they do, with how they grow;
/// `None` where that is not so, or it is no more than one function.
pub(super) fn suspect(
    scene: &Scene,
    evidence: &Evidence,
    bytes: u64,
    members: &[u32],
) -> Option<Suspect> {
    let mut suspect = kept(scene, bytes, members)?;
    suspect.growth = judge::growth(scene, evidence, bytes, members, suspect.count);
    Some(suspect)
}

/// The same without how they grow.
pub(super) fn kept(scene: &Scene, bytes: u64, members: &[u32]) -> Option<Suspect> {
    if members.len() < 2 || scene.role(members[0]) != Role::Function {
        return None;
    }
    let mut kept: HashMap<String, (u64, u32)> = HashMap::new();
    for &function in members {
        for (variable, value) in scene.objects.closure(function) {
            // What others hold too is not kept by this closure.
            if scene.is_below(value, function) {
                let entry = kept.entry(variable).or_insert((0, value));
                entry.0 += scene.retained[value as usize];
            }
        }
    }
    let (variable, (kept, value)) =
        kept.into_iter().max_by(|a, b| (a.1.0, &b.0).cmp(&(b.1.0, &a.0)))?;
    if (kept as f64) < bytes as f64 * SHARE {
        return None;
    }
    let way = holders::find(scene, members);
    let mut suspect = judge::plain(scene, Verdict::Closure, bytes, members, members.len() as u64);
    let defined = scene.objects.place_of_code(members[0]);
    suspect.stored = way.stored;
    suspect.held = Some(way.held);
    suspect.closure = Some(Closure {
        function: defined.as_ref().map(|place| place.function.clone()).unwrap_or_default(),
        defined,
        variable,
        kind: scene.kind_of(value).to_owned(),
        each: kept / members.len() as u64,
        value_made: scene.place_of(value).cloned(),
    });
    Some(suspect)
}
