//! What is shown on a terminal: colors, widths, progress.

pub(crate) mod color;
pub(crate) mod progress;
