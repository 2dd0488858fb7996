//! Where the text of a source file is found: on disk, in `linecache`, with the module's loader, or
//! with us.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::engine::FunctionId;
use crate::hooks;
use crate::lock::lock;
use crate::profile::{Function, Source};
use crate::source::{Decoded, Statements, decode, lines};

/// What is remembered of a source file that profiled code came from.
#[derive(Clone)]
pub struct Known {
    /// Its statements.
    pub statements: Arc<Statements>,
    /// Where it was, made absolute: the program may change its directory.
    path: PathBuf,
    /// Hash of its text.
    hash: u64,
}

#[derive(Default)]
struct Sources {
    /// Text that is nowhere else: of `-c`, standard input.
    added: HashMap<String, String>,
    known: HashMap<String, (Option<Known>, Holds)>,
    /// Hash of the text each function was made from.
    texts: BTreeMap<FunctionId, u64>,
}

/// For how long what is known of a file holds.
enum Holds {
    /// To the end.
    Always,
    /// While the file on disk looks like this: a module may be edited and loaded again.
    OnDisk(Stamp),
    /// While `linecache` has these very lines, or still none: notebooks, doctests and interactive
    /// input use a name for one text after another.
    While(Option<Py<PyAny>>),
    /// Not at all.
    Never,
}

/// Change time, size and number of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp(i64, i64, u64, u64);

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let about = std::fs::metadata(path).ok()?;
        Some(Self(about.mtime(), about.mtime_nsec(), about.size(), about.ino()))
    }
}

/// Where a text was found.
enum Found {
    OnDisk(Stamp),
    InLinecache,
    /// Where it stays what it is.
    Fixed,
}

impl Holds {
    /// For a file that text was just sought of, and found there if at all.
    fn of(py: Python<'_>, filename: &str, found: Option<&Found>) -> Self {
        match found {
            Some(Found::OnDisk(stamp)) => Self::OnDisk(*stamp),
            Some(Found::Fixed) => Self::Always,
            None if !filename.starts_with('<') => Self::Always,
            Some(Found::InLinecache) | None => {
                Self::as_linecache_has_it(py, filename).unwrap_or(Self::Never)
            }
        }
    }

    /// By what `linecache` has under a name. [`Holds::Never`] where it may make lines up at each call, since somebody has put another function in its place as doctest does.
    fn as_linecache_has_it(py: Python<'_>, filename: &str) -> PyResult<Self> {
        let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
        let Ok(linecache) = modules.get_item(intern!(py, "linecache")) else {
            return Ok(Self::While(None));
        };
        let getlines = linecache.getattr(intern!(py, "getlines"))?;
        let globals = getlines.getattr(intern!(py, "__globals__"))?;
        if !globals.is(&linecache.getattr(intern!(py, "__dict__"))?) {
            return Ok(Self::Never);
        }
        let cache = linecache.getattr(intern!(py, "cache"))?.cast_into::<PyDict>()?;
        // Size, time, lines and path; before they were asked for, a function that gives them.
        let lines = cache.get_item(filename)?.map(|entry| entry.get_item(2).unwrap_or(entry));
        Ok(Self::While(lines.map(Bound::unbind)))
    }

    fn still(&self, py: Python<'_>, filename: &str, known: Option<&Known>) -> bool {
        match self {
            Self::Always => true,
            // While it is being replaced there may be none.
            Self::OnDisk(then) => {
                known.and_then(|known| Stamp::of(&known.path)).is_none_or(|now| now == *then)
            }
            Self::Never => false,
            Self::While(then) => match (then, Self::as_linecache_has_it(py, filename)) {
                (Some(then), Ok(Self::While(Some(now)))) => now.is(then),
                (None, Ok(Self::While(None))) => true,
                _ => false,
            },
        }
    }

    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Always => Self::Always,
            Self::OnDisk(stamp) => Self::OnDisk(*stamp),
            Self::Never => Self::Never,
            Self::While(lines) => Self::While(lines.as_ref().map(|lines| lines.clone_ref(py))),
        }
    }
}

static SOURCES: Mutex<Option<Sources>> = Mutex::new(None);

fn with<R>(f: impl FnOnce(&mut Sources) -> R) -> R {
    let mut sources = lock(&SOURCES);
    f(sources.get_or_insert_with(Sources::default))
}

/// Gives the text of a file that cannot be found otherwise.
pub fn add(filename: String, text: String) {
    with(|sources| {
        sources.known.remove(&filename);
        sources.added.insert(filename, text);
    });
}

