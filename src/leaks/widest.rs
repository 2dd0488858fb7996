//! The container that a group of objects is in: where the ways to them part most.

use std::collections::HashMap;

use super::roles::Role;
use super::scene::Scene;

/// Objects of a group whose ways are compared: enough to see where they part.
const SAMPLE: usize = 256;
/// Longer ways are chains, whose objects are not in one container.
const LONGEST: usize = 4096;
/// A container further up has so many times the branches of the last one before it is the one to name:
/// the dict of a few lists that grow is not what grows, the one of many that do not is.
const WIDER: usize = 3;

/// The way to one of many objects, among the most of them, and the place on it of what holds them.
/// Nothing if they are reached by chains.
pub(super) fn find(scene: &Scene, members: &[u32]) -> Option<(Vec<u32>, usize)> {
    let reached = members.iter().copied().filter(|&node| scene.paths.is_reached(node));
    let step = (members.len() / SAMPLE).max(1);
    let mut below: HashMap<u32, HashMap<u32, usize>> = HashMap::new();
    let mut sources: HashMap<u32, usize> = HashMap::new();
    for member in reached.step_by(step).take(SAMPLE) {
        let way = scene.paths.to(member);
        if way.len() > LONGEST {
            return None;
        }
        *sources.entry(way[0]).or_default() += 1;
        for pair in way.windows(2) {
            *below.entry(pair[0]).or_default().entry(pair[1]).or_default() += 1;
        }
    }
    let mut way = vec![most(&sources)?];
    while let Some(next) = way.last().and_then(|last| below.get(last)).and_then(most) {
        way.push(next);
    }
    let last = way.len().checked_sub(2)?;
    let branches = |at: usize| below.get(&way[at]).map_or(0, HashMap::len);
    let is_container = |at: &usize| {
        let role = scene.role(way[*at]);
        matches!(role, Role::Sequence | Role::Set | Role::Lookup | Role::LruCache)
    };
    let wider = (0..last).filter(is_container).max_by_key(|&at| branches(at));
    let at = wider.filter(|&at| branches(at) >= branches(last) * WIDER).unwrap_or(last);
    Some((way, at))
}

/// Where most go on to; the first of several.
fn most(counts: &HashMap<u32, usize>) -> Option<u32> {
    let all = counts.iter().max_by_key(|&(&node, &count)| (count, std::cmp::Reverse(node)));
    all.map(|(&node, _)| node)
}
