//! What the records show: integrity, completeness, failures, time.

use super::charts;
use super::parts::{Cell, section, shown, table};
use crate::read::evidence::LogEvidence;
use crate::read::evidence::facts::completeness::Said;
use crate::read::evidence::facts::interruptions::{Interruption, InterruptionKind};
use crate::read::evidence::whole::Evidence;
use crate::read::evidence::words::{days_and_hours, number, plural, to_second};
use maud::{Markup, html};

/// Returns where a record of the log about itself stands: `log.gap, record 17`.
pub(super) fn said(said: &[Said]) -> Cell {
    Cell::text(places(said))
}

fn places(said: &[Said]) -> String {
    let texts = said.iter().map(|said| match said.seq {
        Some(seq) => format!("{}, record {}", said.event, number(seq)),
        None => said.event.clone(),
    });
    texts.collect::<Vec<_>>().join("; ")
}

pub(super) fn integrity(evidence: &Evidence) -> Markup {
    section(
        "integrity",
        "3 Integrity, day by day",
        html! {
            (charts::bars(&evidence.period, &evidence.activity.days))
            (evidence.of_logs(integrity_of))
        },
    )
}

fn integrity_of(log: &LogEvidence) -> Markup {
    let of = &log.integrity;
    let files = of.files.iter().map(|file| {
        let numbers = match (file.first_seq, file.last_seq) {
            (Some(first), Some(last)) => Cell::numbers(first, last),
            _ => Cell::None,
        };
        vec![
            Cell::code(&file.name),
            Cell::Number(file.records),
            numbers,
            Cell::Number(file.bytes),
            Cell::hash(&file.sha256),
            Cell::OneLine(file.seal.as_str().to_owned()),
        ]
    });
    html! {
        dl {
            dt { "Result" } dd { (of.status.as_str()) "; the level of trust is \u{201c}" (of.level.as_str()) "\u{201d}" }
            dt { "Sealed" } dd { (plural(of.sealed, "record")) " from number " (number(of.base)) " on"
                @if let Some(newest) = of.newest_sealed { ", the newest of " (to_second(newest)) } }
            @if let Some(origin) = &of.origin { dt { "Origin" } dd { code { (shown(origin)) } } }
            @if let Some(key) = &of.key_fingerprint { dt { "Key" } dd { code { (shown(key)) } @if of.keys > 1 { ", and " (plural(of.keys - 1, "key")) " after it" } } }
            @if let Some(root) = &of.root { dt { "Root" } dd { code { (shown(root)) } } }
            dt { "From elsewhere" } dd { @if of.anchors + of.witnesses == 0 { "no checkpoint that agrees was given" } @else { (plural(of.anchors, "checkpoint")) " and " (plural(of.witnesses, "witness key")) " that agree" } }
        }
        @if of.findings.is_empty() { p { "Findings: none." } } @else {
            p { "Findings, as the verification says them:" }
            (findings("Findings", &of.findings))
        }
        @if !of.notes.is_empty() {
            p { "Notes, which are no fault:" }
            (findings("Notes", &of.notes))
        }
        p { "Day files with records of the period:" }
        (table("Day files", &["File", "Records", "Numbers", "Bytes", "SHA-256", "Seal"], files.collect()))
    }
}

fn findings(label: &str, findings: &[crate::read::Finding]) -> Markup {
    let rows = findings.iter().map(|finding| {
        let place = match (&finding.file, finding.line) {
            (Some(file), Some(line)) => format!("{file}, line {}", number(line)),
            (Some(file), None) => file.clone(),
            _ => String::from("\u{2013}"),
        };
        let seqs = finding.seqs.as_ref();
        let seqs = seqs.map_or(Cell::None, |seqs| Cell::numbers(*seqs.start(), *seqs.end()));
        vec![Cell::text(finding.kind.as_str()), Cell::text(place), seqs, Cell::Wide(shown(&finding.detail))]
    });
    table(label, &["Kind", "Where", "Numbers", "What"], rows.collect())
}

pub(super) fn completeness(evidence: &Evidence) -> Markup {
    section("completeness", "4 Completeness", evidence.of_logs(completeness_of))
}

