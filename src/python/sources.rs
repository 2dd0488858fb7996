//! Where the text of a source file is found: on disk, in `linecache`, with the module's loader, or
//! with us.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

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
    found: Found,
}

/// Where a text was found.
#[derive(Clone, Copy)]
enum Found {
    /// In a file that looked like this.
    OnDisk(Stamp),
    /// In `linecache`, where a name can stand for another text by now: a notebook's cell.
    Cached,
    /// Where it stays what it is.
    Fixed,
}

/// Change time, size and number of a file: a module may be edited and loaded again.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp(i64, i64, u64, u64);

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let about = std::fs::metadata(path).ok()?;
        Some(Self(about.mtime(), about.mtime_nsec(), about.size(), about.ino()))
    }
}

impl Known {
    /// Whether a look at the text would show the same.
    fn is_current(&self) -> bool {
        match self.found {
            Found::OnDisk(then) => Stamp::of(&self.path).is_none_or(|now| now == then),
            Found::Cached => false,
            Found::Fixed => true,
        }
    }
}

#[derive(Default)]
struct Sources {
    /// Text that is nowhere else: of `-c`, standard input.
    added: HashMap<String, String>,
    known: HashMap<String, Option<Known>>,
    /// Hash of the text each function was made from.
    texts: BTreeMap<FunctionId, u64>,
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
    let before = match with(|sources| sources.known.get(&filename).cloned()) {
        Some(None) if !filename.starts_with('<') => return Ok(None),
        Some(Some(known)) if known.is_current() => return Ok(Some(known)),
        before => before.flatten(),
    };
    let path = before.map_or_else(
        || {
            // The name may be none in UTF-8: the path is made from the original.
            let path = name.extract().unwrap_or_else(|_| PathBuf::from(&filename));
            std::env::current_dir().unwrap_or_default().join(path)
        },
        |before| before.path,
    );
    let known = text(name.py(), &filename, &path).map(|(text, found)| Known {
        statements: Arc::new(Statements::of(&text)),
        path,
        hash: hash(&text),
        found,
    });
    with(|sources| sources.known.insert(filename, known.clone()));
    Ok(known)
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
    let known = with(|sources| sources.known.get(filename).cloned()).flatten()?;
    let (text, _) = text(py, filename, &known.path)?;
    Some((hash(&text), lines(&text).map(str::to_owned).collect()))
}

fn text(py: Python<'_>, filename: &str, path: &Path) -> Option<(String, Found)> {
    if let Some(text) = with(|sources| sources.added.get(filename).cloned()) {
        return Some((text, Found::Fixed));
    }
    // Before its text is read: what is written meanwhile shows at the next look.
    let stamp = if filename.starts_with('<') { None } else { Stamp::of(path) };
    if let Some((stamp, bytes)) = stamp.zip(std::fs::read(path).ok()) {
        return decoded(py, &bytes).map(|text| (text, Found::OnDisk(stamp)));
    }
    from_linecache(py, filename)
        .map(|text| (text, Found::Cached))
        .or_else(|| from_loader(py, filename).map(|text| (text, Found::Fixed)))
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
