//! Which code is profiled, and how an event finds it.
//!
//! CPython keeps a slot for us on each code object (`co_extra`, PEP 523): reading it takes 3 to 5 ns,
//! where a hash of the code takes 50. The slot holds the number of the code, not a pointer, so
//! nothing in there can dangle. Two functions with the same bytecode are two code objects.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicIsize, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyString, PyTuple};

use super::steps::Steps;
use super::{Hook, control, monitoring};
use crate::engine::{CodeId, CodeKind, Description, FunctionId, Statement};
use crate::lock::lock;
use crate::profile::Kind;

/// `CO_OPTIMIZED` of `code.h`: set for functions, not for module and class bodies.
const CO_OPTIMIZED: u32 = 0x1;
/// `CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR`.
const CO_SUSPENDS: u32 = 0x20 | 0x80 | 0x200;

/// No source file has more lines; code made by a program can claim any line it likes.
const LONGEST: u32 = 1_000_000;

/// Our index of `co_extra`; -1 before it was asked for.
static INDEX: AtomicIsize = AtomicIsize::new(-1);

/// Registered code by its number, kept alive: a code object that is gone could give its slot to
/// another.
static CODES: Mutex<Vec<Option<Registered>>> = Mutex::new(Vec::new());

struct Registered {
    code: Py<PyCode>,
    /// For generators and coroutines under the trace hook, where they start and yield.
    steps: Option<Steps>,
}

/// Profiles a code object and what is nested in it; its function.
///
/// `block_end` says on which line the source block that starts on a line ends, `statement` which
/// statement a line is in, both after the source text where there is one. A `foreign` function is
/// profiled only in windows.
///
/// # Errors
/// What opening the meter or asking CPython for an index says.
pub fn register(
    code: &Bound<'_, PyCode>,
    kind: Kind,
    foreign: bool,
    block_end: impl Fn(u32) -> u32,
    statement: impl Fn(u32) -> Option<Statement>,
) -> PyResult<FunctionId> {
    let py = code.py();
    request_index()?;
    if let Some(known) = code_id(code) {
        let own = control::with(py, |engine| engine.code(known))?;
        // What counted only inside its blocks may be asked for as a whole later.
        let grows = own.kind == CodeKind::Block && kind != Kind::Block;
        if own.is_top() && !grows {
            if !foreign && control::with(py, |engine| engine.adopt(own.function))? {
                see(py, own.function)?;
            }
            return Ok(own.function);
        }
    }
    let parts = nested(code, kind)?;
    let first_line: u32 = code.getattr("co_firstlineno")?.extract()?;
    let (mut low, mut high) = (first_line.max(1), block_end(first_line).max(first_line));
    for part in &parts {
        for line in part.code.call_method0("co_lines")?.try_iter()? {
            if let Ok(line @ 1..) = line?.get_item(2)?.extract::<u32>() {
                (low, high) = (low.min(line), high.max(line));
            }
        }
    }
    if kind == Kind::Module {
        low = 1;
    }
    let high = high.min(low.saturating_add(LONGEST));
    let file = lossy(&code.getattr("co_filename")?)?;
    let name = lossy(&code.getattr("co_qualname")?)?;
    // Lambdas and generator expressions seldom do, and with them half of all functions would.
    let outlives =
        parts[0].suspends || parts[1..].iter().any(|part| part.kind == CodeKind::Function);
    let is_traced = control::hook() == Hook::Settrace;
    let registered = parts.iter().map(|part| {
        let steps = (is_traced && part.suspends).then(|| Steps::of(&part.code)).transpose()?;
        Ok(Registered { code: part.code.clone().unbind(), steps })
    });
    let registered: Vec<_> = registered.collect::<PyResult<_>>()?;
    let (function, first) = control::with(py, |engine| {
        let range = (low, high);
        let own = Description { file: &file, name: &name, kind, first_line, range, foreign };
        let function = engine.add_function(&own, statement);
        let codes: Vec<_> = parts.iter().map(|part| (part.kind, part.first_line)).collect();
        (function, engine.add_codes(function, &codes))
    })?;
    for ((number, part), own) in (first.0..).zip(&parts).zip(registered) {
        keep_code(number as usize, Some(own));
        let extra = Extra { code: CodeId(number), suspends: part.suspends, outlives };
        set_extra(&part.code, extra.pack())?;
    }
    // Foreign ones have events while windows are open on them.
    if !foreign {
        see(py, function)?;
    }
    Ok(function)
}

/// Sets the events of a new function while profiling is on.
fn see(py: Python<'_>, function: FunctionId) -> PyResult<()> {
    if !control::is_active() {
        return Ok(());
    }
    each_code_of(py, function, |code| monitoring::watch(code, true))
}

/// The function a code object counts for, and whether it is the one it was registered with.
///
/// # Errors
/// As [`register`].
pub fn function_of(code: &Bound<'_, PyCode>) -> PyResult<Option<(FunctionId, bool)>> {
    let Some(id) = code_id(code) else { return Ok(None) };
    let own = control::with(code.py(), |engine| engine.code(id))?;
    Ok(Some((own.function, own.is_top())))
}

