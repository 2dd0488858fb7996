//! The paragraph of a suspect: what survives, which line made it, how it grows, what keeps it alive,
//! which line put it there, and what to do.

use super::advice::advice;
use super::growth;
use super::paragraph::{Paragraph, line};
use crate::profile::{Closure, Cycle, Held, Suspect, Verdict};
use crate::report::Options;
use crate::units::{count, plural};

/// Steps shown of a cycle; of a longer one those in the middle are left out.
const EDGES: usize = 6;

/// The paragraph. Without `watched`, allocations were not recorded and nothing is known of growth.
pub fn paragraph<'a>(suspect: &Suspect, watched: bool, options: &'a Options) -> Paragraph<'a> {
    let mut text = Paragraph::new(options);
    text.say(verdict(suspect.verdict)).say(" ").bytes(suspect.bytes);
    match &suspect.closure {
        Some(closure) => of_closure(&mut text, suspect, closure),
        None => of_objects(&mut text, suspect),
    }
    if let Some(growth) = &suspect.growth {
        growth::say(&mut text, growth, suspect.count);
    }
    match &suspect.held {
        Some(held) => of_holder(&mut text, suspect, held, watched),
        None => of_no_holder(&mut text, suspect),
    }
    text.say(".");
    if suspect.verdict == Verdict::Held {
        text.say(" Not a leak if it is still needed.");
    }
    if let Some(fix) = advice(suspect) {
        text.say(" Fix: ").say(fix).say(".");
    }
    text
}

/// The word of a verdict.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Leak => "LEAK",
        Verdict::Growing => "GROWING",
        Verdict::Cycle => "CYCLE",
        Verdict::Closure => "CLOSURE",
        Verdict::Held => "HELD",
    }
}

fn of_objects(text: &mut Paragraph<'_>, suspect: &Suspect) {
    text.say(" in ").times(suspect.count, &suspect.kind);
    if let Some(cycle) = &suspect.cycle {
        text.say(" (").say(cycles(cycle)).say(": ");
        edges(text, cycle);
        text.say(")");
    }
    if let Some(made) = &suspect.made {
        text.say(", made at ").place(made);
    }
}

fn of_closure(text: &mut Paragraph<'_>, suspect: &Suspect, closure: &Closure) {
    text.say(": ").say(plural(suspect.count, "function")).say(" ").name(&closure.function);
    if let Some(defined) = &closure.defined {
        text.say(" (").line(defined).say(")");
    }
    let one = suspect.count == 1;
    text.say(if one { " keeps" } else { " keep" }).say(" variable '").name(&closure.variable);
    text.say("' (").name(&closure.kind).say(", ").bytes(closure.each);
    text.say(if one { "" } else { " each" });
    if let Some(made) = &closure.value_made {
        text.say(", made at ").line(made);
    }
    text.say(if one { ") in its closure" } else { ") in their closures" });
}

fn of_holder(text: &mut Paragraph<'_>, suspect: &Suspect, held: &Held, watched: bool) {
    text.say(". Held by ").name(&held.path);
    let mut facts = Vec::new();
    if let Some(len) = held.len {
        facts.push(format!("len {}", count(len)));
    }
    if let Some(bound) = held.bound {
        facts.push(format!("at most {}", count(bound)));
    } else if held.kind.ends_with("lru_cache_wrapper") {
        facts.push("no maxsize".to_owned());
    }
    let mut facts = facts.join(", ");
    if suspect.verdict == Verdict::Growing {
        facts.push_str(if facts.is_empty() { "" } else { "; " });
        facts.push_str("no entry was ever removed");
    }
    match (held.kind.is_empty(), facts.is_empty()) {
        (true, true) => {}
        (true, false) => _ = text.say(format!(" ({facts})")),
        (false, true) => _ = text.say(" (").name(&held.kind).say(")"),
        (false, false) => _ = text.say(" (").name(&held.kind).say(format!(", {facts})")),
    }
    of_store(text, suspect);
    if suspect.verdict == Verdict::Held && suspect.growth.is_none() {
        text.say(if watched { "; not growing" } else { "; whether it grows is not known" });
    }
}

fn of_no_holder(text: &mut Paragraph<'_>, suspect: &Suspect) {
    of_store(text, suspect);
    let Some(cycle) = suspect.cycle.as_ref().filter(|_| suspect.verdict == Verdict::Cycle) else {
        // Nothing was found in the graph, and it is no cycle either.
        text.say("; what holds it is not known");
        return;
    };
    text.say("; no root reaches them; ");
    if cycle.uncollectable {
        text.say("the collector could not free them");
        return;
    }
    if cycle.disabled {
        text.say("gc is disabled");
        if let Some(at) = &cycle.disabled_at {
            text.say(" since ").line(at);
        }
    } else {
        text.say("gc has not come to them yet");
    }
    text.say(" (a collection now frees ").bytes(suspect.bytes).say(")");
}

