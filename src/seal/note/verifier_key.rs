//! The public half of a key.

use super::key_text::{
    Algorithm, KeyParts, has_signed, is_key_name, key_digest, key_hash, key_text, public_key,
};
use crate::seal::error::SealFormatError;
use crate::seal::lines::shown;
use ed25519_dalek::VerifyingKey;
use std::fmt;
use std::str::FromStr;

/// A public key with its name, as `seal/log.vkey` has it: `NAME+HASH+KEY`.
///
/// ```
/// use tracing_audit::seal::VerifierKey;
///
/// let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// let key = text.parse::<VerifierKey>()?;
/// assert_eq!(key.name(), "PeterNeumann");
/// assert_eq!(key.to_string(), text);
/// # Ok::<(), tracing_audit::seal::SealFormatError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
    /// Computed once: each signature is compared with it.
    hash: u32,
}

impl VerifierKey {
    pub(super) fn new(name: String, key: VerifyingKey) -> VerifierKey {
        let hash = key_hash(&name, Algorithm::Ed25519, key.as_bytes());
        VerifierKey { name, key, hash }
    }

    /// Returns the Ed25519 key with these 32 bytes, under a name: that of a [`Signer`](crate::seal::Signer), for
    /// example. What is stored and handed on is its text.
    ///
    /// # Errors
    ///
    /// The name is empty or has spaces, `+` or control characters; or the bytes are no public key, or one of low
    /// order.
    pub fn from_bytes(name: impl Into<String>, key: &[u8; 32]) -> Result<VerifierKey, SealFormatError> {
        let name = name.into();
        if !is_key_name(&name) {
            return Err(SealFormatError::new(format!("{} can't be the name of a key", shown(&name))));
        }
        let key = public_key(key)
            .ok_or_else(|| SealFormatError::new("the 32 bytes are no public key of Ed25519"))?;
        Ok(VerifierKey::new(name, key))
    }

    /// Returns the key's name. That of a log's key is the log's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the first four bytes of the SHA-256 of name, `\n`, algorithm and key, by which signatures
    /// name the key.
    #[must_use]
    pub fn hash(&self) -> u32 {
        self.hash
    }

    /// Returns the SHA-256 of the name, `\n`, the algorithm's byte and the key, in 64 hex digits: what two
    /// people compare to know that they have the same key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        crate::record::hex(&key_digest(&self.name, Algorithm::Ed25519, self.key.as_bytes()))
    }

    /// Returns the 32 bytes of the Ed25519 key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Returns whether the key has signed a message.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        has_signed(&self.key, message, signature)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text("", &self.name, self.hash(), Algorithm::Ed25519, self.key.as_bytes()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = SealFormatError;

    /// Parses the text that [`Display`](fmt::Display) writes. A `\n` at its end, as in a file, is no error.
    fn from_str(text: &str) -> Result<VerifierKey, SealFormatError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let wrong = |reason: &str| SealFormatError::new(format!("{} {reason}", shown(text)));
        if KeyParts::parse(text, Algorithm::CosignatureV1).is_some() {
            return Err(wrong("is the key of a witness, not of a log"));
        }
        let KeyParts { name, hash, key } = KeyParts::parse(text, Algorithm::Ed25519)
            .ok_or_else(|| wrong("is no verifier key `NAME+HASH+KEY` of Ed25519"))?;
        if key_hash(name, Algorithm::Ed25519, &key) != hash {
            return Err(wrong("has a hash that is not that of its name and key"));
        }
        let key = public_key(&key).ok_or_else(|| wrong("has no public key of Ed25519"))?;
        Ok(VerifierKey::new(name.to_owned(), key))
    }
}
