//! What a loaded object says of itself: the slots through which it calls other objects, and which
//! functions it has under a name.
//!
//! Everything is read from the image in memory as the dynamic linker uses it, never from the file.
//! What an object says of itself is not trusted: each address is looked up in its readable segments
//! before it is read. Nothing here writes.

use std::mem::size_of;
use std::ops::Range;

use libc::{Elf64_Phdr, Elf64_Rela, Elf64_Sym};

/// The longest name that is compared.
const LONGEST_NAME: usize = 64;

// Kinds of relocations that leave the address of a symbol in a slot (elf.h).
#[cfg(target_arch = "x86_64")]
mod kinds {
    pub const ADDRESS: u32 = 1; // R_X86_64_64
    pub const GLOB_DAT: u32 = 6;
    pub const JUMP_SLOT: u32 = 7;
}
#[cfg(target_arch = "aarch64")]
mod kinds {
    pub const ADDRESS: u32 = 257; // R_AARCH64_ABS64
    pub const GLOB_DAT: u32 = 1025;
    pub const JUMP_SLOT: u32 = 1026;
}

// Tags of the dynamic section (elf.h). The crate `libc` has none of them.
const DT_PLTRELSZ: u64 = 2;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_RELA: u64 = 7;
const DT_RELASZ: u64 = 8;
const DT_RELAENT: u64 = 9;
const DT_STRSZ: u64 = 10;
const DT_SONAME: u64 = 14;
const DT_PLTREL: u64 = 20;
const DT_JMPREL: u64 = 23;
const DT_GNU_HASH: u64 = 0x6fff_fef5;

/// How a slot is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Called through by the code of the object alone. Before its first call it may lead back into
    /// the object, to the stub that looks the function up.
    Call,
    /// The address of the function, to be called or handed on.
    Address,
    /// A variable of the object that begins as that address; the object may have changed it.
    Variable,
}

/// A word of an object that the dynamic linker filled with the address of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Where it is.
    pub address: usize,
    /// How it is used.
    pub kind: Kind,
    /// What the caller knows the function by.
    pub function: usize,
    /// Whether the object has a function of this name itself.
    pub is_defined: bool,
}

/// Why an object cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Strange {
    /// There is no dynamic section, or it leads out of the object.
    #[error("no dynamic section that can be read")]
    Dynamic,
    /// Tables of symbols or names are missing or lead out of the object.
    #[error("no table of symbols that can be read")]
    Symbols,
    /// The relocations are of a form this architecture does not use, or lead out of the object.
    #[error("relocations of an unknown form")]
    Relocations,
}

/// A piece of an object in memory.
#[derive(Debug, Clone)]
struct Segment {
    range: Range<usize>,
    flags: u32,
}

/// An object in memory.
#[derive(Debug, Clone)]
pub struct Image {
    base: usize,
    segments: Vec<Segment>,
    dynamic: Range<usize>,
    relro: Range<usize>,
}

/// What is needed of the dynamic section, as addresses and bytes.
#[derive(Debug, Default)]
struct Dynamic {
    symbols: usize,
    names: Range<usize>,
    soname: Option<usize>,
    relocations: Range<usize>,
    calls: Range<usize>,
    hash: usize,
    /// Whether all relocations are of the form with an addend.
    is_known: bool,
}

impl Image {
    /// The object at `base` with these program headers.
    ///
    /// # Safety
    /// What the headers call loadable and readable must be mapped and readable while the image is
    /// in use.
    pub unsafe fn new(base: usize, headers: &[Elf64_Phdr]) -> Self {
        let range = |header: &Elf64_Phdr| {
            let start = base.wrapping_add(address(header.p_vaddr));
            start..start.saturating_add(address(header.p_memsz))
        };
        let find = |kind| {
            let header = headers.iter().find(|header| header.p_type == kind);
            header.map_or(0..0, range)
        };
        let loaded = headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
        let segments =
            loaded.map(|header| Segment { range: range(header), flags: header.p_flags }).collect();
        Self { base, segments, dynamic: find(libc::PT_DYNAMIC), relro: find(libc::PT_GNU_RELRO) }
    }

