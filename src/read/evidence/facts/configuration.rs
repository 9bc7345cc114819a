//! With which settings the log was written.

use super::super::pass::Pass;
use super::super::period::Period;
use super::completeness::Said;
use crate::record::SETTINGS;
use serde::Serialize;
use serde_json::{Map, Value};

/// The settings of the log over the period.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Configuration {
    /// Processes that opened the log, and what they ran as; each time that something differs from the one before.
    pub processes: Vec<Process>,
    /// The settings at the begin of the period, or at the first record that says them.
    pub settings: Option<Map<String, Value>>,
    /// The changes in the period, at most 1,000.
    pub changes: Vec<Change>,
    /// How many changes there are.
    pub change_count: u64,
}

/// A process that opened the log.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Process {
    /// The record that says so.
    #[serde(flatten)]
    pub said: Said,
    /// The machine.
    pub host: Option<String>,
    /// The application.
    pub application: Option<String>,
    /// Its version.
    pub application_version: Option<String>,
    /// The account that it ran as.
    pub account: Option<String>,
    /// The version of the crate.
    pub version: Option<String>,
}

/// A setting that has changed.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The record that says so: `log.config_changed`, or `log.opened` if it was changed while the log was closed.
    #[serde(flatten)]
    pub said: Said,
    /// The setting.
    pub setting: String,
    /// Its value before.
    pub before: Value,
    /// Its value since then.
    pub after: Value,
}

const MOST: usize = 1_000;

impl Configuration {
    pub(in crate::read::evidence) fn of(pass: &Pass, period: &Period) -> Configuration {
        let mut configuration = Configuration::default();
        let mut in_force = None::<&Map<String, Value>>;
        for control in pass.controls.iter().filter(|control| control.ts < period.end()) {
            let is_before = control.ts < period.begin();
            if control.is("log.opened") {
                let text = |key: &str| control.text(key).map(str::to_owned);
                let process = Process {
                    said: Said::of(control),
                    host: text("host"),
                    application: text("application"),
                    application_version: text("application_version"),
                    account: text("account"),
                    version: text("version"),
                };
                if is_before {
                    // The one that had it open when the period began.
                    configuration.processes.clear();
                }
                if configuration.processes.last().is_none_or(|last| !last.is_like(&process))
                    && configuration.processes.len() < MOST
                {
                    configuration.processes.push(process);
                }
            }
            let Some(settings) = control.get(SETTINGS).and_then(Value::as_object) else {
                continue;
            };
            if is_before || configuration.settings.is_none() {
                configuration.settings = Some(settings.clone());
            } else if let Some(before) = in_force {
                configuration.compare(before, settings, &Said::of(control));
            }
            in_force = Some(settings);
        }
        configuration
    }

    fn compare(&mut self, before: &Map<String, Value>, after: &Map<String, Value>, said: &Said) {
        let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
        for name in names {
            let value = |settings: &Map<String, Value>| settings.get(name).cloned().unwrap_or(Value::Null);
            let (before, after) = (value(before), value(after));
            if before == after {
                continue;
            }
            self.change_count += 1;
            if self.changes.len() < MOST {
                self.changes.push(Change { said: said.clone(), setting: name.clone(), before, after });
            }
        }
    }
}

impl Process {
    fn is_like(&self, other: &Process) -> bool {
        let of = |process: &Process| {
            let Process { host, application, application_version, account, version, .. } = process.clone();
            (host, application, application_version, account, version)
        };
        of(self) == of(other)
    }
}
