//! Counting the records of a log: by event type, outcome, actor, tenant and day.
//!
//! Matches of a query are counted in batches (`batch`), in parallel, and the batches are added in their order
//! (`statistics`): the result is the same each time.

mod batch;
mod counts;
mod run;
mod statistics;
#[cfg(test)]
mod tests;

#[cfg(feature = "cli")]
pub(super) use {batch::count, run::in_batches};

pub use counts::{Count, Counts};
pub use run::stats;
pub use statistics::{DayCount, Gaps, Place, Statistics};
