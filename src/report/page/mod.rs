//! Reports as pages for a browser: one file each, with its data, styles and scripts in it. A page
//! loads nothing and sends nothing; its policy says so to the browser.

mod leaks;
mod plot;
mod shell;

pub use leaks::leaks;
pub use plot::plot;
