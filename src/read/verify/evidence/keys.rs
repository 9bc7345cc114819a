//! The keys of a log: its first one, and those that follow with a certificate each.

use super::super::error::VerifyError;
use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use crate::read::regular_file;
use crate::seal::{Certificate, Checkpoint, Hash, Issued, SignedNote, VerifierKey};
use std::io;
use std::path::Path;

/// The folder of the seals.
pub(in crate::read) const SEAL: &str = "seal";

/// The longest file in it that is read whole, in bytes.
pub(super) const LONGEST: u64 = 64 * 1024;

/// The most keys of a log that are read.
const MOST_KEYS: u64 = 100_000;

/// A key, and the trees that it may sign.
#[derive(Clone, Debug)]
pub(in crate::read) struct Epoch {
    pub(in crate::read) key: VerifierKey,
    /// The size of the tree from which on it signs.
    pub(in crate::read) from: u64,
    /// The root at that size, if a certificate says it.
    pub(in crate::read) root: Option<Hash>,
    /// The SHA-256 of the newest seal then.
    pub(in crate::read) seal: Option<String>,
    pub(in crate::read) journal: Option<String>,
    /// Why the key before was lost.
    pub(in crate::read) restarted: Option<String>,
    /// Its file in the log's directory.
    pub(in crate::read) file: String,
}

/// The keys of a log, in order.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct Keys {
    pub(in crate::read) epochs: Vec<Epoch>,
}

/// How far the keys are among those that the caller has pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) enum Pinned {
    /// None was pinned.
    NotAsked,
    All,
    /// The key that was pinned has been lost, and one that followed is not pinned.
    NotAfterRestart,
    None,
}

