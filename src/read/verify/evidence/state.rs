//! What `.state` tells: the journal's id, and how far the sealer had come.

use crate::journal::storage::id_in;
use crate::journal::storage::layout::{JOURNAL, STATE};
use crate::read::{manifest, regular_file};
use crate::seal::SignedNote;
use std::path::Path;

/// The sealer's position, and the size of each of its two slots in bytes.
pub(in crate::read) const HEAD: &str = "head";
const SLOT: usize = 16 * 1024;

/// The names of a private key in `.state`.
const KEYS: [&str; 2] = ["seal.key", "seal.key.next"];

/// What `.state/head` tells.
#[derive(Clone, Debug)]
pub(in crate::read) struct Head {
    pub(in crate::read) checkpoint: SignedNote,
    pub(in crate::read) base: u64,
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
    let contents = regular_file::contents(&dir.join(STATE).join(HEAD), 4 * SLOT as u64).ok()?;
    let slots = contents.chunks(SLOT).take(2).filter_map(slot);
    slots.max_by_key(|(turn, _)| *turn).map(|(_, head)| head)
}

fn slot(slot: &[u8]) -> Option<(u64, Head)> {
    let text = std::str::from_utf8(slot).ok()?.trim_end();
    let (before, crc) = text.rsplit_once(",\"crc32c\":\"")?;
    let is_whole = crc.strip_suffix("\"}")? == format!("{:08x}", crc32c::crc32c(before.as_bytes()));
    let head = is_whole.then(|| serde_json::from_str::<serde_json::Value>(text).ok())??;
    (head.get("version")?.as_u64()? == 1).then_some(())?;
    let checkpoint = head.get("checkpoint")?.as_str()?.parse().ok()?;
    Some((head.get("turn")?.as_u64()?, Head { checkpoint, base: head.get("base")?.as_u64()? }))
}

/// Returns the paths of private keys in the directory.
pub(in crate::read) fn private_keys(dir: &Path) -> Vec<String> {
    let paths = KEYS.iter().map(|name| format!("{STATE}/{name}"));
    paths.filter(|path| dir.join(path).symlink_metadata().is_ok()).collect()
}
