//! The memory of any process, by its id: opened, read and let go.
//!
//! Nothing here is on a hot path. Errors are the kernel's: `NotFound` for a process that is gone,
//! `PermissionDenied` for one that is another user's.

use std::collections::HashMap;
use std::io;

use procfs::process::{Process, SmapsRollup, all_processes};
use procfs::{FromRead, ProcError};

use super::smaps::{self, Kind};
use super::statm;

/// A figure of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Resident set size.
    Rss,
    /// Each shared page divided by the number of processes that map it.
    Pss,
    /// Private pages only.
    Uss,
    /// The highest resident set since the process began, or its mark was reset.
    Highest,
}

impl Figure {
    /// The figure called `name`: `rss`, `pss` or `uss`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "rss" => Some(Self::Rss),
            "pss" => Some(Self::Pss),
            "uss" => Some(Self::Uss),
            "highest" => Some(Self::Highest),
            _ => None,
        }
    }
}

/// The figure of process `pid` now, in bytes. A process that ended and was not waited for has 0.
///
/// # Errors
/// What the kernel says.
pub fn memory_of(pid: i32, figure: Figure) -> io::Result<i64> {
    let process = Process::new(pid).map_err(said)?;
    let bytes = match figure {
        Figure::Rss => {
            let pages = process.statm().map_err(said)?.resident;
            return Ok(i64::try_from(pages).unwrap_or(0) * statm::page_size());
        }
        Figure::Highest => {
            let status = process.status().map_err(said)?;
            status.vmhwm.map_or(0, |kib| kib * 1024)
        }
        Figure::Pss | Figure::Uss => {
            let kind = if figure == Figure::Pss { Kind::Proportional } else { Kind::Unique };
            match process.open_relative("smaps_rollup").and_then(SmapsRollup::from_read) {
                Ok(rollup) => smaps::figure(&rollup, kind).unwrap_or(0),
                // A process that ended and was not waited for has no maps.
                Err(ProcError::NotFound(_) | ProcError::Io(..)) if process.stat().is_ok() => 0,
                Err(error) => return Err(said(error)),
            }
        }
    };
    Ok(i64::try_from(bytes).unwrap_or(0))
}

/// The ids of all processes below `pid`: its children, theirs, and so on, parents first.
///
/// # Errors
/// What the kernel says of `pid`; a descendant that ends meanwhile is left out.
pub fn descendants(pid: i32) -> io::Result<Vec<i32>> {
    let start = Process::new(pid).map_err(said)?;
    let Some(mut found) = children_of(&start) else { return scan(pid) };
    let mut next = 0;
    while let Some(&child) = found.get(next) {
        next += 1;
        let below = Process::new(child).ok().as_ref().and_then(children_of).unwrap_or_default();
        found.extend(below.into_iter().filter(|grandchild| *grandchild != pid));
    }
    Ok(found)
}

/// The memory of all processes below this one, in bytes. One that ends meanwhile, or is another
/// user's, has none.
pub fn memory_below(figure: Figure) -> i64 {
    let Ok(own) = i32::try_from(std::process::id()) else { return 0 };
    let below = descendants(own).unwrap_or_default();
    below.into_iter().filter_map(|pid| memory_of(pid, figure).ok()).sum()
}

/// The children of a process, thread by thread; `None` where the kernel does not list them.
fn children_of(process: &Process) -> Option<Vec<i32>> {
    let mut found = Vec::new();
    for task in process.tasks().ok()?.flatten() {
        match task.children() {
            Ok(children) => found.extend(children.iter().filter_map(|&id| i32::try_from(id).ok())),
            // Without CONFIG_PROC_CHILDREN there is no such file, with it only while the thread is.
            Err(_) if task.tid == process.pid => return None,
            Err(_) => {}
        }
    }
    Some(found)
}

/// The same from a look at every process of the machine.
fn scan(pid: i32) -> io::Result<Vec<i32>> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for process in all_processes().map_err(said)?.flatten() {
        if let Ok(stat) = process.stat() {
            children.entry(stat.ppid).or_default().push(stat.pid);
        }
    }
    let mut found = children.remove(&pid).unwrap_or_default();
    let mut next = 0;
    while let Some(child) = found.get(next) {
        let below = children.remove(child).unwrap_or_default();
        found.extend(below);
        next += 1;
    }
    Ok(found)
}

fn said(error: ProcError) -> io::Error {
    match error {
        ProcError::NotFound(_) => io::ErrorKind::NotFound.into(),
        ProcError::PermissionDenied(_) => io::ErrorKind::PermissionDenied.into(),
        // ESRCH: the process ended while its file was open.
        ProcError::Io(error, _) if error.raw_os_error() == Some(3) => {
            io::ErrorKind::NotFound.into()
        }
        ProcError::Io(error, _) => error,
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> i32 {
        i32::try_from(std::process::id()).unwrap()
    }

    #[test]
    fn a_process_reads_the_same_by_its_id() {
        let _alone = crate::meter::ALONE.lock();
        let rss = memory_of(own(), Figure::Rss).unwrap();
        let ours = statm::Statm::open().unwrap().read().unwrap();
        assert!((rss - ours).abs() < 4 << 20, "{rss} {ours}");
        assert!(memory_of(own(), Figure::Highest).unwrap() > 0);
        assert!(memory_of(own(), Figure::Uss).unwrap() > 0);
    }

    #[test]
    fn both_ways_find_children_and_grandchildren() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "sleep 60 & echo $!; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut lines, &mut line).unwrap();
        let grandchild: i32 = line.trim().parse().unwrap();
        let id = i32::try_from(child.id()).unwrap();
        for found in [descendants(own()).unwrap(), scan(own()).unwrap()] {
            assert!(found.contains(&id) && found.contains(&grandchild), "{found:?}");
        }
        assert_eq!(descendants(id).unwrap(), [grandchild]);
        std::process::Command::new("kill").arg(grandchild.to_string()).status().unwrap();
        child.wait().unwrap();
        assert_eq!(memory_of(id, Figure::Rss).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(descendants(id).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_process_nobody_waited_for_has_no_memory() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = i32::try_from(child.id()).unwrap();
        while Process::new(id).unwrap().stat().unwrap().state != 'Z' {
            std::thread::yield_now();
        }
        assert_eq!(memory_of(id, Figure::Rss).unwrap(), 0);
        assert_eq!(memory_of(id, Figure::Uss).unwrap(), 0);
        child.wait().unwrap();
    }
}
