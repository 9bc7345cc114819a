//! Opening a log.

use super::mirrors::{OWN, Wanted};
use super::{AuditConfig, Durability};
use crate::capture::AuditLayer;
use crate::error::{Chain, OpenError};
use crate::events;
use crate::follow::{Cursors, Followers, MadeOf};
use crate::handle::{AuditGuard, Checks, Log};
use crate::journal::{Clock, DiskDirectory, Journal, SystemClock};
use crate::mirror::Mirror;
#[cfg(feature = "otlp")]
use crate::mirror::Otlp;
use crate::record::Catalog;
use crate::record::catalog::CatalogIndex;
use crate::report::{Level, Reports};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

impl AuditLayer {
    /// Begins to open an audit log in this directory.
    ///
    /// ```no_run
    /// use tracing_audit::AuditLayer;
    /// use tracing_subscriber::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (layer, guard) = AuditLayer::builder("/var/log/myapp/audit").open()?;
    /// tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(layer).init();
    /// # drop(guard);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(dir: impl Into<PathBuf>) -> AuditLayerBuilder {
        AuditLayer::builder_with(&AuditConfig::new(dir))
    }

    /// Begins to open an audit log with these settings, to which the builder adds what
    /// no configuration file can say: the application's catalog.
    pub fn builder_with(config: &AuditConfig) -> AuditLayerBuilder {
        AuditLayerBuilder {
            config: config.clone(),
            catalog: Catalog::default(),
            clock: Arc::new(SystemClock),
            mirrors: Mirrors::default(),
        }
    }

    /// Opens an audit log with these settings.
    ///
    /// # Errors
    ///
    /// As for [`AuditLayerBuilder::open`].
    pub fn from_config(config: &AuditConfig) -> Result<(AuditLayer, AuditGuard), OpenError> {
        AuditLayer::builder_with(config).open()
    }
}

/// Opens an audit log.
///
/// | setting | default |
/// |---|---|
/// | [`enabled`](AuditLayerBuilder::enabled) | `true` |
/// | [`retention_days`](AuditLayerBuilder::retention_days) | 90 |
/// | [`undelivered_days`](AuditLayerBuilder::undelivered_days) | 7 |
/// | [`group`](AuditLayerBuilder::group) | none |
/// | [`disk_low_bytes`](AuditLayerBuilder::disk_low_bytes) | 512 MiB |
/// | [`disk_critical_bytes`](AuditLayerBuilder::disk_critical_bytes) | an eighth of that |
/// | [`durability`](AuditLayerBuilder::durability) | [`Durability::Process`] |
/// | [`sync_interval`](AuditLayerBuilder::sync_interval) | 1 s |
/// | [`sync_deadline`](AuditLayerBuilder::sync_deadline) | 5 s |
/// | [`append_deadline`](AuditLayerBuilder::append_deadline) | 100 ms |
/// | [`intake_bytes`](AuditLayerBuilder::intake_bytes) | 8 MiB |
/// | [`lock_wait`](AuditLayerBuilder::lock_wait) | 5 s |
/// | [`max_record_bytes`](AuditLayerBuilder::max_record_bytes) | 256 KiB |
/// | [`catalog`](AuditLayerBuilder::catalog) | the built-in event types |
/// | [`strict`](AuditLayerBuilder::strict) | `false` |
/// | `otlp` (feature `otlp`) | none |
/// | [`mirror`](AuditLayerBuilder::mirror) | none |
/// | [`alarm_after`](AuditLayerBuilder::alarm_after) | 1 min |
/// | [`event_log`](AuditLayerBuilder::event_log) | none |
#[must_use = "nothing is opened before `open` is called"]
#[derive(Debug)]
pub struct AuditLayerBuilder {
    config: AuditConfig,
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    mirrors: Mirrors,
}

/// An application's own mirrors, by name.
#[derive(Default)]
struct Mirrors(Vec<(String, Box<dyn Mirror>)>);

impl fmt::Debug for Mirrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl AuditLayerBuilder {
    /// Whether there is an audit log at all: see [`AuditConfig::enabled`].
    pub fn enabled(mut self, enabled: bool) -> AuditLayerBuilder {
        self.config.enabled = enabled;
        self
    }