    /// What the linker added to all addresses of the object.
    pub fn base(&self) -> usize {
        self.base
    }

    /// Whether an address is inside.
    pub fn contains(&self, at: usize) -> bool {
        self.segments.iter().any(|segment| segment.range.contains(&at))
    }

    /// Whether an address is in code of the object.
    pub fn is_code(&self, at: usize) -> bool {
        self.flags(at) & libc::PF_X != 0
    }

    /// Whether an address is in memory the object may write, if only until it was relocated.
    pub fn is_writable(&self, at: usize) -> bool {
        self.flags(at) & libc::PF_W != 0
    }

    /// The pages that the dynamic linker made read-only after it filled them (`PT_GNU_RELRO`);
    /// empty without such. Only whole pages are protected: both ends are rounded down, as in glibc.
    pub fn relro(&self, page: usize) -> Range<usize> {
        let down = |at: usize| at & !(page - 1);
        let range = down(self.relro.start)..down(self.relro.end);
        if range.is_empty() { 0..0 } else { range }
    }

    /// The name the object gives itself (`DT_SONAME`).
    pub fn soname(&self) -> Option<Vec<u8>> {
        let dynamic = self.dynamic()?;
        Some(self.name(&dynamic, dynamic.soname?)?.to_vec())
    }

    /// The slots of the functions that `function` knows by their names.
    ///
    /// # Errors
    /// When the object is not one that this architecture's linker makes. One without any slot is
    /// fine.
    pub fn slots(&self, function: impl Fn(&[u8]) -> Option<usize>) -> Result<Vec<Slot>, Strange> {
        let dynamic = self.dynamic().ok_or(Strange::Dynamic)?;
        if !dynamic.is_known {
            return Err(Strange::Relocations);
        }
        let mut slots = Vec::new();
        for (table, is_call) in [(&dynamic.relocations, false), (&dynamic.calls, true)] {
            if table.is_empty() {
                continue;
            }
            if !self.is_readable(table) {
                return Err(Strange::Relocations);
            }
            for at in table.clone().step_by(size_of::<Elf64_Rela>()) {
                let entry: Elf64_Rela = self.read(at).ok_or(Strange::Relocations)?;
                let kind = match (entry.r_info & 0xffff_ffff) as u32 {
                    kinds::JUMP_SLOT if is_call => Kind::Call,
                    kinds::JUMP_SLOT | kinds::GLOB_DAT => Kind::Address,
                    kinds::ADDRESS if entry.r_addend == 0 => Kind::Variable,
                    _ => continue,
                };
                let number = address(entry.r_info >> 32);
                let at = number.checked_mul(size_of::<Elf64_Sym>());
                let at = at.and_then(|offset| dynamic.symbols.checked_add(offset));
                let symbol: Elf64_Sym = at.and_then(|at| self.read(at)).ok_or(Strange::Symbols)?;
                let name = self.name(&dynamic, symbol.st_name as usize).unwrap_or_default();
                let slot = self.base.wrapping_add(address(entry.r_offset));
                if let Some(function) = function(name)
                    && slot.is_multiple_of(size_of::<usize>())
                    && self.is_writable(slot)
                    && self.read::<usize>(slot).is_some()
                {
                    let is_defined = symbol.st_shndx != 0;
                    slots.push(Slot { address: slot, kind, function, is_defined });
                }
            }
        }
        Ok(slots)
    }

    /// Where the object has a function of this name for others to find.
    pub fn export(&self, name: &[u8]) -> Option<usize> {
        let dynamic = self.dynamic()?;
        let table = dynamic.hash;
        let [buckets, first, filter, _]: [u32; 4] = self.read(table)?;
        let hash = gnu_hash(name);
        let buckets_at = table.checked_add(16)?.checked_add(filter as usize * 8)?;
        let bucket = buckets_at.checked_add(hash.checked_rem(buckets)? as usize * 4)?;
        let chains_at = buckets_at.checked_add(buckets as usize * 4)?;
        let mut number: u32 = self.read(bucket)?;
        while number >= first {
            let chained: u32 = self.read(chains_at.checked_add((number - first) as usize * 4)?)?;
            if chained | 1 == hash | 1 {
                let offset = number as usize * size_of::<Elf64_Sym>();
                let symbol: Elf64_Sym = self.read(dynamic.symbols.checked_add(offset)?)?;
                if symbol.st_shndx != 0
                    && self.name(&dynamic, symbol.st_name as usize) == Some(name)
                {
                    return Some(self.base.wrapping_add(address(symbol.st_value)));
                }
            }
            if chained & 1 == 1 {
                break;
            }
            number = number.checked_add(1)?;
        }
        None
    }

