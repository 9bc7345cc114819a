//! Opening a log.

use super::builder::AuditLayerBuilder;
use super::mirrors::wanted::{OWN, Wanted};
use super::settings::audit_config::AuditConfig;
use super::settings::group::Group;
use crate::capture::AuditLayer;
use crate::error::{Chain, OpenError};
use crate::events;
use crate::follow::{Cursors, Followers, MadeOf};
use crate::handle::{AuditGuard, Checks, Log, take_up_requests};
use crate::journal::{DiskDirectory, Journal, LogOpened, OpenWith, Opener, Sharing};
use crate::record::catalog::CatalogIndex;
use crate::report::{Level, Reports};
use crate::sealer::Prepared;
use std::sync::Arc;

impl AuditLayer {
    /// Opens an audit log with these settings.
    ///
    /// # Errors
    ///
    /// [`OpenError`], which names the setting or the path, as
    /// [`AuditLayerBuilder::open`] returns it.
    #[track_caller]
    pub fn from_config(config: &AuditConfig) -> Result<(AuditLayer, AuditGuard), OpenError> {
        AuditLayer::builder_with(config).open()
    }
}

impl AuditLayerBuilder {
    /// Opens the log: creates a missing directory, recovers the log's end after a crash, appends
    /// `log.opened`, and starts to remove old day files. Returns the layer for the stack of layers,
    /// and the guard that closes the log.
    ///
    /// # Errors
    ///
    /// [`OpenError`], which names the setting or the path. In a directory in which the log was
    /// opened before, a full disk is not an error: the application starts, and receipts, the runtime
    /// log and a later `log.gap` say what is not recorded. A mirror that can't deliver at present is
    /// a warning in the runtime log.
    ///
    /// [`OpenError::Locked`] if the directory is in use: by another process, after
    /// [`lock_wait`](AuditLayerBuilder::lock_wait); by a log of this process, at once, with the place in
    /// the code where that one was opened. Only if its guard is shut down or dropped is it waited for.
    #[track_caller]
    pub fn open(self) -> Result<(AuditLayer, AuditGuard), OpenError> {
        let opener = Opener::here();
        let config = &self.config;
        config.check()?;
        if let Some((value, reason)) = self.signer.unusable() {
            return Err(OpenError::Setting { setting: "signer", value, reason });
        }
        let catalog = CatalogIndex::new(&events::CATALOG, &self.catalog)
            .map_err(|source| OpenError::Catalog { source })?;
        let checks = Checks::new(Arc::new(catalog), config.strict, config.secret_keys());
        checks.set_requires_actor(config.require_actor);
        let log = if config.enabled {
            let reports = Reports::new();
            let own_mirrors = self.mirrors.0.iter().map(|(name, _)| name.as_str());
            let in_force = config.in_force(&checks.catalog(), own_mirrors, self.signer.key());
            let mut mirrors = Vec::new();
            for Wanted { name, made_of, mirror, problem } in config.mirrors(&reports, checks.live_catalog()) {
                if let Some(problem) = problem {
                    let text =
                        || format!("the mirror `{name}` can't deliver at present: {}", Chain(&*problem));
                    reports.post(Level::Warn, text);
                }
                mirrors.push((name.to_owned(), made_of, mirror));
            }
            for (name, mirror) in self.mirrors.0 {
                check_name(&name, &mirrors)?;
                mirrors.push((name, MadeOf::new(), mirror));
            }
            let group = config.group.as_ref().map(Group::id).transpose()?;
            let sharing = Sharing { group, allow_group_writable: config.allow_group_writable };
            let (directory, mut warnings) =
                DiskDirectory::open(&config.dir, config.lock_wait, sharing, &opener)?;
            let (id, directory) = (directory.id().to_owned(), Arc::new(directory));
            let (cursors, others) = Cursors::load(&*directory, &id);
            warnings.extend(others);
            let sealer = config.sealer(&id);
            let signer = self.signer;
            let sealer = sealer.and_then(|settings| {
                Prepared::new(settings, signer, Arc::clone(&directory) as _, Arc::clone(&cursors) as _)
            });
            let keeper = sealer.as_ref().map_or_else(|| Arc::clone(&cursors) as _, Prepared::keeper);
            // Opening the journal prunes, but not what these mirrors have not delivered.
            for (name, ..) in &mirrors {
                cursors.reserve(name);
            }
            for warning in warnings {
                reports.post(Level::Warn, || warning);
            }
            let followers =
                Followers::new(Arc::clone(&cursors), config.alarm_after, config.low_priority_mirrors);
            let mut threads = Vec::new();
            for (name, ..) in &mirrors {
                threads.push(followers.spare_thread(name).map_err(|source| OpenError::Thread { source })?);
            }
            let opened = LogOpened {
                process: config.process(),
                settings: in_force.clone(),
                seal: sealer.as_ref().map(Prepared::opened),
                max_record_bytes: config.max_record_bytes,
            };
            let journal = Journal::open(
                directory,
                &id,
                self.clock,
                Arc::clone(&reports),
                OpenWith {
                    settings: config.journal(),
                    intake_bytes: config.intake_bytes,
                    opened,
                    prunes: true,
                },
                keeper,
            )?;
            for ((name, made_of, mirror), thread) in mirrors.into_iter().zip(threads) {
                followers.begin(thread, &journal, &name, made_of, mirror);
            }
            let sealer = sealer.map(|prepared| prepared.start(journal.subscribe())).transpose();
            let sealer = sealer.map_err(|source| OpenError::Thread { source })?;
            let log = Log::to_journal(
                journal,
                followers,
                sealer,
                group,
                config.max_record_bytes,
                checks,
                reports,
                in_force,
                config.application.clone(),
            )
            .map_err(|source| OpenError::Thread { source })?;
            take_up_requests(&log).map_err(|source| OpenError::Thread { source })?;
            log
        } else {
            let log = Log::to_nowhere(checks);
            log.reports().post(Level::Warn, || {
                let dir = config.dir.display();
                format!("the audit log in {dir} is disabled (`enabled = false`): no audit event is recorded")
            });
            log
        };
        Ok((AuditLayer::new(Arc::clone(&log)), AuditGuard::new(log)))
    }
}

/// Checks a mirror's name, which is also the name of a file.
fn check_name<T, U>(name: &str, others: &[(String, T, U)]) -> Result<(), OpenError> {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let reason = if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
        "it must have from 1 to 64 lower-case letters, digits, `-` and `_`"
    } else if OWN.contains(&name) {
        "the name is one of the crate's own"
    } else if others.iter().any(|(other, ..)| other == name) {
        "another mirror has this name"
    } else {
        return Ok(());
    };
    Err(OpenError::MirrorName { name: name.to_owned(), reason })
}
