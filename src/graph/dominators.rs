//! What a node retains: all that would be gone without it.
//!
//! A node dominates another if every path from the root to that one leads through it. The nearest of
//! the nodes that dominate a node is its immediate dominator; these make a tree, and what a node
//! retains is what stands below it there.
//!
//! The algorithm is Semi-NCA (L. Georgiadis, "Linear-Time Algorithms for Dominators and Related
//! Problems", Princeton 2005), after T. Lengauer and R. Tarjan, "A Fast Algorithm for Finding
//! Dominators in a Flowgraph", 1979. Its last step walks up the tree of dominators from each node's
//! parent, which is quadratic for a long list whose values stand in a dict as well; here it goes up in
//! jumps (E. Myers, "An Applicative Random-Access Stack", 1983), so that the whole takes
//! O(m log n) steps for n nodes and m edges.
//!
//! Words: the *number* of a node says when a search into the depth came to it; the edges by which it
//! came make a tree, in which the *parent* of a node stands. The *semidominator* of a node is the lowest
//! number from which a path leads to it that passes higher numbers than its own only. Arrays are in the
//! order of the numbers where they can be, which keeps close in memory what is needed together.

use super::{Graph, NONE};

/// The tree of dominators of what can be reached from a root.
#[derive(Debug, Clone)]
pub struct Dominators {
    /// By node; `NONE` for the root and for what is not reached.
    immediate: Vec<u32>,
    preorder: Vec<u32>,
}

impl Dominators {
    /// The nearest node that is on all paths to this one; none for the root and for what is not reached.
    pub fn immediate(&self, node: u32) -> Option<u32> {
        Some(self.immediate[node as usize]).filter(|&above| above != NONE)
    }

    /// Whether a path leads from the root to the node.
    pub fn is_reached(&self, node: u32) -> bool {
        self.immediate[node as usize] != NONE || self.preorder[0] == node
    }

    /// The nodes that are reached, the root first and each after its immediate dominator.
    pub fn preorder(&self) -> &[u32] {
        &self.preorder
    }

    /// What each node keeps alive, itself included, in the unit of the sizes (bytes): 0 for what is not
    /// reached.
    ///
    /// # Panics
    /// Without a size for each node.
    pub fn retained(&self, sizes: &[u64]) -> Vec<u64> {
        assert_eq!(sizes.len(), self.immediate.len(), "a size for each node");
        let mut retained = vec![0; sizes.len()];
        for &node in self.preorder.iter().rev() {
            let node = node as usize;
            retained[node] += sizes[node];
            let above = self.immediate[node];
            if above != NONE {
                retained[above as usize] += retained[node];
            }
        }
        retained
    }

    /// The tree as a graph: the edges of a node lead to those of which it is the immediate dominator, in
    /// the order of `preorder`.
    pub fn children(&self) -> Graph {
        let below_root = self.preorder[1..].iter();
        let edges = below_root.map(|&node| (self.immediate[node as usize], node));
        Graph::gather(self.immediate.len(), edges)
    }
}

/// The tree of dominators of what can be reached from a root.
///
/// # Panics
/// If the graph has no such node.
pub fn dominators(graph: &Graph, root: u32) -> Dominators {
    let Search { mut preorder, mut by_node, mut by_number, mut links, others } =
        Search::from(graph, root);
    // What is not needed any more makes room for what is: a parent for the number of a node, a
    // semidominator for the first edge to it.
    semidominators(&mut by_number, &mut by_node, &mut links, &others);
    drop(others);
    nearest_on_both(&by_number, &mut by_node, &mut links);
    drop(links);
    let mut immediate = by_number;
    immediate.fill(NONE);
    for (&node, &above) in preorder.iter().zip(&by_node).skip(1) {
        immediate[node as usize] = preorder[above as usize];
    }
    preorder.shrink_to_fit();
    Dominators { immediate, preorder }
}

/// In place of a node's first edge: the root leads to it, so nothing else can dominate it.
const BELOW_ROOT: u32 = NONE - 1;
/// In place of a number: the same, for what has none yet.
const FOUND_FIRST: u32 = NONE - 1;

/// Two figures of a node that are needed together.
#[derive(Debug, Clone, Copy)]
struct Link {
    /// A node above: the parent, then one further up.
    up: u32,
    /// In turn: the next edge to follow; the lowest semidominator from here to below `up`; the depth
    /// in the tree of dominators.
    figure: u32,
}

