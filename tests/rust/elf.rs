//! Reading loaded objects, without writing to any: an object made of words, broken ones, and those
//! of this process.
#![allow(unsafe_code, reason = "images are read where they lie in memory")]

use std::ffi::{CStr, c_int, c_void};

use libc::{Elf64_Phdr, dl_phdr_info};
use proptest::prelude::*;
use rsprofile::heap::elf::{Image, Kind, Slot, Strange};

// Words of the object below, by what begins there.
const SYMBOLS: usize = 4;
const NAMES: usize = 20;
const RELOCATIONS: usize = 24;
const CALLS: usize = 40;
const SLOTS: usize = 52;
const DYNAMIC: usize = 60;
const WORDS: usize = 100;

#[cfg(target_arch = "x86_64")]
mod kinds {
    pub const ADDRESS: u64 = 1;
    pub const GLOB_DAT: u64 = 6;
    pub const JUMP_SLOT: u64 = 7;
    pub const RELATIVE: u64 = 8;
}
#[cfg(target_arch = "aarch64")]
mod kinds {
    pub const ADDRESS: u64 = 257;
    pub const GLOB_DAT: u64 = 1025;
    pub const JUMP_SLOT: u64 = 1026;
    pub const RELATIVE: u64 = 1027;
}
use kinds::{ADDRESS, GLOB_DAT, JUMP_SLOT, RELATIVE};

/// An object with the functions `malloc` (elsewhere), `free` (its own) and `open`.
fn object() -> Vec<u64> {
    let mut words = vec![0; WORDS];
    let names = *b"\0malloc\0free\0open\0so.1\0\0";
    for (word, bytes) in words[NAMES..].iter_mut().zip(names.chunks(8)) {
        *word = u64::from_le_bytes(std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0)));
    }
    // A symbol: name (32 bits), info, other, section (16 bits); value; size.
    for (number, name, section) in [(1, 1, 0), (2, 8, 9), (3, 13, 0)] {
        words[SYMBOLS + 3 * number] = name | section << 48;
    }
    let entries = [
        (RELOCATIONS, SLOTS, RELATIVE, 0, 64),
        (RELOCATIONS + 3, SLOTS + 1, ADDRESS, 1, 0),
        (RELOCATIONS + 6, SLOTS + 2, GLOB_DAT, 2, 0),
        // Not the address of the function but one near it, and a function nobody asked for.
        (RELOCATIONS + 9, SLOTS + 3, ADDRESS, 1, 8),
        (RELOCATIONS + 12, SLOTS + 4, GLOB_DAT, 3, 0),
        (CALLS, SLOTS + 5, JUMP_SLOT, 1, 0),
        (CALLS + 3, SLOTS + 6, JUMP_SLOT, 3, 0),
    ];
    for (at, slot, kind, symbol, addend) in entries {
        words[at] = (slot * 8) as u64;
        words[at + 1] = symbol << 32 | kind;
        words[at + 2] = addend;
    }
    let tags = [
        (5, NAMES * 8),
        (10, 24),
        (6, SYMBOLS * 8),
        (14, 18),
        (7, RELOCATIONS * 8),
        (8, 5 * 24),
        (9, 24),
        (23, CALLS * 8),
        (2, 2 * 24),
        (20, 7),
        (0, 0),
    ];
    for (place, (tag, value)) in words[DYNAMIC..].chunks_mut(2).zip(tags) {
        place.copy_from_slice(&[tag, value as u64]);
    }
    words
}

fn header(kind: u32, flags: u32, from: usize, to: usize) -> Elf64_Phdr {
    Elf64_Phdr {
        p_type: kind,
        p_flags: flags,
        p_offset: 0,
        p_vaddr: (from * 8) as u64,
        p_paddr: 0,
        p_filesz: ((to - from) * 8) as u64,
        p_memsz: ((to - from) * 8) as u64,
        p_align: 8,
    }
}

fn image(words: &[u64]) -> Image {
    let headers = [
        header(libc::PT_LOAD, libc::PF_R | libc::PF_X, 0, SLOTS),
        header(libc::PT_LOAD, libc::PF_R | libc::PF_W, SLOTS, words.len()),
        header(libc::PT_DYNAMIC, libc::PF_R, DYNAMIC, words.len()),
        header(libc::PT_GNU_RELRO, libc::PF_R, SLOTS, SLOTS + 4),
    ];
    // SAFETY: the headers describe the words and nothing else; callers keep them.
    unsafe { Image::new(words.as_ptr() as usize, &headers) }
}

fn known(name: &[u8]) -> Option<usize> {
    [&b"malloc"[..], b"free"].iter().position(|known| *known == name)
}

