//! Whether records are kept as long as they should be, and deleted then.

use super::super::pass::Pass;
use super::super::pass::control::Control;
use super::super::period::Period;
use super::completeness::Said;
use crate::journal::DayFileName;
use crate::record::{SETTINGS, Timestamp};
use serde::Serialize;

/// How long records are kept, and what was deleted.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Retention {
    /// The setting `retention_days`, each time it became another one; the one at the begin of the period comes first.
    pub settings: Vec<RetentionSetting>,
    /// The time of the oldest record that is there, of whatever period.
    pub oldest: Option<Timestamp>,
    /// Whether the first record that the journal has ever had is still there.
    pub has_first_record: bool,
    /// The files that were deleted in the period, at most 10,000.
    pub deletions: Vec<Deletion>,
    /// How many of the deletions were not due, or were made during a legal hold.
    pub undue: u64,
    /// For how many deletions no record says which setting was in force.
    pub undecided: u64,
    /// Legal holds that reach into the period.
    pub holds: Vec<Hold>,
}

/// A retention that came into force.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RetentionSetting {
    /// The record that says so.
    #[serde(flatten)]
    pub said: Said,
    /// For how many days records are kept.
    pub retention_days: u64,
}

/// A `log.pruned`: a file was deleted.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Deletion {
    /// The record that says so.
    #[serde(flatten)]
    pub said: Said,
    /// The file.
    pub file: String,
    /// The number of its first record.
    pub from_seq: Option<u64>,
    /// The number of its last record.
    pub to_seq: Option<u64>,
    /// Its SHA-256, 64 hex digits.
    pub sha256: Option<String>,
    /// The setting in force, in days; `None` if no record says it.
    pub retention_days: Option<u64>,
    /// Whether it was older than that, and there was no legal hold. `None` if it can't be told.
    pub was_due: Option<bool>,
    /// Whether some of its records never reached a mirror.
    pub undelivered: bool,
    /// Whether it was deleted before it was sealed.
    pub unsealed: bool,
}

/// A legal hold.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Hold {
    /// Since when it is known; `None` if the record that said so is not there any more.
    pub from: Option<Timestamp>,
    /// When it was released; `None` if no record says so.
    pub to: Option<Timestamp>,
}

const MOST: usize = 10_000;

impl Retention {
    pub(in crate::read::evidence) fn of(pass: &Pass, period: &Period) -> Retention {
        let mut retention = Retention {
            oldest: pass.oldest,
            has_first_record: pass.numbers.runs.first().is_some_and(|run| run.first == 0),
            ..Retention::default()
        };
        let mut in_force = None;
        let mut all = Vec::<RetentionSetting>::new();
        for control in &pass.controls {
            let setting = control.get(SETTINGS).and_then(|settings| settings.get("retention_days"));
            if let Some(days) = setting.and_then(serde_json::Value::as_u64)
                && in_force != Some(days)
            {
                in_force = Some(days);
                all.push(RetentionSetting { said: Said::of(control), retention_days: days });
            }
            match (&*control.event, control.get("hold").and_then(serde_json::Value::as_bool)) {
                ("log.hold_set", _) | ("log.opened", Some(true)) => retention.hold(control.ts),
                ("log.hold_released", _) => retention.release(control.ts, true),
                ("log.opened", Some(false)) => retention.release(control.ts, false),
                ("log.pruned", _) => retention.add_deletion(control, in_force, period),
                _ => {}
            }
        }
        let begin = |hold: &Hold| hold.from.unwrap_or(Timestamp::from_unix_nanos(0));
        retention.holds.retain(|hold| period.meets(begin(hold), hold.to));
        let before = all.iter().rposition(|setting| setting.said.ts < period.begin()).unwrap_or(0);
        retention.settings =
            all.into_iter().skip(before).filter(|setting| setting.said.ts < period.end()).collect();
        retention
    }

    fn hold(&mut self, ts: Timestamp) {
        if self.holds.last().is_none_or(|hold| hold.to.is_some()) {
            self.holds.push(Hold { from: Some(ts), to: None });
        }
    }

    /// Ends a hold. `is_sure` says that there was one, whether or not the record that began it is there.
    fn release(&mut self, ts: Timestamp, is_sure: bool) {
        if let Some(hold) = self.holds.last_mut().filter(|hold| hold.to.is_none()) {
            hold.to = Some(ts);
        } else if is_sure {
            self.holds.push(Hold { from: None, to: Some(ts) });
        }
    }

    fn add_deletion(&mut self, control: &Control, in_force: Option<u64>, period: &Period) {
        if !period.meets(control.ts, Some(control.ts)) {
            return;
        }
        let is_held = self.holds.last().is_some_and(|hold| hold.to.is_none());
        let file = control.text("file").unwrap_or_default();
        let name = file.rsplit('/').next().and_then(|name| {
            let end = name.find(".log").map_or(name.len(), |at| at + ".log".len());
            DayFileName::parse(&name[..end])
        });
        let was_due = match (name, in_force) {
            _ if is_held => Some(false),
            (Some(name), Some(days)) => {
                let days = u32::try_from(days).unwrap_or(u32::MAX);
                Some(control.ts.day().days_before(days).is_some_and(|last_due| name.day < last_due))
            }
            _ => None,
        };
        self.undue += u64::from(was_due == Some(false));
        self.undecided += u64::from(was_due.is_none());
        if self.deletions.len() < MOST {
            self.deletions.push(Deletion {
                said: Said::of(control),
                file: file.to_owned(),
                from_seq: control.number("from_seq"),
                to_seq: control.number("to_seq"),
                sha256: control.text("sha256").map(str::to_owned),
                retention_days: in_force,
                was_due,
                undelivered: control.get("undelivered").is_some(),
                unsealed: control.get("unsealed").and_then(serde_json::Value::as_bool) == Some(true),
            });
        }
    }
}
