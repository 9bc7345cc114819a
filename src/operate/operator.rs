//! Who acts on a log.

use super::access::Access;
use super::done::Done;
use super::error::OperateError;
use super::replay::replay;
use super::settings;
use crate::config::OperatorsLog;
use crate::error::OpenError;
use crate::handle::act;
use crate::read::{ReadError, has_writer};
use crate::record::{Object, Record};
use crate::request::{Answer, Event, Left, Request, What, leave};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often it is looked whether the process that had the log open still has it.
const STEP: Duration = Duration::from_millis(250);

/// No process is waited for longer: a day.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// How long a log that was opened for this takes at most to be closed.
const CLOSING: Duration = Duration::from_secs(60);

/// Who acts on a log from outside of its application.
#[derive(Clone, Debug)]
#[must_use = "nothing is done before one of its methods is called"]
pub struct Operator {
    pub(super) dir: PathBuf,
    wait: Duration,
    uid: Option<u32>,
}

/// Which old day files an operator has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "nothing is removed before `Operator::prune` is called"]
pub struct Pruning {
    pub(super) trust_clock: bool,
    pub(super) older_than: Option<u32>,
    pub(super) even_changed: bool,
}

impl Pruning {
    /// Those that are older than the log's retention, unless the clock was set.
    pub fn new() -> Pruning {
        Pruning::default()
    }

    /// Sets whether the system's clock is right, so that pruning goes on that a step of it has suspended. Default: `false`.
    pub fn trust_clock(mut self, is_right: bool) -> Pruning {
        self.trust_clock = is_right;
        self
    }

    /// Sets for how many days day files are kept at least. It is an error if the log keeps them longer. Default: the log's
    /// retention.
    pub fn older_than(mut self, days: u32) -> Pruning {
        self.older_than = Some(days);
        self
    }

    /// Sets whether day files go, too, that differ from their seals; `log.pruned` says in what. Default: `false`.
    pub fn even_changed(mut self, even_changed: bool) -> Pruning {
        self.even_changed = even_changed;
        self
    }
}

impl Operator {
    /// Begins with the directory of a log. Answers are waited for 5 seconds.
    pub fn new(dir: impl Into<PathBuf>) -> Operator {
        Operator { dir: dir.into(), wait: Duration::from_secs(5), uid: own_uid() }
    }

    /// Sets how long the process is waited for that has the log open, at most a day. Default: 5 seconds.
    pub fn wait(mut self, wait: Duration) -> Operator {
        self.wait = wait.min(LONGEST_WAIT);
        self
    }

    /// Sets the user id that `log.requested` names if the log is opened for this: that of a process which has become the log's
    /// owner. A process that has the log open names the owner of the request. Default: the real user id of this process.
    pub fn asked_by(mut self, uid: u32) -> Operator {
        self.uid = Some(uid);
        self
    }

    /// Appends an event, as [`AuditHandle::append`](crate::AuditHandle::append) does.
    ///
    /// # Errors
    ///
    /// [`OperateError`].
    pub fn append(&self, record: Record) -> Result<Done, OperateError> {
        self.act(What::Append(Event::of(&record)))
    }

    /// Removes old day files.
    ///
    /// # Errors
    ///
    /// [`OperateError`]; [`OperateError::NoRetention`] if no record says the log's retention, and `pruning` does not.
    pub fn prune(&self, pruning: Pruning) -> Result<Done, OperateError> {
        let Pruning { trust_clock, older_than, even_changed } = pruning;
        self.act(What::Prune { trust_clock, older_than, even_changed })
    }

    /// Has a mirror deliver all records from this number on again. It is not an error if the first of them were pruned.
    ///
    /// # Errors
    ///
    /// [`OperateError`]; also if the mirror has not delivered this record yet.
    pub fn replay(&self, mirror: impl Into<String>, from_seq: u64) -> Result<Done, OperateError> {
        self.act(What::Replay { mirror: mirror.into(), from_seq })
    }

    /// Appends `log.read` to this log: that someone reads records of another one. It is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`OperateError`].
    pub fn record_access(&self, access: Access) -> Result<Done, OperateError> {
        self.act(What::Read { resource: access.resource(self.uid) })
    }