/// An edge that is not part of the search's tree.
#[derive(Debug, Clone, Copy)]
struct Other {
    source: u32,
    /// The next one to the same node.
    next: u32,
}

/// What a search into the depth finds.
struct Search {
    /// Nodes by number.
    preorder: Vec<u32>,
    /// Numbers by node.
    by_node: Vec<u32>,
    /// The first of the other edges to each, in `others`.
    by_number: Vec<u32>,
    /// Each with its parent.
    links: Vec<Link>,
    others: Vec<Other>,
}

impl Search {
    fn from(graph: &Graph, root: u32) -> Self {
        let mut preorder = Vec::with_capacity(graph.len());
        let mut links = Vec::with_capacity(graph.len());
        let mut by_node = vec![NONE; graph.len()];
        let mut by_number = vec![NONE; graph.len()];
        let mut others = Vec::new();
        let mut edges = 0;
        // Most edges to what everything shares (types, modules) need not be kept.
        for &node in graph.edges(root) {
            by_node[node as usize] = FOUND_FIRST;
        }
        by_node[root as usize] = 0;
        by_number[0] = BELOW_ROOT;
        preorder.push(root);
        links.push(Link { up: 0, figure: graph.starts[root as usize] });
        let mut count = 1;
        let mut at = 0;
        loop {
            let end = graph.starts[preorder[at as usize] as usize + 1];
            let mut edge = links[at as usize].figure;
            let mut down = false;
            while edge < end && !down {
                let node = graph.targets[edge as usize];
                edge += 1;
                let number = by_node[node as usize];
                if number >= FOUND_FIRST {
                    links[at as usize].figure = edge;
                    if number == FOUND_FIRST {
                        by_number[count as usize] = BELOW_ROOT;
                    }
                    by_node[node as usize] = count;
                    preorder.push(node);
                    links.push(Link { up: at, figure: graph.starts[node as usize] });
                    at = count;
                    count += 1;
                    down = true;
                } else if by_number[number as usize] != BELOW_ROOT && number != at {
                    others.push(Other { source: at, next: by_number[number as usize] });
                    by_number[number as usize] = edges;
                    edges += 1;
                }
            }
            if !down {
                if at == 0 {
                    break;
                }
                at = links[at as usize].up;
            }
        }
        Self { preorder, by_node, by_number, links, others }
    }
}

/// Puts the semidominator of each node in the place of its first edge, and the parents aside.
fn semidominators(firsts: &mut [u32], parents: &mut [u32], links: &mut [Link], others: &[Other]) {
    // All above `at` are done, and joined to their parents: what is above one of them in its part of
    // the tree has a higher number than `at`.
    for place in (1..links.len()).rev() {
        #[allow(clippy::cast_possible_truncation, reason = "a number of a node")]
        let at = place as u32;
        let parent = links[place].up;
        let mut lowest = parent;
        let mut edge = firsts[place];
        if edge == BELOW_ROOT {
            lowest = 0;
        } else {
            while edge != NONE {
                let Other { source, next } = others[edge as usize];
                let start = if source < at { source } else { lowest_above(links, source, at) };
                lowest = lowest.min(start);
                edge = next;
            }
        }
        firsts[place] = lowest;
        parents[place] = parent;
        links[place].figure = lowest;
    }
}

/// The lowest semidominator on the way up from a node as long as the numbers are above `end`.
/// Shortens the way for the next time.
fn lowest_above(links: &mut [Link], node: u32, end: u32) -> u32 {
    // Turns the links round on the way up, and sets them to the top on the way back.
    let mut at = node;
    let mut below = NONE;
    loop {
        let link = &mut links[at as usize];
        if link.up <= end {
            break;
        }
        let up = std::mem::replace(&mut link.up, below);
        below = at;
        at = up;
    }
    let Link { up: top, figure: mut lowest } = links[at as usize];
    while below != NONE {
        let link = &mut links[below as usize];
        lowest = lowest.min(link.figure);
        link.figure = lowest;
        below = std::mem::replace(&mut link.up, top);
    }
    lowest
}

