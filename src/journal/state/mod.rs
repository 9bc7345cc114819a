//! The small files of the state that the journal writes while it runs: how far it came, and how
//! far it is on disk.

pub(in crate::journal) mod checkpoint;
pub(in crate::journal) mod synced;
