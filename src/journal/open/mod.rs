//! Opens a journal: finds where it ends, repairs what a crash left there, and starts its threads.

mod course;
mod holes;
pub(in crate::journal) mod opening;
mod outlet;
pub(in crate::journal) mod recovery;
