//! `.state/mark.json`: the checkpoint, which tells what day files can't once they are removed, or
//! once the clock was set.
//!
//! ```json
//! {"version":1,"next_seq":42,"file":"audit-2026-05-28.log","kept_from":0,
//!  "wall":"2026-05-28T09:30:00.123456789Z","monotonic_ns":5021000000000,
//!  "boot":"24c9fcd6-68eb-4877-9fb3-ccc06cbf8087","pruning_suspended":null}
//! ```
//!
//! - `next_seq`: records before this number are in day files, or were.
//! - `file`: the newest day file.
//! - `kept_from`: records before this number were pruned, or are about to be.
//! - `pruned`: what was pruned so far, as [`Pruned`] describes it.
//! - `hold`: `true` if there was a legal hold when the journal last looked; left out if there was none.
//! - `wall`, `monotonic_ns`, `boot`: the clocks when it was written, and the boot that the monotonic
//!   clock counts from.
//! - `pruning_suspended`: why nothing is pruned, or `null`.
//! - `poisoned`: the last file that could not be synced; left out if there is none.
//! - `altered`: the files that a `log.file_altered` has named, the last ones; left out if there are none.
//! - `closed`: `true` if the journal was closed, with all its control records; left out while it is open, and
//!   if its process was killed.
//! - `intake`: `true` if there is an intake, in which records may be that are in no day file; left out if there
//!   is none, or once the journal was closed.
//!
//! It is written when the journal is opened and closed, when a file begins, and when the clock was
//! set. It may be behind the day files, never ahead of what was appended to them: if it has a higher
//! number than they have, records were lost. (The file's name is from the first version of this
//! crate.)

use crate::journal::clock::{Clock, Reading};
use crate::journal::state::pruned::Pruned;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{CHECKPOINT, DayFileName};
use crate::journal::storage::state_file::{self, Version, invalid};
use crate::lock::lock;
use crate::record::Timestamp;
use crate::report::{Level, Reports};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many altered files are remembered.
const ALTERED: usize = 256;

/// What a journal remembers while it is open.
#[derive(Clone, Debug, Default)]
pub(in crate::journal) struct Checkpoint {
    pub(in crate::journal) next_seq: u64,
    /// The file with the last record.
    pub(in crate::journal) newest: Option<DayFileName>,
    /// Records before this number were pruned, or are about to be.
    pub(in crate::journal) kept_from: u64,
    pub(in crate::journal) pruned: Pruned,
    /// Whether there was a legal hold when the journal last looked.
    pub(in crate::journal) is_held: bool,
    /// Why nothing is pruned.
    pub(in crate::journal) pruning_suspended: Option<String>,
    /// The last file that could not be synced.
    pub(in crate::journal) poisoned: Option<String>,
    /// Files that a `log.file_altered` has named.
    pub(in crate::journal) altered: Vec<String>,
    /// Whether accepted records may be in an intake.
    pub(in crate::journal) has_intake: bool,
    /// Whether the journal is closed.
    pub(in crate::journal) is_closed: bool,
}

/// Updates the checkpoint, and writes it to its file.
#[derive(Debug)]
pub(in crate::journal) struct CheckpointWriter {
    directory: Arc<dyn Directory>,
    reports: Arc<Reports>,
    clock: Arc<dyn Clock>,
    boot: Option<String>,
    checkpoint: Mutex<Checkpoint>,
    /// Whether it has a change that is not written yet.
    is_due: AtomicBool,
    /// Held while the file is written, so that an older checkpoint never replaces a newer one.
    writing: Mutex<()>,
    /// How often a day file has got its first record, or records of another one.
    file_changes: AtomicU64,
}

