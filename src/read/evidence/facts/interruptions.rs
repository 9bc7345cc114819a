//! When logging was off or failing.

use super::super::pass::Pass;
use super::super::pass::control::Control;
use super::super::period::Period;
use super::completeness::Said;
use crate::record::Timestamp;
use serde::Serialize;

/// When logging was off or failing.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Interruptions {
    /// In the order of their begins; those that reach into the period.
    pub list: Vec<Interruption>,
    /// How many seconds of the period the log was closed, in order: from `log.closed` to the next `log.opened`.
    pub seconds_closed: u64,
    /// How many seconds of the period no process had the log open after one was cut off, at most: from its last record to the next
    /// `log.opened`.
    pub seconds_cut_off: u64,
    /// When the log was closed, if no record says that it was opened again. That time is in neither sum.
    pub closed_since: Option<Timestamp>,
    /// How often a process opened the log in the period.
    pub opened: u64,
    /// How often a process ended without closing it.
    pub cut_off: u64,
}

/// What was off or failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InterruptionKind {
    /// The application had closed the log, in order.
    Closed,
    /// The process ended without closing the log: it was killed, crashed, or lost its power.
    CutOff,
    /// No process had the log open, and the records that say since when are not there any more. Only its end is known.
    Off,
    /// Events could not be recorded.
    Gap,
    /// A file could not be synced.
    SyncFailed,
    /// The disk was almost full, or full.
    Disk,
    /// A mirror could not be reached, or has rejected a record.
    Mirror,
    /// Records could not be sealed.
    Seal,
    /// The signer did not sign.
    Signer,
    /// Another program changed or removed files.
    Files,
}

impl InterruptionKind {
    /// All kinds, in the order of the lanes.
    pub const ALL: [InterruptionKind; 10] = [
        InterruptionKind::Closed,
        InterruptionKind::CutOff,
        InterruptionKind::Off,
        InterruptionKind::Gap,
        InterruptionKind::SyncFailed,
        InterruptionKind::Disk,
        InterruptionKind::Mirror,
        InterruptionKind::Seal,
        InterruptionKind::Signer,
        InterruptionKind::Files,
    ];

    /// Returns it as words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            InterruptionKind::Closed => "closed in order",
            InterruptionKind::CutOff => "process cut off",
            InterruptionKind::Off => "off, not known since when",
            InterruptionKind::Gap => "events not recorded",
            InterruptionKind::SyncFailed => "sync failed",
            InterruptionKind::Disk => "disk low or full",
            InterruptionKind::Mirror => "mirror failing",
            InterruptionKind::Seal => "not sealed",
            InterruptionKind::Signer => "signer silent",
            InterruptionKind::Files => "files changed by others",
        }
    }
}

/// A time in which logging was off or failing.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Interruption {
    /// What was off or failing.
    pub kind: InterruptionKind,
    /// Its begin.
    pub from: Timestamp,
    /// Its end. It is its begin where only a moment is known; `None` if no record says that it has ended.
    pub to: Option<Timestamp>,
    /// What the log says of it.
    pub cause: String,
    /// How many seconds passed until a record told it, where it was told while it lasted.
    pub alarm_seconds: Option<u64>,
    /// The records that say so.
    pub said: Vec<Said>,
}

impl Interruption {
    /// Returns how many seconds it lasted.
    #[must_use]
    pub fn seconds(&self) -> Option<u64> {
        self.to.map(|to| seconds(self.from, to))
    }
}

pub(in crate::read::evidence) fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from((to.unix_nanos() - from.unix_nanos()) / 1_000_000_000).unwrap_or_default()
}

/// Whether a process has the log open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Closed,
    /// The records that say it are not there any more.
    Unknown,
}

impl State {
    /// Returns what it was before the first record about it.
    fn before(pass: &Pass) -> State {
        let first = pass.controls.iter().find(|control| control.is("log.opened") || control.is("log.closed"));
        let first = first.and_then(|control| control.seq);
        match pass.numbers.runs.first().map(|run| run.first).zip(first) {
            // A process has written the records before it.
            Some((begin, seq)) if begin < seq => State::Open,
            Some((1.., _)) => State::Unknown,
            _ => State::Closed,
        }
    }
}

impl Interruptions {
    pub(in crate::read::evidence) fn of(pass: &Pass, period: &Period) -> Interruptions {
        let mut all = Interruptions::default();
        let mut state = State::before(pass);
        for control in &pass.controls {
            all.add(control, &mut state, period);
        }
        all.list.retain(|interruption| period.meets(interruption.from, interruption.to));
        // Stable: those that begin at the same time stay in the order of their records.
        all.list.sort_by_key(|interruption| interruption.from);
        let sum = |kind| {
            let of_kind = all.list.iter().filter(|one| one.kind == kind);
            let seconds = of_kind
                .filter_map(|off| Some(seconds(off.from.max(period.begin()), off.to?.min(period.end()))));
            seconds.sum()
        };
        (all.seconds_closed, all.seconds_cut_off) =
            (sum(InterruptionKind::Closed), sum(InterruptionKind::CutOff));
        let last = all.list.iter().rfind(|one| one.kind == InterruptionKind::Closed && one.to.is_none());
        all.closed_since = last.map(|one| one.from);
        all.cut_off = all.list.iter().filter(|one| one.kind == InterruptionKind::CutOff).count() as u64;
        all
    }

