//! The public keys of witnesses.

use super::key_text::{Algorithm, KeyParts, has_signed, key_hash, key_text, public_key};
use crate::seal::error::SealFormatError;
use crate::seal::lines::shown;
use ed25519_dalek::VerifyingKey;
use std::fmt;
use std::str::FromStr;

/// The public key of a witness: someone who has seen that checkpoints of a log follow one another, and
/// signs them with the time, as `cosignature/v1` of <https://c2sp.org/tlog-cosignature> says.
///
/// Its text is `NAME+HASH+KEY`, with 4 as the algorithm's byte. Keys of ML-DSA are not supported.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    key: VerifyingKey,
}

impl WitnessKey {
    /// Parses keys of witnesses, one a line, as in a file. Empty lines, and lines that begin with `#`, are
    /// passed over.
    ///
    /// # Errors
    ///
    /// A line is none of these, or has a key again.
    pub fn parse_all(text: &str) -> Result<Vec<WitnessKey>, SealFormatError> {
        let mut keys = Vec::<WitnessKey>::new();
        for (position, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let key = line.trim().parse::<WitnessKey>().map_err(|error| error.in_line(position + 1))?;
            if keys.contains(&key) {
                return Err(SealFormatError::new("the key is there already").in_line(position + 1));
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// Returns the name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the first four bytes of the SHA-256 of name, `\n`, algorithm and key, by which signatures
    /// name the key.
    #[must_use]
    pub fn hash(&self) -> u32 {
        key_hash(&self.name, Algorithm::CosignatureV1, self.key.as_bytes())
    }

    /// Returns the time of a signature of the text of a checkpoint, if it is valid.
    pub(super) fn time_of(&self, text: &str, signature: &[u8]) -> Option<u64> {
        let (time, signature) = signature.split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let is_valid = i64::try_from(time).is_ok()
            && has_signed(&self.key, format!("cosignature/v1\ntime {time}\n{text}").as_bytes(), signature);
        is_valid.then_some(time)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text("", &self.name, self.hash(), Algorithm::CosignatureV1, self.key.as_bytes()))
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for WitnessKey {
    type Err = SealFormatError;

    /// Parses the text that [`Display`](fmt::Display) writes. A `\n` at its end is no error.
    fn from_str(text: &str) -> Result<WitnessKey, SealFormatError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let wrong = |reason: &str| SealFormatError::new(format!("{} {reason}", shown(text)));
        if KeyParts::parse(text, Algorithm::Ed25519).is_some() {
            return Err(wrong("is the key of a log, not of a witness"));
        }
        let KeyParts { name, hash, key } = KeyParts::parse(text, Algorithm::CosignatureV1)
            .ok_or_else(|| wrong("is no key `NAME+HASH+KEY` of a witness with Ed25519"))?;
        if key_hash(name, Algorithm::CosignatureV1, &key) != hash {
            return Err(wrong("has a hash that is not that of its name and key"));
        }
        let key = public_key(&key).ok_or_else(|| wrong("has no public key of Ed25519"))?;
        Ok(WitnessKey { name: name.to_owned(), key })
    }
}