/// The file as it is now, when code of it is registered; `None` where there is no text.
///
/// # Errors
/// `TypeError` for a name that is no text.
pub fn know(name: &Bound<'_, PyAny>) -> PyResult<Option<Known>> {
    let filename = hooks::lossy(name)?;
    let py = name.py();
    // Compared with no lock held: it runs Python code.
    let before = with(|sources| {
        sources.known.get(&filename).map(|(known, holds)| (known.clone(), holds.clone_ref(py)))
    });
    let before = match before {
        Some((known, holds)) if holds.still(py, &filename, known.as_ref()) => return Ok(known),
        before => before.and_then(|(known, _)| known),
    };
    let path = before.map_or_else(
        || {
            // The name may be none in UTF-8: the path is made from the original.
            let path = name.extract().unwrap_or_else(|_| PathBuf::from(&filename));
            std::env::current_dir().unwrap_or_default().join(path)
        },
        |before| before.path,
    );
    let text = text(py, &filename, &path);
    let holds = Holds::of(py, &filename, text.as_ref().map(|(_, found)| found));
    let known = text.map(|(text, _)| Known {
        statements: Arc::new(Statements::of(&text)),
        path,
        hash: hash(&text),
    });
    let old = with(|sources| sources.known.insert(filename, (known.clone(), holds)));
    drop(old);
    Ok(known)
}

/// Whether a file has a text, or had one when code of it was registered.
///
/// # Errors
/// As for [`know`].
pub fn has_text(name: &Bound<'_, PyAny>) -> PyResult<bool> {
    let filename = hooks::lossy(name)?;
    let had = with(|sources| matches!(sources.known.get(&filename), Some((Some(_), _))));
    Ok(had || know(name)?.is_some())
}

/// Remembers which text a function that was just registered was made from.
pub fn note(function: FunctionId, known: Option<&Known>) {
    if let Some(known) = known {
        with(|sources| *sources.texts.entry(function).or_insert(known.hash));
    }
}

/// Puts source text on the rows of functions, and says where it cannot be had.
pub fn attach(py: Python<'_>, ids: &[FunctionId], functions: &mut [Function]) {
    let mut files: HashMap<String, Option<(u64, Vec<String>)>> = HashMap::new();
    for (id, function) in ids.iter().zip(functions) {
        // Not `entry`: it would copy the name for each function.
        if !files.contains_key(&function.file) {
            files.insert(function.file.clone(), current(py, &function.file));
        }
        let then = with(|sources| sources.texts.get(id).copied());
        let (Some(then), Some((now, lines))) = (then, &files[&function.file]) else {
            function.source = Source::Missing;
            continue;
        };
        if then != *now {
            function.source = Source::Changed;
            continue;
        }
        function.source = Source::Unchanged;
        let first = function.rows.first().map_or(0, |row| row.line.saturating_sub(1) as usize);
        for (row, line) in function.rows.iter_mut().zip(lines.iter().skip(first)) {
            row.text = Some(line.clone());
        }
    }
}

/// The lines of a file as it is now, and their hash.
fn current(py: Python<'_>, filename: &str) -> Option<(u64, Vec<String>)> {
    let known = with(|sources| sources.known.get(filename).and_then(|(known, _)| known.clone()))?;
    let (text, _) = text(py, filename, &known.path)?;
    Some((hash(&text), lines(&text).map(str::to_owned).collect()))
}

fn text(py: Python<'_>, filename: &str, path: &Path) -> Option<(String, Found)> {
    if let Some(text) = with(|sources| sources.added.get(filename).cloned()) {
        return Some((text, Found::Fixed));
    }
    let cached = || from_linecache(py, filename).map(|text| (text, Found::InLinecache));
    if filename.starts_with('<') {
        // No file and no module has such a name.
        return cached();
    }
    // Before its text is read: what is written meanwhile shows at the next look.
    if let Some((stamp, bytes)) = Stamp::of(path).zip(std::fs::read(path).ok()) {
        return decoded(py, &bytes).map(|text| (text, Found::OnDisk(stamp)));
    }
    cached().or_else(|| from_loader(py, filename).map(|text| (text, Found::Fixed)))
}

fn decoded(py: Python<'_>, bytes: &[u8]) -> Option<String> {
    match decode(bytes) {
        Decoded::Text(text) => Some(text.into_owned()),
        Decoded::Codec(name) => PyBytes::new(py, bytes)
            .call_method1("decode", (name, "replace"))
            .and_then(|text| text.extract())
            .ok(),
    }
}

/// From `linecache`, where somebody has loaded it: notebooks and doctests keep their text there.
fn from_linecache(py: Python<'_>, filename: &str) -> Option<String> {
    let modules = py.import("sys").ok()?.getattr("modules").ok()?;
    let linecache = modules.get_item("linecache").ok()?;
    let lines: Vec<String> =
        linecache.call_method1("getlines", (filename,)).ok()?.extract().ok()?;
    (!lines.is_empty()).then(|| lines.concat())
}

/// From the loader of the module that has this file: a module in a zip archive.
fn from_loader(py: Python<'_>, filename: &str) -> Option<String> {
    let modules = py.import("sys").ok()?.getattr("modules").ok()?;
    let modules = modules.cast_into::<PyDict>().ok()?;
    modules.copy().ok()?.iter().find_map(|(name, module)| {
        let file: String = module.getattr("__file__").ok()?.extract().ok()?;
        if file != filename {
            return None;
        }
        let loader = module.getattr("__loader__").ok()?;
        loader.call_method1("get_source", (name,)).ok()?.extract().ok()
    })
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
