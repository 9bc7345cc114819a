//! The settings: as they stand in a configuration, the opening of a log with them, and
//! changing them while it is open.

mod builder;
mod mirrors;
mod reconfigure;
mod recover;

pub use builder::AuditLayerBuilder;
pub use mirrors::Headers;
pub use recover::recover;

use crate::error::OpenError;
use crate::journal::Settings;
use crate::mirror::{Compression, OnRejected};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What a receipt promises of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Durability {
    /// It survives the death of the process, however it dies. It is on disk within
    /// [`sync_interval`](AuditConfig::sync_interval), and
    /// [`Receipt::wait_synced`](crate::Receipt::wait_synced) and
    /// [`Receipt::synced`](crate::Receipt::synced) have it brought there at once, and wait for it.
    #[default]
    Process,
    /// It survives a loss of power, as far as the disk keeps what it has acknowledged: each
    /// event waits for the disk, together with all others that do, so that one sync serves
    /// them. Not for asynchronous code, whose executor's thread it blocks: that uses `Process`
    /// and `receipt.synced().await` ([`Receipt::synced`](crate::Receipt::synced)).
    PowerLoss,
}

/// The settings of an audit log, as they stand in an application's configuration.
///
/// Every field but `dir` may be left out, and has the default given here; a field
/// that is not known is an error. The same settings, under the same names, are
/// methods of [`AuditLayerBuilder`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let text = format!("dir = {:?}", dir.path().join("audit"));
/// # /*
/// let text = std::fs::read_to_string("myapp.toml")?;
/// # */
/// let config: tracing_audit::AuditConfig = toml::from_str(&text)?;
/// let (layer, guard) = tracing_audit::AuditLayer::from_config(&config)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditConfig {
    /// Whether there is an audit log at all. Default: `true`. With `false`, audit
    /// events are swallowed, no file is made, and receipts say so.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The directory of the day files, made with mode 0700 if it is missing. One that
    /// is there keeps its mode. A relative path is resolved once, when the log is
    /// opened.
    pub dir: PathBuf,
    /// For how many days day files are kept: older ones are removed, as the crate's
    /// documentation says under "Retention". Default: 90, as is 0.
    #[serde(default = "retention_days")]
    pub retention_days: u32,
    /// For how many more days a day file is kept that a mirror has not got. Then it is removed
    /// all the same, and `log.pruned` says what the mirror has never got. Default: 7.
    #[serde(default = "undelivered_days")]
    pub undelivered_days: u32,
    /// After which time without a delivery the log tells, in `log.mirror_failed`, that a mirror
    /// fails. A text such as `"1m"`. Default: 1 minute.
    #[serde(default = "alarm_after", with = "duration")]
    pub alarm_after: Duration,
    /// The id of a group that may read the day files, as log shippers do that are not
    /// root: the directory is given to it with mode 0750, and day files with 0640; a
    /// directory that is there gets the group and its right to read, and nothing else of
    /// its mode changes. Default: none, and 0700 and 0600. Without effect where there are
    /// no such groups, as on Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    /// With less space than this left on its disk, in bytes, the log warns, and records
    /// `log.disk_low`: once, until there is a quarter more than that. It looks once a second
    /// while there are events. Default: 536870912 (512 MiB); 0 for never.
    #[serde(default = "disk_low_bytes")]
    pub disk_low_bytes: u64,
    /// With less space than this left, in bytes, the log warns and records `log.disk_low` once
    /// more. From then on, on a file system where blocks may be shared (btrfs, XFS), an event costs
    /// its caller system calls: if a copy shared the intake's blocks, a store into its mapping
    /// would end the process on a full disk. Default: an eighth of `disk_low_bytes`, that is
    /// 67108864 (64 MiB); 0 for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_critical_bytes: Option<u64>,
    /// What a receipt promises. Default: `process`; or `power_loss`.
    #[serde(default)]
    pub durability: Durability,
    /// How long what is written stays unsynced at the most, while nobody waits for it. A text
    /// such as `"1s"`. Default: 1 second.
    #[serde(default = "sync_interval", with = "duration")]
    pub sync_interval: Duration,
    /// How long an event waits for the disk, under [`Durability::PowerLoss`]: then its receipt
    /// says [`AppendError::NotSynced`](crate::AppendError::NotSynced). Default: 5 seconds.
    #[serde(default = "sync_deadline", with = "duration")]
    pub sync_deadline: Duration,
    /// How long an event waits for room in the intake, when the disk is full or too slow: then
    /// it is refused, and its receipt says
    /// [`AppendError::Backlogged`](crate::AppendError::Backlogged). Default: 100
    /// milliseconds.
    #[serde(default = "append_deadline", with = "duration")]
    pub append_deadline: Duration,
    /// How much the intake holds, in bytes: a file in `.state/` that is mapped into memory,
    /// from which another thread moves lines into the day files, so that an event costs its
    /// caller no system call. It becomes a power of two, from 64 KiB to 1 GiB, and holds two records of `max_record_bytes`
    /// at the least. Default: 8388608
    /// (8 MiB); with 0 there is none, and each event is written to the day file by its
    /// caller. So it is, with a warning, on file systems where a mapping is not known to be
    /// safe: other than ext4, XFS, btrfs and tmpfs on Linux, and NTFS on a disk of the machine's
    /// own on Windows; on other systems there is none.
    #[serde(default = "intake_bytes")]
    pub intake_bytes: usize,
    /// How long to wait for another process to give up the directory, as an
    /// application does that is about to end while its successor starts. A text such
    /// as `"5s"` or `"250ms"`. Default: 5 seconds.
    #[serde(default = "lock_wait", with = "duration")]
    pub lock_wait: Duration,
    /// The longest line, in bytes: longer values are cut and flagged. Default:
    /// 262144 (256 KiB); from 16384 (16 KiB) to 4194304 (4 MiB).
    #[serde(default = "max_record_bytes")]
    pub max_record_bytes: usize,
    /// Whether an event that is not what its catalog entry says is an error in its
    /// receipt, [`AppendError::Violations`](crate::AppendError::Violations). It is
    /// recorded and flagged in either case. Default: `false`.
    #[serde(default)]
    pub strict: bool,
    /// Whether records are copied to the Windows Event Log: see
    /// [`event_log`](crate::event_log). Default: `false`. Without effect off Windows.
    #[serde(default)]
    pub event_log_enabled: bool,
    /// The source under which they appear there, which an administrator registers
    /// ([`install_source`](crate::event_log::install_source)). Default: the executable's name,
    /// without `.exe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_log_source: Option<String>,
    /// The OpenTelemetry collector to which records are copied, as `host:port` or a URL: see
    /// [`Otlp`](crate::Otlp), as for all settings that begin with `otlp_`. Default: none, and so
    /// no such mirror. Without the crate's feature `otlp`, to set any of them is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// Whether the environment names the collector, if `otlp_endpoint` does not
    /// ([`Otlp::from_env`](crate::Otlp::from_env)). Default: `false`.
    #[serde(default)]
    pub otlp_from_env: bool,
    /// The client certificate to show to the collector, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_cert_file: Option<PathBuf>,
    /// The client certificate's key, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_key_file: Option<PathBuf>,
    /// Further authorities to trust a collector by, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_ca_file: Option<PathBuf>,
    /// Headers to send to the collector. Default: none.
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    pub otlp_headers: Headers,
    /// How long one request may take. A text such as `"10s"`. Default: 10 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_duration")]
    pub otlp_timeout: Option<Duration>,
    /// How requests are compressed: `gzip` or `none`. Default: `gzip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_compression: Option<Compression>,
    /// What the records come from: attributes of the OpenTelemetry resource, such as
    /// `service.name`. Default: as the environment has it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub otlp_resource: BTreeMap<String, String>,
    /// What becomes of a record that the collector does not take: `keep` or `dead_letter`.
    /// Default: `keep`.
    #[serde(default)]
    pub otlp_on_rejected: OnRejected,
    /// Whether an answer of any content type counts as one. Default: `false`.
    #[serde(default)]
    pub otlp_any_content_type: bool,
}

