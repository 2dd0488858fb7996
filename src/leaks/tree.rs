//! The largest objects by what they retain, as a tree of groups.

use std::collections::HashMap;

use super::scene::Scene;
use crate::profile::Dominator;

/// Parts that are less than one in so many bytes of everything are left out.
const SHARE: u64 = 200;
/// The most parts shown of one object.
const PARTS: usize = 24;
/// How deep the tree goes.
const DEEPEST: usize = 12;

/// The tree below the roots.
pub(super) fn of(scene: &Scene) -> Vec<Dominator> {
    let least = scene.reached() / SHARE;
    parts(scene, &[0], least.max(1), 0)
}

/// What these objects dominate, put together by type and line.
fn parts(scene: &Scene, nodes: &[u32], least: u64, depth: usize) -> Vec<Dominator> {
    let mut groups: HashMap<u32, (u64, Vec<u32>)> = HashMap::new();
    for &node in nodes {
        for &child in scene.tree.edges(node) {
            let group = groups.entry(group_of(scene, nodes, child)).or_default();
            group.0 += scene.retained[child as usize];
            group.1.push(child);
        }
    }
    let mut groups: Vec<_> = groups.into_values().filter(|&(bytes, _)| bytes >= least).collect();
    groups.sort_by_key(|(bytes, members)| (std::cmp::Reverse(*bytes), members[0]));
    groups.truncate(PARTS);
    let dominator = |(retained, members): (u64, Vec<u32>)| Dominator {
        path: if members.len() == 1 {
            scene.expression(&scene.paths.to(members[0]))
        } else {
            String::new()
        },
        kind: scene.kind_of(members[0]).to_owned(),
        own: members.iter().map(|&node| scene.objects.sizes[node as usize]).sum(),
        retained,
        made: scene.place_of(members[0]).cloned(),
        count: members.len() as u64,
        parts: if depth < DEEPEST { parts(scene, &members, least, depth + 1) } else { Vec::new() },
    };
    groups.into_iter().map(dominator).collect()
}

/// Modules and classes stand by themselves; of other objects those of one type and line are a group.
fn group_of(scene: &Scene, parents: &[u32], node: u32) -> u32 {
    if parents.len() == 1 && scene.is_structure(node) {
        // Above all numbers of keys.
        return u32::MAX - node;
    }
    scene.keys.of_node(node)
}
