//! Directed graphs of millions of nodes on flat arrays: what an object retains, how it is reached, and
//! what keeps itself alive. Nothing here knows what the nodes are.

/// No node.
pub const NONE: u32 = u32::MAX;

/// A directed graph: the nodes are `0..len()`, the edges of each stand in one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Row of a node: `targets[starts[node]..starts[node + 1]]`.
    starts: Vec<u32>,
    targets: Vec<u32>,
}

/// Builds a graph row by row, from node 0 on.
#[derive(Debug, Clone)]
pub struct Rows(Graph);

impl Default for Rows {
    fn default() -> Self {
        Self(Graph { starts: vec![0], targets: Vec::new() })
    }
}

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
    pub fn finish(self) -> Graph {
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
        self.starts.len().saturating_sub(1)
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

    /// The same graph with every edge turned round.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let mut starts = vec![0_u32; self.len() + 1];
        for &target in &self.targets {
            starts[target as usize + 1] += 1;
        }
        for node in 1..starts.len() {
            starts[node] += starts[node - 1];
        }
        let mut next = starts.clone();
        let mut targets = vec![0; self.targets.len()];
        for node in (0..).take(self.len()) {
            for &target in self.edges(node) {
                let place = &mut next[target as usize];
                targets[*place as usize] = node;
                *place += 1;
            }
        }
        Self { starts, targets }
    }
}
