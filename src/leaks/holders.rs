//! What keeps a group of objects alive, and the line that put them there.

use super::roles::Role;
use super::scene::Scene;
use super::widest;
use crate::objects::read::stores::Store;
use crate::profile::{Held, Place, Stored};

/// What was found about a group's holder.
pub(super) struct Way {
    pub held: Held,
    pub stored: Option<Stored>,
    /// Whether it is looked up by keys: entries of it are a cache.
    pub is_lookup: bool,
    /// Whether it is a module, a class or a function: what is in it has names of its own in the code, and
    /// does not become more.
    pub is_code: bool,
}

/// The way to a group from the root that says most.
pub(super) fn find(scene: &Scene, members: &[u32]) -> Way {
    let objects = &scene.objects;
    let (mut nodes, mut upto) = way(scene, members);
    // What several variables of a module are set to is better known by one of these than by the module.
    let are_variables = members.len() > 1 && upto > 0 && scene.is_of_module(nodes[upto - 1]);
    if are_variables {
        nodes = scene.paths.to(largest(scene, members));
        upto = nodes.len();
    }
    let single = members.len() == 1 || are_variables;
    // Nothing that is known holds what is a root itself.
    let is_root = !single && nodes.len() == 1;
    let held = upto.checked_sub(1).filter(|_| !is_root).map(|last| nodes[last]);
    let container = held.map(|node| objects.container(node)).unwrap_or_default();
    let path = scene.expression(&nodes[..upto]);
    let kind = held.map(|node| scene.kind_of(node).to_owned()).unwrap_or_default();
    let role = held.map_or(Role::Other, |node| scene.role(node));
    let stored = container.buffer.and_then(|block| scene.place_of_block(block));
    Way {
        stored: stored
            .filter(|_| !single)
            .map(|place| Stored { how: verb(role).to_owned(), place }),
        is_code: are_variables || (!single && held.is_some_and(|node| scene.is_structure(node))),
        is_lookup: matches!(role, Role::Lookup | Role::LruCache),
        held: Held {
            path,
            kind,
            len: container.len,
            bound: container.bound,
            steps: scene.steps(&nodes),
        },
    }
}

/// The line that binds the name a group is reached by, as far as the code shows.
pub(super) fn bound(scene: &Scene, members: &[u32]) -> Option<Stored> {
    let member = largest(scene, members);
    let nodes = scene.paths.to(member);
    let (name, is_global) = scene.name_of(&nodes)?;
    let made = scene.place_of(member);
    let store = if is_global { Store::Global(&name) } else { Store::Attribute(&name) };
    let found = scene.stores(&made?.file, store);
    // Of several lines that bind it, the one beside the line that made it.
    let same = |place: &&Place| made.is_some_and(|made| made.function == place.function);
    let place = found.iter().find(same).or_else(|| found.first())?.clone();
    Some(Stored { how: "bound".to_owned(), place })
}

/// A way to a group, and how much of it is the way to its holder.
fn way(scene: &Scene, members: &[u32]) -> (Vec<u32>, usize) {
    if members.len() > 1
        && let Some((mut nodes, at)) = widest::find(scene, members)
    {
        // It ends at the first of the group, though the way to another one may lead through that.
        let key = scene.keys.of_node(members[0]);
        let after = nodes[at + 1..].iter().position(|&node| scene.keys.of_node(node) == key);
        nodes.truncate(after.map_or(nodes.len(), |after| at + after + 2));
        let at = owner(scene, &nodes, at);
        return (nodes, at + 1);
    }
    let nodes = scene.paths.to(largest(scene, members));
    // What holds many is the thing to name; of one object it is the object itself.
    let is_held = members.len() > 1 && nodes.len() > 1;
    let upto = if is_held { owner(scene, &nodes, nodes.len() - 2) + 1 } else { nodes.len() };
    (nodes, upto)
}

/// What owns a container, where that is no more than a part of it.
fn owner(scene: &Scene, nodes: &[u32], at: usize) -> usize {
    match at.checked_sub(1) {
        Some(above) if scene.role(nodes[above]) == Role::LruCache => above,
        _ => at,
    }
}

fn largest(scene: &Scene, members: &[u32]) -> u32 {
    let reached = members.iter().copied().filter(|&node| scene.paths.is_reached(node));
    let size = |&node: &u32| scene.retained[node as usize];
    // The first of the largest, so that equal ones give the same answer each time.
    reached.max_by_key(|node| (size(node), std::cmp::Reverse(*node))).unwrap_or(members[0])
}

/// What is done with a container to put something into it.
const fn verb(role: Role) -> &'static str {
    match role {
        Role::Sequence => "appended",
        Role::Set => "added",
        _ => "stored",
    }
}
