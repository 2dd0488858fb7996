//! What a rule says of one case.

use std::collections::{BTreeMap, HashMap};
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rsprofile::heap::intern::{Intern, Place};
use rsprofile::heap::places::{self, Frame};
use rsprofile::heap::record::{self, Layer};
use rsprofile::heap::shadow::{Entry, Shadow};
use rsprofile::heap::{self, thread};

use super::{ALONE, SITES, at, on, pointer, shown};

#[test]
fn threads_that_pass_blocks_to_each_other_add_up() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 20_000;
    let _on = on(1);
    let lock = Mutex::new(());
    let shelf: Mutex<Vec<(usize, Layer)>> = Mutex::new(Vec::new());
    let counts = Mutex::new(BTreeMap::<u32, (i64, u64, u64)>::new());
    let live = Mutex::new(HashMap::<usize, (u32, i64)>::new());
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let (lock, shelf, counts, live) = (&lock, &shelf, &counts, &live);
            scope.spawn(move || {
                let mut random = number as u64 * 7919 + 1;
                let mut own = Vec::new();
                for round in 0..ROUNDS {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let pick = (random >> 33) as usize;
                    let place = u32::try_from(pick % SITES + 1).unwrap();
                    let layer = [Layer::Obj, Layer::Raw, Layer::Mem, Layer::Native][pick / 8 % 4];
                    let size = pick / 64 % 5000;
                    let address = (number + 1) * (1 << 36) + round * 16;
                    places::set(&at(&[place as usize]));
                    let held = layer_lock(layer, lock);
                    record::allocate(layer, size, || pointer(address));
                    drop(held);
                    let bytes = i64::try_from(size).unwrap();
                    live.lock().unwrap().insert(address, (place, bytes));
                    let mut counts = counts.lock().unwrap();
                    let count = counts.entry(place).or_default();
                    *count = (count.0, count.1 + size as u64, count.2 + 1);
                    drop(counts);
                    own.push((address, layer));
                    if own.len() > 50 {
                        shelf.lock().unwrap().append(&mut own);
                    }
                    let taken = shelf.lock().unwrap().pop();
                    if let Some((address, layer)) = taken {
                        live.lock().unwrap().remove(&address);
                        let held = layer_lock(layer, lock);
                        record::release(layer, pointer(address), || ());
                        drop(held);
                    }
                    let totals = heap::totals();
                    assert!(totals.live >= 0 && totals.peak >= 0, "{totals:?}");
                }
            });
        }
    });
    let mut expected = counts.into_inner().unwrap();
    for (line, bytes) in live.into_inner().unwrap().into_values() {
        expected.get_mut(&line).unwrap().0 += bytes;
    }
    let peak = heap::totals().peak;
    for ((_, lines), figures) in shown() {
        assert_eq!((figures.0, figures.2, figures.3), expected[&lines[0]]);
        assert!(0 <= figures.4 && figures.4 <= i64::try_from(figures.2).unwrap(), "{figures:?}");
    }
    let sum: i64 = expected.values().map(|count| count.0).sum();
    assert_eq!(heap::totals().live, sum);
    assert!(peak >= sum);
}

/// What stands for the interpreter lock.
fn layer_lock(layer: Layer, lock: &Mutex<()>) -> Option<MutexGuard<'_, ()>> {
    matches!(layer, Layer::Obj | Layer::Mem).then(|| lock.lock().unwrap())
}

#[test]
fn a_block_whose_release_went_past_is_ended_by_the_next_one_there() {
    let _on = on(1);
    places::set(&at(&[1]));
    record::allocate(Layer::Native, 100, || pointer(1 << 35));
    places::set(&at(&[2]));
    record::allocate(Layer::Native, 30, || pointer(1 << 35));
    assert_eq!(heap::totals().live, 30);
    assert_eq!(shown()[&(0, vec![1])].0, 0);
}

#[test]
fn muted_blocks_are_not_recorded_and_known_ones_may_go() {
    let _on = on(1);
    places::set(&at(&[1]));
    record::allocate(Layer::Obj, 100, || pointer(1 << 35));
    let mute = thread::Mute::begin();
    record::allocate(Layer::Obj, 50, || pointer(1 << 36));
    record::release(Layer::Obj, pointer(1 << 35), || ());
    drop(mute);
    assert_eq!(heap::totals().live, 0);
    record::release(Layer::Obj, pointer(1 << 36), || ());
    assert_eq!(heap::totals().live, 0);
}

