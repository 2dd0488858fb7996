//! Leads the calls that loaded objects make to our functions, and back.
//!
//! An object calls a function of another one through a slot that the dynamic linker filled. We write
//! the address of our function there, one store a slot, and only where the slot leads to the very
//! function that ours will call: an object that brings its own `malloc` keeps it. What was there
//! before is put back at the end, where nobody else has written since.
//!
//! **Objects come and go.** The dynamic linker appends to its list and counts what it appended, so
//! the objects that may be new since the last look are the last ones of the list, however many went
//! meanwhile: what was known of one that was unloaded is never taken for one that is mapped in its
//! place. Another thread may be half way through loading one, whose slots and protections are still
//! the linker's: [`update`] first waits for the linker's lock, and leaves for the next look what
//! began to load since.
//!
//! **Locks.** The linker's lock for loading, then ours, then its lock of the list, which it holds
//! while it calls us back. None of them is waited for inside an allocator.

use std::ffi::{CStr, c_int, c_void};
use std::ops::Range;
use std::ptr::from_ref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use libc::dl_phdr_info;

use super::elf::{Image, Kind, Slot};
use super::loaded::{each_object, image, loads};
use crate::lock::lock;
use crate::page;

/// How often the list of objects is looked at anew when it changed meanwhile.
const TRIES: usize = 8;
/// Parts of the C library that is one file since glibc 2.34: what they allocate is the library's.
const OF_LIBC: [&[u8]; 5] = [b"libpthread.so", b"libm.so", b"libdl.so", b"librt.so", b"libc.so"];

/// A function and ours in its place.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub name: &'static CStr,
    pub ours: usize,
    /// What ours calls.
    pub real: usize,
    /// Whether it finds functions by name. The interpreter's calls of these are led to us too.
    pub is_lookup: bool,
}

/// What was found in the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Loaded objects whose calls are led to us.
    pub objects: usize,
    /// Their slots that lead to us.
    pub slots: usize,
    /// Slots that lead to somebody else's function of the same name: another allocator or another
    /// tool. They are left alone.
    pub foreign: usize,
    /// Objects that could not be read.
    pub strange: usize,
    /// Slots that the system did not let us write.
    pub refused: usize,
}

/// A loaded object.
#[derive(Debug)]
struct Object {
    base: usize,
    /// Where the linker keeps its name: with the base, its identity while it is loaded.
    name: usize,
    relro: Range<usize>,
    /// Where its code begins and ends.
    image: Image,
    slots: Vec<Written>,
    is_strange: bool,
}

/// A slot and what was in it before ours; 0 while it does not hold ours.
#[derive(Debug)]
struct Written {
    slot: Slot,
    before: usize,
}

#[derive(Debug)]
struct Books {
    targets: Vec<Target>,
    /// For each target, the code that the function may be in.
    providers: Vec<Vec<Image>>,
    /// Addresses in objects that belong to the interpreter.
    interpreter: Vec<usize>,
    objects: Vec<Object>,
    /// How many objects had been loaded, ever, when `objects` was complete.
    adds: u64,
    refused: usize,
    is_on: bool,
}

static BOOKS: Mutex<Books> = Mutex::new(Books {
    targets: Vec::new(),
    providers: Vec::new(),
    interpreter: Vec::new(),
    objects: Vec::new(),
    adds: 0,
    refused: 0,
    is_on: false,
});
/// How many objects had been loaded at the last look, to see at a glance whether there are more.
static SEEN: AtomicUsize = AtomicUsize::new(0);

/// Leads the calls of all objects to the targets' functions, those of objects loaded later at the
/// next [`update`]. The objects with one of the addresses `interpreter` and the main program look up
/// names through us and otherwise call as ever.
pub(super) fn start(targets: Vec<Target>, interpreter: &[usize]) {
    {
        let mut books = lock(&BOOKS);
        if books.targets.is_empty() {
            books.providers = providers(&targets);
            books.targets = targets;
            books.interpreter = interpreter.to_vec();
        }
        books.is_on = true;
    }
    SEEN.store(0, Ordering::Relaxed);
    update();
}

/// Puts back what was in the slots.
pub(super) fn stop() {
    let mut books = lock(&BOOKS);
    books.is_on = false;
    books.look_again();
}

