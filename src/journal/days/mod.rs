//! The day files: appending lines, reading them, and what is done when a file is damaged, removed
//! or can't be synced.

pub(in crate::journal) mod ended;
pub(in crate::journal) mod file;
pub(in crate::journal) mod files;
pub(in crate::journal) mod lines;
pub(in crate::journal) mod rescue;
pub(in crate::journal) mod resync;
pub(in crate::journal) mod scan;
pub(in crate::journal) mod space;
