//! All that is signed about a log, and what is claimed of its tree.

use super::super::error::VerifyError;
use super::super::live::snapshot::Snapshot;
use super::super::options::Options;
use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use super::anchors;
use super::chain::SealFile;
use super::keys::{self, SEAL};
use super::signer::BySigner;
use super::{base, seals, state};
use crate::read::days::Days;
use crate::seal::{Checkpoint, KeyChain, SignedNote};

/// A signed statement about the tree.
#[derive(Clone, Debug)]
pub(in crate::read) struct Claim {
    pub(in crate::read) checkpoint: Checkpoint,
    /// What it is, for people.
    pub(in crate::read) what: String,
    pub(in crate::read) is_anchor: bool,
}

/// All that is signed about a log.
#[derive(Debug)]
pub(in crate::read) struct Evidence {
    pub(in crate::read) keys: KeyChain,
    pub(in crate::read) seals: Vec<SealFile>,
    /// The newest checkpoint and others, valid ones.
    pub(in crate::read) claims: Vec<Claim>,
    pub(in crate::read) base: Vec<u64>,
    pub(in crate::read) has_anchors: bool,
    pub(in crate::read) signer: BySigner,
    /// The day files that were left out of a bundle.
    pub(in crate::read) left_out: Vec<String>,
    /// The days that are asked for.
    pub(in crate::read) days: Days,
}

impl Evidence {
    /// Returns what there is to say of a day file that was left out of a bundle.
    pub(in crate::read) fn left_out(&self, file: &str, what: &str) -> Finding {
        let (kind, detail) = if self.days.has(file) {
            (FindingKind::LeftOut, format!("{what} was left out of the bundle"))
        } else {
            (
                FindingKind::NotAsked,
                format!("{what} was left out of the bundle, and its day is not asked for"),
            )
        };
        Finding::new(kind, detail).file(file)
    }
}

/// Reads what is signed.
pub(in crate::read) fn read(
    options: &Options,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Result<Evidence, VerifyError> {
    let note = snapshot.checkpoint.as_ref().map(|text| text.parse::<SignedNote>());
    let file = format!("{SEAL}/checkpoint");
    let origin = match &note {
        Some(Ok(note)) => note.text().parse::<Checkpoint>().ok().map(|checkpoint| checkpoint.origin),
        _ => None,
    };
    let head = state::head(&options.dir);
    let is_sealed = super::listing::names(&options.dir.join(SEAL))?.iter().any(|name| {
        name == "log.vkey" || name == "checkpoint" || name.ends_with(".seal") || name.ends_with(".vkey")
    });
    let anchors = options.anchors.iter().flat_map(|text| anchors::notes(text)).collect::<Vec<_>>();
    if !options.anchors.is_empty() && anchors.is_empty() {
        return Err(VerifyError::NoCheckpointInAnchor);
    }
    if !is_sealed && head.is_none() && anchors.is_empty() && options.keys.is_empty() {
        let detail = "the log is not sealed: it has neither keys nor checkpoints nor seals";
        findings.add(Finding::new(FindingKind::Unsealed, detail));
        return Ok(Evidence {
            keys: KeyChain::default(),
            seals: Vec::new(),
            claims: Vec::new(),
            base: vec![0],
            has_anchors: false,
            signer: BySigner { keys: options.signers.clone(), ..BySigner::default() },
            left_out: Vec::new(),
            days: options.days,
        });
    }
    let keys = keys::read(&options.dir, &options.keys, origin.as_deref(), findings)?;
    let seals = seals::read(&options.dir, &keys, findings)?;
    let signer = BySigner::read(&options.dir, &options.signers, &keys, &seals, findings)?;
    let mut claims = Vec::new();
    match &note {
        None => {
            let detail = "the newest checkpoint is gone: the log may have been longer";
            findings.add(Finding::new(FindingKind::CheckpointMissing, detail).file(&file));
        }
        Some(Err(error)) => {
            findings.add(Finding::new(FindingKind::CheckpointInvalid, error.to_string()).file(&file));
        }
        Some(Ok(_)) if keys.epochs().is_empty() => {}
        Some(Ok(note)) => match keys.checkpoint(note) {
            Ok(checkpoint) => {
                claims.push(Claim { checkpoint, what: "the newest checkpoint".to_owned(), is_anchor: false });
            }
            Err(reason) => {
                findings.add(Finding::new(FindingKind::CheckpointInvalid, reason).file(&file));
            }
        },
    }
    if let Some(head) = &head
        && !keys.epochs().is_empty()
    {
        match keys.checkpoint(&head.checkpoint) {
            Ok(checkpoint) => {
                let what = "the sealer's position in .state/head".to_owned();
                claims.push(Claim { checkpoint, what, is_anchor: false });
            }
            Err(reason) => {
                let finding = Finding::new(FindingKind::CheckpointInvalid, reason);
                findings.add(finding.file(format!(".state/{}", state::HEAD)));
            }
        }
    }
    let anchors = signer.without_bad(anchors, findings);
    anchor_claims(&anchors, &keys, &mut claims, findings);
    // Without a seal nothing that is signed says where the tree begins.
    let base = match seals.first() {
        Some(first) => vec![first.seal.base],
        None => {
            let first = snapshot.listing.files.iter().filter_map(|file| file.first_seq).min();
            let said = match head {
                Some(head) => vec![head.base],
                None => base::said(&snapshot.listing)?,
            };
            let mut bases = Vec::<u64>::new();
            for base in said.into_iter().chain([0]).chain(first) {
                if !bases.contains(&base) {
                    bases.push(base);
                }
            }
            bases
        }
    };
    Ok(Evidence {
        keys,
        seals,
        claims,
        base,
        has_anchors: !anchors.is_empty(),
        signer,
        left_out: state::left_out(&options.dir),
        days: options.days,
    })
}

/// Adds the checkpoints from elsewhere that are of this log.
fn anchor_claims(anchors: &[SignedNote], keys: &KeyChain, claims: &mut Vec<Claim>, findings: &mut Findings) {
    let origins = keys.origins();
    let mut others = Vec::new();
    let mut is_any = false;
    for note in anchors {
        let Ok(checkpoint) = note.text().parse::<Checkpoint>() else {
            continue;
        };
        match keys.checkpoint(note) {
            Ok(checkpoint) => {
                let what = format!("a checkpoint from elsewhere, of {} records", checkpoint.size);
                claims.push(Claim { checkpoint, what, is_anchor: true });
                is_any = true;
            }
            Err(reason) if origins.contains(&checkpoint.origin) => {
                let signers = keys.epochs().iter().map(|epoch| &epoch.key);
                let is_forged = !matches!(note.verify(signers), Err(crate::seal::NoteError::Unsigned { .. }));
                let kind = if is_forged { FindingKind::AnchorInvalid } else { FindingKind::AnchorNotInLog };
                let size = checkpoint.size;
                findings.add(Finding::new(
                    kind,
                    format!("a checkpoint from elsewhere, of {size} records: {reason}"),
                ));
                is_any = true;
            }
            Err(_) => others.push(checkpoint.origin),
        }
    }
    if !is_any && let Some(other) = others.first() {
        let detail = format!(
            "the checkpoints from elsewhere are of other logs, such as {other}; this one is {}",
            origins.join(", ")
        );
        findings.add(Finding::new(FindingKind::AnchorNotInLog, detail));
    }
}
