//! The commands that show records.

pub(crate) mod access;
pub(crate) mod export;
pub(crate) mod filters;
mod printer;
pub(crate) mod query;
mod shown;
pub(crate) mod stats;
pub(crate) mod tail;
mod troubles;
mod zone;
