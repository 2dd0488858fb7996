//! The highest resident set since the last look: the kernel's high-water mark, reset after each.
//!
//! Writing `5` to `/proc/self/clear_refs` resets the mark (proc(5), Linux 4.0). `ru_maxrss` of
//! getrusage(2) reads it in 1 us, but has a floor inherited over exec from a large parent; where
//! that floor is above the process, `VmHWM` of `/proc/self/status` is read instead (the kernel takes 15 us
//! to write it).
//!
//! The process has one mark, and several may follow it: who resets it tells the others first.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::fd::IntoRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use nix::sys::resource::{UsageWho, getrusage};

use super::{Statm, unreadable};
use crate::lock::lock;

const CLEAR_REFS: &str = "/proc/self/clear_refs";
const STATUS: &str = "/proc/self/status";

/// `ru_maxrss` is kept in counters that lag by a few dozen pages: a mark this far above the resident
/// set, right after a reset, is the floor and not a lag.
const FLOOR: i64 = 1 << 20;

/// What each follower of the mark missed by another's reset.
static FOLLOWERS: Mutex<Vec<Arc<AtomicI64>>> = Mutex::new(Vec::new());
/// Their number: with one there is nobody to tell.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Whether any of them has met the floor.
static FLOORED: AtomicBool = AtomicBool::new(false);

/// The high-water mark of this process.
#[derive(Debug)]
pub struct Peak {
    clear: File,
    /// Device and inode of the file, to know it by.
    identity: (u64, u64),
    floored: bool,
    /// The highest mark that others reset since our last reset.
    missed: Arc<AtomicI64>,
}

impl Drop for Peak {
    fn drop(&mut self) {
        let mut followers = followers();
        followers.retain(|missed| !Arc::ptr_eq(missed, &self.missed));
        COUNT.store(followers.len(), Ordering::Relaxed);
    }
}

impl Peak {
    /// Opens the mark, resets it and finds out how to read it.
    ///
    /// # Errors
    /// The kernel's error with the remedy.
    pub fn open() -> io::Result<Self> {
        let (clear, identity) =
            open_clear().map_err(|e| unreadable(CLEAR_REFS, &e, "leave out the peak"))?;
        let missed = Arc::new(AtomicI64::new(0));
        {
            let mut followers = followers();
            followers.push(Arc::clone(&missed));
            COUNT.store(followers.len(), Ordering::Relaxed);
        }
        let mut peak = Self { clear, identity, floored: false, missed };
        peak.reset();
        let resident = Statm::open()?.read().unwrap_or(0);
        peak.floored = max_rss().is_none_or(|mark| mark > resident + FLOOR);
        FLOORED.fetch_or(peak.floored, Ordering::Relaxed);
        Ok(peak)
    }

    /// The highest resident set since the last reset, bytes.
    pub fn read(&self) -> Option<i64> {
        let mark = if self.floored { high_water_mark() } else { max_rss() };
        mark.map(|mark| mark.max(self.missed.load(Ordering::Relaxed)))
    }

    /// Starts anew from the resident set of now.
    pub fn reset(&mut self) {
        if COUNT.load(Ordering::Relaxed) > 1 {
            self.tell();
        }
        // Where the program closed our descriptor, the number may be a file of its own by now, and
        // a write would end up in it.
        let ours = self.clear.metadata().is_ok_and(|meta| identity(&meta) == self.identity);
        if !ours || self.clear.write(b"5").is_err() {
            self.reopen();
        }
        self.missed.store(0, Ordering::Relaxed);
    }

    /// Tells the other followers of the mark that is about to go.
    #[cold]
    fn tell(&self) {
        // As the most careful of them would read it: they cannot ask again.
        let is_floored = FLOORED.load(Ordering::Relaxed);
        let Some(mark) = (if is_floored { high_water_mark() } else { max_rss() }) else { return };
        for missed in followers().iter().filter(|missed| !Arc::ptr_eq(missed, &self.missed)) {
            missed.fetch_max(mark, Ordering::Relaxed);
        }
    }

    /// Opens the file again: kept over a fork it would reset the parent's mark.
    pub fn reopen(&mut self) {
        if let Ok((clear, identity)) = open_clear() {
            self.identity = identity;
            // As for statm: the old number may belong to the program by now.
            let lost = std::mem::replace(&mut self.clear, clear);
            let _ = lost.into_raw_fd();
            let _ = self.clear.write(b"5");
        }
    }
}

fn followers() -> MutexGuard<'static, Vec<Arc<AtomicI64>>> {
    lock(&FOLLOWERS)
}

fn open_clear() -> io::Result<(File, (u64, u64))> {
    let clear = OpenOptions::new().write(true).open(CLEAR_REFS)?;
    let identity = identity(&clear.metadata()?);
    Ok((clear, identity))
}

fn identity(meta: &Metadata) -> (u64, u64) {
    (meta.dev(), meta.ino())
}

fn max_rss() -> Option<i64> {
    // KiB on Linux (getrusage(2)).
    getrusage(UsageWho::RUSAGE_SELF).ok().map(|usage| usage.max_rss() * 1024)
}