fn of_store(text: &mut Paragraph<'_>, suspect: &Suspect) {
    if let Some(stored) = &suspect.stored {
        text.say(format!(", {} at ", stored.how)).name(&line(&stored.place));
    }
}

/// How many cycles of which length: `100 cycles of 2`.
pub fn cycles(cycle: &Cycle) -> String {
    format!("{} of {}", plural(cycle.count, "cycle"), count(cycle.length))
}

/// Adds the steps around a cycle: `Node.other ↔ Node.other`, `A.b → B.c → C.a → A`.
pub fn edges(text: &mut Paragraph<'_>, cycle: &Cycle) {
    let ascii = text.options().ascii;
    let arrow = if ascii { " -> " } else { " → " };
    if let [one, other] = &*cycle.edges {
        let both = if ascii { " <-> " } else { " ↔ " };
        text.name(one).say(both).name(other);
        return;
    }
    let left_out = cycle.edges.len().saturating_sub(EDGES);
    for (index, edge) in cycle.edges.iter().enumerate() {
        if left_out > 0 && (EDGES / 2..EDGES / 2 + left_out).contains(&index) {
            if index == EDGES / 2 {
                text.say(format!("... {} more ...", count(left_out as u64))).say(arrow);
            }
            continue;
        }
        text.name(edge).say(arrow);
    }
    match cycle.edges.first().map(|edge| owner(edge)) {
        Some(first) => text.name(first),
        None => text.say("not told"),
    };
}

