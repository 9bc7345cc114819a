//! The seven questions of an auditor, each with its answer and a figure.

use super::facts::access::Reach;
use super::facts::interruptions::InterruptionKind;
use super::facts::log::LogEvidence;
use super::words::{days_and_hours, number, plural, to_second};
use crate::read::verify::{FindingKind, Level, Status};
use serde::Serialize;

/// A question, with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// How the answer is to be taken.
    pub state: AnswerState,
    /// The answer, in a few words.
    pub answer: String,
    /// The figures behind it.
    pub figure: String,
    /// The section of the page that has more.
    pub section: &'static str,
}

/// How an answer is to be taken. The later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerState {
    /// It is as it should be.
    Sound,
    /// It is not, and the log explains it.
    Explained,
    /// It can't be told.
    Unknown,
    /// It is not as it should be.
    Fault,
}

impl AnswerState {
    /// Returns the sign for it on the page.
    pub(super) fn mark(self) -> &'static str {
        match self {
            AnswerState::Sound => "\u{2713}",
            AnswerState::Explained => "\u{25d2}",
            AnswerState::Unknown => "?",
            AnswerState::Fault => "\u{2717}",
        }
    }

    /// Returns the word for it: `sound`, `explained`, `unknown` or `fault`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AnswerState::Sound => "sound",
            AnswerState::Explained => "explained",
            AnswerState::Unknown => "unknown",
            AnswerState::Fault => "fault",
        }
    }
}

/// What is said of one log.
type Said = (AnswerState, String, String);

/// Answers the seven questions. Of several logs, each figure names its log, and the answer is that of the worst.
pub(super) fn answers(logs: &[LogEvidence]) -> Vec<Answer> {
    type Of = fn(&LogEvidence) -> Said;
    let questions: [(&'static str, &'static str, Of); 7] = [
        ("Was any line changed, removed, inserted or moved?", "integrity", changed),
        ("Is every record there?", "completeness", complete),
        ("Was logging off or failing?", "failures", failing),
        ("Can the times be relied on?", "time", times),
        ("Is it kept as long as it should be?", "retention", kept),
        ("Is there a copy out of the operators\u{2019} reach?", "copies", copies),
        ("Who can read or change the files?", "access", access),
    ];
    let answer = |(question, section, of): (&'static str, &'static str, Of)| {
        let said = logs.iter().map(of).collect::<Vec<_>>();
        let figure = match (&said[..], logs) {
            ([one], _) => one.2.clone(),
            _ => {
                let figures = said.iter().zip(logs).map(|(said, log)| format!("{}: {}", log.name(), said.2));
                figures.collect::<Vec<_>>().join(" \u{b7} ")
            }
        };
        // Of those that are as bad, the first.
        let worst = said.into_iter().reduce(|worst, said| if said.0 > worst.0 { said } else { worst });
        let (state, answer, _) =
            worst.unwrap_or((AnswerState::Unknown, "Can\u{2019}t tell".into(), String::new()));
        Answer { question, state, answer, figure, section }
    };
    questions.into_iter().map(answer).collect()
}

fn changed(log: &LogEvidence) -> Said {
    let of = &log.integrity;
    let findings =
        of.counts.iter().filter(|(kind, _)| kind.status() != Status::Intact).map(|(_, count)| count);
    let findings = findings.sum::<u64>();
    let mut sealed = format!("{} verified", plural(of.sealed, "sealed record"));
    if let Some(files) = of.counts.get(&FindingKind::NotAsked) {
        sealed.push_str(&format!(
            ", but for {} of other days that this copy has not",
            plural(*files, "day file")
        ));
    }
    match (of.status, of.level) {
        (Status::Tampered, _) => (AnswerState::Fault, "Yes".into(), kinds(log)),
        (_, Level::Unsealed) => (AnswerState::Unknown, "Can\u{2019}t tell".into(), unsealed(log)),
        (Status::Incomplete, _) => (
            AnswerState::Unknown,
            "None found, but not all can be shown".into(),
            format!("{sealed}; {}", plural(findings, "finding")),
        ),
        (Status::Intact, Level::Consistent) => (
            AnswerState::Explained,
            "No, as far as the log agrees with itself".into(),
            format!(
                "{sealed}, 0 findings; no key was pinned: who could write to the directory may have made all of it"
            ),
        ),
        (Status::Intact, _) => {
            let anchors = match of.anchors {
                0 => String::new(),
                anchors => format!("; agrees with {} from elsewhere", plural(anchors, "checkpoint")),
            };
            (AnswerState::Sound, "No".into(), format!("{sealed}, 0 findings{anchors}"))
        }
    }
}

/// Says what was found, by kind, and where first.
fn kinds(log: &LogEvidence) -> String {
    let found = log.integrity.counts.iter().filter(|(kind, _)| kind.status() == Status::Tampered);
    let found =
        found.map(|(kind, count)| format!("{} \u{d7} {}", number(*count), kind.as_str().replace('_', " ")));
    let found = found.collect::<Vec<_>>().join(", ");
    let first = log.integrity.findings.iter().filter(|finding| finding.kind.status() == Status::Tampered);
    match first.filter_map(|finding| finding.file.as_ref()).next() {
        Some(file) => format!("{found}; the first in {file}"),
        None => found,
    }
}

