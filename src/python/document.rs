//! `Profile` for Python: a document with its codec, its merging and its renderers. No logic here.

use std::path::PathBuf;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::errors::raised;
use super::leaks_document::Suspect;
use super::looks::{look, tables};
use crate::profile;
use crate::report::{self, Column, Format, Meters, Options};
use crate::units::plural;

/// What a run measured: loaded from a file or taken by `snapshot()`.
#[pyclass(module = "rsprofile._core")]
#[derive(Debug, Clone)]
pub struct Profile(pub(super) profile::Profile);

impl Profile {
    /// The document itself.
    pub(super) fn document(&self) -> &profile::Profile {
        &self.0
    }

    /// Puts the sites of a whole program into it.
    pub(super) fn set_sites(&mut self, sites: profile::Sites) {
        self.0.sites = Some(sites);
    }
}

impl From<profile::Profile> for Profile {
    fn from(document: profile::Profile) -> Self {
        Self(document)
    }
}

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands over owned values")]
impl Profile {
    /// Read a saved profile.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        Ok(Self(profile::Profile::load(&path).map_err(raised)?))
    }

    /// Read a profile from the text of a file.
    #[staticmethod]
    fn loads(text: &str) -> PyResult<Self> {
        Ok(Self(profile::Profile::loads(text).map_err(raised)?))
    }

    /// The text of a file with this profile: versioned JSON.
    fn dumps(&self) -> String {
        self.0.dumps()
    }

    /// Write this profile to a file, which is replaced as a whole or not at all.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        self.0.save(&path).map_err(raised)
    }

    /// Add the numbers of a later process or run.
    fn merge(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<()> {
        // Copied first: a profile may be added to itself.
        let later = other.borrow().0.clone();
        slf.borrow_mut().0.merge(later).map_err(raised)
    }

    /// The file of the first function that has another source text in another profile.
    #[pyo3(signature = (other, /))]
    fn differs_in(&self, other: &Bound<'_, Self>) -> Option<String> {
        self.0.differs_in(&other.borrow().0).map(str::to_owned)
    }

    /// Add what the same process measured before it was told to forget. The account of the run
    /// stays, it covers both.
    fn merge_earlier(slf: &Bound<'_, Self>, earlier: &Bound<'_, Self>) -> PyResult<()> {
        let earlier = earlier.borrow().0.clone();
        slf.borrow_mut().0.merge_earlier(earlier).map_err(raised)
    }

    /// A copy with some of the functions only, by their index in `functions`.
    fn select(&self, indices: Vec<usize>) -> PyResult<Self> {
        let functions: Option<Vec<_>> =
            indices.iter().map(|&index| self.0.functions.get(index).cloned()).collect();
        let functions = functions.ok_or_else(|| PyIndexError::new_err("no such function"))?;
        Ok(Self(profile::Profile {
            run: self.0.run.clone(),
            functions,
            ..profile::Profile::default()
        }))
    }

    /// Whether it has what the lines of the whole program allocated.
    fn has_sites(&self) -> bool {
        self.0.sites.is_some()
    }

    /// Whether no line of a profiled function was measured.
    fn has_no_lines(&self) -> bool {
        self.0.has_no_lines()
    }

    /// What the lines of the whole program allocated, as text: the largest ones by each figure, or by
    /// one. Names are read in any case; an unknown one is a `ValueError`.
    #[pyo3(signature = (*, group=None, by=None, format="text", style="plain", unit=None,
        precision=1, top=None, colour=false))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn render_sites(
        &self,
        group: Option<&str>,
        by: Option<&str>,
        format: &str,
        style: &str,
        unit: Option<&str>,
        precision: i64,
        top: Option<i64>,
        colour: bool,
    ) -> PyResult<String> {
        let options = tables(format, style, unit, precision, top, colour).map_err(raised)?;
        let choice = report::SiteChoice::parse(group, by).map_err(raised)?;
        Ok(report::sites(&self.0, choice, &options))
    }

    /// Whether it has what kept memory alive.
    fn has_leaks(&self) -> bool {
        !self.0.leaks.is_empty()
    }

    /// What keeps memory alive, as text or as a page. Names are read in any case; an unknown one, or
    /// a look there is not, is a `ValueError`.
    #[pyo3(signature = (*, which=None, top=None, by=None, size=None, unit=None, precision=1,
        format="text", style="plain", colour=false, verbose=false, width=100, ascii=false))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn render_leaks(
        &self,
        which: Option<i64>,
        top: Option<i64>,
        by: Option<&str>,
        size: Option<&str>,
        unit: Option<&str>,
        precision: i64,
        format: &str,
        style: &str,
        colour: bool,
        verbose: bool,
        width: usize,
        ascii: bool,
    ) -> PyResult<String> {
        let options = || {
            let options = look(Format::parse(format)?, style, unit, precision, top, colour)?;
            Ok(Options { verbose, width, ascii, ..options })
        };
        let choice = report::LeakChoice::parse(which, by, size).map_err(raised)?;
        report::leaks(&self.0, choice, &options().map_err(raised)?).map_err(raised)
    }

    /// What is alive more or less in a look of a later profile, as text; of either the last look
    /// unless chosen.
    #[pyo3(signature = (later, /, *, before=None, after=None, top=None, unit=None, precision=1,
        format="text", style="plain", colour=false, width=100))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn render_leaks_diff(
        &self,
        later: &Bound<'_, Self>,
        before: Option<i64>,
        after: Option<i64>,
        top: Option<i64>,
        unit: Option<&str>,
        precision: i64,
        format: &str,
        style: &str,
        colour: bool,
        width: usize,
    ) -> PyResult<String> {
        let later = later.borrow();
        let text = || {
            let format = Format::parse_table(format)?;
            let options = Options { width, ..look(format, style, unit, precision, top, colour)? };
            let before = report::look_at(&self.0.leaks, before.unwrap_or(-1))?;
            let after = report::look_at(&later.0.leaks, after.unwrap_or(-1))?;
            Ok(report::leaks_diff(before, after, &options))
        };
        text().map_err(raised)
    }

    /// The suspects of one look, worst first.
    #[pyo3(signature = (which=-1), text_signature = "($self, which=-1)")]
    fn suspects(&self, which: i64) -> PyResult<Vec<Suspect>> {
        Ok(Suspect::all(report::look_at(&self.0.leaks, which).map_err(raised)?))
    }

    /// Whether nothing at all was measured.
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Say what the Python side knows about the run: its command and interpreter, when it started
    /// (Unix time) and how long it took (seconds).
    #[pyo3(signature = (*, command=None, python=None, started=None, elapsed=None))]
    fn set_run(
        &mut self,
        command: Option<Vec<Bound<'_, PyString>>>,
        python: Option<String>,
        started: Option<f64>,
        elapsed: Option<f64>,
    ) {
        let run = &mut self.0.run;
        if let Some(command) = command {
            // An argument need not be UTF-8; a report can do without the bytes that are not.
            run.command = command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        }
        if let Some(python) = python {
            run.python = python;
        }
        run.started = started.unwrap_or(run.started);
        run.elapsed = elapsed.unwrap_or(run.elapsed);
    }

    /// The report as text. Names are read in any case; an unknown one is a `ValueError`.
    /// Without a unit, levels are in MiB and each allocated figure in a unit of its size; `meter` is
    /// what to show of several.
    #[pyo3(signature = (*, format="text", columns=None, style="plain", unit=None, precision=1,
        sort=None, skip_zero=false, top=None, colour=false, verbose=false, meter=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn render(
        &self,
        format: &str,
        columns: Option<Vec<String>>,
        style: &str,
        unit: Option<&str>,
        precision: i64,
        sort: Option<&str>,
        skip_zero: bool,
        top: Option<i64>,
        colour: bool,
        verbose: bool,
        meter: Option<&str>,
    ) -> PyResult<String> {
        let options = || {
            let meters = Meters::of(&self.0.run, meter);
            Ok(Options {
                meters,
                columns: Column::parse_all(&columns.unwrap_or_default(), meters)?,
                sort: sort.map(|name| Column::parse_sort(name, meters)).transpose()?.flatten(),
                skip_zero,
                verbose,
                ..tables(format, style, unit, precision, top, colour)?
            })
        };
        Ok(report::render(&self.0, &options().map_err(raised)?))
    }

    /// The content of a file for another viewer, `speedscope` or `pprof`: its figures by stacks. An
    /// unknown name is a `ValueError`, a profile without lines a `ProfileError`.
    #[pyo3(signature = (format, /))]
    fn export<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let content = report::Export::parse(format)
            .and_then(|format| report::export(&self.0, format))
            .map_err(raised)?;
        Ok(PyBytes::new(py, &content))
    }

    /// What changed up to a later profile, as text: the figures of one column, the largest change
    /// first. An unknown name is a `ValueError`, another meter a `ProfileError`.
    #[pyo3(signature = (later, /, *, by=None, format="text", style="plain", unit=None,
        precision=1, top=None, colour=false))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn diff(
        &self,
        later: &Bound<'_, Self>,
        by: Option<&str>,
        format: &str,
        style: &str,
        unit: Option<&str>,
        precision: i64,
        top: Option<i64>,
        colour: bool,
    ) -> PyResult<String> {
        let later = later.borrow();
        let by = report::column(&self.0, &later.0, by).map_err(raised)?;
        let options = tables(format, style, unit, precision, top, colour).map_err(raised)?;
        report::diff(&self.0, &later.0, by, &options).map_err(raised)
    }

    /// What the whole program allocated more or less in a later profile, as text.
    #[pyo3(signature = (later, /, *, group=None, by=None, format="text", style="plain", unit=None,
        precision=1, top=None, colour=false))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn diff_sites(
        &self,
        later: &Bound<'_, Self>,
        group: Option<&str>,
        by: Option<&str>,
        format: &str,
        style: &str,
        unit: Option<&str>,
        precision: i64,
        top: Option<i64>,
        colour: bool,
    ) -> PyResult<String> {
        let options = tables(format, style, unit, precision, top, colour).map_err(raised)?;
        let choice = report::SiteChoice::parse(group, by).map_err(raised)?;
        report::sites_diff(&self.0, &later.borrow().0, choice, &options).map_err(raised)
    }

    /// The functions as `(file, name, first line, calls)`, in the order they were registered.
    #[getter]
    fn functions(&self) -> Vec<(String, String, u32, u64)> {
        let describe = |function: &profile::Function| {
            (function.file.clone(), function.name.clone(), function.first_line, function.calls)
        };
        self.0.functions.iter().map(describe).collect()
    }

    /// The looks at what is alive, as `(process, mark, Unix time, objects, bytes)`.
    #[getter]
    fn looks(&self) -> Vec<(u32, Option<String>, f64, u64, u64)> {
        let describe = |look: &profile::Leaks| {
            (look.pid, look.mark.clone(), look.taken, look.objects, look.bytes)
        };
        self.0.leaks.iter().map(describe).collect()
    }

    /// The meters it was taken with: `rss`, `heap`, `rss,heap`.
    #[getter]
    fn meter(&self) -> &str {
        &self.0.run.meter
    }

    /// Events that could not be recorded.
    #[getter]
    fn lost(&self) -> u64 {
        self.0.run.lost
    }

    fn __repr__(&self) -> String {
        let run = &self.0.run;
        format!(
            "<Profile of {}, {}, {}>",
            plural(self.0.functions.len() as u64, "function"),
            plural(run.processes.into(), "process"),
            plural(run.events, "event"),
        )
    }
}
