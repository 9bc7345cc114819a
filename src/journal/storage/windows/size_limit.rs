//! In place of `unix/size_limit.rs`.

use std::io;

/// Does nothing: there is no limit of a file's size here.
pub(crate) fn read_size_limit() {}

/// Returns `false`: there is no limit of a file's size here.
pub(crate) fn is_size_limited() -> bool {
    false
}

/// Accepts every size.
#[allow(clippy::unnecessary_wraps, reason = "on Unix there may be a limit")]
pub(crate) fn check_size(_: u64) -> io::Result<()> {
    Ok(())
}

/// Accepts every size.
#[allow(clippy::unnecessary_wraps, reason = "on Unix there may be a limit")]
pub(crate) fn check_size_now(_: u64) -> io::Result<()> {
    Ok(())
}