/// Says what can be said of a log that is not sealed.
fn unsealed(log: &LogEvidence) -> String {
    let others =
        log.interruptions.list.iter().filter(|one| one.kind == InterruptionKind::Files).count() as u64;
    match others {
        0 => "nothing is sealed, so a change would not show".into(),
        others => format!(
            "nothing is sealed, so a change would not show; {} the log has noticed that others changed or removed files",
            plural(others, "time"),
        ),
    }
}

fn complete(log: &LogEvidence) -> Said {
    let of = &log.completeness;
    let numbers = match (of.first_seq, of.last_seq) {
        (Some(first), Some(last)) => format!("record numbers {} to {}", number(first), number(last)),
        _ => "no record of the period has a number".into(),
    };
    let mut parts = vec![numbers];
    let mut add = |count: u64, text: String| {
        if count > 0 {
            parts.push(text);
        }
    };
    let (unexplained, explained) = (of.all_unexplained(), of.all_explained());
    add(unexplained, format!("{} missing without a word", number(unexplained)));
    add(explained, format!("{} missing, as the log says", number(explained)));
    add(
        of.gap_events,
        format!(
            "{} could not be recorded ({})",
            plural(of.gap_events, "event"),
            plural(of.gaps.len() as u64, "record log.gap")
        ),
    );
    add(
        of.trouble_count,
        format!("{} unreadable or not the log\u{2019}s", plural(of.trouble_count, "place")),
    );
    add(of.out_of_order, format!("{} out of order", plural(of.out_of_order, "number")));
    add(
        log.not_looked_at,
        format!("{} of the log about itself not looked at", plural(log.not_looked_at, "record")),
    );
    add(of.left_out, format!("{} of the period left out of this copy", plural(of.left_out, "day file")));
    add(
        of.pruned_without_number,
        format!("{} without numbers deleted since", plural(of.pruned_without_number, "day file")),
    );
    if let Some(seq) = of.pruned_below {
        parts.push(format!("records below {} were deleted since", number(seq)));
    }
    if parts.len() == 1 && of.first_seq.is_some() {
        parts.push("without a hole".into());
    }
    let figure = parts.join("; ");
    let is_fault = unexplained > 0 || of.trouble_count > 0 || of.out_of_order > 0 || !of.reconciles;
    match () {
        () if is_fault => (AnswerState::Fault, "No".into(), figure),
        () if log.not_looked_at > 0 || of.left_out > 0 => {
            (AnswerState::Unknown, "Can\u{2019}t tell".into(), figure)
        }
        () if of.is_pruned() => (AnswerState::Explained, "Not any more".into(), figure),
        () if log.records == 0 => (AnswerState::Unknown, "There are no records".into(), figure),
        () if of.without_number > 0 => {
            let without = plural(of.without_number, "record");
            (
                AnswerState::Unknown,
                "Can\u{2019}t tell".into(),
                format!("{figure}; {without} without a number"),
            )
        }
        () if !of.holes.is_empty() || !of.gaps.is_empty() => {
            (AnswerState::Explained, "No, and the log says what is missing".into(), figure)
        }
        () => (AnswerState::Sound, "Yes".into(), figure),
    }
}

fn failing(log: &LogEvidence) -> Said {
    let of = &log.interruptions;
    let mut kinds = Vec::new();
    for kind in InterruptionKind::ALL {
        let count = of.list.iter().filter(|one| one.kind == kind).count() as u64;
        if count > 0 {
            kinds.push(format!("{} \u{d7} {}", number(count), kind.as_str()));
        }
    }
    let lasts = of.list.iter().filter(|one| one.to.is_none() && one.kind != InterruptionKind::Closed);
    let lasts = lasts.map(|one| one.kind.as_str()).collect::<Vec<_>>();
    let figure = if kinds.is_empty() {
        "no interruption, and none of a mirror, the disk or the seals".into()
    } else {
        kinds.join(", ")
    };
    let mut figure = figure;
    if of.seconds_closed > 0 {
        figure.push_str(&format!("; closed for {}", days_and_hours(of.seconds_closed)));
    }
    if of.seconds_cut_off > 0 {
        figure.push_str(&format!("; cut off for {} at most", days_and_hours(of.seconds_cut_off)));
    }
    if let Some(since) = of.closed_since {
        figure.push_str(&format!(
            "; closed since {} and, as far as the log says, not opened again",
            to_second(since)
        ));
    }
    match () {
        () if log.records == 0 => {
            (AnswerState::Unknown, "Can\u{2019}t tell".into(), "there are no records".into())
        }
        () if !lasts.is_empty() => (
            AnswerState::Fault,
            "Yes, and it has not ended".into(),
            format!("{figure}; without an end: {}", lasts.join(", ")),
        ),
        () if of.list.is_empty() => (AnswerState::Sound, "No".into(), figure),
        () => (AnswerState::Explained, "At times".into(), figure),
    }
}

