//! The extension module `rsprofile._core`: bindings, no logic.

mod document;
mod errors;
mod growth;
mod heap;
mod heap_limit;
mod heap_sites;
mod high_water;
mod leaks;
mod leaks_document;
mod live;
mod looks;
mod names;
mod objects;
mod over;
mod pages;
mod program;
mod record;
mod recording;
mod rows;
mod session;
mod size;
mod sources;
mod spans;
mod watch;
mod window;

use pyo3::prelude::*;

/// The Rust core of rsprofile. Private: the public names are those of the package.
#[pymodule(name = "_core", gil_used = true)]
fn core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<document::Profile>()?;
    module.add_class::<leaks_document::Suspect>()?;
    module.add_class::<recording::Recordings>()?;
    growth::add_to(module)?;
    session::add_to(module)?;
    program::add_to(module)?;
    record::add_to(module)?;
    spans::add_to(module)?;
    watch::add_to(module)?;
    window::add_to(module)?;
    heap::add_to(module)?;
    heap_limit::add_to(module)?;
    size::add_to(module)?;
    heap_sites::add_to(module)?;
    high_water::add_to(module)?;
    leaks::add_to(module)?;
    live::add_to(module)?;
    names::add_to(module)?;
    objects::add_to(module)?;
    over::add_to(module)?;
    pages::add_to(module)?;
    crate::meter::baseline::imported();
    Ok(())
}
