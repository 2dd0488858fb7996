//! What was alive before something is checked.

use pyo3::prelude::*;

use super::Question;
use crate::heap::thread::Mute;
use crate::objects::{self, Fault};

/// The addresses of all objects alive at one moment.
#[derive(Debug)]
pub struct Baseline {
    addresses: Vec<usize>,
}

impl Baseline {
    /// Notes what is alive now.
    ///
    /// # Errors
    /// As for a look.
    pub fn take(py: Python<'_>, question: &Question) -> Result<Self, Fault> {
        let _mute = Mute::begin();
        let mut addresses = objects::walk(py, &question.own)?.addresses;
        addresses.sort_unstable();
        Ok(Self { addresses })
    }

    /// Whether an object stood at an address.
    pub fn has(&self, address: usize) -> bool {
        self.addresses.binary_search(&address).is_ok()
    }
}