impl CheckpointWriter {
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        clock: Arc<dyn Clock>,
        checkpoint: Checkpoint,
    ) -> CheckpointWriter {
        let boot = clock.boot_id();
        let (checkpoint, writing) = (Mutex::new(checkpoint), Mutex::default());
        let is_due = AtomicBool::new(false);
        let file_changes = AtomicU64::new(0);
        CheckpointWriter { directory, reports, clock, boot, checkpoint, is_due, writing, file_changes }
    }

    /// Takes note that a day file has got its first record, or records of another one: before they count as
    /// synced.
    pub(in crate::journal) fn files_changed(&self) {
        self.file_changes.fetch_add(1, Ordering::Release);
    }

    /// Returns how often that was so far.
    pub(in crate::journal) fn file_changes(&self) -> u64 {
        self.file_changes.load(Ordering::Acquire)
    }

    /// Takes note of a day file that begins with the record `next_seq`.
    pub(in crate::journal) fn file_begun(&self, name: DayFileName, next_seq: u64) {
        self.update(|checkpoint| {
            // Records may be lost that were behind all that there is.
            let next_seq = checkpoint.next_seq.max(next_seq);
            (checkpoint.newest, checkpoint.next_seq) = (Some(name), next_seq);
        });
    }

    /// Takes note that records before this number are pruned. This is written with the next change.
    pub(in crate::journal) fn pruned_before(&self, seq: u64) {
        let mut checkpoint = lock(&self.checkpoint);
        checkpoint.kept_from = checkpoint.kept_from.max(seq);
    }

    /// Takes note of what is pruned. This is written with the next change.
    pub(in crate::journal) fn set_pruned(&self, pruned: Pruned) {
        lock(&self.checkpoint).pruned = pruned;
    }

    /// Returns what was pruned so far.
    pub(in crate::journal) fn pruned(&self) -> Pruned {
        lock(&self.checkpoint).pruned.clone()
    }

    /// Takes note of whether there is a legal hold; returns whether that has changed. This is written by
    /// [`write_if_due`](CheckpointWriter::write_if_due), or with the next change.
    pub(in crate::journal) fn set_held(&self, is_held: bool) -> bool {
        let was_held = std::mem::replace(&mut lock(&self.checkpoint).is_held, is_held);
        if was_held != is_held {
            self.is_due.store(true, Ordering::Release);
        }
        was_held != is_held
    }

    /// Takes note of why nothing is pruned; `None` if pruning goes on. This is written by
    /// [`write_if_due`](CheckpointWriter::write_if_due), or with the next change.
    pub(in crate::journal) fn set_pruning_suspended(&self, why: Option<&str>) {
        lock(&self.checkpoint).pruning_suspended = why.map(str::to_owned);
        self.is_due.store(true, Ordering::Release);
    }

    /// Writes the checkpoint if it has a change that is not written yet.
    pub(in crate::journal) fn write_if_due(&self) {
        if self.is_due.load(Ordering::Acquire) {
            self.write();
        }
    }

    /// Takes note of a file that could not be synced: it is not appended to, not after a restart
    /// either. The records before `next_seq` are in it, or before it.
    pub(in crate::journal) fn file_poisoned(&self, name: DayFileName, next_seq: u64) {
        self.update(|checkpoint| {
            checkpoint.next_seq = checkpoint.next_seq.max(next_seq);
            checkpoint.poisoned = Some(name.to_string());
        });
    }

    /// Takes note that a `log.file_altered` names a file; returns whether none did before.
    pub(in crate::journal) fn is_newly_altered(&self, name: &str) -> bool {
        let mut checkpoint = lock(&self.checkpoint);
        if checkpoint.altered.iter().any(|altered| altered == name) {
            return false;
        }
        checkpoint.altered.push(name.to_owned());
        let too_many = checkpoint.altered.len().saturating_sub(ALTERED);
        checkpoint.altered.drain(..too_many);
        drop(checkpoint);
        self.write();
        true
    }

    /// Takes note that the records before this number are in day files.
    pub(in crate::journal) fn committed_to(&self, next_seq: u64) {
        self.update(|checkpoint| checkpoint.next_seq = checkpoint.next_seq.max(next_seq));
    }

    /// Takes note of whether there is an intake: before it is removed, and after it was created. That there
    /// is one is written with the next change.
    pub(in crate::journal) fn set_intake(&self, has_intake: bool) {
        let had_intake = std::mem::replace(&mut lock(&self.checkpoint).has_intake, has_intake);
        if had_intake && !has_intake {
            self.write();
        }
    }

    /// Takes note that the journal is closed: all its records, those before this number, are in day files. Returns
    /// whether that is written.
    pub(in crate::journal) fn closed(&self, next_seq: u64) -> bool {
        self.update(|checkpoint| {
            checkpoint.next_seq = checkpoint.next_seq.max(next_seq);
            (checkpoint.has_intake, checkpoint.is_closed) = (false, true);
        })
    }

    /// Returns the file with the last record.
    pub(in crate::journal) fn newest(&self) -> Option<DayFileName> {
        lock(&self.checkpoint).newest
    }

    /// Returns the number before which records were pruned.
    pub(in crate::journal) fn kept_from(&self) -> u64 {
        lock(&self.checkpoint).kept_from
    }

    fn update(&self, update: impl FnOnce(&mut Checkpoint)) -> bool {
        let mut checkpoint = lock(&self.checkpoint);
        checkpoint.is_closed = false;
        update(&mut checkpoint);
        drop(checkpoint);
        self.write()
    }

    /// Writes the checkpoint, with what the clocks show; returns whether it could. A failure is reported as a
    /// warning.
    pub(in crate::journal) fn write(&self) -> bool {
        let _writing = lock(&self.writing);
        self.is_due.store(false, Ordering::Release);
        let checkpoint = lock(&self.checkpoint).clone();
        let now = Reading::of(&*self.clock);
        let saved = SavedCheckpoint {
            version: Version,
            next_seq: checkpoint.next_seq,
            file: checkpoint.newest.map(|name| name.to_string()),
            kept_from: checkpoint.kept_from,
            pruned: Some(checkpoint.pruned),
            hold: checkpoint.is_held,
            wall: now.wall.to_string(),
            monotonic_ns: now.monotonic.and_then(|since| u64::try_from(since.as_nanos()).ok()),
            boot: self.boot.clone(),
            pruning_suspended: checkpoint.pruning_suspended,
            poisoned: checkpoint.poisoned,
            altered: checkpoint.altered,
            intake: checkpoint.has_intake,
            closed: checkpoint.is_closed,
        };
        let written = saved.write(&*self.directory);
        if let Err(error) = &written {
            let path = self.directory.path();
            self.reports.post(Level::Warn, || {
                format!("could not write the checkpoint of the audit log in {}: {error}", path.display())
            });
        }
        written.is_ok()
    }
}

