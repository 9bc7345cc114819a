//! The errors of closing a log, and the report of one that is closed.

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
    /// All events are recorded, but the records are not known to be on disk.
    #[error("the audit log is not known to be on disk")]
    NotFlushed {
        /// Why not.
        source: FlushError,
    },
}

debug_for_people!(ShutdownError {
    NotClosed { unrecorded, source },
    NotFlushed { source },
});

/// What [`AuditGuard::shutdown`](crate::AuditGuard::shutdown) returns when all records are on disk.
///
/// It displays as one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// The mirrors that have not delivered all records, and how many each has left. They are in the
    /// day files, and are delivered when the log is opened again. Empty if all are delivered.
    pub undelivered: Vec<Undelivered>,
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.undelivered.is_empty() {
            return f.write_str("all records are on disk and delivered");
        }
        let listed = self.undelivered.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        write!(f, "undelivered records are delivered when the log is opened again: {listed}")
    }
}

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
    }

    #[test]
    fn a_report_names_each_mirror_with_its_records() {
        assert_eq!(ShutdownReport::default().to_string(), "all records are on disk and delivered");
        let behind = |mirror: &str, error: Option<&str>| Undelivered {
            mirror: mirror.to_owned(),
            records: 4,
            from_seq: 7,
            error: error.map(str::to_owned),
        };
        let undelivered = vec![behind("otlp", Some("connection refused")), behind("table", None)];
        assert_eq!(
            ShutdownReport { undelivered }.to_string(),
            "undelivered records are delivered when the log is opened again: \
             `otlp` has not delivered 4 records, from number 7 on (connection refused); \
             `table` has not delivered 4 records, from number 7 on"
        );
    }
}
