//! What a query meets that is no sound record.

use crate::error::{Chain, debug_for_people};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Something that a query has met in a log, besides records. The query goes on behind it.
#[non_exhaustive]
pub struct Trouble {
    /// The file or directory.
    pub path: PathBuf,
    /// The line's number in the file, from 1 on, where it is about a line.
    pub line: Option<u64>,
    /// The offset of the line's beginning in the file, in bytes.
    pub byte: Option<u64>,
    /// What it is.
    pub kind: TroubleKind,
}

debug_for_people!(struct Trouble { path, line, byte, kind });

/// What a query has met.
#[derive(Debug)]
#[non_exhaustive]
pub enum TroubleKind {
    /// Lines are not records, and are not searched.
    NotARecord {
        /// How many lines, one behind the other.
        lines: u64,
        /// What is wrong with the first of them.
        reason: String,
    },
    /// Lines can be searched and were, but the log has not written them like this.
    Altered {
        /// How many lines, one behind the other.
        lines: u64,
        /// What is wrong with the first of them.
        reason: String,
    },
    /// The line is longer than any record, and is not searched.
    TooLong {
        /// How many bytes a line has at most.
        at_most: u64,
    },
    /// The last line of a file has no end. It is not searched.
    Torn {
        /// How many bytes there are of it.
        bytes: u64,
        /// Whether it is in the newest file: its writer may be about to write the rest.
        is_newest: bool,
    },
    /// The line's number does not fit those before and behind it: the log has not written it. It is not searched.
    Foreign {
        /// The number.
        seq: u64,
    },
    /// From this line on, there are lines of another schema version. They are searched, as far as they are
    /// alike.
    OtherVersion {
        /// The version.
        version: String,
    },
    /// From this line on, there are lines without a number, such as those of the product that this crate
    /// replaces. They are searched.
    WithoutNumber,
    /// Records are in no day file that can be read.
    Missing {
        /// The number of the first one.
        from_seq: u64,
        /// The number of the last one.
        to_seq: u64,
    },
    /// Two directories have the same journal id, and other records with the same number.
    TwoHistories {
        /// The number.
        seq: u64,
    },
    /// Another record with this number was read before, in this or another file. Both are shown.
    Another {
        /// The number.
        seq: u64,
    },
    /// The line's number does not follow that of the line before: records are missing, or the log has not written
    /// this line. It is shown all the same.
    OutOfOrder {
        /// The number.
        seq: u64,
        /// The one that was to follow.
        expected: u64,
    },
    /// The file is shorter than what was read of it. It is read again from its beginning.
    Truncated {
        /// How much was read, in bytes.
        from: u64,
        /// Its length, in bytes.
        to: u64,
    },
    /// The file has other contents than were read of it: another has its name now. It is read from its beginning.
    Replaced,
    /// Another log has taken the place of the one that was read.
    AnotherLog,
    /// The directory is not there. It is waited for.
    NoDirectory,
    /// The file could not be read. A link, a FIFO, or whatever else stands under the name of a day file, is
    /// not read.
    Unreadable(io::Error),
    /// A file in the directory has not the name of a day file, and is not searched.
    NotADayFile,
}

impl Trouble {
    pub(in crate::read) fn of(path: impl Into<PathBuf>, kind: TroubleKind) -> Trouble {
        Trouble { path: path.into(), line: None, byte: None, kind }
    }

    /// Returns whether this is for information only: nothing is wrong with the log, and every record in the
    /// range of the query was searched.
    #[must_use]
    pub fn is_note(&self) -> bool {
        matches!(
            self.kind,
            TroubleKind::OtherVersion { .. }
                | TroubleKind::WithoutNumber
                | TroubleKind::NotADayFile
                | TroubleKind::AnotherLog
                | TroubleKind::NoDirectory
                | TroubleKind::Torn { is_newest: true, .. }
        )
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            TroubleKind::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        let last = match &self.kind {
            TroubleKind::NotARecord { lines, .. } | TroubleKind::Altered { lines, .. } => {
                lines.saturating_sub(1)
            }
            _ => 0,
        };
        match (self.line, last) {
            (Some(line), 0) => write!(f, ", line {line}")?,
            (Some(line), more) => write!(f, ", lines {line} to {}", line.saturating_add(more))?,
            (None, _) => {}
        }
        if let Some(byte) = self.byte {
            write!(f, " (byte {byte})")?;
        }
        match &self.kind {
            TroubleKind::NotARecord { reason, .. } => write!(f, ": not a record: {reason}"),
            TroubleKind::Altered { reason, .. } => {
                write!(f, ": searched, but the log has not written it like this: {reason}")
            }
            TroubleKind::TooLong { at_most } => {
                write!(f, ": not searched, since it is longer than {at_most} bytes, and so than any record")
            }
            TroubleKind::Torn { bytes, is_newest: true } => {
                write!(f, ": the last line is not whole yet ({bytes} bytes); it is not searched")
            }
            TroubleKind::Torn { bytes, is_newest: false } => {
                write!(f, ": the last line is torn ({bytes} bytes); it is not searched")
            }
            TroubleKind::Foreign { seq } => {
                write!(
                    f,
                    ": the log has not written this line, its number {seq} does not fit those around it; it is not searched"
                )
            }
            TroubleKind::OtherVersion { version } => {
                write!(
                    f,
                    ": from here on there are lines of schema version `{}`; they are searched, as far as they are alike",
                    version.escape_debug()
                )
            }
            TroubleKind::WithoutNumber => {
                f.write_str(": from here on there are lines without a number; they are searched")
            }
            TroubleKind::Missing { from_seq, to_seq } if from_seq == to_seq => {
                write!(f, ": the record {from_seq} is in no readable day file")
            }
            TroubleKind::Missing { from_seq, to_seq } => {
                write!(f, ": the records {from_seq} to {to_seq} are in no readable day file")
            }
            TroubleKind::TwoHistories { seq } => {
                write!(f, ": another directory of the same journal has another record {seq}")
            }
            TroubleKind::Another { seq } => {
                write!(f, ": there was another record with the number {seq} before; both are shown")
            }
            TroubleKind::OutOfOrder { seq, expected } => {
                write!(
                    f,
                    ": its number {seq} does not follow on the line before, whose next one is {expected}: records are missing, or the log has not written it; it is shown"
                )
            }
            TroubleKind::Truncated { from, to } => {
                write!(f, " was cut from {from} bytes or more to {to}; it is read again from its beginning")
            }
            TroubleKind::Replaced => {
                f.write_str(" was replaced by another file, which is read from its beginning")
            }
            TroubleKind::AnotherLog => {
                f.write_str(": another log begins here, in place of the one that was read")
            }
            TroubleKind::NoDirectory => f.write_str(" is not there; it is waited for"),
            TroubleKind::Unreadable(_) if f.alternate() => f.write_str(" can't be read"),
            TroubleKind::Unreadable(error) => write!(f, " can't be read: {}", Chain(error)),
            TroubleKind::NotADayFile => f.write_str(" has not the name of a day file, and is not searched"),
        }
    }
}
