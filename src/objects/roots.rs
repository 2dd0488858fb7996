//! What holds objects from outside of the graph, in the order in which it is of interest.

use std::sync::Arc;

use pyo3::ffi;

use super::kinds::{extra, is_own};
use super::layout::{self, WORD};
use super::modules;
use super::raw::{c_text, flags_of, read, text, type_of};
use super::walk::Walk;
use super::{Class, Fault, Root};

/// A reference from outside of the graph.
#[derive(Debug)]
pub(super) struct Held {
    pub address: usize,
    /// Whether there is an object for sure; else one that has unexplained references is taken for one.
    pub is_object: bool,
    /// Whether the reference is one that nothing in the graph explains.
    pub explains: bool,
    /// Whether it is ours.
    pub own: bool,
    pub root: Root,
}

/// The roots, and what they hold.
#[derive(Debug, Default)]
pub(super) struct Roots {
    pub nodes: Vec<u32>,
    /// What each of them is.
    pub kinds: Vec<Root>,
    pub own: Vec<u32>,
    pub overdrawn: Vec<u32>,
}

/// What threads and the interpreter hold for sure; `loaded` is `sys.modules`.
///
/// # Safety
/// The lock is held, and given to nobody until what was found is used.
pub(super) unsafe fn of_interpreter(loaded: usize, held: &mut Vec<Held>) -> Result<(), Fault> {
    let mut add = |address: usize, root| -> Result<(), Fault> {
        if address != 0 {
            held.try_reserve(1)?;
            held.push(Held { address, is_object: true, explains: true, own: false, root });
        }
        Ok(())
    };
    // SAFETY: the caller's promise: no thread begins, ends or runs meanwhile.
    unsafe {
        for thread in threads() {
            let field = |at| read::<usize>(thread, at);
            add(field(layout::THREAD_DICT), Root::Thread("storage"))?;
            add(field(layout::THREAD_CONTEXT), Root::Context)?;
            add(field(layout::THREAD_EXCEPTION), Root::Thread("exception"))?;
        }
    }
    add(loaded, Root::Interpreter("modules"))
}

/// The states of all threads.
unsafe fn threads() -> Vec<usize> {
    let mut found = Vec::new();
    // SAFETY: the promise of `of_interpreter`.
    unsafe {
        let mut thread = ffi::PyInterpreterState_ThreadHead(ffi::PyInterpreterState_Get());
        while !thread.is_null() {
            found.push(thread.addr());
            thread = ffi::PyThreadState_Next(thread);
        }
    }
    found
}

/// Adds objects with unexplained references whose addresses are among the words of a structure.
unsafe fn words(
    walk: &mut Walk,
    structure: usize,
    bytes: usize,
    root: &Root,
    found: &mut Vec<(u32, Root)>,
) -> Result<(), Fault> {
    for at in (0..bytes).step_by(WORD) {
        // SAFETY: the caller's promise: the structure has so many bytes.
        let word: usize = unsafe { read(structure, at) };
        if let Some(node) = walk.take_unexplained(word) {
            found.try_reserve(1)?;
            found.push((node, root.clone()));
        }
    }
    Ok(())
}

/// Explains the references that are known to be held from outside.
pub(super) fn explain(walk: &mut Walk, held: &[Held]) {
    for held in held.iter().filter(|held| held.is_object && held.explains) {
        if let Some(node) = walk.nodes.find(held.address) {
            walk.unexplained[node as usize] -= 1;
        }
    }
}

/// Finds all roots: modules, what is `held` by frames and by the interpreter, and what is left.
///
/// # Safety
/// The lock is held, and all objects of the walk are alive. `explain` was called for what is held.
pub(super) unsafe fn find(walk: &mut Walk, loaded: usize, held: Vec<Held>) -> Result<Roots, Fault> {
    let mut found = Roots::default();
    found.own.try_reserve(walk.own as usize)?;
    found.own.extend(1..=walk.own);
    // SAFETY: the caller's promise.
    let modules = unsafe { modules::others(loaded) };
    let mut globals: Vec<usize> = modules.iter().map(|module| module.dict).collect();
    globals.sort_unstable();
    for module in modules {
        if let Some(node) = walk.nodes.find(module.address) {
            found.add(walk, node, Root::Module(module.name))?;
        }
    }
    let mut after = Vec::new();
    for held in held {
        let node = if held.is_object {
            walk.nodes.find(held.address)
        } else {
            walk.take_unexplained(held.address)
        };
        let Some(node) = node else { continue };
        if held.own || is_ours(walk, node) {
            found.own.try_reserve(1)?;
            found.own.push(node);
        } else if matches!(held.root, Root::Interpreter(_)) {
            after.push((node, held.root));
        } else if globals.binary_search(&held.address).is_ok() {
            // The code of a module runs: its globals are better known as those of the module.
        } else {
            found.add(walk, node, held.root)?;
        }
    }
    // SAFETY: the caller's promise: the structures are there, and as long as they are.
    unsafe {
        let mut hooks = Vec::new();
        for thread in threads() {
            words(walk, thread, layout::THREAD, &Root::Thread("hook"), &mut hooks)?;
        }
        for (node, root) in hooks {
            if is_ours(walk, node) { found.own.push(node) } else { found.add(walk, node, root)? }
        }
        let interpreter = ffi::PyInterpreterState_Get().addr();
        words(walk, interpreter, layout::INTERPRETER, &Root::Interpreter("state"), &mut after)?;
        after.retain(|&(node, _)| {
            let ours = is_ours(walk, node);
            if ours {
                found.own.push(node);
            }
            !ours
        });
        found.rest(walk, after)?;
    }
    Ok(found)
}

