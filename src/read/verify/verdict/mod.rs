//! What a verification has found, and what that amounts to.

pub(super) mod counterpart;
pub(super) mod finding;
pub(super) mod findings;
pub(super) mod result;
pub(super) mod signer;
pub(super) mod verification;
pub(super) mod witness;
