//! Every allocation, to the byte, with the line that made it.
//!
//! From the top: a hook of an allocator (`domains`, `native`) hands each call to
//! [`record`], which asks where the thread is (`frames`), notes block, size and site in the [`shadow`]
//! table, and adds to the [`figures`] of the site, of the program and of the [`thread`]. The names of
//! sites are in [`intern`]. On that path nothing allocates, waits or calls Python, but for a site met
//! for the first time.
//!
//! What is known of a block stands beside it and not in it: the program gets the same addresses as
//! without us, and blocks made before the start are simply unknown.

#![allow(clippy::inline_always, reason = "one allocation takes as long as three calls")]
#![allow(clippy::similar_names, reason = "sites and sizes are what this is about")]
#![allow(clippy::cast_possible_truncation, reason = "fields of words are cut out by casts")]

mod allocators;
mod cache;
mod changes;
#[cfg(feature = "python")]
pub mod code;
mod control;
#[cfg(feature = "python")]
pub mod domains;
pub mod elf;
mod era;
pub mod figures;
mod fork;
#[cfg(feature = "python")]
pub(crate) mod frames;
mod got;
mod history;
#[cfg(feature = "python")]
pub mod holders;
pub mod intern;
#[cfg(feature = "python")]
pub(crate) mod layout;
pub mod limits;
mod loaded;
mod lookup;
pub mod maps;
pub mod marks;
mod memory;
pub mod native;
#[cfg(feature = "python")]
pub mod objects;
#[cfg(not(feature = "python"))]
pub mod places;
#[cfg(feature = "python")]
mod public_frames;
pub mod record;
pub mod shadow;
mod sites;
#[cfg(feature = "python")]
pub(crate) mod strings;
pub mod thread;
#[cfg(feature = "python")]
pub mod watcher;

pub use allocators::{Allocator, allocators};
pub use control::{
    LONGEST, Row, bytes, clear, close_limit, live_by_record, lost, names, open_limit, passed,
    reset_peak, rows, set_bell, site_of, stacks, start, stop, totals,
};
pub use got::Coverage;

static SHADOW: shadow::Shadow = shadow::Shadow::new();
static TABLE: figures::Table = figures::Table::new();
