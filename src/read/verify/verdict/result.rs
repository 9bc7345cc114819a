//! What all of it amounts to.

use super::super::evidence::claims::{Claim, Evidence};
use super::super::evidence::keys::{self, Pinned, SEAL};
use super::super::evidence::state;
use super::super::options::Options;
use super::super::sections::Outcome;
use super::super::tail::Tail;
use super::super::walk::control::{Control, Said};
use super::super::walk::piece::{Plan, stamp_of, time_of};
use super::super::walk::read::Walked;
use super::super::walk::scan::FileScan;
use super::super::walk::section::{Files, Source};
use super::finding::{Finding, FindingKind};
use super::findings::Findings;
use super::verification::{Facts, Level, Verification};
use super::witness::WitnessFacts;
use crate::record::Timestamp;
use crate::seal::Checkpoint;
use std::time::{Duration, SystemTime};

/// Returns the time of the newest sealed record.
pub(in crate::read) fn newest(files: Files<'_>, sources: &[Source]) -> std::io::Result<Option<Timestamp>> {
    let Some(last) = sources.iter().max_by_key(|source| source.seqs.end) else {
        return Ok(None);
    };
    let run = &files.scans[last.file].runs[last.run];
    if run.seqs.end == last.seqs.end {
        return Ok(time_of(&run.last_ts));
    }
    let mut lines = files.lines(last.file, last.run, last.seqs.end - 1..last.seqs.end)?;
    Ok(lines.next()?.and_then(|line| stamp_of(line.text)).and_then(|(_, ts)| time_of(&ts)))
}

/// Compares the tree with what is claimed of it. Returns with how many checkpoints from elsewhere it agrees.
pub(in crate::read) fn compare(
    evidence: &Evidence,
    outcome: &Outcome,
    plan: &Plan,
    findings: &mut Findings,
) -> u64 {
    let mut agreed = 0;
    for claim in &evidence.claims {
        let Claim { checkpoint: Checkpoint { size, root, .. }, what, is_anchor } = claim;
        match outcome.roots.get(size) {
            Some(actual) if actual == root => agreed += u64::from(*is_anchor),
            None if *size == 0 => agreed += u64::from(*is_anchor),
            Some(actual) => {
                let detail = format!(
                    "{what} states the root {root} for the first {size} records; the log's own is {actual}. The same key has signed two histories"
                );
                findings.add(Finding::new(FindingKind::Fork, detail));
            }
            None if *is_anchor && !outcome.beyond.contains(size) => {
                let detail = format!(
                    "{what} could not be compared: not all lines before record {} are there as they were sealed",
                    plan.base.saturating_add(*size)
                );
                findings.add(Finding::new(FindingKind::AnchorNotChecked, detail));
            }
            None => {}
        }
    }
    for epoch in evidence.keys.epochs() {
        if let (Some(root), Some(actual)) = (epoch.root, outcome.roots.get(&epoch.from))
            && root != *actual
        {
            let detail = format!(
                "it states the root {root} for the first {} records; the log's own is {actual}",
                epoch.from
            );
            findings.add(Finding::new(FindingKind::CertificateInvalid, detail).file(epoch.file()));
        }
    }
    agreed
}

#[allow(clippy::too_many_arguments, reason = "it gathers what all steps have found")]
pub(in crate::read) fn result(
    options: &Options,
    evidence: &Evidence,
    walked: &Walked,
    tail: &Tail<'_>,
    agreed: u64,
    now: SystemTime,
    controls: &[&Control],
    witnesses: Vec<WitnessFacts>,
    mut findings: Findings,
) -> Verification {
    let newest = tail.newest;
    let age = newest.and_then(|newest| SystemTime::try_from(newest).ok());
    let age = age.map(|newest| now.duration_since(newest).unwrap_or_default());
    if let Some(max_age) = options.max_age
        && age.is_none_or(|age| age > max_age)
    {
        let allowed = humantime::format_duration(max_age);
        let detail = match age {
            Some(age) => {
                let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
                format!("the newest sealed record is {age} old, more than {allowed}")
            }
            None => format!("there is no sealed record, and none may be older than {allowed}"),
        };
        findings.add(Finding::new(FindingKind::Stale, detail));
    }
    if options.is_copy {
        let detail = "a private key does not belong in a copy: who has it can sign in the log's name";
        let keys = state::private_keys(&options.dir).into_iter();
        findings.extend(keys.map(|key| Finding::new(FindingKind::PrivateKeyInCopy, detail).file(key)));
    }
    let keys = &evidence.keys;
    let trusted = evidence.signer.trusted(keys, &options.keys);
    let pinned = keys::pinned(&evidence.keys, &trusted);
    let mut level = if evidence.seals.is_empty() && evidence.claims.is_empty() {
        Level::Unsealed
    } else {
        Level::Consistent
    };
    match pinned {
        Pinned::All if level == Level::Consistent => level = Level::Authentic,
        Pinned::All => {}
        Pinned::None if keys.epochs().is_empty() => {}
        Pinned::None => {
            let detail = "the log has none of the pinned keys";
            findings.add(Finding::new(FindingKind::WrongKey, detail).file(format!("{SEAL}/log.vkey")));
        }
        Pinned::NotAfterRestart | Pinned::NotAsked => {}
    }
    for epoch in keys.epochs().iter().filter(|epoch| !trusted.contains(&epoch.key)) {
        if let Some(reason) = &epoch.restarted {
            let detail =
                format!("the log lost its key ({reason}) and went on with another one, {}", epoch.key);
            findings.add(Finding::new(FindingKind::KeyUntrusted, detail).file(epoch.file()));
        }
    }
    if pinned == Pinned::NotAsked && level != Level::Unsealed {
        let detail =
            "the key was taken from the directory itself: compare its fingerprint with one from elsewhere";
        findings.add(Finding::new(FindingKind::KeyNotPinned, detail));
    }
    let has = |kind| findings.counts.contains_key(&kind);
    let is_contradicted = has(FindingKind::AnchorNotInLog)
        || has(FindingKind::AnchorInvalid)
        || has(FindingKind::CosignatureInvalid)
        || has(FindingKind::Fork);
    let is_witnessed = witnesses.iter().any(|witness| witness.checkpoints > 0);
    if (evidence.has_anchors && agreed > 0 || is_witnessed) && !is_contradicted {
        level = Level::Anchored;
    }
    let own = evidence.claims.iter().filter(|claim| !claim.is_anchor).map(|claim| &claim.checkpoint);
    let own = own.max_by_key(|checkpoint| checkpoint.size);
    let last = evidence.seals.last().map(|seal| &seal.seal);
    let journal = controls.iter().find_map(|control| match &control.said {
        Said::Opened { journal } => journal.clone(),
        _ => None,
    });
    let facts = Facts {
        origin: own
            .map(|own| own.origin.clone())
            .or(keys.epochs().last().map(|epoch| epoch.key.name().to_owned())),
        journal: journal.or_else(|| state::journal(&options.dir)),
        key_fingerprint: keys.epochs().first().map(|epoch| epoch.key.fingerprint()),
        keys: keys.epochs().len() as u64,
        base: walked.plan.base,
        size: own.map(|own| own.size).or(last.map(|seal| seal.leaves().end)).unwrap_or(0),
        root: own.map(|own| own.root).or(last.map(|seal| seal.tree.root())),
        files: walked.scans.len() as u64,
        records: walked.scans.iter().map(FileScan::records).sum(),
        bytes: walked.scans.iter().map(|scan| scan.bytes).sum(),
        anchors: agreed,
        signer: None,
        witnesses,
        newest,
        age,
    };
    Verification { level, facts, findings }
}
