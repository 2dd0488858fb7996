//! Reports as pages for a browser: one file each, with its data, styles and scripts in it. A page
//! loads nothing and sends nothing; its policy says so to the browser.

mod compare;
mod functions;
mod leaks;
mod plot;
mod program;
mod report;
mod shell;

pub use compare::compare;
pub use leaks::leaks;
pub use plot::plot;
pub use report::{PageChoice, report};
