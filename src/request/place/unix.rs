//! The folder of requests on Unix, by descriptor: root may leave a request in the directory of another account, which could
//! put a link in the place of a folder.

use crate::journal::storage::layout::{REQUESTS, STATE};
use crate::request::limits::LONGEST_ANSWER;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The folder of requests of a log.
#[derive(Debug)]
pub(in crate::request) struct Place {
    folder: OwnedFd,
    /// Who writes the log.
    owner: u32,
}

impl Place {
    pub(in crate::request) fn open(dir: &Path) -> io::Result<Place> {
        let root = openat(CWD, dir, FOLDER, Mode::empty())?;
        let state = openat(&root, STATE, FOLDER, Mode::empty())?;
        let owner = fstat(&state)?.st_uid;
        let folder = match child(&state, REQUESTS, owner) {
            // Root's would be closed to the writer.
            Err(error) if error.kind() == io::ErrorKind::NotFound && geteuid().as_raw() == owner => {
                match mkdirat(&state, REQUESTS, Mode::RWXU) {
                    Ok(()) | Err(Errno::EXIST) => child(&state, REQUESTS, owner)?,
                    Err(errno) => return Err(errno.into()),
                }
            }
            opened => opened?,
        };
        Ok(Place { folder, owner })
    }

    pub(in crate::request) fn names(&self) -> io::Result<Vec<String>> {
        let names = Dir::read_from(&self.folder)?
            .map(|entry| Ok(entry.map(|entry| entry.file_name().to_string_lossy().into_owned())?));
        names.collect()
    }

    /// Creates a file that the log's account can read, safe against loss of power.
    pub(in crate::request) fn create(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let private = Mode::RUSR | Mode::WUSR;
        let mut file = File::from(openat(&self.folder, name, flags, private)?);
        if geteuid().as_raw() != self.owner {
            // No other account can enter the folder.
            rustix::fs::fchmod(&file, private | Mode::RGRP | Mode::ROTH)?;
        }
        file.write_all(contents)?;
        file.sync_all()
    }

    pub(in crate::request) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat(&self.folder, from, &self.folder, to)?)
    }

    pub(in crate::request) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.folder, name, AtFlags::empty())?)
    }

    /// Returns the contents of a regular file, if it is there.
    pub(in crate::request) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(io::Error::other(format!("{name} is not a regular file")));
        }
        let mut contents = Vec::new();
        File::from(file).take(LONGEST_ANSWER).read_to_end(&mut contents)?;
        Ok(Some(contents))
    }
}

/// Opens a folder that belongs to the account that writes the log.
fn child(of: impl AsFd, name: &str, owner: u32) -> io::Result<OwnedFd> {
    let child = openat(of, name, FOLDER, Mode::empty())?;
    let uid = fstat(&child)?.st_uid;
    if uid != owner {
        let reason = format!("{name} belongs to uid {uid}, and not to uid {owner}, which writes the log");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    Ok(child)
}
