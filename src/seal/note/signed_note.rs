//! A text with signatures.

use super::key_text::is_signer_name;
use super::signing_key::SigningKey;
use super::verifier_key::VerifierKey;
use super::witness_key::WitnessKey;
use crate::seal::error::{NoteError, SealFormatError};
use crate::seal::lines::{LONGEST, LONGEST_NOTE, TextLines, shown};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;
use std::str::FromStr;

/// What a line with a signature begins with: an em dash and a space.
const DASH: &str = "— ";

/// The most signatures of a note.
const MOST_SIGNATURES: usize = 100;

/// A text with signatures: <https://c2sp.org/signed-note>.
///
/// A note is at most 128 KiB long, and has at most 100 signatures. A key may have signed it more than once;
/// each signature must be valid then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    /// The hash of the key, and the signature.
    bytes: Vec<u8>,
}

/// A valid signature of a checkpoint by a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    witness: String,
    unix_time: u64,
}

impl Cosignature {
    /// Returns the name of the witness.
    #[must_use]
    pub fn witness(&self) -> &str {
        &self.witness
    }

    /// Returns the time at which the witness says that it has signed, in seconds since 1970. No check is made
    /// that it is in the past.
    #[must_use]
    pub fn unix_time(&self) -> u64 {
        self.unix_time
    }
}

impl NoteSignature {
    /// Returns the signature of a text by a key; `None` if it is not valid.
    pub(crate) fn of(text: &str, key: &VerifierKey, signature: &[u8; 64]) -> Option<NoteSignature> {
        let bytes = [&key.hash().to_be_bytes()[..], signature].concat();
        let signature = NoteSignature { name: key.name().to_owned(), bytes };
        key.has_signed(text.as_bytes(), &signature.bytes[4..]).then_some(signature)
    }

    /// Returns the name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the hash of the key.
    #[must_use]
    pub fn hash(&self) -> u32 {
        self.bytes.first_chunk().map_or(0, |hash| u32::from_be_bytes(*hash))
    }

    fn is_by(&self, name: &str, hash: u32) -> bool {
        self.name == name && self.hash() == hash
    }

    /// Returns the key's name and hash, as messages show them.
    fn signer(&self) -> String {
        format!("{}+{:08x}", self.name.escape_debug(), self.hash())
    }

    fn parse(line: &str) -> Option<NoteSignature> {
        let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = BASE64.decode(signature).ok()?;
        // A hash, and at least a byte of the signature.
        (is_signer_name(name) && bytes.len() > 4).then(|| NoteSignature { name: name.to_owned(), bytes })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{DASH}{} {}", self.name, BASE64.encode(&self.bytes))
    }
}

impl SignedNote {
    /// Signs a text, each line of which ends with `\n`.
    pub(crate) fn sign(text: String, key: &SigningKey) -> SignedNote {
        debug_assert!(text.ends_with('\n') && TextLines::of(&text, LONGEST).is_ok(), "{text:?}");
        let mut bytes = key.hash().to_be_bytes().to_vec();
        bytes.extend_from_slice(&key.sign(text.as_bytes()));
        let signature = NoteSignature { name: key.name().to_owned(), bytes };
        SignedNote { text, signatures: vec![signature] }
    }

    /// Returns a note that another key than the log's has signed.
    pub(crate) fn signed_with(text: String, signature: NoteSignature) -> SignedNote {
        SignedNote { text, signatures: vec![signature] }
    }

    /// Adds a signature of the text.
    pub(crate) fn add(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }

    /// Returns whether a signature is said to be by this key, valid or not.
    pub(crate) fn names(&self, key: &VerifierKey) -> bool {
        self.signatures.iter().any(|signature| signature.is_by(key.name(), key.hash()))
    }

    /// Returns the signed text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the signatures, of known and of unknown keys.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks the signatures by these keys, and returns the position of the first key among them that has
    /// signed the note. Signatures by other keys do not count.
    ///
    /// # Errors
    ///
    /// [`NoteError::Invalid`] if a signature by one of the keys is not valid, also if another one
    /// is; [`NoteError::Unsigned`] if there is none.
    pub fn verify<'a>(&self, keys: impl IntoIterator<Item = &'a VerifierKey>) -> Result<usize, NoteError> {
        let keys = keys.into_iter().collect::<Vec<_>>();
        let mut signed_by = None::<usize>;
        for signature in &self.signatures {
            // Of the many keys of a log, two may have the same hash.
            let named = |(_, key): &(usize, &&VerifierKey)| signature.is_by(key.name(), key.hash());
            let mut named = keys.iter().enumerate().filter(named).peekable();
            if named.peek().is_none() {
                continue;
            }
            let bytes = signature.bytes.get(4..).unwrap_or_default();
            let valid = named.find(|(_, key)| key.has_signed(self.text.as_bytes(), bytes));
            let (position, _) = valid.ok_or_else(|| NoteError::Invalid { signer: signature.signer() })?;
            signed_by = Some(signed_by.map_or(position, |first| first.min(position)));
        }
        let signers = || self.signatures.iter().map(NoteSignature::signer).collect();
        signed_by.ok_or_else(|| NoteError::Unsigned { signers: signers() })
    }

    /// Checks the signatures by these witnesses, and returns those that are there, in the order of the keys:
    /// of each witness the one with the latest time. Says nothing about the log's own signature.
    ///
    /// # Errors
    ///
    /// [`NoteError::Invalid`] if a signature by one of the witnesses is not valid.
    pub fn cosignatures(&self, witnesses: &[WitnessKey]) -> Result<Vec<Cosignature>, NoteError> {
        let mut found = Vec::new();
        for key in witnesses {
            let mut latest = None::<u64>;
            for signature in
                self.signatures.iter().filter(|signature| signature.is_by(key.name(), key.hash()))
            {
                let bytes = signature.bytes.get(4..).unwrap_or_default();
                let time = key.time_of(&self.text, bytes);
                let time = time.ok_or_else(|| NoteError::Invalid { signer: signature.signer() })?;
                latest = latest.max(Some(time));
            }
            let cosignature = |unix_time| Cosignature { witness: key.name().to_owned(), unix_time };
            found.extend(latest.map(cosignature));
        }
        Ok(found)
    }
}

/// As in a file: the text, an empty line, and a line for each signature.
impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for SignedNote {
    type Err = SealFormatError;

    fn from_str(note: &str) -> Result<SignedNote, SealFormatError> {
        // Checks the characters and the length.
        TextLines::of(note, LONGEST_NOTE)?;
        let end = note.rfind("\n\n");
        let end = end.ok_or_else(|| {
            SealFormatError::new("the note has no empty line, behind which its signatures would be")
        })?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        let before = text.matches('\n').count() + 1;
        let lines = signatures.matches('\n').count();
        if lines == 0 || lines > MOST_SIGNATURES {
            let reason = format!("a note has from 1 to {MOST_SIGNATURES} signatures, not {lines}");
            return Err(SealFormatError::new(reason).in_line(before + 1));
        }
        let mut parsed = Vec::new();
        for (position, line) in signatures.split_inclusive('\n').enumerate() {
            let signature = line.strip_suffix('\n').and_then(NoteSignature::parse);
            parsed.push(signature.ok_or_else(|| {
                let reason =
                    format!("{} is no signature `— NAME BASE64`", shown(line.trim_end_matches('\n')));
                SealFormatError::new(reason).in_line(before + position + 1)
            })?);
        }
        Ok(SignedNote { text: text.to_owned(), signatures: parsed })
    }
}
