//! Passes the version of the Python built for on as `cfg(Py_3_12)` and the like.

fn main() {
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
}
