//! The proof that one line is in a log.

use super::checkpoint::Checkpoint;
use super::error::{NoteError, SealFormatError};
use super::lines::{LONGEST_NOTE, TextLines};
use super::note::signed_note::SignedNote;
use super::note::verifier_key::VerifierKey;
use super::tree::hash::{Hash, leaf_hash};
use super::tree::verify::{MOST_HASHES, verify_inclusion};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;
use std::str::FromStr;

/// The first line of a proof.
const HEAD: &str = "c2sp.org/tlog-proof@v1";

/// The longest text of a proof, in bytes: a note, its path, and as much extra data.
const LONGEST_PROOF: usize = 2 * LONGEST_NOTE;

/// The proof that one line is in a log, which can be checked without the rest of the log:
/// <https://c2sp.org/tlog-proof>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Data that the proof says nothing about. No data at all is not written.
    pub extra: Option<Vec<u8>>,
    /// The index of the leaf: the record's `seq`, less the first number that was sealed.
    pub index: u64,
    /// The hashes of the subtrees beside the leaf, from the leaf to the root.
    pub path: Vec<Hash>,
    /// The checkpoint of the tree.
    pub checkpoint: SignedNote,
}

impl Proof {
    /// Checks that a log with one of these keys has the line, which may have its `\n`. Returns the log's
    /// checkpoint.
    ///
    /// # Errors
    ///
    /// [`ProofError`]: the signature, the checkpoint or the path does not fit.
    pub fn verify<'a>(
        &self,
        line: &[u8],
        keys: impl IntoIterator<Item = &'a VerifierKey>,
    ) -> Result<Checkpoint, ProofError> {
        let keys = keys.into_iter().collect::<Vec<_>>();
        let signed_by = self.checkpoint.verify(keys.iter().copied())?;
        let checkpoint = self.checkpoint.text().parse::<Checkpoint>()?;
        if keys.get(signed_by).is_none_or(|key| key.name() != checkpoint.origin) {
            return Err(ProofError::OtherLog { origin: checkpoint.origin });
        }
        let leaf = leaf_hash(line.strip_suffix(b"\n").unwrap_or(line));
        if !verify_inclusion(leaf, self.index, checkpoint.size, &self.path, checkpoint.root) {
            return Err(ProofError::NotIncluded { index: self.index, size: checkpoint.size });
        }
        Ok(checkpoint)
    }
}

/// A proof does not show what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The signatures of the checkpoint are not what is asked for.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint has not the form of one.
    #[error("the checkpoint of the proof can't be read: {0}")]
    Checkpoint(#[from] SealFormatError),
    /// The checkpoint is one of a log that has another name than the key.
    #[error("the checkpoint is of the log {origin:?}, and the key has another name")]
    OtherLog {
        /// The name of the log.
        origin: String,
    },
    /// The tree of the checkpoint does not have this line at this index.
    #[error("the line is not leaf {index} of the tree of {size} leaves that the checkpoint is about")]
    NotIncluded {
        /// The index of the leaf.
        index: u64,
        /// The number of leaves of the tree.
        size: u64,
    },
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        if let Some(extra) = self.extra.as_ref().filter(|extra| !extra.is_empty()) {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Proof {
    type Err = SealFormatError;

    fn from_str(text: &str) -> Result<Proof, SealFormatError> {
        let mut lines = TextLines::of(text, LONGEST_PROOF)?;
        lines.head(HEAD)?;
        let extra = lines.value_if("extra")?;
        let extra = extra.map(|text| BASE64.decode(text)).transpose();
        let extra = extra.map_err(|_| lines.wrong("the extra data is not base64"))?;
        let index = lines.parsed("index")?;
        let mut path = Vec::new();
        loop {
            match lines.next("the empty line before the checkpoint")? {
                "" => break,
                _ if path.len() == MOST_HASHES => {
                    return Err(lines.wrong(format!("a proof has at most {MOST_HASHES} hashes")));
                }
                hash => {
                    path.push(hash.parse().map_err(|error: SealFormatError| lines.wrong(error.to_string()))?)
                }
            }
        }
        let checkpoint = lines.rest().parse::<SignedNote>();
        let checkpoint = checkpoint.map_err(|error| error.behind(lines.read()))?;
        Ok(Proof { extra, index, path, checkpoint })
    }
}
