//! What `.state` tells: the journal's id, and how far the sealer had come.

use crate::journal::slots::{self, Slot};
use crate::journal::state_file::Version;
use crate::journal::storage::id_in;
use crate::journal::storage::layout::{JOURNAL, STATE};
use crate::read::{manifest, regular_file};
use crate::seal::SignedNote;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::path::Path;

/// The sealer's position.
pub(in crate::read) const HEAD: &str = "head";

/// The names of a private key in `.state`.
const KEYS: [&str; 2] = ["seal.key", "seal.key.next"];

/// What `.state/head` tells.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::read) struct Head {
    #[serde(rename = "version")]
    _version: Version,
    turn: u64,
    #[serde(deserialize_with = "note")]
    pub(in crate::read) checkpoint: SignedNote,
    pub(in crate::read) base: u64,
}

impl Slot for Head {
    const SIZE: usize = 16 * 1024;

    fn turn(&self) -> u64 {
        self.turn
    }
}

/// Returns the journal's id, if its file can be read.
pub(in crate::read) fn journal(dir: &Path) -> Option<String> {
    let text = regular_file::contents(&dir.join(STATE).join(JOURNAL), 1 << 16).ok()?;
    id_in(&text).ok()
}

/// Returns the day files that were left out of a bundle. In the directory that the log itself writes, there are none, whatever
/// a file says.
pub(in crate::read) fn left_out(dir: &Path) -> Vec<String> {
    if dir.join(STATE).symlink_metadata().is_ok() { Vec::new() } else { manifest::left_out(dir) }
}

/// Returns the sealer's position, if it can be read: only the log's owner may.
pub(in crate::read) fn head(dir: &Path) -> Option<Head> {
    let contents = regular_file::contents(&dir.join(STATE).join(HEAD), 4 * Head::SIZE as u64).ok()?;
    slots::decode(&contents)
}

fn note<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedNote, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Returns the paths of private keys in the directory.
pub(in crate::read) fn private_keys(dir: &Path) -> Vec<String> {
    let paths = KEYS.iter().map(|name| format!("{STATE}/{name}"));
    paths.filter(|path| dir.join(path).symlink_metadata().is_ok()).collect()
}
