//! What keeps itself alive: nodes that lead back to themselves.
//!
//! The components are found as in R. Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972,
//! with one figure for each node: the lowest number known to be on a cycle with it.

use std::collections::VecDeque;

use super::{Graph, NONE};

/// The strongly connected components of the part of the graph that consists of `nodes`, if they are
/// cycles: two nodes or more that all lead to each other, or one with an edge to itself. Components
/// and the nodes of each are in the order of `nodes`.
///
/// # Panics
/// If the graph does not have one of the nodes.
pub fn components(graph: &Graph, nodes: &[u32]) -> Vec<Vec<u32>> {
    let part = Part::of(graph, nodes);
    let component = part.components();
    let mut sizes = vec![0_u32; part.nodes.len()];
    for &component in &component {
        sizes[component as usize] += 1;
    }
    let mut cycles: Vec<Vec<u32>> = Vec::new();
    // From here on, the place of a component among the cycles.
    let mut place = vec![NONE; part.nodes.len()];
    for (&node, &component) in part.nodes.iter().zip(&component) {
        let component = component as usize;
        if sizes[component] > 1 || graph.edges(node).contains(&node) {
            if place[component] == NONE {
                place[component] = index(cycles.len());
                cycles.push(Vec::with_capacity(sizes[component] as usize));
            }
            cycles[place[component] as usize].push(node);
        }
    }
    cycles
}

/// A shortest cycle through the first node of a component that does not leave it: the nodes in order,
/// from that one on, each once. Empty if the node is on no cycle.
///
/// # Panics
/// If the graph does not have one of the nodes.
pub fn around(graph: &Graph, component: &[u32]) -> Vec<u32> {
    let part = Part::of(graph, component);
    let mut previous = vec![NONE; part.nodes.len()];
    let mut waiting: VecDeque<u32> = (0..).take(part.nodes.len().min(1)).collect();
    while let Some(at) = waiting.pop_front() {
        for &target in part.edges(at) {
            match part.place(target) {
                Some(0) => return part.back(&previous, at),
                Some(place) if previous[place as usize] == NONE => {
                    previous[place as usize] = at;
                    waiting.push_back(place);
                }
                _ => {}
            }
        }
    }
    Vec::new()
}

/// Some nodes of a graph.
struct Part<'a> {
    graph: &'a Graph,
    nodes: Vec<u32>,
    /// By node of the graph: its place in `nodes` plus one. The zeros cost next to nothing where no
    /// node is near: their pages are never touched.
    places: Vec<u32>,
}

impl<'a> Part<'a> {
    fn of(graph: &'a Graph, all: &[u32]) -> Self {
        let mut places = vec![0; graph.len()];
        let mut nodes = Vec::with_capacity(all.len());
        for &node in all {
            let place = &mut places[node as usize];
            if *place == 0 {
                nodes.push(node);
                *place = index(nodes.len());
            }
        }
        Self { graph, nodes, places }
    }

    fn place(&self, node: u32) -> Option<u32> {
        self.places[node as usize].checked_sub(1)
    }

    fn edges(&self, place: u32) -> &[u32] {
        self.graph.edges(self.nodes[place as usize])
    }

    /// The nodes on the way to one, by the places before each.
    fn back(&self, previous: &[u32], mut at: u32) -> Vec<u32> {
        let mut way = Vec::new();
        while at != NONE {
            way.push(self.nodes[at as usize]);
            at = previous[at as usize];
        }
        way.reverse();
        way
    }

    /// The component of each node, by place.
    fn components(&self) -> Vec<u32> {
        let mut component = vec![NONE; self.nodes.len()];
        let mut components = 0;
        let mut search = Search { lowest: vec![0; self.nodes.len()], ..Search::default() };
        for start in 0..index(self.nodes.len()) {
            if search.lowest[start as usize] == 0 {
                search.enter(start);
            }
            while let Some(Visit { place, number, edge }) = search.visits.last_mut() {
                let own = *place as usize;
                if let Some(&target) = self.edges(*place).get(*edge as usize) {
                    *edge += 1;
                    match self.place(target) {
                        Some(its) if search.lowest[its as usize] == 0 => search.enter(its),
                        Some(its) => search.lower(own, search.lowest[its as usize]),
                        None => {}
                    }
                    continue;
                }
                let lowest = search.lowest[own];
                if lowest == *number {
                    for place in search.take_from(own) {
                        component[place as usize] = components;
                    }
                    components += 1;
                }
                search.visits.pop();
                if let Some(above) = search.visits.last() {
                    search.lower(above.place as usize, lowest);
                }
            }
        }
        component
    }
}

