//! The receipt of one audit event.

use crate::error::AppendError;
use crate::journal::{NotSynced, Progress, SyncFailure};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// The receipt of one audit event: the number of its record, or why there is none.
///
/// A caller may ignore it. A failure is reported to the runtime log and counted in
/// [`Stats`](crate::Stats), and the log appends `log.gap` as soon as it can be written again.
///
/// ```
/// # use tracing_audit::{AuditLayer, audit};
/// # use tracing_subscriber::prelude::*;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let (layer, _guard) = AuditLayer::builder(dir.path().join("audit")).open()?;
/// # let _default = tracing_subscriber::registry().with(layer).set_default();
/// let receipt = audit!("privacy.delete", actor.user_sid = "S-1-5-21-1");
/// if let Some(seq) = receipt.result()? {
///     println!("recorded as number {seq}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Receipt(State);

#[derive(Clone, Debug)]
enum State {
    Recorded(u64, Option<&'static Progress>),
    /// Recorded and flagged, in a log that is `strict`.
    Violating(u64, Option<&'static Progress>, Arc<[String]>),
    /// Recorded, but not on disk before the deadline of `Durability::PowerLoss`.
    Unsynced(u64, &'static Progress, AppendError),
    Disabled,
    Failed(AppendError),
}

impl Receipt {
    /// `progress` is that of the record's journal; `None` for a log in memory.
    pub(crate) fn recorded(seq: u64, progress: Option<&'static Progress>) -> Receipt {
        Receipt(State::Recorded(seq, progress))
    }

    pub(crate) fn disabled() -> Receipt {
        Receipt(State::Disabled)
    }

    pub(crate) fn failed(error: AppendError) -> Receipt {
        Receipt(State::Failed(error))
    }

    /// Turns the receipt of a recorded event into an error, for a log that is `strict`.
    pub(crate) fn with_violations(self, violations: Vec<String>) -> Receipt {
        match self.0 {
            State::Recorded(seq, progress) => Receipt(State::Violating(seq, progress, violations.into())),
            other => Receipt(other),
        }
    }

    /// Waits until the record is on disk, and makes a failure of that the receipt's result.
    pub(crate) fn once_synced(self, deadline: Duration) -> Receipt {
        if let State::Recorded(seq, Some(progress)) = self.0
            && let Err(unsynced) = progress.wait_synced_or_failed(seq, deadline)
        {
            return Receipt(State::Unsynced(seq, progress, error_of(seq, unsynced, deadline)));
        }
        self
    }

    /// Returns the record's number, if the event was recorded. The record survives the death of
    /// the process.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        match &self.0 {
            State::Recorded(seq, _) | State::Violating(seq, ..) | State::Unsynced(seq, ..) => Some(*seq),
            State::Disabled | State::Failed(_) => None,
        }
    }

    /// Returns `true` if there is no record because the log is disabled, which is not an error.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        matches!(self.0, State::Disabled)
    }

    /// Returns the record's number, or why the event was not recorded.
    ///
    /// `Ok(None)` means that the log is disabled: an action that depends on its evidence may go
    /// on.
    ///
    /// # Errors
    ///
    /// [`AppendError`] if the event was not recorded. Also if it was recorded, but violates its
    /// catalog entry ([`AppendError::Violations`], only if the log is
    /// [`strict`](crate::AuditLayerBuilder::strict)), or was not on disk in time
    /// ([`AppendError::NotSynced`] and [`AppendError::SyncFailed`], only under
    /// [`Durability::PowerLoss`](crate::Durability::PowerLoss)).
    pub fn result(&self) -> Result<Option<u64>, AppendError> {
        match &self.0 {
            State::Recorded(seq, _) => Ok(Some(*seq)),
            State::Violating(seq, _, violations) => {
                Err(AppendError::Violations { seq: *seq, violations: violations.to_vec() })
            }
            State::Disabled => Ok(None),
            State::Unsynced(_, _, error) | State::Failed(error) => Err(error.clone()),
        }
    }

