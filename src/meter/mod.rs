//! Where a number comes from: the resident set of this process, its peak, and the gate that says
//! when a reading cannot have changed.
//!
//! Nothing here knows Python, lines or functions. A reading is a number of bytes.

pub mod baseline;
mod choice;
pub mod clock;
mod fake;
mod gate;
mod peak;
mod process;
mod sampler;
mod smaps;
mod statm;

pub use crate::heap::thread::Reading;
pub use choice::Choice;
pub use fake::Fake;
pub use gate::Gate;
pub use peak::Peak;
pub use process::{Figure, descendants, memory_below, memory_of};
pub use sampler::{Cost, Sampler};
pub use smaps::Smaps;
pub use statm::{Statm, granularity, parse as resident_pages};

use std::io;

/// A source of readings, in bytes.
#[derive(Debug)]
pub enum Meter {
    /// Resident set size from `/proc/self/statm`: 2 us a reading, exact to the page.
    Rss(Statm),
    /// Proportional or unique set size from `/proc/self/smaps_rollup`: 0.3 to 3 ms a reading.
    Smaps(Smaps),
    /// Another meter, and the same figure of all processes below this one: 0.1 ms and more.
    WithChildren(Box<Self>, Figure),
    /// A number somebody else keeps.
    Other(Other),
    /// A number the test sets.
    Fake(Fake),
    /// None: the level is always 0.
    Nothing,
}

/// A meter from outside this module.
pub struct Other {
    /// What it is called.
    pub name: &'static str,
    /// Gives the number now, in bytes.
    pub read: Box<dyn Fn() -> Option<i64> + Send + Sync>,
}

impl std::fmt::Debug for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Other").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Meter {
    /// The names [`Meter::open`] takes.
    pub const NAMES: [&'static str; 7] =
        ["rss", "pss", "uss", "fake", "rss+children", "pss+children", "uss+children"];

    /// Opens the meter called `name`.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown name; otherwise what the kernel said, in a message that names
    /// the file and the remedy.
    pub fn open(name: &str) -> io::Result<Self> {
        if let Some((own, figure)) = name
            .strip_suffix("+children")
            .and_then(|own| Figure::parse(own).map(|figure| (own, figure)))
        {
            return Ok(Self::WithChildren(Box::new(Self::open(own)?), figure));
        }
        match name {
            "rss" => Statm::open().map(Self::Rss),
            "pss" => Smaps::open(smaps::Kind::Proportional).map(Self::Smaps),
            "uss" => Smaps::open(smaps::Kind::Unique).map(Self::Smaps),
            "fake" => Ok(Self::Fake(Fake::default())),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("unknown meter '{name}': one of rss, pss, uss"),
            )),
        }
    }

    /// The name it was opened by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rss(_) => "rss",
            Self::Smaps(smaps) => smaps.name(),
            Self::WithChildren(_, Figure::Pss) => "pss+children",
            Self::WithChildren(_, Figure::Uss) => "uss+children",
            Self::WithChildren(..) => "rss+children",
            Self::Other(other) => other.name,
            Self::Fake(_) => "fake",
            Self::Nothing => "none",
        }
    }

    /// Memory now, in bytes; `None` when the kernel would not say.
    pub fn read(&mut self) -> Option<i64> {
        match self {
            Self::Rss(statm) => statm.read(),
            Self::Smaps(smaps) => smaps.read(),
            Self::WithChildren(own, figure) => {
                own.read().map(|bytes| bytes + memory_below(*figure))
            }
            Self::Other(other) => (other.read)(),
            Self::Fake(fake) => Some(fake.level()),
            Self::Nothing => Some(0),
        }
    }

    /// Opens everything again: a descriptor kept over a fork reads the parent.
    pub fn reopen(&mut self) {
        match self {
            Self::Rss(statm) => statm.reopen(),
            Self::Smaps(smaps) => smaps.reopen(),
            Self::WithChildren(own, _) => own.reopen(),
            Self::Other(_) | Self::Fake(_) | Self::Nothing => {}
        }
    }
}

/// Turns "cannot open this file under /proc" into one line that names the remedy.
fn unreadable(path: &str, error: &io::Error, remedy: &str) -> io::Error {
    io::Error::new(error.kind(), format!("cannot read {path}: {error}: {remedy}"))
}

/// Held by tests that measure real memory: the test runner's threads share one resident set.
#[cfg(test)]
pub(crate) static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
