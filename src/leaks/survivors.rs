//! What repetitions of something leave behind.
//!
//! An object is new when none stood at its address at the baseline. One that took the place of another is
//! missed; its kind is not, when it is made at each repetition.

use std::collections::HashMap;

use super::scene::Scene;
use super::{Baseline, Question, closures, judge};
use crate::profile::{Growth, Per, Suspect};

/// The groups of which each of `runs` repetitions leaves at least one object.
pub(super) fn suspects(
    scene: &Scene,
    since: &Baseline,
    runs: u64,
    question: &Question,
) -> Vec<Suspect> {
    let runs = runs.max(1);
    let mut groups: HashMap<u32, (u64, Vec<u32>)> = HashMap::new();
    let is_new = |node: u32| node != 0 && !since.has(scene.objects.addresses[node as usize]);
    for node in scene.objects.nodes() {
        let Some(above) = scene.dominators.immediate(node) else { continue };
        // The outermost of what is new; what is in it is counted with it.
        if is_new(node) && !is_new(above) {
            let group = groups.entry(scene.keys.of_node(node)).or_default();
            group.0 += scene.retained[node as usize];
            group.1.push(node);
        }
    }
    let least = question.least.unwrap_or(0);
    let mut found = Vec::new();
    for (key, (bytes, members)) in groups {
        let line = scene.keys.get(key).line;
        if bytes < least || scene.places.is_own(line) {
            continue;
        }
        let suspect = suspect(scene, runs, bytes, &members);
        if suspect.count >= runs {
            found.push(suspect);
        }
    }
    found
}

fn suspect(scene: &Scene, runs: u64, bytes: u64, members: &[u32]) -> Suspect {
    let mut suspect = if closures::is_kept(scene, bytes, members) {
        closures::kept(scene, bytes, members)
    } else {
        judge::alive(scene, bytes, members)
    };
    suspect.growth = Some(Growth {
        objects: suspect.count as f64 / runs as f64,
        bytes: bytes as f64 / runs as f64,
        per: Per::Run { runs },
        made: None,
    });
    suspect
}
