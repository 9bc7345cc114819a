//! Reading the synced lines of the day files in order.

mod files;
mod held;
mod reader;
mod sink;
#[cfg(test)]
mod tests;

pub(super) use held::{HeldLines, Limits};
pub(crate) use reader::{Feed, OnMissing};
pub(crate) use sink::LineSink;