    /// Waits until the record is on disk, at most for `timeout`, and returns its number. From
    /// then on the record survives a loss of power, as far as the disk keeps what it acknowledged.
    ///
    /// The day file is synced at once, without waiting for
    /// [`sync_interval`](crate::AuditConfig::sync_interval); one sync serves all callers that
    /// wait. The call blocks the thread; asynchronous code uses [`synced`](Receipt::synced). With
    /// a disabled log it returns `Ok(None)` at once.
    ///
    /// # Errors
    ///
    /// [`AppendError::NotSynced`] if the record is not on disk in time; it may still get there.
    /// [`AppendError::SyncFailed`] if the sync failed. Otherwise the errors of
    /// [`result`](Receipt::result).
    pub fn wait_synced(&self, timeout: Duration) -> Result<Option<u64>, AppendError> {
        if let Some((seq, progress)) = self.recorded_in() {
            wait(seq, progress, timeout)?;
        }
        self.synced_result()
    }

    /// Returns a future that waits until the record is on disk, and returns its number, or `None`
    /// if the log is disabled.
    ///
    /// The future needs no particular runtime and has no timeout. From its first poll on, the
    /// sync is due at once. It may be dropped at any time: the record gets to disk all the same,
    /// within [`sync_interval`](crate::AuditConfig::sync_interval) at the latest.
    ///
    /// ```
    /// # use tracing_audit::{AuditLayer, audit};
    /// # use tracing_subscriber::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let (layer, _guard) = AuditLayer::builder(dir.path().join("audit")).open()?;
    /// # let _default = tracing_subscriber::registry().with(layer).set_default();
    /// let seq = audit!("privacy.delete", actor.user_sid = "S-1-5-21-1").synced().await?;
    /// # assert_eq!(seq, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`wait_synced`](Receipt::wait_synced). [`AppendError::NotSynced`] here means
    /// that the log's layer, guard and handles were all dropped before the record was on disk.
    pub fn synced(&self) -> Synced {
        Synced { receipt: self.clone(), begun: Instant::now() }
    }

    /// Returns the record's number and its journal's progress, if there is a sync to wait for.
    fn recorded_in(&self) -> Option<(u64, &'static Progress)> {
        match self.0 {
            State::Recorded(seq, progress) | State::Violating(seq, progress, _) => Some((seq, progress?)),
            State::Unsynced(seq, progress, _) => Some((seq, progress)),
            State::Disabled | State::Failed(_) => None,
        }
    }

    /// Returns the result once the record is on disk.
    fn synced_result(&self) -> Result<Option<u64>, AppendError> {
        match self.0 {
            State::Unsynced(seq, ..) => Ok(Some(seq)),
            _ => self.result(),
        }
    }
}

/// The future of [`Receipt::synced`]: waits until a record is on disk.
#[must_use = "a future does nothing unless it is awaited"]
#[derive(Debug)]
pub struct Synced {
    receipt: Receipt,
    begun: Instant,
}

impl Future for Synced {
    type Output = Result<Option<u64>, AppendError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Option<u64>, AppendError>> {
        if let Some((seq, progress)) = self.receipt.recorded_in()
            && let Err(unsynced) = ready!(progress.poll_synced(seq, context))
        {
            return Poll::Ready(Err(error_of(seq, unsynced, self.begun.elapsed())));
        }
        Poll::Ready(self.receipt.synced_result())
    }
}

fn wait(seq: u64, progress: &'static Progress, timeout: Duration) -> Result<(), AppendError> {
    progress.wait_synced(seq, timeout).map_err(|unsynced| error_of(seq, unsynced, timeout))
}

fn error_of(seq: u64, not_synced: NotSynced, waited: Duration) -> AppendError {
    match not_synced {
        NotSynced::NotYet => AppendError::NotSynced { seq, waited },
        NotSynced::Failed(SyncFailure { path, source, .. }) => AppendError::SyncFailed { seq, path, source },
    }
}
