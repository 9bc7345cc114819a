//! Systems whose file systems are not known.

use super::mapping::Mapping;
use std::fs::File;
use std::io;

/// Returns whether `file` may be mapped: not known here.
#[allow(clippy::unnecessary_wraps, reason = "on other systems it may fail")]
pub(in crate::journal) fn mapping_of(_: &File) -> io::Result<Mapping> {
    Ok(Mapping::Unsafe)
}
