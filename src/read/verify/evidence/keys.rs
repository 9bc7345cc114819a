//! The keys of a log: its first one, and those that follow with a certificate each.

use super::super::error::VerifyError;
use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use crate::read::regular_file;
use crate::seal::{KeyChain, VerifierKey};
use std::io;
use std::path::Path;

/// The folder of the seals.
pub(in crate::read) const SEAL: &str = "seal";

/// The longest file in it that is read whole, in bytes.
pub(super) const LONGEST: u64 = 64 * 1024;

/// The most keys of a log that are read.
const MOST_KEYS: u64 = 100_000;

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

/// Reads the keys of the log in `dir`, the first one first.
///
/// That each key was signed by the one before is checked. Whether the first one is that of the log you mean is for you to say:
/// compare it with one that you have pinned. A log whose key was lost has keys for which none before them vouches:
/// [`Epoch::restarted`](crate::seal::Epoch::restarted) says so.
///
/// # Errors
///
/// [`VerifyError::Key`]: a key or a certificate is missing or not valid. [`VerifyError::Unreadable`].
pub fn keys(dir: impl AsRef<Path>) -> Result<KeyChain, VerifyError> {
    let (dir, mut findings) = (dir.as_ref(), Findings::default());
    let keys = read(dir, &[], None, &mut findings)?;
    match findings.findings.into_iter().next() {
        None => Ok(keys),
        Some(Finding { file, detail, .. }) => {
            let path = file.map_or(dir.to_owned(), |file| dir.join(file));
            Err(VerifyError::Key { path, reason: detail })
        }
    }
}

/// Reads the keys of the log in `dir`. Where the first one is missing, a pinned one of this name stands
/// in for it.
pub(in crate::read) fn read(
    dir: &Path,
    pins: &[VerifierKey],
    name: Option<&str>,
    findings: &mut Findings,
) -> Result<KeyChain, VerifyError> {
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
        return Ok(KeyChain::default());
    };
    let mut keys = KeyChain::new(key);
    for number in 2..=MOST_KEYS {
        let file = format!("{SEAL}/key-{number:06}.vkey");
        let Some(text) = small_file(&dir.join(&file))? else {
            look_for_later_ones(dir, number, findings)?;
            break;
        };
        match keys.next(&text) {
            Ok(epoch) => keys.push(epoch),
            Err(reason) => {
                findings.add(Finding::new(FindingKind::CertificateInvalid, reason).file(&file));
                break;
            }
        }
    }
    Ok(keys)
}

/// Adds a finding if certificates behind a missing one are there.
fn look_for_later_ones(dir: &Path, number: u64, findings: &mut Findings) -> Result<(), VerifyError> {
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

/// Returns how far the keys are pinned: each from a pinned one on, until one was lost.
pub(in crate::read) fn pinned(keys: &KeyChain, pins: &[VerifierKey]) -> Pinned {
    if pins.is_empty() {
        return Pinned::NotAsked;
    }
    let mut spans = Vec::<bool>::new();
    for epoch in keys.epochs() {
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
