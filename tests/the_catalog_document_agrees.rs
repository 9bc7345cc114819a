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
