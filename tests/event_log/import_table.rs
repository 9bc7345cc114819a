//! Replaces functions of Windows by functions of the test, in the import table of this program, which
//! has the addresses of all functions from DLLs.

use std::ffi::{CStr, c_void};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::System::Memory::{PAGE_READWRITE, VirtualProtect};

/// Replaces an imported function, and returns the address of the original; `None` if the function is
/// not imported.
///
/// # Safety
///
/// `new` must be the address of a function with the same signature.
pub unsafe fn replace(name: &str, new: usize) -> Option<usize> {
    const IMPORTS: usize = 1;
    let mut old = None;
    // SAFETY: this walks the image of this program by the headers from which Windows has loaded it. No
    // other code writes to the table while the program runs.
    unsafe {
        let base = GetModuleHandleW(std::ptr::null()).cast::<u8>().cast_const();
        let word = |offset: usize| base.add(offset).cast::<u32>().read_unaligned() as usize;
        let headers = word(0x3c);
        let mut descriptor = word(headers + 24 + 112 + 8 * IMPORTS);
        while word(descriptor + 12) != 0 {
            let addresses = word(descriptor + 16);
            let names = if word(descriptor) != 0 { word(descriptor) } else { addresses };
            for at in (0..).step_by(8) {
                let entry = base.add(names + at).cast::<u64>().read_unaligned();
                if entry == 0 {
                    break;
                }
                let by_number = entry >> 63 != 0;
                // The name follows a hint of two bytes.
                if by_number
                    || CStr::from_ptr(base.add(entry as usize + 2).cast()).to_bytes() != name.as_bytes()
                {
                    continue;
                }
                let slot = base.add(addresses + at).cast::<usize>().cast_mut();
                let mut protection = 0;
                let page = slot.cast::<c_void>();
                assert_ne!(VirtualProtect(page, 8, PAGE_READWRITE, &raw mut protection), 0);
                old = Some(slot.replace(new));
                assert_ne!(VirtualProtect(page, 8, protection, &raw mut protection), 0);
            }
            descriptor += 20;
        }
    }
    old
}
