//! The meter against a naive model: blocks in a map, figures added up by hand.

use std::collections::{BTreeMap, HashMap};
use std::ptr::null_mut;

use proptest::prelude::*;
use rsprofile::heap::places;
use rsprofile::heap::record::{self, Layer};
use rsprofile::heap::{self, thread};

use super::{SITES, Table, at, on, pointer, shown};

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
}
