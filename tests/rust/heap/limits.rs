//! Limits of the total.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use proptest::prelude::*;

use super::{at, on, pointer};
use rsprofile::heap::limits::{Bell, MOST};
use rsprofile::heap::places;
use rsprofile::heap::record::{self, Layer};
use rsprofile::heap::{self, close_limit, open_limit, passed};

/// A block of this size, at an address of its own.
fn make(block: usize, size: usize) {
    record::allocate(Layer::Raw, size, || pointer((1 << 35) + (block << 20)));
}

fn free(block: usize) {
    record::release(Layer::Raw, pointer((1 << 35) + (block << 20)), || ());
}

fn open(bytes: i64) -> usize {
    let (limit, above) = open_limit(bytes).unwrap();
    assert_eq!(above, None);
    limit
}

#[test]
fn who_passes_a_limit_is_known_with_the_total_and_the_site() {
    let _on = on(1);
    places::set(&at(&[7]));
    make(0, 600);
    let limit = open(1000);
    make(1, 400);
    assert_eq!(passed(limit), None);
    places::set(&at(&[8]));
    make(2, 1);
    let found = passed(limit).unwrap();
    let line = heap::names(|names| {
        let stack = &names.site(found.site).unwrap().stack;
        names.line_at(stack[0]).line
    });
    assert_eq!((found.total, line), (1001, 8));
    free(2);
    std::thread::scope(|scope| scope.spawn(|| make(2, 1)).join().unwrap());
    assert_ne!(passed(limit).unwrap().thread, found.thread);
    assert_eq!(close_limit(limit), None);
}

#[test]
fn a_limit_is_passed_once_until_the_total_has_been_at_it_again() {
    let _on = on(1);
    let limit = open(1000);
    make(0, 1001);
    assert!(passed(limit).is_some());
    make(1, 500);
    free(1);
    make(1, 500);
    assert_eq!(passed(limit), None);
    free(1);
    free(0);
    make(0, 1000);
    assert_eq!(passed(limit), None);
    // Below the old peak.
    make(1, 1);
    assert_eq!(passed(limit).unwrap().total, 1001);
    close_limit(limit);
    assert_eq!(heap::totals().peak, 1501);
}

#[test]
fn a_fall_before_anybody_has_asked_arms_it_when_that_is_done() {
    let _on = on(1);
    let limit = open(1000);
    make(0, 1001);
    free(0);
    make(0, 1002);
    assert_eq!(passed(limit).unwrap().total, 1001);
    free(0);
    make(0, 1003);
    free(0);
    assert_eq!(passed(limit).unwrap().total, 1003);
    make(0, 1004);
    assert_eq!(close_limit(limit).unwrap().total, 1004);
}

#[test]
fn several_limits_are_passed_each_by_itself() {
    let _on = on(1);
    let limits = [3000, 1000, 2000].map(open);
    make(0, 1500);
    assert_eq!(limits.map(|limit| passed(limit).is_some()), [false, true, false]);
    make(1, 2000);
    assert_eq!(
        limits.map(|limit| passed(limit).map(|it| it.total)),
        [Some(3500), None, Some(3500)]
    );
    for limit in limits {
        assert_eq!(close_limit(limit), None);
    }
    let all: Vec<_> = (0..MOST).map(|_| open_limit(1).unwrap()).collect();
    assert_eq!((all[0].1, open_limit(1)), (Some(3500), None));
    for (limit, _) in all {
        close_limit(limit);
    }
}

#[test]
fn a_limit_outlives_a_clear() {
    let _on = on(1);
    let limit = open(1000);
    make(0, 1500);
    assert!(passed(limit).is_some());
    heap::clear();
    make(1, 1000);
    assert_eq!(passed(limit), None);
    make(2, 500);
    assert_eq!(passed(limit).unwrap().total, 1500);
    close_limit(limit);
    assert_eq!(heap::totals().peak, 1500);
}

#[test]
fn a_limit_that_is_passed_rings() {
    let _on = on(1);
    let bell: &'static Bell = Box::leak(Box::default());
    heap::set_bell(bell);
    let limit = open(1000);
    let rung = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while passed(limit).is_none() {
                bell.wait();
            }
            rung.store(true, Relaxed);
        });
        make(0, 1001);
    });
    assert!(rung.load(Relaxed));
    close_limit(limit);
}

#[test]
fn threads_pass_a_limit_together_once() {
    let _on = on(1);
    let limit = open(50_000);
    let times = std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for round in 0..2000 {
                    make(thread * 100 + round % 100, 100);
                    if round % 100 == 99 {
                        (0..100).for_each(|block| free(thread * 100 + block));
                    }
                }
            });
        }
        (0..1000).filter(|_| passed(limit).is_some()).count()
    });
    assert!(times < 1000);
    // All is free: it is armed again.
    let _ = passed(limit);
    assert_eq!(heap::totals().live, 0);
    make(0, 50_001);
    assert_eq!(passed(limit).unwrap().total, 50_001);
    free(0);
    close_limit(limit);
}

proptest! {
    /// The peak and its shares are what they are without limits, and a limit is passed whenever the
    /// total goes from at most its bytes to more.
    #[test]
    fn limits_are_those_of_a_naive_model(
        steps in prop::collection::vec((0_usize..8, 1_usize..1000), 1..100),
        bytes in prop::collection::vec(1_i64..3000, 1..4),
    ) {
        let _on = on(1);
        let limits: Vec<_> = bytes.iter().map(|&bytes| (bytes, open(bytes))).collect();
        let mut live = [0; 8];
        let (mut total, mut peak) = (0, 0);
        for (block, size) in steps {
            let before = total;
            if live[block] > 0 {
                free(block);
                total -= live[block];
                live[block] = 0;
            } else {
                make(block, size);
                live[block] = size.cast_signed() as i64;
                total += live[block];
            }
            peak = peak.max(total);
            for &(bytes, limit) in &limits {
                let expected = (before <= bytes && total > bytes).then_some(total);
                prop_assert_eq!(passed(limit).map(|passed| passed.total), expected);
            }
            let totals = heap::totals();
            prop_assert_eq!((totals.live, totals.peak), (total, peak));
            let share: i64 = heap::rows().iter().map(|row| row.figures.peak_bytes).sum();
            prop_assert_eq!(share, peak);
        }
        for (_, limit) in limits {
            close_limit(limit);
        }
        prop_assert_eq!(heap::totals().peak, peak);
    }
}
