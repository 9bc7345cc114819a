//! The private half of a key.

use super::key_text::{Algorithm, KeyParts, is_key_name, key_hash, key_text};
use super::verifier_key::VerifierKey;
use crate::seal::error::SealFormatError;
use crate::seal::lines::shown;
use ed25519_dalek::Signer as _;
use std::fmt;
use zeroize::Zeroizing;

/// What the text of a private key begins with.
const PREFIX: &str = "PRIVATE+KEY+";

/// A private key with its name. Its bytes are overwritten when it is dropped.
pub(crate) struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// Makes a new key.
    ///
    /// # Errors
    ///
    /// The system has no random bytes, or no key may have this name.
    pub(crate) fn generate(name: &str) -> Result<SigningKey, SealFormatError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed)
            .map_err(|error| SealFormatError::new(format!("the system has no random bytes: {error}")))?;
        SigningKey::of_seed(name, &seed)
    }

    /// Returns the key with these 32 secret bytes.
    pub(crate) fn of_seed(name: &str, seed: &[u8; 32]) -> Result<SigningKey, SealFormatError> {
        if !is_key_name(name) {
            return Err(SealFormatError::new(format!("{} can't be the name of a key", shown(name))));
        }
        Ok(SigningKey { name: name.to_owned(), key: ed25519_dalek::SigningKey::from_bytes(seed) })
    }

    /// Parses the text of a private key, as Go's package `note` writes it:
    /// `PRIVATE+KEY+NAME+HASH+BASE64`, with or without `\n` at its end.
    pub(crate) fn parse(text: &str) -> Result<SigningKey, SealFormatError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let parts = text.strip_prefix(PREFIX).and_then(|text| KeyParts::parse(text, Algorithm::Ed25519));
        // The text is a secret, which no message may show.
        let parts = parts.ok_or_else(|| {
            SealFormatError::new("the text is no private key `PRIVATE+KEY+NAME+HASH+KEY` of Ed25519")
        })?;
        let key = SigningKey::of_seed(parts.name, &parts.key)?;
        if key.hash() != parts.hash {
            return Err(SealFormatError::new(
                "the hash of the private key is not that of its name and public key",
            ));
        }
        Ok(key)
    }

    /// Returns the text of the private key, with `\n`.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        let mut text = key_text(PREFIX, &self.name, self.hash(), Algorithm::Ed25519, self.key.as_bytes());
        // There is room for it.
        text.push('\n');
        text
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn hash(&self) -> u32 {
        key_hash(&self.name, Algorithm::Ed25519, self.key.verifying_key().as_bytes())
    }

    /// Returns the public half.
    pub(crate) fn verifier(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), self.key.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}+{:08x})", self.name, self.hash())
    }
}
