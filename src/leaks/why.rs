//! What keeps one object alive.

use pyo3::prelude::*;

use super::Question;
use super::relative::relative;
use super::scene::Scene;
use crate::graph::Paths;
use crate::heap::thread::Mute;
use crate::objects::{self, Fault};
use crate::profile::{Way, Why};

/// The most ways that are told.
const WAYS: usize = 3;

/// Finds what keeps an object alive; `None` where it is not among the objects that can be seen.
///
/// # Errors
/// As for a look.
pub fn why(py: Python<'_>, question: &Question, address: usize) -> Result<Option<Why>, Fault> {
    let _mute = Mute::begin();
    let scene = Scene::set(objects::walk(py, &question.own)?, question)?;
    let Some(node) = scene.objects.node(address) else { return Ok(None) };
    let graph = &scene.objects.graph;
    let reversed = graph.reversed();
    let mut why = Why {
        kind: scene.kind_of(node).to_owned(),
        own: scene.objects.sizes[node as usize],
        retained: scene.retained[node as usize],
        made: scene.place_of(node).cloned(),
        ways: Vec::new(),
        referrers: reversed.edges(node).iter().filter(|&&from| from != 0).count() as u64,
    };
    // The next way is one by another object than those before.
    let mut used: Vec<u32> = vec![0];
    let mut paths: Option<Paths> = None;
    for _ in 0..WAYS {
        let way = paths.as_ref().unwrap_or(&scene.paths).to(node);
        if way.is_empty() {
            break;
        }
        why.ways.push(Way { path: scene.expression(&way), steps: scene.steps(&way) });
        match way.len().checked_sub(2) {
            Some(last) => used.push(way[last]),
            None => break,
        }
        paths = Some(scene.ways(|node| used.contains(&node)));
    }
    if let Some(place) = &mut why.made {
        place.file = relative(&place.file, &question.folder).to_owned();
    }
    Ok(Some(why))
}
