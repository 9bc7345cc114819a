//! What a journal remembers over restarts, besides its day files: the last checkpoint, and how far
//! the day files are on disk.

pub(in crate::journal) mod checkpoint;
pub(in crate::journal) mod pruned;
pub(crate) mod reached;
pub(in crate::journal) mod synced;
