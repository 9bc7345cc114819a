//! The settings in force, as `log.opened` and `log.config_changed` have them, and what `log.opened` says
//! of the process.

use super::settings::audit_config::AuditConfig;
use super::settings::defaults::executable_name;
use crate::account::process_account;
use crate::follow::priority::runs_at_low_priority;
use crate::host::host_name;
use crate::journal::{Clock as _, SystemClock};
use crate::record::catalog::CatalogIndex;
use crate::record::{Object, Value};
use std::path::PathBuf;

/// The settings that an open log keeps, whatever a configuration says that it is given later.
const KEPT: [&str; 6] =
    ["lock_wait", "allow_group_writable", "low_priority_mirrors", "catalog", "mirrors", "signer"];

impl AuditConfig {
    /// Returns all settings that are in force in a log with these, by their names, without secrets: with
    /// the defaults, and with what the environment says of the collector. `catalog`, `mirrors` and `signer` are
    /// what the builder has added.
    pub(super) fn in_force<'a>(
        &self,
        catalog: &CatalogIndex,
        mirrors: impl Iterator<Item = &'a str>,
        signer: Option<String>,
    ) -> Object {
        let mut settings = self.complete().shown().into_iter().collect::<Object>();
        settings.insert("catalog", summary(catalog));
        settings.insert("mirrors", Value::Array(mirrors.map(Value::from).collect()));
        if let Some(signer) = signer.filter(|_| self.seal) {
            settings.insert("signer", signer);
        }
        settings
    }

    /// Returns the settings in force of an open log that had others before.
    pub(super) fn in_force_after(&self, before: &Object) -> Object {
        let mut settings = self.complete().shown().into_iter().collect::<Object>();
        for name in KEPT {
            if let Some(value) = before.get(name) {
                settings.insert(name, value.clone());
            }
        }
        settings
    }

    /// Returns the settings with the values that count where none is set.
    fn complete(&self) -> AuditConfig {
        let (mut config, journal) = (self.clone(), self.journal());
        if let Ok(dir) = std::path::absolute(&config.dir) {
            // As `open` resolves it.
            config.dir = dir.components().collect::<PathBuf>();
        }
        config.application.get_or_insert_with(executable_name);
        config.retention_days = journal.retention_days;
        config.disk_critical_bytes = Some(journal.disk_critical_bytes);
        config.low_priority_mirrors = Some(runs_at_low_priority(config.low_priority_mirrors));
        config.seal &= cfg!(feature = "seal");
        if let Some(Ok(path)) = config.seal_key.as_ref().map(std::path::absolute) {
            config.seal_key = Some(path);
        }
        if config.event_log_enabled {
            config.event_log_source.get_or_insert_with(executable_name);
        }
        config.complete_otlp();
        config
    }

    /// Returns what `log.opened` says of the process: where it runs, what it is, and as whom.
    pub(super) fn process(&self) -> Object {
        let application = self.application.clone().unwrap_or_else(executable_name);
        let said = [
            ("host", host_name()),
            ("application", Some(application)),
            ("application_version", self.application_version.clone()),
            // Not known on some systems.
            ("account", process_account().ok()),
            ("boot", SystemClock.boot_id()),
        ];
        let mut process = Object::new();
        for (key, value) in said {
            if let Some(value) = value {
                process.insert(key, value);
            }
        }
        process.insert("pid", std::process::id());
        process.insert("version", env!("CARGO_PKG_VERSION"));
        process
    }
}

/// Returns how a catalog is shown among the settings: short, since it is in each `log.opened`.
pub(super) fn summary(catalog: &CatalogIndex) -> Object {
    let outline = catalog.outline();
    let mut summary = Object::new();
    summary.insert("event_types", outline.event_types.len());
    summary.insert("sha256", outline.sha256);
    summary
}
