//! Temporary.
use super::TABLE;
/// Level.
#[derive(Debug, Clone, Copy, Default)]
pub struct Level {
    /// s
    pub seconds: f64,
    /// l
    pub live: u64,
    /// m
    pub made: u64,
}
/// h
pub fn history(_site: u32) -> Vec<Level> {
    Vec::new()
}
/// f
pub fn figures_of(site: u32) -> (u64, u64, u64) {
    let figures = TABLE.figures(site);
    let live = u64::try_from(figures.live_blocks).unwrap_or(0);
    (figures.allocations, figures.allocations.saturating_sub(live), live)
}
/// s
pub fn seconds() -> f64 {
    0.0
}
/// s
pub fn start() {}
/// s
pub fn stop() {}
