//! The main job in one file: a runtime log on stderr, an audit log in a folder.
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

    // One layer, added to whatever stack the application already has.
    let (layer, guard) = AuditLayer::builder(&folder).open()?;
    tracing_subscriber::registry()
        .with(EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(layer)
        .init();

    // One macro. These are audit events; they go into the folder, and nowhere else.
    tracing::info!("the application has started, says the runtime log");
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
    tracing::info!("the application ends, says the runtime log");

    // A receipt has the record's number in the journal.
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
  see all of it, the log's own records (log.*) too:  cat {}
  try to silence it:                                 RUST_LOG=off cargo run --example quickstart
  keep runtime and audit log apart in files:         cargo run --example two_logs
  add it to your application:                        README.md",
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
