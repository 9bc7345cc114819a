//! Changing the settings of an open log.

use super::AuditConfig;
use super::mirrors::{OWN, Wanted};
use crate::error::ReconfigureError;
use crate::events;
use crate::follow::MadeOf;
use crate::handle::{AuditHandle, Log};
use crate::journal::Settings;
use crate::mirror::Mirror;
use crate::record::catalog::CatalogIndex;
use crate::record::{Catalog, Record};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

impl AuditHandle {
    /// Goes on with these settings, while events flow.
    ///
    /// `retention_days`, `undelivered_days`, `alarm_after`, `disk_low_bytes`, `disk_critical_bytes`, `durability`, `sync_deadline`,
    /// `sync_interval`, `append_deadline`, `max_record_bytes` and `strict` can be changed; what
    /// has become too old by that is removed at once, unless there is a legal hold. With other
    /// `otlp_` or `event_log_` settings, that mirror begins, ends, or goes on where it was: its cursor
    /// goes with its name. The application's own mirrors
    /// ([`mirror`](crate::AuditLayerBuilder::mirror)) stay as they are. What changed
    /// is recorded in `log.config_changed`, with the values before and after; the settings that
    /// the log has already change nothing. Of `lock_wait` there is nothing to change.
    ///
    /// With a disabled log it does nothing, unless the settings can't be used.
    ///
    /// # Errors
    ///
    /// [`ReconfigureError`], which names the setting: it can't be used, or can't be
    /// changed while the log is open (`dir`, `enabled`, `group`, `intake_bytes`); or a mirror can't
    /// be made so: a file of certificates can't be read, say. The log goes on with
    /// all the settings that it had, and all its mirrors.
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
        // As `open` resolves it.
        let dir = std::path::absolute(&config.dir).map(|dir| dir.components().collect::<PathBuf>());
        if dir.ok().as_deref() != Some(journal.path()) {
            return fixed("dir");
        }
        if config.group != log.group() {
            return fixed("group");
        }
        if config.intake_bytes != journal.intake_bytes() {
            return fixed("intake_bytes");
        }
        let one_at_a_time = log.reconfiguring();
        let (before, after) = (journal.settings(), config.journal());
        let mut changes = Changes::default();
        let durability = |waits: Option<Duration>| if waits.is_some() { "power_loss" } else { "process" };
        changes.note("durability", durability(before.waits_for_disk), durability(after.waits_for_disk));
        if let (Some(before), Some(after)) = (before.waits_for_disk, after.waits_for_disk) {
            changes.note("sync_deadline", text(before), text(after));
        }
        changes.note("sync_interval", text(before.sync_interval), text(after.sync_interval));
        changes.note("append_deadline", text(before.append_deadline), text(after.append_deadline));
        changes.note("retention_days", before.retention_days, after.retention_days);
        changes.note("undelivered_days", before.undelivered_days, after.undelivered_days);
        changes.note("alarm_after", text(log.followers().alarm_after()), text(config.alarm_after));
        changes.note("disk_low_bytes", before.disk_low_bytes, config.disk_low_bytes);
        // An eighth of it is no setting of its own.
        let is_own = |settings: &Settings| settings.disk_critical_bytes != settings.disk_low_bytes / 8;
        if is_own(&before) || is_own(&after) {
            changes.note("disk_critical_bytes", before.disk_critical_bytes, after.disk_critical_bytes);
        }
        let mirrors = changed_mirrors(log, config, &mut changes)?;
        changes.note("max_record_bytes", log.max_record_bytes() as u64, config.max_record_bytes as u64);
        changes.note("strict", log.checks().is_strict(), config.strict);
        if let Some(record) = changes.0 {
            log.set_max_record_bytes(config.max_record_bytes);
            log.followers().set_alarm_after(config.alarm_after);
            log.checks().set_strict(config.strict);
            journal.tell(record);
            if before != after {
                journal.set(after);
            }
            for (name, mirror) in mirrors {
                let result = match mirror {
                    Some((made_of, mirror)) => log.followers().begin(journal, name, made_of, mirror),
                    None => {
                        log.followers().end(journal, name);
                        Ok(())
                    }
                };
                result.map_err(|source| ReconfigureError::Mirror { mirror: name, source: source.into() })?;
            }
            log.reports().deliver_from_outside();
        }
        drop(one_at_a_time);
        Ok(())
    }

    /// Goes on with another catalog of the application's event types, instead of the one
    /// that the builder's [`catalog`](crate::AuditLayerBuilder::catalog) gave; the
    /// built-in types stay. What changed is recorded in `log.config_changed`; the same
    /// catalog again changes nothing.
    ///
    /// # Errors
    ///
    /// [`ReconfigureError::Catalog`]: the log goes on with the catalog that it had.
    pub fn replace_catalog(&self, catalog: impl Into<Catalog>) -> Result<(), ReconfigureError> {
        let index = CatalogIndex::new(&events::CATALOG, &catalog.into())
            .map_err(|source| ReconfigureError::Catalog { source })?;
        let log = self.log();
        let one_at_a_time = log.reconfiguring();
        let before = log.checks().catalog();
        if before.has_the_same_types(&index) {
            return Ok(());
        }
        let mut changes = Changes::default();
        changes.note("catalog", before.outline(), index.outline());
        log.checks().set_catalog(index);
        if let (Some(journal), Some(record)) = (log.journal(), changes.0) {
            journal.tell(record);
            log.reports().deliver_from_outside();
        }
        drop(one_at_a_time);
        Ok(())
    }
}

/// A mirror by name: what it is to be, or that it is to go.
type Changed = (&'static str, Option<(MadeOf, Box<dyn Mirror>)>);

/// The mirrors of the settings that are others than those that there are.
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
        if let Some(Wanted { problem: Some(source), .. }) = wanted {
            return Err(ReconfigureError::Mirror { mirror: name, source });
        }
        changed.push((name, wanted.map(|wanted| (wanted.made_of, wanted.mirror))));
    }
    Ok(changed)
}

/// A duration as it stands in a configuration.
fn text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// Settings with other values than before.
#[derive(Default)]
struct Changes(Option<Record>);

#[derive(Serialize)]
struct Change<T> {
    before: T,
    after: T,
}

impl Changes {
    fn note<T: PartialEq + Serialize>(&mut self, setting: &'static str, before: T, after: T) {
        if before != after {
            let record = self.0.take().unwrap_or_else(|| Record::new("log.config_changed"));
            self.0 = Some(record.resource(setting, Change { before, after }));
        }
    }
}
