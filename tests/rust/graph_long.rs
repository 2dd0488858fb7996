//! Graphs of a million nodes, as deep or as wide as can be: nothing may recurse, and nothing may take a
//! step for each pair of nodes.

use rsprofile::graph::{Graph, Paths, Rows, around, components, dominators};

const LONG: u32 = 1_000_000;

/// A list of so many nodes as Python has them: the root knows the first, each the next and its type,
/// which is node 1.
fn list(length: u32, edges: impl Fn(u32, &mut Rows)) -> Graph {
    let mut rows = Rows::default();
    rows.edge(2);
    rows.end();
    rows.end();
    for node in 2..length + 2 {
        if node < length + 1 {
            rows.edge(node + 1);
        }
        edges(node, &mut rows);
        rows.end();
    }
    rows.finish()
}

#[test]
fn a_list_of_a_million_nodes_is_retained_from_each_on() {
    let list = list(LONG, |_, rows| rows.edge(1));
    let found = dominators(&list, 0);
    let retained = found.retained(&vec![1; list.len()]);
    // The first node holds the type, the others only through what follows.
    assert_eq!(retained[..4], [u64::from(LONG) + 2, 1, u64::from(LONG) + 1, u64::from(LONG) - 1]);
    assert_eq!(retained[LONG as usize + 1], 1);
    assert_eq!(found.immediate(1), Some(2));
    assert_eq!(found.immediate(LONG + 1), Some(LONG));
    assert_eq!(found.children().edges(LONG), [LONG + 1]);
}

#[test]
fn the_last_of_a_list_of_a_million_is_a_million_steps_away() {
    let list = list(LONG, |_, rows| rows.edge(1));
    let paths = Paths::from(&list, &[0], |_| false);
    assert_eq!(paths.to(1), [0, 2, 1]);
    let path = paths.to(LONG + 1);
    assert_eq!(path.len(), LONG as usize + 1);
    assert_eq!(path[..3], [0, 2, 3]);
}

#[test]
fn a_list_of_a_million_linked_both_ways_is_one_cycle() {
    let list = list(LONG, |node, rows| rows.edge(if node == 2 { 3 } else { node - 1 }));
    let all: Vec<u32> = (0..LONG + 2).rev().collect();
    let found = components(&list, &all);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0], all[..LONG as usize]);
    assert_eq!(around(&list, &found[0]), [LONG + 1, LONG]);
}

#[test]
fn a_ring_of_a_million_is_gone_round_once() {
    let ring = list(LONG, |node, rows| rows.edge(if node == LONG + 1 { 2 } else { 1 }));
    let found = components(&ring, &(0..LONG + 2).collect::<Vec<u32>>());
    assert_eq!(around(&ring, &found[0]).len(), LONG as usize);
}

/// Each value is held by a node far down and by a dict next to the root. To go up a step at a time
/// would take 10^11 of them.
#[test]
fn the_values_of_a_list_that_stand_in_a_dict_too_belong_to_what_holds_both() {
    let length = 500_000;
    let (first, dict) = (2, 1);
    let values = length + 2;
    let mut rows = Rows::default();
    // The root leads to one module, that leads to the list first.
    rows.edge(2 * length + 2);
    rows.end();
    (0..length).for_each(|index| rows.edge(values + index));
    rows.end();
    for index in 0..length {
        if index + 1 < length {
            rows.edge(first + index + 1);
        }
        rows.edge(values + index);
        rows.end();
    }
    (0..length).for_each(|_| rows.end());
    rows.edge(first);
    rows.edge(dict);
    rows.end();
    let graph = rows.finish();
    let module = 2 * length + 2;
    let found = dominators(&graph, 0);
    assert!((values..module).all(|value| found.immediate(value) == Some(module)));
    let retained = found.retained(&vec![1; graph.len()]);
    assert_eq!(retained[dict as usize], 1);
    assert_eq!(retained[first as usize], u64::from(length));
    assert_eq!(retained[module as usize], 2 * u64::from(length) + 2);
}

#[test]
fn a_star_retains_all_its_points() {
    let mut rows = Rows::default();
    (0..LONG).for_each(|point| rows.edge(point + 1));
    rows.end();
    (0..LONG).for_each(|_| rows.end());
    let star = rows.finish();
    let found = dominators(&star, 0);
    let retained = found.retained(&vec![3; star.len()]);
    assert_eq!(retained[0], 3 * (u64::from(LONG) + 1));
    assert!(retained[1..].iter().all(|&bytes| bytes == 3));
    assert_eq!(found.children(), star);
    assert_eq!(Paths::from(&star, &[0], |_| false).to(LONG), [0, LONG]);
    assert!(components(&star, &(0..=LONG).collect::<Vec<u32>>()).is_empty());
}

/// Each node leads right and down: the edge of the grid is a list, and nothing inside is held by one
/// alone.
#[test]
fn inside_a_grid_nothing_is_held_by_one_alone() {
    let side = 1000;
    let mut rows = Rows::default();
    for node in 0..side * side {
        if node % side + 1 < side {
            rows.edge(node + 1);
        }
        if node / side + 1 < side {
            rows.edge(node + side);
        }
        rows.end();
    }
    let grid = rows.finish();
    let found = dominators(&grid, 0);
    for node in 1..side * side {
        let above = match (node / side, node % side) {
            (0, _) => node - 1,
            (_, 0) => node - side,
            _ => 0,
        };
        assert_eq!(found.immediate(node), Some(above));
    }
    let paths = Paths::from(&grid, &[0], |_| false);
    assert_eq!(paths.to(side * side - 1).len(), 2 * side as usize - 1);
}
