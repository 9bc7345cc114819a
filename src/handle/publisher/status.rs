//! The state that is published.

use crate::error::Chain;
use crate::follow::MirrorStats;
use crate::handle::stats::{Sources, Stats};
use crate::host::process::ProcessIdentity;
use crate::published::{PublishedError, PublishedMirror, PublishedReport, PublishedSeal, PublishedStatus};
use crate::record::Timestamp;
use crate::report::{Level, RecentReport};
use crate::sealer::SealStats;

/// What of the state never changes while the log is open.
#[derive(Debug)]
pub(super) struct Unchanging {
    process: ProcessIdentity,
    journal: String,
    application: Option<String>,
    intake_bytes: u64,
}

impl Unchanging {
    pub(super) fn new(sources: &Sources, application: Option<String>, intake_bytes: u64) -> Unchanging {
        let journal = sources.journal.id().to_owned();
        Unchanging { process: ProcessIdentity::own(), journal, application, intake_bytes }
    }

    /// Returns the state now.
    pub(super) fn status(&self, sources: &Sources, closed: bool) -> PublishedStatus {
        let stats = Stats::of(sources);
        let now = sources.journal.now();
        let settings = sources.journal.settings();
        PublishedStatus {
            version: 1,
            written: now,
            closed,
            process: self.process.clone(),
            journal: self.journal.clone(),
            application: self.application.clone(),
            recorded: stats.recorded,
            refused: stats.refused,
            gaps: stats.gaps,
            bytes: stats.bytes,
            last_seq: stats.last_seq,
            committed_seq: stats.committed_seq,
            synced_seq: stats.synced_seq,
            kept_from_seq: sources.journal.kept_from(),
            intake_fill: stats.intake_fill,
            intake_bytes: self.intake_bytes,
            last_error: stats
                .last_error
                .map(|last| PublishedError { at: last.at, error: Chain(&last.error).to_string() }),
            pruning_suspended: stats.pruning_suspended,
            disk_free: stats.disk_free,
            disk_level: stats.disk_level.name().to_owned(),
            disk_low_bytes: settings.disk_low_bytes,
            disk_critical_bytes: settings.disk_critical_bytes,
            retention_days: settings.retention_days,
            mirrors: stats.mirrors.into_iter().map(|mirror| published(mirror, now)).collect(),
            seal: stats.seal.map(seal),
            reports: sources.journal.reports().recent().all().into_iter().map(report).collect(),
        }
    }
}

fn published(mirror: MirrorStats, now: Timestamp) -> PublishedMirror {
    let behind = mirror.behind.as_nanos();
    let since = || Timestamp::from_unix_nanos(now.unix_nanos() - i128::try_from(behind).unwrap_or(0));
    PublishedMirror {
        name: mirror.name,
        delivered_seq: mirror.delivered_seq,
        behind_records: mirror.behind_records,
        behind_since: (behind > 0).then(since),
        rejected: mirror.rejected,
        dead_letters: mirror.dead_letters,
        failing_since: mirror.failing_since,
        last_error: mirror.last_error.map(|last| PublishedError { at: last.at, error: last.error }),
    }
}

fn seal(stats: SealStats) -> PublishedSeal {
    PublishedSeal {
        origin: stats.origin,
        sealed_seq: stats.sealed_seq,
        failing_since: stats.failing_since,
        last_error: stats.last_error,
        signer_failing_since: stats.signer_failing_since,
        signer_last_error: stats.signer_last_error,
        verified_at: stats.verified_at,
        verified_findings: stats.verified_findings,
    }
}

fn report(report: RecentReport) -> PublishedReport {
    let level = if report.level == Level::Error { "ERROR" } else { "WARN" };
    PublishedReport { at: report.at.into(), level: level.to_owned(), text: report.text }
}
