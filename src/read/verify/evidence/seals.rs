//! The seals of a log's day files, in their chain.

use super::super::error::VerifyError;
use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use super::chain::{self, SealFile};
use super::keys::{SEAL, small_file};
use crate::journal::DayFileName;
use crate::journal::storage::layout::seal_of;
use crate::record::hex;
use crate::seal::{DaySeal, KeyChain, SignedNote};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Returns the seal in a file, if a key of the log has signed it.
fn checked(text: &str, file: &str, keys: &KeyChain) -> Result<DaySeal, String> {
    let note = text.parse::<SignedNote>().map_err(|error| error.to_string())?;
    let seal = note.text().parse::<DaySeal>().map_err(|error| error.to_string())?;
    if seal_of(&seal.file) != file || DayFileName::parse(&seal.file).is_none() {
        return Err(format!("it is the seal of {:?}", seal.file));
    }
    let position = keys.signer(&note, seal.leaves().end, !seal.leaves().is_empty())?;
    let name = keys.epochs()[position].key.name();
    if seal.origin != name {
        return Err(format!("its origin is {}, but its key is {name}'s", seal.origin));
    }
    Ok(seal)
}

/// Reads the seals of the log in `dir`, in the order of their records. What is wrong with them is added to the
/// findings.
pub(in crate::read) fn read(
    dir: &Path,
    keys: &KeyChain,
    findings: &mut Findings,
) -> Result<Vec<SealFile>, VerifyError> {
    let mut seals = Vec::new();
    let mut invalid = Vec::new();
    for name in super::listing::names(&dir.join(SEAL))? {
        let is_seal = name
            .strip_suffix(".seal")
            .is_some_and(|stem| DayFileName::parse(&format!("{stem}.log")).is_some());
        if !is_seal {
            continue;
        }
        let Some(text) = small_file(&dir.join(SEAL).join(&name))? else {
            continue;
        };
        match checked(&text, &name, keys) {
            Ok(seal) => {
                let sha256 = hex(&Sha256::digest(text.as_bytes()));
                seals.push(SealFile { seal, sha256, follows: true });
            }
            Err(reason) => {
                findings.add(Finding::new(FindingKind::SealInvalid, reason).file(format!("{SEAL}/{name}")));
                invalid.push(name);
            }
        }
    }
    let seals = chain::ordered(seals, !invalid.is_empty(), findings);
    // A certificate names the newest seal of its time.
    for epoch in keys.epochs() {
        if let Some(sha256) = &epoch.seal
            && invalid.is_empty()
            && !seals.iter().any(|seal| seal.sha256 == *sha256 || seal.seal.prev.as_ref() == Some(sha256))
        {
            let detail = format!("the seal with the SHA-256 {sha256}, which {} names, is gone", epoch.file());
            findings.add(Finding::new(FindingKind::SealMissing, detail).file(SEAL));
        }
    }
    Ok(seals)
}
