//! Why there is no evidence.

use crate::error::debug_for_people;
use crate::read::query::QueryError;
use crate::read::verify::VerifyError;
use std::path::PathBuf;

/// Evidence could not be collected. What is wrong with a log is a fact instead.
///
/// `{:?}` is the message with its causes; `{:#?}` has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// A log could not be read.
    #[error(transparent)]
    Read {
        /// The reason.
        #[from]
        source: VerifyError,
    },
    /// The records of a log could not be searched.
    #[error(transparent)]
    Search {
        /// The reason.
        #[from]
        source: QueryError,
    },
    /// No directory was given.
    #[error("no directory of a log was given")]
    NoDirectory,
    /// A day is not spelled `2026-05-28`, or there is no such day.
    #[error("there is no day {text:?}: days are spelled `2026-05-28`")]
    Day {
        /// The day as it was given.
        text: String,
    },
    /// The first day is behind the last one.
    #[error("the period ends on {until}, before it begins on {from}")]
    Period {
        /// The first day.
        from: String,
        /// The last day.
        until: String,
    },
    /// There is no record, so that there is no period, and none was given.
    #[error("there are no records: say which days the evidence is to be about")]
    NoRecords,
    /// Two directories have the same journal. Its records would count twice.
    #[error("{} and {} have the same journal {journal}: give one of them", first.display(), second.display())]
    SameJournal {
        /// One directory.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
        /// The journal's id.
        journal: String,
    },
}

debug_for_people!(EvidenceError {
    Read { source },
    Search { source },
    NoDirectory {},
    Day { text },
    Period { from, until },
    NoRecords {},
    SameJournal { first, second, journal },
});
