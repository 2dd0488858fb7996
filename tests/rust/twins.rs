//! Figures of one thread, for windows that come and go, and functions that are let go.

use rsprofile::engine::{CodeId, CodeKind, Description, Engine, Entry, Exit, FunctionId, ThreadId};

use crate::engine::{LINES, MAIN, described, engine, function, grow};

/// A function that only windows know, with a nested one behind it.
fn foreign(engine: &mut Engine) -> (FunctionId, CodeId, CodeId) {
    let own =
        engine.add_function(&Description { foreign: true, ..described("w", LINES) }, |_| None);
    let code = engine.add_codes(own, &[(CodeKind::Function, 1), (CodeKind::Function, 3)]);
    (own, code, CodeId(code.0 + 1))
}

/// One frame of `code` over some lines, growing 10 on each.
fn call(engine: &mut Engine, thread: ThreadId, code: CodeId, lines: &[u32]) {
    let frame = 100 + thread.0;
    engine.enter(thread, frame, code, Entry::Call);
    for &line in lines {
        engine.line(thread, frame, code, line);
        grow(engine, 10);
    }
    engine.exit(thread, frame, Exit::End);
}

/// Thread, calls, and the occurrences of the lines by number.
type Share = (Option<usize>, u64, Vec<(u32, u64)>);

fn taken(engine: &mut Engine, function: FunctionId) -> Vec<Share> {
    let mut all = Vec::new();
    engine.take_each(function, |thread, taken| {
        let lines = taken.lines.iter().map(|line| (line.number, line.occurrences)).collect();
        all.push((thread.map(|thread| thread.0), taken.calls, lines));
    });
    all
}

#[test]
fn threads_that_joined_count_for_themselves() {
    let mut engine = engine(false);
    let (own, code, inner) = foreign(&mut engine);
    for thread in (0..4).map(ThreadId) {
        engine.claim_thread(thread);
    }
    engine.join(own, ThreadId(0));
    engine.join(own, ThreadId(1));
    call(&mut engine, ThreadId(0), code, &[2]);
    call(&mut engine, ThreadId(1), code, &[2, 2, 4]);
    // In no window: its calls do not count, what it was handed does.
    call(&mut engine, ThreadId(2), code, &[2, 2, 2]);
    call(&mut engine, ThreadId(3), inner, &[4]);
    assert_eq!(
        taken(&mut engine, own),
        [
            (Some(0), 1, vec![(1, 0), (2, 1)]),
            (Some(1), 1, vec![(1, 0), (2, 1), (4, 1)]),
            (None, 0, vec![(3, 0), (4, 1)]),
        ]
    );
    engine.part(own, ThreadId(1));
    call(&mut engine, ThreadId(1), code, &[2]);
    assert!(taken(&mut engine, own).is_empty());
}

#[test]
fn a_running_frame_goes_on_for_the_thread_that_joins() {
    let mut engine = engine(false);
    engine.set_started(true);
    let code = function(&mut engine, "f");
    let own = engine.code(code).function;
    engine.claim_thread(MAIN);
    engine.enter(MAIN, 1, code, Entry::Call);
    engine.line(MAIN, 1, code, 2);
    grow(&mut engine, 1);
    engine.settle();
    engine.join(own, MAIN);
    grow(&mut engine, 2);
    engine.line(MAIN, 1, code, 3);
    grow(&mut engine, 4);
    engine.exit(MAIN, 1, Exit::End);
    assert_eq!(taken(&mut engine, own), [(Some(0), 0, vec![(2, 0), (3, 1)])]);
    // The function itself has what its thread did for the window as well.
    let rows = engine.function(own).rows;
    let increments: Vec<_> = rows.iter().map(|row| row.measured.map(|m| m.increment)).collect();
    assert_eq!(increments, [Some(0), Some(3), Some(4), None]);
}

#[test]
fn a_function_that_is_let_go_leaves_its_room() {
    let mut engine = engine(false);
    engine.claim_thread(MAIN);
    let mut sizes = Vec::new();
    for _ in 0..100 {
        let (own, code, _) = foreign(&mut engine);
        engine.join(own, MAIN);
        call(&mut engine, MAIN, code, &[2, 3]);
        assert_eq!(taken(&mut engine, own).len(), 1);
        engine.enter(MAIN, 7, code, Entry::Call);
        engine.part(own, MAIN);
        assert!(!engine.release(own), "it runs");
        engine.exit(MAIN, 7, Exit::End);
        assert!(engine.release(own));
        sizes.push(engine.table_bytes());
    }
    assert_eq!(sizes[1], sizes[99]);
    assert_eq!(engine.foreign_count(), 0);
}
