//! What takes matches where they are found, instead of their being copied for the one who asks.

use super::super::json::{Json, Text};
use crate::record::Timestamp;
use std::any::Any;

/// A record that matches, while its piece is searched.
#[derive(Debug)]
pub(in crate::read) struct Found<'a> {
    /// Where its line begins in the file.
    #[cfg_attr(
        not(feature = "report"),
        allow(dead_code, reason = "only the report reads a file up to a certain length")
    )]
    pub(in crate::read) byte: u64,
    pub(in crate::read) seq: Option<u64>,
    pub(in crate::read) ts: Timestamp,
    /// The members of the line, all of which was walked through.
    pub(in crate::read) members: &'a [(Text<'a>, Json<'a>)],
}

/// Takes the matches of one piece of a file, in order, in the thread that searches it.
pub(in crate::read) trait Take: Any + Send {
    fn take(&mut self, found: &Found<'_>);
}

/// The box of a piece that takes its matches.
pub(in crate::read::query) struct Taker(pub(in crate::read::query) Box<dyn Take>);

impl std::fmt::Debug for Taker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Taker(..)")
    }
}
