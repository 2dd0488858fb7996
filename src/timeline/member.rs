//! One process that is recorded, by files of `/proc` that are kept open.
//!
//! What is open stays that process's: when its id is used again, reading it is an error.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::{Duration, Instant};

use crate::meter::{Figure, memory_of, resident_pages};
use crate::page;

/// Room for a line of `statm` and to spare.
const LINE: usize = 128;

/// Bytes of a list of children that are read at once.
const LIST: usize = 1024;

/// How often the threads of a process are listed anew though their number is the same.
const THREADS: Duration = Duration::from_millis(100);

/// One process.
#[derive(Debug)]
pub struct Member {
    /// Its process id.
    pub pid: i32,
    figure: Figure,
    statm: File,
    /// What `statm` said last.
    line: [u8; LINE],
    length: usize,
    status: Option<File>,
    threads: Threads,
}

impl Member {
    /// Opens the files of a process.
    ///
    /// # Errors
    /// What the kernel says: `NotFound` where there is none.
    pub fn open(pid: i32, figure: Figure) -> io::Result<Self> {
        let statm = File::open(format!("/proc/{pid}/statm")).map_err(gone)?;
        let threads = Threads::default();
        let mut member =
            Self { pid, figure, statm, line: [0; LINE], length: 0, status: None, threads };
        member.read_line().map_err(gone)?;
        Ok(member)
    }

    /// Bytes now; `None` when the process has ended, whether or not it was waited for.
    ///
    /// # Errors
    /// What the kernel says to a figure that not everybody may read.
    pub fn read(&mut self) -> io::Result<Option<i64>> {
        let Ok(()) = self.read_line() else { return Ok(None) };
        let Some(pages) = resident_pages(&self.line[..self.length]) else { return Ok(None) };
        if pages == 0 {
            return Ok(None);
        }
        match self.figure {
            Figure::Pss | Figure::Uss => match memory_of(self.pid, self.figure) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            _ => Ok(Some(pages * i64::try_from(page::size()).unwrap_or(4096))),
        }
    }

    /// Whether another process has the same memory: one of the two was made by `vfork` and has not
    /// executed its program yet. Each says the same seven numbers of it.
    pub fn shares_with(&self, other: &Self) -> bool {
        self.line[..self.length] == other.line[..other.length]
    }

    /// The highest resident set of the process, bytes.
    pub fn mark(&mut self) -> Option<i64> {
        if self.status.is_none() {
            self.status = File::open(format!("/proc/{}/status", self.pid)).ok();
        }
        let mut text = [0; 2048];
        let length = self.status.as_ref()?.read_at(&mut text, 0).ok()?;
        high_water_mark(&text[..length])
    }

    /// Adds the ids of its children; false where the kernel does not list them.
    pub fn children(&mut self, now: Instant, buffer: &mut Vec<u8>, found: &mut Vec<i32>) -> bool {
        self.threads.children(self.pid, now, buffer, found)
    }

    fn read_line(&mut self) -> io::Result<()> {
        self.length = self.statm.read_at(&mut self.line, 0)?;
        Ok(())
    }
}

/// The threads of a process: children are listed under the thread that made them.
#[derive(Debug, Default)]
struct Threads {
    /// Their folder. It has as many links as there are threads, and two.
    folder: Option<File>,
    links: u64,
    listed: Option<Instant>,
    /// Of each thread the list of its children.
    lists: Vec<(i32, File)>,
}

impl Threads {
    fn children(
        &mut self,
        pid: i32,
        now: Instant,
        buffer: &mut Vec<u8>,
        found: &mut Vec<i32>,
    ) -> bool {
        if self.folder.is_none() {
            self.folder = File::open(format!("/proc/{pid}/task")).ok();
        }
        let Some(folder) = &self.folder else { return true };
        let links = folder.metadata().map_or(0, |about| about.nlink());
        let is_old = self.listed.is_none_or(|listed| now - listed > THREADS);
        if links != self.links || is_old {
            (self.links, self.listed) = (links, Some(now));
            if !self.list() {
                return false;
            }
        }
        self.lists.retain(|(_, list)| ids(list, buffer, found).is_ok());
        true
    }

    /// Opens the lists of threads that are new. False where there is no such file.
    fn list(&mut self) -> bool {
        let Some(folder) = &self.folder else { return true };
        // By the descriptor, so that it is this process and no other that has its id now.
        let here = format!("/proc/self/fd/{}", folder.as_raw_fd());
        let Ok(entries) = std::fs::read_dir(&here) else { return true };
        let threads =
            entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let mut any = false;
        for thread in threads {
            any = true;
            if self.lists.iter().any(|(known, _)| *known == thread) {
                continue;
            }
            if let Ok(list) = File::open(format!("{here}/{thread}/children")) {
                self.lists.push((thread, list));
            }
        }
        !any || !self.lists.is_empty()
    }
}

/// Adds the numbers in a list.
fn ids(list: &File, buffer: &mut Vec<u8>, found: &mut Vec<i32>) -> io::Result<()> {
    let mut length = 0;
    loop {
        buffer.resize(length + LIST, 0);
        match list.read_at(&mut buffer[length..], length as u64)? {
            0 => break,
            count => length += count,
        }
    }
    let words = buffer[..length].split(|byte| *byte == b' ');
    found.extend(words.filter_map(|word| std::str::from_utf8(word).ok()?.parse::<i32>().ok()));
    Ok(())
}

/// The line `VmHWM:     1234 kB` of a `status` file, in bytes.
fn high_water_mark(status: &[u8]) -> Option<i64> {
    let line = status.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"VmHWM:"))?;
    let number = line.trim_ascii().strip_suffix(b"kB")?.trim_ascii();
    std::str::from_utf8(number).ok()?.parse::<i64>().ok().map(|kib| kib * 1024)
}

/// A process that ended while its files were opened is not there.
fn gone(error: io::Error) -> io::Error {
    // ESRCH, which has no kind of its own.
    if error.raw_os_error() == Some(3) { io::ErrorKind::NotFound.into() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Member {
        Member::open(i32::try_from(std::process::id()).unwrap(), Figure::Rss).unwrap()
    }

    #[test]
    fn a_process_is_read_by_its_id() {
        let _alone = crate::meter::ALONE.lock();
        let mut own = own();
        let bytes = own.read().unwrap().unwrap();
        let other = memory_of(own.pid, Figure::Rss).unwrap();
        assert!((bytes - other).abs() < 4 << 20, "{bytes} {other}");
        assert!(own.mark().unwrap() >= bytes - (4 << 20));
    }

    #[test]
    fn children_of_all_threads_are_found() {
        let mut child = std::thread::spawn(|| {
            // Its maker is a thread that is not the first one, and waits until it is found.
            std::process::Command::new("sleep").arg("60").spawn().unwrap()
        })
        .join()
        .unwrap();
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        assert!(own().children(Instant::now(), &mut buffer, &mut found));
        assert!(found.contains(&i32::try_from(child.id()).unwrap()), "{found:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_process_that_ended_reads_as_nothing() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let mut member = Member::open(pid, Figure::Rss).unwrap();
        assert!(member.read().unwrap().is_some());
        drop(child.stdin.take());
        while member.read().unwrap().is_some() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert_eq!(member.read().unwrap(), None);
        assert_eq!(Member::open(pid, Figure::Rss).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_mark_is_one_line_of_the_status() {
        assert_eq!(high_water_mark(b"Name:\tx\nVmHWM:\t   12 kB\nVmRSS:\t 3 kB\n"), Some(12288));
        assert_eq!(high_water_mark(b"Name:\tkthread\n"), None);
    }
}
