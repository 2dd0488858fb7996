//! Where the fields of CPython's frames and code objects are, in bytes from the start.
//!
//! From `Include/internal/pycore_frame.h`, `cpython/pystate.h` and `cpython/code.h` of each version;
//! within a version they do not change. [`frames::verify`](super::frames::verify) compares what is
//! read by them with what the public functions say before anything relies on it.

#[cfg(not(Py_3_12))]
mod of_version {
    /// `PyThreadState.cframe`.
    pub const CFRAME: usize = 56;
    /// `_PyCFrame.current_frame`.
    pub const CURRENT: usize = 8;
    /// `_PyInterpreterFrame.f_code`.
    pub const CODE: usize = 32;
    /// `_PyInterpreterFrame.previous`.
    pub const PREVIOUS: usize = 48;
    /// `_PyInterpreterFrame.owner`.
    pub const OWNER: usize = 69;
    /// `PyCodeObject.co_firstlineno`.
    pub const FIRST_LINE: usize = 72;
    /// `PyCodeObject._co_firsttraceable`.
    pub const FIRST_TRACEABLE: usize = 168;
    /// `PyCodeObject.co_code_adaptive`.
    pub const START: usize = 184;
}

#[cfg(all(Py_3_12, not(Py_3_13)))]
mod of_version {
    /// `PyThreadState.cframe`.
    pub const CFRAME: usize = 56;
    /// `_PyCFrame.current_frame`.
    pub const CURRENT: usize = 0;
    /// `_PyInterpreterFrame.f_code`.
    pub const CODE: usize = 0;
    /// `_PyInterpreterFrame.previous`.
    pub const PREVIOUS: usize = 8;
    /// `_PyInterpreterFrame.owner`.
    pub const OWNER: usize = 70;
    /// `PyCodeObject.co_firstlineno`.
    pub const FIRST_LINE: usize = 68;
    /// `PyCodeObject._co_firsttraceable`.
    pub const FIRST_TRACEABLE: usize = 176;
    /// `PyCodeObject.co_code_adaptive`.
    pub const START: usize = 192;
}

#[cfg(Py_3_13)]
mod of_version {
    /// `PyThreadState.current_frame`.
    pub const CURRENT: usize = 72;
    /// `_PyInterpreterFrame.f_executable`.
    pub const CODE: usize = 0;
    /// `_PyInterpreterFrame.previous`.
    pub const PREVIOUS: usize = 8;
    /// `_PyInterpreterFrame.owner`.
    pub const OWNER: usize = 70;
    /// `PyCodeObject.co_firstlineno`.
    pub const FIRST_LINE: usize = 68;
    /// `PyCodeObject._co_firsttraceable`.
    pub const FIRST_TRACEABLE: usize = 184;
    /// `PyCodeObject.co_code_adaptive`.
    pub const START: usize = 200;
}

pub use of_version::*;

/// `_PyInterpreterFrame.prev_instr`, from 3.13 on `instr_ptr`.
pub const INSTRUCTION: usize = 56;
/// `PyCodeObject.co_flags`.
pub const FLAGS: usize = 48;
/// `PyCodeObject.co_filename`.
pub const FILE: usize = 112;
/// `PyCodeObject.co_qualname`.
pub const FUNCTION: usize = 128;

/// `PyCodeObject.co_extra`.
pub const EXTRA: usize = FIRST_TRACEABLE + 8;

/// `FRAME_OWNED_BY_GENERATOR`.
pub const BY_GENERATOR: u8 = 1;
/// `FRAME_OWNED_BY_CSTACK`: not a frame of Python code (from 3.12 on).
pub const BY_C_STACK: u8 = 3;
/// Bytes of an instruction (`_Py_CODEUNIT`).
pub const UNIT: usize = 2;

/// Reads a field.
///
/// # Safety
/// There is a value of the type, aligned, at this offset of the structure.
#[inline(always)]
pub unsafe fn read<T: Copy>(structure: *const u8, offset: usize) -> T {
    // SAFETY: the caller's promise.
    unsafe { structure.add(offset).cast::<T>().read() }
}
