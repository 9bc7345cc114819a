//! What identifies a file on Unix.

use crate::journal::storage::log_file::Identity;
use rustix::fs::{Mode, Stat};
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

/// Returns the account that a file belongs to.
///
/// # Errors
///
/// [`io::ErrorKind::PermissionDenied`] if it has another name, or if others than its owner may write it: then who has
/// written it is not known.
pub(crate) fn only_owner_of(file: &File) -> io::Result<Option<u32>> {
    let stat = rustix::fs::fstat(file)?;
    let refused = |reason| io::Error::new(io::ErrorKind::PermissionDenied, reason);
    if stat.st_nlink != 1 {
        return Err(refused("it has another name, too (a hard link)"));
    }
    if Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
        return Err(refused("others than its owner may write it"));
    }
    Ok(Some(stat.st_uid))
}
