//! A tool id of `sys.monitoring` (PEP 669, Python 3.12 and later) with our callbacks on it.

use std::sync::atomic::{AtomicI32, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCode;

use super::callback::Callback;

/// Names of events and what is called at them.
type Events = &'static [(&'static str, ffi::vectorcallfunc)];

/// One that has an id while it is open.
pub(super) struct Tool {
    /// -1 when we have none.
    id: AtomicI32,
    name: &'static str,
    /// Ids by preference.
    ids: &'static [i32],
    /// Events of the code objects that are watched.
    local: Events,
    /// Events of all code.
    global: Events,
}

impl Tool {
    pub const fn new(
        name: &'static str,
        ids: &'static [i32],
        local: Events,
        global: Events,
    ) -> Self {
        Self { id: AtomicI32::new(-1), name, ids, local, global }
    }

    /// Its id.
    pub fn id(&self) -> Option<i32> {
        Some(self.id.load(Ordering::Relaxed)).filter(|id| *id >= 0)
    }

    /// Takes an id and registers the callbacks; false when no id is free.
    ///
    /// # Errors
    /// What the interpreter says to the callbacks and events.
    pub fn open(&self, py: Python<'_>) -> PyResult<bool> {
        if self.id().is_some() {
            return Ok(true);
        }
        let api = api(py)?;
        for &id in self.ids {
            if api.call_method1("get_tool", (id,))?.is_none()
                && api.call_method1("use_tool_id", (id, self.name)).is_ok()
            {
                self.id.store(id, Ordering::Relaxed);
                let begun = self.begin(&api, id);
                begun.inspect_err(|_| drop(self.close(py)))?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn begin(&self, api: &Bound<'_, PyAny>, id: i32) -> PyResult<()> {
        let kind = Callback::kind(api.py())?;
        for &event in self.local.iter().chain(self.global) {
            let callback = Callback::instance(&kind, event.1)?;
            api.call_method1("register_callback", (id, mask(api, &[event])?, callback))?;
        }
        api.call_method1("set_events", (id, mask(api, self.global)?))?;
        Ok(())
    }

    /// Sets or takes away the events of a code object; nothing to do without an id.
    ///
    /// # Errors
    /// What the interpreter says to the events.
    pub fn watch(&self, code: &Bound<'_, PyCode>, on: bool) -> PyResult<()> {
        let Some(id) = self.id() else { return Ok(()) };
        let api = api(code.py())?;
        let events = if on { mask(&api, self.local)? } else { 0 };
        api.call_method1("set_local_events", (id, code, events))?;
        Ok(())
    }

    /// Whether the events of all code are still set. Who frees or clears our id takes them away.
    ///
    /// # Errors
    /// What the interpreter says.
    #[cfg(Py_3_12)]
    pub fn is_set(&self, py: Python<'_>) -> PyResult<bool> {
        let Some(id) = self.id() else { return Ok(false) };
        let api = api(py)?;
        let set: u32 = api.call_method1("get_events", (id,))?.extract()?;
        Ok(set & mask(&api, self.global)? != 0)
    }

    /// Gives the id back. Before 3.14 events and callbacks outlive it (cpython#111963, #116750), so they
    /// are taken away; those of code objects are to be taken away before.
    ///
    /// # Errors
    /// What the interpreter says to that.
    pub fn close(&self, py: Python<'_>) -> PyResult<()> {
        let id = self.id.swap(-1, Ordering::Relaxed);
        if id < 0 {
            return Ok(());
        }
        let api = api(py)?;
        api.call_method1("set_events", (id, 0))?;
        for &event in self.local.iter().chain(self.global) {
            api.call_method1("register_callback", (id, mask(&api, &[event])?, py.None()))?;
        }
        api.call_method1("free_tool_id", (id,))?;
        Ok(())
    }
}

/// The functions of the interpreter.
fn api(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("sys")?.getattr("monitoring")
}

/// The bits of events.
fn mask(api: &Bound<'_, PyAny>, events: &[(&str, ffi::vectorcallfunc)]) -> PyResult<u32> {
    let bits = api.getattr("events")?;
    events.iter().try_fold(0, |mask, (name, _)| Ok(mask | bits.getattr(*name)?.extract::<u32>()?))
}
