//! Removes day files that are older than their retention.

pub(in crate::journal) mod pruner;
pub(in crate::journal) mod retention;
