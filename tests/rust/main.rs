//! t

mod memory_profiler;
