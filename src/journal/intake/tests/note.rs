//! Records that are noted.

use super::super::note::*;
use super::*;
use crate::record::{Record, TRUNCATED};

#[test]
fn a_record_that_is_too_long_for_a_note_is_noted_with_its_longest_values_cut() {
    let record = Record::new("log.opened").resource("pid", 7).resource("settings", "x".repeat(5000));
    let note = short_note(&record);
    assert!(note.len() <= LONGEST_NOTE, "{}", note.len());
    let noted = noted_record(note.as_bytes()).unwrap();
    assert_eq!((noted.event.as_str(), &noted.resource["pid"]), ("log.opened", &record.resource["pid"]));
    assert!(noted.resource.get(TRUNCATED).is_some());
    let short = Record::new("log.opened").resource("pid", 7);
    assert_eq!(noted_record(short_note(&short).as_bytes()).unwrap(), short);
}
