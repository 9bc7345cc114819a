//! The builder of a log.

use super::own_mirrors::OwnMirrors;
use super::settings::audit_config::AuditConfig;
use super::settings::durability::Durability;
use super::settings::group::Group;
use crate::capture::AuditLayer;
use crate::journal::{Clock, SystemClock};
use crate::mirror::Mirror;
#[cfg(feature = "otlp")]
use crate::mirror::Otlp;
use crate::record::Catalog;
use crate::sealer::GivenSigner;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

impl AuditLayer {
    /// Returns a builder of an audit log in this directory, with the default settings.
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

    /// Returns a builder of an audit log with these settings, to which it can add what a
    /// configuration file can't say, such as the application's catalog and its own mirrors.
    pub fn builder_with(config: &AuditConfig) -> AuditLayerBuilder {
        AuditLayerBuilder {
            config: config.clone(),
            catalog: Catalog::default(),
            clock: Arc::new(SystemClock),
            mirrors: OwnMirrors::default(),
            signer: GivenSigner::default(),
        }
    }
}

/// The settings of an audit log that is to be opened.
///
/// | setting | default |
/// |---|---|
/// | [`enabled`](AuditLayerBuilder::enabled) | `true` |
/// | [`application`](AuditLayerBuilder::application) | the executable's name, no version |
/// | [`retention_days`](AuditLayerBuilder::retention_days) | 90 |
/// | [`undelivered_days`](AuditLayerBuilder::undelivered_days) | 7 |
/// | [`group`](AuditLayerBuilder::group) | none |
/// | [`allow_group_writable`](AuditLayerBuilder::allow_group_writable) | `false` |
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
/// | [`require_actor`](AuditLayerBuilder::require_actor) | `false` |
/// | [`redact`](AuditLayerBuilder::redact) | none |
/// | [`unsealed`](AuditLayerBuilder::unsealed) | records are sealed |
/// | [`seal_key`](AuditLayerBuilder::seal_key) | `.state/seal.key` |
/// | `signer` (feature `seal`) | none |
/// | [`origin`](AuditLayerBuilder::origin) | the host, the application and the journal's id |
/// | [`heartbeat_interval`](AuditLayerBuilder::heartbeat_interval) | 1 h |
/// | [`checkpoint_interval`](AuditLayerBuilder::checkpoint_interval) | 5 min |
/// | [`verify_interval`](AuditLayerBuilder::verify_interval) | 1 day |
/// | `otlp` (feature `otlp`) | none |
/// | [`mirror`](AuditLayerBuilder::mirror) | none |
/// | [`alarm_after`](AuditLayerBuilder::alarm_after) | 1 min |
/// | [`low_priority_mirrors`](AuditLayerBuilder::low_priority_mirrors) | `true`, unless a filter may end the process |
/// | [`event_log`](AuditLayerBuilder::event_log) | none |
#[must_use = "nothing is opened before `open` is called"]
#[derive(Debug)]
pub struct AuditLayerBuilder {
    pub(super) config: AuditConfig,
    pub(super) catalog: Catalog,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) mirrors: OwnMirrors,
    pub(super) signer: GivenSigner,
}

