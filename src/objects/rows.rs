//! The finished graph: rows as they were written, with what was found later put in.

use super::Fault;
use crate::graph::Graph;

/// Puts edges into rows that are written already, at their ends. `more` are pairs of a node and what its
/// edge leads to, in the order of the nodes.
pub(super) fn merged(
    mut starts: Vec<u32>,
    mut targets: Vec<u32>,
    more: &[(u32, u32)],
) -> Result<Graph, Fault> {
    let total = targets.len() + more.len();
    u32::try_from(total).map_err(|_| Fault::Number)?;
    targets.try_reserve_exact(more.len())?;
    let mut end = targets.len();
    targets.resize(total, 0);
    let mut last = starts.len() - 1;
    let mut rest = more;
    // From the back: each run of rows between two that get edges moves as one.
    while let Some(&(node, _)) = rest.last() {
        let group = rest.iter().rev().take_while(|edge| edge.0 == node).count();
        let first = rest.len() - group;
        let after = node as usize + 1;
        let from = starts[after] as usize;
        targets.copy_within(from..end, from + rest.len());
        for (place, edge) in targets[from + first..].iter_mut().zip(&rest[first..]) {
            *place = edge.1;
        }
        for start in &mut starts[after..=last] {
            *start += u32::try_from(rest.len()).map_err(|_| Fault::Number)?;
        }
        (end, last, rest) = (from, after - 1, &rest[..first]);
    }
    Ok(Graph::of(starts, targets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(graph: &Graph) -> Vec<Vec<u32>> {
        (0..u32::try_from(graph.len()).unwrap()).map(|node| graph.edges(node).to_vec()).collect()
    }

    #[test]
    fn edges_come_to_the_end_of_their_rows_and_the_rest_stays() {
        let more = [(0, 1), (0, 2), (2, 3), (4, 0), (4, 1)];
        let graph = merged(vec![0, 0, 2, 2, 3, 4], vec![2, 3, 1, 2], &more).unwrap();
        assert_eq!(rows(&graph), [vec![1, 2], vec![2, 3], vec![3], vec![1], vec![2, 0, 1]]);
    }

    #[test]
    fn without_more_edges_nothing_changes() {
        let graph = merged(vec![0, 1, 2], vec![1, 0], &[]).unwrap();
        assert_eq!(rows(&graph), [vec![1], vec![0]]);
    }
}
