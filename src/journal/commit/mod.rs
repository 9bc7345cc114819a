//! The threads that move lines from the intake into the day files and sync them.

pub(in crate::journal) mod committer;
pub(in crate::journal) mod syncer;
