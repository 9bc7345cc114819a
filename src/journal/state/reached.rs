//! How far a journal is known to have come, for those that only read it.

use crate::journal::state::checkpoint::SavedCheckpoint;
use crate::journal::state::synced::Synced;

/// No journal has so many records: a higher number is forged.
pub(crate) const LAST_SEQ: u64 = 1 << 48;

/// Returns the number before which there were records, from the contents of `.state/mark.json` and
/// `.state/synced`; `None` if neither tells.
pub(crate) fn reached(checkpoint: Option<&[u8]>, synced: Option<&[u8]>) -> Option<u64> {
    let checkpoint =
        checkpoint.and_then(|text| SavedCheckpoint::parse(text).ok()).map(|saved| saved.next_seq);
    let synced = synced.and_then(Synced::parse).map(|synced| synced.reached());
    [checkpoint, synced].into_iter().flatten().filter(|seq| *seq < LAST_SEQ).max()
}

/// Returns the number before which all records are on disk, from the contents of `.state/synced`.
pub(crate) fn synced_until(synced: &[u8]) -> Option<u64> {
    Synced::parse(synced).map(|synced| synced.next_seq).filter(|seq| *seq < LAST_SEQ)
}
