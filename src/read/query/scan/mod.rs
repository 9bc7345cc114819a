//! Searching pieces of files, on several threads.

mod fault;
mod members;
mod odd_line;
mod one_line;
mod piece;
mod pool;
mod progress;
mod read;
mod search;
mod take;

pub(in crate::read) use fault::Fault;
pub(super) use odd_line::OddLine;
pub(in crate::read) use one_line::OneLine;
pub(super) use piece::{FaultyLines, Hit, Piece};
pub(super) use pool::{Job, Pending, Pool};
pub(super) use progress::{Advance, Progress};
pub(in crate::read) use read::{LONGEST_LINE, read_at};
pub(in crate::read) use search::Search;
pub(super) use take::Taker;
pub(in crate::read) use take::{Found, Take};
