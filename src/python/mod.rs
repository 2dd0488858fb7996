//! The extension module `rsprofile._core`: bindings, no logic.

pub mod document;

/// The native core of rsprofile.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use super::document::Profile;
}
