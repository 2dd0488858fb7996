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
    Native,
    Default,
    Logging,
    Finalizer,
    Local,
    Other,
}

/// Words of a way, and what they tell: those further up are more particular. The first column is looked
/// for in the types of its steps, which are whole names: classes of Python code have no module there, so
/// that a class of the program could be meant. The second one is looked for in its edges.
const STEPS: [(&[&str], &[&str], Holder); 6] = [
    (&["traceback"], &["__traceback__", ".tb_frame"], Holder::Traceback),
    (&["_thread._local"], &[], Holder::ThreadLocal),
    (&["_contextvars.Context", "hamt"], &["the context of a thread"], Holder::Context),
    (&[], &["__defaults__", "__kwdefaults__", " default '"], Holder::Default),
    (&["RootLogger"], &["logging.root", "logging._handler", "logging.Logger"], Holder::Logging),
    (&[], &["weakref.finalize._registry"], Holder::Finalizer),
];

/// The same of the objects themselves and of what holds them: what a coroutine has in its variables is
/// not let go by ending that.
const ENDS: [(&[&str], Holder); 2] = [
    (&["generator", "coroutine", "async_generator"], Holder::Generator),
    (&["_asyncio.Task", "_asyncio.Future"], Holder::Task),
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
        (Holder::Native, _) => {
            "close or release it by its library: no Python object holds it, native code does"
        }
        (Holder::Default, _) => "None as the default, and make the object in the function",
        (Holder::Logging, _) => "removeHandler() and close() when it is done with",
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
        let is_step = |kind: &str, edge: &str| {
            types.contains(&kind) || edges.iter().any(|part| edge.contains(part))
        };
        if is_step(&held.kind, &held.path)
            || held.steps.iter().any(|step| is_step(&step.kind, &step.edge))
        {
            return holder;
        }
    }
    let object = held.steps.last().map_or("", |step| &*step.kind);
    for (types, holder) in ENDS {
        if types.contains(&&*held.kind) || types.contains(&object) {
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
    let attributes = attributes.filter_map(|edge| Some(edge.rsplit_once('.')?.1));
    // Names of the language, as `__self__` of a method, cannot be set to anything else.
    let all: Vec<_> = attributes.filter(|name| !name.starts_with("__")).collect();
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
            (Leak, "logging.root.handlers", "list", "logging", "removeHandler()"),
            (Leak, "myapp.logging.registry", "list", "myapp.logging", "hold weakly"),
            (Leak, "app.atexit_hooks", "list", "app", "hold weakly"),
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

    /// What is advised of objects in a list, by the types on the way to them.
    fn in_list(kinds: &[&str]) -> String {
        let mut suspect = suspect(Verdict::Leak, "app.ctx.items", "list", "app");
        let step = |kind: &&str| Step { kind: (*kind).to_owned(), ..Step::default() };
        suspect.held.as_mut().unwrap().steps.extend(kinds.iter().map(step));
        advice(&suspect).unwrap()
    }

    #[test]
    fn a_class_of_the_program_is_not_taken_for_one_of_the_library() {
        for kind in ["Context", "Task", "Future", "Logger", "Thread"] {
            assert_eq!(in_list(&[kind, "list", kind]), "remove on close, or hold weakly", "{kind}");
        }
    }

    #[test]
    fn what_is_in_a_list_of_a_coroutine_is_to_be_taken_out_of_the_list() {
        let of = |kind| in_list(&["_asyncio.Task", "coroutine", "list", kind]);
        assert_eq!(of("Conn"), "remove on close, or hold weakly");
        assert!(of("_asyncio.Task").starts_with("await or cancel it"));
        assert!(of("generator").starts_with("run it to its end"));
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
        assert_eq!(
            of(&["Parser.handler", "method.__self__"], true),
            "a weak reference for .handler, or gc.enable()"
        );
        assert_eq!(of(&["list[0]"], true), "a weak reference for one of the links, or gc.enable()");
    }
}
