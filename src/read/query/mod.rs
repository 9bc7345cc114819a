//! Searching the day files of a log.
//!
//! A search goes from coarse to fine, so that little is read and less is parsed: days by the names of their files
//! (`plan`), a part of a file by bisection, lines by bytes that each match has in it (`scan`), and what is left
//! by its JSON (`condition`, `json`). Pieces of files are searched in parallel, and their matches come in order
//! (`stream`); several journals are merged (`merge`).

mod condition;
mod error;
mod fold;
mod found;
mod json;
mod merge;
mod plan;
#[allow(clippy::module_inception)]
mod query;
mod scan;
mod stream;
#[cfg(test)]
mod tests;
mod time_text;
mod trouble;

pub(in crate::read) use json::{Json, Walk};
pub(in crate::read) use plan::{DayFile, day_file_in, is_of_the_log};
pub(in crate::read) use scan::{Fault, Found, LONGEST_LINE, OneLine, Search, Take, read_at};

pub use condition::{Condition, ParseConditionError};
pub use error::QueryError;
pub use found::Match;
pub use query::{Matches, Query};
pub use time_text::{ParseTimeError, parse_time};
pub use trouble::{Trouble, TroubleKind};
