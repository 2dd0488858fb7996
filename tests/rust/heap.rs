//! The heap meter against a naive model: blocks in a map, figures added up by hand.

use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;
use std::ptr::{null_mut, without_provenance_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use proptest::prelude::*;
use rsprofile::heap::intern::{Intern, Place};
use rsprofile::heap::maps::{Maps, Piece};
use rsprofile::heap::places::{self, Frame};
use rsprofile::heap::record::{self, Layer};
use rsprofile::heap::shadow::{Entry, Shadow};
use rsprofile::heap::{self, thread};

/// The meter is one for the process.
static ALONE: Mutex<()> = Mutex::new(());

/// The meter on, and off again when it is dropped.
struct On(#[allow(dead_code, reason = "held")] MutexGuard<'static, ()>);

fn on(stacks: usize) -> On {
    let guard = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    heap::start(stacks);
    On(guard)
}

impl Drop for On {
    fn drop(&mut self) {
        heap::stop();
        thread::set_record(0);
    }
}

const SITES: usize = 6;

/// Live bytes, live blocks, allocated, allocations, bytes and blocks at the peak.
type Figures = (i64, i64, u64, u64, i64, i64);

/// Figures by line record and lines of the stack.
type Table = BTreeMap<(u32, Vec<u32>), Figures>;

fn at(lines: &[usize]) -> Vec<Frame> {
    lines.iter().map(|&line| Frame { code: 1 << 20, instruction: line }).collect()
}

fn shown() -> Table {
    let rows = heap::rows();
    let figures = |row: &heap::Row| {
        let f = row.figures;
        let peak = (f.peak_bytes, f.peak_blocks);
        (f.live_bytes, f.live_blocks, f.allocated, f.allocations, peak.0, peak.1)
    };
    heap::names(|names| {
        let name = |site| {
            let at = names.site(site).unwrap();
            let lines = at.stack.iter().map(|&line| names.line_at(line).line);
            (at.record, lines.collect())
        };
        rows.iter().map(|row| (name(row.site), figures(row))).collect()
    })
}

#[derive(Debug, Clone)]
enum Op {
    Allocate {
        layer: Layer,
        line: usize,
        record: u32,
        size: usize,
    },
    /// The call gives no memory.
    Refused {
        layer: Layer,
        size: usize,
    },
    Resize {
        which: usize,
        line: usize,
        size: usize,
        moved: bool,
    },
    ResizeRefused {
        which: usize,
        size: usize,
    },
    Release {
        which: usize,
    },
    /// A block that was there before the start.
    ReleaseUnknown {
        layer: Layer,
        address: usize,
    },
    ResetPeak,
    Clear,
    Nested {
        size: usize,
    },
}

fn layer() -> impl Strategy<Value = Layer> {
    prop_oneof![Just(Layer::Raw), Just(Layer::Mem), Just(Layer::Obj), Just(Layer::Native)]
}

fn op() -> impl Strategy<Value = Op> {
    let line = 1..=SITES;
    let size = prop_oneof![0usize..64, 0usize..100_000, Just((1 << 38) - 1), Just(1 << 40)];
    prop_oneof![
        8 => (layer(), line.clone(), 0u32..3, size.clone())
            .prop_map(|(layer, line, record, size)| Op::Allocate { layer, line, record, size }),
        1 => (layer(), size.clone()).prop_map(|(layer, size)| Op::Refused { layer, size }),
        3 => (any::<usize>(), line, size.clone(), any::<bool>())
            .prop_map(|(which, line, size, moved)| Op::Resize { which, line, size, moved }),
        1 => (any::<usize>(), size.clone())
            .prop_map(|(which, size)| Op::ResizeRefused { which, size }),
        6 => any::<usize>().prop_map(|which| Op::Release { which }),
        1 => (layer(), 0usize..1 << 47)
            .prop_map(|(layer, address)| Op::ReleaseUnknown { layer, address: address & !15 }),
        1 => Just(Op::ResetPeak),
        1 => Just(Op::Clear),
        1 => size.prop_map(|size| Op::Nested { size }),
    ]
}

/// Blocks and figures, kept in the obvious way.
#[derive(Default)]
struct Model {
    blocks: HashMap<usize, ((u32, Vec<u32>), usize)>,
    table: Table,
    total: i64,
    peak: i64,
    at_peak: bool,
}

impl Model {
    fn allocate(&mut self, address: usize, key: &(u32, Vec<u32>), size: usize) {
        self.blocks.insert(address, (key.clone(), size));
        let row = self.table.entry(key.clone()).or_default();
        row.0 += i64::try_from(size).unwrap();
        row.1 += 1;
        row.2 += size as u64;
        row.3 += 1;
        self.total += i64::try_from(size).unwrap();
        if self.total > self.peak {
            (self.peak, self.at_peak) = (self.total, true);
        }
        self.note();
    }

    fn release(&mut self, address: usize) {
        let Some((key, size)) = self.blocks.remove(&address) else { return };
        let row = self.table.get_mut(&key).unwrap();
        row.0 -= i64::try_from(size).unwrap();
        row.1 -= 1;
        self.total -= i64::try_from(size).unwrap();
        self.at_peak = false;
    }

    fn reset_peak(&mut self) {
        (self.peak, self.at_peak) = (self.total, true);
        self.note();
    }

    fn note(&mut self) {
        if self.at_peak {
            for row in self.table.values_mut() {
                (row.4, row.5) = (row.0, row.1);
            }
        }
    }
}

/// Addresses as an allocator gives them: one that was freed comes back first.
struct Addresses {
    free: Vec<usize>,
    next: usize,
}

impl Addresses {
    fn take(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.next += 48;
            self.next
        })
    }
}

