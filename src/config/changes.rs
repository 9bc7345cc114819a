//! The record of changed settings.

use crate::record::{Object, Record, SETTINGS, fit};
use serde::Serialize;
use std::time::Duration;

/// Returns a duration as it stands in a configuration.
pub(super) fn text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// The settings whose values change, for `log.config_changed`.
#[derive(Default)]
pub(super) struct Changes(Option<Record>);

#[derive(Serialize)]
struct Change<T> {
    before: T,
    after: T,
}

impl Changes {
    /// Notes a setting, if its value changes.
    pub(super) fn note<T: PartialEq + Serialize>(&mut self, setting: &'static str, before: T, after: T) {
        if before != after {
            let record = self.0.take().unwrap_or_else(|| Record::new("log.config_changed"));
            self.0 = Some(record.resource(setting, Change { before, after }));
        }
    }

    /// Returns the record of the changes, if there are any, with all settings in force behind them. It is at
    /// most so many bytes long.
    pub(super) fn into_record(self, in_force: &Object, max_record_bytes: usize) -> Option<Record> {
        let mut record = self.0?.resource(SETTINGS, in_force);
        fit(&mut record, max_record_bytes, Vec::new());
        Some(record)
    }
}