/// Turns parents into immediate dominators: the nearest node that is above (or is) both the parent
/// and the semidominator in the tree of dominators, which is complete for lower numbers.
fn nearest_on_both(semidominators: &[u32], parents: &mut [u32], links: &mut [Link]) {
    // From now on a link leads far up. By depth, its length follows the skew binary numbers, so that
    // any node above is O(log n) steps away.
    links[0] = Link { up: 0, figure: 0 };
    for at in 1..links.len() {
        let lowest = semidominators[at];
        let mut above = parents[at];
        while above > lowest {
            let far = links[above as usize].up;
            above = if far >= lowest { far } else { parents[above as usize] };
        }
        parents[at] = above;
        let near = links[above as usize];
        let far = links[near.up as usize];
        let even = near.figure - far.figure == far.figure - links[far.up as usize].figure;
        let up = if even { far.up } else { above };
        links[at] = Link { up, figure: near.figure + 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    #[track_caller]
    fn check(rows: &[&[u32]], immediate: &[Option<u32>], retained: &[u64]) {
        let graph = graph(rows);
        let found = dominators(&graph, 0);
        let nodes = 0..u32::try_from(rows.len()).unwrap();
        assert_eq!(nodes.map(|node| found.immediate(node)).collect::<Vec<_>>(), immediate);
        let sizes: Vec<u64> = (0..).take(rows.len()).map(|node| 10_u64.pow(node)).collect();
        assert_eq!(found.retained(&sizes), retained);
    }

    #[test]
    fn what_two_hold_belongs_to_what_holds_both() {
        check(
            &[&[1], &[2, 3], &[4], &[4], &[]],
            &[None, Some(0), Some(1), Some(1), Some(1)],
            &[11111, 11110, 100, 1000, 10000],
        );
    }

    #[test]
    fn what_the_root_holds_too_belongs_to_nobody_else() {
        check(&[&[1, 2], &[2], &[]], &[None, Some(0), Some(0)], &[111, 10, 100]);
        check(&[&[1, 2], &[2], &[1]], &[None, Some(0), Some(0)], &[111, 10, 100]);
    }

    #[test]
    fn a_second_edge_and_an_edge_to_itself_change_nothing() {
        check(&[&[0, 1, 1], &[1, 2, 2, 0], &[2, 1]], &[None, Some(0), Some(1)], &[111, 110, 100]);
    }

    #[test]
    fn what_holds_itself_but_is_not_reached_retains_nothing() {
        check(&[&[1], &[], &[3, 1], &[2]], &[None, Some(0), None, None], &[11, 10, 0, 0]);
        let found = dominators(&graph(&[&[1], &[], &[2]]), 0);
        assert_eq!([0, 1, 2].map(|node| found.is_reached(node)), [true, true, false]);
        assert_eq!(found.preorder(), [0, 1]);
    }

    /// The example of Lengauer and Tarjan: R, then A to L.
    #[test]
    fn the_known_example_comes_out() {
        let rows: [&[u32]; 13] = [
            &[1, 2, 3],
            &[4],
            &[1, 4, 5],
            &[6, 7],
            &[12],
            &[8],
            &[9],
            &[9, 10],
            &[5, 11],
            &[11],
            &[9],
            &[9, 0],
            &[8],
        ];
        let found = dominators(&graph(&rows), 0);
        let above: Vec<u32> = (1..13).map(|node| found.immediate(node).unwrap()).collect();
        assert_eq!(above, [0, 0, 0, 0, 0, 3, 3, 0, 0, 7, 0, 4]);
    }

    #[test]
    fn any_node_can_be_the_root() {
        let found = dominators(&graph(&[&[1], &[0], &[0]]), 2);
        assert_eq!([0, 1, 2].map(|node| found.immediate(node)), [Some(2), Some(0), None]);
        assert_eq!(found.preorder(), [2, 0, 1]);
    }

    #[test]
    fn the_tree_has_each_node_below_its_dominator() {
        let found = dominators(&graph(&[&[3], &[], &[4], &[2, 1, 4], &[], &[0]]), 0);
        assert_eq!(found.preorder(), [0, 3, 2, 4, 1]);
        assert_eq!(found.children(), graph(&[&[3], &[], &[], &[2, 4, 1], &[], &[]]));
    }

    #[test]
    #[should_panic(expected = "a size for each node")]
    fn a_size_is_needed_for_each_node() {
        dominators(&graph(&[&[1], &[]]), 0).retained(&[1]);
    }
}