    /// For how many days day files are kept: see [`AuditConfig::retention_days`].
    pub fn retention_days(mut self, days: u32) -> AuditLayerBuilder {
        self.config.retention_days = days;
        self
    }

    /// For how many more days day files are kept that a mirror has not got: see
    /// [`AuditConfig::undelivered_days`].
    pub fn undelivered_days(mut self, days: u32) -> AuditLayerBuilder {
        self.config.undelivered_days = days;
        self
    }

    /// After which time the log tells that a mirror fails: see [`AuditConfig::alarm_after`].
    pub fn alarm_after(mut self, time: Duration) -> AuditLayerBuilder {
        self.config.alarm_after = time;
        self
    }

    /// The id of a group that may read the day files: see [`AuditConfig::group`].
    pub fn group(mut self, gid: u32) -> AuditLayerBuilder {
        self.config.group = Some(gid);
        self
    }

    /// With less space than this left, the log warns: see
    /// [`AuditConfig::disk_low_bytes`].
    pub fn disk_low_bytes(mut self, bytes: u64) -> AuditLayerBuilder {
        self.config.disk_low_bytes = bytes;
        self
    }

    /// [`AuditConfig::disk_critical_bytes`].
    pub fn disk_critical_bytes(mut self, bytes: u64) -> AuditLayerBuilder {
        self.config.disk_critical_bytes = Some(bytes);
        self
    }

    /// What a receipt promises: see [`AuditConfig::durability`].
    pub fn durability(mut self, durability: Durability) -> AuditLayerBuilder {
        self.config.durability = durability;
        self
    }

    /// How long what is written stays unsynced: see [`AuditConfig::sync_interval`].
    pub fn sync_interval(mut self, interval: Duration) -> AuditLayerBuilder {
        self.config.sync_interval = interval;
        self
    }

    /// How long an event waits for the disk: see [`AuditConfig::sync_deadline`].
    pub fn sync_deadline(mut self, deadline: Duration) -> AuditLayerBuilder {
        self.config.sync_deadline = deadline;
        self
    }

    /// How long an event waits for room: see [`AuditConfig::append_deadline`].
    pub fn append_deadline(mut self, deadline: Duration) -> AuditLayerBuilder {
        self.config.append_deadline = deadline;
        self
    }

    /// How much the intake holds, in bytes: see [`AuditConfig::intake_bytes`].
    pub fn intake_bytes(mut self, bytes: usize) -> AuditLayerBuilder {
        self.config.intake_bytes = bytes;
        self
    }

    /// How long to wait for another process to give up the directory: see
    /// [`AuditConfig::lock_wait`].
    pub fn lock_wait(mut self, wait: Duration) -> AuditLayerBuilder {
        self.config.lock_wait = wait;
        self
    }

    /// The longest line, in bytes: see [`AuditConfig::max_record_bytes`].
    pub fn max_record_bytes(mut self, bytes: usize) -> AuditLayerBuilder {
        self.config.max_record_bytes = bytes;
        self
    }

