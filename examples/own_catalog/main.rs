//! An application with audit events of its own: what they are (`events.rs`), the
//! document that its auditors read (`audit-events.md`), and the test that holds the
//! two together.
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
        .catalog(events::CATALOG) // for what is emitted in free form, and for the Event Log's ids
        .strict(true) // an event that is not what the catalog says is an error in its receipt
        .open()?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(layer)
        .init();

    // A field that is missing, unknown or mistyped does not compile.
    let first = audit!(
        InvoiceSent { number: "2026-041", cents: 11_900, copy_to: &["tax@example.com"] },
        actor.user_sid = "ada",
    );
    cancel("2026-041", None);
    audit!(ReportMade { resource: serde_json::json!({ "year": 2026, "rows": 3 }) });

    // What the compiler can't see is checked when it runs: recorded, and flagged.
    let flagged = audit!("invoice.sent", actor.user_sid = "ada", resource.number = 42);
    match flagged.result() {
        Err(AppendError::Violations { seq, violations }) => {
            println!("number {seq} is not what the catalog says: {}\n", violations.join(", "));
        }
        other => return Err(format!("the catalog should have been broken: {other:?}").into()),
    }

    let (first, last) = (first.result()?, flagged.seq());
    guard.shutdown(Duration::from_secs(5))?;
    show(&folder, first, last)
}

fn cancel(number: &str, reason: Option<&str>) {
    audit!(InvoiceCancelled { number, reason }, actor.user_sid = "ada");
}

/// The records from `first` to `last`.
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