/// The type whose attribute or item an edge is: `Node` of `Node.other`, `list` of `list[0]`.
fn owner(edge: &str) -> &str {
    let end = edge.find(['[', '{']).or_else(|| edge.rfind('.')).unwrap_or(edge.len());
    &edge[..end]
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::{Growth, Per, samples};

    fn sample(verdict: Verdict) -> Suspect {
        let leaks = samples::leaks().leaks.remove(1);
        leaks.suspects.into_iter().find(|suspect| suspect.verdict == verdict).unwrap()
    }

    fn shown(suspect: &Suspect) -> String {
        paragraph(suspect, true, &Options::default()).wrapped()
    }

    #[test]
    fn a_leak_names_the_line_that_made_it_its_growth_and_its_holder() {
        assert_snapshot!(shown(&sample(Verdict::Leak)), @"
        LEAK 19.1 MiB in 200 × Handler, made at app.py:6 (register), +1 per call of register() (200 of 200
          never freed). Held by app.registry (list, len 200), appended at app.py:7. Fix: remove on close, or
          hold weakly.
        ");
    }

    #[test]
    fn a_growing_cache_says_that_nothing_was_removed() {
        assert_snapshot!(shown(&sample(Verdict::Growing)), @"
        GROWING 19.2 MiB in 2,000 × bytes, made at c4.py:9 (Service.compute), +1 per call of Service.get()
          (2,000 of 2,000 never freed). Held by Service._cache (dict, len 2,000; no entry was ever removed),
          stored at c4.py:6. Fix: functools.lru_cache(maxsize=...), or remove old entries.
        ");
    }

    #[test]
    fn a_cycle_says_that_no_root_reaches_it_and_why_it_is_still_there() {
        let mut cycle = sample(Verdict::Cycle);
        assert_snapshot!(shown(&cycle), @"
        CYCLE 19.1 MiB in 200 × Node (100 cycles of 2: Node.other ↔ Node.other), made at c2.py:9 (make),
          linked at c2.py:10; no root reaches them; gc is disabled since c2.py:3 (a collection now frees
          19.1 MiB). Fix: a weak reference for .other, or gc.enable().
        ");
        let shape = cycle.cycle.as_mut().unwrap();
        (shape.disabled, shape.disabled_at) = (false, None);
        shape.edges = ["A.b", "list[0]", "C.a"].map(str::to_owned).to_vec();
        (shape.count, shape.length) = (1, 3);
        assert_snapshot!(shown(&cycle), @"
        CYCLE 19.1 MiB in 200 × Node (1 cycle of 3: A.b → list[0] → C.a → A), made at c2.py:9 (make), linked
          at c2.py:10; no root reaches them; gc has not come to them yet (a collection now frees 19.1 MiB).
          Fix: a weak reference for .a, or gc.collect() now and then.
        ");
        let shape = cycle.cycle.as_mut().unwrap();
        shape.uncollectable = true;
        shape.edges = (0..20).map(|index| format!("T{index}.next")).collect();
        assert_snapshot!(shown(&cycle), @"
        CYCLE 19.1 MiB in 200 × Node (1 cycle of 3: T0.next → T1.next → T2.next → ... 14 more ... → T17.next
          → T18.next → T19.next → T0), made at c2.py:9 (make), linked at c2.py:10; no root reaches them; the
          collector could not free them. Fix: a weak reference for .next.
        ");
    }

    #[test]
    fn a_closure_names_the_variable_that_is_kept() {
        let mut closure = sample(Verdict::Closure);
        assert_snapshot!(shown(&closure), @"
        CLOSURE 20.0 MiB: 20 functions make_cb.<locals>.cb (c5.py:6) keep variable 'data' (bytearray,
          1.0 MiB each, made at c5.py:4) in their closures. Held by app.callbacks (list, len 20), appended
          at c5.py:11. Fix: keep only what the function uses of it.
        ");
        closure.count = 1;
        closure.closure.as_mut().unwrap().value_made = None;
        assert_snapshot!(shown(&closure), @"
        CLOSURE 20.0 MiB: 1 function make_cb.<locals>.cb (c5.py:6) keeps variable 'data' (bytearray,
          1.0 MiB) in its closure. Held by app.callbacks (list, len 20), appended at c5.py:11. Fix: keep
          only what the function uses of it.
        ");
    }

    #[test]
    fn what_is_held_is_no_leak_if_it_is_needed() {
        let held = sample(Verdict::Held);
        assert_snapshot!(shown(&held), @"
        HELD 19.9 MiB in 20,000 × bytes, made at c3.py:5 (load). Held by app.BIG (list, len 20,000), bound
          at c3.py:5; not growing. Not a leak if it is still needed.
        ");
        let unknown = paragraph(&held, false, &Options::default()).plain();
        assert!(unknown.contains("; whether it grows is not known. Not a leak"), "{unknown}");
    }

    #[test]
    fn growth_is_told_by_calls_by_runs_and_by_time() {
        let mut suspect = sample(Verdict::Leak);
        let mut of = |objects, per, made| {
            suspect.growth = Some(Growth { objects, bytes: 4096.0 * objects, per, made });
            let text = paragraph(&suspect, true, &Options::default()).plain();
            text.split(". Held").next().unwrap().split_once("(register)").unwrap().1.to_owned()
        };
        assert_snapshot!(
            [
                of(2.0, Per::Run { runs: 50 }, Some(400)),
                of(1.5, Per::Second, None),
                of(0.05, Per::Second, None),
                of(0.001, Per::Call { function: "poll".to_owned(), calls: 9_000 }, None),
                of(f64::NAN, Per::Second, Some(200)),
            ]
            .join("\n"),
            @"
        , +2 per run (200 of 400 never freed)
        , +1.5 per second
        , +1 per 20 seconds
        , +1 per 1,000 calls of poll()
         (200 of 200 never freed)
        "
        );
        suspect.growth = None;
        let text = paragraph(&suspect, true, &Options::default()).plain();
        assert!(text.contains("(register). Held by"), "{text}");
    }

    #[test]
    fn a_bound_is_said_and_an_output_of_ascii_gets_no_other_letters() {
        let mut suspect = sample(Verdict::Growing);
        let held = suspect.held.as_mut().unwrap();
        "functools._lru_cache_wrapper".clone_into(&mut held.kind);
        suspect.verdict = Verdict::Held;
        suspect.growth = None;
        let unbounded = shown(&suspect);
        assert!(unbounded.contains("wrapper, len 2,000, no maxsize)"), "{unbounded}");
        suspect.held.as_mut().unwrap().bound = Some(4096);
        let ascii = Options { ascii: true, ..Options::default() };
        assert_snapshot!(paragraph(&suspect, true, &ascii).wrapped(), @"
        HELD 19.2 MiB in 2,000 x bytes, made at c4.py:9 (Service.compute). Held by Service._cache
          (functools._lru_cache_wrapper, len 2,000, at most 4,096), stored at c4.py:6; not growing. Not a
          leak if it is still needed. Fix: a smaller maxsize than 4096, or cache_clear().
        ");
        let cycle = paragraph(&sample(Verdict::Cycle), true, &ascii).plain();
        assert!(cycle.is_ascii() && cycle.contains("Node.other <-> Node.other"), "{cycle}");
    }

    #[test]
    fn what_nothing_is_known_of_is_not_said() {
        let suspect =
            Suspect { made: None, growth: None, held: None, stored: None, ..sample(Verdict::Leak) };
        assert_snapshot!(shown(&suspect), @"LEAK 19.1 MiB in 200 × Handler; what holds it is not known.");
    }
}
