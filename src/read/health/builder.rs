//! How to look at a log's health.

use super::limits::Limits;
use super::result::Health;
#[cfg(feature = "seal")]
use super::seals;
use super::{files, status, thorough, writer};
use crate::record::Timestamp;
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
        limits: Limits {
            max_mirror_lag: Duration::from_secs(600),
            recent: Duration::from_secs(3600),
            expects_writer: false,
        },
        is_thorough: false,
        as_of: None,
    }
}

/// How to look at a log's health: see [`health`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked at until `run` is called"]
pub struct CheckHealth {
    dir: PathBuf,
    limits: Limits,
    is_thorough: bool,
    as_of: Option<SystemTime>,
}

impl CheckHealth {
    /// Sets how long a record may wait for a mirror before that is critical. Default: 10 minutes.
    pub fn max_mirror_lag(mut self, lag: Duration) -> CheckHealth {
        self.limits.max_mirror_lag = lag;
        self
    }

    /// Sets for how long an error is told after it has happened. Default: 1 hour.
    pub fn recent(mut self, recent: Duration) -> CheckHealth {
        self.limits.recent = recent;
        self
    }

    /// Makes it critical if no process writes the log, also if it was closed as it should. Default: `false`.
    pub fn expects_writer(mut self, expects: bool) -> CheckHealth {
        self.limits.expects_writer = expects;
        self
    }

    /// Looks at more: the owners and modes of all files, where the private key is, what was set aside, what a dead process
    /// has left, who has the lock (which it takes for an instant). Only the log's owner can. Default: `false`.
    pub fn thorough(mut self, is_thorough: bool) -> CheckHealth {
        self.is_thorough = is_thorough;
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
                checks.push(writer::writer(&published, self.limits.expects_writer, now));
                let status = published.as_ref().ok();
                if let Some(status) = status {
                    checks.extend(writer::figures(status, &self.limits, now));
                }
                checks.push(files::disk(&self.dir, status));
                checks.push(files::day_files(&self.dir, status));
                checks.push(files::hold(&self.dir));
                checks.push(files::access(&self.dir));
                #[cfg(feature = "seal")]
                checks.push(seals::files(&self.dir, status));
                if self.is_thorough {
                    checks.extend(thorough::checks(&self.dir, status, now));
                }
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
