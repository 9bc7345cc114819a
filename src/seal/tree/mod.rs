//! The Merkle tree over the lines of a log: RFC 6962, section 2.1, and RFC 9162, section 2.1.

pub(super) mod hash;
pub(super) mod proofs;
pub(super) mod range;
mod sha256;
#[cfg(test)]
mod tests;
pub(super) mod verify;
