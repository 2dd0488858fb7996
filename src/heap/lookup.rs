//! `dlsym` and `dlvsym` as objects call them while the meter is on.
//!
//! Code that was loaded later can only be called after something in it was looked up (or it was
//! linked to what was): that is the moment to lead its calls to us, before the first of them. Nothing
//! needs to be done to `dlopen`, which searches and expands file names on behalf of the object that
//! calls it and would do so on ours. `dlsym` has such a caller too, for the handles `RTLD_DEFAULT`
//! and `RTLD_NEXT`: so ours ends in a jump, with the caller's return address in its place.
//!
//! What is looked up by name in a library, as `ctypes` and compilers at run time do, is ours as well:
//! a block that `free` of `ctypes.CDLL(None)` frees would be counted as alive for good. A pointer to
//! ours that outlives the meter goes on to the real function.

use std::arch::naked_asm;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::null_mut;

use super::got;

/// The addresses of ours in place of `dlsym` and `dlvsym`.
pub(super) fn hooks() -> [usize; 2] {
    [dlsym as *const () as usize, dlvsym as *const () as usize]
}

/// What a hook goes on with: an answer, or nothing.
type Found = *mut c_void;

/// Calls the second function with the arguments as they are; where it has no answer, goes on in the
/// first one as if that had been called.
#[cfg(target_arch = "x86_64")]
macro_rules! look_then_go_on {
    ($real:path, $look:path) => {
        naked_asm!(
            ".cfi_startproc",
            "push rdi",
            ".cfi_adjust_cfa_offset 8",
            "push rsi",
            ".cfi_adjust_cfa_offset 8",
            "push rdx",
            ".cfi_adjust_cfa_offset 8",
            "call {look}",
            "pop rdx",
            ".cfi_adjust_cfa_offset -8",
            "pop rsi",
            ".cfi_adjust_cfa_offset -8",
            "pop rdi",
            ".cfi_adjust_cfa_offset -8",
            "test rax, rax",
            "jz 2f",
            "ret",
            "2: jmp qword ptr [rip + {real}@GOTPCREL]",
            ".cfi_endproc",
            look = sym $look,
            real = sym $real,
        )
    };
}
/// As above.
#[cfg(target_arch = "aarch64")]
macro_rules! look_then_go_on {
    ($real:path, $look:path) => {
        naked_asm!(
            ".cfi_startproc",
            "stp x29, x30, [sp, #-48]!",
            ".cfi_def_cfa_offset 48",
            ".cfi_offset x29, -48",
            ".cfi_offset x30, -40",
            "mov x29, sp",
            "stp x0, x1, [sp, #16]",
            "str x2, [sp, #32]",
            "bl {look}",
            "mov x16, x0",
            "ldp x0, x1, [sp, #16]",
            "ldr x2, [sp, #32]",
            "ldp x29, x30, [sp], #48",
            ".cfi_def_cfa_offset 0",
            ".cfi_restore x29",
            ".cfi_restore x30",
            "cbz x16, 2f",
            "mov x0, x16",
            "ret",
            "2: b {real}",
            ".cfi_endproc",
            look = sym $look,
            real = sym $real,
        )
    };
}

#[unsafe(naked)]
unsafe extern "C" fn dlsym(handle: *mut c_void, name: *const c_char) -> Found {
    look_then_go_on!(libc::dlsym, look)
}

#[unsafe(naked)]
unsafe extern "C" fn dlvsym(
    handle: *mut c_void,
    name: *const c_char,
    version: *const c_char,
) -> Found {
    look_then_go_on!(libc::dlvsym, look_version)
}

unsafe extern "C" fn look(handle: *mut c_void, name: *const c_char) -> Found {
    // SAFETY: the caller's arguments, as they are.
    find(handle, name, || unsafe { libc::dlsym(handle, name) })
}

unsafe extern "C" fn look_version(
    handle: *mut c_void,
    name: *const c_char,
    version: *const c_char,
) -> Found {
    // SAFETY: the caller's arguments, as they are.
    find(handle, name, || unsafe { libc::dlvsym(handle, name, version) })
}

fn find(handle: *mut c_void, name: *const c_char, real: impl FnOnce() -> Found) -> Found {
    got::update();
    if name.is_null() || handle == libc::RTLD_DEFAULT || handle == libc::RTLD_NEXT {
        return null_mut();
    }
    // SAFETY: the caller must pass a text that ends.
    let name = unsafe { CStr::from_ptr(name) };
    got::in_place_of(name, real).map_or(null_mut(), |ours| ours as Found)
}
