//! Facts for auditors: what the files of a log, or of several, show about a period by themselves.
//!
//! - `pass`: one pass over the records, in constant memory
//! - `facts`: what is made of it and of the verification, a file for each section
//! - `verdict`, `answers`: what these mean, by fixed rules
//! - `page`: all of it as one page of HTML
//!
//! It states facts, and never that anything is compliant: that is for people to say.

mod answers;
mod builder;
mod error;
mod facts;
mod page;
mod pass;
mod period;
mod pseudonyms;
mod sample;
#[cfg(test)]
mod tests;
mod verdict;
mod whole;
mod words;

pub use answers::{Answer, AnswerState};
pub use builder::{Collect, collect};
pub use error::EvidenceError;
pub use facts::access::{Access, Mode};
pub use facts::activity::{Activity, EventCount};
pub use facts::completeness::{Completeness, Gap, Hole, Said};
pub use facts::configuration::{Change, Configuration, Process};
pub use facts::copies::Copies;
pub use facts::integrity::{FileFacts, FileSeal, Integrity};
pub use facts::interruptions::{Interruption, InterruptionKind, Interruptions};
pub use facts::log::LogEvidence;
pub use facts::made::Made;
pub use facts::personal::{PersonalData, Reading, Redaction};
pub use facts::retention::{Deletion, Hold, Retention, RetentionSetting};
pub use facts::time::{Step, Time};
pub use period::{Asked, Period};
pub use pseudonyms::Pseudonyms;
pub use sample::sample_rows;
pub use verdict::{CompletenessVerdict, IntegrityVerdict, Verdict};
pub use whole::Evidence;
