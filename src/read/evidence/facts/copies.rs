//! Whether there are copies elsewhere.

use super::super::pass::Pass;
use super::super::period::Period;
use super::interruptions::{Interruption, InterruptionKind};
use crate::record::SETTINGS;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// What the log says of copies of its records elsewhere.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Copies {
    /// The mirrors that were set up at some time of the period, by their names: `otlp`, `event_log`, and the application's own.
    pub mirrors: Vec<String>,
    /// Whether a mirror could not be reached, and no record says that it was reached again.
    pub is_failing: bool,
    /// How often a mirror could not be reached.
    pub failures: u64,
    /// How many records a receiver has rejected.
    pub dead_letters: u64,
    /// How many files were pruned before some of their records had reached a mirror.
    pub undelivered: u64,
}

impl Copies {
    pub(in crate::read::evidence) fn of(
        pass: &Pass,
        period: &Period,
        interruptions: &[Interruption],
    ) -> Copies {
        let mut mirrors = BTreeSet::new();
        let mut copies = Copies::default();
        let mut before = BTreeSet::new();
        for control in pass.controls.iter().filter(|control| control.ts < period.end()) {
            if let Some(settings) = control.get(SETTINGS).and_then(Value::as_object) {
                let is_set = |name: &str| {
                    settings.get(name).is_some_and(|value| !value.is_null() && *value != Value::Bool(false))
                };
                let mut named = BTreeSet::new();
                if is_set("otlp_endpoint") || is_set("otlp_from_env") {
                    named.insert("otlp".to_owned());
                }
                if is_set("event_log_enabled") {
                    named.insert("event_log".to_owned());
                }
                let own = settings.get("mirrors").and_then(Value::as_array).into_iter().flatten();
                named.extend(own.filter_map(|name| name.as_str().map(str::to_owned)));
                if control.ts < period.begin() {
                    before = named;
                } else {
                    mirrors.extend(named);
                }
            }
            if !period.meets(control.ts, Some(control.ts)) {
                continue;
            }
            copies.dead_letters += u64::from(control.is("log.dead_letter"));
            copies.undelivered += u64::from(control.is("log.pruned") && control.get("undelivered").is_some());
        }
        mirrors.extend(before);
        copies.mirrors = mirrors.into_iter().collect();
        let is_dead_letter = |one: &Interruption| one.said.iter().any(|said| said.event == "log.dead_letter");
        let failures =
            interruptions.iter().filter(|one| one.kind == InterruptionKind::Mirror && !is_dead_letter(one));
        for failure in failures {
            copies.failures += 1;
            copies.is_failing |= failure.to.is_none();
        }
        copies
    }
}
