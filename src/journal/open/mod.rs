//! Opens a journal: finds where it ends, repairs what a crash left there, and starts its threads.

pub(in crate::journal) mod holes;
pub(in crate::journal) mod opening;
pub(in crate::journal) mod recovery;
