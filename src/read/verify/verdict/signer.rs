//! How far a log has the signatures of the signer that the caller trusts.

use super::super::evidence::claims::Evidence;
use super::super::options::Options;
use super::super::sections::Outcome;
use super::super::walk::control::{Control, Controls, Said};
use super::super::walk::section::Files;
use super::finding::{Finding, FindingKind};
use super::findings::Findings;
use crate::seal::{Hash, LOST_LEAF, TreeRange, leaf_hash};
use serde::Serialize;
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

/// How long a new key may be without the signer's certificate, in a log that is being written.
const YOUNG: Duration = Duration::from_secs(10);

/// What the signer has signed whose key was given to [`Verify::signer`](crate::read::Verify::signer).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SignerFacts {
    /// How many of the log's keys it has certified, of [`Facts::keys`](crate::read::Facts::keys).
    pub keys: u64,
    /// The number of the first key that it has certified, from 1 on.
    pub first_key: Option<u64>,
    /// How many seals of day files it has signed.
    pub seals: u64,
    /// How many checkpoints it has signed in sealed `log.checkpoint` records of the day files that are there.
    pub checkpoints: u64,
    /// How many records, from the first sealed one on, the largest tree has that it has signed: in a checkpoint, a
    /// seal or a certificate. What was recorded later, it has not seen.
    pub size: u64,
}

/// `the signer has certified 3 of 3 keys, 2 seals, 5 checkpoints; the newest covers 120 records`
pub(super) struct Line<'a>(pub(super) &'a SignerFacts, pub(super) u64);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SignerFacts { keys, first_key, seals, checkpoints, size } = self.0;
        write!(f, "the signer has signed {keys} of {} keys", self.1)?;
        if let Some(first) = first_key.filter(|first| *first > 1) {
            write!(f, " (from key {first} on)")?;
        }
        write!(f, ", {seals} seals and {checkpoints} checkpoints; the newest is about {size} records")
    }
}

/// Checks what the signer has signed. `controls` are sealed lines; without a signer's key, there is nothing to check.
pub(in crate::read) fn check(
    options: &Options,
    evidence: &Evidence,
    outcome: &Outcome,
    files: Files<'_>,
    all: &Controls,
    controls: &[&Control],
    findings: &mut Findings,
) -> io::Result<Option<SignerFacts>> {
    let by = &evidence.signer;
    if by.keys.is_empty() {
        return Ok(None);
    }
    for control in &all.signed {
        if let Said::BadSignature(reason) = &control.said {
            let finding =
                Finding::new(FindingKind::SignerInvalid, reason).file(&files.list[control.file].name);
            findings
                .add(finding.at(control.place.line, control.place.byte).seqs(control.seq..control.seq + 1));
        }
    }
    missing(options, evidence, findings);
    let signed = controls.iter().filter_map(|control| match &control.said {
        Said::Signed(checkpoint) => Some((*control, checkpoint)),
        _ => None,
    });
    let origins = evidence.keys.origins();
    let signed = signed.filter(|(_, checkpoint)| origins.contains(&checkpoint.origin)).collect::<Vec<_>>();
    let mut size = by.largest;
    if let Some((control, newest)) = signed.iter().max_by_key(|(_, checkpoint)| checkpoint.size) {
        match root_at(evidence, outcome, files, newest.size)? {
            Some(root) if root != newest.root => {
                let detail = format!(
                    "the signer has signed the root {} for the first {} records; the log's own is {root}",
                    newest.root, newest.size
                );
                let finding = Finding::new(FindingKind::Fork, detail).file(&files.list[control.file].name);
                let seqs = control.seq..control.seq + 1;
                findings.add(finding.at(control.place.line, control.place.byte).seqs(seqs));
            }
            Some(_) => size = size.max(newest.size),
            None => {}
        }
    }
    let first = by.certified.iter().position(|is_certified| *is_certified);
    Ok(Some(SignerFacts {
        keys: by.certified.iter().filter(|is_certified| **is_certified).count() as u64,
        first_key: first.map(|at| at as u64 + 1),
        seals: by.seals,
        checkpoints: signed.len() as u64,
        size,
    }))
}

/// Adds the keys that the signer should have certified: those that followed the first one that it has.
fn missing(options: &Options, evidence: &Evidence, findings: &mut Findings) {
    let (epochs, certified) = (evidence.keys.epochs(), &evidence.signer.certified);
    let Some(first) = certified.iter().position(|is_certified| *is_certified) else {
        let detail = "the signer has certified none of the log's keys";
        findings.add(Finding::new(FindingKind::SignerMissing, detail).file("seal/log.vkey"));
        return;
    };
    for (at, epoch) in epochs.iter().enumerate().skip(first + 1) {
        let modified = options.dir.join(epoch.file()).metadata().and_then(|metadata| metadata.modified());
        let is_young = || {
            modified.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age <= YOUNG))
        };
        let is_newest = at + 1 == epochs.len();
        let is_excused = is_newest && !options.is_copy && is_young();
        if !certified[at] && !is_excused {
            let detail = format!("the signer has not certified key {}", at + 1);
            findings.add(Finding::new(FindingKind::SignerMissing, detail).file(epoch.file()));
        }
    }
}

/// Returns the root of the tree's first leaves; `None` if not all their lines are there as they were sealed.
fn root_at(evidence: &Evidence, outcome: &Outcome, files: Files<'_>, size: u64) -> io::Result<Option<Hash>> {
    let (base, sealed) = (files.plan.base, outcome.roots.keys().max().copied().unwrap_or(0));
    if outcome.is_bad || size > sealed {
        return Ok(None);
    }
    let before = evidence.seals.iter().map(|seal| &seal.seal.tree).filter(|tree| tree.end() <= size);
    let mut tree = before.max_by_key(|tree| tree.end()).cloned().unwrap_or_else(|| TreeRange::at(0));
    while tree.end() < size {
        let next = base + tree.end();
        let source = outcome.sources.iter().find(|source| source.seqs.contains(&next));
        let Some(source) = source else {
            if !outcome.lost.iter().any(|lost| lost.contains(&next)) {
                return Ok(None);
            }
            tree.push(LOST_LEAF);
            continue;
        };
        let end = source.seqs.end.min(base + size);
        let mut lines = files.lines(source.file, source.run, next..end)?;
        while let Some(line) = lines.next()? {
            tree.push(leaf_hash(line.text));
        }
    }
    Ok(Some(tree.root()))
}
