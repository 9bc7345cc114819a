//! A log that is written while it is verified is verified again, if something was found.

use super::super::error::VerifyError;
use super::super::options::Options;
use super::super::run::{self, Once};
use super::super::verdict::finding::{FindingKind, Status};
use super::pruning::Waiting;
use super::snapshot::Snapshot;
use std::io;
use std::time::{Duration, Instant};

/// How often a verification is begun, unless each finds something else.
const ATTEMPTS: usize = 3;

/// How long it is begun again, if each finds something else.
const LONGEST: Duration = Duration::from_secs(60);

pub(in crate::read) fn verify(options: &Options) -> Result<Once, VerifyError> {
    let (mut attempt, begun, mut before) = (1, Instant::now(), None);
    let mut waiting = Waiting::new();
    loop {
        let snapshot = Snapshot::of(options)?;
        let result = run::once(options, &snapshot);
        let may_be_outdated = match &result {
            Ok(once) => once.verification.status() != Status::Intact,
            Err(VerifyError::Unreadable { source, .. }) => {
                matches!(source.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound)
            }
            Err(_) => false,
        };
        let awaited = result.as_ref().map_or(Vec::new(), |once| once.awaited.clone());
        if !awaited.is_empty() && waiting.for_seals(options, &snapshot, awaited)? {
            continue;
        }
        let found = result.as_ref().ok().map(wrong);
        let is_settled = found.is_some() && found == before;
        let is_last = attempt >= ATTEMPTS && (is_settled || begun.elapsed() > LONGEST);
        if !may_be_outdated || is_last || !snapshot.has_changed(options)? {
            return result;
        }
        (attempt, before) = (attempt + 1, found);
    }
}

/// Returns what is wrong with which files. The rest of a log goes on, and may differ each time.
fn wrong(once: &Once) -> Vec<(FindingKind, Option<String>)> {
    let findings = once.verification.findings().iter();
    let wrong = findings.filter(|finding| finding.kind.status() == Status::Tampered);
    wrong.map(|finding| (finding.kind, finding.file.clone())).collect()
}
