//! Reports as pages for a browser: one file each, with its data, styles and scripts in it. A page
//! loads nothing and sends nothing; its policy says so to the browser. The live one asks who gave it.

mod leaks;
mod live;
mod shell;

pub use leaks::leaks;
pub use live::live;
