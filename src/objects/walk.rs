//! The walk: every object gets a number when it is met and its row when its turn comes.
//!
//! The list of objects is the list of what is still to do, so there is no recursion, and rows are written
//! in order. References are looked up a batch at a time, in several rows, so that the processor waits
//! for many of them at once.

use std::ffi::{c_int, c_void};

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;

use super::classes::Scan;
use super::kinds::{Facts, Kinds, Size, extra};
use super::seeds::{self, Lists, Paused};
use super::table::Table;
use super::{Fault, Objects, dicts, edges, frames, kinds, modules, raw, roots, rows, scan, sizes};
use crate::heap::thread::Mute;

/// References that are looked up together.
const BATCH: usize = 512;
/// How many objects ahead memory is fetched.
const AHEAD: usize = 12;

/// A walk under way.
#[derive(Debug)]
pub(super) struct Walk {
    pub nodes: Table,
    pub addresses: Vec<usize>,
    pub kinds: Vec<u32>,
    /// References counted in each object, less those found.
    pub unexplained: Vec<i32>,
    pub immortal: Vec<u32>,
    pub types: Kinds,
    /// Nodes up to this one are our modules. No edge leads to them.
    pub own: u32,
    sizes: Vec<u64>,
    starts: Vec<u32>,
    targets: Vec<u32>,
    /// References that wait to be looked up.
    batch: [usize; BATCH],
    waiting: usize,
    /// How many references were waiting when a row ended.
    ends: [u16; BATCH],
    ended: usize,
    /// What went wrong in a callback.
    fault: Option<Fault>,
}

/// Walks all objects. What the functions in files below the folder `own` hold while they run, and
/// what modules of ours do, is no root.
///
/// # Errors
/// [`Fault`].
pub fn walk(py: Python<'_>, own: &str) -> Result<Objects, Fault> {
    walk_from(py, own, false)
}

/// The same; on demand from the list that `gc.get_objects()` gives, as where the collector's own lists are
/// not found.
///
/// # Errors
/// [`Fault`].
pub fn walk_from(_py: Python<'_>, own: &str, listed: bool) -> Result<Objects, Fault> {
    // Frames and types are laid out anew in each version.
    if cfg!(Py_3_14) {
        return Err(Fault::Unknown("objects"));
    }
    // SAFETY: a token is proof of the lock. The collector is off, and nothing else of what is called
    // runs code, so objects stay as they are until the end.
    unsafe { walk_all(own, listed) }
}

unsafe fn walk_all(own: &str, listed: bool) -> Result<Objects, Fault> {
    let _mute = Mute::begin();
    // SAFETY: the promise of `walk`, for all in here.
    unsafe {
        let _paused = Paused::begin();
        let any = (&raw mut ffi::PyBaseObject_Type).addr();
        if !kinds::with_dict(any, |dict| dicts::are_as_expected(dict)) {
            return Err(Fault::Unknown("dicts"));
        }
        let loaded = modules::loaded();
        let mut walk = Walk::new()?;
        for object in modules::own(loaded) {
            walk.meet(object)?;
        }
        walk.own = walk.last();
        let (tracked, frozen) = walk.seed(listed)?;
        let mut held = Vec::new();
        frames::held(own, &mut held)?;
        roots::of_interpreter(loaded, &mut held)?;
        for held in held.iter().filter(|held| held.is_object) {
            walk.meet(held.address)?;
        }
        walk.all()?;
        roots::explain(&mut walk, &held);
        let scanned = scan::all(&mut walk)?;
        let found = roots::find(&mut walk, loaded, held)?;
        walk.ask_methods();
        let mut more = Vec::new();
        more.try_reserve_exact(found.nodes.len() + scanned.len())?;
        more.extend(found.nodes.iter().map(|&node| (0, node)));
        more.extend(scanned);
        let seen = tracked.iter().sum::<u64>() + frozen;
        let Walk { nodes, addresses, kinds, sizes, types, starts, targets, .. } = walk;
        Ok(Objects {
            untracked: (addresses.len() as u64 - 1).saturating_sub(seen),
            addresses,
            sizes,
            kinds,
            types: types.types,
            graph: rows::merged(starts, targets, &more)?,
            roots: found.kinds,
            own: found.own,
            tracked,
            frozen,
            overdrawn: found.overdrawn,
            nodes,
        })
    }
}

