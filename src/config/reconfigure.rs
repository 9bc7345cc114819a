//! Changing the settings of an open log.

use super::changes::{Changes, text};
use super::in_force::summary;
use super::mirrors::wanted::{OWN, Wanted};
use super::settings::audit_config::AuditConfig;
use super::settings::defaults::CRITICAL_PART;
use super::settings::group::Group;
use crate::error::ReconfigureError;
use crate::events;
use crate::follow::{MadeOf, SpareThread};
use crate::handle::{AuditHandle, Log};
use crate::journal::Settings;
use crate::mirror::Mirror;
use crate::record::Catalog;
use crate::record::catalog::CatalogIndex;
use crate::record::redact::SecretKeys;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

impl AuditHandle {
    /// Changes the settings of the open log to these, while events flow. Settings that the log
    /// has already change nothing.
    ///
    /// The settings are taken as a whole: one that `config` does not have gets its default, also if the
    /// builder had set it in code, such as `redact` or `require_actor`. Begin with
    /// [`AuditLayerBuilder::config`](crate::AuditLayerBuilder::config), which has these.
    ///
    /// These can be changed: `retention_days`, `undelivered_days`, `alarm_after`, `disk_low_bytes`,
    /// `disk_critical_bytes`, `durability`, `sync_deadline`, `sync_interval`, `append_deadline`,
    /// `max_record_bytes`, `strict`, `require_actor`, `redact`, `heartbeat_interval`, `checkpoint_interval`,
    /// `verify_interval`, and all that begin with `otlp_` or `event_log_`. `lock_wait`, `allow_group_writable` and `low_priority_mirrors` are ignored.
    /// `application` and `application_version` change what the next record about settings says. The
    /// changes are recorded in `log.config_changed`, with the values before and after, and with all
    /// settings in force.
    ///
    /// Day files that a shorter retention makes too old are removed at once, unless there is a legal
    /// hold. A mirror whose settings change is started, ended, or started anew; it continues after
    /// the last record that it delivered. The application's own mirrors
    /// ([`mirror`](crate::AuditLayerBuilder::mirror)) stay as they are.
    ///
    /// With a disabled log it does nothing but check the settings.
    ///
    /// ```
    /// use tracing_audit::{AuditConfig, AuditLayer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let dir = folder.path().join("audit");
    /// let mut config = AuditConfig::new(dir);
    /// let (layer, guard) = AuditLayer::from_config(&config)?;
    ///
    /// // Later, such as after a SIGHUP: the configuration is read again.
    /// config.retention_days = 365;
    /// guard.handle().reconfigure(&config)?;
    /// # drop(layer);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReconfigureError`], which names the setting or the mirror. A setting has a value that is not
    /// allowed; or it can't be changed while the log is open (`dir`, `enabled`, `group`,
    /// `intake_bytes`, `seal`, `seal_key`, `origin`); or a mirror can't be started with its new settings, for example because a file of
    /// certificates can't be read. The log keeps all its settings and mirrors.
    pub fn reconfigure(&self, config: &AuditConfig) -> Result<(), ReconfigureError> {
        config.check().map_err(|source| ReconfigureError::Settings { source })?;
        let log = self.log();
        let fixed = |setting| Err(ReconfigureError::Fixed { setting });
        if config.enabled != log.is_enabled() {
            return fixed("enabled");
        }
        let Some(journal) = log.journal() else {
            return Ok(());
        };
        // Resolved as `open` does it.
        let dir = std::path::absolute(&config.dir).map(|dir| dir.components().collect::<PathBuf>());
        if dir.ok().as_deref() != Some(journal.path()) {
            return fixed("dir");
        }
        let group = config.group.as_ref().map(Group::id).transpose();
        if group.map_err(|source| ReconfigureError::Settings { source })? != log.group() {
            return fixed("group");
        }
        if config.intake_bytes != journal.intake_bytes() {
            return fixed("intake_bytes");
        }
        let mut in_force = log.in_force();
        let in_force_after = config.in_force_after(&in_force);
        for setting in ["seal", "seal_key", "origin"] {
            if in_force.get(setting) != in_force_after.get(setting) {
                return fixed(setting);
            }
        }
        let (before, after) = (journal.settings(), config.journal());
        let mut changes = Changes::default();
        let durability = |waits: Option<Duration>| if waits.is_some() { "power_loss" } else { "process" };
        changes.note("durability", durability(before.waits_for_disk), durability(after.waits_for_disk));
        // These are of the configuration alone.
        for setting in [
            "application",
            "application_version",
            "sync_deadline",
            "heartbeat_interval",
            "checkpoint_interval",
            "verify_interval",
        ] {
            changes.note(setting, in_force.get(setting), in_force_after.get(setting));
        }
        changes.note("sync_interval", text(before.sync_interval), text(after.sync_interval));
        changes.note("append_deadline", text(before.append_deadline), text(after.append_deadline));
        changes.note("retention_days", before.retention_days, after.retention_days);
        changes.note("undelivered_days", before.undelivered_days, after.undelivered_days);
        changes.note("alarm_after", text(log.followers().alarm_after()), text(config.alarm_after));
        changes.note("disk_low_bytes", before.disk_low_bytes, config.disk_low_bytes);
        // The default follows `disk_low_bytes`, and is not a change of its own.
        let is_own =
            |settings: &Settings| settings.disk_critical_bytes != settings.disk_low_bytes / CRITICAL_PART;
        if is_own(&before) || is_own(&after) {
            changes.note("disk_critical_bytes", before.disk_critical_bytes, after.disk_critical_bytes);
        }
        let mirrors = changed_mirrors(log, config, &mut changes)?;
        changes.note("max_record_bytes", log.max_record_bytes() as u64, config.max_record_bytes as u64);
        changes.note("strict", log.checks().is_strict(), config.strict);
        changes.note("require_actor", log.checks().requires_actor(), config.require_actor);
        let (known_secrets, secrets) = (log.checks().secrets(), config.secret_keys());
        let names = |keys: Option<&SecretKeys>| keys.map_or_else(Vec::new, |keys| keys.names().to_vec());
        changes.note("redact", names(known_secrets.as_deref()), names(secrets.as_ref()));
        if let Some(record) = changes.into_record(&in_force_after, config.max_record_bytes) {
            in_force.clone_from(&in_force_after);
            log.set_max_record_bytes(config.max_record_bytes);
            log.followers().set_alarm_after(config.alarm_after);
            if let Some(sealer) = log.sealer() {
                sealer.set_intervals(|settings| {
                    settings.checkpoint_interval = config.checkpoint_interval;
                    settings.heartbeat_interval = config.heartbeat_interval;
                    settings.verify_interval = config.verify_interval;
                    settings.alarm_after = config.alarm_after;
                });
            }
            log.checks().set_strict(config.strict);
            log.checks().set_requires_actor(config.require_actor);
            if known_secrets.as_deref() != secrets.as_ref() {
                log.checks().set_secrets(secrets);
            }
            journal.emit_changes(record, in_force_after);
            if before != after {
                journal.set(after);
            }
            for (name, mirror) in mirrors {
                match mirror {
                    Some((thread, made_of, mirror)) => {
                        log.followers().begin(thread, journal, name, made_of, mirror);
                    }
                    None => log.followers().end(journal, name),
                }
            }
            log.reports().deliver();
        }
        drop(in_force);
        Ok(())
    }

