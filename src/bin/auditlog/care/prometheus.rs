//! The metrics of `auditlog health --prometheus`.

use crate::failure::Failure;
use crate::output::replace;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing_audit::read::Health;

/// Replaces a file by the metrics, so that a reader sees the old ones or the new ones.
pub(super) fn write(found: &Health, dir: &Path, file: &Path) -> Result<(), Failure> {
    let fail = |error: std::io::Error| {
        Failure::new(format!("can't write the metrics to {}: {error}", file.display()))
            .hint("Name a file in the folder that node_exporter reads (--collector.textfile.directory).")
    };
    // The collector reads names that end with `.prom`, which a file that is not whole yet has not. It runs as another account.
    replace(file, metrics(found, dir).as_bytes(), &mut OpenOptions::new()).map_err(fail)
}

fn metrics(found: &Health, dir: &Path) -> String {
    let mut text = String::new();
    let dir = label(&dir.to_string_lossy());
    let mut metric = |name: &str, kind: &str, help: &str, values: &[(String, u64)]| {
        if values.is_empty() {
            return;
        }
        // Writing to a string can't fail.
        let _ = writeln!(text, "# HELP auditlog_{name} {help}\n# TYPE auditlog_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(text, "auditlog_{name}{{dir=\"{dir}\"{labels}}} {value}");
        }
    };
    let one = |value: u64| vec![(String::new(), value)];
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    metric("health_timestamp_seconds", "gauge", "When this was written.", &one(now));
    let help = "0 all is well, 1 warning, 2 critical, 3 unknown.";
    metric("health_state", "gauge", help, &one(found.state().code().into()));
    let checks = found.checks().iter();
    let checks =
        checks.map(|check| (format!(",check=\"{}\"", label(&check.name)), check.state.code().into()));
    metric("check_state", "gauge", help, &checks.collect::<Vec<_>>());
    let Some(status) = found.published() else {
        return text;
    };
    let next = |seq: Option<u64>| seq.map_or(0, |seq| seq + 1);
    metric("closed", "gauge", "Whether the log was closed.", &one(status.closed.into()));
    metric("recorded_total", "counter", "Events recorded since the log was opened.", &one(status.recorded));
    metric("refused_total", "counter", "Events refused since the log was opened.", &one(status.refused));
    metric("gaps_total", "counter", "log.gap records since the log was opened.", &one(status.gaps));
    metric("written_bytes_total", "counter", "Bytes appended since the log was opened.", &one(status.bytes));
    metric("next_seq", "gauge", "The number of the next record.", &one(next(status.last_seq)));
    let (last, synced) = (next(status.last_seq), next(status.synced_seq));
    metric("unsynced_records", "gauge", "Records that are not on disk.", &one(last.saturating_sub(synced)));
    metric(
        "kept_from_seq",
        "gauge",
        "The number before which all records were pruned.",
        &one(status.kept_from_seq),
    );
    metric(
        "pruning_suspended",
        "gauge",
        "1 if nothing is pruned since the clock was set.",
        &one(status.pruning_suspended.into()),
    );
    if let Some(fill) = status.intake_fill {
        metric("intake_bytes", "gauge", "What the intake holds.", &one(fill));
    }
    let mirrors = |value: fn(&tracing_audit::read::PublishedMirror) -> u64| {
        let labels = |name: &str| format!(",mirror=\"{}\"", label(name));
        status.mirrors.iter().map(|mirror| (labels(&mirror.name), value(mirror))).collect::<Vec<_>>()
    };
    metric(
        "mirror_behind_records",
        "gauge",
        "Records that a mirror has not acknowledged.",
        &mirrors(|it| it.behind_records),
    );
    metric(
        "mirror_failing",
        "gauge",
        "1 if the last attempt failed.",
        &mirrors(|it| it.failing_since.is_some().into()),
    );
    metric(
        "mirror_rejected_total",
        "counter",
        "Records that the receiver has discarded.",
        &mirrors(|it| it.rejected),
    );
    metric(
        "mirror_dead_letters_total",
        "counter",
        "Records that were put aside.",
        &mirrors(|it| it.dead_letters),
    );
    if let Some(seal) = &status.seal {
        let unsealed = last.saturating_sub(next(seal.sealed_seq));
        metric("unsealed_records", "gauge", "Records that are not sealed.", &one(unsealed));
        metric(
            "sealing_failing",
            "gauge",
            "1 if nothing can be sealed.",
            &one(seal.failing_since.is_some().into()),
        );
        if let Some(findings) = seal.verified_findings {
            metric(
                "verification_findings",
                "gauge",
                "Changed or missing things, by the log's own verification.",
                &one(findings),
            );
        }
    }
    text
}

/// Returns a text as the value of a label.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