fn pointer(address: usize) -> *mut c_void {
    without_provenance_mut(address)
}

/// Does an operation to both, and gives back the blocks there are.
fn play(op: &Op, model: &mut Model, live: &mut Vec<(usize, Layer)>, addresses: &mut Addresses) {
    match *op {
        Op::Allocate { layer, line, record, size } => {
            let address = addresses.take();
            places::set(&at(&[line]));
            thread::set_record(record);
            let block = record::allocate(layer, size, || pointer(address));
            assert_eq!(block.addr(), address);
            model.allocate(address, &(record, vec![u32::try_from(line).unwrap()]), size);
            live.push((address, layer));
            thread::set_record(0);
        }
        Op::Refused { layer, size } => {
            assert!(record::allocate(layer, size, null_mut).is_null());
        }
        Op::Resize { which, line, size, moved } => {
            let Some(slot) = which.checked_rem(live.len()) else { return };
            let (old, layer) = live[slot];
            let new = if moved { addresses.take() } else { old };
            places::set(&at(&[line]));
            record::resize(layer, pointer(old), size, || pointer(new));
            model.release(old);
            model.allocate(new, &(0, vec![u32::try_from(line).unwrap()]), size);
            if moved {
                addresses.free.push(old);
            }
            live[slot].0 = new;
        }
        Op::ResizeRefused { which, size } => {
            let Some(slot) = which.checked_rem(live.len()) else { return };
            let (old, layer) = live[slot];
            // Size 0 frees a native block.
            record::resize(layer, pointer(old), size.max(1), null_mut);
        }
        Op::Release { which } => {
            let Some(slot) = which.checked_rem(live.len()) else { return };
            let (address, layer) = live.swap_remove(slot);
            record::release(layer, pointer(address), || ());
            model.release(address);
            addresses.free.push(address);
        }
        Op::ReleaseUnknown { layer, address } => {
            if !model.blocks.contains_key(&address) {
                record::release(layer, pointer(address), || ());
            }
        }
        Op::ResetPeak => {
            heap::reset_peak();
            model.reset_peak();
        }
        Op::Clear => {
            heap::clear();
            *model = Model { at_peak: true, ..Model::default() };
        }
        Op::Nested { size } => {
            let (outer, inner) = (addresses.take(), addresses.take());
            places::set(&at(&[1]));
            record::allocate(Layer::Obj, size, || {
                record::allocate(Layer::Raw, size + 16, || pointer(inner));
                record::release(Layer::Native, pointer(inner), || ());
                pointer(outer)
            });
            model.allocate(outer, &(0, vec![1]), size);
            live.push((outer, Layer::Obj));
            addresses.free.push(inner);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn figures_are_those_of_a_naive_model(ops in prop::collection::vec(op(), 1..200)) {
        let _on = on(1);
        let mut model = Model { at_peak: true, ..Model::default() };
        let mut live = Vec::new();
        let mut addresses = Addresses { free: Vec::new(), next: 1 << 33 };
        let before = thread::reading();
        let mut net = 0;
        for op in &ops {
            let total = model.total;
            play(op, &mut model, &mut live, &mut addresses);
            // Forgetting is not freeing.
            net += if matches!(op, Op::Clear) { 0 } else { model.total - total };
            let totals = heap::totals();
            prop_assert_eq!((totals.live, totals.peak), (model.total, model.peak), "{:?}", op);
        }
        prop_assert_eq!(shown(), model.table);
        let reading = thread::reading();
        prop_assert_eq!(reading.net() - before.net(), net);
        for (address, (key, _)) in &model.blocks {
            let site = heap::site_of(*address).unwrap();
            let record = heap::names(|names| names.site(site).unwrap().record);
            prop_assert_eq!(record, key.0);
        }
    }

    #[test]
    fn stacks_of_any_depth_have_sites_of_their_own(
        kept in 1usize..5,
        stacks in prop::collection::vec(prop::collection::vec(1usize..4, 0..7), 1..60),
    ) {
        let _on = on(kept);
        let mut expected: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        for (number, stack) in stacks.iter().enumerate() {
            places::set(&at(stack));
            record::allocate(Layer::Obj, 10, || pointer((1 << 34) + number * 16));
            let key = stack.iter().take(kept).map(|&line| u32::try_from(line).unwrap());
            *expected.entry(key.collect()).or_default() += 1;
        }
        let found: BTreeMap<_, _> =
            shown().into_iter().map(|((_, lines), figures)| (lines, figures.3)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn ranges_may_be_cut_anywhere(
        cuts in prop::collection::vec((any::<bool>(), 0usize..64, 1usize..24), 1..60),
    ) {
        let mut maps = Maps::new();
        // The owner of each page.
        let mut pages = [0u32; 128];
        let mut blocks = 0i64;
        for (number, (insert, start, len)) in cuts.into_iter().enumerate() {
            let gone = maps.cut(start, len);
            let bytes: usize = gone.iter().map(|gone| gone.piece.len).sum();
            let known = pages[start..start + len].iter().filter(|&&site| site != 0).count();
            prop_assert_eq!(bytes, known);
            maps.put_back(&gone);
            for (page, &site) in pages.iter().enumerate() {
                prop_assert_eq!(maps.site_of(page), (site != 0).then_some(site));
            }
            blocks -= maps.cut(start, len).iter().map(|gone| gone.blocks).sum::<i64>();
            pages[start..start + len].fill(0);
            if insert {
                let site = u32::try_from(number + 1).unwrap();
                maps.insert(Piece { start, len, site });
                pages[start..start + len].fill(site);
                blocks += 1;
            }
        }
        let mut pieces = 0;
        let mut last = 0;
        for &site in &pages {
            pieces += i64::from(site != last && site != 0);
            last = site;
        }
        prop_assert_eq!(blocks, pieces);
    }
}

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
                    let line = u32::try_from(pick % SITES + 1).unwrap();
                    let layer = [Layer::Obj, Layer::Raw, Layer::Mem, Layer::Native][pick / 8 % 4];
                    let size = pick / 64 % 5000;
                    let address = (number + 1) * (1 << 36) + round * 16;
                    places::set(&at(&[line as usize]));
                    let held = layer_lock(layer, lock);
                    record::allocate(layer, size, || pointer(address));
                    drop(held);
                    let bytes = i64::try_from(size).unwrap();
                    live.lock().unwrap().insert(address, (line, bytes));
                    let mut counts = counts.lock().unwrap();
                    let count = counts.entry(line).or_default();
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
