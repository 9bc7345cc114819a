//! What the records know of people.

use super::parts::{Cell, section, shown, table};
use super::records::said;
use crate::read::evidence::LogEvidence;
use crate::read::evidence::whole::Evidence;
use crate::read::evidence::words::plural;
use crate::read::stats::Count;
use maud::{Markup, html};

pub(super) fn personal_data(evidence: &Evidence) -> Markup {
    let of = &evidence.personal_data;
    let counts = |counts: &[Count]| {
        counts.iter().map(|one| vec![Cell::code(&one.name), Cell::Number(one.records)]).collect()
    };
    let privacy = of.privacy.iter().map(|count| {
        vec![Cell::code(&count.event), Cell::Number(count.records), Cell::Number(count.failures)]
    });
    let readings = of
        .readings
        .iter()
        .map(|one| vec![Cell::code(&one.command), Cell::Number(one.times), Cell::Number(one.records)]);
    section(
        "personal-data",
        "12 Personal data",
        html! {
            p {
                "What the log itself knows of people: how an actor is identified. What the application writes into the fields of its own events is not looked at."
            }
            (table("Records by what identifies an actor", &["Key of the actor", "Records"], counts(&of.actor_keys)))
            p {
                strong { "The records of one person can\u{2019}t be removed alone." }
                " A day file is deleted as a whole, at the end of the retention; a line that is taken out of it before counts as a change, in section 3."
            }
            (evidence.of_logs(kept_of))
            @if of.redacted.is_empty() { p { "Values that were left out: no record lists one." } } @else {
                p { (plural(of.with_redacted, "record")) " with values that were left out, by " (plural(of.redacted_keys, "key")) ":" }
                (table("Values that were left out", &["Key", "Records"], counts(&of.redacted)))
            }
            @if of.privacy.is_empty() { p { "Records about personal data, " code { "privacy.*" } ": none." } } @else {
                p { "Records about personal data:" }
                (table("Records about personal data", &["Event type", "Records", "Failures"], privacy.collect()))
            }
            @if of.readings.is_empty() {
                p { "Reading of logs that is recorded here, " code { "log.read" } ": none. Only what is read with " code { "auditlog" } " and its option " code { "--record-access" } " is recorded, in the log that the option names." }
            } @else {
                p { "Reading of logs that is recorded here, " code { "log.read" } ":" }
                (table("Reading of logs", &["Command", "Times", "Records found"], readings.collect()))
            }
        },
    )
}

/// Returns for how long a log keeps what it knows, where else it is, and what it leaves out.
fn kept_of(log: &LogEvidence) -> Markup {
    let deletions = &log.retention.deletions;
    let deleted = deletions.iter().filter_map(|one| one.from_seq.zip(one.to_seq));
    let deleted =
        deleted.fold(0, |sum: u64, (from, to)| sum.saturating_add(to.saturating_sub(from).saturating_add(1)));
    let redaction = log.redaction.iter().map(|setting| {
        let keys = if setting.keys.is_empty() { "none".to_owned() } else { setting.keys.join(", ") };
        vec![Cell::time(setting.said.ts), Cell::text(keys), said(std::slice::from_ref(&setting.said))]
    });
    html! {
        dl {
            dt { "Kept for" }
            dd {
                @match log.retention.settings.last() {
                    Some(setting) => { (plural(setting.retention_days, "day")) },
                    None => "no record says it",
                }
                " (" a href="#retention" { "section 7" } ")"
            }
            dt { "Deleted in the period" }
            dd { (plural(deletions.len() as u64, "file")) " with " (plural(deleted, "record")) }
            dt { "Copies" }
            dd {
                @if log.copies.mirrors.is_empty() { "no mirror is set up" } @else {
                    (shown(&log.copies.mirrors.join(", "))) ": what they were sent is deleted there, and not by this log"
                }
                " (" a href="#copies" { "section 10" } ")"
            }
        }
        @if log.redaction.is_empty() { p { "Keys whose values are left out: no record says the setting." } } @else {
            p { "Keys whose values are left out, as it was set:" }
            (table("Keys whose values are left out", &["Since", "Keys", "Said by"], redaction.collect()))
        }
    }
}
