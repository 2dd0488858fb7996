//! The unit in which the kernel gives memory.

use std::sync::OnceLock;

use nix::unistd::{SysconfVar, sysconf};

/// Bytes of a page.
///
/// Asked of the C library: `procfs::page_size` walks the auxiliary vector, which crashes under
/// valgrind while the library is being loaded. Asked once: it may touch `errno`, which hooks of
/// allocators must not.
pub fn size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    *SIZE.get_or_init(|| {
        let size = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
        size.and_then(|size| size.try_into().ok()).unwrap_or(4096)
    })
}
