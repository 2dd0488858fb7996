//! All objects by type and line.

use super::evidence::{self, Evidence};
use super::scene::Scene;
use crate::profile::Group;

/// The most groups a document has; what is smaller is left out.
const MOST: usize = 2_000;

/// The groups, the largest retained size first.
pub(super) fn of(scene: &Scene, evidence: &Evidence) -> Vec<Group> {
    let keys = &scene.keys;
    let mut own = vec![0_u64; keys.len()];
    for (node, &size) in (0..).zip(&scene.objects.sizes) {
        own[keys.of_node(node) as usize] += size;
    }
    let retained = scene.retained_by_key();
    let mut order: Vec<u32> = (0..).take(keys.len()).collect();
    order.sort_by_key(|&key| std::cmp::Reverse((retained[key as usize], own[key as usize])));
    let group = |number: u32| {
        let key = keys.get(number);
        let sites = scene.places.sites(key.line);
        let blocks = (evidence.is_watching() && !sites.is_empty()).then(|| evidence::blocks(sites));
        Group {
            kind: scene.objects.types[key.kind as usize].name.clone(),
            made: scene.places.of(key.line).cloned(),
            count: keys.count(number),
            own: own[number as usize],
            retained: retained[number as usize],
            blocks_made: blocks.map(|(made, _)| made),
            blocks_freed: blocks.map(|(_, freed)| freed),
        }
    };
    // The virtual root is no object.
    let root = keys.of_node(0);
    let shown = order.into_iter().filter(|&key| key != root);
    shown.filter(|&key| !scene.places.is_own(keys.get(key).line)).take(MOST).map(group).collect()
}
