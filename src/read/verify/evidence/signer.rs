//! What a signer outside of the log has signed: keys, seals, checkpoints.

use super::super::error::VerifyError;
use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use super::chain::SealFile;
use super::keys::{SEAL, small_file};
use crate::journal::storage::layout::seal_of;
use crate::seal::{Certificate, KeyChain, NoteError, SignedNote, VerifierKey};
use std::path::Path;

/// The note about the first key, which has no certificate of a key before it.
const FIRST: &str = "seal/log.vkey.signed";

/// What the signer that the caller trusts has signed.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct BySigner {
    /// The keys of the signer, or of several; none if the caller has given none.
    pub(in crate::read) keys: Vec<VerifierKey>,
    /// Of each of the log's keys, whether it is certified.
    pub(in crate::read) certified: Vec<bool>,
    pub(in crate::read) seals: u64,
    /// The size of the largest tree that it has signed in a certificate or a seal.
    pub(in crate::read) largest: u64,
}

impl BySigner {
    /// Reads what is signed. What is wrong with the signatures is added to the findings.
    pub(super) fn read(
        dir: &Path,
        signer: &[VerifierKey],
        keys: &KeyChain,
        seals: &[SealFile],
        findings: &mut Findings,
    ) -> Result<BySigner, VerifyError> {
        let mut read = BySigner { keys: signer.to_vec(), ..BySigner::default() };
        if signer.is_empty() {
            return Ok(read);
        }
        for (at, epoch) in keys.epochs().iter().enumerate() {
            let file = if at == 0 { FIRST } else { &epoch.file() };
            let note = small_file(&dir.join(file))?;
            let checked = match note {
                None => Ok(false),
                Some(text) => read.certifies(&text, &epoch.key, at as u64 + 1),
            };
            let is_certified = read.told(checked, file, findings);
            if is_certified {
                read.largest = read.largest.max(epoch.from);
            }
            read.certified.push(is_certified);
        }
        for SealFile { seal, .. } in seals {
            let file = format!("{SEAL}/{}", seal_of(&seal.file));
            let Some(Ok(note)) = small_file(&dir.join(&file))?.map(|text| text.parse::<SignedNote>()) else {
                continue;
            };
            if read.told(read.has_signed(&note), &file, findings) {
                read.seals += 1;
                read.largest = read.largest.max(seal.leaves().end);
            }
        }
        let file = format!("{SEAL}/checkpoint");
        if let Some(Ok(note)) = small_file(&dir.join(&file))?.map(|text| text.parse::<SignedNote>()) {
            read.told(read.has_signed(&note), &file, findings);
        }
        Ok(read)
    }

    /// Returns whether the signer has signed a note; an error if it is said to and has not.
    pub(in crate::read) fn has_signed(&self, note: &SignedNote) -> Result<bool, String> {
        match note.verify(&self.keys) {
            Ok(_) => Ok(true),
            Err(NoteError::Unsigned { .. }) => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Returns whether the signer has signed the certificate of this key.
    fn certifies(&self, text: &str, key: &VerifierKey, number: u64) -> Result<bool, String> {
        let note = text.parse::<SignedNote>().map_err(|error| error.to_string())?;
        if !self.has_signed(&note)? {
            return Ok(false);
        }
        let certificate = note.text().parse::<Certificate>().map_err(|error| error.to_string())?;
        if certificate.epoch != number || certificate.key != *key {
            return Err(format!(
                "it certifies the key {} of epoch {}; key {number} of the log is {key}",
                certificate.key, certificate.epoch
            ));
        }
        Ok(true)
    }

    /// Adds a finding if a signature is wrong.
    fn told(&self, signed: Result<bool, String>, file: &str, findings: &mut Findings) -> bool {
        signed.unwrap_or_else(|reason| {
            findings.add(Finding::new(FindingKind::SignerInvalid, reason).file(file));
            false
        })
    }

    /// Returns the checkpoints from elsewhere without those that the signer is said to have signed, and has not.
    pub(super) fn without_bad(&self, mut notes: Vec<SignedNote>, findings: &mut Findings) -> Vec<SignedNote> {
        notes.retain(|note| {
            let signed = self.has_signed(note);
            if let Err(reason) = &signed {
                let detail = format!("a checkpoint from elsewhere: {reason}");
                findings.add(Finding::new(FindingKind::AnchorInvalid, detail));
            }
            signed.is_ok()
        });
        notes
    }

    /// Returns the keys that the caller trusts: the pinned ones, and those that the signer has certified. If none of
    /// the pinned ones is the log's, these are other keys, whatever the signer says.
    pub(in crate::read) fn trusted(&self, keys: &KeyChain, pins: &[VerifierKey]) -> Vec<VerifierKey> {
        let mut trusted = pins.to_vec();
        if pins.is_empty() || keys.epochs().iter().any(|epoch| pins.contains(&epoch.key)) {
            let certified =
                keys.epochs().iter().zip(&self.certified).filter(|(_, is_certified)| **is_certified);
            trusted.extend(certified.map(|(epoch, _)| epoch.key.clone()));
        }
        trusted
    }
}
