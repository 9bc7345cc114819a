//! The hashes of leaves and nodes.

use super::sha256::digest;
use crate::seal::error::SealFormatError;
use crate::seal::lines::shown;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 hash of the tree: of a leaf, of a node, or the root.
///
/// As text it is standard base64 with padding, 44 characters, as in checkpoints and proofs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub(crate) [u8; 32]);

/// The leaf of a record that was lost before it was sealed: that of the empty line.
pub(crate) const LOST_LEAF: Hash = Hash([
    0x6e, 0x34, 0x0b, 0x9c, 0xff, 0xb3, 0x7a, 0x98, 0x9c, 0xa5, 0x44, 0xe6, 0xbb, 0x78, 0x0a, 0x2c, 0x78,
    0x90, 0x1d, 0x3f, 0xb3, 0x37, 0x38, 0x76, 0x85, 0x11, 0xa3, 0x06, 0x17, 0xaf, 0xa0, 0x1d,
]);

/// Returns the hash of the leaf for a line, which has no `\n`.
pub(crate) fn leaf_hash(line: &[u8]) -> Hash {
    Hash(digest::<8, 1>(0x00, [line]))
}

/// Returns the hash of the node over two others.
pub(super) fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(digest::<2, 2>(0x01, [&left.0, &right.0]))
}

/// Returns the root of the tree without leaves: the hash of nothing.
pub(super) fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

impl Hash {
    /// Returns the 32 bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Hash {
    type Err = SealFormatError;

    /// Parses the one spelling that [`Display`](fmt::Display) has.
    fn from_str(text: &str) -> Result<Hash, SealFormatError> {
        let mut bytes = [0; 33];
        // 44 digits stand for 32 bytes, or for 33.
        let decoded = (text.len() == 44).then(|| BASE64.decode_slice(text, &mut bytes));
        match (decoded, bytes.first_chunk()) {
            (Some(Ok(32)), Some(hash)) => Ok(Hash(*hash)),
            _ => Err(SealFormatError::new(format!("{} is no hash in base64", shown(text)))),
        }
    }
}
