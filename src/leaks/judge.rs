//! From a group of objects to a suspect: how it is judged and what is said of it.

use super::evidence::Evidence;
use super::holders;
use super::scene::Scene;
use crate::profile::{Growth, Suspect, Verdict};

/// Objects a group may hold of its own kind below itself before they are counted too, as in a linked list.
const CHAIN: u64 = 8;

/// A suspect that grows; `None` where the group does not, or what holds it is bounded.
pub(super) fn growing(
    scene: &Scene,
    evidence: &Evidence,
    bytes: u64,
    members: &[u32],
) -> Option<Suspect> {
    let count = scene.count_below(members);
    let growth = growth(scene, evidence, bytes, members, count)?;
    let way = holders::find(scene, members);
    if way.held.bound.is_some() || way.is_code {
        return None;
    }
    let verdict = if way.is_lookup { Verdict::Growing } else { Verdict::Leak };
    let mut suspect = plain(scene, verdict, bytes, members, count);
    suspect.growth = Some(growth);
    suspect.stored = way.stored;
    suspect.held = Some(way.held);
    Some(suspect)
}

/// A suspect that is large and does not grow.
pub(super) fn held(scene: &Scene, bytes: u64, members: &[u32]) -> Suspect {
    let way = holders::find(scene, members);
    let mut suspect = plain(scene, Verdict::Held, bytes, members, scene.count_below(members));
    suspect.stored = holders::bound(scene, members).or(way.stored);
    suspect.held = Some(way.held);
    suspect
}

/// How a group grows.
pub(super) fn growth(
    scene: &Scene,
    evidence: &Evidence,
    bytes: u64,
    members: &[u32],
    count: u64,
) -> Option<Growth> {
    evidence.growth(&scene.places, scene.line_of(members[0]), count, bytes)
}

/// What can be said of any group.
pub(super) fn plain(
    scene: &Scene,
    verdict: Verdict,
    bytes: u64,
    members: &[u32],
    count: u64,
) -> Suspect {
    Suspect {
        verdict,
        bytes,
        count,
        kind: scene.kind_of(members[0]).to_owned(),
        made: scene.place_of(members[0]).cloned(),
        growth: None,
        held: None,
        stored: None,
        cycle: None,
        closure: None,
    }
}

impl Scene {
    /// How many objects a group stands for: its members, or all of their kind below them where each has
    /// the next one, as in a linked list or a tree.
    pub(super) fn count_below(&self, members: &[u32]) -> u64 {
        let key = self.keys.of_node(members[0]);
        let all = self.keys.count(key);
        let count = members.len() as u64;
        if all < count + CHAIN {
            return count;
        }
        let mut below = 0;
        let mut rest = members.to_vec();
        while let Some(node) = rest.pop() {
            below += u64::from(self.keys.of_node(node) == key);
            rest.extend_from_slice(self.tree.edges(node));
        }
        if below >= count + CHAIN { below } else { count }
    }
}
