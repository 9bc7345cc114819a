//! An application's catalog document, held to its code.

use super::diff::diff;
use crate::record::Catalog;
use crate::record::catalog::generated_part;
use std::path::Path;

/// The environment variable that has the document renewed instead of compared.
const UPDATE: &str = "UPDATE_CATALOG";

/// Asserts that the catalog in a document, which readers of the log rely on, is the
/// one in the code: that the document contains [`Catalog::to_markdown`].
///
/// With the environment variable `UPDATE_CATALOG=1` the document is renewed instead:
/// the part between the two comments of `to_markdown` is replaced, and what is written
/// around it stays. A document that is missing is made. A relative path is relative
/// to the directory of the package, where `cargo test` runs.
///
/// ```no_run
/// # tracing_audit::audit_events! {
/// #     /// An invoice was sent to a customer.
/// #     pub event InvoiceSent = "invoice.sent" { .. }
/// # }
/// #[test]
/// # fn hidden() {}
/// fn the_catalog_document_is_that_of_the_code() {
///     tracing_audit::testing::assert_catalog_document("docs/audit-events.md", CATALOG);
/// }
/// ```
///
/// # Panics
///
/// If they differ, with the lines that do, and with the command that renews the
/// document; or if the document can't be read or written.
#[track_caller]
pub fn assert_catalog_document(path: impl AsRef<Path>, catalog: impl Into<Catalog>) {
    let path = path.as_ref();
    let wanted = catalog.into().to_markdown();
    let document = match std::fs::read_to_string(path) {
        Ok(document) => Some(document),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("the catalog document {} can't be read: {error}", path.display()),
    };
    if std::env::var_os(UPDATE).is_some_and(|value| value != "0") {
        let renewed = renewed(document.as_deref(), &wanted);
        if document.as_deref() != Some(&renewed)
            && let Err(error) = std::fs::write(path, renewed)
        {
            panic!("the catalog document {} can't be written: {error}", path.display());
        }
        return;
    }
    if let Err(difference) = compare(document.as_deref(), &wanted) {
        panic!(
            "the catalog document {} is not that of the code: {difference}\n\
             To renew it, run this test with {UPDATE}=1, and read what changed.",
            path.display()
        );
    }
}

/// The document with its catalog renewed.
fn renewed(document: Option<&str>, wanted: &str) -> String {
    match document {
        None => format!(
            "# Audit event catalog\n\n\
             Which events are in the audit log, and what each of them says. Made from the code by its tests, run\n\
             with `{UPDATE}=1`; `tracing_audit::testing::assert_catalog_document` holds the two together.\n\n{wanted}"
        ),
        Some(document) => match generated_part(document) {
            Some((before, _, behind)) => format!("{before}{wanted}{behind}"),
            None => format!("{}\n\n{wanted}", document.trim_end()),
        },
    }
}

fn compare(document: Option<&str>, wanted: &str) -> Result<(), String> {
    let document = document.ok_or("there is no such file")?;
    let (_, found, _) = generated_part(document)
        .ok_or("it has no catalog, which begins and ends with the comments of `Catalog::to_markdown`")?;
    // A checkout may have turned the ends of lines into those of its platform.
    let found = found.replace("\r\n", "\n");
    if found.trim_end() == wanted.trim_end() {
        return Ok(());
    }
    Err(format!("lines with `-` are in the document, lines with `+` in the code\n{}", diff(&found, wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::EventType;

    const OLD: Catalog = Catalog::new(&[EventType::new("a.b", "It was done.").id(200).free()]);
    const NEW: Catalog = Catalog::new(&[EventType::new("a.b", "It was begun.").id(200).free()]);

    #[test]
    fn a_document_is_made_then_renewed_and_what_is_around_stays() {
        let made = renewed(None, &OLD.to_markdown());
        compare(Some(&made), &OLD.to_markdown()).unwrap();
        let around = format!("# Ours\n\nKept.\n\n{}\nAs well.\n", OLD.to_markdown());
        let new = renewed(Some(&around), &NEW.to_markdown());
        assert_eq!(new, format!("# Ours\n\nKept.\n\n{}\nAs well.\n", NEW.to_markdown()));
        let without = renewed(Some("# Ours\n"), &NEW.to_markdown());
        assert_eq!(without, format!("# Ours\n\n{}", NEW.to_markdown()));
        compare(Some(&without.replace('\n', "\r\n")), &NEW.to_markdown()).unwrap();
    }

    #[test]
    fn a_document_that_has_drifted_fails_with_the_lines_that_differ() {
        let difference = compare(Some(&OLD.to_markdown()), &NEW.to_markdown()).unwrap_err();
        assert!(difference.contains("\n- | [`a.b`](#ab) | 200 | It was done. |\n"), "{difference}");
        assert!(difference.contains("\n+ | [`a.b`](#ab) | 200 | It was begun. |\n"), "{difference}");
        assert!(compare(None, "").unwrap_err().contains("no such file"));
        assert!(compare(Some("# Ours\n"), "").unwrap_err().contains("has no catalog"));
    }
}
