//! What can be done about a suspect, by its verdict and by what holds it.

use crate::profile::{Held, Suspect, Verdict};

/// What holds objects, as far as it decides what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    List,
    Dict,
    Set,
    Deque,
    /// Of `functools`, with the most it will hold.
    LruCache(Option<u64>),
    Traceback,
    ThreadLocal,
    Context,
    Generator,
    Task,
    Thread,
    Native,
    Default,
    Logging,
    Atexit,
    Finalizer,
    Local,
    Other,
}

/// Words of a step of the way, and what they tell: those further up are more particular. The first
/// column is looked for in types, the second in edges.
const STEPS: [(&[&str], &[&str], Holder); 10] = [
    (&["traceback"], &["__traceback__", ".tb_frame"], Holder::Traceback),
    (
        &["_thread._local", "thread._local", "threading.local"],
        &["thread local"],
        Holder::ThreadLocal,
    ),
    (
        &["Context", "ContextVar", "_contextvars.Context", "hamt"],
        &["context variable"],
        Holder::Context,
    ),
    (
        &["generator", "coroutine", "async_generator"],
        &[".gi_frame", ".cr_frame"],
        Holder::Generator,
    ),
    (&["Task", "Future", "_asyncio.Task", "_asyncio.Future", "asyncio.Task"], &[], Holder::Task),
    (&["threading.Thread", "threading.Timer"], &[], Holder::Thread),
    (&[], &["__defaults__", "__kwdefaults__", "default of", "default argument"], Holder::Default),
    (&["logging.Logger", "logging.LogRecord"], &["logging."], Holder::Logging),
    (&[], &["atexit"], Holder::Atexit),
    (&["weakref.finalize"], &["weakref.finalize", "finalize._registry"], Holder::Finalizer),
];

/// Names of attributes that point back, which a weak reference can take the place of.
const BACK: [&str; 9] =
    ["parent", "owner", "prev", "previous", "back", "root", "container", "_parent", "_owner"];

/// What to do, as words behind `Fix: `; `None` where nothing need be done.
pub fn advice(suspect: &Suspect) -> Option<String> {
    if let Some(cycle) = suspect.cycle.as_ref().filter(|_| suspect.verdict == Verdict::Cycle) {
        let weak = match back_link(&cycle.edges) {
            Some(attribute) => format!("a weak reference for {attribute}"),
            None => "a weak reference for one of the links".to_owned(),
        };
        return Some(match (cycle.uncollectable, cycle.disabled) {
            (true, _) => weak,
            (false, true) => format!("{weak}, or gc.enable()"),
            (false, false) => format!("{weak}, or gc.collect() now and then"),
        });
    }
    let holder = holder(suspect.held.as_ref()?);
    let fix = match (holder, suspect.verdict) {
        (Holder::Traceback, _) => {
            "do not keep the exception, its traceback keeps the locals of all its frames; or \
             traceback.clear_frames() on it"
        }
        (_, Verdict::Closure) => "keep only what the function uses of it",
        (Holder::LruCache(Some(bound)), _) => {
            return Some(format!("a smaller maxsize than {bound}, or cache_clear()"));
        }
        (Holder::LruCache(None), _) => "functools.lru_cache(maxsize=...), or cache_clear()",
        (Holder::Context, _) => "reset the variable with its token when the work is done",
        (Holder::ThreadLocal, _) => {
            "delete the attribute when the work is done: it lives as long as its thread"
        }
        (Holder::Generator, _) => "run it to its end, or close() it",
        (Holder::Task, _) => "await or cancel it, and do not keep it when it is done",
        (Holder::Thread, _) => "let the thread end, and do not keep it when it has",
        (Holder::Native, _) => {
            "close or release it by its library: no Python object holds it, native code does"
        }
        (Holder::Default, _) => "None as the default, and make the object in the function",
        (Holder::Logging, _) => "removeHandler() and close() when it is done with",
        (Holder::Atexit, _) => "atexit.unregister() when it is done with",
        (Holder::Finalizer, _) => "detach() the finalizer, or do not give it the object itself",
        (_, Verdict::Held) => return None,
        (Holder::Local, _) => "del the variable, or leave the function, when it is done with",
        (Holder::Dict, Verdict::Growing) => {
            "functools.lru_cache(maxsize=...), or remove old entries"
        }
        (_, Verdict::Growing) => "a bound, or remove old entries",
        (Holder::List, _) => "remove on close, or hold weakly",
        (Holder::Dict, _) => "remove the entry on close, or a weakref.WeakValueDictionary",
        (Holder::Set, _) => "discard on close, or a weakref.WeakSet",
        (Holder::Deque, _) => "collections.deque(maxlen=...), or take out what is done with",
        (Holder::Other, _) => "let go of it when it is done with",
    };
    Some(fix.to_owned())
}

