//! The commands that show records.

mod csv;
mod filters;
mod printer;
pub(crate) mod query;
pub(crate) mod stats;
pub(crate) mod tail;
mod troubles;
