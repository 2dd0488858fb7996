//! Source text: how it is decoded, and how it is cut into statements.
//!
//! Text in, plain data out: nothing here opens a file or knows Python objects.

mod decode;
mod lexer;
mod statements;

pub use decode::{Decoded, decode, lines};
pub use statements::{Span, Statements};