    fn dynamic(&self) -> Option<Dynamic> {
        let mut found = Dynamic { is_known: true, ..Dynamic::default() };
        let (mut names, mut names_size) = (0, 0);
        let (mut relocations, mut relocations_size) = (0, 0);
        let (mut calls, mut calls_size) = (0, 0);
        for at in self.dynamic.clone().step_by(16) {
            let [tag, value]: [u64; 2] = self.read(at)?;
            match tag {
                0 => break,
                DT_STRTAB => names = self.pointer(value),
                DT_STRSZ => names_size = address(value),
                DT_SYMTAB => found.symbols = self.pointer(value),
                DT_SONAME => found.soname = Some(address(value)),
                DT_RELA => relocations = self.pointer(value),
                DT_RELASZ => relocations_size = address(value),
                DT_RELAENT => found.is_known &= address(value) == size_of::<Elf64_Rela>(),
                DT_JMPREL => calls = self.pointer(value),
                DT_PLTRELSZ => calls_size = address(value),
                DT_PLTREL => found.is_known &= value == DT_RELA,
                DT_GNU_HASH => found.hash = self.pointer(value),
                _ => {}
            }
        }
        found.names = names..names.saturating_add(names_size);
        found.relocations = relocations..relocations.saturating_add(relocations_size);
        found.calls = calls..calls.saturating_add(calls_size);
        (!self.dynamic.is_empty()).then_some(found)
    }

    /// An address of the dynamic section. glibc adds the base in place, but not where the section is
    /// read-only.
    fn pointer(&self, value: u64) -> usize {
        let value = address(value);
        if self.contains(value) { value } else { self.base.wrapping_add(value) }
    }

    /// A name from the table of names, cut at [`LONGEST_NAME`].
    fn name(&self, dynamic: &Dynamic, offset: usize) -> Option<&[u8]> {
        let start = dynamic.names.start.checked_add(offset)?;
        let end = dynamic.names.end.min(start.saturating_add(LONGEST_NAME));
        let range = start..end;
        if range.is_empty() || !self.is_readable(&range) {
            return None;
        }
        // SAFETY: the range lies in one readable segment, which is mapped as `new` was promised; what
        // the linker wrote there it has written before.
        let bytes = unsafe { std::slice::from_raw_parts(start as *const u8, range.len()) };
        bytes.split(|byte| *byte == 0).next()
    }

    fn read<T: Copy>(&self, at: usize) -> Option<T> {
        if !self.is_readable(&(at..at.checked_add(size_of::<T>())?)) {
            return None;
        }
        // SAFETY: as in `name`; `T` is one of the integers, arrays and structures of integers above,
        // for which every bit pattern is a value.
        Some(unsafe { (at as *const T).read_unaligned() })
    }

    fn is_readable(&self, range: &Range<usize>) -> bool {
        let holds = |segment: &Segment| {
            segment.flags & libc::PF_R != 0
                && segment.range.start <= range.start
                && range.end <= segment.range.end
        };
        self.segments.iter().any(holds)
    }

    fn flags(&self, at: usize) -> u32 {
        let segment = self.segments.iter().find(|segment| segment.range.contains(&at));
        segment.map_or(0, |segment| segment.flags)
    }
}

/// Only 64-bit systems are served.
#[allow(clippy::cast_possible_truncation, reason = "usize has 64 bits")]
const fn address(value: u64) -> usize {
    value as usize
}

/// The hash of `DT_GNU_HASH`.
fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(u32::from(*byte)))
}
