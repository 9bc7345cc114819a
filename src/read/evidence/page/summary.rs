//! The head of the page, the seven answers, and how it was made.

use super::parts::{Cell, link, section, shown, stack};
use crate::read::evidence::answers::AnswerState;
use crate::read::evidence::verdict::{CompletenessVerdict, IntegrityVerdict};
use crate::read::evidence::whole::Evidence;
use crate::read::evidence::words::{number, plural, to_second};
use crate::read::verify::{FindingKind, Level};
use maud::{Markup, html};

pub(super) fn header(evidence: &Evidence) -> Markup {
    let names = evidence.logs.iter().map(|log| shown(log.name())).collect::<Vec<_>>().join(", ");
    html! {
        header {
            h1 { "Audit log evidence" }
            p {
                (names) " \u{b7} " (evidence.period.first_day()) " to " (evidence.period.last_day()) " (UTC)"
            }
        }
    }
}

/// Returns how the verdict is to be taken.
fn state(evidence: &Evidence) -> AnswerState {
    let integrity = match evidence.verdict.integrity {
        IntegrityVerdict::Anchored | IntegrityVerdict::Authentic => AnswerState::Sound,
        IntegrityVerdict::Consistent => AnswerState::Explained,
        IntegrityVerdict::Incomplete | IntegrityVerdict::Unsealed => AnswerState::Unknown,
        IntegrityVerdict::Tampered => AnswerState::Fault,
    };
    let completeness = match evidence.verdict.completeness {
        CompletenessVerdict::Complete => AnswerState::Sound,
        CompletenessVerdict::Explained | CompletenessVerdict::Pruned => AnswerState::Explained,
        CompletenessVerdict::Unnumbered | CompletenessVerdict::LeftOut => AnswerState::Unknown,
        CompletenessVerdict::Unexplained => AnswerState::Fault,
    };
    integrity.max(completeness)
}

pub(super) fn verdict(evidence: &Evidence) -> Markup {
    let class = format!("verdict {}", state(evidence).as_str());
    let files = evidence.logs.iter().map(|log| log.integrity.files.len() as u64).sum::<u64>();
    html! {
        div class=(class) {
            strong { (evidence.verdict.sentence) }
            br;
            (plural(evidence.activity.records, "record")) " in " (plural(files, "day file")) ". "
            @for log in &evidence.logs {
                @if let Some(fingerprint) = &log.integrity.key_fingerprint {
                    "Key " code { (shown(fingerprint)) } ", "
                    @match log.integrity.level {
                        Level::Consistent => "taken from the log\u{2019}s own directory",
                        Level::Unsealed => "not used",
                        Level::Authentic => "pinned by the reader",
                        Level::Anchored => "and checkpoints known elsewhere",
                    }
                    ". "
                }
            }
        }
    }
}

pub(super) fn summary(evidence: &Evidence) -> Markup {
    let rows = evidence.answers.iter().map(|answer| {
        let (state, section) = (answer.state.as_str(), answer.section);
        vec![
            Cell::text(answer.question),
            Cell::Markup(
                html! { span class=(format!("badge {state}")) { (answer.state.mark()) " " (shown(&answer.answer)) } },
            ),
            Cell::sentence(&answer.figure),
            Cell::Markup(link(section)),
        ]
    });
    let table = stack("Summary", &["Question", "Answer", "Figure", "Section"], rows.collect());
    section(
        "summary",
        "1 Summary",
        html! {
            (table)
            p.mut { "\u{2713} as it should be \u{b7} \u{25d2} not quite, and explained \u{b7} ? can\u{2019}t be told \u{b7} \u{2717} not as it should be" }
        },
    )
}

pub(super) fn made(evidence: &Evidence) -> Markup {
    let made = &evidence.made;
    let seconds = format!("{}.{} s", made.milliseconds / 1000, made.milliseconds % 1000 / 100);
    html! {
        (section("made", "2 How this was made", html! {
            p {
                "From the files of the log alone. Nothing was left out: there was no filter on type, actor or outcome. The period is whole days in UTC, by the time of each record; integrity is that of the whole log"
                @if evidence.logs.iter().any(|log| log.integrity.counts.contains_key(&FindingKind::NotAsked)) {
                    ", but for day files of other days that were left out of this copy of it"
                }
                "."
            }
            dl {
                dt { "Made" } dd { (to_second(made.at)) " UTC by auditlog " (made.version) ", in " (seconds) }
                @if let Some(command) = &made.command { dt { "Command" } dd { code { (shown(command)) } } }
                dt { "On" } dd { (made.host.as_deref().map_or_else(|| "a machine without a name".to_owned(), shown)) ", as the account with the id " (made.account.as_deref().map_or_else(|| "unknown".to_owned(), shown)) }
                @for (directory, log) in made.directories.iter().zip(&evidence.logs) {
                    dt { "Source" }
                    dd { code { (shown(directory)) } ", journal " code { (log.journal.as_deref().map_or_else(|| "unknown".to_owned(), shown)) } }
                }
                dt { "Read" } dd { (plural(made.files, "day file")) ", " (number(made.bytes)) " bytes" }
                dt { "Actors" } dd { @if evidence.pseudonyms.is_some() { "pseudonyms; the table of names is not part of this" } @else { "named" } }
            }
        }))
    }
}