/// `VmHWM` of the status file: without an allocation, as it is read inside of lines that are measured.
fn high_water_mark() -> Option<i64> {
    let file = File::open(STATUS).ok()?;
    search(|text, at| file.read_at(text, at).ok())
}

/// Looks for the line in what `read` puts into a buffer, from an offset on. Groups of the user stand before
/// it, so it may be anywhere.
fn search(read: impl Fn(&mut [u8], u64) -> Option<usize>) -> Option<i64> {
    /// Longer than the line.
    const OVERLAP: usize = 64;
    let mut text = [0; 2048];
    let mut at = 0;
    loop {
        let n = read(&mut text, at)?;
        if let Some(mark) = parse(&text[..n]) {
            return Some(mark);
        }
        at += n.checked_sub(OVERLAP).filter(|&more| more > 0)? as u64;
    }
}

/// The bytes of the line `VmHWM:     1234 kB`, if all of it is there.
fn parse(text: &[u8]) -> Option<i64> {
    const NAME: &[u8] = b"\nVmHWM:";
    let start = text.windows(NAME.len()).position(|part| part == NAME)? + NAME.len();
    let rest = &text[start..];
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let number = rest[..end].trim_ascii().strip_suffix(b" kB")?;
    let digits = |kib: i64, &byte: &u8| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        kib.checked_mul(10)?.checked_add(digit)
    };
    let kib = number.iter().try_fold(0, digits)?;
    if number.is_empty() { None } else { kib.checked_mul(1024) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_temporary_is_seen_until_the_reset() {
        let _alone = crate::meter::ALONE.lock();
        let mut peak = Peak::open().unwrap();
        let mut statm = Statm::open().unwrap();
        let before = statm.read().unwrap();
        let mut block = memmap2::MmapMut::map_anon(64 << 20).unwrap();
        block.fill(1);
        drop(block);
        assert!(statm.read().unwrap() - before < 16 << 20);
        let seen = peak.read().unwrap() - before;
        assert!((60 << 20..80 << 20).contains(&seen), "{seen}");
        peak.reset();
        assert!(peak.read().unwrap() - before < 16 << 20);
    }

    #[test]
    fn who_resets_the_mark_tells_the_others() {
        let _alone = crate::meter::ALONE.lock();
        let outer = Peak::open().unwrap();
        let before = Statm::open().unwrap().read().unwrap();
        let mut block = memmap2::MmapMut::map_anon(64 << 20).unwrap();
        block.fill(1);
        drop(block);
        let inner = Peak::open().unwrap();
        assert!(inner.read().unwrap() - before < 16 << 20);
        assert!(outer.read().unwrap() - before > 60 << 20);
    }

    #[test]
    fn the_programs_file_under_our_number_is_not_written_to() {
        let _alone = crate::meter::ALONE.lock();
        let mut peak = Peak::open().unwrap();
        let path = std::env::temp_dir().join(format!("rsprofile-peak-{}", std::process::id()));
        peak.clear = File::create(&path).unwrap();
        peak.reset();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_mark_is_found_wherever_it_stands_in_the_file() {
        for groups in [0, 1, 500, 1960, 1980, 2000, 2040, 2048, 9000] {
            let groups = "7".repeat(groups);
            let file = format!("Name:\tx\nGroups:\t{groups}\nVmHWM:\t   12345 kB\nVmRSS:\t 1 kB\n");
            let read = |text: &mut [u8], at: u64| {
                let rest = file.as_bytes().get(usize::try_from(at).unwrap()..).unwrap_or_default();
                let n = rest.len().min(text.len());
                text[..n].copy_from_slice(&rest[..n]);
                Some(n)
            };
            assert_eq!(search(read), Some(12345 * 1024), "{}", groups.len());
        }
    }

    #[test]
    fn anything_but_the_line_of_the_mark_is_refused() {
        for text in ["", "\nVmHWM:", "\nVmHWM:\t12", "\nVmHWM:\t kB\n", "\nVmHWM:\t1x kB\n"] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse(b"VmHWM:\t1 kB\n"), None, "it is not the first line");
        assert_eq!(search(|_, _| Some(0)), None);
        assert_eq!(search(|_, at| Some(usize::from(at == 0) * 2048)), None);
        assert_eq!(parse(b"\nVmHWM:\t99999999999999999999 kB\n"), None);
    }

    #[test]
    fn the_mark_is_what_procfs_reads() {
        let _alone = crate::meter::ALONE.lock();
        let status = procfs::process::Process::myself().unwrap().status().unwrap();
        let theirs = i64::try_from(status.vmhwm.unwrap()).unwrap() * 1024;
        let ours = high_water_mark().unwrap();
        // procfs allocates while it reads.
        assert!((ours - theirs).abs() < 4 << 20, "{ours} {theirs}");
    }

    #[test]
    fn both_ways_of_reading_agree() {
        let _alone = crate::meter::ALONE.lock();
        let _peak = Peak::open().unwrap();
        let mark = high_water_mark().unwrap();
        assert!(max_rss().unwrap() + (1 << 20) > mark);
    }
}
