//! What became of one audit event.

use crate::error::AppendError;
use crate::journal::{Progress, SyncFailure, Unsynced};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// What became of one audit event.
///
/// It need not be looked at: a failure is in the runtime log and in the counters
/// too, and the log itself tells of the gap as soon as it can.
#[derive(Clone, Debug)]
pub struct Receipt(State);

#[derive(Clone, Debug)]
enum State {
    Recorded(u64, Option<&'static Progress>),
    /// Recorded, and flagged, under `strict`.
    Violating(u64, Option<&'static Progress>, Arc<[String]>),
    /// Recorded, and not on disk when it should have been.
    Unsynced(u64, &'static Progress, AppendError),
    Disabled,
    Failed(AppendError),
}

impl Receipt {
    /// `progress`: of the journal that it is in.
    pub(crate) fn recorded(seq: u64, progress: Option<&'static Progress>) -> Receipt {
        Receipt(State::Recorded(seq, progress))
    }

    pub(crate) fn disabled() -> Receipt {
        Receipt(State::Disabled)
    }

    pub(crate) fn failed(error: AppendError) -> Receipt {
        Receipt(State::Failed(error))
    }

    /// It was recorded, but is not what it should be.
    pub(crate) fn with_violations(self, violations: Vec<String>) -> Receipt {
        match self.0 {
            State::Recorded(seq, progress) => Receipt(State::Violating(seq, progress, violations.into())),
            other => Receipt(other),
        }
    }

    /// Waits until it is on disk; what becomes of that is its result.
    pub(crate) fn once_synced(self, deadline: Duration) -> Receipt {
        if let State::Recorded(seq, Some(progress)) = self.0
            && let Err(error) = wait(seq, progress, deadline)
        {
            return Receipt(State::Unsynced(seq, progress, error));
        }
        self
    }

    /// The record's number, if it was recorded: it survives the death of the process.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        match &self.0 {
            State::Recorded(seq, _) | State::Violating(seq, ..) | State::Unsynced(seq, ..) => Some(*seq),
            State::Disabled | State::Failed(_) => None,
        }
    }

    /// Whether there is no record because the log is disabled, which is no error.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        matches!(self.0, State::Disabled)
    }

    /// The record's number, or why it was not recorded.
    ///
    /// With a disabled log it is `Ok(u64::MAX)`, a number that no record has: an
    /// action that depends on its evidence may go on, and [`seq`](Receipt::seq) is
    /// `None`.
    ///
    /// # Errors
    ///
    /// [`AppendError`]: nothing was recorded; or it was, but is not what its catalog entry
    /// says ([`AppendError::Violations`], only under
    /// [`strict`](crate::AuditLayerBuilder::strict)), or was not on disk in time
    /// ([`AppendError::NotSynced`] and [`AppendError::SyncFailed`], only under
    /// [`Durability::PowerLoss`](crate::Durability::PowerLoss)).
    pub fn result(&self) -> Result<u64, AppendError> {
        match &self.0 {
            State::Recorded(seq, _) => Ok(*seq),
            State::Violating(seq, _, violations) => {
                Err(AppendError::Violations { seq: *seq, violations: violations.to_vec() })
            }
            State::Disabled => Ok(u64::MAX),
            State::Unsynced(_, _, error) | State::Failed(error) => Err(error.clone()),
        }
    }

    /// Waits until the record is on disk, and survives a loss of power as well, as far as the
    /// disk keeps what it has acknowledged. Gives what [`result`](Receipt::result) does.
    ///
    /// It has the record brought to disk at once, whatever
    /// [`sync_interval`](crate::AuditConfig::sync_interval) is, together with all others that are
    /// waited for. It blocks the thread; asynchronous code has [`synced`](Receipt::synced). With a
    /// disabled log there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// [`AppendError::NotSynced`], if it is not there in time: it may still get there.
    /// [`AppendError::SyncFailed`], if the operating system could not bring it there. And those
    /// of [`result`](Receipt::result).
    pub fn wait_synced(&self, timeout: Duration) -> Result<u64, AppendError> {
        if let Some((seq, progress)) = self.place() {
            wait(seq, progress, timeout)?;
        }
        self.synced_result()
    }

    /// The same as a future, which needs no runtime of its own, has no timeout, and may be
    /// dropped at any time: the record gets to disk all the same, at once from the first poll on,
    /// else within [`sync_interval`](crate::AuditConfig::sync_interval).
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
    /// # assert_eq!(seq, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`wait_synced`](Receipt::wait_synced). [`AppendError::NotSynced`], if the last of
    /// the log's guard, handles and layer is gone before the record was on disk.
    pub fn synced(&self) -> Synced {
        Synced { receipt: self.clone(), begun: Instant::now() }
    }

    fn place(&self) -> Option<(u64, &'static Progress)> {
        match self.0 {
            State::Recorded(seq, progress) | State::Violating(seq, progress, _) => Some((seq, progress?)),
            State::Unsynced(seq, progress, _) => Some((seq, progress)),
            State::Disabled | State::Failed(_) => None,
        }
    }

    /// The result, now that it is on disk.
    fn synced_result(&self) -> Result<u64, AppendError> {
        match self.0 {
            State::Unsynced(seq, ..) => Ok(seq),
            _ => self.result(),
        }
    }
}

/// Waits until a record is on disk: what [`Receipt::synced`] gives.
#[must_use = "a future does nothing unless it is awaited"]
#[derive(Debug)]
pub struct Synced {
    receipt: Receipt,
    begun: Instant,
}

impl Future for Synced {
    type Output = Result<u64, AppendError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<u64, AppendError>> {
        if let Some((seq, progress)) = self.receipt.place()
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

fn error_of(seq: u64, unsynced: Unsynced, waited: Duration) -> AppendError {
    match unsynced {
        Unsynced::NotYet => AppendError::NotSynced { seq, waited },
        Unsynced::Failed(SyncFailure { path, source, .. }) => AppendError::SyncFailed { seq, path, source },
    }
}
