//! Whether a log is healthy, without the application that writes it.
//!
//! What only the writer knows it has published in `status.json`; the rest is looked at: the disk, the day files' names and ends, the
//! seals. No day file is read whole, no lock is taken, and nothing is changed.

mod check;
mod files;
#[cfg(feature = "seal")]
mod seals;
mod status;
mod writer;

pub use check::{Check, CheckState};

use super::error::ReadError;
use crate::published::PublishedStatus;
use crate::record::Timestamp;
use serde::{Serialize, Serializer};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Looks at the log in `dir`, as the returned [`CheckHealth`] is set.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// use tracing_audit::read::{CheckState, health};
///
/// let health = health(&dir).run();
/// for check in health.checks() {
///     println!("{check}");
/// }
/// assert_eq!(health.state(), CheckState::Ok);
/// # Ok(())
/// # }
/// ```
pub fn health(dir: impl AsRef<Path>) -> CheckHealth {
    CheckHealth {
        dir: dir.as_ref().to_owned(),
        max_mirror_lag: Duration::from_secs(600),
        recent: Duration::from_secs(3600),
        expects_writer: false,
        as_of: None,
    }
}

/// How to look at a log's health: see [`health`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked at until `run` is called"]
pub struct CheckHealth {
    dir: PathBuf,
    max_mirror_lag: Duration,
    recent: Duration,
    expects_writer: bool,
    as_of: Option<SystemTime>,
}

impl CheckHealth {
    /// Sets how long a record may wait for a mirror before that is critical. Default: 10 minutes.
    pub fn max_mirror_lag(mut self, lag: Duration) -> CheckHealth {
        self.max_mirror_lag = lag;
        self
    }

    /// Sets for how long an error is told after it has happened. Default: 1 hour.
    pub fn recent(mut self, recent: Duration) -> CheckHealth {
        self.recent = recent;
        self
    }

    /// Makes it critical if nobody writes the log, also if it was closed as it should. Default: `false`.
    pub fn expects_writer(mut self, expects: bool) -> CheckHealth {
        self.expects_writer = expects;
        self
    }

    /// Sets the time that counts as now.
    pub fn as_of(mut self, time: SystemTime) -> CheckHealth {
        self.as_of = Some(time);
        self
    }

    /// Looks at the log. Whatever is wrong with it is a check that says so.
    #[must_use]
    pub fn run(self) -> Health {
        let now = Timestamp::from(self.as_of.unwrap_or_else(SystemTime::now));
        let mut checks = Vec::new();
        let published = match files::directory(&self.dir) {
            Ok(check) => {
                checks.push(check);
                let published = status::read(&self.dir);
                checks.push(writer::writer(&published, self.expects_writer, now));
                let status = published.as_ref().ok();
                if let Some(status) = status {
                    checks.extend(writer::figures(status, &self, now));
                }
                checks.push(files::disk(&self.dir, status));
                checks.push(files::day_files(&self.dir, status));
                checks.push(files::hold(&self.dir));
                checks.push(files::access(&self.dir));
                #[cfg(feature = "seal")]
                checks.push(seals::files(&self.dir, status));
                published.ok()
            }
            Err(check) => {
                checks.push(check);
                None
            }
        };
        Health { checks, published }
    }
}

/// How a log is doing: a list of checks.
///
/// Serialized, it is a map with `version` 1, for programs.
#[derive(Clone, Debug)]
pub struct Health {
    checks: Vec<Check>,
    published: Option<PublishedStatus>,
}

impl Health {
    /// Returns all checks, also those with nothing to tell.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the state of the worst check: critical before warning before unknown.
    #[must_use]
    pub fn state(&self) -> CheckState {
        self.checks.iter().map(|check| check.state).max().unwrap_or(CheckState::Unknown)
    }

    /// Returns what the writer has published last, if that can be read.
    #[must_use]
    pub fn published(&self) -> Option<&PublishedStatus> {
        self.published.as_ref()
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &1)?;
        map.serialize_entry("state", &self.state())?;
        map.serialize_entry("exit_status", &self.state().code())?;
        map.serialize_entry("checks", &self.checks)?;
        map.serialize_entry("published", &self.published)?;
        map.end()
    }
}

/// Returns how long ago a time is; zero if it is to come.
fn age(time: Timestamp, now: Timestamp) -> Duration {
    let nanos = (now.unix_nanos() - time.unix_nanos()).max(0);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Returns a duration in whole seconds, as people read it.
fn shown(duration: Duration) -> humantime::FormattedDuration {
    humantime::format_duration(Duration::from_secs(duration.as_secs()))
}

/// Returns the words for what could not be read.
fn unreadable(error: &ReadError) -> String {
    crate::error::Chain(error).to_string()
}