/// The contents of `.state/mark.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct SavedCheckpoint {
    version: Version,
    pub(in crate::journal) next_seq: u64,
    pub(in crate::journal) file: Option<String>,
    pub(in crate::journal) kept_from: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::journal) pruned: Option<Pruned>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::journal) hold: bool,
    wall: String,
    monotonic_ns: Option<u64>,
    boot: Option<String>,
    pub(in crate::journal) pruning_suspended: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::journal) poisoned: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::journal) altered: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::journal) intake: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(in crate::journal) closed: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "it is what `serde` calls")]
fn is_false(value: &bool) -> bool {
    !value
}

impl SavedCheckpoint {
    /// Returns the last checkpoint, if one was written.
    pub(in crate::journal) fn read(directory: &dyn Directory) -> io::Result<Option<SavedCheckpoint>> {
        let Some(text) = directory.read_state(CHECKPOINT)? else {
            return Ok(None);
        };
        SavedCheckpoint::parse(&text).map(Some)
    }

    /// Parses the contents of the file.
    pub(in crate::journal) fn parse(text: &[u8]) -> io::Result<SavedCheckpoint> {
        let saved = state_file::parse::<SavedCheckpoint>(text)?;
        saved.wall.parse::<Timestamp>().map_err(|error| invalid(error.to_string()))?;
        Ok(saved)
    }

    fn write(&self, directory: &dyn Directory) -> io::Result<()> {
        directory.write_state(CHECKPOINT, &state_file::to_text(self)?)
    }

    /// Returns whether it was written in this boot, as far as that is known.
    pub(in crate::journal) fn is_of_boot(&self, boot: Option<&str>) -> bool {
        boot.is_some() && boot == self.boot.as_deref()
    }

    /// Returns what both clocks showed, if the monotonic one has run on since, in the same boot.
    pub(in crate::journal) fn same_boot(&self, boot: Option<&str>, now: Reading) -> Option<Reading> {
        let (before, wall) = (self.boot.as_deref()?, self.wall.parse().ok()?);
        let monotonic = Duration::from_nanos(self.monotonic_ns?);
        (boot == Some(before) && now.monotonic >= Some(monotonic))
            .then_some(Reading { wall, monotonic: Some(monotonic) })
    }
}
