//! What an emitter notes: one entry for each call, in files that survive its death.
//!
//! Each thread has a file, `PID.THREAD`, of entries of 40 bytes. An entry is written before the
//! call and overwritten after it, so that a call that never returned is there, too. Times are of
//! `CLOCK_MONOTONIC`, in nanoseconds, the same in all processes and in scripts.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The call has not returned.
pub(crate) const IN_FLIGHT: u64 = u64::MAX - 1;

/// The call returned an error.
pub(crate) const REFUSED: u64 = u64::MAX;

/// Events.
pub(crate) const EVENT: u64 = 0;

/// Claims that all records up to a number are on disk.
pub(crate) const SYNCED: u64 = 1;

const BYTES: u64 = 40;

pub(crate) fn monotonic_nanos() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    pub(crate) kind: u64,
    /// Which event of its thread, or which number is claimed to be on disk.
    pub(crate) n: u64,
    /// The record's number, or one of the constants.
    pub(crate) outcome: u64,
    pub(crate) since: u64,
    pub(crate) took: u64,
}

/// One thread's notes.
pub(crate) struct Notes {
    file: File,
    count: u64,
}

impl Notes {
    pub(crate) fn create(folder: &Path, name: &str) -> Notes {
        Notes { file: File::create(folder.join(name)).unwrap(), count: 0 }
    }

    /// Notes a call that yields the record's number.
    pub(crate) fn call(&mut self, kind: u64, n: u64, call: impl FnOnce() -> Option<u64>) -> Option<u64> {
        let since = monotonic_nanos();
        self.put(Note { kind, n, outcome: IN_FLIGHT, since, took: 0 });
        let outcome = call();
        let took = monotonic_nanos() - since;
        self.put(Note { kind, n, outcome: outcome.unwrap_or(REFUSED), since, took });
        self.count += 1;
        outcome
    }

    fn put(&self, note: Note) {
        let words = [note.kind, note.n, note.outcome, note.since, note.took];
        let bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
        self.file.write_all_at(&bytes, self.count * BYTES).unwrap();
    }
}

/// Returns the notes in a file.
pub(crate) fn read(path: &Path) -> Vec<Note> {
    let bytes = std::fs::read(path).unwrap();
    let word = |entry: &[u8], at: usize| u64::from_le_bytes(entry[at * 8..][..8].try_into().unwrap());
    let note = |entry: &[u8]| Note {
        kind: word(entry, 0),
        n: word(entry, 1),
        outcome: word(entry, 2),
        since: word(entry, 3),
        took: word(entry, 4),
    };
    bytes.chunks_exact(BYTES as usize).map(note).collect()
}
