//! Signatures of witnesses under the checkpoints of a log.
//!
//! A witness signs a checkpoint with the time, once it has seen that the checkpoint contains the ones before. Only
//! signatures by the witnesses that the caller knows are looked at, and only under checkpoints that a key of
//! the log has signed.

use super::super::error::VerifyError;
use super::super::live::snapshot::Snapshot;
use super::super::options::Options;
use super::super::sections::Outcome;
use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use super::super::verdict::witness::WitnessFacts;
use super::anchors;
use super::keys::{SEAL, small_file};
use super::listing::names;
use crate::seal::{Checkpoint, Cosignature, DaySeal, Hash, KeyChain, SignedNote};
use std::collections::BTreeMap;

/// Signatures by the witnesses that the caller knows.
#[derive(Debug)]
pub(in crate::read) struct Witnesses {
    /// Of each witness: the trees that it has signed, by size and root, each with the latest time.
    signed: Vec<BTreeMap<(u64, Hash), u64>>,
}

/// Checks the signatures of witnesses under the checkpoints from elsewhere, the newest one of the directory, and its
/// seals. One that is not valid is a finding.
pub(in crate::read) fn read(
    options: &Options,
    snapshot: &Snapshot,
    keys: &KeyChain,
    findings: &mut Findings,
) -> Result<Witnesses, VerifyError> {
    let mut witnesses = Witnesses { signed: vec![BTreeMap::new(); options.witnesses.len()] };
    if options.witnesses.is_empty() {
        return Ok(witnesses);
    }
    for note in options.anchors.iter().flat_map(|text| anchors::notes(text)) {
        witnesses.add(options, &note, tree_of(&note, keys), None, findings);
    }
    let newest = snapshot.checkpoint.as_ref().and_then(|text| text.parse::<SignedNote>().ok());
    if let Some(note) = newest {
        witnesses.add(options, &note, tree_of(&note, keys), Some(format!("{SEAL}/checkpoint")), findings);
    }
    let folder = options.dir.join(SEAL);
    for name in names(&folder)?.into_iter().filter(|name| name.ends_with(".seal")) {
        let note = small_file(&folder.join(&name))?.and_then(|text| text.parse::<SignedNote>().ok());
        if let Some(note) = note {
            // That it follows the others is looked at where the seals are read.
            let seal = note.text().parse::<DaySeal>().ok().filter(|seal| {
                let leaves = seal.leaves();
                keys.signer(&note, leaves.end, !leaves.is_empty()).is_ok()
            });
            let tree = seal.map(|seal| (seal.leaves().end, seal.tree.root()));
            witnesses.add(options, &note, tree, Some(format!("{SEAL}/{name}")), findings);
        }
    }
    Ok(witnesses)
}

/// Returns the size and the root in a checkpoint, if a key of the log has signed it.
fn tree_of(note: &SignedNote, keys: &KeyChain) -> Option<(u64, Hash)> {
    keys.checkpoint(note).ok().map(|Checkpoint { size, root, .. }| (size, root))
}

impl Witnesses {
    /// Adds the signatures under a note about a tree of the log.
    fn add(
        &mut self,
        options: &Options,
        note: &SignedNote,
        tree: Option<(u64, Hash)>,
        file: Option<String>,
        findings: &mut Findings,
    ) {
        // Of another log, or not valid anyway.
        let Some(tree) = tree else {
            return;
        };
        for (witness, signed) in options.witnesses.iter().zip(&mut self.signed) {
            match note.cosignatures(std::slice::from_ref(witness)) {
                Ok(cosignatures) => {
                    if let Some(time) = cosignatures.iter().map(Cosignature::unix_time).max() {
                        let latest = signed.entry(tree).or_insert(time);
                        *latest = time.max(*latest);
                    }
                }
                Err(error) => {
                    let what = match file {
                        Some(_) => "",
                        None => "a checkpoint from elsewhere, ",
                    };
                    let detail = format!("{what}of {} records: {error}", tree.0);
                    let finding = Finding::new(FindingKind::CosignatureInvalid, detail);
                    findings.add(match &file {
                        Some(file) => finding.file(file),
                        None => finding,
                    });
                }
            }
        }
    }

    /// Returns what each witness has signed of the trees that the log has.
    pub(in crate::read) fn facts(&self, options: &Options, outcome: &Outcome) -> Vec<WitnessFacts> {
        let of_log = |size: &u64, root: &Hash| *size == 0 || outcome.roots.get(size) == Some(root);
        let facts = options.witnesses.iter().zip(&self.signed).map(|(witness, signed)| {
            let signed = signed.iter().filter(|((size, root), _)| of_log(size, root));
            let newest = signed.clone().map(|((size, _), time)| (*size, *time)).max();
            WitnessFacts {
                name: witness.name().to_owned(),
                key: witness.to_string(),
                checkpoints: signed.count() as u64,
                size: newest.map(|(size, _)| size),
                unix_time: newest.map(|(_, time)| time),
            }
        });
        facts.collect()
    }
}
