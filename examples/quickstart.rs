//! Writes three audit records to a temporary folder and prints them. The runtime log goes to stderr.
//!
//! ```console
//! $ cargo run --example quickstart
//! ```

use std::time::Duration;
use tracing_audit::events::ProviderSelected;
use tracing_audit::{AuditLayer, Outcome, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-quickstart");

    // One layer, added to the application's stack.
    let (layer, guard) = AuditLayer::builder(&folder).open()?;
    tracing_subscriber::registry()
        .with(EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(layer)
        .init();

    // Audit events go into the folder only; runtime events go to stderr only.
    tracing::info!("the application has started");
    let first = audit!(
        ProviderSelected {
            provider_name: "whisper-cpp",
            provider_kind: "stt",
            endpoint_host: "127.0.0.1:8123",
            strategy: "local-only",
            attempt: Some(3),
        },
        actor.user_sid = "S-1-5-21-1",
        actor.session_id = "9f2c",
    );
    audit!(
        "auth.failed",
        actor.user_sid = "S-1-5-21-2",
        resource.reason = "bad password",
        outcome = Outcome::Failure
    );
    let last = audit!("settings.changed", actor.user_sid = "S-1-5-21-1", resource.retention_days = 90);
    tracing::info!("the application ends");

    // A receipt has the record's sequence number.
    let (first, last) = (first.result()?, last.result()?);
    guard.shutdown(Duration::from_secs(5))?;

    let day_file = newest_day_file(&folder)?;
    println!("\nThe audit log, {}:\n", day_file.display());
    for line in std::fs::read_to_string(&day_file)?.lines() {
        let record = tracing_audit::Record::from_line(line.as_bytes())?;
        if record.seq >= first && record.seq <= last {
            println!("{line}");
        }
    }
    println!(
        "\nWhat to do next:
  see all records, with the log's own (log.*):   cat {}
  try to silence the audit log:                  RUST_LOG=off cargo run --example quickstart
  write both logs to files:                      cargo run --example two_logs
  add an audit log to your application:          README.md",
        day_file.display()
    );
    Ok(())
}

fn newest_day_file(folder: &std::path::Path) -> Result<std::path::PathBuf, Box<dyn std::error::Error>> {
    let mut newest = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("audit-") {
            newest.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    Ok(newest.into_iter().max().ok_or("no day file")?.1)
}
