//! The settings as a configuration has them.

use super::defaults;
use super::durability::Durability;
use super::duration;
use super::group::Group;
use super::headers::Headers;
use crate::mirror::{Compression, OnRejected};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of an audit log, as they stand in an application's configuration.
///
/// Every field but `dir` may be left out, and then has its default. An unknown field is an error.
/// Durations are texts such as `"5s"`, `"250ms"` or `"1h 30m"`. [`AuditLayerBuilder`] has a method
/// of the same name for each setting.
/// `Debug` shows no secret: of the endpoint only the scheme, the host, the port and `/v1/logs`, and of headers
/// only the names.
///
/// [`AuditLayerBuilder`]: crate::AuditLayerBuilder
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let text = format!("dir = {:?}\nretention_days = 365\nlock_wait = \"10s\"", dir.path().join("audit"));
/// # /*
/// let text = std::fs::read_to_string("myapp.toml")?;
/// # */
/// let config: tracing_audit::AuditConfig = toml::from_str(&text)?;
/// let (layer, guard) = tracing_audit::AuditLayer::from_config(&config)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditConfig {
    /// Whether the log is enabled. With `false`, audit events are swallowed, no file is created,
    /// and receipts say that the log is disabled. Default: `true`.
    #[serde(default = "defaults::enabled")]
    pub enabled: bool,
    /// The directory of the day files. A missing directory is created, with mode 0700, and so are
    /// those above it; an existing one keeps its mode, and is refused if others may write in it. A relative path is resolved once, when the log is opened. A
    /// leading `~` is refused.
    pub dir: PathBuf,
    /// The application's name, for `log.opened`: 1 to 256 bytes. Default: the executable's name, without
    /// `.exe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The application's version, for `log.opened`: 1 to 256 bytes. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_version: Option<String>,
    /// For how many days day files are kept; older ones are removed. "Retention" in the crate's
    /// documentation has the rules. Default: 90 days, as is 0.
    #[serde(default = "defaults::retention_days")]
    pub retention_days: u32,
    /// For how many more days a day file is kept that a mirror has not delivered. After that it is
    /// removed, and `log.pruned` names the records. Default: 7 days.
    #[serde(default = "defaults::undelivered_days")]
    pub undelivered_days: u32,
    /// The time without a delivery after which `log.mirror_failed` is recorded. A duration such as
    /// `"1m"`. Default: 1 minute.
    #[serde(default = "defaults::alarm_after", with = "duration")]
    pub alarm_after: Duration,
    /// Whether mirrors run at a low priority, so that they take little from the application while they
    /// catch up: nice 10 on Linux, below normal on Windows, without effect elsewhere.
    ///
    /// Default: `true`; `false` where systemd has started the process with a filter of system calls
    /// (`SystemCallFilter=`; `INVOCATION_ID` is set, and `/proc/self/status` shows a filter). Such a
    /// filter may end the process when the priority is lowered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_priority_mirrors: Option<bool>,
    /// A group that may read the day files, for log shippers that do not run as root: its id, or
    /// its name in `/etc/group`.
    ///
    /// The directory is given to the group with mode 0750, and day files with 0640. An existing
    /// directory gets the group and its right to read; the rest of its mode stays. No effect where
    /// there are no such groups, as on Windows. Default: none, and the modes 0700 and 0600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// Whether the log opens a directory that a group may write in which neither this process is in nor
    /// `group` names. Its members can remove or replace the log's files. The log warns of it.
    /// Without effect on Windows. Default: `false`, and such a directory is refused.
    #[serde(default)]
    pub allow_group_writable: bool,
    /// The free space on the log's disk, in bytes, below which the log warns and records
    /// `log.disk_low`. It does so once, until there is a quarter more than that again. The space is
    /// checked once a second while there are events. Default: 536870912 (512 MiB). 0: never.
    #[serde(default = "defaults::disk_low_bytes")]
    pub disk_low_bytes: u64,
    /// The free space on the log's disk, in bytes, below which the log warns and records
    /// `log.disk_low` once more.
    ///
    /// Below it, on a file system that may share blocks between files (btrfs, XFS), each event
    /// costs its caller system calls: if a copy shared the intake's blocks, a store into the mapping
    /// would end the process on a full disk. Default: an eighth of `disk_low_bytes`, which is
    /// 67108864 (64 MiB). 0: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_critical_bytes: Option<u64>,
    /// What a receipt promises: `process` or `power_loss`. Default: `process`.
    #[serde(default)]
    pub durability: Durability,
    /// The longest time for which records stay unsynced while no caller waits for them. A duration
    /// such as `"1s"`. Default: 1 second.
    #[serde(default = "defaults::sync_interval", with = "duration")]
    pub sync_interval: Duration,
    /// How long an event waits for the disk under [`Durability::PowerLoss`]. After that its receipt
    /// has the error [`AppendError::NotSynced`](crate::AppendError::NotSynced). A duration such as
    /// `"5s"`. Default: 5 seconds.
    #[serde(default = "defaults::sync_deadline", with = "duration")]
    pub sync_deadline: Duration,
    /// How long an event waits for room in the intake when the disk is full or too slow. After that
    /// it is refused, with [`AppendError::Backlogged`](crate::AppendError::Backlogged). A duration
    /// such as `"100ms"`. Default: 100 milliseconds.
    #[serde(default = "defaults::append_deadline", with = "duration")]
    pub append_deadline: Duration,
    /// The size of the intake, in bytes.
    ///
    /// The intake is a file in `.state/` that is mapped into memory. A thread moves lines from it
    /// into the day files, so that an event costs its caller no system call. The size is rounded up
    /// to a power of two, from 64 KiB to 1 GiB, and must hold two records of `max_record_bytes`.
    ///
    /// With 0 there is no intake, and each event is written to the day file by its caller. So it
    /// is, with a warning, on file systems where a mapping is not known to be safe: those other than
    /// ext4, XFS, btrfs and tmpfs on Linux, and than NTFS on a local disk on Windows. On other
    /// systems there is no intake. Default: 8388608 (8 MiB).
    #[serde(default = "defaults::intake_bytes")]
    pub intake_bytes: usize,
    /// How long opening waits for another process that uses the directory, such as one that ends
    /// while its successor starts. A duration such as `"5s"` or `"250ms"`. Default: 5 seconds.
    #[serde(default = "defaults::lock_wait", with = "duration")]
    pub lock_wait: Duration,
    /// The length of the longest line, in bytes, from 16384 (16 KiB) to 4194304 (4 MiB). In a longer
    /// one, values are cut and flagged. Default: 262144 (256 KiB).
    #[serde(default = "defaults::max_record_bytes")]
    pub max_record_bytes: usize,
    /// Whether an event that violates its catalog entry is an error in its receipt,
    /// [`AppendError::Violations`](crate::AppendError::Violations). It is recorded and flagged in
    /// either case. Default: `false`.
    #[serde(default)]
    pub strict: bool,
    /// Whether all events must have an actor: `actor.user_sid`, `actor.user_id`, or an `actor.kind` of `service`
    /// or `system`. An event without one is recorded and flagged in `resource._violations`. The log's own
    /// records and event types that are marked `no actor` are exempt. An event type may require an actor by
    /// itself ([`EventType::requires_actor`](crate::record::EventType::requires_actor)). Default: `false`.
    #[serde(default)]
    pub require_actor: bool,
    /// The keys whose values are secrets and must not be in the log, such as `["password", "token"]`: from 1 to 64
    /// bytes each, at most 128 keys, and 4096 bytes for all. In `resource` and in objects of its values, their values become
    /// `"[redacted]"`, flagged in `resource._redacted`: see [`redact`](crate::redact), which also has a list of
    /// [common](crate::redact::COMMON) ones. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redact: Vec<String>,
    /// Whether records are sealed: a thread hashes each line that is on disk into a Merkle tree, and signs the
    /// tree, so that a change of any sealed line is found later. Without the crate's feature `seal`, they are
    /// not. Default: `true`.
    #[serde(default = "defaults::seal")]
    pub seal: bool,
    /// The file of the private key that signs the seals, best outside the directory; the next key and the
    /// guard are beside it, as `PATH.next` and `PATH.guard`. A relative path is resolved once, when the log is
    /// opened. A leading `~` is refused. Needs the crate's feature `seal`. Default: `.state/seal.key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal_key: Option<PathBuf>,
    /// The name under which the log signs, in every checkpoint: from 1 to 200 bytes, of letters, digits and
    /// `.`, `_`, `/` and `-`. Needs the crate's feature `seal`. Default: `HOST/APPLICATION/ID`, with the first
    /// 16 hex digits of the journal's id, and `-` for each other character of the host and the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// How long nothing is recorded before a `log.heartbeat` is, and how often from then on. A duration such
    /// as `"1h"`. Default: 1 hour. 0: never.
    #[serde(default = "defaults::heartbeat_interval", with = "duration")]
    pub heartbeat_interval: Duration,
    /// How often a `log.checkpoint` is recorded, and so copied by the mirrors, while events come. A duration
    /// such as `"5m"`. Default: 5 minutes. 0: only when a day file ends, and at shutdown.
    #[serde(default = "defaults::checkpoint_interval", with = "duration")]
    pub checkpoint_interval: Duration,
    /// How often the log verifies its own day files, at a low priority: those that were sealed since the last
    /// time, and a 30th of the older ones in turn. A duration such as `"1day"`. Default: 1 day. 0: never.
    #[serde(default = "defaults::verify_interval", with = "duration")]
    pub verify_interval: Duration,
    /// Whether records are copied to the Windows Event Log: see
    /// [`event_log`](crate::event_log). No effect on other systems. Default: `false`.
    #[serde(default)]
    pub event_log_enabled: bool,
    /// The source of the records in the Windows Event Log, which an administrator registers
    /// ([`install_source`](crate::event_log::install_source)). Default: the name of the executable,
    /// without `.exe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_log_source: Option<String>,
    /// The OpenTelemetry collector to which records are copied, as `host:port` or a URL: see
    /// [`Otlp`](crate::Otlp), as for all settings that begin with `otlp_`. Without the crate's
    /// feature `otlp`, each of them is an error. Default: none, and no such mirror.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// Whether the environment names the collector if `otlp_endpoint` does not
    /// ([`Otlp::from_env`](crate::Otlp::from_env)). Default: `false`.
    #[serde(default)]
    pub otlp_from_env: bool,
    /// The file of the client certificate that the collector is shown, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_cert_file: Option<PathBuf>,
    /// The file of the client certificate's key, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_key_file: Option<PathBuf>,
    /// The file of further authorities by which a collector is trusted, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_ca_file: Option<PathBuf>,
    /// Headers of the requests to the collector. Default: none.
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    pub otlp_headers: Headers,
    /// The longest time that one request may take. A duration such as `"10s"`. Default: 10 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "duration::optional")]
    pub otlp_timeout: Option<Duration>,
    /// How requests are compressed: `gzip` or `none`. Default: `gzip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_compression: Option<Compression>,
    /// The attributes of the OpenTelemetry resource that emits the records, such as `service.name`.
    /// Default: those of the environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub otlp_resource: BTreeMap<String, String>,
    /// What happens to a record that the collector rejects: `keep` or `dead_letter`. Default: `keep`.
    #[serde(default)]
    pub otlp_on_rejected: OnRejected,
    /// Whether an answer of any content type counts as a collector's. Default: `false`.
    #[serde(default)]
    pub otlp_any_content_type: bool,
    /// The HTTP proxy through which the receiver is reached: `http://host:port`, or
    /// `http://user:password@host:port`. Default: none.
    pub otlp_proxy: Option<String>,
}

