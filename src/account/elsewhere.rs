//! On other systems: unknown.

use std::io;

/// Returns an error of the kind `Unsupported`.
pub(crate) fn process_account() -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}
