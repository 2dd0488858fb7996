//! Adding up sites: what they are grouped by, and by which figure they are ranked.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::iter;

use crate::error::Error;
use crate::profile::{Allocator, Place, Site, SiteFigures, Sites};

/// What sites are added up by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Group {
    /// A line of a function.
    #[default]
    Line,
    /// A function.
    Function,
    /// A source file.
    File,
    /// A module, by the path of its file.
    Module,
    /// The allocator that was called.
    Allocator,
}

/// What sites are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Bytes alive at the end.
    Live,
    /// Bytes alive when the program had most.
    Peak,
    /// Bytes ever allocated.
    Allocated,
    /// Blocks ever allocated.
    Count,
    /// Bytes freed again on the line that allocated them.
    Temporary,
}

/// What a reader may choose about the table of a whole program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SiteChoice {
    /// What is added up.
    pub group: Group,
    /// The one ranking to show; `None` for those by what is alive at the end, at the peak, and by all
    /// that was allocated.
    pub by: Option<By>,
}

impl SiteChoice {
    /// The choice a user named.
    pub fn parse(group: Option<&str>, by: Option<&str>) -> Result<Self, Error> {
        let group = group.map_or(Ok(Group::default()), Group::parse)?;
        Ok(Self { group, by: by.map(By::parse).transpose()? })
    }

    /// The figure two programs are compared by.
    pub fn figure(self) -> By {
        self.by.unwrap_or(By::Live)
    }

    /// That figure of a whole program; 0 where nothing was recorded.
    pub fn total(self, sites: Option<&Sites>) -> i64 {
        let figures = sites.iter().flat_map(|sites| &sites.list).map(|site| &site.figures);
        figures.fold(0, |sum: i64, figures| sum.saturating_add(self.figure().of(figures)))
    }
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Line, Self::Function, Self::File, Self::Module, Self::Allocator];

    const NAMES: [(&'static str, Self); 5] = [
        ("line", Self::Line),
        ("function", Self::Function),
        ("file", Self::File),
        ("module", Self::Module),
        ("type-of-allocator", Self::Allocator),
    ];

    fn parse(name: &str) -> Result<Self, Error> {
        choose("group", name, &Self::NAMES)
    }

    /// The title of the column with its names.
    pub fn title(self) -> &'static str {
        match self {
            Self::Line => "Line",
            Self::Function => "Function",
            Self::File => "File",
            Self::Module => "Module",
            Self::Allocator => "Allocator",
        }
    }

    /// What the things it makes are called: `line`.
    pub fn noun(self) -> &'static str {
        if self == Self::Allocator { "allocator" } else { Self::NAMES[self as usize].0 }
    }

    fn name(self, sites: &Sites, site: &Site) -> String {
        if self == Self::Allocator {
            return site.allocator.map_or("unknown", allocator).to_owned();
        }
        let Some(place) = sites.stack(site).next() else { return NOWHERE.to_owned() };
        match self {
            Self::Line => line(place),
            Self::Function => format!("{}:{} {}", place.file, place.first_line, place.function),
            Self::File | Self::Allocator => place.file.clone(),
            Self::Module => module(&place.file),
        }
    }
}

impl By {
    const NAMES: [(&'static str, Self); 5] = [
        ("live", Self::Live),
        ("peak", Self::Peak),
        ("allocated", Self::Allocated),
        ("count", Self::Count),
        ("temporary", Self::Temporary),
    ];

    fn parse(name: &str) -> Result<Self, Error> {
        choose("order", name, &Self::NAMES)
    }

    /// What the figure is, as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Live => "Alive at the end",
            Self::Peak => "Alive at the peak",
            Self::Allocated => "Allocated in all",
            Self::Count => "Blocks allocated in all",
            Self::Temporary => "Allocated and freed on one line",
        }
    }

    /// Whether it is bytes, and not a count.
    pub fn is_bytes(self) -> bool {
        !matches!(self, Self::Count)
    }

    /// The figure.
    pub fn of(self, figures: &SiteFigures) -> i64 {
        match self {
            Self::Live => figures.live,
            Self::Peak => figures.peak,
            Self::Allocated => i64::try_from(figures.allocated).unwrap_or(i64::MAX),
            Self::Count => i64::try_from(figures.count).unwrap_or(i64::MAX),
            Self::Temporary => {
                i64::try_from(figures.temporary.unwrap_or_default()).unwrap_or(i64::MAX)
            }
        }
    }
}

/// What no Python code has allocated.
const NOWHERE: &str = "(no Python code)";

/// Sites that belong together.
#[derive(Debug, Clone, Default)]
pub struct Grouped {
    /// What they are called.
    pub name: String,
    /// Their figures together.
    pub figures: SiteFigures,
    /// Their stacks, a text for each frame from the innermost caller on; those without any are left
    /// out.
    pub stacks: Vec<(Vec<String>, SiteFigures)>,
}

