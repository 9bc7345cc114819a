//! What changes while it is verified: a log that is written, sealed and pruned.

pub(super) mod attempt;
pub(super) mod pruning;
pub(super) mod snapshot;
