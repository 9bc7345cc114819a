//! The commands that show records.

mod csv;
pub(crate) mod query;
mod troubles;
