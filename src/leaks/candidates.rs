//! Which objects stand out: down the dominator tree to what grows, and to what is large.
//!
//! The tree is followed by groups: the objects that a group dominates are put together by type and line,
//! across its members, so that ten shards of a cache are one cache. The outermost group that grows is a
//! suspect; where nothing grows, the innermost group that has most of what is above it.

use std::collections::HashMap;

use super::evidence::{Evidence, FEW};
use super::places::UNKNOWN;
use super::roles::Role;
use super::scene::Scene;
use super::{Question, closures, judge};
use crate::profile::{Suspect, Verdict};

/// What grows must retain one in so many bytes of all that is reached to be a suspect.
const GROWING: u64 = 100;
/// The same of what does not grow: as Eclipse MAT has it.
const HELD: u64 = 10;
/// The least bytes of either.
const LEAST_GROWING: u64 = 256 << 10;
const LEAST_HELD: u64 = 1 << 20;
/// From here on a group is many objects, and what is in them is no better name for it.
const MANY: usize = 8;
/// How far down groups are followed.
const DEEPEST: usize = 64;

/// Finds the suspects that a root reaches.
pub(super) fn suspects(scene: &Scene, evidence: &Evidence, question: &Question) -> Vec<Suspect> {
    let share = |part: u64, least: u64| (scene.reached() / part).max(least);
    let mut search = Search {
        scene,
        evidence,
        growing: question.least.unwrap_or_else(|| share(GROWING, LEAST_GROWING)),
        held: question.least.unwrap_or_else(|| share(HELD, LEAST_HELD)),
        above: Vec::new(),
        depth: 0,
        found: HashMap::new(),
    };
    search.down(&[0], 0, false);
    let found = search.found.into_iter();
    found
        .map(|((key, verdict), (bytes, members))| match verdict {
            Verdict::Closure => closures::suspect(scene, evidence, bytes, &members),
            Verdict::Held => judge::held(scene, bytes, &members),
            // Those among too few others to come up are meant as well.
            _ => judge::grown(
                scene,
                evidence,
                scene.retained_by_key()[key as usize],
                &scene.outermost(key),
            ),
        })
        .collect()
}

/// Bytes and objects of each key.
type Groups = HashMap<u32, (u64, Vec<u32>)>;

struct Search<'a> {
    scene: &'a Scene,
    evidence: &'a Evidence,
    /// The least bytes of what grows.
    growing: u64,
    /// The least bytes of what is only held.
    held: u64,
    /// Keys of the groups on the way down: what is below one of its own kind is part of that.
    above: Vec<u32>,
    depth: usize,
    /// Bytes and objects of what was found, by key and how it is judged. One line's objects may have come
    /// up below several groups.
    found: HashMap<(u32, Verdict), (u64, Vec<u32>)>,
}

impl Search<'_> {
    /// Looks at what these objects dominate; gives the bytes of the suspects found in it. `outer` is how
    /// many they are if they are a group that does not grow, else 0.
    fn down(&mut self, nodes: &[u32], outer: usize, grown_only: bool) -> u64 {
        let mut groups = Groups::new();
        let mut same = Vec::new();
        for &node in nodes {
            self.put_together(node, &mut groups, &mut same);
        }
        let found = self.each(groups, outer, grown_only);
        // What the nodes of a tree below another one have is part of that, unless it grows.
        let mut groups = Groups::new();
        let mut at = 0;
        while at < same.len() {
            self.put_together(same[at], &mut groups, &mut same);
            at += 1;
        }
        found + self.each(groups, outer + same.len(), true)
    }

    /// Puts what an object dominates into groups; into `same` what is of a kind on the way here.
    fn put_together(&self, node: u32, groups: &mut Groups, same: &mut Vec<u32>) {
        for &child in self.scene.tree.edges(node) {
            let key = self.scene.keys.of_node(child);
            if self.above.contains(&key) {
                same.push(child);
            } else {
                let group = groups.entry(key).or_default();
                group.0 += self.scene.retained[child as usize];
                group.1.push(child);
            }
        }
    }

    /// Looks at the groups that are large enough, the largest first.
    fn each(&mut self, groups: Groups, outer: usize, grown_only: bool) -> u64 {
        let mut groups: Vec<_> = groups
            .into_iter()
            .map(|(key, (bytes, members))| (key, bytes, members))
            .filter(|&(_, bytes, _)| bytes >= self.growing)
            .collect();
        groups.sort_by_key(|&(key, bytes, _)| (std::cmp::Reverse(bytes), key));
        let groups = groups.into_iter();
        groups.map(|(key, bytes, members)| self.group(key, bytes, members, outer, grown_only)).sum()
    }

    /// Looks at one group and what is below it; gives the bytes of the suspects found.
    fn group(
        &mut self,
        key: u32,
        bytes: u64,
        members: Vec<u32>,
        outer: usize,
        grown_only: bool,
    ) -> u64 {
        let scene = self.scene;
        let line = scene.keys.get(key).line;
        if scene.places.is_own(line) {
            return 0;
        }
        if closures::is_kept(scene, bytes, &members) {
            return self.note(key, Verdict::Closure, bytes, members);
        }
        let is_subject = self.is_subject(line, &members);
        // As many as there are of what they are in come and go with that.
        let is_more = members.len() >= outer * FEW;
        if is_subject && is_more && judge::grows(scene, self.evidence, &members) {
            return self.note(key, Verdict::Leak, bytes, members);
        }
        let mut inner = 0;
        if self.depth < DEEPEST {
            self.depth += 1;
            self.above.extend(is_subject.then_some(key));
            let many = is_subject && members.len() >= MANY;
            let outer = if is_subject { members.len() } else { outer };
            inner = self.down(&members, outer, grown_only || many);
            if is_subject {
                self.above.pop();
            }
            self.depth -= 1;
        }
        if is_subject && !grown_only && bytes >= self.held && inner < bytes / 2 {
            return self.note(key, Verdict::Held, bytes, members);
        }
        inner
    }

    /// Whether a group is something a program keeps, and not what its code is made of.
    fn is_subject(&self, line: u32, members: &[u32]) -> bool {
        let scene = self.scene;
        // What nobody knows the line of has no more in common than its type.
        let is_known = line != UNKNOWN || !self.evidence.is_watching();
        // Functions that a module defines stand on a line each.
        let are_functions = members.len() >= MANY && scene.role(members[0]) == Role::Function;
        let is_code = scene.is_structure(members[0]) && !are_functions;
        is_known && !is_code && !scene.places.is_import(line)
    }

    fn note(&mut self, key: u32, verdict: Verdict, bytes: u64, members: Vec<u32>) -> u64 {
        let found = self.found.entry((key, verdict)).or_default();
        found.0 += bytes;
        found.1.extend(members);
        bytes
    }
}