/// Calls `f` with each code object of a function.
pub(super) fn each_code_of(
    py: Python<'_>,
    function: FunctionId,
    mut f: impl FnMut(&Bound<'_, PyCode>) -> PyResult<()>,
) -> PyResult<()> {
    let ids: Vec<_> = control::with(py, |engine| engine.codes_of(function).collect())?;
    let codes: Vec<_> = {
        let all = lock(&CODES);
        ids.iter()
            .filter_map(|id: &CodeId| all.get(id.0 as usize)?.as_ref())
            .map(|own| own.code.clone_ref(py))
            .collect()
    };
    codes.iter().try_for_each(|code| f(code.bind(py)))
}

/// Lets those of some foreign functions go whose code nobody has any more but us, and leaves them in
/// `candidates`. Their code objects, to be dropped.
///
/// # Errors
/// What taking our number off a code object says.
pub(super) fn release_unused(
    py: Python<'_>,
    candidates: &mut Vec<FunctionId>,
) -> PyResult<Vec<Py<PyCode>>> {
    let mut ours: HashMap<usize, isize> = HashMap::new();
    for own in lock(&CODES).iter().flatten() {
        *ours.entry(own.code.as_ptr() as usize).or_default() += 1;
    }
    let mut dropped = Vec::new();
    for function in std::mem::take(candidates) {
        let ids: Vec<_> = control::with(py, |engine| engine.codes_of(function).collect())?;
        let is_unused = {
            let all = lock(&CODES);
            let mut codes = ids.iter().filter_map(|id: &CodeId| all.get(id.0 as usize)?.as_ref());
            // Nested code is one of the constants of the code around it.
            let mut around = 0;
            codes.all(|own| {
                let known = ours.get(&(own.code.as_ptr() as usize)).copied().unwrap_or(0);
                // SAFETY: the lock is held and the object alive.
                let count = unsafe { ffi::Py_REFCNT(own.code.as_ptr()) };
                count <= known + std::mem::replace(&mut around, 1)
            })
        };
        if !is_unused || !control::with(py, |engine| engine.release(function))? {
            continue;
        }
        for id in ids {
            if let Some(own) = keep_code(id.0 as usize, None) {
                // Should anybody have it after all, it is code like any other.
                if code_id(own.code.bind(py)) == Some(id) {
                    set_extra(own.code.bind(py), 0)?;
                }
                dropped.push(own.code);
            }
        }
        candidates.push(function);
    }
    Ok(dropped)
}

/// Puts a code object in its place, or takes it away; what was there.
fn keep_code(number: usize, own: Option<Registered>) -> Option<Registered> {
    let mut codes = lock(&CODES);
    if codes.len() <= number {
        codes.resize_with(number + 1, || None);
    }
    std::mem::replace(&mut codes[number], own)
}

/// Number of registered functions.
///
/// # Errors
/// As [`register`].
pub fn functions(py: Python<'_>) -> PyResult<usize> {
    control::with(py, |engine| engine.functions())
}

/// A code object that belongs to a function.
struct Part<'py> {
    code: Bound<'py, PyCode>,
    kind: CodeKind,
    first_line: u32,
    suspends: bool,
}

/// The code itself and what is nested in it and has no function of its own.
fn nested<'py>(code: &Bound<'py, PyCode>, kind: Kind) -> PyResult<Vec<Part<'py>>> {
    let top = match kind {
        Kind::Function if flags(code)? & CO_OPTIMIZED == 0 => CodeKind::Body,
        Kind::Function => CodeKind::Function,
        Kind::Module => CodeKind::Body,
        Kind::Block => CodeKind::Block,
    };
    let mut parts = Vec::new();
    collect(code, top, kind == Kind::Function, &mut parts)?;
    Ok(parts)
}

fn collect<'py>(
    code: &Bound<'py, PyCode>,
    kind: CodeKind,
    functions: bool,
    parts: &mut Vec<Part<'py>>,
) -> PyResult<()> {
    parts.push(Part {
        code: code.clone(),
        kind,
        first_line: code.getattr("co_firstlineno")?.extract()?,
        suspends: flags(code)? & CO_SUSPENDS != 0,
    });
    for constant in code.getattr("co_consts")?.cast::<PyTuple>()?.iter() {
        let Ok(inner) = constant.cast_into::<PyCode>() else { continue };
        let name = lossy(&inner.getattr("co_name")?)?;
        let kind = match name.as_str() {
            "<listcomp>" | "<setcomp>" | "<dictcomp>" => CodeKind::Inlined,
            "<genexpr>" | "<lambda>" => CodeKind::Expression,
            // Evaluated on demand, long after (PEP 649).
            "__annotate__" => continue,
            other if other.starts_with("<generic parameters") => CodeKind::Expression,
            _ if flags(&inner)? & CO_OPTIMIZED == 0 => CodeKind::Body,
            _ if functions => CodeKind::Function,
            _ => continue,
        };
        let own = match code_id(&inner) {
            Some(id) => control::with(code.py(), |engine| engine.code(id))?.is_top(),
            None => false,
        };
        if !own {
            collect(&inner, kind, functions, parts)?;
        }
    }
    Ok(())
}

