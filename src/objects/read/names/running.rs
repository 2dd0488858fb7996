//! Variables of frames, and of generators and coroutines that wait.

use std::mem::offset_of;

use pyo3::ffi::{self, PyGenObject};

use super::Edge;
use crate::heap::layout;
use crate::objects::read::live::Live;
use crate::objects::read::{functions, text};

/// Where the fields of a frame object are, in bytes from its start.
mod frame {
    pub const BACK: usize = 16;
    /// What it is the object of (`_PyInterpreterFrame`).
    pub const INNER: isize = 24;
    pub const TRACE: usize = 32;
}
/// `_PyInterpreterFrame.stacktop`, and `localsplus`.
const TOP: usize = 64;
const VARIABLES: usize = 72;
/// `_PyInterpreterFrame.f_locals`, `f_func` and `frame_obj`.
const LOCALS: usize = if cfg!(Py_3_12) { 40 } else { 24 };
const FUNCTION: usize = if cfg!(Py_3_12) { 16 } else { 0 };
const OBJECT: usize = if cfg!(Py_3_12) { 48 } else { 40 };
/// `FRAME_COMPLETED`, of generators: from here on it has no frame any more.
const COMPLETED: i8 = 1;

/// How a frame or generator leads to an object.
pub fn edge(from: Live<'_>, to: Live<'_>) -> Option<Edge> {
    if from.is(&raw const ffi::PyFrame_Type) {
        // SAFETY: it is a frame object; the frame stays while there is one.
        let (back, trace, inner) = unsafe {
            (from.at(frame::BACK), from.at(frame::TRACE), from.read::<*const u8>(frame::INNER))
        };
        if back == Some(to) {
            return Some(Edge::attribute("f_back"));
        }
        if trace == Some(to) {
            return Some(Edge::attribute("f_trace"));
        }
        return inner_edge(inner, to, "f_");
    }
    let generators = [
        (&raw const ffi::PyGen_Type, "gi_"),
        (&raw const ffi::PyCoro_Type, "cr_"),
        (&raw const ffi::PyAsyncGen_Type, "ag_"),
    ];
    let (_, prefix) = generators.into_iter().find(|(kind, _)| from.is(*kind))?;
    inner_edge(of_generator(from)?, to, prefix)
}

/// The qualified name of a coroutine that runs or waits, as its code has it; `None` for anything else.
pub(super) fn coroutine(object: Live<'_>) -> Option<String> {
    let inner = object.is(&raw const ffi::PyCoro_Type).then(|| of_generator(object)).flatten()?;
    // SAFETY: it has a frame, and a frame has a code object.
    let code = unsafe { inner.add(layout::CODE).cast::<Option<Live<'_>>>().read() }?;
    functions::place_of_code(code).map(|place| place.qualname)
}

/// The frame of a generator or coroutine; `None` for one that has ended.
fn of_generator(generator: Live<'_>) -> Option<*const u8> {
    // SAFETY: the caller has seen that it is one of these, which have the same fields.
    let (state, inner) = unsafe {
        let generator = generator.pointer().cast::<PyGenObject>().cast_const();
        let inner = generator.cast::<u8>().add(offset_of!(PyGenObject, gi_iframe));
        ((*generator).gi_frame_state, inner)
    };
    (state < COMPLETED).then_some(inner)
}

/// How a frame (`_PyInterpreterFrame`) leads to an object.
fn inner_edge(inner: *const u8, to: Live<'_>, prefix: &str) -> Option<Edge> {
    if inner.is_null() {
        return None;
    }
    // SAFETY: it is a frame that stays for as long as the objects do; its variables are as many as its
    // code says, and above them its stack has as many as are told where it waits.
    unsafe {
        let at = |offset: usize| inner.add(offset).cast::<Option<Live<'_>>>().read();
        let code = at(layout::CODE)?;
        let names = functions::variables(code);
        let variables = inner.add(VARIABLES).cast::<Option<Live<'_>>>();
        let found = (0..names.len()).find(|&number| *variables.add(number) == Some(to));
        if let Some(number) = found {
            return Some(Edge::Local(text::name(names[number])));
        }
        let others =
            [(layout::CODE, "code"), (LOCALS, "locals"), (FUNCTION, "func"), (OBJECT, "frame")];
        if let Some((_, name)) = others.iter().find(|(offset, _)| at(*offset) == Some(to)) {
            return Some(Edge::Attribute(format!("{prefix}{name}")));
        }
        let top = usize::try_from(inner.add(TOP).cast::<i32>().read()).unwrap_or(0);
        (names.len()..top).any(|number| *variables.add(number) == Some(to)).then_some(Edge::Stack)
    }
}