impl Roots {
    /// Adds a root, unless nothing may lead to the node.
    fn add(&mut self, walk: &Walk, node: u32, root: Root) -> Result<(), Fault> {
        if node > walk.own {
            self.nodes.try_reserve(1)?;
            self.kinds.try_reserve(1)?;
            self.nodes.push(node);
            self.kinds.push(root);
        }
        Ok(())
    }

    /// What has references that nothing explains, and what is never freed.
    unsafe fn rest(&mut self, walk: &Walk, interpreter: Vec<(u32, Root)>) -> Result<(), Fault> {
        let context = (&raw mut ffi::PyContext_Type).addr();
        let mut what: Vec<Option<Arc<str>>> = vec![None; walk.types.types.len()];
        let (mut native, mut immortal) = (Vec::new(), Vec::new());
        let mut next_immortal = walk.immortal.iter().peekable();
        for (node, &unexplained) in (0_u32..).zip(&walk.unexplained).skip(1) {
            let is_immortal = next_immortal.next_if_eq(&&node).is_some();
            let kind = walk.kinds[node as usize] as usize;
            let object = walk.addresses[node as usize];
            // SAFETY: the caller's promise; it is a type.
            let is_static = || unsafe { flags_of(object) & ffi::Py_TPFLAGS_HEAPTYPE == 0 };
            if walk.types.facts[kind].extra & extra::TYPE != 0 && is_static() {
                // Not freed, whatever it counts.
                // SAFETY: as above.
                let name = unsafe { c_text((*(object as *const ffi::PyTypeObject)).tp_name) };
                self.add(walk, node, Root::StaticType(name.into()))?;
            } else if !is_immortal && unexplained <= 0 {
                if unexplained < 0 {
                    self.overdrawn.try_reserve(1)?;
                    self.overdrawn.push(node);
                }
            } else if is_immortal {
                immortal.try_reserve(1)?;
                immortal.push(node);
            } else if is_ours(walk, node) {
                self.own.try_reserve(1)?;
                self.own.push(node);
            } else if walk.types.types[kind].address == context {
                self.add(walk, node, Root::Context)?;
            } else {
                native.try_reserve(1)?;
                native.push(node);
            }
        }
        for (node, root) in interpreter {
            self.add(walk, node, root)?;
        }
        for node in native {
            let kind = walk.kinds[node as usize] as usize;
            let module = what[kind].get_or_insert_with(|| {
                let kind = &walk.types.types[kind];
                // A class written in Python says nothing of who holds its objects.
                let is_told = kind.class != Class::Instance && kind.module != "builtins";
                if is_told { &*kind.module } else { "" }.into()
            });
            self.add(walk, node, Root::Native(module.clone()))?;
        }
        for node in immortal {
            self.add(walk, node, Root::Immortal)?;
        }
        Ok(())
    }
}

/// Whether an object that something outside holds is there for us alone: it is of a type of ours, or a
/// function of one of our modules.
fn is_ours(walk: &Walk, node: u32) -> bool {
    if walk.facts(node).own {
        return true;
    }
    let object = walk.addresses[node as usize];
    // SAFETY: `find` promised that it is alive; the fields are those of its type.
    unsafe {
        let kind = type_of(object);
        if kind == (&raw mut ffi::PyFunction_Type).addr() {
            let globals = walk.nodes.find(read(object, layout::FUNCTION_GLOBALS));
            return globals.is_some_and(|globals| globals <= walk.own);
        }
        kind == (&raw mut ffi::PyCFunction_Type).addr()
            && is_own(&text(read(object, layout::BUILTIN_MODULE)))
    }
}
