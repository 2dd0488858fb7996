//! A line-by-line memory profiler for Python on Linux.
//!
//! One event stream, two sources, one engine, one document, many renderers. The modules in reading
//! order: the document ([`profile`]), where a number comes from ([`meter`]), the bookkeeping of a
//! line ([`engine`]), how source text is cut into statements ([`source`]), recording over time
//! ([`timeline`]), how CPython calls in (`hooks`), how a document is shown ([`report`]), and the
//! bindings (`python`).

pub mod engine;
pub mod error;
pub mod graph;
#[allow(unsafe_code, reason = "allocators call in")]
pub mod heap;
#[cfg(feature = "python")]
#[allow(unsafe_code, reason = "CPython calls in")]
pub mod hooks;
#[cfg(feature = "python")]
pub mod leaks;
mod lock;
pub mod meter;
#[cfg(feature = "python")]
#[allow(unsafe_code, reason = "objects are read as they stand in memory")]
pub mod objects;
mod page;
pub mod profile;
#[cfg(feature = "python")]
mod python;
pub mod report;
pub mod source;
pub mod timeline;
pub mod units;
