//! Opening a log for one act of an operator, without its application.

use super::settings::audit_config::AuditConfig;
use super::settings::defaults::executable_name;
use crate::error::OpenError;
use crate::events;
use crate::follow::{Cursors, Followers};
use crate::handle::{AuditGuard, Checks, Log};
use crate::journal::{DiskDirectory, Journal, LogOpened, OpenWith, Opener, Sharing, SystemClock};
use crate::record::catalog::CatalogIndex;
use crate::record::{Catalog, Object, Value};
use crate::report::{Level, Reports};
use crate::sealer::{GivenSigner, Prepared};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The settings that count for an operator's act. Those of mirrors do not: none is started.
const SETTINGS: [&str; 17] = [
    "retention_days",
    "undelivered_days",
    "alarm_after",
    "allow_group_writable",
    "disk_low_bytes",
    "disk_critical_bytes",
    "durability",
    "sync_interval",
    "sync_deadline",
    "append_deadline",
    "max_record_bytes",
    "strict",
    "require_actor",
    "redact",
    "seal",
    "seal_key",
    "origin",
];

/// A log that is open for one act of an operator.
pub(crate) struct OperatorsLog {
    pub(crate) log: Arc<Log>,
    guard: AuditGuard,
}

impl OperatorsLog {
    /// Opens the log in `dir`, without waiting, with the settings that its records say were in force, or these.
    ///
    /// Nothing is pruned by itself, no mirror runs, and nothing is signed: the key may be where only the application can read it, and
    /// another one would begin another origin. What is recorded is sealed once the application opens the log again.
    ///
    /// # Errors
    ///
    /// As for [`recover`](crate::recover).
    #[track_caller]
    pub(crate) fn open(
        dir: &Path,
        in_force: Option<&Object>,
        retention_days: Option<u32>,
    ) -> Result<OperatorsLog, OpenError> {
        let opener = Opener::passing_here();
        DiskDirectory::check_there(dir)?;
        let mut config = of_settings(dir, in_force.unwrap_or(&Object::new()));
        if in_force.is_none() {
            config.retention_days = retention_days.unwrap_or(config.retention_days);
        }
        let sharing = Sharing { group: DiskDirectory::group_of(dir), allow_group_writable: true };
        let (directory, mut warnings) = DiskDirectory::open(dir, Duration::ZERO, sharing, &opener)?;
        let (id, directory) = (directory.id().to_owned(), Arc::new(directory));
        let (cursors, others) = Cursors::load(&*directory, &id);
        warnings.extend(others);
        for name in mirrors_of(in_force) {
            // What it has not got stays.
            cursors.reserve(&name);
        }
        let reports = Reports::new();
        for warning in warnings {
            reports.post(Level::Warn, || warning);
        }
        let sealer = config.sealer(&id).and_then(|settings| {
            let signer = GivenSigner::default();
            Prepared::new(settings, signer, Arc::clone(&directory) as _, Arc::clone(&cursors) as _)
        });
        let keeper = sealer.as_ref().map_or_else(|| Arc::clone(&cursors) as _, Prepared::keeper);
        // A log that was never sealed is not sealed from now on.
        let seal = sealer.as_ref().map(Prepared::opened).filter(|seal| seal.get("base").is_some());
        let opened = LogOpened {
            process: config.process(),
            settings: in_force.cloned().unwrap_or_default(),
            seal,
            max_record_bytes: config.max_record_bytes,
        };
        let with = OpenWith { settings: config.journal(), intake_bytes: 0, opened, prunes: false };
        let (directory, clock) = (directory as _, Arc::new(SystemClock));
        let journal = Journal::open(directory, &id, clock, Arc::clone(&reports), with, keeper)?;
        let catalog = CatalogIndex::new(&events::CATALOG, &Catalog::default())
            .map_err(|source| OpenError::Catalog { source })?;
        let checks = Checks::new(Arc::new(catalog), config.strict, config.secret_keys());
        checks.set_requires_actor(config.require_actor);
        let followers = Followers::new(cursors, config.alarm_after, config.low_priority_mirrors);
        let log = Log::for_an_operator(journal, followers, config.max_record_bytes, checks, reports);
        let log = Arc::new(log);
        let guard = AuditGuard::new(Arc::clone(&log));
        Ok(OperatorsLog { log, guard })
    }

    /// Closes the log. Returns its warnings and errors, with that of closing it.
    pub(crate) fn close(self, timeout: Duration) -> Vec<String> {
        let closed = self.guard.shutdown(timeout);
        let mut texts = self.log.reports().recent().all().into_iter().map(|it| it.text).collect::<Vec<_>>();
        if let Err(error) = closed {
            texts.push(crate::error::Chain(&error).to_string());
        }
        texts
    }
}

/// Returns a configuration with the settings that records say were in force. Those that can't be are left out.
fn of_settings(dir: &Path, in_force: &Object) -> AuditConfig {
    let default = AuditConfig::new(dir);
    let mut config = default.clone();
    for name in SETTINGS {
        let Some(value) = in_force.get(name).filter(|value| **value != Value::Null) else {
            continue;
        };
        let Ok(serde_json::Value::Object(mut json)) = serde_json::to_value(&config) else {
            continue;
        };
        let Ok(value) = serde_json::to_value(value) else {
            continue;
        };
        json.insert(name.to_owned(), value);
        if let Ok(with) = serde_json::from_value::<AuditConfig>(serde_json::Value::Object(json))
            && with.check().is_ok()
        {
            config = with;
        }
    }
    config.application = Some(executable_name());
    config.application_version = Some(env!("CARGO_PKG_VERSION").to_owned());
    config
}

/// Returns the names of the mirrors that a log with these settings has.
pub(crate) fn mirrors_of(in_force: Option<&Object>) -> Vec<String> {
    use super::mirrors::wanted::{EVENT_LOG, OTLP};
    let Some(settings) = in_force else {
        return Vec::new();
    };
    let is = |name: &str| settings.get(name).is_some_and(|value| *value == true);
    let own = settings.get("mirrors").and_then(Value::as_array).unwrap_or_default();
    let mut names = own.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    if is("otlp_from_env") || settings.get("otlp_endpoint").is_some_and(|value| *value != Value::Null) {
        names.push(OTLP.to_owned());
    }
    if is("event_log_enabled") && cfg!(windows) {
        names.push(EVENT_LOG.to_owned());
    }
    names
}
