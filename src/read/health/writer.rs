//! The process that writes the log, and what it has published.

use super::check::{Check, CheckState};
use super::limits::Limits;
use super::status::NoStatus;
use super::words::{age, shown};
use crate::published::{PublishedMirror, PublishedSeal, PublishedStatus};
use crate::record::Timestamp;
use std::time::Duration;

/// How long records may stay unsynced, uncommitted or unsealed after the status was written. It is written once a second.
const SETTLES: Duration = Duration::from_secs(15);

/// How long a mirror, or sealing, may fail before that is worth a warning.
const PASSES: Duration = Duration::from_secs(60);

/// Returns whether someone writes the log.
pub(super) fn writer(published: &Result<PublishedStatus, NoStatus>, expects: bool, now: Timestamp) -> Check {
    let status = match published {
        Ok(status) => status,
        Err(NoStatus::Missing) => {
            let detail = "there is no status.json: the log was written by a build that publishes none, or never opened";
            return Check::unknown("writer", detail);
        }
        Err(NoStatus::Unreadable(reason)) => {
            return Check::unknown("writer", format!("status.json can't be read: {reason}"));
        }
    };
    let process = &status.process;
    let name = status.application.as_deref().unwrap_or("an application");
    let host = process.host.as_deref().unwrap_or("an unknown machine");
    let who = format!("{name}, process {} on {host}", process.pid);
    let ago = shown(age(status.written, now));
    if status.closed {
        let worst = if expects { CheckState::Critical } else { CheckState::Ok };
        return Check::ok("writer", format!("{who} has closed the log {ago} ago")).at_least(worst);
    }
    match process.is_running() {
        Some(true) if status.written > now && age(now, status.written) > PASSES => Check::warning(
            "writer",
            format!(
                "{who} writes the log; its status is of {}, which is to come: the clock was set back",
                status.written
            ),
        ),
        Some(true) => {
            Check::ok("writer", format!("{who} writes the log; its state has last changed {ago} ago"))
        }
        Some(false) => Check::critical(
            "writer",
            format!(
                "{who} has ended without closing the log, its last status is {ago} old: start it again, or recover the log"
            ),
        ),
        None => Check::unknown(
            "writer",
            format!("whether {who} is running can't be told from here; its last status is {ago} old"),
        ),
    }
}

/// Returns the checks of what the writer has published.
pub(super) fn figures(status: &PublishedStatus, with: &Limits, now: Timestamp) -> Vec<Check> {
    let mut checks = vec![
        events(status, with, now),
        on_disk(status, now),
        intake(status, now),
        pruning(status),
        reports(status, with, now),
    ];
    checks.extend(status.mirrors.iter().map(|it| mirror(it, status, with, now)));
    if let Some(seal) = &status.seal {
        checks.push(sealing(seal, status, now));
        checks.push(verified(seal, now));
    }
    checks
}

fn events(status: &PublishedStatus, with: &Limits, now: Timestamp) -> Check {
    let PublishedStatus { recorded, refused, gaps, .. } = status;
    match &status.last_error {
        Some(last) if *refused > 0 => {
            let ago = age(last.at, now);
            let detail = format!(
                "{refused} events were refused since the log was opened, the last one {} ago: {}; {gaps} `log.gap` records count them",
                shown(ago),
                last.error
            );
            if ago <= with.recent {
                Check::critical("events", detail)
            } else {
                Check::warning("events", detail)
            }
        }
        _ => Check::ok(
            "events",
            format!("{recorded} events were recorded since the log was opened, none was refused"),
        ),
    }
}

fn on_disk(status: &PublishedStatus, now: Timestamp) -> Check {
    let ago = age(status.written, now);
    let PublishedStatus { last_seq, committed_seq, synced_seq, .. } = status;
    let missing =
        |reached: &Option<u64>| last_seq.map_or(0, |last| last - reached.map_or(0, |at| at.min(last)));
    let (uncommitted, unsynced) = (missing(committed_seq), missing(synced_seq));
    let is_late = ago > SETTLES && !status.closed;
    match last_seq {
        None => Check::ok("records", "there is no record yet"),
        Some(_) if uncommitted > 0 && is_late => Check::critical(
            "records",
            format!("{uncommitted} records are in no day file yet, for {}", shown(ago)),
        ),
        Some(_) if unsynced > 0 && is_late => {
            Check::critical("records", format!("{unsynced} records are not on disk yet, for {}", shown(ago)))
        }
        Some(_) if unsynced > 0 && status.closed => {
            Check::warning("records", format!("{unsynced} records were not on disk when the log was closed"))
        }
        Some(last) => Check::ok("records", format!("the last one is {last}; {unsynced} are not on disk yet")),
    }
}

