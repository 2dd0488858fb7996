//! What the process held before anything of rsprofile's was there.

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicI64, Ordering};

use super::statm;

/// Resident bytes when the library was loaded; 0 when they could not be read.
static AT_LOAD: AtomicI64 = AtomicI64::new(0);
/// Resident bytes when its module had been imported.
static AT_IMPORT: AtomicI64 = AtomicI64::new(0);

/// Runs when the dynamic linker has loaded the library. It must be cheap, must not allocate and
/// cannot fail: where `/proc` is missing the baseline stays unknown.
#[ctor::ctor(unsafe)]
fn first_reading() {
    AT_LOAD.store(resident(), Ordering::Relaxed);
}

/// Marks the end of the import.
pub fn imported() {
    AT_IMPORT.store(resident(), Ordering::Relaxed);
}

/// What loading and importing rsprofile cost, in bytes.
pub fn import_cost() -> i64 {
    let (load, import) = (AT_LOAD.load(Ordering::Relaxed), AT_IMPORT.load(Ordering::Relaxed));
    if load == 0 || import == 0 { 0 } else { (import - load).max(0) }
}

fn resident() -> i64 {
    let mut text = [0; 128];
    let read = File::open("/proc/self/statm").and_then(|mut file| file.read(&mut text));
    read.ok().and_then(|n| statm::parse(&text[..n])).map_or(0, |pages| pages * statm::page_size())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reading_is_taken_at_load() {
        assert!(AT_LOAD.load(Ordering::Relaxed) > 0);
    }
}
