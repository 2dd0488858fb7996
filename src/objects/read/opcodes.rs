//! The instructions of each version that matter here, and how many units of cache follow each.
//!
//! Made from `pycore_opcode.h` (3.11, 3.12) and `pycore_opcode_metadata.h` (3.13): instructions that
//! were specialised or instrumented have the caches of those they stand for.

#[cfg(not(Py_3_12))]
mod of_version {
    pub const STORE_NAME: u8 = 90;
    pub const STORE_GLOBAL: u8 = 97;
    /// With what it is specialised to.
    pub const STORE_ATTR: [u8; 5] = [95, 153, 154, 158, 159];
    pub const STORE_DEREF: u8 = 138;
    pub const MAKE_CELL: u8 = 135;
    /// Its other form is the specialised one.
    pub const EXTENDED_ARG: [u8; 2] = [144, 34];
    pub const CACHES: [u8; 256] = [
        0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 0, 0, 0, 5, 5, 0, 0, 0, 0, 0, 0, 5, 10, 10, 10,
        10, 1, 0, 10, 10, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 1, 0, 0, 5, 0,
        0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 4, 4, 0, 0, 0, 4, 4, 10, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 4, 0, 0, 0, 0, 0, 1,
        1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
}

#[cfg(all(Py_3_12, not(Py_3_13)))]
mod of_version {
    pub const STORE_NAME: u8 = 90;
    pub const STORE_GLOBAL: u8 = 97;
    /// With what it is specialised to.
    pub const STORE_ATTR: [u8; 4] = [95, 113, 148, 153];
    pub const STORE_DEREF: u8 = 138;
    pub const MAKE_CELL: u8 = 135;
    pub const EXTENDED_ARG: [u8; 1] = [144];
    pub const INSTRUMENTED_INSTRUCTION: u8 = 253;
    /// Where `_PyCoMonitoringData` has `lines`.
    pub const LINES: usize = 40;
    pub const CACHES: [u8; 256] = [
        0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 3, 3, 1, 0, 0, 3, 3,
        0, 0, 0, 0, 3, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 1,
        1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 9, 0, 9, 9, 0, 0, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 1, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0, 4, 4, 4, 0, 0, 4, 0, 0, 0,
        0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0,
        0, 0, 0, 4, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
        0, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
    ];
}

#[cfg(Py_3_13)]
mod of_version {
    pub const STORE_NAME: u8 = 114;
    pub const STORE_GLOBAL: u8 = 113;
    /// With what it is specialised to.
    pub const STORE_ATTR: [u8; 4] = [108, 209, 210, 211];
    pub const STORE_DEREF: u8 = 109;
    pub const MAKE_CELL: u8 = 94;
    pub const EXTENDED_ARG: [u8; 1] = [71];
    pub const INSTRUMENTED_INSTRUCTION: u8 = 247;
    /// Where `_PyCoMonitoringData` has `lines`.
    pub const LINES: usize = 32;
    pub const CACHES: [u8; 256] = [
        0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 1,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0,
        0, 4, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 4, 4, 1, 1, 0, 1, 4,
        4, 4, 1, 1, 3, 3, 3, 3, 3, 3, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 1, 1, 3, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0,
    ];
}

pub use of_version::*;

/// Stands for the first instruction of a line, while lines are monitored.
#[cfg(Py_3_12)]
pub const INSTRUMENTED_LINE: u8 = 254;
