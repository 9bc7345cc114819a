//! The limit of a file's size (`RLIMIT_FSIZE`, `ulimit -f`, systemd's `LimitFSIZE=`).
//!
//! A write beyond it ends the process with SIGXFSZ. So each write is compared with it first, and is
//! an error. The limit is read again at each check of the directory, before each batch of the
//! committer and before each write of a state file, since the process itself or an administrator may
//! change it.

use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// No limit.
const NONE: u64 = u64::MAX;

/// The limit when it was read last, in bytes.
static LIMIT: AtomicU64 = AtomicU64::new(NONE);

/// Reads the limit.
pub(crate) fn read_size_limit() {
    LIMIT.store(getrlimit(Resource::Fsize).current.unwrap_or(NONE), Ordering::Relaxed);
}

/// Returns whether there is a limit.
#[inline]
pub(crate) fn is_size_limited() -> bool {
    LIMIT.load(Ordering::Relaxed) != NONE
}

/// Returns an error if no file may be written up to this offset.
#[inline]
pub(crate) fn check_size(end: u64) -> io::Result<()> {
    if end > LIMIT.load(Ordering::Relaxed) { Err(Errno::FBIG.into()) } else { Ok(()) }
}

/// Reads the limit, and returns an error if no file may be written up to this offset.
pub(crate) fn check_size_now(end: u64) -> io::Result<()> {
    read_size_limit();
    check_size(end)
}
