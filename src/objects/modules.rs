//! The modules loaded: ours, which are no roots, the program's, and the others.

use std::sync::Arc;

use pyo3::ffi;

use super::dicts;
use super::kinds::is_own;
use super::layout::MODULE_DICT;
use super::raw::{interned, read, text};

/// A module that is not ours.
#[derive(Debug)]
pub(super) struct Module {
    pub address: usize,
    /// The dict of its globals; 0 for what is no module.
    pub dict: usize,
    pub name: Arc<str>,
    /// 0 for `__main__`, 1 for the program's, 2 for those of libraries.
    pub rank: u8,
}

/// `sys.modules`; 0 when it is gone, at the end of the interpreter.
///
/// # Safety
/// The lock is held.
pub(super) unsafe fn loaded() -> usize {
    // SAFETY: the caller's promise; the reference is borrowed.
    unsafe {
        let found = ffi::PySys_GetObject(c"modules".as_ptr());
        let is_dict = !found.is_null() && ffi::PyDict_Check(found) != 0;
        if is_dict { found.addr() } else { 0 }
    }
}

/// Addresses of our modules, and of their dicts.
///
/// # Safety
/// The lock is held, `loaded` is what [`loaded`] gave, and nothing changes it meanwhile.
pub(super) unsafe fn own(loaded: usize) -> Vec<usize> {
    let mut found = Vec::new();
    // SAFETY: the caller's promise, for what is called too.
    unsafe {
        dicts::each(loaded, |name, module| {
            if is_own(&text(name))
                && let Some(dict) = dict(module)
            {
                found.extend([module, dict]);
            }
        });
    }
    found
}

/// The other modules, in the order in which they are of interest.
///
/// # Safety
/// As [`own`].
pub(super) unsafe fn others(loaded: usize) -> Vec<Module> {
    let mut found = Vec::new();
    // SAFETY: the caller's promise, for what is called too.
    unsafe {
        let names = Names { file: interned(c"__file__"), spec: interned(c"__spec__") };
        let mut library = None;
        dicts::each(loaded, |name, module| {
            if text(name) == "os"
                && let Some(file) = names.file(module)
            {
                library = file.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
            }
        });
        dicts::each(loaded, |name, module| {
            let name = text(name);
            if name.is_empty() || is_own(&name) || module == ffi::Py_None().addr() {
                return;
            }
            let foreign = |file: &String| {
                library.as_ref().is_some_and(|library| file.starts_with(library))
                    || file.contains("/site-packages/")
                    || file.contains("/dist-packages/")
                    || file.starts_with("<frozen")
            };
            let rank = match names.file(module) {
                _ if name == "__main__" => 0,
                Some(file) if !foreign(&file) => 1,
                // Made by the program, not found by a loader.
                None if names.is_bare(module) => 1,
                _ => 2,
            };
            let dict = dict(module).unwrap_or(0);
            found.push(Module { address: module, dict, name: name.into(), rank });
        });
    }
    found.sort_by_key(|module| module.rank);
    found
}

/// The dict of a module.
unsafe fn dict(module: usize) -> Option<usize> {
    // SAFETY: the promise of `own`.
    unsafe {
        let is_module = ffi::PyModule_Check(module as *mut ffi::PyObject) != 0;
        is_module.then(|| read(module, MODULE_DICT)).filter(|&dict: &usize| dict != 0)
    }
}

/// Names looked for in modules.
struct Names {
    file: usize,
    spec: usize,
}

impl Names {
    /// `__file__` of a module.
    unsafe fn file(&self, module: usize) -> Option<String> {
        // SAFETY: the promise of `own`.
        let file = unsafe { text(dicts::get(dict(module)?, self.file)?) };
        (!file.is_empty()).then_some(file)
    }

    /// Whether nothing is said of where a module comes from.
    unsafe fn is_bare(&self, module: usize) -> bool {
        // SAFETY: the promise of `own`.
        unsafe {
            let spec = dict(module).and_then(|dict| dicts::get(dict, self.spec));
            spec.is_none_or(|spec| spec == ffi::Py_None().addr())
        }
    }
}