    /// Adds an application's event types to the built-in ones; may be called more than
    /// once. `audit_events!` defines them, and the catalog of them.
    ///
    /// Events that the compiler has not checked are checked against the catalog. An
    /// application that emits its own types in free form needs to add them, else each
    /// such event is flagged. Typed events carry their entry with them.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// tracing_audit::audit_events! {
    ///     /// An invoice was sent to a customer.
    ///     pub event InvoiceSent<'a> = "invoice.sent", id 200 {
    ///         /// The invoice's number.
    ///         number: &'a str,
    ///     }
    /// }
    ///
    /// let (layer, guard) = tracing_audit::AuditLayer::builder(dir.path().join("audit"))
    ///     .catalog(CATALOG)
    ///     .open()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn catalog(mut self, catalog: impl Into<Catalog>) -> AuditLayerBuilder {
        self.catalog = self.catalog.and(catalog);
        self
    }

    /// Whether an event that is not what its catalog entry says is an error in its
    /// receipt: see [`AuditConfig::strict`].
    pub fn strict(mut self, strict: bool) -> AuditLayerBuilder {
        self.config.strict = strict;
        self
    }

    /// Copies records to the Windows Event Log under this source, which an administrator
    /// registers: see [`event_log`](crate::event_log). Without effect off Windows.
    pub fn event_log(mut self, source: impl Into<String>) -> AuditLayerBuilder {
        self.config.event_log_enabled = true;
        self.config.event_log_source = Some(source.into());
        self
    }

    /// Copies records to an OpenTelemetry collector: see [`Otlp`]. With the feature `otlp`.
    #[cfg(feature = "otlp")]
    pub fn otlp(mut self, otlp: Otlp) -> AuditLayerBuilder {
        self.config.set_otlp(otlp);
        self
    }

    /// Copies records to a mirror of the application's own; may be called more than once.
    ///
    /// Its cursor goes with its name, of lower-case letters, digits, `-` and `_`: who changes the
    /// name has all records that are there delivered again. A mirror that is new begins with the
    /// first record in the directory. See [`Mirror`].
    pub fn mirror(mut self, name: impl Into<String>, mirror: impl Mirror) -> AuditLayerBuilder {
        self.mirrors.0.push((name.into(), Box::new(mirror)));
        self
    }

    /// Takes the time from this clock, for tests. Default: the system's.
    pub fn clock(mut self, clock: impl Clock) -> AuditLayerBuilder {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the log: makes its directory if it is missing, puts its end in order
    /// after a crash, appends `log.opened`, and begins to remove old day files.
    ///
    /// # Errors
    ///
    /// [`OpenError`], which names the setting or the path. A disk that is full is no
    /// error here once the log has been opened before: the application starts, and
    /// its receipts, the runtime log and, later, `log.gap` tell.
    pub fn open(self) -> Result<(AuditLayer, AuditGuard), OpenError> {
        let config = &self.config;
        config.check()?;
        let catalog = CatalogIndex::new(&events::CATALOG, &self.catalog)
            .map_err(|source| OpenError::Catalog { source })?;
        let checks = Checks::new(Arc::new(catalog), config.strict);
        let log = if config.enabled {
            let reports = Reports::new();
            let mut mirrors = Vec::new();
            for Wanted { name, made_of, mirror, problem } in config.mirrors(&reports, checks.live_catalog()) {
                if let Some(problem) = problem {
                    let text =
                        || format!("the mirror `{name}` can't deliver as things are: {}", Chain(&*problem));
                    reports.post(Level::Warn, text);
                }
                mirrors.push((name.to_owned(), made_of, mirror));
            }
            for (name, mirror) in self.mirrors.0 {
                check_name(&name, &mirrors)?;
                mirrors.push((name, MadeOf::new(), mirror));
            }
            let (directory, mut warnings) = DiskDirectory::open(&config.dir, config.lock_wait, config.group)?;
            let id = directory.id().to_owned();
            let (cursors, others) = Cursors::load(&directory, &id);
            warnings.extend(others);
            // What they have not got is not removed when the journal is opened.
            for (name, ..) in &mirrors {
                cursors.reserve(name);
            }
            for warning in warnings {
                reports.post(Level::Warn, || warning);
            }
            let journal = Journal::open(
                Arc::new(directory),
                &id,
                self.clock,
                Arc::clone(&reports),
                config.journal(),
                config.intake_bytes,
                Arc::<Cursors>::clone(&cursors),
            )?;
            let followers = Followers::new(cursors, config.alarm_after);
            for (name, made_of, mirror) in mirrors {
                followers
                    .begin(&journal, &name, made_of, mirror)
                    .map_err(|source| OpenError::Thread { source })?;
            }
            Log::to_journal(journal, followers, config.group, config.max_record_bytes, checks, reports)
        } else {
            Log::to_nowhere(checks)
        };
        Ok((AuditLayer::new(Arc::clone(&log)), AuditGuard::new(log)))
    }
}

/// A mirror's name is that of a file, too.
fn check_name<T, U>(name: &str, others: &[(String, T, U)]) -> Result<(), OpenError> {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let reason = if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
        "it must have from 1 to 64 lower-case letters, digits, `-` and `_`"
    } else if OWN.contains(&name) {
        "that is one of the crate's own"
    } else if others.iter().any(|(other, ..)| other == name) {
        "there is another one of that name"
    } else {
        return Ok(());
    };
    Err(OpenError::MirrorName { name: name.to_owned(), reason })
}
