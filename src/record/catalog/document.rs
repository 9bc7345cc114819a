//! The catalog as a document, in Markdown.

use super::event_type::{EventType, Field};
use super::event_types::Catalog;
use super::rules::{ActorRule, OutcomeRule};
use crate::record::outcome::Outcome;
use std::fmt::Write as _;

const BEGINS: &str = "<!-- The catalog begins: generated from the code, not to be edited by hand. -->";
const ENDS: &str = "<!-- The catalog ends. -->";

impl Catalog {
    /// Returns the catalog in Markdown: one section for each event type, sorted by name, with a
    /// table of its fields. If each type has a name in OWASP's vocabulary or a class in OCSF, the table of all
    /// types shows them, too. The text begins and ends with a comment, by which
    /// [`testing::assert_catalog_document`](crate::testing::assert_catalog_document) finds it.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut types = self.event_types().iter().collect::<Vec<_>>();
        types.sort_by_key(|event_type| event_type.name);
        let mut text = format!("{BEGINS}\n");
        let has_vocabularies = types.iter().all(|one| one.owasp.is_some() || one.ocsf.is_some());
        text.push_str(match has_vocabularies {
            false => "\n| event type | id | meaning |\n|---|---|---|\n",
            true => "\n| event type | id | OWASP | OCSF | meaning |\n|---|---|---|---|---|\n",
        });
        for event_type in &types {
            let EventType { name, meaning, .. } = event_type;
            let mut columns = id(event_type);
            if has_vocabularies {
                let owasp = event_type.owasp.map(|name| format!("`{name}`")).unwrap_or_default();
                let ocsf = event_type.ocsf.map(|ocsf| ocsf.to_string()).unwrap_or_default();
                columns = format!("{columns} | {owasp} | {ocsf}");
            }
            line(
                &mut text,
                format_args!("| [`{name}`](#{}) | {columns} | {} |", anchor(name), cell(meaning)),
            );
        }
        for event_type in &types {
            section(&mut text, event_type);
        }
        line(&mut text, format_args!("\n{ENDS}"));
        text
    }
}

fn section(text: &mut String, event_type: &EventType) {
    let EventType { name, meaning, fields, free, .. } = event_type;
    line(text, format_args!("\n## `{name}`\n\n{}\n\nEvent id: {}.", cell(meaning), id(event_type)));
    match event_type.outcome {
        OutcomeRule::Default(Outcome::Success) => {}
        OutcomeRule::Default(Outcome::Failure) => {
            text.push_str("\nIts outcome is `failure` unless the event says otherwise.\n");
        }
        OutcomeRule::Required => text.push_str("\nThe event must say its outcome.\n"),
    }
    text.push_str(match event_type.actor {
        ActorRule::Optional => "",
        ActorRule::Required => "\nThe event must have an actor.\n",
        ActorRule::Exempt => "\nThe event needs no actor.\n",
    });
    if let Some(owasp) = event_type.owasp {
        line(text, format_args!("\nOWASP Application Logging Vocabulary: `{owasp}`."));
    }
    if let Some(ocsf) = event_type.ocsf {
        let named = |uid, name: Option<&str>| name.map_or(format!("{uid}"), |name| format!("{uid} ({name})"));
        let (class, activity) =
            (named(ocsf.class_uid, ocsf.class_name()), named(ocsf.activity_id, ocsf.activity_name()));
        line(text, format_args!("\nOCSF: class {class}, activity {activity}."));
    }
    if !fields.is_empty() {
        text.push_str("\n| field of `resource` | kind | | meaning |\n|---|---|---|---|\n");
    }
    for Field { name, meaning, kind, required } in *fields {
        let required = if *required { "required" } else { "optional" };
        line(text, format_args!("| `{name}` | {kind} | {required} | {} |", cell(meaning)));
    }
    match (free, fields.is_empty()) {
        (true, true) => text.push_str("\nThe fields of its resource are free.\n"),
        (true, false) => text.push_str("\nIts resource may have other fields.\n"),
        (false, true) => text.push_str("\nIt has no resource.\n"),
        (false, false) => {}
    }
}

/// Appends a line. Writing to a string can't fail.
fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let written = writeln!(text, "{line}");
    debug_assert!(written.is_ok());
}

fn id(event_type: &EventType) -> String {
    event_type.id.map_or_else(|| "none (1000)".to_owned(), |id| id.to_string())
}

/// Returns the anchor that renderers give to the heading of this name.
fn anchor(name: &str) -> String {
    name.replace('.', "")
}

/// Returns the text on one line, with `|` escaped, for a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Splits a document into the text before the part that [`Catalog::to_markdown`] generated,
/// that part, and the text after it.
pub(crate) fn generated_part(document: &str) -> Option<(&str, &str, &str)> {
    let begins = document.find(BEGINS)?;
    let ends = begins + document[begins..].find(ENDS)? + ENDS.len();
    let ends = ends + document[ends..].starts_with('\n') as usize;
    Some((&document[..begins], &document[begins..ends], &document[ends..]))
}

#[cfg(test)]
mod tests {
    use super::super::field_kind::FieldKind;
    use super::*;

    #[test]
    fn an_event_type_is_a_row_and_a_section() {
        const CATALOG: Catalog = Catalog::new(&[
            EventType::new("b.c", "It was\n a | b.").id(201).fields(&[
                Field::new("n", "How many.", FieldKind::Integer),
                Field::new("why", "Why.", FieldKind::String).optional(),
            ]),
            EventType::new("a.b", "It was.").free().requires_outcome().requires_actor(),
            EventType::new("c.d", "It is.")
                .default_outcome(Outcome::Failure)
                .no_actor()
                .owasp("c_d")
                .ocsf(3002, 1),
        ]);
        let text = CATALOG.to_markdown();
        let expected = format!(
            "{BEGINS}\n\n\
             | event type | id | meaning |\n|---|---|---|\n\
             | [`a.b`](#ab) | none (1000) | It was. |\n\
             | [`b.c`](#bc) | 201 | It was a \\| b. |\n\
             | [`c.d`](#cd) | none (1000) | It is. |\n\
             \n## `a.b`\n\nIt was.\n\nEvent id: none (1000).\n\n\
             The event must say its outcome.\n\n\
             The event must have an actor.\n\n\
             The fields of its resource are free.\n\
             \n## `b.c`\n\nIt was a \\| b.\n\nEvent id: 201.\n\
             \n| field of `resource` | kind | | meaning |\n|---|---|---|---|\n\
             | `n` | integer | required | How many. |\n\
             | `why` | string | optional | Why. |\n\
             \n## `c.d`\n\nIt is.\n\nEvent id: none (1000).\n\n\
             Its outcome is `failure` unless the event says otherwise.\n\n\
             The event needs no actor.\n\n\
             OWASP Application Logging Vocabulary: `c_d`.\n\n\
             OCSF: class 3002 (Authentication), activity 1 (Logon).\n\n\
             It has no resource.\n\
             \n{ENDS}\n"
        );
        assert_eq!(text, expected);
        let index = Catalog::from([CATALOG.event_types()[2]]).to_markdown();
        assert!(index.contains("\n| [`c.d`](#cd) | none (1000) | `c_d` | 3002/1 | It is. |\n"), "{index}");
        let document = format!("# Mine\n\n{text}\nMore.\n");
        assert_eq!(generated_part(&document), Some(("# Mine\n\n", &*text, "\nMore.\n")));
    }
}
