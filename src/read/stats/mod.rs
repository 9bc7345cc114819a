//! Counting the records of a log: by event type, outcome, actor, tenant and day.
//!
//! The matches of a query are counted where they are found, piece by piece of a file and in parallel (`counter`), and the pieces are
//! added in their order (`statistics`): the result is the same each time.

mod counter;
mod counts;
mod names;
mod parts;
mod run;
mod statistics;
#[cfg(test)]
mod tests;

#[cfg(feature = "report")]
pub(super) use {counter::Counter, parts::Parts, statistics::ACTOR_KEYS};

pub use counts::{Count, Counts};
pub use run::stats;
pub use statistics::{DayCount, Gaps, Place, Statistics};