#[test]
fn memory_that_is_mapped_may_be_unmapped_in_parts() {
    const PAGE: usize = 4096;
    let _on = on(1);
    places::set(&at(&[1]));
    let start = pointer(1 << 40);
    record::map(8 * PAGE, || start);
    assert!(record::unmap(pointer((1 << 40) + PAGE), 2 * PAGE, || true));
    assert_eq!(shown()[&(0, vec![1])], (6 * 4096, 2, 8 * 4096, 1, 8 * 4096, 1));
    assert!(!record::unmap(start, PAGE, || false));
    assert_eq!(heap::totals().live, 6 * 4096);
    places::set(&at(&[2]));
    let tail = pointer((1 << 40) + 3 * PAGE);
    let moved = record::remap(tail, 5 * PAGE, 10 * PAGE, || pointer(1 << 41));
    assert_eq!(moved.addr(), 1 << 41);
    assert_eq!(heap::totals().live, 11 * 4096);
    // A fixed address on what is there already.
    record::map(PAGE, || start);
    assert_eq!(heap::totals().live, 11 * 4096);
    let foreign = record::remap(pointer(1 << 42), PAGE, 2 * PAGE, || pointer(1 << 43));
    assert_eq!((foreign.addr(), heap::totals().live), (1 << 43, 11 * 4096));
}

#[test]
fn realloc_to_nothing_frees() {
    let _on = on(1);
    places::set(&at(&[1]));
    record::allocate(Layer::Native, 100, || pointer(1 << 35));
    record::resize(Layer::Native, pointer(1 << 35), 0, null_mut);
    assert_eq!(heap::totals().live, 0);
    record::resize(Layer::Native, null_mut(), 70, || pointer(1 << 35));
    assert_eq!(heap::totals().live, 70);
}

#[test]
fn the_highest_net_of_a_thread_begins_anew_when_asked() {
    let _on = on(1);
    let before = thread::reading().net();
    thread::reset_high();
    record::allocate(Layer::Raw, 500, || pointer(1 << 35));
    record::release(Layer::Raw, pointer(1 << 35), || ());
    assert_eq!(thread::reading().high - before, 500);
    thread::reset_high();
    assert_eq!(thread::reading().high, thread::reading().net());
}

#[test]
fn nothing_is_recorded_while_it_is_off() {
    drop(on(1));
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = thread::reading();
    record::allocate(Layer::Raw, 500, || pointer(1 << 35));
    assert_eq!((heap::totals().live, thread::reading()), (0, before));
    assert_eq!(heap::site_of(1 << 35), None);
}

#[test]
fn code_that_died_is_not_taken_for_what_stands_in_its_place() {
    let mut names = Intern::default();
    names.clear(1000);
    let frames = [Frame { code: 64, instruction: 80 }];
    let line = |line| move |_: &Frame| Place { line, ..Place::default() };
    let mut met = Vec::new();
    let first = names.add(&[0, 80], 0, &frames, 1000, line(5), |code| met.push(code));
    assert_eq!((names.known(&[0, 80]), &met[..]), (first, &[64][..]));
    assert!(names.forget(64));
    assert!(!names.forget(64));
    assert_eq!(names.known(&[0, 80]), None);
    let second = names.add(&[0, 80], 0, &frames, 1000, line(6), |code| met.push(code));
    assert_ne!(first, second);
    // The same line in new code is the same site.
    names.forget(64);
    assert_eq!(names.add(&[0, 80], 0, &frames, 1000, line(5), |_| ()), first);
}

#[test]
fn sites_beyond_the_last_number_are_none() {
    let mut names = Intern::default();
    names.clear(3);
    for (line, expected) in [(1, Some(2)), (2, None), (1, Some(2))] {
        let frames = [Frame { code: 64, instruction: line }];
        let place = |_: &Frame| Place { line: u32::try_from(line).unwrap(), ..Place::default() };
        assert_eq!(names.add(&[0, line], 0, &frames, 3, place, |_| ()), expected);
    }
}

#[test]
fn addresses_the_table_does_not_cover_are_counted_and_ignored() {
    let shadow = Box::new(Shadow::new());
    assert_eq!(shadow.put(usize::MAX & !15, 1, 10), None);
    assert_eq!(shadow.take(usize::MAX & !15), Entry::UNKNOWN);
    assert_eq!(shadow.lost(), 1);
    assert!(shadow.put((1 << 48) - 16, 1, 10).is_some());
}

#[test]
fn a_temporary_is_freed_where_it_was_made_whoever_frees_it() {
    let _on = on(2);
    let temporary = || heap::rows().iter().map(|row| row.figures.temporary).sum::<u64>();
    let make = |line, size| {
        places::set(&at(&[line, 9]));
        record::allocate(Layer::Obj, size, || pointer(1 << 35));
    };
    let free = |line, layer| {
        places::set(&at(&[line, 9]));
        record::release(layer, pointer(1 << 35), || ());
    };
    make(1, 100);
    free(1, Layer::Obj);
    assert_eq!(temporary(), 0);
    record::count_temporaries(true);
    make(1, 100);
    free(1, Layer::Obj);
    make(1, 200);
    free(2, Layer::Obj);
    make(2, 400);
    places::set(&at(&[2, 8]));
    record::release(Layer::Obj, pointer(1 << 35), || ());
    make(1, 800);
    std::thread::scope(|scope| scope.spawn(|| free(1, Layer::Obj)).join().unwrap());
    record::count_temporaries(false);
    assert_eq!(temporary(), 900);
    assert_eq!(heap::totals().live, 0);
}
