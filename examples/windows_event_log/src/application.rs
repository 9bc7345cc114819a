//! An application with both logs.

use crate::runtime_log::EventLog;
use crate::sources::{AUDIT, RUNTIME};
use std::error::Error;
use std::time::Duration;
use tracing_audit::{Actor, AuditLayer, Outcome, audit};
use tracing_subscriber::prelude::*;

pub(crate) fn run(dir: &str) -> Result<(), Box<dyn Error>> {
    eventlog::init(RUNTIME, log::Level::Info)?;
    let (layer, guard) = AuditLayer::builder(dir).event_log(AUDIT).open()?;
    let runtime = tracing_subscriber::fmt::layer().without_time().with_ansi(false).with_writer(EventLog);
    tracing_subscriber::registry().with(runtime).with(layer).init();

    tracing::info!("the application has started"); // the runtime log
    Actor::current_user().scope(|| {
        // the audit log
        audit!("settings.changed", resource.key = "language", resource.value = "de");
        audit!("auth.failed", resource.reason = "bad password", outcome = Outcome::Failure);
    });
    tracing::warn!("the application ends");

    let report = guard.shutdown(Duration::from_secs(5))?;
    if !report.undelivered.is_empty() {
        // The records are in the files; the mirror reports them after the next start.
        println!("{report}");
    }
    Ok(())
}
