//! What a mirror is, and what passes between it and its follower.

use crate::record::{DecodeError, Record, Timestamp};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A place elsewhere to which an audit log's records are copied.
///
/// The day files are the source: a mirror is handed the records in their order, a batch at a
/// time, and only those that are on disk. When [`deliver`](Mirror::deliver) has returned `Ok`, the
/// mirror's cursor moves on behind the batch; until then the same records are handed to it again,
/// after a while, or when the application has started again. So each record arrives at least once.
/// One that arrives once more is the same to the byte, and has the same
/// [`uid`](Line::uid), by which whoever receives it can tell.
///
/// It runs on a thread of its own, at a low priority, and may take its time: nobody waits for it
/// but [`AuditGuard::shutdown`](crate::AuditGuard::shutdown), and that only for as long as it is
/// told to. But it has to come back in the end: a mirror that hangs for ever neither delivers nor
/// is alarmed of. Give what it calls a timeout.
///
/// What it holds, it holds for as long as the log is open: one that owns an
/// [`AuditHandle`](crate::AuditHandle) of the log, or a dispatch with its layer, keeps it open for
/// ever.
///
/// `examples/sqlite_mirror.rs` copies records into a table, each exactly once.
pub trait Mirror: Send + 'static {
    /// Copies these records.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`], of which kind decides what becomes of the batch. None of its records
    /// counts as delivered but those of which [`DeliveryError::after`] says so.
    ///
    /// A panic is taken as [`DeliveryError::unavailable`].
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError>;

    /// What becomes of a single record that the receiver does not take. Default:
    /// [`OnRejected::Keep`].
    fn on_rejected(&self) -> OnRejected {
        OnRejected::Keep
    }
}

/// What becomes of a record that a mirror's receiver does not take when it is sent alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnRejected {
    /// It is tried again and again, and nothing behind it is delivered: somebody has to look.
    /// The alarm tells.
    #[default]
    Keep,
    /// It is written into a file of its own in `.state/dead_letters/`, which the log tells in
    /// `log.dead_letter`, and the mirror goes on behind it. Such a file falls under the retention.
    DeadLetter,
}

/// Records that follow one another, to be delivered together.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    journal: &'a str,
    lines: &'a [Line<'a>],
}

impl<'a> Batch<'a> {
    pub(crate) fn new(journal: &'a str, lines: &'a [Line<'a>]) -> Batch<'a> {
        Batch { journal, lines }
    }

    /// The journal's id: 32 hex digits.
    #[must_use]
    pub fn journal(&self) -> &'a str {
        self.journal
    }

    /// The records, as they stand in the day files, in the order of their numbers; at least one.
    #[must_use]
    pub fn lines(&self) -> &'a [Line<'a>] {
        self.lines
    }
}

/// A record, as it stands in its day file.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    journal: &'a str,
    seq: u64,
    ts: Timestamp,
    text: &'a str,
}

impl<'a> Line<'a> {
    pub(crate) fn new(journal: &'a str, seq: u64, ts: Timestamp, text: &'a str) -> Line<'a> {
        Line { journal, seq, ts, text }
    }

    /// The record's number in its journal.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// When it was recorded.
    #[must_use]
    pub fn ts(&self) -> Timestamp {
        self.ts
    }

    /// What tells the record from every other, in any log: `<journal id>-<seq>`.
    #[must_use]
    pub fn uid(&self) -> String {
        format!("{}-{}", self.journal, self.seq)
    }

    /// The line, without its `\n`: JSON.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The record.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], where somebody has written into the day file, or a later version of this
    /// crate has.
    pub fn record(&self) -> Result<Record, DecodeError> {
        Record::from_line(self.text.as_bytes())
    }
}

/// A batch was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// How many of its records the receiver says that it has thrown away, and does not want
    /// again. They are counted ([`MirrorStats::rejected`](crate::MirrorStats::rejected)), and the
    /// runtime log has a warning.
    pub rejected: u64,
    /// What the receiver has to say of that, or at all; empty if nothing.
    pub message: String,
}

impl Delivered {
    /// All of them.
    #[must_use]
    pub fn all() -> Delivered {
        Delivered::default()
    }

    /// All but so many, which the receiver has thrown away.
    #[must_use]
    pub fn but(rejected: u64, message: impl Into<String>) -> Delivered {
        Delivered { rejected, message: message.into() }
    }
}

/// What is to become of a batch that could not be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It is tried again, later and later, up to once in 30 seconds: the receiver is away, or
    /// busy, or does not let us in.
    Unavailable,
    /// Half of it is tried, at once: it is too large, or there is something in it that the
    /// receiver does not take. A single record is tried again as under `Unavailable`, unless the
    /// mirror is set to put such a record aside.
    Batch,
}

/// A batch could not be delivered.
#[derive(Debug)]
pub struct DeliveryError {
    refusal: Refusal,
    delivered: usize,
    retry_after: Option<Duration>,
    source: Box<dyn Error + Send + Sync>,
}

impl DeliveryError {
    fn new(refusal: Refusal, source: Box<dyn Error + Send + Sync>) -> DeliveryError {
        DeliveryError { refusal, delivered: 0, retry_after: None, source }
    }

    /// The receiver can't be reached, or does not take anything just now.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> DeliveryError {
        DeliveryError::new(Refusal::Unavailable, source.into())
    }

    /// The receiver does not take this batch, but may take others: it is too large, or
    /// something in it is not to its liking.
    pub fn refused(source: impl Into<Box<dyn Error + Send + Sync>>) -> DeliveryError {
        DeliveryError::new(Refusal::Batch, source.into())
    }

    /// So many records of the batch were delivered, the first ones, before it failed: they are
    /// done with, and the error is about those behind them. For a receiver that takes one record
    /// at a time, so that the others do not arrive again. There is always one at least that was
    /// not: of a batch of which all are said to be, the last one is handed on again.
    #[must_use]
    pub fn after(mut self, delivered: usize) -> DeliveryError {
        self.delivered = delivered;
        self
    }

    /// The receiver has said how long it does not want to be asked again; an hour at the most
    /// counts.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> DeliveryError {
        self.retry_after = Some(time);
        self
    }

    /// What is to become of the batch.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// How many records were delivered before it failed.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.delivered
    }

    /// How long the receiver does not want to be asked again, if it has said so.
    #[must_use]
    pub fn wanted_delay(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.refusal {
            Refusal::Unavailable => "the records could not be delivered",
            Refusal::Batch => "the receiver does not take the records",
        })
    }
}

impl Error for DeliveryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