/// A search into the depth for components.
#[derive(Default)]
struct Search {
    /// By place, the lowest number known to be on a cycle with it: 0 before it is seen, `NONE` once its
    /// component is known.
    lowest: Vec<u32>,
    /// What was seen and has no component yet.
    without: Vec<u32>,
    visits: Vec<Visit>,
    /// How many were seen.
    seen: u32,
}

impl Search {
    fn enter(&mut self, place: u32) {
        self.seen += 1;
        self.lowest[place as usize] = self.seen;
        self.without.push(place);
        self.visits.push(Visit { place, number: self.seen, edge: 0 });
    }

    fn lower(&mut self, place: usize, number: u32) {
        self.lowest[place] = self.lowest[place].min(number);
    }

    /// Takes out a component: what was seen since its first node.
    fn take_from(&mut self, first: usize) -> impl Iterator<Item = u32> {
        let start = self
            .without
            .iter()
            .rposition(|&place| place as usize == first)
            .expect("what is being visited");
        let taken = self.without.drain(start..);
        let lowest = &mut self.lowest;
        taken.inspect(|&place| lowest[place as usize] = NONE)
    }
}

/// A node whose edges are being followed.
struct Visit {
    place: u32,
    number: u32,
    /// The next edge of its row.
    edge: u32,
}

#[allow(clippy::cast_possible_truncation, reason = "no more than the nodes of a graph")]
fn index(count: usize) -> u32 {
    count as u32
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    #[test]
    fn nodes_that_lead_to_each_other_are_a_cycle() {
        let graph = graph(&[&[1], &[2], &[1, 3], &[4], &[3], &[5], &[0]]);
        let all = [0, 1, 2, 3, 4, 5, 6];
        assert_eq!(components(&graph, &all), [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[test]
    fn a_node_alone_is_a_cycle_only_with_an_edge_to_itself() {
        assert_eq!(components(&graph(&[&[0, 1], &[]]), &[0, 1]), [[0]]);
    }

    #[test]
    fn cycles_through_a_common_node_are_one() {
        assert_eq!(components(&graph(&[&[1, 2], &[0], &[0]]), &[2, 1, 0]), [[2, 1, 0]]);
    }

    #[test]
    fn a_cycle_that_leaves_the_nodes_is_none() {
        let graph = graph(&[&[1], &[2], &[0]]);
        assert_eq!(components(&graph, &[0, 1]), [[0; 0]; 0]);
        assert_eq!(components(&graph, &[2, 0, 1, 2]), [[2, 0, 1]]);
        assert_eq!(components(&graph, &[]), [[0; 0]; 0]);
    }

    #[test]
    fn the_way_around_is_a_shortest_one_from_the_first_node() {
        let graph = graph(&[&[1], &[2, 3], &[0, 4], &[2], &[0]]);
        assert_eq!(around(&graph, &[0, 1, 2, 3, 4]), [0, 1, 2]);
        assert_eq!(around(&graph, &[3, 0, 1, 2, 4]), [3, 2, 0, 1]);
    }

    #[test]
    fn the_way_around_stays_inside() {
        let graph = graph(&[&[1, 2], &[0], &[3], &[0]]);
        assert_eq!(around(&graph, &[0, 2, 3]), [0, 2, 3]);
    }

    #[test]
    fn an_edge_to_itself_is_the_shortest_way_around() {
        assert_eq!(around(&graph(&[&[1, 0], &[0]]), &[0, 1]), [0]);
    }

    #[test]
    fn there_is_no_way_around_without_a_cycle() {
        assert_eq!(around(&graph(&[&[1], &[1]]), &[0, 1]), [0; 0]);
        assert_eq!(around(&graph(&[&[]]), &[]), [0; 0]);
    }
}
