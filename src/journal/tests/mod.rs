//! The journal on a file system that fails when it is told to.

use super::*;
use crate::journal::days::resync::SyncJob;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::Folder;
use crate::lock::lock;
use crate::record::encode::Parts;
use crate::record::{Object, Timestamp};
use crate::report::Reports;
use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};

#[cfg(target_os = "linux")]
mod crashes;
pub(super) mod files;
mod frozen;
mod hold;
#[cfg(any(target_os = "linux", windows))]
mod leftover;
mod on_disk;

use files::{Fault, MemoryDirectory};

/// A clock that is set by hand: milliseconds since 2026-05-28T00:00:00Z.
#[derive(Clone, Debug, Default)]
struct SetClock(Arc<AtomicI64>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let start = "2026-05-28T00:00:00.000000000Z".parse::<Timestamp>().unwrap();
        let millis = self.0.load(Ordering::Relaxed);
        Timestamp::from_unix_nanos(start.unix_nanos() + i128::from(millis) * 1_000_000)
    }
}

impl SetClock {
    fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::Relaxed);
    }
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const TODAY: &str = "audit-2026-05-28.log";

pub(super) fn settings() -> Settings {
    Settings {
        retention_days: 90,
        undelivered_days: 7,
        disk_low_bytes: 0,
        disk_critical_bytes: 0,
        append_deadline: Duration::ZERO,
        sync_interval: Duration::MAX,
        waits_for_disk: None,
    }
}

/// Settings of a journal whose `log.opened` says nothing of a process.
pub(super) fn with(settings: Settings, intake_bytes: usize) -> OpenWith {
    let opened =
        LogOpened { process: Object::new(), settings: Object::new(), seal: None, max_record_bytes: 1 << 18 };
    OpenWith { settings, intake_bytes, opened, prunes: true }
}

fn open(directory: &MemoryDirectory, clock: &SetClock) -> Journal {
    Journal::open(
        Arc::new(directory.clone()),
        "id",
        Arc::new(clock.clone()),
        Reports::new(),
        with(settings(), 0),
        Arc::new(()),
    )
    .unwrap()
}

fn append(journal: &Journal, event: &str) -> Result<u64, AppendError> {
    let mut parts = Parts::default();
    parts.set(&Record::new(event));
    let mut draft = Draft::default();
    draft.assemble(&parts);
    journal.append(&mut draft).map(|appended| appended.seq)
}

fn events(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.event.as_str()).collect()
}

/// The path of a file, as messages show it.
fn shown(name: &str) -> String {
    Path::new("/audit").join(name).display().to_string()
}

fn assert_consecutive(records: &[Record]) {
    for (seq, record) in records.iter().enumerate() {
        assert_eq!(record.seq, Some(seq as u64), "{record}");
    }
}

#[test]
fn a_short_write_is_completed() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    directory.files().faults.extend([
        Fault::Short(1),
        Fault::Fail(io::ErrorKind::Interrupted),
        Fault::Short(50),
        Fault::Short(1),
    ]);
    assert_eq!(append(&journal, "a.b").unwrap(), 1);
    assert_eq!(append(&journal, "a.c").unwrap(), 2);
    let records = directory.records(&[TODAY]);
    assert_eq!(events(&records), ["log.opened", "a.b", "a.c"]);
    assert_consecutive(&records);
}

#[test]
fn a_write_that_fails_half_way_leaves_nothing_and_is_told_in_a_gap() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    let journal = open(&directory, &clock);
    clock.set(1000);
    directory.files().faults.extend([Fault::Short(30), Fault::Fail(io::ErrorKind::Other)]);
    let error = append(&journal, "a.lost").unwrap_err();
    assert_eq!(error.to_string(), format!("could not append to {}", shown(TODAY)));
    clock.set(2000);
    directory.files().faults.extend([Fault::Fail(io::ErrorKind::Other)]);
    append(&journal, "a.also \"lost\"").unwrap_err();
    clock.set(3000);
    assert_eq!(append(&journal, "a.kept").unwrap(), 2);
    let records = directory.records(&[TODAY]);
    assert_eq!(events(&records), ["log.opened", "log.gap", "a.kept"]);
    assert_consecutive(&records);
    let gap = &records[1].resource;
    assert_eq!(gap["count"], 2);
    assert_eq!(gap["first_ts"], "2026-05-28T00:00:01.000000000Z");
    assert_eq!(gap["last_ts"], "2026-05-28T00:00:02.000000000Z");
    assert_eq!(gap["events"].to_string(), r#"["a.lost","a.also \"lost\""]"#);
    let Status { counts, last_seq: last, .. } = journal.status();
    assert_eq!((counts.recorded, counts.refused, last), (1, 2, Some(2)));
    assert_eq!(counts.last_error.unwrap().0.to_string(), "2026-05-28T00:00:02.000000000Z");
}

