//! Signed notes and their keys: <https://c2sp.org/signed-note>.

pub(super) mod key_text;
pub(super) mod signed_note;
pub(super) mod signing_key;
pub(super) mod verifier_key;
pub(super) mod witness_key;
