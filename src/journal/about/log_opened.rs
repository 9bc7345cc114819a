//! `log.opened`: who writes the log, with which settings, and what was pruned before. It is the first record
//! that says the settings in force. When retention has removed the last one that said them, they are said
//! again: so the kept records always have them.

use crate::journal::state::pruned::Pruned;
use crate::lock::lock;
use crate::record::{Object, Record, SETTINGS, fit};
use std::sync::Mutex;

/// What `log.opened` says that the journal does not know by itself.
#[derive(Clone, Debug)]
pub(crate) struct LogOpened {
    /// The process: its host, its application, and so on.
    pub(crate) process: Object,
    /// The settings in force.
    pub(crate) settings: Object,
    /// What was sealed before; `None` if the log is not sealed.
    pub(crate) seal: Option<Object>,
    /// The length of the longest line, in bytes.
    pub(crate) max_record_bytes: usize,
}

impl LogOpened {
    /// Returns the record. `is_held` says whether there is a legal hold, as far as that is known; `next_seq`
    /// is the first number that is sealed, if none was before. The settings come last: a note in the
    /// intake has no room for them.
    pub(in crate::journal) fn record(
        &self,
        id: &str,
        is_held: Option<bool>,
        pruned: &Pruned,
        next_seq: u64,
    ) -> Record {
        let mut record = Record::new("log.opened").resource("journal", id);
        for (key, value) in &self.process {
            record.resource.insert(key, value.clone());
        }
        record = pruned.describe(record.resource("hold", is_held));
        if let Some(seal) = &self.seal {
            if seal.get("base").is_none() {
                record.resource.insert("base", next_seq);
            }
            for (key, value) in seal {
                record.resource.insert(key, value.clone());
            }
        }
        record = record.resource(SETTINGS, &self.settings);
        fit(&mut record, self.max_record_bytes, Vec::new());
        record
    }
}

/// The settings in force, and where a record last said them.
#[derive(Debug)]
pub(in crate::journal) struct InForce(Mutex<Said>);

#[derive(Debug)]
struct Said {
    settings: Object,
    max_record_bytes: usize,
    /// The record that said them has a lower number.
    before: u64,
}

impl InForce {
    /// A `log.opened` before this number has said them.
    pub(in crate::journal) fn new(opened: &LogOpened, before: u64) -> InForce {
        let (settings, max_record_bytes) = (opened.settings.clone(), opened.max_record_bytes);
        InForce(Mutex::new(Said { settings, max_record_bytes, before }))
    }

    /// Takes note that a record before this number has said others.
    pub(in crate::journal) fn changed(&self, settings: Object, before: u64) {
        let mut said = lock(&self.0);
        (said.settings, said.before) = (settings, before);
    }

    /// Returns a `log.config_changed` without a change, if the record that said them is pruned with all
    /// before `kept_from`. The caller appends it behind `next_seq`, about.
    pub(in crate::journal) fn say_again(&self, kept_from: u64, next_seq: u64) -> Option<Record> {
        let mut said = lock(&self.0);
        if said.before > kept_from {
            return None;
        }
        said.before = next_seq.saturating_add(1);
        let mut record = Record::new("log.config_changed").resource(SETTINGS, &said.settings);
        fit(&mut record, said.max_record_bytes, Vec::new());
        Some(record)
    }
}
