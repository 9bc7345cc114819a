//! Day files that are pruned while a log is verified: gone already, and the record that says so is not sealed yet.
//!
//! The log moves a file to `.state/pruned`, appends `log.pruned`, syncs that and removes the file; the record is sealed
//! within about a second. Until then, a file that was taken away by another, who forged such a record, would look
//! the same. So neither is reported: the verification begins again once more is sealed. If that is not so
//! within [`PATIENCE`], the record counts for nothing.

use super::super::error::VerifyError;
use super::super::evidence::chain::SealFile;
use super::super::evidence::keys::{SEAL, small_file};
use super::super::evidence::listing::{Listing, names};
use super::super::locate::suspect::sha256;
use super::super::options::Options;
use super::super::verdict::finding::{Finding, FindingKind, Status};
use super::super::verdict::findings::Findings;
use super::super::walk::control::{Control, Controls, Said};
use super::snapshot::Snapshot;
use crate::journal::Folder;
use crate::journal::storage::layout::STATE;
use crate::seal::DaySeal;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// How long a record that is not sealed is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one verification waits in all, if one file after another is pruned: two minutes.
const LONGEST: Duration = PATIENCE.saturating_mul(TIMES);
const TIMES: u32 = 12;

/// With one of these findings, no later checkpoint can be expected to be valid.
const ENDS: &[FindingKind] = &[
    FindingKind::CheckpointInvalid,
    FindingKind::CheckpointMissing,
    FindingKind::CertificateInvalid,
    FindingKind::CertificateMissing,
    FindingKind::WrongKey,
];

/// How often it looks whether more is sealed.
const LOOK: Duration = Duration::from_millis(5);

/// Returns whether a day file that is gone lies in `.state/pruned` as it was sealed: it is being pruned, or was
/// when the process died.
pub(in crate::read) fn is_on_its_way(dir: &Path, seal: &DaySeal) -> bool {
    let folder = dir.join(Folder::Pruned.path_of(""));
    let is_as_sealed = |name: &String| {
        sha256(&folder.join(name), seal.bytes).is_ok_and(|hash| hash.as_ref() == Some(&seal.sha256))
    };
    let before = format!("{}.", seal.file);
    names(&folder).is_ok_and(|names| names.iter().any(|name| name.starts_with(&before) && is_as_sealed(name)))
}

/// Returns the files among the findings that may have been pruned just now, by their names; an empty name
/// stands for one that is not known. None if nothing more is sealed, as far as can be told.
pub(in crate::read) fn awaited(
    dir: &Path,
    listing: &Listing,
    findings: &Findings,
    controls: &Controls,
    seals: &[SealFile],
    sealed_until: u64,
) -> Vec<String> {
    let said = controls.said.iter().filter(|control| control.seq >= sealed_until).collect::<Vec<_>>();
    let was_changed = is_hidden(dir) && is_young(dir);
    let wrong = findings.findings.iter().filter(|finding| finding.kind.status() == Status::Tampered);
    let awaited = wrong.filter(|finding| {
        let seal = seals.iter().find(|seal| finding.file.as_ref() == Some(&seal.seal.file));
        was_changed && seal.is_some() && finding.kind == FindingKind::FileMissing
            || said.iter().any(|control| explains(control, finding, seal))
    });
    let awaited = awaited.map(|finding| finding.file.clone().unwrap_or_default()).collect::<Vec<_>>();
    let is_over = ENDS.iter().any(|kind| findings.counts.contains_key(kind));
    let is_written = || was_changed || listing.files.iter().any(|file| is_young(&file.path));
    if awaited.is_empty() || is_over || !is_written() { Vec::new() } else { awaited }
}

/// Returns whether a record would explain a finding, if it were sealed.
fn explains(control: &Control, finding: &Finding, seal: Option<&SealFile>) -> bool {
    match &control.said {
        Said::Pruned { file, sha256 } => {
            seal.is_some_and(|seal| seal.seal.file == *file && seal.seal.sha256 == *sha256)
        }
        Said::KeptFrom(kept_from) => finding.seqs.as_ref().is_some_and(|seqs| seqs.end() < kept_from),
        _ => false,
    }
}

/// Returns whether `.state` can't be looked at: then it is not known what lies in `.state/pruned`.
fn is_hidden(dir: &Path) -> bool {
    let denied = |error: io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    dir.join(Folder::Pruned.path_of("")).read_dir().is_err_and(denied)
        || dir.join(STATE).read_dir().is_err_and(denied)
}

/// Returns whether a file was written, or a folder changed, within the last seconds.
fn is_young(path: &Path) -> bool {
    let modified = path.metadata().and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    age.is_some_and(|age| age <= PATIENCE)
}

/// How long a verification has waited for records to be sealed.
#[derive(Debug)]
pub(super) struct Waiting {
    begun: Instant,
    /// What it waits for, and since when.
    awaited: (Vec<String>, Instant),
}

impl Waiting {
    pub(super) fn new() -> Waiting {
        let now = Instant::now();
        Waiting { begun: now, awaited: (Vec::new(), now) }
    }

    /// Waits until more is sealed than in `snapshot`. Returns whether that is so within the time of the files that are
    /// awaited.
    ///
    /// # Errors
    ///
    /// One file after another was pruned, until the time was over.
    pub(super) fn for_seals(
        &mut self,
        options: &Options,
        snapshot: &Snapshot,
        awaited: Vec<String>,
    ) -> Result<bool, VerifyError> {
        if awaited.iter().any(|file| !self.awaited.0.contains(file)) {
            self.awaited = (awaited, Instant::now());
        }
        let patience = options.patience.unwrap_or(PATIENCE);
        let path = options.dir.join(SEAL).join("checkpoint");
        // Of a time that a test has set, as many.
        let longest = options.patience.map_or(LONGEST, |patience| patience.saturating_mul(TIMES));
        while self.awaited.1.elapsed() < patience {
            if self.begun.elapsed() > longest {
                let reason = "files are pruned faster than the log can be verified";
                return Err(VerifyError::unreadable(&options.dir, io::Error::other(reason)));
            }
            // What can't be read is an error of the next attempt.
            if small_file(&path).is_ok_and(|text| text == snapshot.checkpoint) {
                std::thread::sleep(LOOK);
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
