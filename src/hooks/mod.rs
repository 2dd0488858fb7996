//! How CPython calls in: `sys.monitoring` from 3.12 on, the trace slot before.
//!
//! All events end in the [`engine`](crate::engine). Nothing in here raises into the program,
//! unwinds over the FFI boundary or changes what the program does; what cannot be recorded is
//! counted. The interpreter lock is the only lock: the module declares that it uses it.

#![allow(clippy::inline_always, reason = "an event takes as long as ten calls")]

mod arm;
mod block;
mod callback;
pub mod calls;
pub mod collector;
mod control;
mod heap;
mod monitoring;
mod numbers;
mod program;
mod registry;
mod returns;
mod settrace;
mod slot;
mod spans;
mod state;
mod steps;
mod sys_trace;
mod tool;
mod traced;
mod window;

pub use arm::arm;
pub use block::{enter_block, exit_block};
pub use control::{
    Hook, Settings, check_meter, close, configure, hook_name, is_active, is_made, settings, start,
    start_counting, stop, with as with_engine,
};
pub use heap::{look, mute, refusal};
pub use numbers::{ended_threads, this_thread};
pub use program::{evaluate, watch_modules};
pub use registry::{function_of, functions, lossy, register};
pub use returns::on_return;
pub use settrace::{trace_new_threads, trace_thread};
pub use spans::{finish as finish_calls, watch as watch_calls};
pub use state::forked;
use state::{Mode, set_mode};
pub use window::{
    close_window, extend_window, join_window, open_window, part_window, release_unused, settle,
    take,
};
