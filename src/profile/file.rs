//! Writing a file so that a crash or a full disk never costs the one that stood there: a temporary
//! file in the same directory, then a rename. Devices, pipes and descriptors are written directly.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Links followed before the path is taken for a loop; the kernel's own limit.
const MAX_LINKS: usize = 40;

/// Where a path leads when its links are followed.
enum Target {
    /// An ordinary file, there or not yet there.
    File(PathBuf),
    /// A device, a pipe, or a descriptor by its name: nothing may be renamed over it.
    Stream(PathBuf),
}

/// Writes `content` to `path`, replacing a file that stands there as a whole and keeping its mode.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    match resolve(path)? {
        Target::Stream(stream) => write_stream(&stream, content),
        Target::File(file) => match fs::metadata(&file) {
            Ok(existing) if !existing.is_file() => write_stream(&file, content),
            Ok(existing) => {
                // Asks for leave to write: a rename alone would replace a read-only file as well.
                OpenOptions::new().write(true).open(&file)?;
                replace(&file, content, Some(&existing))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => replace(&file, content, None),
            Err(error) => Err(error),
        },
    }
}

/// Follows the links of `path` one by one: a link into `/proc` or `/dev` is a descriptor even where
/// it ends at an ordinary file, as `/dev/stdout` does under `> out.json`.
fn resolve(path: &Path) -> io::Result<Target> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if path.starts_with("/proc") || path.starts_with("/dev") && !path.starts_with("/dev/shm") {
            return Ok(Target::Stream(path));
        }
        let Ok(link) = fs::read_link(&path) else { return Ok(Target::File(path)) };
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

fn write_stream(path: &Path, content: &[u8]) -> io::Result<()> {
    // Opening the name of a descriptor again gives a second position in the file: what the process
    // prints afterwards would overwrite ours. The two that std can reach are used as they are.
    match path.to_str() {
        Some("/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(content)?;
            stdout.flush()
        }
        Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => io::stderr().write_all(content),
        _ => OpenOptions::new().append(true).open(path)?.write_all(content),
    }
}

/// Puts a file with `content` in the place of `path`, with the mode of the one that was there.
fn replace(path: &Path, content: &[u8], existing: Option<&fs::Metadata>) -> io::Result<()> {
    let (mut file, temporary) = match create_beside(path) {
        Ok(created) => created,
        // The directory may be closed to us where the file itself is not.
        Err(error) if existing.is_some() && is_refusal(&error) => return fs::write(path, content),
        Err(error) => return Err(error),
    };
    let written = fill(&mut file, content, existing).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell; a leftover is the lesser evil.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn fill(file: &mut File, content: &[u8], existing: Option<&fs::Metadata>) -> io::Result<()> {
    if let Some(existing) = existing {
        file.set_permissions(existing.permissions())?;
    }
    file.write_all(content)?;
    // Some file systems tell of a full disk only here.
    file.sync_all()
}

/// Creates a file of a new name in the directory of `path`. The name does not grow with that of
/// `path`, which may be as long as names can be.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".rsprofile-{}-{number}.tmp", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::thread;

    use super::*;

    /// A new directory for one test, removed at its end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("rsprofile-{name}-{}", process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_mode() {
        let scratch = Scratch::new("mode");
        let path = scratch.0.join("a.json");
        write(&path, b"first").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(scratch.names(), ["a.json"]);
    }

    #[test]
    fn links_are_followed_even_to_a_file_that_is_not_there_yet() {
        let scratch = Scratch::new("link");
        let (link, chain) = (scratch.0.join("link"), scratch.0.join("chain"));
        symlink("target.json", &link).unwrap();
        symlink(&link, &chain).unwrap();
        write(&chain, b"one").unwrap();
        write(&chain, b"two").unwrap();
        assert_eq!(fs::read(scratch.0.join("target.json")).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_loop_of_links_is_an_error() {
        let scratch = Scratch::new("loop");
        let path = scratch.0.join("loop");
        symlink("loop", &path).unwrap();
        assert_eq!(write(&path, b"").unwrap_err().raw_os_error(), Some(libc::ELOOP));
    }

    #[test]
    fn devices_are_written_and_not_replaced() {
        write(Path::new("/dev/null"), b"gone").unwrap();
        let full = write(Path::new("/dev/full"), b"content").unwrap_err();
        assert_eq!(full.raw_os_error(), Some(libc::ENOSPC));
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_pipe_gets_the_content_and_stays_a_pipe() {
        let scratch = Scratch::new("pipe");
        let path = scratch.0.join("pipe");
        let made = process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let reader = thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        write(&path, b"through the pipe").unwrap();
        assert_eq!(reader.join().unwrap(), b"through the pipe");
        assert!(!fs::metadata(&path).unwrap().is_file());
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let scratch = Scratch::new("failed");
        assert_eq!(write(&scratch.0, b"").unwrap_err().raw_os_error(), Some(libc::EISDIR));
        let beneath = scratch.0.join("missing").join("a.json");
        assert_eq!(write(&beneath, b"").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(scratch.names(), [""; 0]);
    }
}
