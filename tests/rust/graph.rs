//! The graph algorithms against what can be seen by trying: a node taken out, a step at a time, every
//! pair.

use proptest::prelude::*;
use rsprofile::graph::{Graph, Paths, Rows, around, components, dominators};

/// The edges of each node.
type Edges = Vec<Vec<u32>>;

fn graph(edges: &Edges) -> Graph {
    let mut rows = Rows::default();
    for row in edges {
        for &target in row {
            rows.edge(target);
        }
        rows.end();
    }
    rows.finish()
}

fn count(edges: &Edges) -> u32 {
    u32::try_from(edges.len()).unwrap()
}

/// Any edges at all: to the node itself, twice, between nodes that nothing leads to.
fn loose() -> impl Strategy<Value = Edges> {
    (1_u32..14).prop_flat_map(|nodes| {
        prop::collection::vec((0..nodes, 0..nodes), 0..30).prop_map(move |pairs| {
            let mut edges = vec![Vec::new(); nodes as usize];
            for &(from, to) in &pairs {
                edges[from as usize].push(to);
            }
            edges
        })
    })
}

/// A long list with edges up, down and across: what makes ways long.
fn deep() -> impl Strategy<Value = Edges> {
    (20_u32..60).prop_flat_map(|nodes| {
        let few = 0..nodes as usize;
        (prop::collection::vec((0..nodes, 0..nodes), few), any_order(nodes)).prop_map(
            move |(pairs, order)| {
                let mut edges = vec![Vec::new(); nodes as usize];
                for (at, pair) in order.windows(2).enumerate() {
                    // Three lists that begin at the root, one longer than the others.
                    let from = if at == 10 || at == 15 { 0 } else { pair[0] };
                    edges[from as usize].push(pair[1]);
                }
                for &(from, to) in &pairs {
                    edges[from as usize].push(to);
                }
                edges
            },
        )
    })
}

/// The root, then all others.
fn any_order(nodes: u32) -> impl Strategy<Value = Vec<u32>> {
    Just((1..nodes).collect::<Vec<u32>>()).prop_shuffle().prop_map(|mut order| {
        order.insert(0, 0);
        order
    })
}

fn some() -> impl Strategy<Value = Edges> {
    prop_oneof![loose(), deep()]
}

/// How many steps away each node is by the nodes that are not blocked.
fn distances(edges: &Edges, from: u32, blocked: impl Fn(u32) -> bool) -> Vec<Option<usize>> {
    let mut found = vec![None; edges.len()];
    let mut last: Vec<u32> = if blocked(from) { vec![] } else { vec![from] };
    for distance in 0.. {
        last.retain(|&node| found[node as usize].is_none());
        if last.is_empty() {
            break;
        }
        for &node in &last {
            found[node as usize] = Some(distance);
        }
        let next = last.iter().flat_map(|&node| edges[node as usize].iter().copied());
        last = next.filter(|&node| !blocked(node)).collect();
    }
    found
}

fn reached(edges: &Edges, from: u32, without: Option<u32>) -> Vec<bool> {
    let found = distances(edges, from, |node| Some(node) == without);
    found.iter().map(Option::is_some).collect()
}

/// Which nodes lead to which in one step or more, within some.
fn leads(edges: &Edges, within: &[bool]) -> Vec<Vec<bool>> {
    let mut leads = vec![vec![false; edges.len()]; edges.len()];
    for (from, row) in edges.iter().enumerate() {
        for &to in row {
            leads[from][to as usize] = within[from] && within[to as usize];
        }
    }
    for by in 0..edges.len() {
        for from in 0..edges.len() {
            for to in 0..edges.len() {
                leads[from][to] |= leads[from][by] && leads[by][to];
            }
        }
    }
    leads
}

