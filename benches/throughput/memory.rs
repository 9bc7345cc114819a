//! The peak memory of this process.

use crate::Result;
use std::fs;

/// Whether `peak_kib` is known.
pub(crate) const IS_KNOWN: bool = cfg!(target_os = "linux");

/// Returns the peak of the resident memory in KiB, accurate to some hundred.
pub(crate) fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM in the status")?;
    Ok(number.parse()?)
}
