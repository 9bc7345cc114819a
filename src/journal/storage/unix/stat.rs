//! What identifies a file on Unix.

use crate::journal::storage::log_file::Identity;
use rustix::fs::Stat;
use std::fs::File;
use std::io;

/// Returns the identity in a `stat`.
#[allow(clippy::unnecessary_cast, reason = "the fields have other widths on other systems")]
pub(crate) fn identity_in(stat: &Stat) -> Identity {
    Identity { device: stat.st_dev as u64, number: stat.st_ino as u64 }
}

/// Returns a file's length and identity.
#[allow(clippy::unnecessary_cast, reason = "the fields have other widths on other systems")]
pub(crate) fn len_and_identity(file: &File) -> io::Result<(u64, Option<Identity>)> {
    let stat = rustix::fs::fstat(file)?;
    Ok((stat.st_size as u64, Some(identity_in(&stat))))
}
