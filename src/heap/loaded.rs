//! The objects that are loaded: the program, its libraries and extension modules.

use std::ffi::{c_int, c_void};

use libc::dl_phdr_info;

use super::elf::Image;

/// Calls `visit` with each loaded object, until it says no. They stay loaded meanwhile.
pub(super) fn each_object(mut visit: impl FnMut(&dl_phdr_info) -> bool) {
    unsafe extern "C" fn call<F: FnMut(&dl_phdr_info) -> bool>(
        info: *mut dl_phdr_info,
        size: usize,
        visit: *mut c_void,
    ) -> c_int {
        if size < size_of::<dl_phdr_info>() {
            return 0;
        }
        // SAFETY: the linker passes a valid description and on what it was given below, which
        // nobody else uses while the call lasts.
        let (info, visit) = unsafe { (&*info, &mut *visit.cast::<F>()) };
        c_int::from(!visit(info))
    }
    fn callback<F: FnMut(&dl_phdr_info) -> bool>(
        _: &F,
    ) -> unsafe extern "C" fn(*mut dl_phdr_info, usize, *mut c_void) -> c_int {
        call::<F>
    }
    let callback = callback(&visit);
    // SAFETY: the callback is of the form that is asked for and `visit` outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(callback), (&raw mut visit).cast()) };
}

/// The image of an object.
pub(super) fn image(info: &dl_phdr_info) -> Image {
    let headers = if info.dlpi_phdr.is_null() {
        &[]
    } else {
        // SAFETY: the linker says where the headers are and how many; they are part of the object.
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) }
    };
    #[allow(clippy::cast_possible_truncation, reason = "usize has 64 bits")]
    let base = info.dlpi_addr as usize;
    // SAFETY: the object is loaded as its headers say, and used only while it is or for its ranges.
    unsafe { Image::new(base, headers) }
}

/// How many objects have been loaded, ever.
pub(super) fn loads() -> u64 {
    let mut adds = 0;
    each_object(|info| {
        adds = info.dlpi_adds;
        false
    });
    adds
}
