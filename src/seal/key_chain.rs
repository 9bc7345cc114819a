//! The keys of a log: its first one, and those that follow with a certificate each.

use super::certificate::{Certificate, HEAD, Issued};
use super::checkpoint::Checkpoint;
use super::note::signed_note::SignedNote;
use super::note::verifier_key::VerifierKey;
use super::tree::hash::Hash;

/// A key of a log, and the trees that it may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Epoch {
    /// Its number, from 1 on.
    pub number: u64,
    /// The key.
    pub key: VerifierKey,
    /// It signs trees with more leaves than this; the first key, and one that followed on a lost one, also this one.
    pub from: u64,
    /// The root of the tree with so many leaves, if a certificate says it.
    pub root: Option<Hash>,
    /// The SHA-256 of the newest seal of a day file when the key was made, 64 hex digits.
    pub seal: Option<String>,
    /// The id of the journal, 32 hex digits, if a certificate says it.
    pub journal: Option<String>,
    /// If the key before was lost: why. Nothing vouches for this key then but itself.
    pub restarted: Option<String>,
}

impl Epoch {
    /// Returns the key's file in the log's directory: `seal/log.vkey`, or that of its certificate,
    /// `seal/key-000002.vkey`.
    #[must_use]
    pub fn file(&self) -> String {
        match self.number {
            1 => "seal/log.vkey".to_owned(),
            number => format!("seal/key-{number:06}.vkey"),
        }
    }
}

/// The keys of a log in their order: the first one, and those that followed it, each of which was signed by the one
/// before.
///
/// Who trusts the first key has with this what is needed to check any checkpoint or proof of the log.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// use tracing_audit::seal::{KeyChain, SignedNote};
///
/// let first = std::fs::read_to_string(dir.join("seal/log.vkey"))?.parse()?;
/// let mut keys = KeyChain::new(first);
/// # let certificates = "";
/// keys.add(certificates)?;
/// let note = std::fs::read_to_string(dir.join("seal/checkpoint"))?.parse::<SignedNote>()?;
/// println!("{} records are sealed", keys.checkpoint(&note)?.size);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyChain {
    epochs: Vec<Epoch>,
}

impl KeyChain {
    /// Returns the chain that begins with this key, and has no other.
    #[must_use]
    pub fn new(first: VerifierKey) -> KeyChain {
        let first =
            Epoch { number: 1, key: first, from: 0, root: None, seal: None, journal: None, restarted: None };
        KeyChain { epochs: vec![first] }
    }

    /// Adds the keys that follow, from their certificates: the files `seal/key-000002.vkey` and so on, one behind the
    /// other. Returns how many there were.
    ///
    /// # Errors
    ///
    /// A certificate that is not the next one, is not signed by the key before, or tells that the key before
    /// was lost: the one that follows must then be trusted by itself. The keys before it are added.
    pub fn add(&mut self, text: &str) -> Result<usize, KeyChainError> {
        let certificates = certificates(text);
        for text in &certificates {
            let number = self.epochs.len() + 1;
            let fail = |reason: String| KeyChainError(format!("the certificate of key {number}: {reason}"));
            let epoch = self.next(text).map_err(fail)?;
            if let Some(reason) = &epoch.restarted {
                return Err(fail(format!(
                    "the key before was lost ({reason}); this one must be trusted by itself"
                )));
            }
            self.push(epoch);
        }
        Ok(certificates.len())
    }

    /// Returns the keys with what their certificates say, the first one first.
    #[must_use]
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// Returns the keys, the first one first.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &VerifierKey> + ExactSizeIterator {
        self.epochs.iter().map(|epoch| &epoch.key)
    }

    /// Checks that a key of the log has signed a checkpoint, and one that may sign a tree of its size.
    ///
    /// # Errors
    ///
    /// The reason why it is not one of this log.
    pub fn checkpoint(&self, note: &SignedNote) -> Result<Checkpoint, KeyChainError> {
        let checkpoint =
            note.text().parse::<Checkpoint>().map_err(|error| KeyChainError(error.to_string()))?;
        let position = self.signer(note, checkpoint.size, false).map_err(KeyChainError)?;
        let name = self.epochs[position].key.name();
        if checkpoint.origin != name {
            let reason = format!("its origin is {}, but its key is {name}'s", checkpoint.origin);
            return Err(KeyChainError(reason));
        }
        Ok(checkpoint)
    }

    pub(crate) fn push(&mut self, epoch: Epoch) {
        self.epochs.push(epoch);
    }

    /// Checks the certificate of the key that follows, and returns that key. The key before may have been lost.
    pub(crate) fn next(&self, text: &str) -> Result<Epoch, String> {
        let note = text.parse::<SignedNote>().map_err(|error| error.to_string())?;
        let certificate = note.text().parse::<Certificate>().map_err(|error| error.to_string())?;
        let before = self.epochs.last().ok_or("there is no key before it")?;
        let number = self.epochs.len() as u64 + 1;
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
        Ok(Epoch { number, key, from: size, root: Some(root), seal, journal: Some(journal), restarted })
    }

    /// Returns the position of the key that has signed a note. If more than one has, that is the one that
    /// may sign a tree of this size: from that of its certificate to that of the next.
    ///
    /// `is_end`: the note is about a file that ended at that size, so that the key may not have been new there.
    pub(crate) fn signer(&self, note: &SignedNote, size: u64, is_end: bool) -> Result<usize, String> {
        let position = note.verify(self.keys()).map_err(|error| error.to_string())?;
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

    /// Returns the names that the log has had, in their order.
    pub(crate) fn origins(&self) -> Vec<String> {
        let mut origins = self.keys().map(|key| key.name().to_owned()).collect::<Vec<_>>();
        origins.dedup();
        origins
    }
}

/// A certificate is not that of the next key of a log, or no key of it has signed a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyChainError(String);

impl From<KeyChainError> for String {
    fn from(KeyChainError(reason): KeyChainError) -> String {
        reason
    }
}

/// Returns the certificates of a text, each of which begins with the same line.
fn certificates(text: &str) -> Vec<&str> {
    let begins = text.match_indices(HEAD).map(|(at, _)| at);
    let is_line = |at: &usize| {
        let before = text[..*at].is_empty() || text[..*at].ends_with('\n');
        before && text[at + HEAD.len()..].starts_with('\n')
    };
    // What stands before the first one is no certificate, and is refused as such.
    let mut begins = begins.filter(is_line).filter(|at| *at > 0).collect::<Vec<_>>();
    begins.insert(0, 0);
    let ends = begins.iter().skip(1).copied().chain([text.len()]);
    begins.iter().zip(ends).map(|(begin, end)| &text[*begin..end]).filter(|text| !text.is_empty()).collect()
}