    /// Does it, or has it done by the process that has the log open.
    fn act(&self, what: What) -> Result<Done, OperateError> {
        let deadline = Instant::now() + self.wait;
        let request = Request::new(what);
        let mut left = None::<Left>;
        loop {
            match self.open_if_closed(&request.what) {
                Ok(None) => {}
                Ok(Some(log)) => return self.act_in(log, left.as_ref(), &request.what),
                Err(error) if left.is_none() => return Err(error),
                // Such as root's, which has left its request: the log's account takes it up.
                Err(_) => {}
            }
            let left = match &left {
                Some(left) => left,
                None => left.insert(leave(&self.dir, &request).map_err(|source| self.unasked(source))?),
            };
            let rest = deadline.saturating_duration_since(Instant::now());
            match left.wait(rest.min(STEP)) {
                Ok(Some(answer)) => return done(answer, Some(left.id()), Vec::new()),
                Ok(None) if rest > STEP => {}
                Ok(None) => {
                    let (dir, request) = (self.dir.clone(), left.id().to_owned());
                    return Err(OperateError::NotYet { dir, request, waited: self.wait });
                }
                Err(source) => return Err(self.unasked(source)),
            }
        }
    }

    /// Opens the log, unless another process has it open.
    fn open_if_closed(&self, what: &What) -> Result<Option<OperatorsLog>, OperateError> {
        if is_open(&self.dir)? {
            return Ok(None);
        }
        let in_force = settings::in_force(&self.dir)?;
        let older_than = match what {
            What::Prune { older_than, .. } => *older_than,
            _ => None,
        };
        if matches!(what, What::Prune { .. }) && in_force.is_none() && older_than.is_none() {
            return Err(OperateError::NoRetention { dir: self.dir.clone() });
        }
        match OperatorsLog::open(&self.dir, in_force.as_ref(), older_than) {
            Ok(log) => Ok(Some(log)),
            Err(OpenError::Locked { .. }) => Ok(None),
            Err(source) => Err(OperateError::Open { source }),
        }
    }

    /// Does it in this process.
    fn act_in(&self, log: OperatorsLog, left: Option<&Left>, what: &What) -> Result<Done, OperateError> {
        // No other process takes it up now.
        if let Some(left) = left.filter(|left| !left.take_back()) {
            log.close(CLOSING);
            return match left.wait(Duration::ZERO) {
                Ok(Some(answer)) => done(answer, Some(left.id()), Vec::new()),
                Ok(None) => Err(OperateError::NotDone {
                    reasons: vec![format!(
                        "the process that had the log open has taken up request {} and ended: `log.requested` tells what it has done",
                        left.id()
                    )],
                }),
                Err(source) => Err(self.unasked(source)),
            };
        }
        if let Some(journal) = log.log.journal() {
            journal.emit(what.requested(None, self.uid));
        }
        let answer = match what {
            // It begins there when the application opens the log again.
            What::Replay { mirror, from_seq } => replay(&self.dir, &log.log, mirror, *from_seq),
            what => act(&log.log, what),
        };
        done(answer, None, log.close(CLOSING))
    }

    fn unasked(&self, source: std::io::Error) -> OperateError {
        OperateError::Ask { dir: self.dir.clone(), source }
    }

    /// Returns the settings in force, as the records say them.
    pub(super) fn in_force(&self) -> Result<Option<Object>, OperateError> {
        settings::in_force(&self.dir)
    }
}

/// Returns what was done, unless nothing was.
fn done(answer: Answer, request: Option<&str>, warnings: Vec<String>) -> Result<Done, OperateError> {
    let is_done = answer.seq.is_some() || !answer.removed.is_empty();
    if !answer.failures.is_empty() && !is_done {
        return Err(OperateError::NotDone { reasons: answer.failures });
    }
    Ok(Done::of(answer, request, warnings))
}

/// Returns whether a process has the log open.
pub(super) fn is_open(dir: &Path) -> Result<bool, OperateError> {
    has_writer(dir).map_err(|error| unreadable(dir, error))
}

/// Returns the error for a log that can't be read.
pub(super) fn unreadable(dir: &Path, error: ReadError) -> OperateError {
    match error {
        ReadError::Unreadable { path, source } => OperateError::File { path, source },
        error => OperateError::File { path: dir.to_owned(), source: std::io::Error::other(error) },
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere there are none")]
fn own_uid() -> Option<u32> {
    Some(rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn own_uid() -> Option<u32> {
    None
}
