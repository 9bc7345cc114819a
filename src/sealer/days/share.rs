//! The sealed files that the log reads when it verifies itself: those that were sealed since the last time, and
//! older ones in turn.

use crate::journal::{Directory, Folder};
use crate::seal::{Cover, DaySeal, VerifierKey};
use crate::sealer::days::day_end::digest;
use crate::sealer::state::start::seals;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// After so many verifications, each older file was read again.
const TURNS: u64 = 30;

/// How far the log has verified itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sealer) struct Verified {
    /// All files of records before this number were read at least once, if a verification could.
    pub(in crate::sealer) new_from: u64,
    /// Where the older ones go on.
    pub(in crate::sealer) older_from: u64,
}

/// What one verification has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sealer) struct Share {
    /// How many sealed files there are, and how many of them were read.
    pub(in crate::sealer) sealed: u64,
    pub(in crate::sealer) files: u64,
    /// The records of the files that were sealed since the last verification.
    pub(in crate::sealer) new: Range<u64>,
    /// The records of the older files that were read.
    pub(in crate::sealer) older: Range<u64>,
    /// Why not all of it is known to be as it was sealed.
    pub(in crate::sealer) doubt: Option<String>,
    /// Where the next verification goes on.
    pub(in crate::sealer) next: Verified,
}

/// Compares a share of the sealed files with their seals, by length and SHA-256: those of records from
/// `verified.new_from` on, and of the older ones as many as have a 30th of their bytes. A file is not looked at
/// if all of its records are before `kept_from`.
pub(in crate::sealer) fn read(
    directory: &dyn Directory,
    chain: &[VerifierKey],
    kept_from: u64,
    verified: &Verified,
) -> Share {
    let mut share = Share { next: verified.clone(), ..Share::default() };
    let (known, damaged) = match seals(directory, chain) {
        Ok(found) => found,
        Err(trouble) => {
            share.doubt = Some(trouble.to_string());
            return share;
        }
    };
    share.doubt = damaged.first().map(|name| format!("seal/{name} is no seal that this log has signed"));
    let sealed = known.into_iter().map(|known| known.seal);
    let sealed: Vec<_> = sealed.filter(|seal| seal.seqs.end > kept_from && !seal.seqs.is_empty()).collect();
    share.sealed = sealed.len() as u64;
    let (older, new): (Vec<_>, Vec<_>) = sealed.iter().partition(|seal| seal.seqs.end <= verified.new_from);
    let mut left = older.iter().map(|seal| seal.bytes).sum::<u64>().div_ceil(TURNS);
    let is_next = |seal: &&DaySeal| seal.seqs.end > verified.older_from;
    let (done, next): (Vec<_>, Vec<_>) = older.into_iter().partition(|seal| !is_next(seal));
    // Behind the last one, the first one is next.
    for seal in if next.is_empty() { done } else { next } {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(seal.bytes.max(1));
        share.compare(directory, seal);
        widen(&mut share.older, &seal.seqs);
        share.next.older_from = seal.seqs.end;
    }
    for seal in new {
        share.compare(directory, seal);
        widen(&mut share.new, &seal.seqs);
        share.next.new_from = share.next.new_from.max(seal.seqs.end);
    }
    share
}

impl Share {
    fn compare(&mut self, directory: &dyn Directory, seal: &DaySeal) {
        self.files += 1;
        let difference = match difference(directory, seal) {
            Ok(difference) => difference,
            Err(error) => Some(error.to_string()),
        };
        if let Some(difference) = difference {
            self.doubt.get_or_insert_with(|| format!("{}: {difference}", seal.file));
        }
    }
}

/// Returns in what a day file differs from its seal.
fn difference(directory: &dyn Directory, seal: &DaySeal) -> std::io::Result<Option<String>> {
    let file = directory.open_to_read(Folder::Days, &seal.file)?;
    let len = file.len()?;
    let has_len = if seal.cover == Cover::Whole { len == seal.bytes } else { len >= seal.bytes };
    if !has_len {
        return Ok(Some(format!("it has {len} bytes, its seal is about {}", seal.bytes)));
    }
    let sha256 = digest(&*file, seal.bytes)?;
    let differs = sha256 != seal.sha256;
    Ok(differs.then(|| format!("its SHA-256 is {sha256}, its seal says {}", seal.sha256)))
}

fn widen(range: &mut Range<u64>, by: &Range<u64>) {
    *range = if range.is_empty() { by.clone() } else { range.start.min(by.start)..range.end.max(by.end) };
}