/// Leads the calls of objects loaded since the last time to us as well. Must not be called where a
/// lock may be held that the constructor of a library might wait for, as in an allocator: it waits
/// until no other thread is loading.
pub(super) fn update() {
    let adds = loads();
    if adds == SEEN.load(Ordering::Relaxed) as u64 {
        return;
    }
    // Each look-up takes the lock that is held while objects are loaded: after it, all that were in
    // the list before are ready.
    // SAFETY: the arguments are as the function wants them.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"malloc".as_ptr()) };
    let mut books = lock(&BOOKS);
    if books.is_on {
        let settled = adds.max(books.adds);
        books.look(settled);
    }
}

/// Leads to us again what another tool has led to itself and back since.
pub(super) fn restore() {
    lock(&BOOKS).look_again();
}

/// What is led to us at the moment.
pub(super) fn coverage() -> Coverage {
    let mut books = lock(&BOOKS);
    books.look_again();
    let mut found = Coverage { refused: books.refused, ..Coverage::default() };
    for object in &books.objects {
        let ours = object.slots.iter().filter(|written| written.before != 0).count();
        found.slots += ours;
        found.objects += usize::from(ours > 0);
        found.strange += usize::from(object.is_strange);
        if books.is_on {
            let calls = object.slots.iter().filter(|written| written.slot.kind != Kind::Variable);
            found.foreign += calls.filter(|written| written.before == 0).count();
        }
    }
    found
}

/// Our function in place of the one of this name, if that is what `find` finds.
pub(super) fn in_place_of(name: &CStr, find: impl FnOnce() -> *mut c_void) -> Option<usize> {
    let (ours, real) = {
        let books = lock(&BOOKS);
        let target = books.targets.iter().find(|target| target.name == name);
        target.filter(|_| books.is_on).map(|target| (target.ours, target.real))?
    };
    (find() as usize == real).then_some(ours)
}

/// The books, for as long as they must not change.
pub(super) struct Held {
    _books: MutexGuard<'static, Books>,
}

/// Waits until nobody looks at the objects, and lets nobody: the child of a fork must find neither
/// the books half written nor the linker's lock of its list taken.
pub(super) fn hold() -> Held {
    Held { _books: lock(&BOOKS) }
}

fn providers(targets: &[Target]) -> Vec<Vec<Image>> {
    let mut providers = vec![Vec::new(); targets.len()];
    let mut is_program = true;
    each_object(|info| {
        let image = image(info);
        let is_libc = image.contains(libc::gnu_get_libc_version as *const () as usize);
        for (target, providers) in targets.iter().zip(&mut providers) {
            let has_it = image.contains(target.real);
            // A program that is not position-independent lends its own stub of a function as the
            // address of the function, to all objects.
            let is_stub = is_program && has_it && image.export(target.name.to_bytes()).is_none();
            if has_it && !is_stub || is_libc && providers.is_empty() {
                providers.push(image.clone());
            }
        }
        is_program = false;
        true
    });
    providers
}

impl Books {
    /// Goes through the objects of the last time that are still loaded.
    fn look_again(&mut self) {
        let settled = self.adds;
        self.look(settled);
    }

    /// Goes through all objects but those loaded after the first `settled` ones: leads their slots
    /// to us or puts back what was there.
    fn look(&mut self, settled: u64) {
        for _ in 0..TRIES {
            if self.try_look(settled) {
                break;
            }
        }
    }

    fn try_look(&mut self, settled: u64) -> bool {
        let (mut total, mut at_first) = (0_u64, (0, 0));
        each_object(|info| {
            at_first = (info.dlpi_adds, info.dlpi_subs);
            total += 1;
            true
        });
        let new = at_first.0.saturating_sub(self.adds);
        let unsettled = at_first.0.saturating_sub(settled);
        let mut left = total;
        let mut known = Vec::new().into_iter();
        let mut is_same = true;
        each_object(|info| {
            if left == total {
                is_same = at_first == (info.dlpi_adds, info.dlpi_subs);
                if !is_same {
                    return false;
                }
                known = std::mem::take(&mut self.objects).into_iter();
            }
            if left > unsettled {
                let old = if left > new { known.find(|object| object.is(info)) } else { None };
                let mut object = old.unwrap_or_else(|| self.open(info, left == total));
                self.refused += object.write(&self.targets, &self.providers, self.is_on);
                self.objects.push(object);
            }
            left = left.saturating_sub(1);
            true
        });
        if is_same {
            self.adds = settled;
            #[allow(clippy::cast_possible_truncation, reason = "usize has 64 bits")]
            SEEN.store(settled as usize, Ordering::Relaxed);
        }
        is_same
    }

