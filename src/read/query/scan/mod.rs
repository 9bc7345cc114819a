//! Searching pieces of files, on several threads.

mod fault;
mod odd_line;
mod piece;
mod pool;
mod read;
mod search;

pub(super) use fault::Fault;
pub(super) use odd_line::OddLine;
pub(super) use piece::{FaultyLines, Hit, Piece};
pub(super) use pool::{Job, Pending, Pool};
pub(super) use read::{LONGEST_LINE, read_at};
pub(super) use search::Search;
