//! What is shown on a terminal: colors, widths, progress, tables of records.

pub(crate) mod color;
pub(crate) mod escape;
pub(crate) mod histogram;
pub(crate) mod number;
pub(crate) mod progress;
mod row;
pub(crate) mod table;
pub(crate) mod wrap;
pub(crate) mod zone;
