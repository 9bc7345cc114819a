//! Exports the health of the audit log as OpenTelemetry metrics: each collection reads
//! `AuditHandle::stats()`.
//!
//! ```console
//! $ cargo run -p otel_metrics
//! ```
//!
//! This example prints them; a service sets its own exporter on the meter provider. "Is it
//! healthy?" in `docs/operations.md` says which of them to alarm on.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use std::time::{Duration, SystemTime};
use tracing_audit::record::Timestamp;
use tracing_audit::{AuditHandle, AuditLayer, MirrorStats, Outcome, Stats, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

/// Registers the instruments. Each reads the log's statistics when it is collected, which takes one or two
/// microseconds of the collecting thread.
///
/// They live as long as the provider, and keep the log open as long.
fn observe(meter: Meter, log: AuditHandle) {
    let health = Health { meter, log };
    // Counted since the log was opened: they start at 0 in each process.
    health.counter("audit.records", "{record}", "Events that were recorded", |stats| stats.recorded);
    health.counter("audit.refused", "{event}", "Events that were not recorded", |stats| stats.refused);
    health.counter("audit.gaps", "{record}", "log.gap records, which report those", |stats| stats.gaps);
    health
        .counter("audit.written", "By", "Bytes of all lines, control records included", |stats| stats.bytes);

    // Backlogs. Those of several processes may be summed.
    health.backlog("audit.uncommitted", "{record}", "Records not yet in a day file", |stats| {
        Some(count(stats.last_seq).saturating_sub(count(stats.committed_seq)))
    });
    health.backlog("audit.unsynced", "{record}", "Records not known to be on disk", |stats| {
        Some(count(stats.last_seq).saturating_sub(count(stats.synced_seq)))
    });
    health.backlog("audit.intake.fill", "By", "Bytes in the intake", |stats| stats.intake_fill);

    health.gauge("audit.last_error.age", "s", "Time since an event was last refused", |stats| {
        stats.last_error.as_ref().map(|error| seconds_since(error.at))
    });
    health.gauge("audit.disk.free", "By", "Free space on the log's disk", |stats| {
        stats.disk_free.map(|bytes| bytes as f64)
    });
    health.gauge(
        "audit.pruning.suspended",
        "1",
        "1 while old day files are kept: the clock was set",
        |stats| Some(f64::from(u8::from(stats.pruning_suspended))),
    );
    // One for each mirror, by its name.
    health.mirrors("audit.mirror.behind", "{record}", "Records not yet delivered to the mirror", |mirror| {
        mirror.behind_records as f64
    });
    health.mirrors(
        "audit.mirror.failing",
        "s",
        "Time since deliveries began to fail; 0 while they succeed",
        |mirror| mirror.failing_since.map_or(0.0, seconds_since),
    );
    health.mirrors("audit.mirror.rejected", "{record}", "Records that the receiver rejected", |mirror| {
        (mirror.rejected + mirror.dead_letters) as f64
    });
    health.gauge("audit.enabled", "1", "0 if nothing is recorded", |stats| {
        Some(f64::from(u8::from(stats.enabled)))
    });
}

struct Health {
    meter: Meter,
    log: AuditHandle,
}

type Text = &'static str;

impl Health {
    fn counter(&self, name: Text, unit: Text, what: Text, of: fn(&Stats) -> u64) {
        let log = self.log.clone();
        let counter = self.meter.u64_observable_counter(name).with_unit(unit).with_description(what);
        counter.with_callback(move |observer| observer.observe(of(&log.stats()), &[])).build();
    }

    /// `None` is not observed.
    fn backlog(&self, name: Text, unit: Text, what: Text, of: fn(&Stats) -> Option<u64>) {
        let log = self.log.clone();
        let backlog = self.meter.i64_observable_up_down_counter(name).with_unit(unit).with_description(what);
        let observed = move || i64::try_from(of(&log.stats())?).ok();
        backlog
            .with_callback(move |observer| observed().into_iter().for_each(|n| observer.observe(n, &[])))
            .build();
    }

    /// `None` is not observed.
    fn gauge(&self, name: Text, unit: Text, what: Text, of: fn(&Stats) -> Option<f64>) {
        let log = self.log.clone();
        let gauge = self.meter.f64_observable_gauge(name).with_unit(unit).with_description(what);
        let observed = move || of(&log.stats());
        gauge
            .with_callback(move |observer| observed().into_iter().for_each(|n| observer.observe(n, &[])))
            .build();
    }

    fn mirrors(&self, name: Text, unit: Text, what: Text, of: fn(&MirrorStats) -> f64) {
        let log = self.log.clone();
        let gauge = self.meter.f64_observable_gauge(name).with_unit(unit).with_description(what);
        gauge
            .with_callback(move |observer| {
                for mirror in log.stats().mirrors {
                    observer.observe(of(&mirror), &[KeyValue::new("mirror", mirror.name.clone())]);
                }
            })
            .build();
    }
}

/// Returns the number of records up to and including this sequence number.
fn count(last: Option<u64>) -> u64 {
    last.map_or(0, |seq| seq + 1)
}

fn seconds_since(at: Timestamp) -> f64 {
    let now = Timestamp::from(SystemTime::now());
    (now.unix_nanos() - at.unix_nanos()).max(0) as f64 / 1e9
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-otel-metrics");
    let (layer, guard) = AuditLayer::builder(&folder).open()?;
    tracing_subscriber::registry()
        .with(EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(layer)
        .init();

    // Collects once a minute on a thread of its own. It is not the global meter provider, so that the
    // shutdown below is the last collection.
    let metrics = SdkMeterProvider::builder()
        .with_periodic_exporter(opentelemetry_stdout::MetricExporter::default())
        .build();
    observe(metrics.meter("tracing_audit"), guard.handle());

    for user in ["S-1-5-21-1", "S-1-5-21-2"] {
        audit!("settings.changed", actor.user_sid = user, resource.retention_days = 90);
    }
    audit!("auth.failed", resource.reason = "bad password", outcome = Outcome::Failure);
    println!("While events flow:\n");
    metrics.force_flush()?;

    // The log first: the last export shows its final state.
    guard.shutdown(Duration::from_secs(5))?;
    println!("\nAfter the log was closed:\n");
    metrics.shutdown()?;
    Ok(())
}
