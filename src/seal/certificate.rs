//! The certificate of a key.

use super::error::SealFormatError;
use super::lines::{LONGEST, TextLines, shown};
use super::note::verifier_key::VerifierKey;
use super::tree::hash::Hash;
use super::tree::range::{MOST_LEAVES, TreeRange};
use crate::record::is_hex;
use std::fmt;
use std::str::FromStr;

/// The first line of a certificate.
pub(super) const HEAD: &str = "audit-key/v1";

/// The key of an epoch and the state of the tree from which on it signs, as the note
/// `seal/key-000002.vkey` has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The journal's id.
    pub(crate) journal: String,
    pub(crate) origin: String,
    /// The number of the key. That of the first one, 1, has only a signer's signature.
    pub(crate) epoch: u64,
    pub(crate) key: VerifierKey,
    /// The size and the root of the tree at the hand-over. The key signs larger trees only.
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// The SHA-256 of the newest seal, in hex digits, if there is one.
    pub(crate) seal: Option<String>,
    pub(crate) issued: Issued,
}

/// Who has signed a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Issued {
    /// The key of the epoch before.
    InOrder,
    /// The key itself: the one before was lost, for this reason.
    Restarted(String),
}

impl Certificate {
    /// Returns the certificate of a log's first key, which only a signer signs: about the empty tree.
    pub(crate) fn of_first(journal: &str, key: &VerifierKey) -> Certificate {
        Certificate {
            journal: journal.to_owned(),
            origin: key.name().to_owned(),
            epoch: 1,
            key: key.clone(),
            size: 0,
            root: TreeRange::at(0).root(),
            seal: None,
            issued: Issued::InOrder,
        }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Certificate { journal, origin, epoch, key, size, root, seal, issued } = self;
        writeln!(
            f,
            "{HEAD}\njournal {journal}\norigin {origin}\nepoch {epoch}\nkey {key}\nsize {size}\nroot {root}"
        )?;
        writeln!(f, "seal {}", seal.as_deref().unwrap_or("none"))?;
        match issued {
            Issued::InOrder => Ok(()),
            Issued::Restarted(reason) => writeln!(f, "restarted {}", in_one_line(reason)),
        }
    }
}

impl FromStr for Certificate {
    type Err = SealFormatError;

    fn from_str(text: &str) -> Result<Certificate, SealFormatError> {
        let mut lines = TextLines::of(text, LONGEST)?;
        lines.head(HEAD)?;
        let journal = lines.value("journal")?;
        if !is_hex(journal, 32) {
            return Err(lines.wrong(format!("{} is no id of a journal, 32 hex digits", shown(journal))));
        }
        let origin = lines.value("origin")?.to_owned();
        let epoch = lines.parsed("epoch")?;
        if epoch < 1 {
            return Err(lines.wrong("the first epoch is 1"));
        }
        let key = lines.parsed::<VerifierKey>("key")?;
        if key.name() != origin {
            return Err(lines.wrong("the name of the key is not the origin"));
        }
        let size = size(&mut lines, "size")?;
        let root = lines.parsed("root")?;
        let seal = digest_or_none(&mut lines, "seal")?;
        let issued = match lines.value_if("restarted")? {
            None => Issued::InOrder,
            Some(reason) if in_one_line(reason) == reason => Issued::Restarted(reason.to_owned()),
            Some(reason) => {
                return Err(lines.wrong(format!("{} is no reason in one line", shown(reason))));
            }
        };
        lines.end()?;
        let certificate =
            Certificate { journal: journal.to_owned(), origin, epoch, key, size, root, seal, issued };
        if epoch == 1 && certificate != Certificate::of_first(journal, &certificate.key) {
            return Err(SealFormatError::new("the certificate of the first key is about the empty tree"));
        }
        Ok(certificate)
    }
}

/// Returns a reason as it fits into a line.
fn in_one_line(reason: &str) -> String {
    let line = reason.replace(char::is_control, " ");
    if line.is_empty() { "for no stated reason".to_owned() } else { line }
}

/// Reads a number of leaves or records. None has more than Go's `int64` can have.
pub(super) fn size(lines: &mut TextLines, key: &str) -> Result<u64, SealFormatError> {
    let size = lines.parsed(key)?;
    if size > MOST_LEAVES {
        return Err(lines.wrong(format!("`{key}` is more than {MOST_LEAVES}")));
    }
    Ok(size)
}

/// Reads a SHA-256 in hex digits, or `none`.
pub(super) fn digest_or_none(lines: &mut TextLines, key: &str) -> Result<Option<String>, SealFormatError> {
    match lines.value(key)? {
        "none" => Ok(None),
        digest if is_hex(digest, 64) => Ok(Some(digest.to_owned())),
        other => Err(lines.wrong(format!("{} is neither a SHA-256 in hex digits nor `none`", shown(other)))),
    }
}
