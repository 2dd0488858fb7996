//! Reports as pages for a browser: one file each, with its data, styles and scripts in it. A page
//! loads nothing and sends nothing; its policy says so to the browser. The live one asks who gave it.

mod compare;
mod functions;
mod leaks;
mod live;
mod plot;
mod program;
mod report;
mod shell;

pub use compare::compare;
pub use leaks::leaks;
pub use live::live;
pub use plot::plot;
pub use report::{PageChoice, report};