impl Walk {
    unsafe fn new() -> Result<Self, Fault> {
        // SAFETY: the promise of `walk`.
        let types = unsafe { Kinds::new() };
        let mut walk = Self {
            nodes: Table::default(),
            addresses: Vec::new(),
            kinds: Vec::new(),
            unexplained: Vec::new(),
            immortal: Vec::new(),
            types,
            own: 0,
            sizes: Vec::new(),
            starts: Vec::new(),
            targets: Vec::new(),
            batch: [0; BATCH],
            waiting: 0,
            ends: [0; BATCH],
            ended: 0,
            fault: None,
        };
        // Node 0, whose row is empty for now.
        walk.reserve(1)?;
        walk.nodes.reserve(1)?;
        walk.addresses.push(0);
        walk.unexplained.push(0);
        walk.kinds.push(0);
        walk.sizes.push(0);
        walk.starts.try_reserve(2)?;
        walk.starts.extend([0, 0]);
        Ok(walk)
    }

    /// The number of the object met last.
    fn last(&self) -> u32 {
        u32::try_from(self.addresses.len() - 1).unwrap_or(u32::MAX)
    }

    /// Makes room for so many more objects.
    fn reserve(&mut self, more: usize) -> Result<(), Fault> {
        self.nodes.reserve(more)?;
        self.addresses.try_reserve(more)?;
        self.unexplained.try_reserve(more)?;
        u32::try_from(self.addresses.len() + more).map_err(|_| Fault::Number)?;
        Ok(())
    }

    /// The number of an object, which gets one if it has none. There must be room.
    #[inline(always)]
    fn number(&mut self, object: usize) -> u32 {
        #[allow(clippy::cast_possible_truncation, reason = "`reserve` has seen to that")]
        let (node, new) = self.nodes.number(object, self.addresses.len() as u32);
        if new {
            self.addresses.push(object);
            self.unexplained.push(0);
        }
        node
    }

    /// Has an object walked; gives its number.
    pub fn meet(&mut self, object: usize) -> Result<u32, Fault> {
        self.reserve(1)?;
        Ok(self.number(object))
    }

    /// Meets all objects that the collector tracks.
    unsafe fn seed(&mut self, listed: bool) -> Result<([u64; 3], u64), Fault> {
        let mut fault = None;
        let mut meet = |object| match self.meet(object) {
            Ok(_) => true,
            Err(reason) => {
                fault = Some(reason);
                false
            }
        };
        // SAFETY: the promise of `walk`.
        let counts = unsafe {
            match Lists::find().filter(|_| !listed) {
                Some(lists) => lists.each(meet),
                // All of them, as if they were of the last generation.
                None => seeds::each_listed(&mut meet).map(|all| [0, 0, all, 0]),
            }
        };
        match counts {
            Some([young, middle, old, frozen]) => Ok(([young, middle, old], frozen)),
            None => Err(fault.unwrap_or(Fault::Unknown("the objects that are tracked"))),
        }
    }

    /// Walks all objects met, and those met on the way.
    unsafe fn all(&mut self) -> Result<(), Fault> {
        let mut node = 1;
        loop {
            if node == self.addresses.len() {
                self.look_up()?;
                if node == self.addresses.len() {
                    return Ok(());
                }
            }
            if let Some(&ahead) = self.addresses.get(node + AHEAD) {
                raw::prefetch(ahead as *const u8);
            }
            // SAFETY: the promise of `walk`: an object that was met is alive.
            unsafe { self.take(node)? };
            node += 1;
        }
    }

    /// Writes what there is to know of an object, and its row.
    #[inline]
    unsafe fn take(&mut self, node: usize) -> Result<(), Fault> {
        let object = self.addresses[node];
        // SAFETY: the promise of `walk`: the object is alive, and its type with it.
        unsafe {
            let kind = raw::type_of(object);
            let (number, new) = self.types.number(kind)?;
            if new {
                self.meet(kind)?;
            }
            self.kinds.try_reserve(1)?;
            self.sizes.try_reserve(1)?;
            self.kinds.push(number);
            let facts = self.types.facts[number as usize];
            self.sizes.push(sizes::of(object, &facts));
            if let Some(count) = raw::count_of(object).filter(|_| !facts.is_static) {
                self.unexplained[node] = self.unexplained[node].saturating_add(count);
            } else {
                self.immortal.try_reserve(1)?;
                #[allow(clippy::cast_possible_truncation, reason = "`reserve` has seen to that")]
                self.immortal.push(node as u32);
            }
            self.traverse(object, &facts)?;
        }
        self.end_row()
    }

