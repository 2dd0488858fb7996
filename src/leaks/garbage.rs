//! What no root reaches: cycles that the collector has not seen, by their shape.

use std::collections::HashMap;

use super::Question;
use super::places::UNKNOWN;
use super::scene::Scene;
use crate::graph::{around, components};
use crate::objects::read::stores::Store;
use crate::profile::{Collector, Cycle, CycleShape, Place, Stored, Suspect, Verdict};

/// The least bytes of a suspect, and of how many bytes of all there is one must be its.
const LEAST: u64 = 256 << 10;
const SHARE: u64 = 100;
/// Shapes that are kept for the collector's account.
const SHAPES: usize = 20;

/// Cycles of one shape.
pub(super) struct Shape {
    /// Nodes around one of them, as they are named.
    sample: Vec<u32>,
    count: u64,
    /// Bytes and objects that all of them keep alive.
    bytes: u64,
    objects: u64,
    /// The objects in cycles that a reader knows, by their key.
    subjects: HashMap<u32, u64>,
}

/// The cycles that retain much.
pub(super) fn suspects(scene: &Scene, shapes: &[Shape], question: &Question) -> Vec<Suspect> {
    let least = question.least.unwrap_or_else(|| (scene.bytes() / SHARE).max(LEAST));
    let large = shapes.iter().filter(|shape| shape.bytes >= least);
    large.filter_map(|shape| suspect(scene, shape, question)).collect()
}

/// Says of the collector what it would find.
pub(super) fn account(scene: &Scene, shapes: &[Shape], collector: &mut Collector) {
    collector.garbage = shapes.iter().map(|shape| shape.objects).sum();
    collector.garbage_bytes = shapes.iter().map(|shape| shape.bytes).sum();
    let disabled_at = collector.disabled_at.clone();
    let enabled = collector.enabled;
    collector.cycles = shapes
        .iter()
        .take(SHAPES)
        .map(|shape| CycleShape {
            bytes: shape.bytes,
            objects: shape.objects,
            linked: linked(scene, shape),
            cycle: cycle(scene, shape, enabled, disabled_at.clone()),
        })
        .collect();
}

fn suspect(scene: &Scene, shape: &Shape, question: &Question) -> Option<Suspect> {
    let (&key, &count) = shape.subjects.iter().max_by_key(|&(&key, &count)| (count, key))?;
    let line = scene.keys.get(key).line;
    let sample = shape.sample.iter().copied().find(|&node| scene.keys.of_node(node) == key);
    let sample = sample.unwrap_or(shape.sample[0]);
    Some(Suspect {
        verdict: Verdict::Cycle,
        bytes: shape.bytes,
        count,
        kind: scene.kind_of(sample).to_owned(),
        made: scene.places.of(line).cloned(),
        growth: None,
        held: None,
        stored: linked(scene, shape).map(|place| Stored { how: "linked".to_owned(), place }),
        cycle: Some(cycle(
            scene,
            shape,
            question.collector.enabled,
            question.collector.disabled_at.clone(),
        )),
        closure: None,
    })
}

fn cycle(scene: &Scene, shape: &Shape, enabled: bool, disabled_at: Option<Place>) -> Cycle {
    let edges = scene.cycle_edges(&shape.sample);
    Cycle {
        count: shape.count,
        length: edges.len() as u64,
        edges,
        disabled: !enabled,
        disabled_at,
        uncollectable: false,
    }
}

/// The line that links the objects of a cycle: the one that stores the attribute by which one leads to the
/// next.
fn linked(scene: &Scene, shape: &Shape) -> Option<Place> {
    let made = shape.sample.iter().find_map(|&node| scene.place_of(node));
    let names = scene.cycle_attributes(&shape.sample);
    let file = made?.file.clone();
    let places: Vec<Place> =
        names.iter().flat_map(|name| scene.stores(&file, Store::Attribute(name))).collect();
    let same = |place: &&Place| made.is_some_and(|made| made.function == place.function);
    places.iter().filter(same).max_by_key(|place| place.line).or_else(|| places.first()).cloned()
}

fn unreached(scene: &Scene) -> Vec<u32> {
    scene
        .objects
        .nodes()
        .filter(|&node| !scene.dominators.is_reached(node) && !scene.is_ours(node))
        .collect()
}

/// The shapes of all cycles, the most bytes first; but for those of which no line is known though lines are:
/// they were there before the program.
pub(super) fn shapes(scene: &Scene) -> Vec<Shape> {
    let graph = &scene.objects.graph;
    let unreached = unreached(scene);
    let is_known = |&node: &u32| scene.line_of(node) != UNKNOWN;
    let mut cycles = components(graph, &unreached);
    cycles.retain(|cycle| scene.places.is_empty() || cycle.iter().any(is_known));
    // What a cycle leads to belongs to the first that does.
    let mut owner: HashMap<u32, usize> = HashMap::new();
    for (index, cycle) in cycles.iter().enumerate() {
        owner.extend(cycle.iter().map(|&node| (node, index)));
    }
    let mut bytes = vec![0_u64; cycles.len()];
    let mut objects = vec![0_u64; cycles.len()];
    for (index, cycle) in cycles.iter().enumerate() {
        let mut rest = cycle.clone();
        while let Some(node) = rest.pop() {
            bytes[index] += scene.objects.sizes[node as usize];
            objects[index] += 1;
            for &next in graph.edges(node) {
                if !scene.dominators.is_reached(next) && !owner.contains_key(&next) {
                    owner.insert(next, index);
                    rest.push(next);
                }
            }
        }
    }
    let mut shapes: HashMap<Vec<u32>, Shape> = HashMap::new();
    for (index, cycle) in cycles.iter().enumerate() {
        let mut keys: Vec<u32> = cycle.iter().map(|&node| scene.keys.of_node(node)).collect();
        keys.sort_unstable();
        // Large cycles differ in length alone.
        if keys.len() > 64 {
            keys.dedup();
        }
        let shape = shapes.entry(keys).or_insert_with(|| Shape {
            sample: around(graph, cycle),
            count: 0,
            bytes: 0,
            objects: 0,
            subjects: HashMap::new(),
        });
        shape.count += 1;
        shape.bytes += bytes[index];
        shape.objects += objects[index];
        for &node in cycle {
            if scene.is_subject(node) {
                *shape.subjects.entry(scene.keys.of_node(node)).or_default() += 1;
            }
        }
    }
    let mut shapes: Vec<Shape> = shapes.into_values().collect();
    shapes.sort_by_key(|shape| (std::cmp::Reverse(shape.bytes), shape.sample.first().copied()));
    shapes
}
