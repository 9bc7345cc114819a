//! On Unix: the real user id.

use std::io;

/// Returns the process's real user id, in decimal. It does not change when the program is setuid.
///
/// # Errors
///
/// None on Unix: `getuid` cannot fail.
#[allow(clippy::unnecessary_wraps, reason = "the call can fail on Windows")]
pub(crate) fn process_account() -> io::Result<String> {
    Ok(rustix::process::getuid().as_raw().to_string())
}
