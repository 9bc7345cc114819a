//! [`assert_catalog_document`]: an application's catalog document agrees with its code.

use super::line_diff::line_diff;
use crate::record::Catalog;
use crate::record::catalog::generated_part;
use std::path::Path;

/// The environment variable that makes the assertion update the document instead.
const UPDATE: &str = "UPDATE_CATALOG";

/// Asserts that a document for auditors contains the catalog of the code: the text of
/// [`Catalog::to_markdown`].
///
/// With the environment variable `UPDATE_CATALOG=1` it updates the document instead: it replaces
/// the part between the two comments of `to_markdown`, and keeps the text around it. A document
/// that is missing is created. A relative path is relative to the directory of the package, where
/// `cargo test` runs.
///
/// # Panics
///
/// If the two differ, with the differing lines and the command that updates the document; or if
/// the document cannot be read or written.
///
/// # Examples
///
/// ```no_run
/// # tracing_audit::audit_events! {
/// #     /// An invoice was sent to a customer.
/// #     pub event InvoiceSent = "invoice.sent" { .. }
/// # }
/// #[test]
/// # fn hidden() {}
/// fn the_catalog_document_agrees_with_the_code() {
///     tracing_audit::testing::assert_catalog_document("docs/audit-events.md", CATALOG);
/// }
/// ```
#[track_caller]
pub fn assert_catalog_document(path: impl AsRef<Path>, catalog: impl Into<Catalog>) {
    let path = path.as_ref();
    let wanted = catalog.into().to_markdown();
    let document = match std::fs::read_to_string(path) {
        Ok(document) => Some(document),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("could not read the catalog document {}: {error}", path.display()),
    };
    if std::env::var_os(UPDATE).is_some_and(|value| value != "0") {
        let updated = updated(document.as_deref(), &wanted);
        if document.as_deref() != Some(&updated)
            && let Err(error) = std::fs::write(path, updated)
        {
            panic!("could not write the catalog document {}: {error}", path.display());
        }
        return;
    }
    if let Err(difference) = compare(document.as_deref(), &wanted) {
        panic!(
            "the catalog document {} does not agree with the code: {difference}\n\
             To update it, run this test with {UPDATE}=1, and review the changes.",
            path.display()
        );
    }
}

/// Returns the document with the catalog of the code.
fn updated(document: Option<&str>, wanted: &str) -> String {
    match document {
        None => format!(
            "# Audit event catalog\n\n\
             The events of the audit log, and the fields of each. The table is generated from the code by its tests,\n\
             run with `{UPDATE}=1`; `tracing_audit::testing::assert_catalog_document` keeps the two in agreement.\n\n{wanted}"
        ),
        Some(document) => match generated_part(document) {
            Some((before, _, behind)) => format!("{before}{wanted}{behind}"),
            None => format!("{}\n\n{wanted}", document.trim_end()),
        },
    }
}

/// Returns how the document's catalog differs from that of the code.
fn compare(document: Option<&str>, wanted: &str) -> Result<(), String> {
    let document = document.ok_or("the file does not exist")?;
    let (_, found, _) = generated_part(document)
        .ok_or("it does not have the two comments of `Catalog::to_markdown` that enclose the catalog")?;
    // A checkout may have converted the line endings to those of its platform.
    let found = found.replace("\r\n", "\n");
    if found.trim_end() == wanted.trim_end() {
        return Ok(());
    }
    Err(format!(
        "lines with `-` are in the document, lines with `+` are in the code\n{}",
        line_diff(&found, wanted)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::EventType;

    const OLD: Catalog = Catalog::new(&[EventType::new("a.b", "It was done.").id(200).free()]);
    const NEW: Catalog = Catalog::new(&[EventType::new("a.b", "It was begun.").id(200).free()]);

    #[test]
    fn a_document_is_created_then_updated_and_the_text_around_it_stays() {
        let created = updated(None, &OLD.to_markdown());
        compare(Some(&created), &OLD.to_markdown()).unwrap();
        let around = format!("# Ours\n\nKept.\n\n{}\nAs well.\n", OLD.to_markdown());
        let new = updated(Some(&around), &NEW.to_markdown());
        assert_eq!(new, format!("# Ours\n\nKept.\n\n{}\nAs well.\n", NEW.to_markdown()));
        let without = updated(Some("# Ours\n"), &NEW.to_markdown());
        assert_eq!(without, format!("# Ours\n\n{}", NEW.to_markdown()));
        compare(Some(&without.replace('\n', "\r\n")), &NEW.to_markdown()).unwrap();
    }

    #[test]
    fn a_document_that_has_drifted_fails_with_the_differing_lines() {
        let difference = compare(Some(&OLD.to_markdown()), &NEW.to_markdown()).unwrap_err();
        assert!(difference.contains("\n- | [`a.b`](#ab) | 200 | It was done. |\n"), "{difference}");
        assert!(difference.contains("\n+ | [`a.b`](#ab) | 200 | It was begun. |\n"), "{difference}");
        assert!(compare(None, "").unwrap_err().contains("does not exist"));
        assert!(compare(Some("# Ours\n"), "").unwrap_err().contains("does not have the two comments"));
    }
}
