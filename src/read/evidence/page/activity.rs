//! What was done, and by whom.

use super::parts::{Cell, section, table};
use crate::read::evidence::whole::Evidence;
use crate::read::evidence::words::{number, plural};
use crate::read::stats::Count;
use maud::{Markup, html};

/// So many actors are on the page.
const ACTORS: usize = 20;

/// Returns a part of a whole, in percent.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    // Rounded down: 100.0 % means all.
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    format!("{} of {} ({}.{} %)", number(part), number(whole), tenths / 10, tenths % 10)
}

pub(super) fn activity(evidence: &Evidence) -> Markup {
    let of = &evidence.activity;
    let events = of.events.iter().map(|count| {
        vec![Cell::code(&count.event), Cell::Number(count.records), Cell::Number(count.failures)]
    });
    let counts = |counts: &[Count]| {
        counts
            .iter()
            .take(ACTORS)
            .map(|count| vec![Cell::text(&count.name), Cell::Number(count.records)])
            .collect()
    };
    let days = of
        .days
        .iter()
        .map(|(day, count)| vec![Cell::text(day), Cell::Number(count.records), Cell::Number(count.failures)]);
    section(
        "activity",
        "11 Activity",
        html! {
            dl {
                dt { "Records" } dd { (number(of.records)) ", of which " (number(of.failures)) " with the outcome failure" }
                dt { "With an actor" } dd { (share(of.with_actor, of.of_applications)) " of the application\u{2019}s" }
                dt { "With an origin" } dd { (share(of.with_address, of.of_applications)) }
                dt { "Not as the catalog says" } dd { (plural(of.with_violations, "record")) "; each lists what differs, in " code { "resource._violations" } }
                dt { "Actors" } dd { (number(of.different_actors)) @if !of.actors_are_exact { " or more" } " different ones" }
            }
            p { (plural(of.event_types, "event type")) ":" }
            (table("Event types", &["Event type", "Records", "Failures"], events.collect()))
            @if !of.failed_actors.is_empty() {
                p { "Actors with the most records of the outcome failure:" }
                (table("Actors with the most failures", &["Actor", "Failures"], counts(&of.failed_actors)))
            }
            @if !of.actors.is_empty() {
                p { "Actors with the most records:" }
                (table("Actors with the most records", &["Actor", "Records"], counts(&of.actors)))
            }
            @if !of.tenants.is_empty() {
                p { "Tenants with the most records:" }
                (table("Tenants with the most records", &["Tenant", "Records"], counts(&of.tenants)))
            }
            p { "By day; days without records are left out:" }
            (table("Records by day", &["Day", "Records", "Failures"], days.collect()))
        },
    )
}