fn intake(status: &PublishedStatus, now: Timestamp) -> Check {
    let Some(fill) = status.intake_fill else {
        return Check::ok("intake", "there is none: each event is written to the day file by its caller");
    };
    let of = status.intake_bytes;
    let detail = format!("it holds {fill} of {of} bytes");
    if fill > of / 2 && age(status.written, now) > SETTLES && !status.closed {
        return Check::critical("intake", format!("{detail}: events are refused once it is full"));
    }
    Check::ok("intake", detail)
}

fn pruning(status: &PublishedStatus) -> Check {
    let days = status.retention_days;
    if status.pruning_suspended {
        let detail = "nothing is pruned since the clock was set: make sure that it is right, then prune";
        return Check::warning("pruning", detail);
    }
    Check::ok(
        "pruning",
        format!("day files are kept for {days} days; records begin with {}", status.kept_from_seq),
    )
}

/// Tells the last error for the runtime log: whatever else is wrong, it was said there.
fn reports(status: &PublishedStatus, with: &Limits, now: Timestamp) -> Check {
    let recent = status.reports.iter().filter(|report| age(report.at, now) <= with.recent);
    let (errors, warnings): (Vec<_>, Vec<_>) = recent.partition(|report| report.level == "ERROR");
    match errors.last().or(warnings.last()) {
        Some(last) => {
            let (errors, warnings) = (errors.len(), warnings.len());
            let ago = shown(age(last.at, now));
            let detail = format!(
                "of the log itself, errors: {errors}, warnings: {warnings}; {ago} ago: {}",
                last.text
            );
            Check::warning("runtime_log", detail)
        }
        None => Check::ok("runtime_log", "no recent error or warning of the log itself"),
    }
}

fn mirror(mirror: &PublishedMirror, status: &PublishedStatus, with: &Limits, now: Timestamp) -> Check {
    let name = format!("mirror:{}", mirror.name);
    let PublishedMirror { behind_records: behind, rejected, dead_letters, .. } = mirror;
    let waits = mirror.behind_since.map_or(Duration::ZERO, |since| age(since, now));
    if let Some(since) = mirror.failing_since {
        let fails = age(since, now);
        let why = mirror.last_error.as_ref().map_or("no reason is known", |last| last.error.as_str());
        let detail = format!("it fails for {}, {behind} records wait: {why}", shown(fails));
        return match fails.max(waits) {
            long if long > with.max_mirror_lag => Check::critical(name, detail),
            long if long > PASSES => Check::warning(name, detail),
            _ => Check::ok(name, detail),
        };
    }
    if *behind > 0 && waits > with.max_mirror_lag && !status.closed {
        return Check::critical(name, format!("{behind} records wait for it, for {}", shown(waits)));
    }
    if *rejected > 0 || *dead_letters > 0 {
        let detail = format!(
            "the receiver has discarded {rejected} records, and {dead_letters} are in .state/dead_letters"
        );
        return Check::warning(name, detail);
    }
    Check::ok(name, format!("{behind} records are on their way"))
}

fn sealing(seal: &PublishedSeal, status: &PublishedStatus, now: Timestamp) -> Check {
    if let Some(since) = seal.failing_since {
        let fails = age(since, now);
        let why = seal.last_error.as_deref().unwrap_or("no reason is known");
        let detail = format!("nothing was sealed for {}: {why}", shown(fails));
        return if fails > PASSES {
            Check::critical("sealing", detail)
        } else {
            Check::warning("sealing", detail)
        };
    }
    if let Some(since) = seal.signer_failing_since {
        let why = seal.signer_last_error.as_deref().unwrap_or("no reason is known");
        let detail = format!("the signer has not signed for {}: {why}", shown(age(since, now)));
        return Check::warning("sealing", detail);
    }
    let unsealed = status.last_seq.map_or(0, |last| last - seal.sealed_seq.map_or(0, |at| at.min(last)));
    let ago = age(status.written, now);
    if unsealed > 0 && ago > PASSES && !status.closed {
        return Check::critical(
            "sealing",
            format!("{unsealed} records are not sealed yet, for {}", shown(ago)),
        );
    }
    match seal.sealed_seq {
        Some(last) => {
            Check::ok("sealing", format!("the records to {last} are sealed, {unsealed} are not yet"))
        }
        None => Check::ok("sealing", "no record is sealed yet"),
    }
}

fn verified(seal: &PublishedSeal, now: Timestamp) -> Check {
    match (seal.verified_at, seal.verified_findings) {
        (Some(at), Some(0)) => {
            Check::ok("verification", format!("the log was as it was sealed {} ago", shown(age(at, now))))
        }
        (Some(at), Some(findings)) => Check::critical(
            "verification",
            format!(
                "{findings} sealed things were changed or missing {} ago: run `auditlog verify`",
                shown(age(at, now))
            ),
        ),
        _ => Check::ok("verification", "the log has not verified itself yet"),
    }
}
