//! Live objects, read as they stand in memory: no Python code runs, no object is made, and no
//! reference is counted.

#![allow(clippy::cast_ptr_alignment, reason = "fields of objects are aligned as their types are")]

pub mod bound;
pub mod container;
pub mod dicts;
pub mod functions;
pub mod instances;
pub mod live;
pub mod names;
mod opcodes;
pub mod stores;
pub mod text;