/// A name as text. What is no text in it (surrogates, of a path that is not UTF-8) becomes U+FFFD.
pub fn lossy(name: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(name.cast::<PyString>()?.to_string_lossy().into_owned())
}

fn flags(code: &Bound<'_, PyCode>) -> PyResult<u32> {
    code.getattr("co_flags")?.extract()
}

/// Calls `f` with each registered code object.
pub(super) fn each_code(
    py: Python<'_>,
    mut f: impl FnMut(&Bound<'_, PyCode>) -> PyResult<()>,
) -> PyResult<()> {
    let codes: Vec<_> = lock(&CODES).iter().flatten().map(|own| own.code.clone_ref(py)).collect();
    codes.iter().try_for_each(|code| f(code.bind(py)))
}

/// What is kept in our slot of a code object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extra {
    pub code: CodeId,
    /// Whether its frames can be suspended.
    pub suspends: bool,
    /// Whether its frames, or those of functions it defines, can run after the call that made them.
    pub outlives: bool,
}

impl Extra {
    fn pack(self) -> usize {
        let flags = usize::from(self.suspends) | usize::from(self.outlives) << 1;
        ((self.code.0 as usize + 1) << 2) | flags
    }

    #[inline]
    fn unpack(packed: usize) -> Option<Self> {
        let code = u32::try_from((packed >> 2).checked_sub(1)?).ok()?;
        Some(Self { code: CodeId(code), suspends: packed & 1 != 0, outlives: packed & 2 != 0 })
    }
}

/// The number of a code object.
pub(super) fn code_id(code: &Bound<'_, PyCode>) -> Option<CodeId> {
    // SAFETY: a bound code object is alive, and its token proof of the lock.
    unsafe { extra(code.as_ptr()) }.map(|extra| extra.code)
}

/// What is kept on what may be a registered code object.
///
/// # Safety
/// `code` is a live object and the calling thread holds the interpreter lock.
#[inline]
pub(super) unsafe fn extra(code: *mut ffi::PyObject) -> Option<Extra> {
    // SAFETY: `code` is alive. Cython emits events with look-alikes: the type is checked first.
    let is_code = unsafe { ffi::Py_TYPE(code) == &raw mut ffi::PyCode_Type };
    if !is_code {
        return None;
    }
    let mut packed: *mut c_void = std::ptr::null_mut();
    // SAFETY: it is a code object and `packed` a place to write to. An index never asked for (-1)
    // and a code without slots leave it null.
    let status = unsafe {
        ffi::PyUnstable_Code_GetExtra(code, INDEX.load(Ordering::Relaxed), &raw mut packed)
    };
    if status == 0 { Extra::unpack(packed as usize) } else { None }
}

/// Puts [`Extra::pack`] in our slot, or 0 for nothing.
fn set_extra(code: &Bound<'_, PyCode>, packed: usize) -> PyResult<()> {
    // SAFETY: a bound code object is alive, its token proof of the lock, and the index ours. The
    // slot holds a number: nothing is ever read through it.
    let status = unsafe {
        ffi::PyUnstable_Code_SetExtra(
            code.as_ptr(),
            INDEX.load(Ordering::Relaxed),
            packed as *mut c_void,
        )
    };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(code.py())) }
}

/// Whether a frame of this code that is at `offset` is at its start.
pub(super) fn is_start(code: CodeId, offset: i32) -> bool {
    steps(code, |steps| steps.is_start(offset)).unwrap_or(true)
}

/// Whether a frame of this code that leaves at `offset` may come back.
pub(super) fn is_yield(code: CodeId, offset: i32) -> bool {
    steps(code, |steps| steps.is_yield(offset)).unwrap_or(false)
}

fn steps<R>(code: CodeId, f: impl FnOnce(&Steps) -> R) -> Option<R> {
    lock(&CODES).get(code.0 as usize)?.as_ref()?.steps.as_ref().map(f)
}

/// Asks CPython for an index once. There are 255 in a process and they are never given back.
fn request_index() -> PyResult<()> {
    if INDEX.load(Ordering::Relaxed) >= 0 {
        return Ok(());
    }
    // SAFETY: callers hold a `Python` token; the free function does nothing and takes any pointer
    // (CPython calls it with null too, cpython#122491).
    let index = unsafe { ffi::PyUnstable_Eval_RequestCodeExtraIndex(keep) };
    if index < 0 {
        return Err(PyRuntimeError::new_err(
            "cannot profile: all code slots of this process are taken by other tools",
        ));
    }
    INDEX.store(index, Ordering::Relaxed);
    Ok(())
}

extern "C" fn keep(_extra: *mut c_void) {}