/// Adds up the sites.
pub fn grouped(sites: &Sites, group: Group) -> Vec<Grouped> {
    let mut all: Vec<Grouped> = Vec::new();
    let mut known = HashMap::new();
    let mut stacks: HashMap<(usize, &[u32]), usize> = HashMap::new();
    for site in &sites.list {
        let name = group.name(sites, site);
        let index = *known.entry(name).or_insert_with_key(|name| {
            all.push(Grouped { name: name.clone(), ..Grouped::default() });
            all.len() - 1
        });
        let whole = &mut all[index];
        whole.figures.add(&site.figures);
        // Of a line its callers; of anything more the line as well.
        let from = usize::from(group == Group::Line).min(site.stack.len());
        let stack = &site.stack[from..];
        if sites.frames < 2 || stack.is_empty() {
            continue;
        }
        let at = *stacks.entry((index, stack)).or_insert_with(|| {
            let marks = iter::once(if from == 0 { "at" } else { "<" }).chain(iter::repeat("<"));
            let places = sites.stack(site).skip(from).map(line);
            let texts = marks.zip(places).map(|(mark, place)| format!("{mark} {place}"));
            whole.stacks.push((texts.collect(), SiteFigures::default()));
            whole.stacks.len() - 1
        });
        whole.stacks[at].1.add(&site.figures);
    }
    all
}

/// The largest by a figure, those above zero only, and how many are left out.
pub fn largest(all: &[Grouped], by: By, top: usize) -> (Vec<&Grouped>, usize) {
    let mut ranked: Vec<_> = all.iter().filter(|one| by.of(&one.figures) > 0).collect();
    ranked.sort_by_key(|one| (Reverse(by.of(&one.figures)), &one.name));
    let rest = ranked.len().saturating_sub(top);
    ranked.truncate(top);
    (ranked, rest)
}

fn line(place: &Place) -> String {
    format!("{}:{} {}", place.file, place.line, place.function)
}

const fn allocator(allocator: Allocator) -> &'static str {
    match allocator {
        Allocator::Object => "object (Python objects)",
        Allocator::Mem => "mem (buffers of Python objects)",
        Allocator::Raw => "raw (the interpreter, without its lock)",
        Allocator::Native => "native (malloc of extensions and libraries)",
        Allocator::Map => "map (mmap of extensions and libraries)",
    }
}

/// The module a file is, as far as its path says: what follows the folder of installed packages or of
/// the standard library, or else the name of the file.
pub fn module(file: &str) -> String {
    if let Some(name) = file.strip_prefix("<frozen ").and_then(|rest| rest.strip_suffix('>')) {
        return name.to_owned();
    }
    let Some(stem) = file.strip_suffix(".py") else { return file.to_owned() };
    let parts: Vec<&str> = stem.split('/').collect();
    let is_library = |part: &&str| {
        matches!(*part, "site-packages" | "dist-packages")
            || part.strip_prefix("python3.").is_some_and(|minor| minor.parse::<u8>().is_ok())
    };
    let start = parts.iter().rposition(is_library).map_or(parts.len() - 1, |at| at + 1);
    let mut parts = &parts[start.min(parts.len() - 1)..];
    if parts.len() > 1 && parts.last() == Some(&"__init__") {
        parts = &parts[..parts.len() - 1];
    }
    parts.join(".")
}

/// The choice of a name, in any case, with `_` or `-` between words.
pub fn choose<T: Copy>(what: &'static str, given: &str, names: &[(&str, T)]) -> Result<T, Error> {
    let typed = given.trim().to_ascii_lowercase().replace('_', "-");
    let found = names.iter().find(|(name, _)| *name == typed);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        Error::Choice { what, given: given.to_owned(), choices: names.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_by_its_path() {
        let names = [
            "/usr/lib/python3.13/json/decoder.py",
            "/x/lib/python3.11/site-packages/numpy/__init__.py",
            "/home/me/app.py",
            "app.py",
            "<frozen importlib._bootstrap>",
            "<string>",
            "__init__.py",
        ];
        assert_eq!(
            names.map(module),
            ["json.decoder", "numpy", "app", "app", "importlib._bootstrap", "<string>", "__init__"]
        );
    }

    #[test]
    fn an_unknown_choice_is_refused_with_those_there_are() {
        let message = SiteChoice::parse(Some("x"), None).unwrap_err().to_string();
        assert_eq!(
            message,
            "unknown group 'x': one of line, function, file, module, type-of-allocator"
        );
        let message = SiteChoice::parse(None, Some("size")).unwrap_err().to_string();
        assert_eq!(message, "unknown order 'size': one of live, peak, allocated, count, temporary");
        let choice = SiteChoice::parse(Some("Type_of_allocator"), Some("COUNT")).unwrap();
        assert_eq!(choice, SiteChoice { group: Group::Allocator, by: Some(By::Count) });
    }
}