fn holder(held: &Held) -> Holder {
    let kind = held.kind.rsplit('.').next().unwrap_or_default();
    if matches!(kind, "_lru_cache_wrapper" | "lru_cache") {
        return Holder::LruCache(held.bound);
    }
    let root = held.steps.first().map_or(&*held.path, |step| &step.edge);
    if held.path.starts_with("native") || root.starts_with("native") {
        return Holder::Native;
    }
    for (types, edges, holder) in STEPS {
        let is_type = |kind: &str| types.contains(&kind);
        let is_edge = |text: &str| edges.iter().any(|edge| text.contains(edge));
        let steps = held.steps.iter();
        if is_type(&held.kind)
            || is_edge(&held.path)
            || steps.into_iter().any(|step| is_type(&step.kind) || is_edge(&step.edge))
        {
            return holder;
        }
    }
    match kind {
        "list" => Holder::List,
        "dict" | "OrderedDict" | "defaultdict" | "Counter" | "mappingproxy" => Holder::Dict,
        "set" | "frozenset" => Holder::Set,
        "deque" => Holder::Deque,
        _ if root.starts_with("local ") => Holder::Local,
        _ => Holder::Other,
    }
}

/// The attribute of a cycle that a weak reference would serve best, `.parent`.
fn back_link(edges: &[String]) -> Option<String> {
    let attributes = edges.iter().filter(|edge| !edge.ends_with([']', '}', ')']));
    let mut attributes = attributes.filter_map(|edge| Some(edge.rsplit_once('.')?.1));
    let all: Vec<_> = attributes.by_ref().collect();
    let back = all.iter().find(|name| BACK.contains(name));
    back.or(all.last()).map(|name| format!(".{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Cycle, Step, samples};

    fn suspect(verdict: Verdict, path: &str, kind: &str, step: &str) -> Suspect {
        let step = Step { edge: step.to_owned(), ..Step::default() };
        Suspect {
            verdict,
            held: Some(Held {
                path: path.to_owned(),
                kind: kind.to_owned(),
                steps: vec![step],
                ..Held::default()
            }),
            cycle: None,
            ..samples::leaks().leaks[1].suspects[0].clone()
        }
    }

    #[test]
    fn the_advice_follows_what_holds_the_objects() {
        use Verdict::{Closure, Growing, Held, Leak};
        let of = |verdict, path, kind, step| {
            advice(&suspect(verdict, path, kind, step)).unwrap_or_else(|| "-".to_owned())
        };
        for (verdict, path, kind, step, words) in [
            (Leak, "app.registry", "list", "app", "hold weakly"),
            (Leak, "app.names", "dict", "app", "WeakValueDictionary"),
            (Leak, "app.seen", "set", "app", "WeakSet"),
            (Leak, "app.last", "collections.deque", "app", "deque(maxlen=...)"),
            (Growing, "app.cache", "dict", "app", "lru_cache(maxsize=...), or remove old"),
            (Growing, "app.cache", "app.Cache", "app", "a bound, or remove"),
            (Growing, "app.f", "functools._lru_cache_wrapper", "app", "cache_clear()"),
            (Leak, "app.error", "traceback", ".__traceback__", "clear_frames()"),
            (Leak, "local 'x'", "frame", "local 'x' of f()", "leave the function"),
            (Leak, "app.local", "_thread._local", "app", "lives as long as its thread"),
            (Leak, "v", "_contextvars.Context", "", "with its token"),
            (Leak, "app.g", "generator", "app", "or close() it"),
            (Leak, "app.t", "_asyncio.Task", "app", "cancel it"),
            (Leak, "native code (libx.so)", "", "native", "native code does"),
            (Leak, "app.f", "tuple", ".__defaults__", "None as the default"),
            (Leak, "logging._handlers", "dict", "logging", "removeHandler()"),
            (Leak, "logging.root", "logging.Logger", "logging", "removeHandler()"),
            (Leak, "atexit callbacks", "list", "atexit", "atexit.unregister()"),
            (Closure, "app.callbacks", "list", "app", "keep only what the function uses"),
            (Held, "app.BIG", "list", "app", "-"),
            (Held, "app.f", "tuple", ".__defaults__", "None as the default"),
        ] {
            let advice = of(verdict, path, kind, step);
            assert!(advice.contains(words), "{path}: {advice}");
        }
        let mut bounded = suspect(Growing, "app.f", "functools._lru_cache_wrapper", "app");
        bounded.held.as_mut().unwrap().bound = Some(128);
        assert_eq!(advice(&bounded).unwrap(), "a smaller maxsize than 128, or cache_clear()");
    }

    #[test]
    fn the_link_of_a_cycle_that_points_back_is_the_one_to_weaken() {
        let of = |edges: &[&str], disabled| {
            let edges = edges.iter().map(|&edge| edge.to_owned()).collect();
            let cycle = Some(Cycle { edges, disabled, ..Cycle::default() });
            let suspect =
                Suspect { cycle, verdict: Verdict::Cycle, ..suspect(Verdict::Cycle, "", "", "") };
            advice(&suspect).unwrap()
        };
        assert_eq!(
            of(&["Tree.parent", "Tree.children", "list[0]"], true),
            "a weak reference for .parent, or gc.enable()"
        );
        assert_eq!(
            of(&["a.B.c", "D.e"], false),
            "a weak reference for .e, or gc.collect() now and then"
        );
        assert_eq!(of(&["list[0]"], true), "a weak reference for one of the links, or gc.enable()");
    }
}