impl AuditLayerBuilder {
    /// Returns the settings so far, with those that were set in code.
    ///
    /// [`reconfigure`](crate::AuditHandle::reconfigure) takes settings as a whole: begin with these, lest it
    /// sets back what was set in code.
    ///
    /// ```
    /// use tracing_audit::AuditLayer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let dir = folder.path().join("audit");
    /// let builder = AuditLayer::builder(dir).redact(["password"]).require_actor(true);
    /// let mut config = builder.config();
    /// let (layer, guard) = builder.open()?;
    ///
    /// config.retention_days = 30;
    /// guard.handle().reconfigure(&config)?;
    /// # drop(layer);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn config(&self) -> AuditConfig {
        self.config.clone()
    }

    /// Sets whether the log is enabled. A disabled log swallows audit events, creates no file, and
    /// its receipts say so. Default: `true`.
    pub fn enabled(mut self, enabled: bool) -> AuditLayerBuilder {
        self.config.enabled = enabled;
        self
    }

    /// Sets the application's name and version, which `log.opened` says: each 1 to 256 bytes. Default: the
    /// executable's name, and no version.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let dir = folder.path().join("audit");
    /// let (layer, guard) = tracing_audit::AuditLayer::builder(dir)
    ///     .application(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    ///     .open()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn application(mut self, name: impl Into<String>, version: impl Into<String>) -> AuditLayerBuilder {
        self.config.application = Some(name.into());
        self.config.application_version = Some(version.into());
        self
    }

    /// Sets for how many days day files are kept; older ones are removed. "Retention" in the
    /// crate's documentation has the rules. Default: 90 days, as is 0.
    pub fn retention_days(mut self, days: u32) -> AuditLayerBuilder {
        self.config.retention_days = days;
        self
    }

    /// Sets for how many more days a day file is kept that a mirror has not delivered. After that
    /// it is removed, and `log.pruned` names the records. Default: 7 days.
    pub fn undelivered_days(mut self, days: u32) -> AuditLayerBuilder {
        self.config.undelivered_days = days;
        self
    }

    /// Sets the time without a delivery after which `log.mirror_failed` is recorded. Default: 1
    /// minute.
    pub fn alarm_after(mut self, time: Duration) -> AuditLayerBuilder {
        self.config.alarm_after = time;
        self
    }

    /// Sets whether mirrors run at a low priority. Default: `true`, except where systemd has started the
    /// process with a filter of system calls, which may end it for that
    /// ([`AuditConfig::low_priority_mirrors`]).
    pub fn low_priority_mirrors(mut self, low: bool) -> AuditLayerBuilder {
        self.config.low_priority_mirrors = Some(low);
        self
    }

    /// Sets a group that may read the day files, by its id or by its name in `/etc/group`.
    ///
    /// The directory is given to the group with mode 0750, and day files with 0640. No effect where
    /// there are no such groups, as on Windows. Default: none, and the modes 0700 and 0600.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), tracing_audit::OpenError> {
    /// let builder = tracing_audit::AuditLayer::builder("/var/log/myapp/audit");
    /// let (layer, guard) = builder.group("adm").open()?; // or .group(4)
    /// # Ok(())
    /// # }
    /// ```
    pub fn group(mut self, group: impl Into<Group>) -> AuditLayerBuilder {
        self.config.group = Some(group.into());
        self
    }

    /// Sets whether the log opens a directory that a group may write in which neither this process is
    /// in nor [`group`](AuditLayerBuilder::group) names. Its members can remove or replace the log's
    /// files. Without effect on Windows. Default: `false`, and such a directory is refused.
    pub fn allow_group_writable(mut self, allow: bool) -> AuditLayerBuilder {
        self.config.allow_group_writable = allow;
        self
    }

    /// Sets the free space on the log's disk, in bytes, below which the log warns and records
    /// `log.disk_low`. Default: 512 MiB. 0: never.
    pub fn disk_low_bytes(mut self, bytes: u64) -> AuditLayerBuilder {
        self.config.disk_low_bytes = bytes;
        self
    }

    /// Sets the free space on the log's disk, in bytes, below which the log warns and records
    /// `log.disk_low` once more, and takes care that the intake can't end the process on a full
    /// disk ([`AuditConfig::disk_critical_bytes`]). Default: an eighth of
    /// [`disk_low_bytes`](AuditLayerBuilder::disk_low_bytes). 0: never.
    pub fn disk_critical_bytes(mut self, bytes: u64) -> AuditLayerBuilder {
        self.config.disk_critical_bytes = Some(bytes);
        self
    }

    /// Sets what a receipt promises: that the record survives the death of the process, or a loss
    /// of power. Default: [`Durability::Process`].
    pub fn durability(mut self, durability: Durability) -> AuditLayerBuilder {
        self.config.durability = durability;
        self
    }

    /// Sets the longest time for which records stay unsynced while no caller waits for them.
    /// Default: 1 second.
    pub fn sync_interval(mut self, interval: Duration) -> AuditLayerBuilder {
        self.config.sync_interval = interval;
        self
    }

    /// Sets how long an event waits for the disk under [`Durability::PowerLoss`]. After that its
    /// receipt has the error [`AppendError::NotSynced`](crate::AppendError::NotSynced). Default: 5
    /// seconds.
    pub fn sync_deadline(mut self, deadline: Duration) -> AuditLayerBuilder {
        self.config.sync_deadline = deadline;
        self
    }

    /// Sets how long an event waits when the disk is full, too slow or frozen: for room in the intake, and
    /// for a thread that the disk holds up. After that it is refused, with
    /// [`AppendError::Backlogged`](crate::AppendError::Backlogged). Default: 100 milliseconds. For other
    /// threads it waits at least 10 milliseconds.
    pub fn append_deadline(mut self, deadline: Duration) -> AuditLayerBuilder {
        self.config.append_deadline = deadline;
        self
    }

    /// Sets the size of the intake, in bytes: 0, or from 64 KiB to 1 GiB, and at least two records
    /// of [`max_record_bytes`](AuditLayerBuilder::max_record_bytes). It is rounded up to a power of
    /// two. With 0 there is no intake, and each event is written to the day file by its caller;
    /// [`AuditConfig::intake_bytes`] says where that is so, too. Default: 8 MiB.
    pub fn intake_bytes(mut self, bytes: usize) -> AuditLayerBuilder {
        self.config.intake_bytes = bytes;
        self
    }

    /// Sets how long [`open`](AuditLayerBuilder::open) waits for another process that uses the
    /// directory, or for a log of this process that is closing. Default: 5 seconds.
    pub fn lock_wait(mut self, wait: Duration) -> AuditLayerBuilder {
        self.config.lock_wait = wait;
        self
    }

    /// Sets the length of the longest line, in bytes, from 16 KiB to 4 MiB. In a longer one, values
    /// are cut and flagged. Default: 256 KiB.
    pub fn max_record_bytes(mut self, bytes: usize) -> AuditLayerBuilder {
        self.config.max_record_bytes = bytes;
        self
    }

    /// Adds an application's event types to the built-in ones. May be called more than once.
    /// [`audit_events!`](crate::audit_events) defines event types together with their catalog.
    /// Default: the built-in event types.
    ///
    /// Events that the compiler has not checked are checked against the catalog. Free-form events
    /// of types that are in no catalog are flagged. Typed events carry their entry with them.
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

    /// Sets whether an event that violates its catalog entry is an error in its receipt,
    /// [`AppendError::Violations`](crate::AppendError::Violations). It is recorded and flagged in
    /// either case. Default: `false`.
    pub fn strict(mut self, strict: bool) -> AuditLayerBuilder {
        self.config.strict = strict;
        self
    }

    /// Sets whether all events must have an actor: `actor.user_sid`, `actor.user_id`, or an `actor.kind` of
    /// `service` or `system`, of their own or inherited. An event without one is recorded, flagged in
    /// `resource._violations` and warned of. Default: `false`.
    ///
    /// Exempt are the log's own records, and event types that are marked `no actor`. An event type may
    /// require an actor by itself: see [`audit_events!`](crate::audit_events).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path().join("audit");
    /// use tracing_audit::{Actor, ActorKind, AuditLayer, Record};
    ///
    /// let (layer, guard) = AuditLayer::builder(dir).require_actor(true).strict(true).open()?;
    /// let append = || guard.handle().append(Record::new("settings.changed"));
    /// assert!(append().result().is_err());
    /// let nightly = Actor::new().kind(ActorKind::System);
    /// assert!(nightly.scope(append).result().is_ok());
    /// # drop(layer);
    /// # Ok(())
    /// # }
    /// ```
    pub fn require_actor(mut self, required: bool) -> AuditLayerBuilder {
        self.config.require_actor = required;
        self
    }

    /// Adds keys whose values are secrets and must not be in the log. In `resource` and in objects of its
    /// values, their values become `"[redacted]"`, flagged in `resource._redacted`. May be called more than
    /// once. The module [`redact`](crate::redact) says what is looked at, and what is not: text made by
    /// `Debug` and `Display`. Default: none.
    ///
    /// A key has from 1 to 64 bytes and does not begin with `_`; there are at most 128 keys, with 4096 bytes as JSON.
    /// [`redact::COMMON`](crate::redact::COMMON) are common ones. A key that is listed by mistake is
    /// evidence lost.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// use tracing_audit::{AuditLayer, redact};
    ///
    /// let (layer, guard) = AuditLayer::builder(dir.path().join("audit"))
    ///     .redact(redact::COMMON)
    ///     .redact(["iban", "date_of_birth"])
    ///     .open()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn redact(mut self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> AuditLayerBuilder {
        self.config.redact.extend(keys.into_iter().map(|key| key.as_ref().to_owned()));
        self
    }

    /// Copies records to the Windows Event Log under this source, which an administrator registers:
    /// see [`event_log`](crate::event_log). No effect on other systems. Default: no such copy.
    pub fn event_log(mut self, source: impl Into<String>) -> AuditLayerBuilder {
        self.config.event_log_enabled = true;
        self.config.event_log_source = Some(source.into());
        self
    }

    /// Copies records to an OpenTelemetry collector: see [`Otlp`]. Needs the feature `otlp`.
    /// Default: no such copy.
    #[cfg(feature = "otlp")]
    pub fn otlp(mut self, otlp: Otlp) -> AuditLayerBuilder {
        self.config.set_otlp(otlp);
        self
    }

    /// Copies records to a mirror of the application's own. May be called more than once. See
    /// [`Mirror`].
    ///
    /// The name has 1 to 64 lower-case letters, digits, `-` and `_`. The mirror's cursor is kept
    /// under its name: a mirror with a new name starts at the first record in the directory.
    pub fn mirror(mut self, name: impl Into<String>, mirror: impl Mirror) -> AuditLayerBuilder {
        self.mirrors.0.push((name.into(), Box::new(mirror)));
        self
    }

    /// Sets the clock, for tests. Default: the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> AuditLayerBuilder {
        self.clock = Arc::new(clock);
        self
    }
}
