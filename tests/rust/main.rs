//! Tests through the public interface, in one binary so that they link once.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod elf;
mod engine;
mod engine_heap;
mod graph;
mod graph_long;
#[cfg(not(feature = "python"))]
mod heap;
mod memory_profiler;
mod tidy;
mod timeline;
mod twins;
