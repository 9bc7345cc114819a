//! What is looked at only by someone who looks after a log: owners and modes, the place of the key, what was set aside.

use super::check::Check;
use super::words::{age, shown, unreadable};
#[cfg(unix)]
use crate::journal::storage::layout::DayFileName;
use crate::journal::storage::layout::STATE;
use crate::published::PublishedStatus;
use crate::read::day_files::DayFiles;
use crate::read::reader::Reader;
use crate::record::Timestamp;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How far a record's time may be ahead of this machine's clock.
const AHEAD: Duration = Duration::from_secs(60);

pub(super) fn checks(dir: &Path, status: Option<&PublishedStatus>, now: Timestamp) -> Vec<Check> {
    let files = files(dir);
    let state = dir.join(STATE);
    vec![
        owners(dir, &files),
        modes(dir, &files),
        key(&state, status),
        clock(dir, status, now),
        set_aside(&state),
        pending(dir),
        lock(dir, status),
    ]
}

/// Returns the files of a log, two folders deep: those in the directory, `seal`, `.state` and its folders.
fn files(dir: &Path) -> Vec<(PathBuf, Metadata)> {
    fn add(folder: &Path, depth: u32, files: &mut Vec<(PathBuf, Metadata)>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            // What goes away meanwhile is of no interest.
            let Ok(metadata) = entry.path().symlink_metadata() else {
                continue;
            };
            if metadata.is_dir() && depth < 2 {
                add(&entry.path(), depth + 1, files);
            }
            files.push((entry.path(), metadata));
        }
    }
    let mut all = Vec::new();
    add(dir, 0, &mut all);
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// Returns a path relative to the log's directory.
#[cfg(unix)]
fn name<'a>(dir: &Path, path: &'a Path) -> std::path::Display<'a> {
    path.strip_prefix(dir).unwrap_or(path).display()
}

#[cfg(unix)]
fn owners(dir: &Path, files: &[(PathBuf, Metadata)]) -> Check {
    use std::os::unix::fs::MetadataExt as _;
    const NAME: &str = "owners";
    let owner = match dir.metadata() {
        Ok(metadata) => metadata.uid(),
        Err(error) => return Check::unknown(NAME, format!("the owner can't be told: {error}")),
    };
    let others = files.iter().filter(|(_, metadata)| metadata.uid() != owner).collect::<Vec<_>>();
    match others.first() {
        Some((path, metadata)) => Check::critical(
            NAME,
            format!(
                "{} files are not of the directory's owner, uid {owner}; {} is of uid {}: the application may not be able to open them",
                others.len(),
                name(dir, path),
                metadata.uid()
            ),
        ),
        None => Check::ok(NAME, format!("all files are of the directory's owner, uid {owner}")),
    }
}

#[cfg(not(unix))]
fn owners(_: &Path, _: &[(PathBuf, Metadata)]) -> Check {
    Check::ok("owners", "owners are not looked at")
}

#[cfg(unix)]
fn modes(dir: &Path, files: &[(PathBuf, Metadata)]) -> Check {
    use std::os::unix::fs::MetadataExt as _;
    const NAME: &str = "modes";
    let mode = |metadata: &Metadata| metadata.mode() & 0o777;
    let state = dir.join(STATE);
    for (path, metadata) in files {
        let (mode, name) = (mode(metadata), name(dir, path));
        if *path == state && mode & 0o077 != 0 {
            return Check::critical(
                NAME,
                format!("{name} has the mode {mode:04o}: others than the owner can read or change it"),
            );
        }
        let is_day_file =
            path.file_name().and_then(|name| name.to_str()).and_then(DayFileName::parse).is_some();
        if is_day_file && path.parent() == Some(dir) && mode & 0o022 != 0 {
            return Check::critical(
                NAME,
                format!("{name} has the mode {mode:04o}: others than the owner can change it"),
            );
        }
        if is_day_file && path.parent() == Some(dir) && mode & 0o004 != 0 {
            return Check::warning(
                NAME,
                format!("{name} has the mode {mode:04o}: every account can read it"),
            );
        }
    }
    Check::ok(NAME, "the files are for their owner, and the group if there is one")
}

#[cfg(not(unix))]
fn modes(_: &Path, _: &[(PathBuf, Metadata)]) -> Check {
    Check::ok("modes", "access lists are not looked at")
}

/// Looks where the private key is.
fn key(state: &Path, status: Option<&PublishedStatus>) -> Check {
    const NAME: &str = "key";
    if status.is_some_and(|status| status.seal.is_none()) {
        return Check::ok(NAME, "the log is not sealed");
    }
    match state.join("seal.key").symlink_metadata() {
        Ok(_) => Check::warning(
            NAME,
            "the private key that signs the seals is in the log's directory: who can copy all of it can sign as well",
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Check::ok(NAME, "no private key is in the log's directory")
        }
        Err(error) => Check::unknown(NAME, format!("whether there is a private key can't be told: {error}")),
    }
}

/// Looks whether records are from a time to come.
fn clock(dir: &Path, status: Option<&PublishedStatus>, now: Timestamp) -> Check {
    const NAME: &str = "clock";
    let newest = match DayFiles::list(dir).and_then(|files| files.last()) {
        Ok(last) => last.map(|last| last.ts),
        Err(error) => return Check::unknown(NAME, unreadable(&error)),
    };
    let written = status.map(|status| status.written);
    match newest.into_iter().chain(written).max() {
        Some(newest) if age(now, newest) > AHEAD => {
            let ahead = shown(age(now, newest));
            Check::warning(NAME, format!("the newest record is {ahead} ahead of this machine's clock"))
        }
        Some(newest) => Check::ok(NAME, format!("the newest record is of {newest}")),
        None => Check::ok(NAME, "there is no record yet"),
    }
}

/// Looks for what was put aside after a crash, a change by another program, or a mirror's refusal.
fn set_aside(state: &Path) -> Check {
    const NAME: &str = "set_aside";
    let mut found = Vec::new();
    for folder in ["torn", "altered", "pruned", "dead_letters"] {
        match std::fs::read_dir(state.join(folder)) {
            Ok(entries) => match entries.count() {
                0 => {}
                count => found.push(format!("{count} in .state/{folder}")),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Check::unknown(NAME, format!(".state/{folder} can't be read: {error}")),
        }
    }
    if found.is_empty() { Check::ok(NAME, "nothing") } else { Check::warning(NAME, found.join(", ")) }
}

/// Looks for records of a dead process that are in no day file.
fn pending(dir: &Path) -> Check {
    const NAME: &str = "pending";
    match Reader::open(dir).and_then(|reader| reader.pending()) {
        Ok(records) if records.is_empty() => Check::ok(NAME, "no record of a dead process is pending"),
        Ok(records) => Check::warning(
            NAME,
            format!("{} records of a dead process are in no day file yet", records.len()),
        ),
        Err(error) => Check::unknown(NAME, unreadable(&error)),
    }
}

/// Looks who has the lock.
fn lock(dir: &Path, status: Option<&PublishedStatus>) -> Check {
    const NAME: &str = "lock";
    match Reader::open(dir).and_then(|reader| reader.has_writer()) {
        Ok(true) if status.is_some_and(|status| status.closed) => Check::warning(
            NAME,
            "a process has the lock, and the log was closed: it holds the log open all the same",
        ),
        Ok(true) => Check::ok(NAME, "a process has the lock"),
        Ok(false) => Check::ok(NAME, "no process has the lock"),
        Err(error) => Check::unknown(NAME, unreadable(&error)),
    }
}