/// Returns the contents of a small file; `None` if it is not there.
pub(in crate::read) fn small_file(path: &Path) -> Result<Option<String>, VerifyError> {
    match regular_file::contents(path, LONGEST) {
        Ok(contents) => Ok(Some(String::from_utf8_lossy(&contents).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(None),
        // It has no contents that could be valid.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            Ok(Some(String::new()))
        }
        Err(source) => Err(VerifyError::unreadable(path, source)),
    }
}

impl Keys {
    /// Reads the keys of the log in `dir`. Where the first one is missing, a pinned one of this name stands
    /// in for it.
    pub(in crate::read) fn read(
        dir: &Path,
        pins: &[VerifierKey],
        name: Option<&str>,
        findings: &mut Findings,
    ) -> Result<Keys, VerifyError> {
        let file = format!("{SEAL}/log.vkey");
        let first = match small_file(&dir.join(&file))? {
            None => {
                findings.add(
                    Finding::new(FindingKind::KeyMissing, "the log's first verifier key is gone").file(&file),
                );
                pins.iter().find(|pin| Some(pin.name()) == name).or(pins.first()).cloned()
            }
            Some(text) => match text.parse::<VerifierKey>() {
                Ok(key) => Some(key),
                Err(error) => {
                    findings.add(Finding::new(FindingKind::WrongKey, error.to_string()).file(&file));
                    None
                }
            },
        };
        let Some(key) = first else {
            return Ok(Keys::default());
        };
        let first = Epoch { key, from: 0, root: None, seal: None, journal: None, restarted: None, file };
        let mut keys = Keys { epochs: vec![first] };
        for number in 2..=MOST_KEYS {
            let file = format!("{SEAL}/key-{number:06}.vkey");
            let Some(text) = small_file(&dir.join(&file))? else {
                keys.look_for_later_ones(dir, number, findings)?;
                break;
            };
            match keys.next(&text, number, &file) {
                Ok(epoch) => keys.epochs.push(epoch),
                Err(reason) => {
                    findings.add(Finding::new(FindingKind::CertificateInvalid, reason).file(&file));
                    break;
                }
            }
        }
        Ok(keys)
    }

    /// Adds a finding if certificates behind a missing one are there.
    fn look_for_later_ones(
        &self,
        dir: &Path,
        number: u64,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let later = super::listing::names(&dir.join(SEAL))?.into_iter().filter_map(|name| {
            let digits = name.strip_prefix("key-")?.strip_suffix(".vkey")?;
            digits.parse::<u64>().ok().filter(|later| *later > number)
        });
        if let Some(later) = later.max() {
            let detail = format!("the certificate of key {number} is gone; there is one of key {later}");
            let file = format!("{SEAL}/key-{number:06}.vkey");
            findings.add(Finding::new(FindingKind::CertificateMissing, detail).file(file));
        }
        Ok(())
    }

    /// Checks the certificate of the key of this number.
    fn next(&self, text: &str, number: u64, file: &str) -> Result<Epoch, String> {
        let note = text.parse::<SignedNote>().map_err(|error| error.to_string())?;
        let certificate = note.text().parse::<Certificate>().map_err(|error| error.to_string())?;
        let before = self.epochs.last().ok_or("there is no key before it")?;
        let Certificate { journal, origin, epoch, key, size, root, seal, issued } = certificate;
        if epoch != number {
            return Err(format!("it is the certificate of key {epoch}, not {number}"));
        }
        if size < before.from {
            return Err(format!(
                "its tree of {size} leaves is smaller than that of the key before, {}",
                before.from
            ));
        }
        let is_in_order = issued == Issued::InOrder;
        // A log whose `.state` was lost has got another id, and another origin with it.
        if is_in_order && before.journal.as_ref().is_some_and(|id| *id != journal) {
            return Err(format!("it is of another journal, {journal}"));
        }
        let restarted = match issued {
            Issued::InOrder => {
                if origin != before.key.name() {
                    return Err(format!("its origin is {origin}, not {}", before.key.name()));
                }
                note.verify([&before.key]).map_err(|error| error.to_string())?;
                None
            }
            Issued::Restarted(reason) => {
                note.verify([&key]).map_err(|error| error.to_string())?;
                Some(reason)
            }
        };
        let file = file.to_owned();
        Ok(Epoch { key, from: size, root: Some(root), seal, journal: Some(journal), restarted, file })
    }

    /// Returns the last key.
    pub(in crate::read) fn newest(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    pub(in crate::read) fn origins(&self) -> Vec<String> {
        let mut origins = self.epochs.iter().map(|epoch| epoch.key.name().to_owned()).collect::<Vec<_>>();
        origins.dedup();
        origins
    }

    /// Returns the position of the key that has signed a note. If more than one has, that is the one that
    /// may sign a tree of this size: from that of its certificate to that of the next.
    ///
    /// `is_end`: the note is about a file that ended at that size, so that the key may not have been new there.
    pub(in crate::read) fn signer(
        &self,
        note: &SignedNote,
        size: u64,
        is_end: bool,
    ) -> Result<usize, String> {
        let position =
            note.verify(self.epochs.iter().map(|epoch| &epoch.key)).map_err(|error| error.to_string())?;
        let epoch = &self.epochs[position];
        let until = self.epochs.get(position + 1).map_or(u64::MAX, |next| next.from);
        let number = position + 1;
        // A key that was lost signs nothing any more, also not the seal of the file that ended there.
        let is_handed_over = position > 0 && epoch.restarted.is_none();
        if size < epoch.from || is_end && size == epoch.from && is_handed_over {
            return Err(format!(
                "it is signed with key {number}, which signs only trees of more than {} leaves, not of {size}",
                epoch.from
            ));
        }
        if size > until {
            return Err(format!(
                "it is signed with key {number}, which signs no trees of more than {until} leaves, as this one of {size}"
            ));
        }
        Ok(position)
    }

    /// Checks the signature and the origin of a checkpoint.
    pub(in crate::read) fn checkpoint(&self, note: &SignedNote) -> Result<Checkpoint, String> {
        let checkpoint = note.text().parse::<Checkpoint>().map_err(|error| error.to_string())?;
        let position = self.signer(note, checkpoint.size, false)?;
        let name = self.epochs[position].key.name();
        if checkpoint.origin != name {
            return Err(format!("its origin is {}, but its key is {name}'s", checkpoint.origin));
        }
        Ok(checkpoint)
    }

    /// Returns how far the keys are pinned: each from a pinned one on, until one was lost.
    pub(in crate::read) fn pinned(&self, pins: &[VerifierKey]) -> Pinned {
        if pins.is_empty() {
            return Pinned::NotAsked;
        }
        let mut spans = Vec::<bool>::new();
        for epoch in &self.epochs {
            let is_pinned = pins.contains(&epoch.key);
            match spans.last_mut() {
                Some(span) if epoch.restarted.is_none() => *span |= is_pinned,
                _ => spans.push(is_pinned),
            }
        }
        match (spans.iter().any(|pinned| *pinned), spans.iter().all(|pinned| *pinned)) {
            (false, _) => Pinned::None,
            (true, false) => Pinned::NotAfterRestart,
            (true, true) => Pinned::All,
        }
    }
}