impl AuditConfig {
    /// Returns the default settings with this directory.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> AuditConfig {
        AuditConfig {
            enabled: defaults::enabled(),
            dir: dir.into(),
            application: None,
            application_version: None,
            retention_days: defaults::retention_days(),
            undelivered_days: defaults::undelivered_days(),
            alarm_after: defaults::alarm_after(),
            low_priority_mirrors: None,
            group: None,
            allow_group_writable: false,
            disk_low_bytes: defaults::disk_low_bytes(),
            disk_critical_bytes: None,
            durability: Durability::default(),
            sync_interval: defaults::sync_interval(),
            sync_deadline: defaults::sync_deadline(),
            append_deadline: defaults::append_deadline(),
            intake_bytes: defaults::intake_bytes(),
            lock_wait: defaults::lock_wait(),
            max_record_bytes: defaults::max_record_bytes(),
            strict: false,
            require_actor: false,
            redact: Vec::new(),
            seal: defaults::seal(),
            seal_key: None,
            origin: None,
            heartbeat_interval: defaults::heartbeat_interval(),
            checkpoint_interval: defaults::checkpoint_interval(),
            verify_interval: defaults::verify_interval(),
            event_log_enabled: false,
            event_log_source: None,
            otlp_endpoint: None,
            otlp_from_env: false,
            otlp_cert_file: None,
            otlp_key_file: None,
            otlp_ca_file: None,
            otlp_headers: Headers::new(),
            otlp_timeout: None,
            otlp_compression: None,
            otlp_resource: BTreeMap::new(),
            otlp_on_rejected: OnRejected::Keep,
            otlp_any_content_type: false,
            otlp_proxy: None,
        }
    }
}
