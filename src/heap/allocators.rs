//! Loaded objects with an allocator of their own: what it hands out is not seen, only the mappings
//! it takes from the system.

use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::from_ref;

use super::loaded::{each_object, image};

/// An allocator, the names it is known to export, and a text that no build of it is without: most
/// are linked into an object with their symbols hidden.
struct Known {
    name: &'static str,
    exports: &'static [&'static [u8]],
    text: &'static [u8],
}

static KNOWN: [Known; 3] = [
    Known {
        name: "jemalloc",
        exports: &[b"_rjem_malloc", b"je_malloc", b"mallctl"],
        text: b"<jemalloc>: ",
    },
    Known { name: "mimalloc", exports: &[b"mi_malloc"], text: b"mimalloc: " },
    Known { name: "tcmalloc", exports: &[b"tc_malloc"], text: b"tcmalloc: " },
];
/// What is read of a file at once, bytes.
const PIECE: usize = 1 << 20;

/// A loaded object with an allocator of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocator {
    /// The object's file.
    pub path: PathBuf,
    /// Its name; `malloc` for one under that name that is none of the known ones.
    pub name: &'static str,
}

/// The allocators in loaded objects, in the order of the objects. Reads their files, for what they
/// do not export: that takes a moment for each GiB, and leaves them out of this process's memory.
/// Objects with one of the addresses `interpreter` are not among them.
pub fn allocators(interpreter: &[usize]) -> Vec<Allocator> {
    let mut found = Vec::new();
    for (path, exported) in objects(interpreter) {
        let in_file: Vec<_> = std::iter::once(&path)
            .filter_map(|path| File::open(path).and_then(texts).ok())
            .flatten()
            .collect();
        let mut names: Vec<_> = KNOWN
            .iter()
            .map(|known| known.name)
            .filter(|name| exported.contains(name) || in_file.contains(name))
            .collect();
        if names.is_empty() && exported.contains(&"malloc") {
            names.push("malloc");
        }
        found.extend(names.into_iter().map(|name| Allocator { path: path.clone(), name }));
    }
    found
}

/// Files of loaded objects and what they export of allocators; but the C library, the linker, us and
/// the interpreter.
fn objects(interpreter: &[usize]) -> Vec<(PathBuf, Vec<&'static str>)> {
    let mut objects = Vec::new();
    // SAFETY: it asks a number of the system.
    let linker = unsafe { libc::getauxval(libc::AT_BASE) };
    each_object(|info| {
        let image = image(info);
        let others = [from_ref(&KNOWN) as usize, libc::gnu_get_libc_version as *const () as usize];
        let is_other = others.iter().chain(interpreter).any(|address| image.contains(*address));
        if is_other || info.dlpi_addr == linker || info.dlpi_name.is_null() {
            return true;
        }
        // SAFETY: the linker keeps the name as a text that ends.
        let path = unsafe { CStr::from_ptr(info.dlpi_name) }.to_bytes();
        let path = Path::new(OsStr::from_bytes(path));
        let path = if path.as_os_str().is_empty() { Path::new("/proc/self/exe") } else { path };
        let mut exported: Vec<_> = KNOWN
            .iter()
            .filter(|known| known.exports.iter().any(|name| image.export(name).is_some()))
            .map(|known| known.name)
            .collect();
        if image.export(b"malloc").is_some() {
            exported.push("malloc");
        }
        objects.push((path.to_owned(), exported));
        true
    });
    objects
}

/// The known allocators whose text is in a file.
fn texts(mut file: impl Read) -> io::Result<Vec<&'static str>> {
    let longest = KNOWN.iter().map(|known| known.text.len()).max().unwrap_or(1);
    let mut found = Vec::new();
    let mut piece = vec![0; PIECE];
    let mut kept = 0;
    loop {
        let read = file.read(&mut piece[kept..])?;
        if read == 0 {
            return Ok(found);
        }
        let filled = &piece[..kept + read];
        for known in &KNOWN {
            if !found.contains(&known.name) && contains(filled, known.text) {
                found.push(known.name);
            }
        }
        // A text may begin in this piece and end in the next one.
        kept = filled.len().min(longest - 1);
        let from = filled.len() - kept;
        piece.copy_within(from..from + kept, 0);
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    let Some(position) = text.iter().position(|byte| *byte == b':') else { return false };
    // The colon is the rarest letter of the texts, and the search for one letter is the fast one.
    let mut from = position;
    while let Some(rest) = bytes.get(from..) {
        // SAFETY: the range is the slice's.
        let at = unsafe { libc::memchr(rest.as_ptr().cast(), b':'.into(), rest.len()) };
        if at.is_null() {
            return false;
        }
        let colon = from + (at as usize - rest.as_ptr() as usize);
        if bytes.get(colon - position..).is_some_and(|bytes| bytes.starts_with(text)) {
            return true;
        }
        from = colon + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a byte at a time.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let length = to.len().min(1);
            self.0.read(&mut to[..length])
        }
    }

    #[test]
    fn a_text_is_found_wherever_pieces_end() {
        let bytes = b"a:b<jemalloc>: x mimalloc:no :mimalloc: ";
        assert_eq!(texts(&bytes[..]).unwrap(), ["jemalloc", "mimalloc"]);
        assert_eq!(texts(Slowly(bytes)).unwrap(), ["jemalloc", "mimalloc"]);
        let mut long = vec![b'x'; PIECE - 3];
        long.extend(b"<jemalloc>: ");
        assert_eq!(texts(&long[..]).unwrap(), ["jemalloc"]);
        assert_eq!(texts(&b"<jemalloc>:"[..]).unwrap(), [""; 0]);
    }
}
