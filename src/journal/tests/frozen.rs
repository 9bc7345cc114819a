//! A disk that holds up one thread, as a frozen file system does, holds up no other one beyond its
//! deadline.

use super::*;

const AT_ONCE: Duration = Duration::ZERO;
const AT_MOST: Duration = Duration::from_secs(60);

/// Has a caller wait for the disk, with the lock that the others need, while `others` runs.
fn while_one_is_held_up(directory: &MemoryDirectory, journal: &Journal, others: impl FnOnce()) {
    directory.files().is_frozen = true;
    std::thread::scope(|scope| {
        let held_up = scope.spawn(|| append(journal, "a.held_up"));
        while directory.files().frozen == 0 {
            std::thread::yield_now();
        }
        others();
        directory.files().is_frozen = false;
        held_up.join().unwrap().unwrap();
    });
}

#[test]
fn other_callers_are_refused_and_counted_and_the_log_says_so_afterwards() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    let journal = open(&directory, &clock);
    while_one_is_held_up(&directory, &journal, || {
        clock.set(1000);
        let error = append(&journal, "a.refused").unwrap_err();
        assert!(matches!(error, AppendError::Backlogged { .. }), "{error}");
        clock.set(2000);
        append(&journal, "a.refused_too").unwrap_err();
        let Status { counts, last_seq, .. } = journal.status();
        assert_eq!((counts.recorded, counts.refused, last_seq), (0, 2, Some(0)));
        assert_eq!(counts.last_error.unwrap().0.to_string(), "2026-05-28T00:00:02.000000000Z");
    });
    append(&journal, "a.later").unwrap();
    let records = directory.records(&[TODAY]);
    assert_eq!(events(&records), ["log.opened", "a.held_up", "log.gap", "a.later"]);
    let gap = &records[2].resource;
    assert_eq!(gap["count"], 2);
    assert_eq!(gap["first_ts"], "2026-05-28T00:00:01.000000000Z");
    assert_eq!(gap["last_ts"], "2026-05-28T00:00:02.000000000Z");
    assert_eq!(gap["events"].to_string(), r#"["a.refused","a.refused_too"]"#);
    assert_eq!(journal.status().counts.gaps, 1);
}

#[test]
fn a_flush_and_a_shutdown_return_and_control_records_come_later() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    while_one_is_held_up(&directory, &journal, || {
        let error = journal.flush(AT_ONCE).unwrap_err();
        assert!(matches!(error, FlushError::TimedOut { .. }), "{error}");
        journal.emit(Record::new("log.config_changed"));
        let error = journal.close(AT_ONCE).unwrap_err();
        assert!(matches!(error, AppendError::Backlogged { .. }), "{error}");
    });
    journal.flush(AT_MOST).unwrap();
    let records = directory.records(&[TODAY]);
    assert!(events(&records).starts_with(&["log.opened", "a.held_up"]), "{records:?}");
    assert!(events(&records).contains(&"log.config_changed"), "{records:?}");
}

#[test]
fn the_last_reference_to_a_log_can_be_dropped() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    directory.files().is_frozen = true;
    let error = journal.close(AT_ONCE).unwrap_err();
    assert!(matches!(error, AppendError::Backlogged { .. }), "{error}");
    drop(journal);
    directory.files().is_frozen = false;
    // The thread that was left alone has `log.closed` written once it can.
    while !directory.text(TODAY).contains("log.closed") {
        std::thread::sleep(Duration::from_millis(1));
    }
}
