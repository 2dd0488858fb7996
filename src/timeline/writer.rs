//! The file of a recording, to which whole lines are added as they come.
//!
//! The program adds lines of its own to the same file. Each writes at the end, so that the lines of
//! neither end up inside the other's.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::IntoRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes that wait for room on the disk; more are lost.
const MOST: usize = 1 << 20;

/// A file that grows by lines.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
    /// Whether there was none before.
    is_new: bool,
    /// What is not written yet.
    lines: String,
    /// How much of `lines` is: a write may be cut short.
    written: usize,
    has_failed: bool,
}

impl Writer {
    /// Opens the file, and makes it where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let is_new = path.symlink_metadata().is_err();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let lines = String::with_capacity(1 << 16);
        Ok(Self { path: path.to_owned(), file, is_new, lines, written: 0, has_failed: false })
    }

    /// Opens a file that somebody else has made.
    ///
    /// # Errors
    /// What the system says.
    pub fn join(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path)?;
        let (path, lines) = (path.to_owned(), String::new());
        Ok(Self { path, file, is_new: false, lines, written: 0, has_failed: false })
    }

    /// Opens the file again if `identity` is not that of the descriptor: the program may have closed
    /// it, and its number may be that of another file by now.
    ///
    /// # Errors
    /// What the system says.
    pub fn hold(&mut self, identity: (u64, u64)) -> io::Result<()> {
        if self.identity().is_ok_and(|own| own == identity) {
            return Ok(());
        }
        let file = OpenOptions::new().append(true).open(&self.path)?;
        // The number is given up and not closed: it is the program's.
        let _ = std::mem::replace(&mut self.file, file).into_raw_fd();
        Ok(())
    }

    /// Device and inode of the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn identity(&self) -> io::Result<(u64, u64)> {
        let about = self.file.metadata()?;
        Ok((about.dev(), about.ino()))
    }

    /// Forgets what was not written: in the child of a fork that is the parent's to write.
    pub fn forget(&mut self) {
        self.lines.clear();
        self.written = 0;
    }

    /// Empties a file that was there before.
    pub fn clear(&self) {
        // Devices and pipes have nothing to empty.
        let _ = self.file.set_len(0);
    }

    /// Where lines are to be added.
    pub fn lines(&mut self) -> &mut String {
        &mut self.lines
    }

    /// Writes what was added.
    ///
    /// # Errors
    /// What the system says, the first time it does. What could not be written is tried again with
    /// what comes later, as far as there is room for it.
    pub fn flush(&mut self) -> io::Result<()> {
        while self.written < self.lines.len() {
            match self.file.write(&self.lines.as_bytes()[self.written..]) {
                Ok(0) => return self.fail(ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.fail(error),
            }
        }
        self.lines.clear();
        self.written = 0;
        Ok(())
    }

    /// Leaves no file behind where there was none.
    pub fn discard(self) {
        if self.is_new {
            let _ = std::fs::remove_file(self.path);
        }
    }

    fn fail(&mut self, error: io::Error) -> io::Result<()> {
        if self.lines.len() > MOST {
            // The rest of a line that was begun stays: what follows it must not be glued to it.
            let rest = &self.lines.as_bytes()[self.written..];
            let line = rest.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            self.lines.truncate(self.written + line);
        }
        if std::mem::replace(&mut self.has_failed, true) { Ok(()) } else { Err(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("rsprofile-writer-{name}-{}", std::process::id()))
    }

    #[test]
    fn lines_are_added_to_what_others_wrote() {
        let path = scratch("added");
        let mut writer = Writer::open(&path).unwrap();
        writer.lines().push_str("MEM 1.0 1.0\n");
        writer.flush().unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"FUNC f\n").unwrap();
        writer.lines().push_str("MEM 2.0 2.0\n");
        writer.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"MEM 1.0 1.0\nFUNC f\nMEM 2.0 2.0\n");
        writer.discard();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_was_there_stays_there() {
        let path = scratch("stays");
        std::fs::write(&path, "MEM 1.0 1.0\n").unwrap();
        let writer = Writer::open(&path).unwrap();
        writer.clear();
        writer.discard();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_full_disk_is_told_once_and_costs_no_memory() {
        let mut writer = Writer::open(Path::new("/dev/full")).unwrap();
        writer.lines().push_str("MEM 1.0 1.0\n");
        assert_eq!(writer.flush().unwrap_err().raw_os_error(), Some(libc::ENOSPC));
        for _ in 0..400_000 {
            writer.lines().push_str("MEM 1.0 1.0\n");
        }
        writer.flush().unwrap();
        assert_eq!(writer.lines(), "MEM 1.0 1.0\n");
    }
}