#[test]
fn a_torn_line_that_can_t_be_taken_back_is_closed_off() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    directory.files().cut_fails = true;
    directory.files().faults.extend([Fault::Short(30), Fault::Fail(io::ErrorKind::Other)]);
    append(&journal, "a.lost").unwrap_err();
    append(&journal, "a.kept").unwrap();
    assert!(!directory.text(TODAY).ends_with('\n'), "the torn piece stays where it is");
    let further = directory.records(&["audit-2026-05-28.1.log"]);
    assert_eq!(events(&further), ["log.gap", "a.kept"]);
    assert_eq!(further[0].seq, Some(1));
    // And after a restart the journal still goes on behind it.
    drop(journal);
    append(&open(&directory, &SetClock::default()), "a.later").unwrap();
    assert_eq!(
        events(&directory.records(&["audit-2026-05-28.1.log"])),
        ["log.gap", "a.kept", "log.opened", "log.recovered", "a.later"]
    );
    // It is kept aside once, and taken away when it can be.
    drop(open(&directory, &SetClock::default()));
    assert_eq!(directory.files().aside.len(), 1);
    directory.files().cut_fails = false;
    drop(open(&directory, &SetClock::default()));
    assert!(directory.text(TODAY).ends_with('\n'));
    assert_eq!(directory.files().aside.len(), 1);
}

#[test]
fn a_gap_that_is_not_told_yet_is_told_when_the_journal_is_dropped() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    directory.files().faults.extend([Fault::Fail(io::ErrorKind::Other)]);
    append(&journal, "a.lost").unwrap_err();
    drop(journal);
    assert_eq!(events(&directory.records(&[TODAY])), ["log.opened", "log.gap"]);
}

#[test]
fn a_torn_last_line_is_kept_aside_and_reported_and_seq_goes_on() {
    let directory = MemoryDirectory::default();
    append(&open(&directory, &SetClock::default()), "a.b").unwrap();
    let whole = directory.text(TODAY);
    directory.put(TODAY, format!("{whole}{{\"_schema_version\":\"1\",\"ts").as_bytes());
    append(&open(&directory, &SetClock::default()), "a.c").unwrap();
    let records = directory.records(&[TODAY]);
    assert_eq!(events(&records), ["log.opened", "a.b", "log.opened", "log.recovered", "a.c"]);
    assert_consecutive(&records);
    let recovered = &records[3].resource;
    let name = format!("{TODAY}.{}", whole.len());
    assert_eq!(recovered["file"], TODAY);
    assert_eq!(recovered["torn_bytes"], 26);
    assert_eq!(recovered["kept_in"].as_str().unwrap(), format!(".state/torn/{name}"));
    assert_eq!(directory.files().aside[&(Folder::Torn, name)], b"{\"_schema_version\":\"1\",\"ts");
    // A second time there is nothing to recover.
    drop(open(&directory, &SetClock::default()));
    assert_eq!(
        events(&directory.records(&[TODAY])).iter().filter(|event| **event == "log.recovered").count(),
        1
    );
}

#[test]
fn a_torn_line_that_can_t_be_kept_aside_stays_and_the_journal_goes_on_beside_it() {
    let directory = MemoryDirectory::default();
    append(&open(&directory, &SetClock::default()), "a.b").unwrap();
    let torn = format!("{}{{\"torn", directory.text(TODAY));
    directory.put(TODAY, torn.as_bytes());
    directory.files().aside_fails = true;
    append(&open(&directory, &SetClock::default()), "a.c").unwrap();
    assert_eq!(directory.text(TODAY), torn);
    let further = directory.records(&["audit-2026-05-28.1.log"]);
    assert_eq!(events(&further), ["log.opened", "log.recovered", "a.c"]);
    assert_eq!(further[0].seq, Some(2));
    assert_eq!(further[1].resource.get("kept_in"), None);
}

#[test]
fn whole_lines_that_are_no_records_stay_and_the_journal_goes_on_beside_them() {
    let directory = MemoryDirectory::default();
    append(&open(&directory, &SetClock::default()), "a.b").unwrap();
    let strange = format!("{}strange\n{{\"seq\":7}}\n", directory.text(TODAY));
    directory.put(TODAY, strange.as_bytes());
    append(&open(&directory, &SetClock::default()), "a.c").unwrap();
    assert_eq!(directory.text(TODAY), strange);
    let further = directory.records(&["audit-2026-05-28.1.log"]);
    assert_eq!(events(&further), ["log.opened", "log.recovered", "a.c"]);
    assert_eq!(further[0].seq, Some(2));
    assert_eq!(further[1].resource["unreadable_lines"], 2);
}

