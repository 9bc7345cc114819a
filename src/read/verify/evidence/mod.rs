//! What the log's directory has beside the lines: keys, seals, checkpoints; and checkpoints from elsewhere.

pub(super) mod anchors;
mod base;
pub(super) mod chain;
pub(super) mod claims;
pub(super) mod keys;
pub(super) mod listing;
pub(super) mod seals;
pub(super) mod signer;
pub(super) mod state;
pub(super) mod witnesses;
