//! The marks of this process, and the thread that takes them. It needs no interpreter lock, and it is
//! gone while the program forks.

use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, SigmaskHow};

use super::history::Blocks;
pub use super::history::{Level, Marks};
use super::intern::Intern;
use super::thread::Mute;
use super::{TABLE, control};
use crate::lock::lock;

/// The marks, and when they begin. Who takes them has no other lock.
pub(super) static MARKS: Mutex<Option<(Marks, Instant)>> = Mutex::new(None);
/// The thread, and the process it is in.
static THREAD: Mutex<Option<Running>> = Mutex::new(None);

struct Running {
    stop: Sender<()>,
    thread: JoinHandle<()>,
    process: u32,
}

/// Forgets all marks, the time of those to come counts from now, and has a thread take them. Gives whether
/// there can be one: else those that the program asks for are all there are.
pub fn start() -> bool {
    stop();
    begin();
    resume().is_ok()
}

/// The blocks of a site at each mark; zeros before it was seen, and of what is no site.
pub fn history(site: u32) -> Vec<Level> {
    with_marks(|marks| marks.map_or_else(Vec::new, |marks| marks.history(site)))
}

/// Seconds since the start, 0 before.
pub fn seconds() -> f64 {
    lock(&MARKS).as_ref().map_or(0.0, |(_, start)| start.elapsed().as_secs_f64())
}

fn begin() {
    let _mute = Mute::begin();
    control::prepare_forks();
    let (base, _) = sites();
    let old = lock(&MARKS).replace((Marks::new(base), Instant::now()));
    drop(old);
}

/// Takes a mark. Where the meter has begun anew since the last one, it is the first.
pub fn mark(name: Option<String>) {
    let _mute = Mute::begin();
    let (base, end) = sites();
    let mut marks = lock(&MARKS);
    let (marks, start) = marks.get_or_insert_with(|| (Marks::new(base), Instant::now()));
    if marks.base() != base {
        (*marks, *start) = (Marks::new(base), Instant::now());
    }
    let blocks = (base..end).map(|site| {
        let (made, freed) = TABLE.blocks(site);
        Blocks { live: live(made, freed), made }
    });
    marks.add(start.elapsed().as_secs_f64(), name, blocks);
}

/// Shows the marks to `read`; none before the first.
pub fn with_marks<T>(read: impl FnOnce(Option<&Marks>) -> T) -> T {
    let _mute = Mute::begin();
    read(lock(&MARKS).as_ref().map(|(marks, _)| marks))
}

/// Blocks that a site made, that were freed of them, and that are alive.
pub fn figures_of(site: u32) -> (u64, u64, u64) {
    let (made, freed) = TABLE.blocks(site);
    (made, freed, live(made, freed))
}

/// Bytes of memory the marks take up.
pub(super) fn bytes() -> usize {
    with_marks(|marks| marks.map_or(0, Marks::bytes))
}

/// Has a thread take more marks, unless one does in this process.
///
/// # Errors
/// What the system says where there can be no more threads.
pub fn resume() -> io::Result<()> {
    let _mute = Mute::begin();
    let mut running = lock(&THREAD);
    let process = std::process::id();
    if running.as_ref().is_some_and(|running| running.process == process) {
        return Ok(());
    }
    // One of the parent's is not here; it cannot be waited for.
    if let Some(gone) = running.take() {
        std::mem::forget(gone);
    }
    let (stop, stopped) = channel();
    // A signal for the process must find the program's own threads. A thread inherits the mask.
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let thread = Builder::new()
        .name("rsprofile".to_owned())
        .stack_size(256 << 10)
        .spawn(move || take_marks(&stopped));
    before.thread_set_mask()?;
    *running = Some(Running { stop, thread: thread?, process });
    Ok(())
}

/// Whether a thread of this process takes marks.
pub fn is_running() -> bool {
    lock(&THREAD).as_ref().is_some_and(|running| running.process == std::process::id())
}

/// Ends the thread, if there is one, and waits for it; the marks stay. To be called before a fork.
pub fn stop() {
    let _mute = Mute::begin();
    let Some(running) = lock(&THREAD).take() else { return };
    if running.process != std::process::id() {
        std::mem::forget(running);
        return;
    }
    // Its end of the channel is gone only if the thread panicked.
    let _ = running.stop.send(());
    let _ = running.thread.join();
}

fn take_marks(stopped: &Receiver<()>) {
    let _mute = Mute::begin();
    while stopped.recv_timeout(until_next()) == Err(RecvTimeoutError::Timeout) {
        mark(None);
    }
}

fn until_next() -> Duration {
    let mut marks = lock(&MARKS);
    let (marks, start) = marks.get_or_insert_with(|| (Marks::new(0), Instant::now()));
    marks.until_next(start.elapsed())
}

/// The first site and the one behind the last.
fn sites() -> (u32, u32) {
    control::names(|names: &Intern| (names.first(), names.next()))
}

fn live(made: u64, freed: u64) -> u64 {
    // Where two threads met at the same moment.
    u64::try_from(made.wrapping_sub(freed).cast_signed()).unwrap_or(0)
}
