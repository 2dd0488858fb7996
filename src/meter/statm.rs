//! The resident set size, from a kept-open `/proc/self/statm`.
//!
//! `procfs` opens and parses the file anew for each reading (10 us and more, and an allocation), so
//! it checks the first reading and the hot path reads the one field it needs by itself.

use std::fs::File;
use std::io;
use std::os::fd::IntoRawFd;
use std::os::unix::fs::FileExt;

use procfs::FromRead;
use procfs::process::StatM;

use super::unreadable;
use crate::page;

const PATH: &str = "/proc/self/statm";

/// A kept-open `/proc/self/statm`.
#[derive(Debug)]
pub struct Statm {
    file: Option<File>,
    page: i64,
}

impl Statm {
    /// Opens the file and checks that what it says can be read.
    ///
    /// # Errors
    /// The kernel's error with the remedy, where `/proc` is not mounted or hidden.
    pub fn open() -> io::Result<Self> {
        let remedy = "mount /proc; without it no meter of rsprofile works";
        let file = File::open(PATH).map_err(|e| unreadable(PATH, &e, remedy))?;
        let mut text = [0; 128];
        let n = file.read_at(&mut text, 0).map_err(|e| unreadable(PATH, &e, remedy))?;
        StatM::from_read(&text[..n]).map_err(|e| {
            unreadable(PATH, &io::Error::new(io::ErrorKind::InvalidData, e.to_string()), remedy)
        })?;
        Ok(Self { file: Some(file), page: page_size() })
    }

    /// The resident set size now, in bytes.
    pub fn read(&mut self) -> Option<i64> {
        if let Some(pages) = self.file.as_ref().and_then(pages) {
            return Some(pages * self.page);
        }
        self.reopen();
        self.file.as_ref().and_then(pages).map(|pages| pages * self.page)
    }

    /// Opens the file again.
    pub fn reopen(&mut self) {
        // The program may have closed our descriptor, and the number may be a file of its own by
        // now: closing it again could close that one, so the number is given up, not closed.
        if let Some(lost) = self.file.take() {
            let _ = lost.into_raw_fd();
        }
        self.file = File::open(PATH).ok();
    }
}

/// Resident pages, if this is a statm file and nothing else.
#[inline]
fn pages(file: &File) -> Option<i64> {
    let mut text = [0; 128];
    let n = file.read_at(&mut text, 0).ok()?;
    parse(&text[..n])
}

/// The second of the seven numbers of a `statm` line (proc(5)).
#[inline]
pub fn parse(text: &[u8]) -> Option<i64> {
    let (&last, text) = text.split_last()?;
    if last != b'\n' {
        return None;
    }
    let mut resident = 0;
    let mut field = 0;
    for &byte in text {
        match byte {
            b'0'..=b'9' if field == 1 => resident = resident * 10 + i64::from(byte - b'0'),
            b'0'..=b'9' => {}
            b' ' => field += 1,
            _ => return None,
        }
    }
    (field == 6).then_some(resident)
}

/// Bytes of a page, of the type of readings.
pub(super) fn page_size() -> i64 {
    i64::try_from(page::size()).unwrap_or(4096)
}

/// The smallest step of the resident set this kernel shows, in bytes: touches fresh pages until the
/// reading moves.
///
/// Linux before 6.16 (and 6.12.y, 6.15.y before July 2025) answers from per-thread or per-CPU
/// counters that lag behind by up to 64 pages each (commit 82241a83cd15 made them exact).
pub fn granularity(statm: &mut Statm) -> Option<i64> {
    const PAGES: usize = 1024;
    let page = page_size();
    let step = usize::try_from(page).ok()?;
    let mut fresh = memmap2::MmapMut::map_anon(PAGES * step).ok()?;
    let _ = fresh.advise(memmap2::Advice::NoHugePage);
    let before = statm.read()?;
    for n in 0..PAGES {
        fresh[n * step] = 1;
        let now = statm.read()?;
        if now != before {
            return Some((now - before).max(page));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_is_the_second_field() {
        assert_eq!(parse(b"2511 1034 871 5 0 402 0\n"), Some(1034));
    }

    #[test]
    fn anything_but_a_statm_line_is_refused() {
        for text in [&b""[..], b"\n", b"12 34", b"1 2 3 4 5 6 7", b"1 2 x 4 5 6 7\n", b"1 2 3\n"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn agrees_with_procfs() {
        let _alone = crate::meter::ALONE.lock();
        let mut statm = Statm::open().unwrap();
        let ours = statm.read().unwrap();
        let pages = procfs::process::Process::myself().unwrap().statm().unwrap().resident;
        let theirs = i64::try_from(pages).unwrap() * page_size();
        // procfs allocates while it reads.
        assert!((ours - theirs).abs() < 4 << 20, "{ours} {theirs}");
    }

    #[test]
    fn touching_memory_moves_the_reading() {
        let _alone = crate::meter::ALONE.lock();
        let mut statm = Statm::open().unwrap();
        let before = statm.read().unwrap();
        let mut block = memmap2::MmapMut::map_anon(32 << 20).unwrap();
        block.fill(1);
        let grown = statm.read().unwrap() - before;
        assert!((31 << 20..34 << 20).contains(&grown), "{grown}");
    }

    #[test]
    fn a_closed_descriptor_is_opened_again() {
        let mut statm = Statm::open().unwrap();
        statm.file = Some(File::open("/dev/null").unwrap());
        assert!(statm.read().unwrap() > 0);
    }
}
