//! Tamper evidence: the formats of seals, and their arithmetic. No input or output happens here.
//!
//! All records of a log are the leaves of one Merkle tree (RFC 6962, section 2.1), in the order of their
//! numbers. Leaf `i` is the line of the record with `seq` = `base` + `i`, without its `\n`. A signed
//! [`Checkpoint`] states how many leaves the tree has and what its root is: with one, a verifier
//! can tell whether any earlier line was changed, removed, inserted or moved. `docs/seals.md` specifies the files.
//!
//! - `tree`: hashes, ranges of the tree, proofs of inclusion and consistency
//! - `note`: signed notes and their keys, those of witnesses too ([c2sp.org/signed-note],
//!   [c2sp.org/tlog-cosignature])
//! - `checkpoint`: what is signed of the tree ([c2sp.org/tlog-checkpoint])
//! - `certificate`: a note by which one key vouches for the next
//! - `key_chain`: the keys of a log, from the first one on
//! - `day_seal`: what is signed of a day file
//! - `signer`: a key outside of the log
//! - `proof`: that one line is in the log ([c2sp.org/tlog-proof])
//!
//! [c2sp.org/signed-note]: https://c2sp.org/signed-note
//! [c2sp.org/tlog-checkpoint]: https://c2sp.org/tlog-checkpoint
//! [c2sp.org/tlog-cosignature]: https://c2sp.org/tlog-cosignature
//! [c2sp.org/tlog-proof]: https://c2sp.org/tlog-proof

mod certificate;
mod checkpoint;
mod day_seal;
mod error;
mod key_chain;
mod lines;
mod note;
mod proof;
mod signer;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use certificate::{Certificate, Issued};
pub use checkpoint::Checkpoint;
pub(crate) use day_seal::{Cover, DaySeal};
pub use error::{NoteError, SealFormatError};
pub use key_chain::{Epoch, KeyChain, KeyChainError};
pub use note::signed_note::{Cosignature, NoteSignature, SignedNote};
pub(crate) use note::signing_key::SigningKey;
pub use note::verifier_key::VerifierKey;
pub use note::witness_key::WitnessKey;
pub use proof::{Proof, ProofError};
pub use signer::Signer;
pub use tree::hash::Hash;
pub(crate) use tree::hash::{LOST_LEAF, leaf_hash};
pub(crate) use tree::proofs::{consistency, inclusion};
pub(crate) use tree::range::TreeRange;
pub use tree::verify::{verify_consistency, verify_inclusion};
