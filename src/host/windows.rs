//! On Windows: the DNS host name of the computer.
#![allow(unsafe_code)]

use windows_sys::Win32::System::SystemInformation::{ComputerNameDnsHostname, GetComputerNameExW};

/// Room for the longest name, in UTF-16 units: a DNS host name has at most 63.
const LONGEST: usize = 256;

/// Returns the machine's name; `None` if the system does not tell it.
pub(crate) fn host_name() -> Option<String> {
    let mut name = [0_u16; LONGEST];
    let mut len = LONGEST as u32;
    // SAFETY: the buffer has room for `len` units, and both outlive the call.
    let is_told = unsafe { GetComputerNameExW(ComputerNameDnsHostname, name.as_mut_ptr(), &raw mut len) };
    let name = String::from_utf16_lossy(name.get(..len as usize)?);
    (is_told != 0 && !name.is_empty()).then_some(name)
}
