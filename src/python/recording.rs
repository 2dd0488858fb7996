//! `Recordings` for Python: memory over time, read and drawn. No logic here.

use std::fs;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;

use super::errors::raised;
use crate::error::Error;
use crate::profile::{Profile, Recording, file};
use crate::report;
use crate::report::timeline::{self, Children, Picture, PlotOptions};
use crate::timeline::dat;

/// Memory over time, of one or more runs.
#[pyclass(module = "rsprofile._core")]
#[derive(Debug, Clone)]
pub struct Recordings(Vec<Recording>);

/// Bytes at the peak of a run, and of each process below it by its id.
type Peaks = (String, Option<i64>, Vec<(i32, i64)>);

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands over owned values")]
impl Recordings {
    /// Read a file: lines as mprof writes them, or a saved profile with what is in it.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        load(&path).map(Self).map_err(raised)
    }

    /// Add the runs of another file.
    #[pyo3(signature = (later, /))]
    fn extend(slf: &Bound<'_, Self>, later: &Bound<'_, Self>) {
        let later = later.borrow().0.clone();
        slf.borrow_mut().0.extend(later);
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// What the longest run took, seconds; None if there is no sample in any.
    #[getter]
    fn duration(&self) -> Option<f64> {
        timeline::duration(&self.0)
    }

    /// Of each run its name, the bytes at its peak, or at that while a function ran, and those of
    /// the processes below it.
    #[pyo3(signature = (function=None))]
    fn peaks(&self, function: Option<&str>) -> Vec<Peaks> {
        let peaks = |run: &Recording| {
            let peak = function.map_or_else(|| run.peak(), |name| run.peak_in(name));
            let below = run.children.iter();
            let below = below.filter_map(|child| Some((child.pid, child.peak()?.bytes)));
            (run.name.clone(), peak.map(|sample| sample.bytes), below.collect())
        };
        self.0.iter().map(peaks).collect()
    }

    /// Draw them into a file, which is replaced as a whole or not at all. `format` is `html`, `svg`
    /// or `png`; the window is in seconds from the start.
    #[pyo3(signature = (path, *, format="html", title=None, window=None, slope=false,
        functions=true, flame=false, stacked=false))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    #[expect(clippy::fn_params_excessive_bools, reason = "keywords in Python")]
    fn plot(
        &self,
        path: PathBuf,
        format: &str,
        title: Option<String>,
        window: Option<(f64, f64)>,
        slope: bool,
        functions: bool,
        flame: bool,
        stacked: bool,
    ) -> PyResult<()> {
        let children = if stacked { Children::Stacked } else { Children::Separate };
        let options = PlotOptions { title, window, slope, functions, flame, children };
        let content = match Picture::parse(format).map_err(raised)? {
            Picture::Html => report::plot(&self.0, &options).into_bytes(),
            Picture::Svg => timeline::svg(&self.0, &options).into_bytes(),
            Picture::Png => timeline::png(&self.0, &options),
        };
        file::write(&path, &content).map_err(|source| raised(Error::Write { path, source }))
    }
}

fn load(path: &Path) -> Result<Vec<Recording>, Error> {
    let read = fs::read(path);
    let content = read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
    if content.trim_ascii_start().starts_with(b"{") {
        return Ok(Profile::load(path)?.recordings);
    }
    Ok(vec![dat::read(&content, &path.display().to_string())?])
}
