//! Doing what the command `auditlog` asks.

use super::append_record::append_and_judge;
use super::log::Log;
use super::place::Place;
use super::requests::Requests;
use crate::error::Chain;
use crate::journal::{Journal, Prune};
use crate::record::encode::Draft;
use crate::record::{Object, Record, fit};
use crate::request::{Answer, Event, What};
use std::io;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

/// How long a record that someone reads waits for the disk, and a mirror that begins again for its thread.
const PATIENCE: Duration = Duration::from_secs(10);

/// Begins to take up requests in an open log.
///
/// # Errors
///
/// There is no further thread.
pub(crate) fn take_up_requests(log: &Arc<Log>) -> io::Result<()> {
    let Some(journal) = log.journal() else {
        return Ok(());
    };
    // The thread holds the log only while it does what is asked.
    let weak = Arc::downgrade(log);
    let act = move |what: &What| weak.upgrade().map(|log| act(&log, what));
    log.set_requests(Requests::start(journal.subscribe(), Box::new(act))?);
    Ok(())
}

/// Does what is asked, and returns the answer.
pub(crate) fn act(log: &Log, what: &What) -> Answer {
    let Some(journal) = log.journal() else {
        return Answer::failed("the log is disabled");
    };
    match what {
        What::Append(event) => append(log, event),
        What::Prune { trust_clock, older_than, even_changed } => {
            let (trust_clock, older_than, even_changed) = (*trust_clock, *older_than, *even_changed);
            prune(journal, Prune { trust_clock, older_than, even_changed })
        }
        What::Replay { mirror, from_seq } => match log.followers().replay(mirror, *from_seq, PATIENCE) {
            Ok(before) => Answer { seq: Some(before), ..Answer::default() },
            Err(reason) => Answer::failed(reason),
        },
        What::Read { resource } => record_access(log, journal, resource.clone()),
    }
}

fn append(log: &Log, event: &Event) -> Answer {
    let record = match event.record() {
        Ok(record) => record,
        Err(reason) => return Answer::failed(reason),
    };
    let place = Place::Caller(Location::caller());
    let (receipt, violations) = append_and_judge(log, record, place, |_| {}, || None);
    let (seq, violations) = (receipt.seq(), violations.texts().to_vec());
    // A violation is no failure: it is told apart.
    let failures = match receipt.result() {
        Err(error) if seq.is_none() || violations.is_empty() => vec![Chain(&error).to_string()],
        _ => Vec::new(),
    };
    Answer { seq, violations, failures, ..Answer::default() }
}

fn prune(journal: &Journal, prune: Prune) -> Answer {
    use crate::error::PruneError;
    match journal.prune(prune) {
        Ok(removed) => Answer { removed, ..Answer::default() },
        Err(PruneError::Partly { removed, source, others }) => {
            let mut failures = vec![Chain(&*source).to_string()];
            failures.extend(others);
            Answer { removed, failures, ..Answer::default() }
        }
        Err(error) => Answer::failed(Chain(&error).to_string()),
    }
}

/// Records that someone reads records: on disk, before they are read.
fn record_access(log: &Log, journal: &Journal, resource: Object) -> Answer {
    let mut record = Record::new("log.read");
    record.resource = resource;
    fit(&mut record, log.max_record_bytes(), Vec::new());
    let appended = match journal.append(&mut Draft::of(&record)) {
        Ok(appended) => appended,
        Err(error) => return Answer::failed(Chain(&error).to_string()),
    };
    match journal.flush(PATIENCE) {
        Ok(()) => Answer { seq: Some(appended.seq), ..Answer::default() },
        Err(error) => Answer::failed(Chain(&error).to_string()),
    }
}
