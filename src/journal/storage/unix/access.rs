//! Modes, owners and groups of a journal's directories and files.

use rustix::fs::{Gid, Mode, Stat, fchmod, fchown, fstat};
use rustix::process::{getegid, geteuid, getgroups};
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

/// Read, write and search for the owner, nothing for others.
pub(crate) const PRIVATE_DIRECTORY: Mode = Mode::RWXU;
/// Read and write for the owner, nothing for others.
pub(crate) const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// What a group that may read needs of a directory, and of a file.
pub(crate) const GROUP_DIRECTORY: Mode = Mode::RGRP.union(Mode::XGRP);
pub(crate) const GROUP_FILE: Mode = Mode::RGRP;

/// Adds the group and the mode bits that it needs to an open directory or file.
pub(crate) fn open_to_group(fd: impl AsFd, gid: u32, needs: Mode) -> io::Result<()> {
    let stat = fstat(&fd)?;
    let mode = Mode::from_raw_mode(stat.st_mode);
    if stat.st_gid != gid {
        fchown(&fd, None, Some(Gid::from_raw(gid)))?;
    }
    if !mode.contains(needs) {
        fchmod(&fd, mode | needs)?;
    }
    Ok(())
}

/// Returns who else may read a directory's files: `its group` only if none may.
pub(crate) fn readable_by_others(directory: impl AsFd, has_group: bool) -> Option<&'static str> {
    let mode = Mode::from_raw_mode(fstat(directory).ok()?.st_mode);
    if mode.intersects(Mode::RWXO) {
        Some("everybody")
    } else if mode.contains(Mode::WGRP) || mode.intersects(Mode::RWXG) && !has_group {
        Some("its group")
    } else {
        None
    }
}

/// The accounts besides the owner that may replace a directory's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writers {
    OwnerOnly,
    /// A group that this process is in, or that may read anyway.
    OwnGroup(u32),
    OtherGroup(u32),
    Everyone,
}

impl Writers {
    /// Returns who may replace the files of a directory that `group` may read.
    pub(crate) fn of(directory: &Stat, group: Option<u32>) -> Writers {
        let mode = Mode::from_raw_mode(directory.st_mode);
        let gid = directory.st_gid;
        if mode.contains(Mode::SVTX) {
            // Each account may replace its own files only.
            Writers::OwnerOnly
        } else if mode.contains(Mode::WOTH) {
            Writers::Everyone
        } else if !mode.contains(Mode::WGRP) {
            Writers::OwnerOnly
        } else if group == Some(gid) || is_own_group(gid) {
            Writers::OwnGroup(gid)
        } else {
            Writers::OtherGroup(gid)
        }
    }
}

fn is_own_group(gid: u32) -> bool {
    let gid = Gid::from_raw(gid);
    gid == getegid() || getgroups().is_ok_and(|groups| groups.contains(&gid))
}

/// Returns whether a directory is this user's, and others have no access.
pub(super) fn is_private(directory: &Stat) -> bool {
    let mode = Mode::from_raw_mode(directory.st_mode);
    directory.st_uid == geteuid().as_raw() && !mode.intersects(Mode::RWXG | Mode::RWXO)
}

/// Returns whether `owner` is neither this process's user nor root: it could change records.
pub(crate) fn is_foreign(owner: u32) -> bool {
    owner != 0 && owner != geteuid().as_raw()
}

/// Returns the group that may read both the directory and a file in it whose name is accepted.
pub(crate) fn group_of(path: &Path, is_day_file: impl Fn(&str) -> bool) -> Option<u32> {
    let stat = rustix::fs::lstat(path).ok()?;
    let allows = |stat: &Stat, mode| Mode::from_raw_mode(stat.st_mode).contains(mode);
    let mut files = std::fs::read_dir(path).ok()?.filter_map(Result::ok);
    let file = files.find(|entry| entry.file_name().to_str().is_some_and(&is_day_file))?;
    let file = rustix::fs::lstat(file.path()).ok()?;
    let both_allow = allows(&stat, GROUP_DIRECTORY) && allows(&file, GROUP_FILE);
    (both_allow && stat.st_gid == file.st_gid).then_some(stat.st_gid)
}
