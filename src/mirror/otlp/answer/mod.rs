//! What an answer means for the batch.

mod json;
mod judge;

pub(super) use judge::{Sent, judge};