fn times(log: &LogEvidence) -> Said {
    let of = &log.time;
    match (of.decreasing, of.largest_step_seconds) {
        _ if log.records == 0 => {
            (AnswerState::Unknown, "Can\u{2019}t tell".into(), "there are no records".into())
        }
        (1.., _) => (
            AnswerState::Fault,
            "No".into(),
            format!("{} before that of the line before", plural(of.decreasing, "time")),
        ),
        (0, Some(largest)) => (
            AnswerState::Explained,
            format!("But for {}", plural(of.steps.len() as u64, "step")),
            format!("the largest step is {}; times never decrease in a file", days_and_hours(largest as u64)),
        ),
        (0, None) => (
            AnswerState::Sound,
            "The clock was not set".into(),
            "times never decrease in a file; that the clock was right is not shown".into(),
        ),
    }
}

fn kept(log: &LogEvidence) -> Said {
    let of = &log.retention;
    let days = match (&of.settings.first(), &of.settings.last()) {
        (Some(first), Some(last)) if first.retention_days == last.retention_days => {
            format!("kept for {}", plural(last.retention_days, "day"))
        }
        (Some(first), Some(last)) => {
            format!("kept for {} days, then {}", first.retention_days, last.retention_days)
        }
        _ => "no record says for how long".into(),
    };
    let oldest =
        of.oldest.map_or_else(String::new, |oldest| format!("; oldest record {}", oldest.day().as_str()));
    let first = if of.has_first_record { ", the first there was" } else { "" };
    let deletions = plural(of.deletions.len() as u64, "deletion");
    let holds = match of.holds.len() as u64 {
        0 => String::new(),
        holds => format!("; {}", plural(holds, "legal hold")),
    };
    let figure = format!("{days}{oldest}{first}; {deletions}{holds}");
    match () {
        () if of.undue > 0 => {
            (AnswerState::Fault, "No".into(), format!("{figure}; {} not due", number(of.undue)))
        }
        () if of.settings.is_empty() || of.undecided > 0 => {
            (AnswerState::Unknown, "Can\u{2019}t tell".into(), figure)
        }
        () => (
            AnswerState::Sound,
            "As long as it is set".into(),
            format!("{figure}. Whether that is long enough is yours to say"),
        ),
    }
}

fn copies(log: &LogEvidence) -> Said {
    let (of, anchors) = (&log.copies, log.integrity.anchors + log.integrity.witnesses);
    let mut parts = Vec::new();
    if !of.mirrors.is_empty() {
        parts.push(format!("mirrors: {}", of.mirrors.join(", ")));
        parts.push(format!(
            "{}, {} rejected",
            plural(of.failures, "failure"),
            plural(of.dead_letters, "record")
        ));
    }
    if of.undelivered > 0 {
        parts.push(format!("{} pruned before all of it was delivered", plural(of.undelivered, "file")));
    }
    if anchors > 0 {
        parts.push(format!("{} from elsewhere agree", plural(anchors, "checkpoint")));
    }
    let figure = parts.join("; ");
    match () {
        () if of.mirrors.is_empty() && anchors == 0 => (
            AnswerState::Unknown,
            "None is known".into(),
            "no mirror is set up, and no checkpoint from elsewhere was given".into(),
        ),
        () if of.is_failing => (AnswerState::Fault, "Not up to date".into(), figure),
        () if of.mirrors.is_empty() => {
            (AnswerState::Explained, "Of checkpoints, not of records".into(), figure)
        }
        () if of.dead_letters > 0 || of.undelivered > 0 => {
            (AnswerState::Explained, "Yes, but for some records".into(), figure)
        }
        () => (AnswerState::Sound, "Yes, as the log says".into(), figure),
    }
}

fn access(log: &LogEvidence) -> Said {
    let of = &log.access;
    if of.is_copy {
        return (AnswerState::Unknown, "Can\u{2019}t tell".into(), "this was made from a copy".into());
    }
    let modes = of
        .modes
        .iter()
        .map(|mode| format!("{} {} (uid {}, gid {})", mode.what, mode.mode, mode.owner, mode.group));
    let mut figure = modes.collect::<Vec<_>>().join(", ");
    if of.has_private_key {
        figure.push_str("; the log\u{2019}s private key is in its directory");
    }
    match of.reach() {
        None => (AnswerState::Unknown, "Can\u{2019}t tell".into(), "access lists are not looked at".into()),
        Some(Reach::Owner) => (AnswerState::Sound, "Only the account that writes".into(), figure),
        Some(Reach::GroupReads) => (AnswerState::Sound, "One account writes, a group reads".into(), figure),
        Some(Reach::AllRead) => (AnswerState::Fault, "Every account can read".into(), figure),
        Some(Reach::OthersWrite) => (AnswerState::Fault, "Other accounts can change them".into(), figure),
    }
}
