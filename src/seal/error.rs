//! What can be wrong with a text of the seals.

use std::fmt;

/// A checkpoint, a seal, a key, a certificate or a proof does not have the form that it must have.
#[derive(Clone, PartialEq, Eq)]
pub struct SealFormatError {
    reason: String,
    /// The line in the text, from 1 on.
    line: Option<usize>,
}

impl SealFormatError {
    pub(crate) fn new(reason: impl Into<String>) -> SealFormatError {
        SealFormatError { reason: reason.into(), line: None }
    }

    pub(super) fn in_line(self, line: usize) -> SealFormatError {
        SealFormatError { line: Some(line), ..self }
    }

    /// Counts lines that stand before the text that the error is about.
    pub(super) fn behind(self, lines: usize) -> SealFormatError {
        SealFormatError { line: self.line.map(|line| line + lines), ..self }
    }
}

/// `line 3: …`, where the error is about one line.
impl fmt::Display for SealFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl fmt::Debug for SealFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SealFormatError {}

/// The signatures of a note are not what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// None of the known keys has signed the note.
    #[error("no known key has signed the note; it is signed by {}", signers.join(", "))]
    Unsigned {
        /// The names of the keys that have signed it, each with its hash.
        signers: Vec<String>,
    },
    /// A signature by a known key is not valid for this text.
    #[error("the signature by {signer} is not valid for this text")]
    Invalid {
        /// The name of the key, with its hash.
        signer: String,
    },
}
