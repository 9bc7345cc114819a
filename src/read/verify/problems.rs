//! What can be told of the seals without reading a line.

use super::error::VerifyError;
use super::evidence::{keys, listing, seals};
use super::verdict::finding::{Finding, FindingKind};
use super::verdict::findings::Findings;
use crate::seal::SignedNote;
use std::path::Path;

/// Returns what is wrong with keys and seals, and which sealed files are missing. `kept_from` is the number before which records
/// were pruned, if that is known; else no file counts as missing.
pub(in crate::read) fn seal_problems(
    dir: &Path,
    kept_from: Option<u64>,
) -> Result<Vec<Finding>, VerifyError> {
    let mut findings = Findings::default();
    let keys = keys::read(dir, &[], None, &mut findings)?;
    for epoch in keys.epochs() {
        if let Some(reason) = &epoch.restarted {
            let detail = format!("the key before it was lost ({reason}): nothing vouches for this one");
            findings.add(Finding::new(FindingKind::KeyUntrusted, detail).file(epoch.file()));
        }
    }
    let sealed = seals::read(dir, &keys, &mut findings)?;
    let names = listing::names(dir)?;
    for seal in sealed.iter().map(|file| &file.seal) {
        let is_pruned = kept_from.is_none_or(|kept_from| seal.seqs.end <= kept_from);
        if !is_pruned && !names.contains(&seal.file) {
            let detail = "the file is sealed and missing";
            findings
                .add(Finding::new(FindingKind::FileMissing, detail).file(&seal.file).seqs(seal.seqs.clone()));
        }
    }
    let path = format!("{}/checkpoint", keys::SEAL);
    match keys::small_file(&dir.join(&path))? {
        None => findings.add(Finding::new(FindingKind::CheckpointMissing, "it is gone").file(path)),
        // Without a key there is nothing to check it with, which is told.
        Some(_) if keys.epochs().is_empty() => {}
        Some(text) => {
            let checked = text.parse::<SignedNote>().map_err(|error| error.to_string());
            let checked = checked.and_then(|note| keys.checkpoint(&note).map_err(|error| error.to_string()));
            if let Err(reason) = checked {
                findings.add(Finding::new(FindingKind::CheckpointInvalid, reason).file(path));
            }
        }
    }
    Ok(findings.findings)
}