    /// Has the references of an object looked up.
    #[inline]
    unsafe fn traverse(&mut self, object: usize, facts: &Facts) -> Result<(), Fault> {
        let before = self.waiting;
        // SAFETY: the promise of `walk`; `walk` below is this one, which nobody else uses meanwhile.
        unsafe {
            let is_shown = |is_gc: ffi::inquiry| is_gc(object as *mut PyObject) != 0;
            if let Some(traverse) = facts.traverse
                && facts.is_gc.is_none_or(is_shown)
            {
                let walk: *mut Self = self;
                traverse(object as *mut PyObject, visit, walk.cast());
            }
            if facts.extra & !extra::INLINE != 0 {
                let walk: *mut Self = self;
                edges::each(object, facts.extra, |other| (*walk).refer(other));
            }
            if facts.extra & extra::INLINE != 0 {
                let dict = edges::inline_dict(object);
                let shown =
                    self.waiting < before || self.batch[before..self.waiting].contains(&dict);
                if dict != 0 && !shown {
                    self.refer(dict);
                }
            }
        }
        self.fault.map_or(Ok(()), Err)
    }

    /// An object refers to another one.
    #[inline(always)]
    fn refer(&mut self, other: usize) {
        if self.waiting == BATCH
            && let Err(fault) = self.look_up()
        {
            self.fault = Some(fault);
        }
        self.batch[self.waiting % BATCH] = other;
        self.waiting += 1;
    }

    #[inline(always)]
    fn end_row(&mut self) -> Result<(), Fault> {
        if self.ended == BATCH {
            self.look_up()?;
        }
        #[allow(clippy::cast_possible_truncation, reason = "at most BATCH")]
        let waiting = self.waiting as u16;
        self.ends[self.ended] = waiting;
        self.ended += 1;
        Ok(())
    }

    /// Looks up what waits, and ends the rows that are at their end.
    fn look_up(&mut self) -> Result<(), Fault> {
        let (waiting, ended) = (self.waiting, self.ended);
        (self.waiting, self.ended) = (0, 0);
        self.reserve(waiting)?;
        self.targets.try_reserve(waiting)?;
        self.starts.try_reserve(ended)?;
        u32::try_from(self.targets.len() + waiting).map_err(|_| Fault::Number)?;
        for &object in &self.batch[..waiting] {
            self.nodes.prefetch(object);
        }
        let mut at = 0;
        for row in 0..=ended {
            let end = if row == ended { waiting } else { usize::from(self.ends[row]) };
            while at < end {
                let node = self.number(self.batch[at]);
                at += 1;
                let unexplained = &mut self.unexplained[node as usize];
                *unexplained = unexplained.saturating_sub(1);
                if node > self.own {
                    self.targets.push(node);
                }
            }
            if row < ended {
                #[allow(clippy::cast_possible_truncation, reason = "seen to above")]
                self.starts.push(self.targets.len() as u32);
            }
        }
        Ok(())
    }

    /// The node at an address that has a reference nobody has explained; it is explained now.
    #[inline(always)]
    pub fn take_unexplained(&mut self, address: usize) -> Option<u32> {
        let node = self.nodes.find(address)?;
        let unexplained = &mut self.unexplained[node as usize];
        (*unexplained > 0).then(|| {
            *unexplained -= 1;
            node
        })
    }

    /// What is known of the type of a node.
    #[inline(always)]
    pub fn facts(&self, node: u32) -> &Facts {
        &self.types.facts[self.kinds[node as usize] as usize]
    }

    /// Whether an object holds nothing that could be seen.
    #[inline(always)]
    pub fn is_leaf(&self, node: u32) -> bool {
        let facts = self.facts(node);
        facts.traverse.is_none() && !matches!(facts.scan, Scan::Anything(_))
    }

    /// Asks those types for the sizes of their objects that have a method for it.
    ///
    /// # Safety
    /// The lock is held. Nothing is read of objects afterwards.
    unsafe fn ask_methods(&mut self) {
        let asked = |facts: &Facts| matches!(facts.size, Size::Method(_));
        for node in 1..self.addresses.len() {
            let facts = &self.types.facts[self.kinds[node] as usize];
            if asked(facts) {
                // SAFETY: the caller's promise.
                let size = unsafe { sizes::by_method(self.addresses[node], facts) };
                self.sizes[node] = size.unwrap_or(self.sizes[node]);
            }
        }
    }
}

/// Is called by `tp_traverse` with each object that one refers to.
unsafe extern "C" fn visit(object: *mut PyObject, walk: *mut c_void) -> c_int {
    // SAFETY: `traverse` passes a walk that nobody else uses meanwhile.
    let walk = unsafe { &mut *walk.cast::<Walk>() };
    if !object.is_null() {
        walk.refer(object.addr());
    }
    c_int::from(walk.fault.is_some())
}
