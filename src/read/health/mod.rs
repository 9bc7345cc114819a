//! Whether a log is healthy, without the application that writes it.
//!
//! What only the writer knows it has published in `status.json`; the rest is looked at: the disk, the day files' names and ends, the
//! seals. No day file is read whole, no lock is taken, and nothing is changed.

mod builder;
mod check;
mod files;
mod limits;
mod result;
#[cfg(feature = "seal")]
mod seals;
mod status;
mod thorough;
mod words;
mod writer;

pub use builder::{CheckHealth, health};
pub use check::{Check, CheckState};
pub use result::Health;
pub(crate) use status::published;
