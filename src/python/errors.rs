//! Errors as exceptions.

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::error::Error;

pyo3::import_exception!(rsprofile._errors, ProfileError);

/// The exception for an error: `OSError` of its kind, `ValueError` for a bad option, else
/// `ProfileError`.
pub fn raised(error: Error) -> PyErr {
    match error {
        Error::Read { path, source } | Error::Write { path, source } => {
            match source.raw_os_error() {
                // With its number OSError becomes the subclass of that kind.
                Some(number) => {
                    PyOSError::new_err((number, os_reason(&source), path.into_os_string()))
                }
                None => PyOSError::new_err(source.to_string()),
            }
        }
        Error::Choice { .. }
        | Error::Column { .. }
        | Error::Limit { .. }
        | Error::Look { .. }
        | Error::Range { .. }
        | Error::Size { .. } => PyValueError::new_err(error.to_string()),
        Error::Decode { .. }
        | Error::Recording { .. }
        | Error::Meters { .. }
        | Error::NoStacks
        | Error::Unmeasured { .. } => ProfileError::new_err(error.to_string()),
    }
}

/// The text of a system error without Rust's number behind it.
fn os_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(reason, _)| reason.to_owned())
}
