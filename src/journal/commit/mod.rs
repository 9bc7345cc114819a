//! The threads that move lines from the intake into the day files, and that sync these.

pub(in crate::journal) mod committer;
pub(in crate::journal) mod placement;
pub(in crate::journal) mod syncer;