#[test]
fn slots_of_calls_addresses_and_variables_are_found_with_their_functions() {
    let words = object();
    let at = |word: usize| words.as_ptr() as usize + word * 8;
    let slot =
        |word, kind, function, is_defined| Slot { address: at(word), kind, function, is_defined };
    let image = image(&words);
    let expected = vec![
        slot(SLOTS + 1, Kind::Variable, 0, false),
        slot(SLOTS + 2, Kind::Address, 1, true),
        slot(SLOTS + 5, Kind::Call, 0, false),
    ];
    assert_eq!(image.slots(known), Ok(expected));
    assert_eq!(image.soname().as_deref(), Some(&b"so.1"[..]));
    assert!(image.is_code(at(0)) && !image.is_code(at(SLOTS)) && image.is_writable(at(SLOTS)));
    assert!(image.contains(at(WORDS) - 1) && !image.contains(at(WORDS)));
}

#[test]
fn addresses_the_linker_made_absolute_are_understood() {
    let mut words = object();
    let base = words.as_ptr() as u64;
    for place in words[DYNAMIC..].chunks_mut(2) {
        if [5, 6, 7, 23].contains(&place[0]) {
            place[1] += base;
        }
    }
    assert_eq!(image(&words).slots(known).unwrap().len(), 3);
}

#[test]
fn only_whole_pages_are_protected() {
    let protected = |from: usize, to: usize| {
        let headers = [header(libc::PT_GNU_RELRO, libc::PF_R, from / 8, to / 8)];
        // SAFETY: nothing is loadable.
        unsafe { Image::new(0x10000, &headers) }.relro(4096)
    };
    assert_eq!(protected(0x2df8, 0x4000), 0x12000..0x14000);
    assert_eq!(protected(0x2df8, 0x4800), 0x12000..0x14000);
    assert_eq!(protected(0x2df8, 0x2ff8), 0..0);
}

#[test]
fn an_object_of_another_form_is_strange_and_not_read() {
    let change = |tag: u64, value: u64| {
        let mut words = object();
        let places = words[DYNAMIC..].chunks_mut(2);
        places.filter(|place| place[0] == tag).for_each(|place| place[1] = value);
        image(&words).slots(known).map(|slots| slots.len())
    };
    assert_eq!(change(20, 17), Err(Strange::Relocations));
    assert_eq!(change(9, 16), Err(Strange::Relocations));
    assert_eq!(change(7, 1 << 40), Err(Strange::Relocations));
    assert_eq!(change(8, u64::MAX), Err(Strange::Relocations));
    assert_eq!(change(6, 1 << 40), Err(Strange::Symbols));
    assert_eq!(change(5, 1 << 40), Ok(0));
    // SAFETY: there is nothing to read.
    let empty = unsafe { Image::new(0, &[]) };
    assert_eq!(empty.slots(known), Err(Strange::Dynamic));
    assert_eq!((empty.soname(), empty.export(b"malloc")), (None, None));
}

proptest! {
    #[test]
    fn whatever_an_object_says_only_its_own_memory_is_read(
        changes in prop::collection::vec((0..WORDS, prop_oneof![
            any::<u64>(), 0..1024_u64, Just(0x6fff_fef5), 0..32_u64,
        ]), 1..12),
    ) {
        let mut words = object();
        for (at, value) in changes {
            words[at] = value;
        }
        let image = image(&words);
        for slot in image.slots(known).unwrap_or_default() {
            prop_assert!(image.is_writable(slot.address));
        }
        image.soname();
        image.export(b"malloc");
    }
}

#[test]
fn objects_of_this_process_have_their_functions_where_the_linker_finds_them() {
    unsafe extern "C" fn visit(info: *mut dl_phdr_info, _: usize, count: *mut c_void) -> c_int {
        // SAFETY: the linker describes a loaded object, and passes on the counts given below.
        let (info, count) = unsafe { (&*info, &mut *count.cast::<[usize; 3]>()) };
        // SAFETY: as above.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        // SAFETY: the object is loaded while we look at it.
        let image = unsafe { Image::new(usize::try_from(info.dlpi_addr).unwrap(), headers) };
        count[0] += 1;
        if image.contains(libc::gnu_get_libc_version as *const () as usize) {
            // SAFETY: the names end.
            let find = |name: &CStr| unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
            for name in [c"malloc", c"free", c"reallocarray", c"mmap"] {
                assert_eq!(image.export(name.to_bytes()), Some(find(name) as usize), "{name:?}");
            }
            assert_eq!(image.export(b"no such function"), None);
            assert_eq!(image.soname().as_deref(), Some(&b"libc.so.6"[..]));
            count[1] += 1;
        }
        count[2] += image.slots(known).map_or(0, |slots| slots.len());
        0
    }
    let mut count = [0_usize; 3];
    // SAFETY: the callback is of the form that is asked for, and the counts outlive the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut count).cast()) };
    let [objects, libraries, slots] = count;
    assert!(objects > 1 && libraries == 1 && slots > 0, "{count:?}");
}
