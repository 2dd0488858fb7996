//! Directed graphs of millions of nodes on flat arrays: what an object retains, how it is reached, and
//! what keeps itself alive. Nothing here knows what the nodes are.
//!
//! Nothing here recurses either, and nothing takes more than a little over linear time: a list that a
//! program linked together from a million nodes is as deep as it is long.

mod cycles;
mod dominators;
mod paths;

pub use cycles::{around, components};
pub use dominators::{Dominators, dominators};
pub use paths::Paths;

/// No node.
pub const NONE: u32 = u32::MAX;

/// More nodes or edges than there are ever numbers for: the last two are kept for marks.
const LIMIT: usize = NONE as usize - 1;

/// A directed graph: the nodes are `0..len()`, the edges of each stand in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Row of a node: `targets[starts[node]..starts[node + 1]]`.
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Default for Graph {
    fn default() -> Self {
        Self { starts: vec![0], targets: Vec::new() }
    }
}

/// Builds a graph row by row, from node 0 on.
#[derive(Debug, Clone, Default)]
pub struct Rows(Graph);

impl Rows {
    /// Adds an edge of the node whose row it is. The target may be a node yet to come.
    pub fn edge(&mut self, target: u32) {
        self.0.targets.push(target);
    }

    /// Ends the row; the next node's begins.
    ///
    /// # Panics
    /// With 2^32 edges or more.
    pub fn end(&mut self) {
        let edges = u32::try_from(self.0.targets.len()).expect("fewer than 2^32 edges");
        self.0.starts.push(edges);
    }

    /// The graph of all rows. Every target must have a row.
    ///
    /// # Panics
    /// With 2^32 - 2 nodes or edges or more.
    pub fn finish(self) -> Graph {
        assert!(self.0.len() < LIMIT && self.0.targets.len() < LIMIT, "fewer than 2^32 - 2");
        debug_assert!(self.0.targets.iter().all(|&target| (target as usize) < self.0.len()));
        self.0
    }
}

impl Graph {
    /// The graph of rows that stand one after the other: the row of a node is
    /// `targets[starts[node]..starts[node + 1]]`. Every target must have a row.
    pub fn of(starts: Vec<u32>, targets: Vec<u32>) -> Self {
        debug_assert_eq!(starts.first(), Some(&0));
        debug_assert_eq!(starts.last().map(|&end| end as usize), Some(targets.len()));
        Self { starts, targets }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nodes that the edges of a node lead to, as they were added.
    pub fn edges(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.targets[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    /// The same graph with every edge turned round. The nodes in a row are in ascending order.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let edges =
            self.nodes().flat_map(|node| self.edges(node).iter().map(move |&to| (to, node)));
        Self::gather(self.len(), edges)
    }

    fn nodes(&self) -> std::ops::Range<u32> {
        #[allow(clippy::cast_possible_truncation, reason = "below the limit")]
        let end = self.len() as u32;
        0..end
    }

    /// The graph of edges in any order. Those of one node keep the order they come in.
    fn gather(nodes: usize, edges: impl DoubleEndedIterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; nodes + 1];
        edges.clone().for_each(|(from, _)| starts[from as usize] += 1);
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        let mut targets = vec![0; end as usize];
        // Each row fills from its end, where its start points for now.
        edges.rev().for_each(|(from, to)| {
            let place = &mut starts[from as usize];
            *place -= 1;
            targets[*place as usize] = to;
        });
        Self { starts, targets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The graph with these rows.
    pub fn graph(rows: &[&[u32]]) -> Graph {
        let mut all = Rows::default();
        for row in rows {
            for &target in *row {
                all.edge(target);
            }
            all.end();
        }
        all.finish()
    }

    #[test]
    fn a_row_holds_its_edges_as_they_were_added() {
        let graph = graph(&[&[2, 1, 2], &[], &[2]]);
        assert_eq!(graph.len(), 3);
        assert_eq!(graph.edges(0), [2, 1, 2]);
        assert_eq!(graph.edges(1), [0; 0]);
        assert_eq!(graph.edges(2), [2]);
    }

    #[test]
    fn a_reversed_graph_has_every_edge_turned_round_once() {
        let reversed = graph(&[&[2, 1, 2], &[], &[2, 0]]).reversed();
        assert_eq!(reversed, graph(&[&[2], &[0], &[0, 0, 2]]));
    }

    #[test]
    fn a_graph_without_nodes_is_empty_and_so_is_its_reverse() {
        assert!(Graph::default().is_empty());
        assert_eq!(Rows::default().finish(), Graph::default());
        assert_eq!(Graph::default().reversed(), Graph::default());
    }
}