    fn add(&mut self, control: &Control, state: &mut State, period: &Period) {
        use InterruptionKind::*;
        let text = |key: &str| control.text(key).unwrap_or("not said").to_owned();
        let count = |key: &str| control.number(key).unwrap_or_default();
        match &*control.event {
            "log.opened" => {
                self.opened += u64::from(period.meets(control.ts, Some(control.ts)));
                let (at, end) = (control.ts, Some(control.ts));
                match std::mem::replace(state, State::Open) {
                    State::Open => {
                        let from = control.before.unwrap_or(at);
                        let cause = "the process ended without closing the log";
                        self.push(CutOff, from, end, cause.into(), control);
                    }
                    State::Unknown => {
                        let cause = "the records before it are not there any more";
                        self.push(Off, at, end, cause.into(), control);
                    }
                    State::Closed => {
                        self.end(Closed, control, |_| true);
                    }
                }
            }
            "log.closed" => {
                *state = State::Closed;
                self.push(Closed, control.ts, None, "the application closed the log".into(), control);
            }
            "log.gap" => {
                let (first, last) = (control.time("first_ts"), control.time("last_ts"));
                let events = control.get("events").and_then(serde_json::Value::as_array);
                let events = events.into_iter().flatten().filter_map(serde_json::Value::as_str);
                let events = events.collect::<Vec<_>>().join(", ");
                let cause = format!("{} events: {events}", count("count"));
                self.push(Gap, first.unwrap_or(control.ts), last.or(Some(control.ts)), cause, control);
            }
            "log.sync_failed" => {
                let cause = format!("{}: {}", text("file"), text("error"));
                self.push(SyncFailed, control.ts, Some(control.ts), cause, control);
            }
            "log.disk_low" => {
                let cause = format!("{}: {} bytes were free", text("level"), count("free_bytes"));
                self.push(Disk, control.ts, Some(control.ts), cause, control);
            }
            "log.mirror_failed" => self.begin(Mirror, &text("mirror"), control),
            "log.mirror_restored" => self.restored(Mirror, &text("mirror"), control),
            "log.dead_letter" => {
                let cause = format!("{} rejected record number {}", text("mirror"), count("record_seq"));
                self.push(Mirror, control.ts, Some(control.ts), cause, control);
            }
            "log.seal_failed" => self.begin(Seal, "sealing", control),
            "log.seal_restored" => self.restored(Seal, "sealing", control),
            "log.seal_restarted" => {
                self.push(
                    Seal,
                    control.ts,
                    Some(control.ts),
                    format!("a new key: {}", text("reason")),
                    control,
                );
            }
            "log.seal_mismatch" => self.push(Seal, control.ts, Some(control.ts), text("error"), control),
            "log.signer_failed" => self.begin(Signer, &text("signer"), control),
            "log.signer_restored" => self.restored(Signer, &text("signer"), control),
            "log.file_lost" => {
                let cause = format!(
                    "{}: the records {} to {} were lost",
                    text("file"),
                    count("from_seq"),
                    count("to_seq")
                );
                self.push(Files, control.ts, Some(control.ts), cause, control);
            }
            "log.file_altered" => {
                let cause = format!("{} was altered", text("file"));
                self.push(Files, control.ts, Some(control.ts), cause, control);
            }
            _ => {}
        }
    }

    fn push(
        &mut self,
        kind: InterruptionKind,
        from: Timestamp,
        to: Option<Timestamp>,
        cause: String,
        control: &Control,
    ) {
        self.list.push(Interruption {
            kind,
            from,
            to,
            cause,
            alarm_seconds: None,
            said: vec![Said::of(control)],
        });
    }

    /// Adds a failure that lasts.
    fn begin(&mut self, kind: InterruptionKind, name: &str, control: &Control) {
        // The next process tells again of one that goes on.
        if let Some(lasts) = self.lasting(kind, |cause| is_of(cause, name)) {
            lasts.said.push(Said::of(control));
            return;
        }
        let since = control.time("since").unwrap_or(control.ts);
        let cause = format!("{name}: {}", control.text("error").unwrap_or("not said"));
        self.push(kind, since, None, cause, control);
        if let Some(added) = self.list.last_mut() {
            added.alarm_seconds = Some(seconds(since, control.ts));
        }
    }

    /// Ends a failure. If the record of its begin is not there any more, that of its end says since when it was.
    fn restored(&mut self, kind: InterruptionKind, name: &str, control: &Control) {
        if !self.end(kind, control, |cause| is_of(cause, name)) {
            let since = control.time("since").unwrap_or(control.ts);
            let cause = format!("{name}: the record of the failure is not there any more");
            self.push(kind, since, Some(control.ts), cause, control);
        }
    }

    /// Ends the newest one that lasts. Returns whether there is one.
    fn end(&mut self, kind: InterruptionKind, control: &Control, is_it: impl Fn(&str) -> bool) -> bool {
        let lasting = self.lasting(kind, is_it);
        lasting.is_some_and(|ended| {
            ended.to = Some(control.ts);
            ended.said.push(Said::of(control));
            true
        })
    }

    fn lasting(&mut self, kind: InterruptionKind, is_it: impl Fn(&str) -> bool) -> Option<&mut Interruption> {
        let lasts = |one: &&mut Interruption| one.kind == kind && one.to.is_none() && is_it(&one.cause);
        self.list.iter_mut().rev().find(lasts)
    }
}

/// Returns whether a failure is that of what has this name.
fn is_of(cause: &str, name: &str) -> bool {
    cause.strip_prefix(name).is_some_and(|rest| rest.starts_with(": "))
}
