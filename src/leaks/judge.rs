//! From a group of objects to a suspect: how it is judged and what is said of it.

use super::evidence::{Evidence, FEW};
use super::holders;
use super::scene::Scene;
use crate::profile::{Growth, Suspect, Verdict};

/// Objects a group may hold of its own kind below itself before they are counted too, as in a linked list.
const CHAIN: u64 = 8;

/// Whether the objects of a group become more and more: their line makes them, and what holds these has no
/// limit and is no part of the code.
pub(super) fn grows(scene: &Scene, evidence: &Evidence, members: &[u32]) -> bool {
    if members.len() < FEW && scene.count_below(members) < FEW as u64 {
        // Others of this type and line may become more; these are no more than a few.
        return false;
    }
    let all = scene.keys.count(scene.keys.of_node(members[0]));
    if evidence.growth(&scene.places, scene.line_of(members[0]), all, 0).is_none() {
        return false;
    }
    let way = holders::find(scene, members);
    way.held.bound.is_none() && !way.is_code
}

/// A suspect that grows.
pub(super) fn grown(scene: &Scene, evidence: &Evidence, bytes: u64, members: &[u32]) -> Suspect {
    let mut suspect = alive(scene, bytes, members);
    suspect.growth = growth(scene, evidence, &suspect, members);
    suspect
}

/// The same without how it grows.
pub(super) fn alive(scene: &Scene, bytes: u64, members: &[u32]) -> Suspect {
    let way = holders::find(scene, members);
    let verdict = if way.is_lookup { Verdict::Growing } else { Verdict::Leak };
    let mut suspect = plain(scene, verdict, bytes, members);
    suspect.stored = way.stored;
    suspect.held = Some(way.held);
    suspect
}

/// A suspect that is large and does not grow.
pub(super) fn held(scene: &Scene, bytes: u64, members: &[u32]) -> Suspect {
    let way = holders::find(scene, members);
    let mut suspect = plain(scene, Verdict::Held, bytes, members);
    suspect.stored = holders::bound(scene, members).or(way.stored);
    suspect.held = Some(way.held);
    suspect
}

/// How a suspect grows.
pub(super) fn growth(
    scene: &Scene,
    evidence: &Evidence,
    suspect: &Suspect,
    members: &[u32],
) -> Option<Growth> {
    evidence.growth(&scene.places, scene.line_of(members[0]), suspect.count, suspect.bytes)
}

/// What can be said of any group.
pub(super) fn plain(scene: &Scene, verdict: Verdict, bytes: u64, members: &[u32]) -> Suspect {
    Suspect {
        verdict,
        bytes,
        count: scene.count_below(members),
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
    fn count_below(&self, members: &[u32]) -> u64 {
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
