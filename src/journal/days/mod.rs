//! The day files: appending lines, reading them, and what is done when a file is damaged, removed
//! or can't be synced.

pub(in crate::journal) mod check;
pub(in crate::journal) mod declared;
mod ended;
pub(in crate::journal) mod file;
pub(in crate::journal) mod files;
pub(crate) mod lines;
pub(in crate::journal) mod missing;
pub(crate) mod own;
pub(in crate::journal) mod repair;
pub(in crate::journal) mod rescued_later;
pub(in crate::journal) mod resync;
pub(crate) mod scan;
mod space;
