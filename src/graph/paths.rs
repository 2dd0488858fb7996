//! How nodes are reached: a shortest path to each from one of several sources.

use std::collections::VecDeque;

use super::{Graph, NONE};

/// A shortest path to each node that is reached.
#[derive(Debug, Clone)]
pub struct Paths {
    /// By node: the one before it on its path, itself for a source.
    previous: Vec<u32>,
}

impl Paths {
    /// Searches from all sources at once; of paths of equal length the one from the source that is named
    /// first wins. What is blocked is neither reached nor passed through, not even as a source.
    ///
    /// # Panics
    /// If the graph does not have one of the sources.
    pub fn from(graph: &Graph, sources: &[u32], blocked: impl Fn(u32) -> bool) -> Self {
        let mut paths = Self { previous: vec![NONE; graph.len()] };
        paths.extend(graph, sources, blocked);
        paths
    }

    /// Searches on from more sources, through nodes that were not reached before. The paths to those
    /// that were stay as they are, and a source among them is passed over.
    ///
    /// # Panics
    /// If it is not the graph of the paths.
    pub fn extend(&mut self, graph: &Graph, sources: &[u32], blocked: impl Fn(u32) -> bool) {
        assert_eq!(graph.len(), self.previous.len(), "the graph of the paths");
        let mut waiting = VecDeque::new();
        for &node in sources {
            self.reach(node, node, &blocked, &mut waiting);
        }
        while let Some(node) = waiting.pop_front() {
            for &target in graph.edges(node) {
                self.reach(target, node, &blocked, &mut waiting);
            }
        }
    }

    fn reach(
        &mut self,
        node: u32,
        from: u32,
        blocked: &impl Fn(u32) -> bool,
        waiting: &mut VecDeque<u32>,
    ) {
        let previous = &mut self.previous[node as usize];
        if *previous == NONE && !blocked(node) {
            *previous = from;
            waiting.push_back(node);
        }
    }

    /// Whether there is a path to the node.
    pub fn is_reached(&self, node: u32) -> bool {
        self.previous[node as usize] != NONE
    }

    /// The path from a source to the node, both included. Empty if there is none.
    pub fn to(&self, node: u32) -> Vec<u32> {
        let mut path = Vec::new();
        let mut at = node;
        let mut previous = self.previous[at as usize];
        if previous == NONE {
            return path;
        }
        path.push(at);
        while previous != at {
            at = previous;
            path.push(at);
            previous = self.previous[at as usize];
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    fn open(_: u32) -> bool {
        false
    }

    #[test]
    fn a_path_is_the_shortest_one() {
        let paths = Paths::from(&graph(&[&[1], &[2], &[3], &[3], &[0, 2]]), &[4], open);
        assert_eq!(paths.to(3), [4, 2, 3]);
        assert_eq!(paths.to(1), [4, 0, 1]);
        assert_eq!(paths.to(4), [4]);
    }

    #[test]
    fn the_source_named_first_wins_among_equals() {
        let graph = graph(&[&[2], &[2], &[]]);
        assert_eq!(Paths::from(&graph, &[0, 1], open).to(2), [0, 2]);
        assert_eq!(Paths::from(&graph, &[1, 0], open).to(2), [1, 2]);
    }

    #[test]
    fn a_nearer_source_wins_over_one_named_first() {
        let paths = Paths::from(&graph(&[&[1], &[3], &[3], &[]]), &[0, 2, 2], open);
        assert_eq!(paths.to(3), [2, 3]);
    }

    #[test]
    fn what_is_blocked_is_gone_round_and_not_reached() {
        let graph = graph(&[&[1, 2], &[4], &[3], &[4], &[]]);
        let paths = Paths::from(&graph, &[0], |node| node == 1);
        assert_eq!(paths.to(4), [0, 2, 3, 4]);
        assert!(!paths.is_reached(1));
        assert_eq!(paths.to(1), [0; 0]);
        assert!(!Paths::from(&graph, &[0], |node| node == 0).is_reached(0));
    }

    #[test]
    fn more_sources_reach_only_what_was_not_reached() {
        let graph = graph(&[&[1], &[], &[1, 3], &[4], &[]]);
        let mut paths = Paths::from(&graph, &[0], open);
        assert!(!paths.is_reached(3));
        paths.extend(&graph, &[0, 2], |node| node == 4);
        assert_eq!(paths.to(1), [0, 1]);
        assert_eq!(paths.to(3), [2, 3]);
        assert!(!paths.is_reached(4));
    }

    #[test]
    fn without_a_source_nothing_is_reached() {
        assert!(!Paths::from(&graph(&[&[0]]), &[], open).is_reached(0));
    }
}
