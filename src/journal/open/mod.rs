//! Opens a journal: finds where it ends, repairs what a crash has left there, continues it, and starts
//! its threads.

mod course;
mod file_end;
mod finding;
mod holes;
mod newest;
pub(in crate::journal) mod opening;
mod outlet;
mod recovery;
mod resume;
mod survey;
pub(in crate::journal) mod today;
