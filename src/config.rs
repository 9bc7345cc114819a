//! The settings, and the opening of a log with them.

use crate::capture::AuditLayer;
use crate::error::OpenError;
use crate::events;
use crate::handle::{AuditGuard, Checks, Log};
use crate::journal::{Clock, DiskDirectory, Journal, SystemClock};
use crate::record::Catalog;
use crate::record::catalog::CatalogIndex;
use crate::report::{Level, Reports};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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
    /// Whether records are copied to the Windows Event Log. Default: `false`. Without
    /// effect off Windows; not available on Windows yet.
    #[serde(default)]
    pub event_log_enabled: bool,
    /// The source under which they appear there. Default: the executable's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_log_source: Option<String>,
    /// The OTLP collector to which records are copied, as `host:port` or a URL.
    /// Default: none. Not available yet: to set it, or one of the files below, is an
    /// error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// The client certificate to show to the collector, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_cert_file: Option<PathBuf>,
    /// The client certificate's key, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_key_file: Option<PathBuf>,
    /// Further certificates to trust a collector by, PEM. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp_ca_file: Option<PathBuf>,
}

fn yes() -> bool {
    true
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

impl AuditConfig {
    /// The defaults, with this directory.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> AuditConfig {
        AuditConfig {
            enabled: yes(),
            dir: dir.into(),
            lock_wait: lock_wait(),
            max_record_bytes: max_record_bytes(),
            strict: false,
            event_log_enabled: false,
            event_log_source: None,
            otlp_endpoint: None,
            otlp_cert_file: None,
            otlp_key_file: None,
            otlp_ca_file: None,
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
        if self.dir.as_os_str().is_empty() {
            return Err(OpenError::Setting {
                setting: "dir",
                value: "empty".to_owned(),
                reason: "it must name a directory",
            });
        }
        let otlp = [
            ("otlp_endpoint", self.otlp_endpoint.is_some()),
            ("otlp_cert_file", self.otlp_cert_file.is_some()),
            ("otlp_key_file", self.otlp_key_file.is_some()),
            ("otlp_ca_file", self.otlp_ca_file.is_some()),
        ];
        if let Some((setting, _)) = otlp.into_iter().find(|(_, is_set)| *is_set) {
            return Err(OpenError::NotCompiledIn { setting, what: "the OTLP mirror (feature `otlp`)" });
        }
        if cfg!(windows) && self.event_log_enabled {
            return Err(OpenError::NotCompiledIn {
                setting: "event_log_enabled",
                what: "the Windows Event Log mirror",
            });
        }
        Ok(())
    }
}

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
/// | [`lock_wait`](AuditLayerBuilder::lock_wait) | 5 s |
/// | [`max_record_bytes`](AuditLayerBuilder::max_record_bytes) | 256 KiB |
/// | [`catalog`](AuditLayerBuilder::catalog) | the built-in event types |
/// | [`strict`](AuditLayerBuilder::strict) | `false` |
/// | [`event_log`](AuditLayerBuilder::event_log) | none |
#[must_use = "nothing is opened before `open` is called"]
#[derive(Clone, Debug)]
pub struct AuditLayerBuilder {
    config: AuditConfig,
    catalog: Catalog,
    clock: Arc<dyn Clock>,
}

impl AuditLayerBuilder {
    /// Whether there is an audit log at all: see [`AuditConfig::enabled`].
    pub fn enabled(mut self, enabled: bool) -> AuditLayerBuilder {
        self.config.enabled = enabled;
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

    /// Copies records to the Windows Event Log under this source: see
    /// [`AuditConfig::event_log_enabled`].
    pub fn event_log(mut self, source: impl Into<String>) -> AuditLayerBuilder {
        self.config.event_log_enabled = true;
        self.config.event_log_source = Some(source.into());
        self
    }

    /// Takes the time from this clock, for tests. Default: the system's.
    pub fn clock(mut self, clock: impl Clock) -> AuditLayerBuilder {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the log: makes its directory if it is missing, puts its end in order
    /// after a crash, and appends `log.opened`.
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
            let (directory, warnings) = DiskDirectory::open(&config.dir, config.lock_wait)?;
            let reports = Reports::new();
            for warning in warnings {
                reports.post(Level::Warn, || warning);
            }
            let id = directory.id().to_owned();
            let journal = Journal::open(Box::new(directory), &id, self.clock, Arc::clone(&reports))?;
            Log::to_journal(journal, config.max_record_bytes, checks, reports)
        } else {
            Log::to_nowhere(checks)
        };
        Ok((AuditLayer::new(Arc::clone(&log)), AuditGuard::new(log)))
    }
}
