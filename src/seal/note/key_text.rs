//! The text of a key: `NAME+HASH+BASE64`, as Go's package `golang.org/x/mod/sumdb/note` writes it.
//!
//! `BASE64` is a byte for the algorithm and 32 bytes of a key. `HASH`, in 8 hex digits, is the first four
//! bytes of the SHA-256 of the name, `\n`, the algorithm's byte and the *public* key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What a key signs, as the byte in front of it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Algorithm {
    /// The text of a note.
    Ed25519 = 0x01,
    /// A checkpoint, with a time: <https://c2sp.org/tlog-cosignature>.
    CosignatureV1 = 0x04,
}

/// The length of the algorithm's byte and a key in base64.
const KEY_DIGITS: usize = 44;

/// The parts of a key's text. The 32 bytes may be secret.
pub(super) struct KeyParts<'a> {
    pub(super) name: &'a str,
    pub(super) hash: u32,
    pub(super) key: Zeroizing<[u8; 32]>,
}

impl<'a> KeyParts<'a> {
    /// Parses the text of a key for an algorithm; `None` if it is not one, in its one spelling.
    pub(super) fn parse(text: &'a str, algorithm: Algorithm) -> Option<KeyParts<'a>> {
        let (name, rest) = text.split_once('+')?;
        let (hash, digits) = rest.split_once('+')?;
        let is_spelled = |number: &u32| format!("{number:08x}") == hash;
        let hash = u32::from_str_radix(hash, 16).ok().filter(is_spelled)?;
        (is_key_name(name) && digits.len() == KEY_DIGITS).then_some(())?;
        let mut bytes = Zeroizing::new([0; 33]);
        let decoded = BASE64.decode_slice(digits, &mut *bytes);
        (decoded == Ok(33) && bytes[0] == algorithm as u8).then_some(())?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&bytes[1..]);
        Some(KeyParts { name, hash, key })
    }
}

/// Returns the text of a key behind a prefix.
pub(super) fn key_text(
    prefix: &str,
    name: &str,
    hash: u32,
    algorithm: Algorithm,
    key: &[u8; 32],
) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([algorithm as u8; 33]);
    bytes[1..].copy_from_slice(key);
    let hash = format!("{hash:08x}");
    // A text that outgrew its memory would leave a copy of its secret behind.
    let length = prefix.len() + name.len() + hash.len() + KEY_DIGITS + 2;
    let mut text = Zeroizing::new(String::with_capacity(length + 1));
    for part in [prefix, name, "+", &hash, "+"] {
        text.push_str(part);
    }
    let mut digits = Zeroizing::new([0; KEY_DIGITS]);
    let encoded = BASE64.encode_slice(*bytes, &mut *digits);
    debug_assert_eq!(encoded, Ok(KEY_DIGITS));
    text.extend(digits.iter().map(|digit| char::from(*digit)));
    text
}

/// Returns the SHA-256 of a key's name, `\n`, the algorithm's byte and the public key.
pub(super) fn key_digest(name: &str, algorithm: Algorithm, key: &[u8; 32]) -> [u8; 32] {
    let mut sha256 = Sha256::new();
    sha256.update(name);
    sha256.update([b'\n', algorithm as u8]);
    sha256.update(key);
    sha256.finalize().into()
}

/// Returns the hash by which signatures name a key: the first four bytes of its digest.
pub(super) fn key_hash(name: &str, algorithm: Algorithm, key: &[u8; 32]) -> u32 {
    let [a, b, c, d, ..] = key_digest(name, algorithm, key);
    u32::from_be_bytes([a, b, c, d])
}

/// Returns whether a key may have this name: not empty, without spaces (of Unicode), `+` and control
/// characters.
pub(in crate::seal) fn is_key_name(name: &str) -> bool {
    is_signer_name(name) && !name.contains(char::is_control)
}

/// Returns whether a signature may name such a key, one of another program perhaps.
pub(super) fn is_signer_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// Returns the public key with these bytes; `None` if they are no point of the curve, or one of its eight
/// points of low order, for which signatures of any text can be made, or not the point's one spelling.
pub(super) fn public_key(bytes: &[u8; 32]) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(bytes).ok()?;
    let is_spelled = key.to_edwards().compress().as_bytes() == bytes;
    (is_spelled && !key.is_weak()).then_some(key)
}

/// Returns whether these bytes are the key's signature of a message: RFC 8032, without the alternative
/// spellings of signatures that some programs accept.
pub(super) fn has_signed(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}
