//! The errors of closing a log.

use super::append::AppendError;
use super::debug::debug_for_people;
use super::flush::FlushError;
use std::fmt;

/// The log could not be closed completely.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The log's last record, `log.closed`, could not be appended, or the `log.gap` before it.
    #[error("`log.closed` could not be recorded, and {unrecorded} events before it were not recorded")]
    NotClosed {
        /// How many events could not be recorded since the log was opened.
        unrecorded: u64,
        /// Why `log.closed` could not be appended.
        source: AppendError,
    },
    /// All records are on disk, but some mirrors have not delivered all of them. They deliver
    /// the rest when the log is opened again.
    #[error("undelivered records are delivered when the log is opened again: {}", listed(mirrors))]
    Undelivered {
        /// The mirrors, and how many records each has not delivered.
        mirrors: Vec<Undelivered>,
    },
    /// All events are recorded, but the records are not known to be on disk.
    #[error("the audit log is not known to be on disk")]
    NotFlushed {
        /// Why not.
        source: FlushError,
    },
}

debug_for_people!(ShutdownError {
    NotClosed { unrecorded, source },
    Undelivered { mirrors },
    NotFlushed { source },
});

/// The records that a mirror had not delivered when the log was closed. It delivers them when the
/// log is opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undelivered {
    /// The name of the mirror.
    pub mirror: String,
    /// How many records it has not delivered.
    pub records: u64,
    /// The number of the first of them.
    pub from_seq: u64,
    /// Why the last attempt failed, if it failed.
    pub error: Option<String>,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Undelivered { mirror, records, from_seq, error } = self;
        write!(f, "`{mirror}` has not delivered {records} records, from number {from_seq} on")?;
        error.as_ref().map_or(Ok(()), |error| write!(f, " ({error})"))
    }
}

fn listed(mirrors: &[Undelivered]) -> String {
    mirrors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_names_each_cause_once() {
        let source = FlushError::NotWritten {
            timeout: std::time::Duration::from_secs(5),
            source: AppendError::Forked,
        };
        assert_eq!(
            format!("{:?}", ShutdownError::NotFlushed { source }),
            "the audit log is not known to be on disk: not all records are in a day file after 5s: \
             the audit log belongs to the process that this one was forked off"
        );
        let mirrors = vec![Undelivered {
            mirror: "otlp".to_owned(),
            records: 4,
            from_seq: 7,
            error: Some("connection refused".to_owned()),
        }];
        let error = ShutdownError::Undelivered { mirrors };
        assert_eq!(
            format!("{error:?}"),
            "undelivered records are delivered when the log is opened again: \
             `otlp` has not delivered 4 records, from number 7 on (connection refused)"
        );
        assert!(format!("{error:#?}").starts_with("Undelivered {\n    mirrors: ["), "{error:#?}");
    }
}
