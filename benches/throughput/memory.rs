//! How much memory this process has had at most.

use crate::Result;
use std::fs;

/// Whether `peak_kib` knows.
pub(crate) const IS_KNOWN: bool = cfg!(target_os = "linux");

/// The peak of the resident memory, in KiB, to some hundred.
pub(crate) fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM in the status")?;
    Ok(number.parse()?)
}
