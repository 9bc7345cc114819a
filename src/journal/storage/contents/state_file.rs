//! The small files in `.state`: JSON with a version, replaced atomically.
//!
//! ```json
//! {"version":1,"next_seq":42}
//! ```
//!
//! One line of UTF-8 with `\n` at its end. The first key is `version`, and its value is 1. Reading is
//! strict: another version, an unknown, repeated or missing key, and anything behind the object are
//! errors. A file is replaced by renaming `NAME.new` over it, so that it is whole when the process
//! dies: the old one or the new one. Where it must outlive a loss of power as well, the new one is
//! synced first. Each file has one writer at a time: see [`Writers`].

use crate::journal::storage::system::{self, Handle};
use crate::lock::lock;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::sync::{Condvar, Mutex, PoisonError};

/// The largest state file that is read whole, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The field `version` of a state file. It is always 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version;

impl Version {
    const NUMBER: u64 = 1;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(Version::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
        match u64::deserialize(deserializer)? {
            Version::NUMBER => Ok(Version),
            other => {
                Err(D::Error::custom(format_args!("version {other} is not 1, the one that is known here")))
            }
        }
    }
}

/// Returns the contents of a state file, as they are written.
pub(crate) fn to_text(contents: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(contents)?;
    text.push(b'\n');
    Ok(text)
}

/// Reads the contents of a state file.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidData`], with what is wrong, and its line and column.
pub(crate) fn parse<T: DeserializeOwned>(text: &[u8]) -> io::Result<T> {
    serde_json::from_slice(text).map_err(|error| invalid(error.to_string()))
}

/// Returns the error for contents that can't be.
pub(crate) fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// The state files that are being written, by name. Two writers of one file would take its temporary
/// file away from one another, and could leave it empty.
#[derive(Debug, Default)]
pub(in crate::journal::storage) struct Writers {
    busy: Mutex<BTreeSet<String>>,
    freed: Condvar,
}

/// The right to write a state file, until it is dropped.
#[derive(Debug)]
pub(in crate::journal::storage) struct Alone<'a> {
    writers: &'a Writers,
    name: String,
}

impl Writers {
    /// Waits until no other thread writes the file `name`. Writers of other files go on meanwhile.
    pub(in crate::journal::storage) fn alone(&self, name: &str) -> Alone<'_> {
        let mut busy = lock(&self.busy);
        while !busy.insert(name.to_owned()) {
            busy = self.freed.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
        Alone { writers: self, name: name.to_owned() }
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        lock(&self.writers.busy).remove(&self.name);
        self.writers.freed.notify_all();
    }
}

/// Replaces the file `name` in a directory by a rename. It is safe against loss of power only if
/// `is_synced`.
pub(in crate::journal::storage) fn replace(
    directory: &Handle,
    name: &str,
    contents: &[u8],
    is_synced: bool,
) -> io::Result<()> {
    let temporary = format!("{name}.new");
    missing_is_fine(directory.remove(&temporary))?;
    system::check_size_now(contents.len() as u64)?;
    let mut file = directory.create(&temporary)?;
    let written = file.write_all(contents).and_then(|()| if is_synced { file.sync_all() } else { Ok(()) });
    written
        .and_then(|()| directory.rename(&temporary, name))
        // On a full disk, what is written in part takes up the last space.
        .inspect_err(|_| directory.remove(&temporary).unwrap_or(()))?;
    if is_synced { directory.sync() } else { Ok(()) }
}

/// Renames a file in a directory, in place of one of the new name. It is safe against loss of power.
pub(in crate::journal::storage) fn rename(directory: &Handle, from: &str, to: &str) -> io::Result<()> {
    directory.rename(from, to)?;
    directory.sync()
}

/// Overwrites the file `name` in a directory with zeros and removes it, and so its temporary file, if
/// they exist. It is safe against loss of power.
pub(in crate::journal::storage) fn erase(directory: &Handle, name: &str) -> io::Result<()> {
    const ZEROS: [u8; 4096] = [0; 4096];
    for name in [&*format!("{name}.new"), name] {
        let Some(file) = existing(directory.open_to_write(name))? else {
            continue;
        };
        let (len, mut at) = (file.metadata()?.len(), 0);
        while at < len {
            let piece = usize::try_from(len - at).map_or(ZEROS.len(), |rest| rest.min(ZEROS.len()));
            system::write_all_at(&file, &ZEROS[..piece], at)?;
            at += piece as u64;
        }
        file.sync_all()?;
        drop(file);
        missing_is_fine(directory.remove(name))?;
    }
    // Also where there is none any more: its removal may not be safe yet.
    directory.sync()
}

/// Returns the contents of the file `name` in a directory, if it exists.
pub(in crate::journal::storage) fn read(directory: &Handle, name: &str) -> io::Result<Option<Vec<u8>>> {
    existing(directory.open_to_read(name))?.map(|file| contents(file, LARGEST)).transpose()
}

/// Returns the contents of a file, as far as `at_most` bytes.
pub(in crate::journal::storage) fn contents(file: File, at_most: u64) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    file.take(at_most).read_to_end(&mut contents)?;
    Ok(contents)
}

/// Returns `None` for a file that does not exist.
pub(in crate::journal::storage) fn existing<T>(opened: io::Result<T>) -> io::Result<Option<T>> {
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Accepts that a file to be removed does not exist.
pub(in crate::journal::storage) fn missing_is_fine(removed: io::Result<()>) -> io::Result<()> {
    existing(removed).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Contents {
        version: Version,
        next_seq: u64,
    }

    #[test]
    fn a_state_file_is_one_line_that_begins_with_its_version() {
        let contents = Contents { version: Version, next_seq: 42 };
        let text = to_text(&contents).unwrap();
        assert_eq!(text, b"{\"version\":1,\"next_seq\":42}\n");
        assert_eq!(parse::<Contents>(&text).unwrap(), contents);
    }

    #[test]
    fn another_version_is_refused_whatever_else_is_in_the_file() {
        for version in ["2", "0", "18446744073709551615"] {
            let text = format!(r#"{{"version":{version},"next_seq":42,"new":true}}"#);
            let error = parse::<Contents>(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            let reason = format!("version {version} is not 1, the one that is known here");
            assert!(error.to_string().starts_with(&reason), "{error}");
        }
    }

    #[test]
    fn unknown_repeated_and_missing_keys_are_refused() {
        for text in [
            "",
            "{}",
            r#"{"next_seq":42}"#,
            r#"{"version":1}"#,
            r#"{"version":"1","next_seq":42}"#,
            r#"{"version":1,"next_seq":-1}"#,
            r#"{"version":1,"next_seq":42,"more":1}"#,
            r#"{"version":1,"next_seq":42,"next_seq":42}"#,
            r#"{"version":1,"next_seq":42}{}"#,
        ] {
            assert!(parse::<Contents>(text.as_bytes()).is_err(), "{text}");
        }
    }
}
