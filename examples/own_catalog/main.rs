//! An application with its own audit events: their definitions (`events.rs`), the document for its
//! auditors (`audit-events.md`), and the test that compares the two.
//!
//! ```console
//! $ cargo run --example own_catalog
//! $ cargo test --example own_catalog
//! $ UPDATE_CATALOG=1 cargo test --example own_catalog    # after a change of events.rs
//! ```

mod events;

use events::{InvoiceCancelled, InvoiceSent, ReportMade};
use std::path::Path;
use std::time::Duration;
use tracing_audit::{AppendError, AuditLayer, audit};
use tracing_subscriber::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join("tracing-audit-own-catalog");
    let (layer, guard) = AuditLayer::builder(&folder)
        .catalog(events::CATALOG) // checks events in free form, and has the ids for the Event Log
        .strict(true) // the receipt of an event that violates the catalog is an error
        .open()?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(layer)
        .init();

    // A missing, unknown or mistyped field is a compile error.
    let first = audit!(
        InvoiceSent { number: "2026-041", cents: 11_900, copy_to: &["tax@example.com"] },
        actor.user_sid = "ada",
    );
    cancel("2026-041", None);
    audit!(ReportMade { resource: serde_json::json!({ "year": 2026, "rows": 3 }) });

    // Events in free form are checked at run time: a violation is recorded and flagged.
    let flagged = audit!("invoice.sent", actor.user_sid = "ada", resource.number = 42);
    match flagged.result() {
        Err(AppendError::Violations { seq, violations }) => {
            println!("record {seq} violates the catalog: {}\n", violations.join(", "));
        }
        other => return Err(format!("expected a violation of the catalog: {other:?}").into()),
    }

    let (first, last) = (first.result()?, flagged.seq());
    guard.shutdown(Duration::from_secs(5))?;
    show(&folder, first, last)
}

fn cancel(number: &str, reason: Option<&str>) {
    audit!(InvoiceCancelled { number, reason }, actor.user_sid = "ada");
}

/// Prints the records from `first` to `last`.
fn show(folder: &Path, first: Option<u64>, last: Option<u64>) -> Result<(), Box<dyn std::error::Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            for line in std::fs::read_to_string(path)?.lines() {
                let record = tracing_audit::Record::from_line(line.as_bytes())?;
                if (first..=last).contains(&record.seq) {
                    println!("{line}");
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_audit::testing::{assert_catalog_document, capture_with};

    #[test]
    fn the_document_is_that_of_the_code() {
        assert_catalog_document("examples/own_catalog/audit-events.md", events::CATALOG);
    }

    #[test]
    fn a_cancelled_invoice_is_in_the_audit_log() {
        let records = capture_with(events::CATALOG, || cancel("2026-041", Some("a mistake")));
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].event, "invoice.cancelled");
        assert_eq!(records[0].resource["reason"], "a mistake");
    }
}