fn yes() -> bool {
    true
}

fn retention_days() -> u32 {
    90
}

fn undelivered_days() -> u32 {
    7
}

fn alarm_after() -> Duration {
    Duration::from_secs(60)
}

fn disk_low_bytes() -> u64 {
    512 * 1024 * 1024
}

fn sync_interval() -> Duration {
    Duration::from_secs(1)
}

fn sync_deadline() -> Duration {
    Duration::from_secs(5)
}

fn append_deadline() -> Duration {
    Duration::from_millis(100)
}

fn intake_bytes() -> usize {
    8 * 1024 * 1024
}

fn lock_wait() -> Duration {
    Duration::from_secs(5)
}

fn max_record_bytes() -> usize {
    256 * 1024
}

/// Durations as text: `5s`, `1h 30m`.
mod duration {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text)
            .map_err(|error| de::Error::custom(format_args!("`{text}` is no duration such as `5s`: {error}")))
    }
}

/// The same, or none.
mod optional_duration {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Text(#[serde(with = "super::duration")] Duration);

    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(Text).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Text>::deserialize(deserializer)?.map(|Text(duration)| duration))
    }
}

impl AuditConfig {
    /// The defaults, with this directory.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> AuditConfig {
        AuditConfig {
            enabled: yes(),
            dir: dir.into(),
            retention_days: retention_days(),
            undelivered_days: undelivered_days(),
            alarm_after: alarm_after(),
            group: None,
            disk_low_bytes: disk_low_bytes(),
            disk_critical_bytes: None,
            durability: Durability::default(),
            sync_interval: sync_interval(),
            sync_deadline: sync_deadline(),
            append_deadline: append_deadline(),
            intake_bytes: intake_bytes(),
            lock_wait: lock_wait(),
            max_record_bytes: max_record_bytes(),
            strict: false,
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
        }
    }

    fn check(&self) -> Result<(), OpenError> {
        if !(16 * 1024..=4 * 1024 * 1024).contains(&self.max_record_bytes) {
            return Err(OpenError::Setting {
                setting: "max_record_bytes",
                value: self.max_record_bytes.to_string(),
                reason: "it must be from 16384 to 4194304",
            });
        }
        let intake = |reason| OpenError::Setting {
            setting: "intake_bytes",
            value: self.intake_bytes.to_string(),
            reason,
        };
        if self.intake_bytes != 0 {
            if !(64 * 1024..=1 << 30).contains(&self.intake_bytes) {
                return Err(intake("it must be 0, or from 65536 to 1073741824"));
            }
            if self.intake_bytes / 2 < self.max_record_bytes {
                return Err(intake("it must hold two records of `max_record_bytes`"));
            }
        }
        if self.dir.as_os_str().is_empty() {
            return Err(OpenError::Setting {
                setting: "dir",
                value: "empty".to_owned(),
                reason: "it must name a directory",
            });
        }
        self.check_mirrors()
    }

    /// What the journal needs to know of it.
    fn journal(&self) -> Settings {
        let days = if self.retention_days == 0 { retention_days() } else { self.retention_days };
        Settings {
            retention_days: days,
            undelivered_days: self.undelivered_days,
            disk_low_bytes: self.disk_low_bytes,
            disk_critical_bytes: self.disk_critical_bytes.unwrap_or(self.disk_low_bytes / 8),
            append_deadline: self.append_deadline,
            sync_interval: self.sync_interval,
            waits_for_disk: match self.durability {
                Durability::Process => None,
                Durability::PowerLoss => Some(self.sync_deadline),
            },
        }
    }
}