fn is_edge(edges: &Edges, from: u32, to: u32) -> bool {
    edges[from as usize].contains(&to)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_node_retains_what_is_not_reached_without_it(edges in some(), root: prop::sample::Index) {
        let nodes = count(&edges);
        let root = u32::try_from(root.index(edges.len())).unwrap();
        let found = dominators(&graph(&edges), root);
        let sizes: Vec<u64> = (0..nodes).map(|node| 1000 + (1 << (node % 60))).collect();
        let retained = found.retained(&sizes);
        let with = reached(&edges, root, None);
        // By node, what it dominates, itself included.
        let below: Vec<Vec<bool>> = (0..nodes)
            .map(|node| {
                let without = reached(&edges, root, Some(node));
                with.iter().zip(&without).map(|(&with, &without)| with && !without).collect()
            })
            .collect();
        for node in 0..nodes {
            let at = node as usize;
            prop_assert_eq!(found.is_reached(node), with[at]);
            let lost = sizes.iter().zip(&below[at]).filter(|(_, below)| **below);
            prop_assert_eq!(retained[at], lost.map(|(size, _)| size).sum::<u64>());
            // The nearest of those above it is the one that all others are above.
            let above: Vec<usize> =
                (0..edges.len()).filter(|&other| other != at && below[other][at]).collect();
            let nearest = above.iter().copied().find(|&near| above.iter().all(|&far| below[far][near]));
            prop_assert_eq!(found.immediate(node).map(|above| above as usize), nearest);
        }
    }

    #[test]
    fn the_tree_holds_each_node_once_after_its_dominator(edges in some()) {
        let found = dominators(&graph(&edges), 0);
        let mut place = vec![None; edges.len()];
        for (at, &node) in found.preorder().iter().enumerate() {
            prop_assert_eq!(place[node as usize].replace(at), None);
        }
        let children = found.children();
        prop_assert_eq!(children.len(), edges.len());
        for node in 0..count(&edges) {
            prop_assert_eq!(place[node as usize].is_some(), found.is_reached(node));
            let its = children.edges(node);
            prop_assert!(its.iter().all(|&child| found.immediate(child) == Some(node)));
            prop_assert!(its.iter().all(|&child| place[child as usize] > place[node as usize]));
            prop_assert!(its.is_sorted_by_key(|&child| place[child as usize]));
        }
        let edges: usize = (0..count(&edges)).map(|node| children.edges(node).len()).sum();
        prop_assert_eq!(edges + 1, found.preorder().len());
    }

    #[test]
    fn a_graph_reversed_twice_has_the_same_edges(mut edges in some()) {
        let twice = graph(&edges).reversed().reversed();
        for row in &mut edges {
 row.sort_unstable();
}
        prop_assert_eq!(twice, graph(&edges));
    }

    #[test]
    fn a_path_is_a_shortest_one_and_from_the_first_source_that_has_one(
        edges in some(),
        sources in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        split in 0_usize..5,
        barred in prop::collection::vec(any::<bool>(), 64),
    ) {
        let nodes = edges.len();
        let sources: Vec<u32> =
            sources.iter().map(|source| u32::try_from(source.index(nodes)).unwrap()).collect();
        // Blocks a quarter of the nodes.
        let blocked = |node: u32| barred[node as usize] && barred[63 - node as usize];
        let (first, second) = sources.split_at(split.min(sources.len()));
        let graph = graph(&edges);
        let mut paths = Paths::from(&graph, first, blocked);
        check(&edges, &paths, first, blocked)?;
        let before: Vec<Vec<u32>> = (0..count(&edges)).map(|node| paths.to(node)).collect();
        paths.extend(&graph, second, blocked);
        for (path, node) in before.iter().zip(0..) {
            if !path.is_empty() {
                prop_assert_eq!(path, &paths.to(node));
            }
        }
        let known = |node: u32| blocked(node) || !before[node as usize].is_empty();
        let mut rest = Paths::from(&graph, second, known);
        check(&edges, &rest, second, known)?;
        rest.extend(&graph, first, |node| before[node as usize].is_empty());
        for node in 0..count(&edges) {
            prop_assert_eq!(rest.is_reached(node), paths.is_reached(node));
            if before[node as usize].is_empty() {
                prop_assert_eq!(rest.to(node), paths.to(node));
            }
        }
    }

    #[test]
    fn a_component_is_all_that_lead_to_each_other(
        edges in some(),
        within in prop::collection::vec(prop::bool::weighted(0.8), 64),
    ) {
        let graph = graph(&edges);
        let leads = leads(&edges, &within[..edges.len()]);
        // From the highest node down, so that the order is not the one of the numbers.
        let nodes: Vec<u32> = (0..count(&edges)).rev().filter(|&n| within[n as usize]).collect();
        let mut expected: Vec<Vec<u32>> = Vec::new();
        for &node in nodes.iter().filter(|&&node| leads[node as usize][node as usize]) {
            let both = |other: u32| {
                leads[node as usize][other as usize] && leads[other as usize][node as usize]
            };
            match expected.iter_mut().find(|component| both(component[0])) {
                Some(component) => component.push(node),
                None => expected.push(vec![node]),
            }
        }
        prop_assert_eq!(components(&graph, &nodes), expected);
    }

    #[test]
    fn the_way_around_is_a_shortest_cycle_of_the_component(edges in some()) {
        let graph = graph(&edges);
        let all: Vec<u32> = (0..count(&edges)).collect();
        for component in components(&graph, &all) {
            let way = around(&graph, &component);
            prop_assert_eq!(way[0], component[0]);
            let next = way.iter().cycle().skip(1);
            prop_assert!(way.iter().zip(next).all(|(&from, &to)| is_edge(&edges, from, to)));
            prop_assert!(way.iter().all(|node| component.contains(node)));
            let back = edges[component[0] as usize].iter().filter_map(|&first| {
                distances(&edges, first, |_| false)[component[0] as usize]
            });
            prop_assert_eq!(way.len(), back.min().unwrap() + 1);
        }
    }
}

fn check(
    edges: &Edges,
    paths: &Paths,
    sources: &[u32],
    blocked: impl Fn(u32) -> bool + Copy,
) -> Result<(), TestCaseError> {
    let by_source: Vec<Vec<Option<usize>>> =
        sources.iter().map(|&source| distances(edges, source, blocked)).collect();
    for node in 0..count(edges) {
        let own = by_source.iter().zip(sources).filter_map(|(distances, &source)| {
            distances[node as usize].map(|distance| (distance, source))
        });
        // The first of the least.
        let best = own.min_by_key(|&(distance, _)| distance);
        let path = paths.to(node);
        prop_assert_eq!(paths.is_reached(node), best.is_some());
        let found = path.first().map(|&source| (path.len() - 1, source));
        prop_assert_eq!(found, best);
        prop_assert_eq!(path.last().copied(), best.map(|_| node));
        prop_assert!(path.windows(2).all(|step| is_edge(edges, step[0], step[1])));
        prop_assert!(!path.iter().any(|&node| blocked(node)));
    }
    Ok(())
}
