//! `Suspect` for Python: what one paragraph of the report says, piece by piece. No logic here.

use pyo3::prelude::*;

use crate::profile::{self, Leaks, Per, Place};
use crate::report::{self, Options};

/// Memory that survives, and what keeps it alive. Sizes are bytes.
#[pyclass(module = "rsprofile._core", frozen)]
#[derive(Debug)]
pub struct Suspect {
    suspect: profile::Suspect,
    /// Whether allocations were recorded, without which nothing is known of growth.
    watched: bool,
}

impl Suspect {
    /// Those of one look, worst first.
    pub fn all(leaks: &Leaks) -> Vec<Self> {
        let watched = leaks.watched > 0.0;
        let suspects = leaks.suspects.iter().cloned();
        suspects.map(|suspect| Self { suspect, watched }).collect()
    }

    fn growing(&self) -> Option<&profile::Growth> {
        self.suspect.growth.as_ref()
    }

    fn held(&self) -> Option<&profile::Held> {
        self.suspect.held.as_ref()
    }
}

/// File, function and line.
type Line = (String, String, u32);

fn line(place: &Place) -> Line {
    (place.file.clone(), place.function.clone(), place.line)
}

#[pymethods]
impl Suspect {
    /// `leak`, `growing`, `cycle`, `closure` or `held`, from the worst to the mildest.
    #[getter]
    fn verdict(&self) -> String {
        report::verdict(self.suspect.verdict).to_lowercase()
    }

    /// Bytes that all its objects retain.
    #[getter]
    fn bytes(&self) -> u64 {
        self.suspect.bytes
    }

    /// How many objects there are.
    #[getter]
    fn count(&self) -> u64 {
        self.suspect.count
    }

    /// Their type.
    #[getter]
    fn kind(&self) -> &str {
        &self.suspect.kind
    }

    /// File, function and line that made them.
    #[getter]
    fn made(&self) -> Option<Line> {
        self.suspect.made.as_ref().map(line)
    }

    /// Objects more for each `per`.
    #[getter]
    fn growth(&self) -> Option<f64> {
        self.growing().map(|growth| growth.objects)
    }

    /// Bytes more for each `per`.
    #[getter]
    fn growth_bytes(&self) -> Option<f64> {
        self.growing().map(|growth| growth.bytes)
    }

    /// What growth is told by: `call`, `run` or `second`.
    #[getter]
    fn per(&self) -> Option<&'static str> {
        self.growing().map(|growth| match growth.per {
            Per::Call { .. } => "call",
            Per::Run { .. } => "run",
            Per::Second => "second",
        })
    }

    /// The function whose calls growth is told by.
    #[getter]
    fn per_function(&self) -> Option<&str> {
        match self.growing() {
            Some(profile::Growth { per: Per::Call { function, .. }, .. }) => Some(function),
            _ => None,
        }
    }

    /// How many were ever made.
    #[getter]
    fn ever_made(&self) -> Option<u64> {
        self.growing().and_then(|growth| growth.made)
    }

    /// The way from a root to what holds them: `app.registry`.
    #[getter]
    fn path(&self) -> Option<&str> {
        self.held().map(|held| &*held.path)
    }

    /// The steps of that way: how each object leads to the next, its type and the bytes it retains.
    #[getter]
    fn steps(&self) -> Vec<(String, String, u64)> {
        let steps = self.held().into_iter().flat_map(|held| &held.steps);
        steps.map(|step| (step.edge.clone(), step.kind.clone(), step.retained)).collect()
    }

    /// Type of what holds them.
    #[getter]
    fn holder_kind(&self) -> Option<&str> {
        self.held().map(|held| &*held.kind)
    }

    /// Items in what holds them.
    #[getter]
    fn holder_len(&self) -> Option<u64> {
        self.held().and_then(|held| held.len)
    }

    /// The most it will ever hold.
    #[getter]
    fn holder_bound(&self) -> Option<u64> {
        self.held().and_then(|held| held.bound)
    }

    /// How they were put there, in one word.
    #[getter]
    fn stored_how(&self) -> Option<&str> {
        self.suspect.stored.as_ref().map(|stored| &*stored.how)
    }

    /// File, function and line that put them there.
    #[getter]
    fn stored(&self) -> Option<Line> {
        self.suspect.stored.as_ref().map(|stored| line(&stored.place))
    }

    /// The steps around a cycle.
    #[getter]
    fn cycle(&self) -> Option<Vec<String>> {
        self.suspect.cycle.as_ref().map(|cycle| cycle.edges.clone())
    }

    /// The variable that a closure keeps.
    #[getter]
    fn variable(&self) -> Option<&str> {
        self.suspect.closure.as_ref().map(|closure| &*closure.variable)
    }

    /// What to do about it.
    #[getter]
    fn fix(&self) -> Option<String> {
        report::fix(&self.suspect)
    }

    /// The paragraph of the report.
    fn __str__(&self) -> String {
        report::suspect(&self.suspect, self.watched, &Options::default())
    }

    fn __repr__(&self) -> String {
        let suspect = &self.suspect;
        format!(
            "<Suspect {}: {} of {}, {} bytes>",
            self.verdict(),
            suspect.count,
            suspect.kind,
            suspect.bytes
        )
    }
}
