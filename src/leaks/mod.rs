//! One look at the live objects of the program: which memory survives, which line made it, and what keeps
//! it alive.
//!
//! A look walks the objects ([`objects`](crate::objects)), asks the heap meter which line made each of
//! them, computes what each retains ([`graph`](crate::graph)), and names what stands out. It takes place in
//! one hold of the interpreter lock, in which no Python code runs and no Python object is made; what comes
//! out is plain data.

mod baseline;
mod candidates;
mod closures;
mod evidence;
mod garbage;
mod groups;
mod holders;
mod judge;
mod keys;
mod naming;
mod order;
mod places;
mod relative;
mod roles;
mod scene;
mod survivors;
mod tree;
mod why;
mod widest;

use pyo3::prelude::*;

pub use baseline::Baseline;
pub use places::place;
pub use why::why;

use crate::heap::thread::Mute;
use crate::objects::{self, Fault};
use crate::profile::{Collector, Leaks};
use evidence::Evidence;
use scene::Scene;

/// What a look is told.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The folder of our own Python code, which is no part of the program.
    pub own: String,
    /// The name the program's `__main__` is printed by.
    pub main: String,
    /// Folders of the standard library and of installed packages.
    pub libraries: Vec<String>,
    /// The folder the program is in, ending in a slash.
    pub folder: String,
    /// What has been found out about the collector by functions that make objects.
    pub collector: Collector,
    /// Unix time, seconds.
    pub taken: f64,
    /// The name of the mark, if the program set one.
    pub mark: Option<String>,
    /// The least bytes of a suspect that grows; by default a share of all there is.
    pub least: Option<u64>,
}

/// Takes a look.
///
/// # Errors
/// There is no memory for it, or the interpreter is one whose objects cannot be walked.
pub fn look(py: Python<'_>, question: &Question) -> Result<Leaks, Fault> {
    let _mute = Mute::begin();
    let evidence = Evidence::gather(py);
    let scene = Scene::set(objects::walk(py, &question.own)?, question)?;
    let garbage = garbage::shapes(&scene);
    let mut suspects = garbage::suspects(&scene, &garbage, question);
    suspects.extend(candidates::suspects(&scene, &evidence, question));
    Ok(finished(&scene, &evidence, &garbage, question, suspects))
}

/// Takes a look at what was made since a baseline and survives, by `runs` repetitions of what is checked.
///
/// # Errors
/// As [`look`].
pub fn look_since(
    py: Python<'_>,
    question: &Question,
    since: &Baseline,
    runs: u64,
) -> Result<Leaks, Fault> {
    let _mute = Mute::begin();
    let evidence = Evidence::gather(py);
    let scene = Scene::set(objects::walk(py, &question.own)?, question)?;
    let suspects = survivors::suspects(&scene, since, runs, question);
    Ok(finished(&scene, &evidence, &garbage::shapes(&scene), question, suspects))
}

fn finished(
    scene: &Scene,
    evidence: &Evidence,
    garbage: &[garbage::Shape],
    question: &Question,
    mut suspects: Vec<crate::profile::Suspect>,
) -> Leaks {
    suspects.sort_by(|a, b| (a.verdict, b.bytes).cmp(&(b.verdict, a.bytes)));
    let mut collector = question.collector.clone();
    collector.tracked = scene.objects.tracked;
    collector.frozen = scene.objects.frozen;
    collector.untracked = scene.objects.untracked;
    garbage::account(scene, garbage, &mut collector);
    let mut leaks = Leaks {
        folder: question.folder.clone(),
        taken: question.taken,
        pid: std::process::id(),
        watched: evidence.seconds(),
        mark: question.mark.clone(),
        marks: evidence.marks(),
        objects: scene.objects.count() as u64,
        bytes: scene.bytes(),
        collector,
        suspects,
        groups: groups::of(scene, evidence),
        dominators: tree::of(scene),
        notes: notes(evidence),
    };
    relative::shorten(&mut leaks);
    leaks
}

/// What has to be said beside the figures.
fn notes(evidence: &Evidence) -> Vec<String> {
    let mut notes = Vec::new();
    if !evidence.is_watching() {
        notes.push(
            "allocations were not recorded: no line is known that made an object, and no growth; run \
             the program under `rsprofile leaks`, or arm it with the heap meter"
                .to_owned(),
        );
    }
    notes.extend(evidence.notes());
    notes
}
