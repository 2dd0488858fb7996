//! Where a thread is when there is no Python: at a stack of numbers that the caller sets.

use std::cell::RefCell;

use super::figures::Locked;
pub use super::intern::{Frame, Place};
use super::record::Layer;
use super::sites;
use super::thread::State;
use super::{cache, thread};

thread_local! {
    static STACK: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// Puts the calling thread at a stack of frames, the innermost first. No instruction is 0.
pub fn set(frames: &[Frame]) {
    let _mute = thread::Mute::begin();
    STACK.with_borrow_mut(|stack| {
        stack.clear();
        stack.extend_from_slice(frames);
    });
}

/// The place of a frame: file and function are named by the code, the line is the instruction.
pub fn place(frame: &Frame) -> Place {
    Place {
        file: format!("{}.py", frame.code).into_bytes(),
        function: format!("f{}", frame.code).into_bytes(),
        first: 1,
        line: u32::try_from(frame.instruction).unwrap_or(u32::MAX),
    }
}

/// There is no interpreter lock.
pub(super) const fn has_lock() -> bool {
    false
}

/// The site of the calling thread.
pub(super) fn site(layer: Layer, _: Locked, state: &State) -> u32 {
    STACK.with_borrow(|frames| {
        let longest = sites::stacks();
        let frames = &frames[..frames.len().min(longest)];
        let key: Vec<usize> = frames.iter().map(|frame| frame.instruction).collect();
        let record = state.record_in(layer);
        let cache = cache::of(state);
        let known = match key[..] {
            [one] => cache.find_one(record, one),
            _ => cache.find(record, &key),
        };
        known.unwrap_or_else(|| {
            let site = sites::intern(record, frames, place);
            match key[..] {
                _ if site == 0 => {}
                [one] => cache.put_one(record, one, site),
                _ => cache.put(record, &key, site, longest),
            }
            site
        })
    })
}
