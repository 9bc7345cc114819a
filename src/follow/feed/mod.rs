//! Reading the synced lines of the day files in order.

mod held;
mod reader;

pub(super) use held::{HeldLines, Limits};
pub(super) use reader::Feed;
