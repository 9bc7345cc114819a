//! Copies the audit log to an OpenTelemetry collector without losing a record.
//!
//! ```console
//! $ cargo run --features otlp --example otlp
//! $ cargo run --features otlp --example otlp -- collector.example:4318
//! ```
//!
//! Run it once without a collector: the records wait in the day files, and the output says how many.
//! Start a collector as the output explains, and run it again: all records arrive, in order.

use std::time::Duration;
use tracing_audit::{AuditLayer, Otlp, Outcome, audit};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

const A_COLLECTOR: &str = r#"
To see the records arrive, start one of these collectors and run this example again:

  pip install rotel==0.0.1a15 && rotel start --otlp-http-endpoint 127.0.0.1:4318 \
      --exporter blackhole --debug-log logs --debug-log-verbosity detailed

  docker run -p 4318:4318 otel/opentelemetry-collector \
      --config "yaml:receivers: {otlp: {protocols: {http: {endpoint: 0.0.0.0:4318}}}}" \
      --config "yaml:exporters: {debug: {verbosity: detailed}}" \
      --config "yaml:service: {pipelines: {logs: {receivers: [otlp], exporters: [debug]}}}"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4318".to_owned());
    let folder = std::env::temp_dir().join("tracing-audit-otlp");

    // With a client certificate, a private authority and a header:
    // `.client_cert("client.pem", "client.key").ca("ca.pem").header("authorization", token)`.
    let otlp = Otlp::new(&endpoint).resource("service.name", "otlp-example");
    let (layer, guard) = AuditLayer::builder(&folder).otlp(otlp).open()?;
    // A collector that is down causes a warning in the runtime log.
    let runtime_log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(runtime_log.with_filter(LevelFilter::INFO)).with(layer).init();

    audit!(
        "settings.changed",
        actor.user_sid = "S-1-5-21-1",
        resource.key = "retention_days",
        resource.value = 30
    );
    audit!(
        "auth.failed",
        actor.user_sid = "S-1-5-21-1",
        resource.reason = "bad password",
        outcome = Outcome::Failure,
    );

    // The statistics include each mirror.
    let handle = guard.handle();
    handle.flush(Duration::from_secs(5))?;
    for mirror in handle.stats().mirrors {
        println!("the mirror `{}` is {} records behind", mirror.name, mirror.behind_records);
    }

    // The mirror delivers what it can within this time.
    let report = guard.shutdown(Duration::from_secs(3))?;
    if report.undelivered.is_empty() {
        println!("all records are at {endpoint}");
    } else {
        println!("{report}\n{A_COLLECTOR}");
    }
    println!("the audit log is in {}", folder.display());
    Ok(())
}