#[test]
fn an_empty_or_torn_newest_file_does_not_hide_where_the_journal_ends() {
    for newest in ["", "{\"_schema_ver"] {
        let directory = MemoryDirectory::default();
        append(&open(&directory, &SetClock::default()), "a.b").unwrap();
        directory.put("audit-2026-05-29.log", newest.as_bytes());
        let clock = SetClock::default();
        clock.set(DAY);
        assert_eq!(
            append(&open(&directory, &clock), "a.c").unwrap() + 1,
            if newest.is_empty() { 4 } else { 5 }
        );
        let tail = directory.records(&["audit-2026-05-29.log"]);
        assert_eq!(events(&tail).first(), Some(&"log.opened"));
        assert_eq!(tail[0].seq, Some(2));
        assert_eq!(directory.names().len(), 2);
    }
}

#[test]
fn the_newest_file_is_the_one_with_the_greatest_seq_whatever_its_name() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    clock.set(9 * DAY);
    append(&open(&directory, &clock), "a.ahead").unwrap();
    clock.set(0);
    append(&open(&directory, &clock), "a.back").unwrap();
    append(&open(&directory, &clock), "a.again").unwrap();
    let records = directory.records(&["audit-2026-06-06.log", TODAY]);
    assert_eq!(
        events(&records),
        ["log.opened", "a.ahead", "log.opened", "log.clock_step", "a.back", "log.opened", "a.again"]
    );
    assert_consecutive(&records);
}

#[test]
fn ts_never_decreases_within_a_file() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    clock.set(2 * HOUR);
    let journal = open(&directory, &clock);
    clock.set(2 * HOUR - 1000);
    append(&journal, "a.small_step").unwrap();
    clock.set(HOUR);
    append(&journal, "a.large_step").unwrap();
    let first = directory.records(&[TODAY]);
    assert_eq!(events(&first), ["log.opened", "log.clock_step", "a.small_step"]);
    assert_eq!(first[0].ts, first[2].ts, "a step of a second is waited out");
    let second = directory.records(&["audit-2026-05-28.1.log"]);
    assert_eq!(events(&second), ["log.clock_step", "a.large_step"]);
    assert_eq!(second[0].resource["step_seconds"], -3599.0);
    assert_eq!(second[0].ts.unwrap().to_string(), "2026-05-28T01:00:00.000000000Z");
}

#[test]
fn a_new_day_is_a_new_file() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    clock.set(DAY - 1);
    let journal = open(&directory, &clock);
    clock.set(DAY);
    append(&journal, "a.b").unwrap();
    assert_eq!(directory.names(), [TODAY, "audit-2026-05-29.log"]);
    assert_consecutive(&directory.records(&[TODAY, "audit-2026-05-29.log"]));
}

#[test]
fn a_day_that_can_t_begin_is_an_error_and_a_gap() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    let journal = open(&directory, &clock);
    clock.set(DAY);
    directory.files().create_fails = true;
    let error = append(&journal, "a.lost").unwrap_err();
    assert_eq!(error.to_string(), format!("could not begin the day file {}", shown("audit-2026-05-29.log")));
    directory.files().create_fails = false;
    append(&journal, "a.kept").unwrap();
    let records = directory.records(&[TODAY, "audit-2026-05-29.log"]);
    assert_eq!(events(&records), ["log.opened", "log.gap", "a.kept"]);
    assert_consecutive(&records);
}

#[test]
fn nothing_more_is_written_to_a_file_that_could_not_be_synced() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    directory.files().sync_fails = true;
    let error = journal.flush(Duration::from_secs(60)).unwrap_err();
    assert!(matches!(error, FlushError::Sync { .. }), "{error}");
    directory.files().sync_fails = false;
    // What was in it is written again, into a file that can be synced.
    append(&journal, "a.b").unwrap();
    assert!((0..1000).any(|_| journal.flush(Duration::from_secs(60)).is_ok()));
    let names = directory.names();
    let names = names.iter().map(String::as_str).filter(|name| *name != TODAY).collect::<Vec<_>>();
    let mut again = directory.records(&names);
    again.sort_by_key(|record| record.seq);
    assert_eq!(events(&again), ["log.opened", "log.sync_failed", "a.b"]);
    assert_consecutive(&again);
    let failed = &again[1].resource;
    assert!(failed["from_seq"] == 0 && failed["to_seq"] == 0, "{failed:?}");
    assert_eq!(events(&directory.records(&[TODAY])), ["log.opened"]);
    // A restart does not go on in it, either.
    drop(journal);
    append(&open(&directory, &SetClock::default()), "a.c").unwrap();
    assert_eq!(events(&directory.records(&[TODAY])), ["log.opened"]);
}

