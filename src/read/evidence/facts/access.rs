//! Who can read or change the files, as they are when the evidence is collected.

use super::super::pass::files::FileList;
use crate::journal::storage::layout::STATE;
use serde::Serialize;
use std::path::Path;

/// Who can read or change the files. The administrator of the machine always can.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Access {
    /// Whether the directory is a copy, which says nothing of the log's own files: it has no `.state`. Then there is nothing else
    /// here.
    pub is_copy: bool,
    /// The directory, `.state` and the day files, each with its mode and its owner. Empty where the system has access lists.
    pub modes: Vec<Mode>,
    /// Whether the log's private key is in its directory.
    pub has_private_key: bool,
}

/// Files with the same mode and the same owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Mode {
    /// `directory`, `.state` or `day files`.
    pub what: String,
    /// The mode, in octal: `0600`.
    pub mode: String,
    /// The user id of the owner.
    pub owner: u32,
    /// The group id.
    pub group: u32,
    /// How many files.
    pub files: u64,
}

/// What others than the owner may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::read::evidence) enum Reach {
    Owner,
    GroupReads,
    AllRead,
    OthersWrite,
}

impl Access {
    pub(in crate::read::evidence) fn of(list: &FileList) -> Access {
        let dir = list.dir();
        let state = dir.join(STATE);
        if state.symlink_metadata().is_err() {
            return Access { is_copy: true, ..Access::default() };
        }
        Access {
            is_copy: false,
            modes: modes(dir, &state, list),
            has_private_key: state.join("seal.key").symlink_metadata().is_ok(),
        }
    }

    /// Returns who can do most; `None` if it is not known.
    pub(in crate::read::evidence) fn reach(&self) -> Option<Reach> {
        let mode = |mode: &Mode| u32::from_str_radix(&mode.mode, 8).unwrap_or_default();
        let directory = self.modes.iter().find(|of| of.what == "directory").map(mode)?;
        // Who can't pass through the directory reaches none of its files.
        let passed = (directory & 0o010 != 0, directory & 0o001 != 0);
        let reach = self.modes.iter().map(|of| {
            let bits = mode(of);
            match passed {
                (_, true) if bits & 0o002 != 0 => Reach::OthersWrite,
                (true, _) if bits & 0o020 != 0 => Reach::OthersWrite,
                (_, true) if bits & 0o004 != 0 => Reach::AllRead,
                (true, _) if bits & 0o040 != 0 => Reach::GroupReads,
                _ => Reach::Owner,
            }
        });
        reach.max()
    }
}

#[cfg(unix)]
fn modes(dir: &Path, state: &Path, list: &FileList) -> Vec<Mode> {
    use std::os::unix::fs::MetadataExt as _;
    let paths = [("directory", dir), (".state", state)];
    let paths = paths.into_iter().chain(list.files().iter().map(|file| ("day files", &*file.path)));
    let mut modes = Vec::<Mode>::new();
    for (what, path) in paths {
        // What is gone by now is in no one's reach.
        let Ok(metadata) = path.symlink_metadata() else {
            continue;
        };
        let mode = format!("{:04o}", metadata.mode() & 0o7777);
        let (owner, group) = (metadata.uid(), metadata.gid());
        let is_like =
            |of: &&mut Mode| of.what == what && of.mode == mode && (of.owner, of.group) == (owner, group);
        match modes.iter_mut().find(is_like) {
            Some(of) => of.files += 1,
            None => modes.push(Mode { what: what.to_owned(), mode, owner, group, files: 1 }),
        }
    }
    modes
}

/// Access lists are not looked at.
#[cfg(not(unix))]
fn modes(_: &Path, _: &Path, _: &FileList) -> Vec<Mode> {
    Vec::new()
}
