//! The catalog's document agrees with the code, and a difference is reported.

use std::path::Path;
use tracing_audit::record::{CONTROL_RECORDS, EventType};
use tracing_audit::testing::assert_catalog_document;
use tracing_audit::{Catalog, events};

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_document_of_the_built_in_types_is_that_of_the_code() {
    let path = manifest().join("docs/compliance/audit-event-catalog.md");
    assert_catalog_document(&path, events::CATALOG.and(CONTROL_RECORDS));
    let document = std::fs::read_to_string(path).unwrap();
    assert!(
        document.contains("$ cargo run --example event_catalog > docs/compliance/audit-event-catalog.md")
    );
}

#[test]
fn the_document_of_the_common_types_is_that_of_the_code() {
    let path = manifest().join("docs/compliance/common-events.md");
    assert_catalog_document(&path, events::common::CATALOG);
    let document = std::fs::read_to_string(path).unwrap();
    let built_in = events::CATALOG;
    let rows = document.lines().filter_map(|line| {
        let cells =
            line.strip_prefix("| ")?.trim_end_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
        let [_, name, owasp, ocsf] = cells[..] else { return None };
        Some((built_in.get(name.trim_matches('`'))?, owasp.to_owned(), ocsf.to_owned()))
    });
    let rows = rows.collect::<Vec<_>>();
    assert_eq!(rows.len(), 5, "the table of the built-in types");
    for (event_type, owasp, ocsf) in rows {
        let text = event_type.owasp.map(|owasp| format!("`{owasp}`")).unwrap_or_default();
        assert_eq!(owasp, text, "{}", event_type.name);
        assert_eq!(ocsf, event_type.ocsf.map(|ocsf| ocsf.to_string()).unwrap_or_default());
    }
    for event_type in events::common::CATALOG.and(built_in).event_types() {
        if let Some(ocsf) = event_type.ocsf {
            let class = format!("\n| {} | ", ocsf.class_uid);
            assert!(document.contains(&class), "{} has no name", ocsf.class_uid);
        }
    }
}

#[test]
fn a_document_that_has_drifted_fails_with_a_diff_and_the_way_to_renew_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.md");
    const SENT: EventType = EventType::new("invoice.sent", "An invoice was sent.").id(200);
    std::fs::write(&path, Catalog::new(&[SENT]).to_markdown()).unwrap();
    assert_catalog_document(&path, [SENT]);
    let drifted = std::panic::catch_unwind(|| {
        assert_catalog_document(&path, [SENT.id(201)]);
    });
    let panic = drifted.unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    for part in [
        "events.md does not agree with the code",
        "\n- Event id: 200.\n+ Event id: 201.\n",
        "run this test with UPDATE_CATALOG=1",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(std::panic::catch_unwind(|| assert_catalog_document("no/such/file.md", [SENT])).is_err());
}
