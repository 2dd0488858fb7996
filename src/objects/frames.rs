//! What functions hold that run at the moment, in all threads: their variables and values in between. They
//! are no objects, so nothing else shows it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use pyo3::ffi;

use super::layout::{self, WORD};
use super::raw::{has_flag, len_of, read, text, type_of};
use super::roots::Held;
use super::{Fault, Root};
use crate::heap::layout as frame_layout;

/// A code object.
struct Code {
    function: Arc<str>,
    file: Arc<str>,
    variables: Vec<Arc<str>>,
    own: bool,
}

/// All that is known, while frames are read.
struct Reader<'a> {
    codes: HashMap<usize, Code>,
    own: &'a str,
    nameless: Arc<str>,
    held: &'a mut Vec<Held>,
}

/// Adds what running functions hold. Those in files below the folder `own` are ours.
///
/// # Safety
/// The lock is held, and given to nobody until what was found is used.
pub(super) unsafe fn held(own: &str, held: &mut Vec<Held>) -> Result<(), Fault> {
    let own = if own.is_empty() || own.ends_with('/') { own.to_owned() } else { format!("{own}/") };
    let mut reader = Reader { codes: HashMap::new(), own: &own, nameless: "".into(), held };
    // SAFETY: the caller's promise: no thread begins, ends or runs meanwhile.
    unsafe {
        let current = ffi::PyThreadState_Get();
        reader.thread(current.addr())?;
        let mut thread = ffi::PyInterpreterState_ThreadHead(ffi::PyInterpreterState_Get());
        while !thread.is_null() {
            if thread != current {
                reader.thread(thread.addr())?;
            }
            thread = ffi::PyThreadState_Next(thread);
        }
    }
    Ok(())
}

impl Reader<'_> {
    /// The frames of a thread, the innermost first.
    unsafe fn thread(&mut self, thread: usize) -> Result<(), Fault> {
        // SAFETY: the promise of `held`; a thread keeps its chain of frames up to date.
        unsafe {
            #[cfg(not(Py_3_13))]
            let thread = read::<usize>(thread, frame_layout::CFRAME);
            let mut frame =
                if thread == 0 { 0 } else { read::<usize>(thread, frame_layout::CURRENT) };
            while frame != 0 {
                let code: usize = read(frame, frame_layout::CODE);
                if read::<u8>(frame, frame_layout::OWNER) != frame_layout::BY_C_STACK {
                    if code == 0 || type_of(code) != (&raw mut ffi::PyCode_Type).addr() {
                        return Err(Fault::Unknown("frames"));
                    }
                    self.frame(frame, code)?;
                }
                frame = read(frame, frame_layout::PREVIOUS);
            }
        }
        Ok(())
    }

    unsafe fn frame(&mut self, frame: usize, code: usize) -> Result<(), Fault> {
        // SAFETY: the promise of `held`; it was seen to be a frame of Python code.
        unsafe {
            let known = match self.codes.entry(code) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(Code::read(code, self.own)),
            };
            let line = line(frame, code);
            let top: i32 = read(frame, layout::FRAME_TOP);
            let generator = read::<u8>(frame, frame_layout::OWNER) == frame_layout::BY_GENERATOR;
            let locals = known.variables.len();
            let size = usize::try_from(read::<i32>(code, layout::CODE_STACK)).unwrap_or(0);
            self.held.try_reserve(locals + size + 4)?;
            let mut hold = |address: usize, variable: &Arc<str>, is_object, explains| {
                if address != 0 {
                    self.held.push(Held {
                        address,
                        is_object,
                        explains,
                        own: known.own,
                        root: Root::Frame {
                            function: known.function.clone(),
                            file: known.file.clone(),
                            line,
                            variable: variable.clone(),
                        },
                    });
                }
            };
            // A generator shows what its frame holds, but for variables and values while it runs.
            let hidden = !generator || top < 0;
            let at = |item: usize| read::<usize>(frame, layout::FRAME_VARIABLES + item * WORD);
            for (item, variable) in known.variables.iter().enumerate() {
                hold(at(item), variable, true, hidden);
            }
            for part in [layout::FRAME_NAMES, layout::FRAME_FUNCTION, layout::FRAME_OBJECT] {
                hold(read(frame, part), &self.nameless, true, !generator);
            }
            hold(code, &self.nameless, true, !generator);
            // How high the stack of values is is known of a function that called another one; of
            // one that is in native code it may end anywhere.
            let end = usize::try_from(top).unwrap_or(locals + size).min(locals + size);
            for item in locals..end {
                hold(at(item), &self.nameless, top >= 0, hidden);
            }
        }
        Ok(())
    }
}

impl Code {
    unsafe fn read(code: usize, own: &str) -> Self {
        // SAFETY: the promise of `held`: a code object, which keeps its parts alive.
        unsafe {
            let file = text(read(code, frame_layout::FILE));
            let names: usize = read(code, layout::CODE_NAMES);
            let count = usize::try_from(read::<i32>(code, layout::CODE_LOCALS)).unwrap_or(0);
            let known =
                if has_flag(names, ffi::Py_TPFLAGS_TUPLE_SUBCLASS) { len_of(names) } else { 0 };
            let name = |at| {
                if at < known {
                    text(read(names, layout::LEN + WORD + at * WORD))
                } else {
                    String::new()
                }
            };
            Self {
                function: text(read(code, frame_layout::FUNCTION)).into(),
                own: !own.is_empty() && file.starts_with(own),
                file: file.into(),
                variables: (0..count).map(|at| name(at).into()).collect(),
            }
        }
    }
}

/// The line a frame is at.
unsafe fn line(frame: usize, code: usize) -> u32 {
    // SAFETY: the promise of `held`; only tables are read that do not change.
    unsafe {
        let instruction: usize = read(frame, frame_layout::INSTRUCTION);
        let offset = instruction.wrapping_sub(code + frame_layout::START).cast_signed();
        let line = ffi::PyCode_Addr2Line(code as *mut _, i32::try_from(offset).unwrap_or(0));
        u32::try_from(line).unwrap_or(0)
    }
}
