//! A way from a root to an object, as an expression people would write.

use pyo3::ffi;

use super::{Edge, edge, items, running};
use crate::objects::read::container::cache_of;
use crate::objects::read::live::Live;
use crate::objects::read::{dicts, functions, instances};

/// Characters of the longest expression; what is longer is cut in the middle.
const LONGEST: usize = 120;

/// The expression for the last object of a way, each of which leads to the next, and how each does.
/// What the first one is called is given: the name of a module, say, for that module or for the
/// dictionary of its variables.
///
/// What nobody writes is left out: dictionaries of attributes, tuples and cells of closures, and all
/// that comes before a module in `sys.modules` or before a coroutine that is awaited.
pub fn expression(root: &str, path: &[Live<'_>]) -> (String, Vec<Edge>) {
    let mut edges: Vec<Edge> =
        path.windows(2).map(|pair| edge(pair[0], pair[1]).unwrap_or(Edge::Reference)).collect();
    for at in 0..edges.len().saturating_sub(1) {
        // The tuple of a closure does not know the names of its cells.
        if let Some(cell) = functions::cell(path[at], path[at + 2])
            && matches!(&edges[at], Edge::Attribute(name) if name == "__closure__")
        {
            edges[at + 1] = cell;
        }
    }
    let mut root = root.to_owned();
    let mut parts: Vec<String> = Vec::new();
    let mut at = 0;
    while at < edges.len() {
        if let Some(module) = in_modules(path[at], path[at + 1]) {
            root = module;
            parts.clear();
            at += 1;
            continue;
        }
        if let Some((steps, local)) = local_of_awaited(&path[at..], &edges[at.saturating_sub(1)..])
        {
            root = local;
            parts.clear();
            at += steps;
            continue;
        }
        let (steps, part) = folded(&path[at..], &edges[at..], at == 0);
        parts.push(part);
        at += steps;
    }
    (cut(&root, &parts), edges)
}

/// The name of a module, where it is reached by `sys.modules`.
fn in_modules(from: Live<'_>, to: Live<'_>) -> Option<String> {
    // SAFETY: gives a dictionary, borrowed.
    if from.pointer() != unsafe { ffi::PyImport_GetModuleDict() } {
        return None;
    }
    let (name, _) = dicts::entries(from).find(|(_, module)| *module == to)?;
    crate::objects::read::text::string(name, usize::MAX)
}

/// The variable of a coroutine that a task or another coroutine waits for, and how many steps lead to its
/// value: such a coroutine is a function that runs, whatever the event loop keeps it by. The first of the
/// edges is the one that leads to it.
fn local_of_awaited(path: &[Live<'_>], edges: &[Edge]) -> Option<(usize, String)> {
    let [Edge::Stack | Edge::Reference, Edge::Local(name), ..] = edges else { return None };
    let function = running::coroutine(path[0])?;
    let through_cell =
        path.get(2).is_some_and(|value| functions::contents(path[1]) == Some(*value));
    Some((if through_cell { 2 } else { 1 }, format!("local '{name}' of {function}()")))
}

/// The next steps that are written as one, how many they are, and how they are written.
fn folded(path: &[Live<'_>], edges: &[Edge], is_root: bool) -> (usize, String) {
    let from = path[0];
    let named = |name: &str| matches!(&edges[0], Edge::Attribute(found) if found == name);
    if named("__closure__") && edges.len() >= 2 {
        return match &edges[1..] {
            [Edge::Cell(name), Edge::Attribute(_), ..] => (3, Edge::Closure(name.clone()).shown()),
            [Edge::Cell(name), ..] => (2, Edge::Closure(name.clone()).shown()),
            _ => (1, edges[0].shown()),
        };
    }
    if (named("__defaults__") || named("__kwdefaults__"))
        && let Some(value) = path.get(2)
        && let Some(name) = functions::default_of(from, *value)
    {
        return (2, Edge::Default(name).shown());
    }
    if named("__dict__") && instances::dictionary(from) == Some(path[1]) {
        return match path.get(2) {
            Some(value) => match items::attribute(path[1], *value) {
                Some(attribute) => (2, attribute.shown()),
                None => (1, edges[0].shown()),
            },
            None if from.is(&raw const ffi::PyModule_Type) => (1, String::new()),
            None => (1, edges[0].shown()),
        };
    }
    if is_root
        && is_namespace(from)
        && matches!(edges[0], Edge::Key(_))
        && let Some(attribute) = items::attribute(from, path[1])
    {
        return (1, attribute.shown());
    }
    if let (Edge::Local(_), Some(value)) = (&edges[0], path.get(2))
        && functions::contents(path[1]) == Some(*value)
    {
        return (2, edges[0].shown());
    }
    if cache_of(from) == Some(path[1])
        && let Some(Edge::Key(shown)) = edges.get(1)
    {
        let through_link =
            path.get(3).is_some_and(|result| items::result(path[2]) == Some(*result));
        return (if through_link { 3 } else { 2 }, Edge::Cached(shown.clone()).shown());
    }
    (1, edges[0].shown())
}

/// Whether a dictionary is that of a module.
fn is_namespace(dict: Live<'_>) -> bool {
    dicts::get(dict, "__name__").is_some()
        && (dicts::get(dict, "__spec__").is_some() || dicts::get(dict, "__builtins__").is_some())
}

/// All in one, without what is in the middle where that gets too long. Of a variable, `local 'app' of main()`,
/// what follows belongs to its name: `local 'app.clients' of main()`.
fn cut(root: &str, parts: &[String]) -> String {
    let length = |parts: &[String]| parts.iter().map(|part| part.chars().count()).sum::<usize>();
    let is_local = root.starts_with("local '");
    let end = root.find("' of ").filter(|_| is_local).unwrap_or(root.len());
    let mut shown = root[..end].to_owned();
    let space = LONGEST.saturating_sub(root.chars().count());
    let (mut first, mut last) = (parts.len(), parts.len());
    if length(parts) > space {
        (first, last) = (1, parts.len() - 1);
        while first < last {
            let longer = length(&parts[..first]) + length(&parts[last..]) + 1;
            let next = if first <= parts.len() - last { first } else { last - 1 };
            if longer + parts[next].chars().count() > space {
                break;
            }
            if next == first { first += 1 } else { last -= 1 }
        }
    }
    let is_cut = first < last;
    shown.extend(parts[..first].iter().map(String::as_str));
    if is_cut {
        shown.push('…');
    }
    shown.extend(parts[last.max(first)..].iter().map(String::as_str));
    shown.push_str(&root[end..]);
    shown
}