    fn open(&self, info: &dl_phdr_info, is_program: bool) -> Object {
        let image = image(info);
        let is_interpreter =
            is_program || self.interpreter.iter().any(|address| image.contains(*address));
        let wanted = |name: &[u8]| {
            let is_it = |target: &Target| {
                target.name.to_bytes() == name && (target.is_lookup || !is_interpreter)
            };
            self.targets.iter().position(is_it)
        };
        let slots =
            if self.is_left_alone(&image, info) { Ok(Vec::new()) } else { image.slots(wanted) };
        Object {
            base: image.base(),
            name: info.dlpi_name as usize,
            relro: image.relro(page::size()),
            is_strange: slots.is_err(),
            slots: slots
                .unwrap_or_default()
                .into_iter()
                .map(|slot| Written { slot, before: 0 })
                .collect(),
            image,
        }
    }

    /// The C library and its parts, the linker, the kernel's object, whoever provides `malloc`, and
    /// ourselves.
    fn is_left_alone(&self, image: &Image, info: &dl_phdr_info) -> bool {
        let auxiliary = |kind| {
            // SAFETY: it asks a number of the system.
            unsafe { libc::getauxval(kind) }
        };
        let is_system = [libc::AT_BASE, libc::AT_SYSINFO_EHDR]
            .into_iter()
            .any(|kind| info.dlpi_addr != 0 && auxiliary(kind) == info.dlpi_addr);
        is_system
            || image.contains(from_ref(&BOOKS) as usize)
            || image.contains(libc::gnu_get_libc_version as *const () as usize)
            || self.targets.iter().any(|target| !target.is_lookup && image.contains(target.real))
            || image.soname().is_some_and(|name| OF_LIBC.iter().any(|of| name.starts_with(of)))
    }
}

impl Object {
    fn is(&self, info: &dl_phdr_info) -> bool {
        self.base as u64 == info.dlpi_addr && self.name == info.dlpi_name as usize
    }

    /// Leads the slots to us, or puts back what was there; how many could not be written.
    fn write(&mut self, targets: &[Target], providers: &[Vec<Image>], is_on: bool) -> usize {
        let mut refused = 0;
        let mut opened = None;
        for Written { slot, before } in &mut self.slots {
            let (Some(target), Some(providers)) =
                (targets.get(slot.function), providers.get(slot.function))
            else {
                continue;
            };
            // SAFETY: the slot is a whole word of an object that is loaded while we look at it. The
            // linker and the object use it by whole words too.
            let word = unsafe { AtomicUsize::from_ptr(slot.address as *mut usize) };
            let now = word.load(Ordering::Acquire);
            let to = if is_on {
                let is_real = now == target.real || providers.iter().any(|of| of.is_code(now));
                let is_stub =
                    slot.kind == Kind::Call && !slot.is_defined && self.image.is_code(now);
                (now != target.ours && (is_real || is_stub)).then_some(target.ours)
            } else {
                (now == target.ours && *before != 0).then_some(*before)
            };
            if let Some(to) = to {
                if self.relro.contains(&slot.address) && opened.is_none() {
                    opened = Opened::new(&self.relro);
                    if opened.is_none() {
                        refused += 1;
                        continue;
                    }
                }
                word.store(to, Ordering::Release);
            }
            *before = match (is_on, to) {
                (true, Some(_)) => now,
                (true, None) if now == target.ours => *before,
                _ => 0,
            };
        }
        refused
    }
}

/// Pages that may be written until it is dropped.
struct Opened<'a>(&'a Range<usize>);

impl<'a> Opened<'a> {
    fn new(pages: &'a Range<usize>) -> Option<Self> {
        protect(pages, libc::PROT_READ | libc::PROT_WRITE).then_some(Self(pages))
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        protect(self.0, libc::PROT_READ);
    }
}

fn protect(pages: &Range<usize>, protection: c_int) -> bool {
    // SAFETY: the pages are those the linker protected in the same way, of an object that is loaded.
    unsafe { libc::mprotect(pages.start as *mut c_void, pages.len(), protection) == 0 }
}