#[test]
fn a_sync_that_fails_at_a_change_of_day_is_made_good_by_the_next_flush() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    let journal = open(&directory, &clock);
    clock.set(DAY);
    directory.files().sync_fails = true;
    append(&journal, "a.b").unwrap();
    let error = journal.flush(Duration::from_secs(60)).unwrap_err();
    assert!(matches!(error, FlushError::Sync { .. }), "{error}");
    directory.files().sync_fails = false;
    // An attempt that has begun before may fail still.
    assert!((0..1000).any(|_| journal.flush(Duration::from_secs(60)).is_ok()));
    // Which index the last copy has depends on how many were tried.
    let copy =
        directory.names().into_iter().find(|name| name.starts_with("audit-2026-05-28.") && name != TODAY);
    assert_eq!(events(&directory.records(&[&copy.unwrap()])), ["log.opened"]);
}

#[test]
fn a_file_that_ended_while_its_sync_failed_is_never_synced_again() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    let journal = open(&directory, &clock);
    // One has begun, and goes on for long, when the day ends, and the file with it.
    let begun = lock(&journal.finisher.files).sync_job().unwrap();
    clock.set(DAY);
    append(&journal, "a.b").unwrap();
    let (name, error) = (begun.files[0].name, io::Error::other("it fails"));
    let failed = lock(&journal.finisher.files).sync_ended(&[], vec![(name, error)]);
    assert_eq!((failed.len(), failed[0].file.name, failed[0].end_seq), (1, name, 1));
    let next = lock(&journal.finisher.files).sync_job().unwrap();
    assert!(next.files.len() == 1 && next.files[0].name != name);
}

#[test]
fn what_is_appended_while_a_file_is_synced_is_synced_by_the_next_although_the_file_has_ended() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    let journal = open(&directory, &clock);
    let names = |job: &SyncJob| job.files.iter().map(|file| (file.name, file.len)).collect::<Vec<_>>();
    let begun = names(&lock(&journal.finisher.files).sync_job().unwrap());
    append(&journal, "a.b").unwrap();
    clock.set(DAY);
    append(&journal, "a.c").unwrap();
    lock(&journal.finisher.files).sync_ended(&begun, Vec::new());
    let next = names(&lock(&journal.finisher.files).sync_job().unwrap());
    assert!(next[0].0 == begun[0].0 && next[0].1 > begun[0].1, "{begun:?}, then {next:?}");
    lock(&journal.finisher.files).sync_ended(&next, Vec::new());
    let last = names(&lock(&journal.finisher.files).sync_job().unwrap());
    assert_eq!(last, next[1..]);
}

#[test]
fn a_spoilt_first_line_does_not_make_seq_begin_again() {
    let directory = MemoryDirectory::default();
    append(&open(&directory, &SetClock::default()), "a.b").unwrap();
    directory.put(TODAY, format!("spoilt\n{}", directory.text(TODAY)).as_bytes());
    assert_eq!(append(&open(&directory, &SetClock::default()), "a.c").unwrap(), 3);
}

#[test]
fn lines_of_other_programs_are_left_alone() {
    let directory = MemoryDirectory::default();
    let theirs = "{\"_schema_version\":\"1\",\"event\":\"auth.failed\",\"prev_hash\":\"x\"}\n{\"torn";
    directory.put(TODAY, theirs.as_bytes());
    assert_eq!(append(&open(&directory, &SetClock::default()), "a.b").unwrap(), 1);
    assert_eq!(directory.text(TODAY), theirs);
    assert_eq!(events(&directory.records(&["audit-2026-05-28.1.log"])), ["log.opened", "a.b"]);
}

#[test]
fn log_closed_is_appended_once_and_says_what_was_recorded() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    append(&journal, "a.b").unwrap();
    journal.close(Duration::ZERO).unwrap();
    journal.close(Duration::ZERO).unwrap();
    append(&journal, "a.late").unwrap();
    let records = directory.records(&[TODAY]);
    assert_eq!(events(&records), ["log.opened", "a.b", "log.closed", "a.late"]);
    assert_eq!(records[2].resource["recorded"], 1);
    assert_eq!(records[2].resource["refused"], 0);
}
