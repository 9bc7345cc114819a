//! What was set: retention, access, configuration, copies.

use super::parts::{Cell, section, shown, table};
use super::records::said;
use crate::read::evidence::LogEvidence;
use crate::read::evidence::whole::Evidence;
use crate::read::evidence::words::{number, plural, to_second};
use maud::{Markup, html};
use serde_json::Value;

pub(super) fn retention(evidence: &Evidence) -> Markup {
    section("retention", "7 Retention and deletion", evidence.of_logs(retention_of))
}

fn retention_of(log: &LogEvidence) -> Markup {
    let of = &log.retention;
    let settings = of.settings.iter().map(|setting| {
        vec![
            Cell::time(setting.said.ts),
            Cell::text(plural(setting.retention_days, "day")),
            said(std::slice::from_ref(&setting.said)),
        ]
    });
    let deletions = of.deletions.iter().map(|deletion| {
        let numbers = match (deletion.from_seq, deletion.to_seq) {
            (Some(from), Some(to)) => Cell::numbers(from, to),
            _ => Cell::None,
        };
        let mut notes = vec![match deletion.was_due {
            Some(true) => "due",
            Some(false) => "not due",
            None => "can\u{2019}t be told",
        }];
        if deletion.undelivered {
            notes.push("not all delivered");
        }
        if deletion.unsealed {
            notes.push("not sealed");
        }
        vec![
            Cell::hash(&deletion.file),
            Cell::time(deletion.said.ts),
            numbers,
            deletion.retention_days.map_or(Cell::None, |days| Cell::OneLine(plural(days, "day"))),
            Cell::text(notes.join(", ")),
            deletion.sha256.as_deref().map_or(Cell::None, Cell::hash),
        ]
    });
    let holds = of.holds.iter().map(|hold| {
        vec![
            hold.from.map_or_else(|| Cell::text("before the first record that is left"), Cell::time),
            hold.to.map_or_else(|| Cell::text("in force"), Cell::time),
        ]
    });
    html! {
        @if let Some(oldest) = of.oldest {
            p { "Oldest record: " (to_second(oldest)) @if of.has_first_record { ", the first that the journal has ever had" } "." }
        }
        @if of.settings.is_empty() { p { "For how long records are kept: no record says it." } } @else {
            (table("Retention", &["Since", "Kept for", "Said by"], settings.collect()))
        }
        @if of.deletions.is_empty() { p { "Deletions in the period: none." } } @else {
            p { (plural(of.deletions.len() as u64, "deletion")) " in the period, " (number(of.undue)) " not due:" }
            (table("Deletions", &["File", "When", "Numbers", "Setting", "It was", "SHA-256"], deletions.collect()))
        }
        @if of.holds.is_empty() { p { "Legal holds: none." } } @else { (table("Legal holds", &["From", "To"], holds.collect())) }
    }
}

pub(super) fn access(evidence: &Evidence) -> Markup {
    section(
        "access",
        "8 Access",
        html! {
            p { "As the files were when this was made." }
            (evidence.of_logs(access_of))
        },
    )
}

fn access_of(log: &LogEvidence) -> Markup {
    let of = &log.access;
    let rows = of.modes.iter().map(|mode| {
        vec![
            Cell::text(&mode.what),
            Cell::code(&mode.mode),
            Cell::Number(u64::from(mode.owner)),
            Cell::Number(u64::from(mode.group)),
            Cell::Number(mode.files),
        ]
    });
    html! {
        @if of.is_copy {
            p { "This was made from a copy, which says nothing of who could read or change the log itself." }
        } @else {
            @if of.modes.is_empty() { p { "Access lists are not looked at on this system." } } @else {
                (table("Modes", &["What", "Mode", "Owner (uid)", "Group (gid)", "Files"], rows.collect()))
            }
            p {
                @if of.has_private_key {
                    "The log\u{2019}s private key is in its directory: who can write there can sign there."
                } @else {
                    "There is no private key in the log\u{2019}s directory."
                }
                " The administrator of a machine can always read and change files; that is what seals and copies are for."
            }
        }
    }
}

pub(super) fn configuration(evidence: &Evidence) -> Markup {
    section("configuration", "9 Configuration", evidence.of_logs(configuration_of))
}

/// Returns whether a setting has no value.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        _ => false,
    }
}

/// Returns a setting's value as JSON.
fn value(value: &Value) -> Cell {
    Cell::code(value.to_string())
}

fn configuration_of(log: &LogEvidence) -> Markup {
    let of = &log.configuration;
    let text = |text: &Option<String>| text.as_deref().map_or(Cell::None, Cell::text);
    let processes = of.processes.iter().map(|process| {
        vec![
            Cell::time(process.said.ts),
            text(&process.host),
            text(&process.application),
            text(&process.application_version),
            text(&process.account),
            text(&process.version),
        ]
    });
    let changes = of.changes.iter().map(|change| {
        vec![
            Cell::code(&change.setting),
            value(&change.before),
            value(&change.after),
            Cell::time(change.said.ts),
            said(std::slice::from_ref(&change.said)),
        ]
    });
    let settings = of
        .settings
        .iter()
        .flatten()
        .filter(|(_, of)| !is_empty(of))
        .map(|(name, of)| vec![Cell::code(name), value(of)]);
    html! {
        @if of.processes.is_empty() { p { "Which process wrote: no record says it." } } @else {
            (table("Processes", &["Since", "Machine", "Application", "Version", "Account", "tracing-audit"], processes.collect()))
        }
        @if of.changes.is_empty() { p { "Changes of settings in the period: none." } } @else {
            p { (plural(of.change_count, "change")) " of settings in the period:" }
            (table("Changes", &["Setting", "Before", "After", "When", "Said by"], changes.collect()))
        }
        @if of.settings.is_some() {
            p { "Settings at the begin of the period; those without a value are only in " code { "evidence.json" } ":" }
            (table("Settings", &["Setting", "Value"], settings.collect()))
        }
    }
}

pub(super) fn copies(evidence: &Evidence) -> Markup {
    section("copies", "10 Copies", evidence.of_logs(copies_of))
}

fn copies_of(log: &LogEvidence) -> Markup {
    let of = &log.copies;
    html! {
        dl {
            dt { "Mirrors" }
            dd { @if of.mirrors.is_empty() { "none is set up" } @else { (shown(&of.mirrors.join(", "))) } }
            dt { "Not reached" } dd { (plural(of.failures, "time")) @if of.is_failing { ", and no record says that it has ended" } }
            dt { "Rejected" } dd { (plural(of.dead_letters, "record")) }
            dt { "Deleted before delivery" } dd { (plural(of.undelivered, "file")) }
            dt { "Checkpoints from elsewhere" } dd { @if log.integrity.anchors == 0 { "none that agrees was given" } @else { (plural(log.integrity.anchors, "checkpoint")) " that agree" } }
        }
        p.mut { "Whether a receiver still has what it was sent, and who can reach it there, this does not show: ask for the receiver\u{2019}s own report." }
    }
}