    /// Replaces the catalog of the application's event types, which the builder's
    /// [`catalog`](crate::AuditLayerBuilder::catalog) has set. The built-in types stay. The change is
    /// recorded in `log.config_changed`; the same catalog again changes nothing.
    ///
    /// # Errors
    ///
    /// [`ReconfigureError::Catalog`] if the catalog can't be used. The log keeps the one that it had.
    pub fn replace_catalog(&self, catalog: impl Into<Catalog>) -> Result<(), ReconfigureError> {
        let index = CatalogIndex::new(&events::CATALOG, &catalog.into())
            .map_err(|source| ReconfigureError::Catalog { source })?;
        let log = self.log();
        let mut in_force = log.in_force();
        let before = log.checks().catalog();
        if before.has_the_same_types(&index) {
            return Ok(());
        }
        let mut changes = Changes::default();
        changes.note("catalog", before.outline(), index.outline());
        in_force.insert("catalog", summary(&index));
        log.checks().set_catalog(index);
        let record = changes.into_record(&in_force, log.max_record_bytes());
        if let (Some(journal), Some(record)) = (log.journal(), record) {
            journal.emit_changes(record, in_force.clone());
            log.reports().deliver();
        }
        drop(in_force);
        Ok(())
    }
}

/// A mirror by name, with its thread and its new settings, or `None` if it is to end.
type Changed = (&'static str, Option<(SpareThread, MadeOf, Box<dyn Mirror>)>);

/// Returns the mirrors whose settings differ from those that are running. Nothing that can fail is
/// left to be done when they are known.
fn changed_mirrors(
    log: &Log,
    config: &AuditConfig,
    changes: &mut Changes,
) -> Result<Vec<Changed>, ReconfigureError> {
    let mut wanted = config.mirrors(log.reports(), log.checks().live_catalog());
    let mut changed = Vec::new();
    for name in OWN {
        let before = log.followers().made_of(name).unwrap_or_default();
        let wanted = wanted.iter().position(|wanted| wanted.name == name).map(|at| wanted.remove(at));
        let after = wanted.as_ref().map(|wanted| wanted.made_of.clone()).unwrap_or_default();
        if before == after {
            continue;
        }
        for setting in before.keys().chain(after.keys()).copied().collect::<BTreeSet<_>>() {
            changes.note(setting, before.get(setting), after.get(setting));
        }
        let not_started = |source| ReconfigureError::Mirror { mirror: name, source };
        let mirror = match wanted {
            None => None,
            Some(Wanted { problem: Some(source), .. }) => return Err(not_started(source)),
            Some(Wanted { made_of, mirror, .. }) => {
                let thread =
                    log.followers().spare_thread(name).map_err(|source| not_started(source.into()))?;
                Some((thread, made_of, mirror))
            }
        };
        changed.push((name, mirror));
    }
    Ok(changed)
}