fn completeness_of(log: &LogEvidence) -> Markup {
    let of = &log.completeness;
    let holes = of.holes.iter().map(|hole| {
        vec![
            Cell::numbers(hole.from_seq, hole.to_seq),
            Cell::Number(hole.to_seq - hole.from_seq + 1),
            hole.after.map_or_else(|| Cell::text("no record"), Cell::time),
            hole.before.map_or_else(|| Cell::text("no record"), Cell::time),
            if hole.explained_by.is_empty() { Cell::text("nothing") } else { said(&hole.explained_by) },
            Cell::Number(hole.unexplained),
        ]
    });
    let gaps = of.gaps.iter().map(|gap| {
        let time = |ts: Option<crate::record::Timestamp>| ts.map_or(Cell::None, Cell::time);
        vec![
            said(std::slice::from_ref(&gap.said)),
            Cell::Number(gap.events),
            time(gap.first_ts),
            time(gap.last_ts),
        ]
    });
    html! {
        @if let (Some(first), Some(last)) = (of.first_seq, of.last_seq) {
            p {
                "Numbers " (number(first)) " to " (number(last)) ": " (number((last - first).saturating_add(1))) " = "
                (plural(of.numbered, "record")) " of the period + " (number(of.dated_outside)) " dated outside of it + "
                (number(of.explained)) " missing, as the log says + " (number(of.unexplained)) " missing without a word. "
                @if of.reconciles { "It adds up." } @else { strong { "It does not add up." } }
            }
        } @else {
            p { "No record of the period has a number." }
        }
        @let beside = of.explained_beside + of.unexplained_beside;
        @if beside > 0 {
            p {
                "Missing before or behind these numbers: " (number(beside)) ", of which " (number(of.unexplained_beside))
                " without a word. They may have been of the period."
            }
        }
        @if of.left_out > 0 { p { strong { (plural(of.left_out, "day file")) " of the period left out of the copy that this was made of." } } }
        @if of.without_number > 0 { p { (plural(of.without_number, "record")) " without a number, of the product that was used before." } }
        @if let Some(seq) = of.pruned_below { p { "Incomplete: records of the period were deleted since, or may have been: those below " (number(seq)) "." } }
        @if of.out_of_order > 0 { p { strong { (plural(of.out_of_order, "number")) " out of order." } } }
        @if log.not_looked_at > 0 { p { strong { (plural(log.not_looked_at, "record")) " of the log about itself were not looked at: there are too many." } } }
        @if of.holes.is_empty() { p { "Missing numbers: none." } } @else {
            (table("Missing numbers", &["Numbers", "Count", "After", "Before", "Explained by", "Unexplained"], holes.collect()))
        }
        @if of.gaps.is_empty() { p { "Events that could not be recorded: none is known." } } @else {
            p { (plural(of.gap_events, "event")) " could not be recorded. They have no numbers, and are not among those that are missing:" }
            (table("Events that could not be recorded", &["Said by", "Events", "First", "Last"], gaps.collect()))
        }
        @if of.troubles.is_empty() { p { "Lines or files that can\u{2019}t be read, or are not the log\u{2019}s: none." } } @else {
            p { strong { (plural(of.trouble_count, "place")) " that can\u{2019}t be read, or not the log\u{2019}s:" } }
            (table("What can\u{2019}t be read", &["What"], of.troubles.iter().map(|trouble| vec![Cell::text(trouble)]).collect()))
        }
    }
}

pub(super) fn failures(evidence: &Evidence) -> Markup {
    let lanes = evidence
        .logs
        .iter()
        .enumerate()
        .map(|(at, log)| charts::lanes(at + 1, &evidence.period, &log.interruptions.list));
    let lanes = lanes.collect::<Vec<_>>();
    let mut lanes = lanes.into_iter();
    section(
        "failures",
        "5 Failures and interruptions",
        html! {
            @for log in &evidence.logs {
                @if evidence.logs.len() > 1 { h3 { (shown(log.name())) } }
                (lanes.next().unwrap_or_default())
                (failures_of(log))
            }
        },
    )
}

fn failures_of(log: &LogEvidence) -> Markup {
    let of = &log.interruptions;
    let rows = of.list.iter().map(|one| {
        vec![
            Cell::text(one.kind.as_str()),
            if one.kind == InterruptionKind::Off { Cell::text("not known") } else { Cell::time(one.from) },
            match one.to {
                None => Cell::text("no record says so"),
                // Only a moment is known.
                Some(to) if to == one.from && one.kind != InterruptionKind::Off => Cell::None,
                Some(to) => Cell::time(to),
            },
            duration(one),
            Cell::Wide(format!("{} ({})", shown(&one.cause), shown(&places(&one.said)))),
        ]
    });
    html! {
        p {
            "Opened " (plural(of.opened, "time")) " in the period. Closed in order for " (days_and_hours(of.seconds_closed)) " in all; cut off "
            (plural(of.cut_off, "time")) ", for " (days_and_hours(of.seconds_cut_off)) " at most, from the last record before to the next opening."
            @if let Some(since) = of.closed_since {
                " Closed since " (to_second(since)) ": no record says that it was opened again, and that time is in no sum."
            }
        }
        @if of.list.is_empty() { p { "Interruptions: none." } } @else {
            (table("Interruptions", &["What", "From", "To", "Lasted", "Cause (and the records that say so)"], rows.collect()))
        }
    }
}

/// Returns how long it lasted, and when it was told; nothing of what is known only of a moment.
fn duration(one: &Interruption) -> Cell {
    let lasted = match one.seconds() {
        Some(0) | None => None,
        Some(seconds) if one.kind == InterruptionKind::CutOff => {
            Some(format!("at most {}", days_and_hours(seconds)))
        }
        Some(seconds) => Some(days_and_hours(seconds)),
    };
    let told = one.alarm_seconds.map(|seconds| format!("told after {}", days_and_hours(seconds)));
    let parts = lasted.into_iter().chain(told).collect::<Vec<_>>();
    if parts.is_empty() { Cell::None } else { Cell::text(parts.join(", ")) }
}

pub(super) fn time(evidence: &Evidence) -> Markup {
    section("time", "6 Time", evidence.of_logs(time_of))
}

fn time_of(log: &LogEvidence) -> Markup {
    let of = &log.time;
    let rows = of.steps.iter().map(|step| {
        vec![
            Cell::time(step.said.ts),
            Cell::text(format!("{:+.3} s", step.step_seconds)),
            said(std::slice::from_ref(&step.said)),
        ]
    });
    html! {
        p {
            @match of.decreasing {
                0 => "In each file, no time is before that of the line before it.",
                count => strong { (plural(count, "line")) " with a time before that of the line before." },
            }
        }
        @if of.steps.is_empty() { p { "Steps of the clock: none." } } @else {
            (table("Steps of the clock", &["When", "Step", "Said by"], rows.collect()))
        }
    }
}
