//! Syncs, losses of power, and a full disk.

use super::*;
use crate::journal::state::synced::Synced;

#[test]
fn a_sync_that_can_t_even_begin_is_told_and_tried_again() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    directory.files().nothing_can_be_synced = true;
    append(&journal, "a.b").unwrap();
    let error = journal.flush(Duration::from_secs(60)).unwrap_err();
    assert!(matches!(error, FlushError::Sync { .. }), "{error}");
    directory.files().nothing_can_be_synced = false;
    append(&journal, "a.c").unwrap();
    journal.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(journal.status().synced, 3);
}

#[test]
fn how_far_the_disk_has_come_is_written_down() {
    let directory = MemoryDirectory::default();
    let clock = SetClock::default();
    let synced = || {
        Synced::read(&directory)
            .unwrap()
            .map(|synced| (synced.file.to_string(), synced.offset, synced.next_seq))
    };
    let journal = open(&directory, &clock);
    assert_eq!(synced(), Some((TODAY.to_owned(), 0, 0)));
    append(&journal, "a.b").unwrap();
    journal.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(synced(), Some((TODAY.to_owned(), directory.text(TODAY).len() as u64, 2)));
    clock.set(DAY);
    append(&journal, "a.c").unwrap();
    journal.flush(Duration::from_secs(60)).unwrap();
    let tomorrow = "audit-2026-05-29.log";
    assert_eq!(synced(), Some((tomorrow.to_owned(), directory.text(tomorrow).len() as u64, 3)));
}

#[test]
fn what_a_loss_of_power_has_left_behind_lost_records_is_kept_aside() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    append(&journal, "a.on_disk").unwrap();
    journal.flush(Duration::from_secs(60)).unwrap();
    let on_disk = directory.text(TODAY);
    for _ in 0..4 {
        append(&journal, "a.not_yet").unwrap();
    }
    let written = directory.text(TODAY);
    let lines = written.split_inclusive('\n').collect::<Vec<_>>();
    drop(journal);
    let mark = directory.files().state[crate::journal::storage::layout::CHECKPOINT].clone();
    for lost in 2..6 {
        // As it was before, but for one line whose page has not reached the disk.
        let after_power = MemoryDirectory::default();
        let mut text = lines[..lost].concat().into_bytes();
        text.resize(text.len() + lines[lost].len() - 1, 0);
        text.push(b'\n');
        text.extend(lines[lost + 1..].concat().as_bytes());
        after_power.put(TODAY, &text);
        after_power.files().state = directory.files().state.clone();
        let on_disk = Synced {
            file: crate::journal::storage::layout::DayFileName::parse(TODAY).unwrap(),
            offset: on_disk.len() as u64,
            next_seq: 2,
            has_failed: false,
            accepted: 0,
        };
        after_power.files().state.remove(crate::journal::storage::layout::SYNCED);
        crate::journal::state::synced::SyncedFile::new(Arc::new(after_power.clone())).write(on_disk).unwrap();
        after_power
            .files()
            .state
            .insert(crate::journal::storage::layout::CHECKPOINT.to_owned(), mark.clone());
        drop(open(&after_power, &SetClock::default()));
        let first = after_power.text(TODAY);
        assert_eq!(first, lines[..lost].concat(), "what follows what was on disk stays");
        let aside = after_power.files().aside.clone();
        let rest = &text[first.len()..];
        assert_eq!(aside.values().collect::<Vec<_>>(), [rest]);
        let records = after_power.records(&["audit-2026-05-28.1.log"]);
        assert_eq!(events(&records), ["log.opened", "log.recovered", "log.file_lost"]);
        assert_eq!(records[0].seq, Some(6), "no number is given twice");
        let strays = records[1].resource.get("strays").and_then(crate::record::Value::as_u64);
        assert_eq!(strays.unwrap_or(0), 5 - lost as u64);
        assert_eq!(records[1].resource["torn_bytes"].as_u64(), Some(rest.len() as u64));
        assert_eq!(records[2].resource["from_seq"].as_u64(), Some(lost as u64));
        assert_eq!(records[2].resource["to_seq"].as_u64(), Some(5));
        // A second time there is nothing to put in order.
        drop(open(&after_power, &SetClock::default()));
        let again = after_power.records(&["audit-2026-05-28.1.log"]);
        assert_eq!(events(&again[3..]), ["log.opened"]);
    }
}

/// The copy of a file that could not be synced is newer than the file, and has less of it.
#[test]
fn no_number_is_given_twice_where_records_behind_a_lost_page_are_in_a_file_that_was_being_copied() {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    append(&journal, "a.on_disk").unwrap();
    journal.flush(Duration::from_secs(60)).unwrap();
    let state = directory.files().state.clone();
    for _ in 0..4 {
        append(&journal, "a.not_yet").unwrap();
    }
    let written = directory.text(TODAY);
    let lines = written.split_inclusive('\n').collect::<Vec<_>>();
    drop(journal);
    // Of records 2 to 5, the file has the last one alone, and its copy the first one.
    let kept = lines[..2].concat();
    let lost = "\0".repeat(100) + "\"}\n";
    let after_power = MemoryDirectory::default();
    after_power.put(TODAY, (kept.clone() + &lost + lines[5]).as_bytes());
    after_power.put("audit-2026-05-28.1.log", lines[2].as_bytes());
    after_power.files().state = state;
    let mut synced_file = crate::journal::state::synced::SyncedFile::new(Arc::new(after_power.clone()));
    synced_file.write_failure().unwrap();
    let journal = open(&after_power, &SetClock::default());
    for _ in 0..3 {
        append(&journal, "a.later").unwrap();
    }
    // An attempt that has begun before may fail still.
    assert!((0..1000).any(|_| journal.flush(Duration::from_secs(60)).is_ok()));
    drop(journal);
    assert_eq!(after_power.text(TODAY), kept);
    assert_eq!(after_power.files().aside.values().collect::<Vec<_>>(), [(lost + lines[5]).as_bytes()]);
    let mut by_number = std::collections::BTreeMap::new();
    for name in after_power.names() {
        for line in after_power.text(&name).lines() {
            let record = Record::from_line(line.as_bytes()).unwrap();
            assert_ne!(record.event, "log.file_altered", "no other program has done it");
            let other = by_number.insert(record.seq, line.to_owned());
            assert!(other.is_none_or(|other| other == line), "{line}");
        }
    }
}

#[test]
fn when_the_disk_is_full_the_last_thing_in_the_log_says_so() {
    let directory = MemoryDirectory::default();
    directory.files().room = Some(1 << 20);
    let clock = SetClock::default();
    let journal = open(&directory, &clock);
    append(&journal, "a.b").unwrap();
    assert_eq!(directory.files().reserved, crate::journal::disk_level::RESERVE);
    assert_eq!(journal.status().disk_level, DiskLevel::Fine);
    directory.files().room = Some(100);
    let error = append(&journal, "a.lost").unwrap_err();
    assert!(matches!(error, AppendError::Write { .. }), "{error}");
    assert_eq!(journal.status().disk_level, DiskLevel::Full);
    assert_eq!(directory.files().reserved, 0, "it is given up");
    let records = directory.records(&[TODAY]);
    assert_eq!(events(&records), ["log.opened", "a.b", "log.disk_low", "log.gap"]);
    assert_eq!(records[2].resource["free_bytes"], 100);
    assert_eq!(records[2].resource["level"].as_str(), Some("full"));
    assert_eq!(records[3].resource["count"], 1);
    // What the reserve has made room for is used, and then there is no more.
    directory.files().room = Some(0);
    append(&journal, "a.also_lost").unwrap_err();
    assert_eq!(directory.records(&[TODAY]).len(), 4);
    // When there is space again, there is a reserve again, too.
    directory.files().room = Some(1 << 20);
    clock.set(2000);
    append(&journal, "a.kept").unwrap();
    assert_eq!(directory.files().reserved, crate::journal::disk_level::RESERVE);
    assert_eq!(journal.status().disk_level, DiskLevel::Fine);
    let records = directory.records(&[TODAY]);
    assert_eq!(events(&records[4..]), ["log.gap", "a.kept"]);
    assert_consecutive(&records);
}

/// Guards against a flush, and a shutdown after it, that leave what the sync has found to the next event.
#[test]
fn what_a_sync_finds_is_recorded_before_a_flush_returns() {
    // A copy that is being made just then may have the line whole.
    assert!((0..100).any(|_| a_line_is_lost_while_nothing_can_be_synced()));
}

/// Returns whether the line was lost; else a copy has it.
fn a_line_is_lost_while_nothing_can_be_synced() -> bool {
    let directory = MemoryDirectory::default();
    let journal = open(&directory, &SetClock::default());
    append(&journal, "a.lost").unwrap();
    append(&journal, "a.kept").unwrap();
    directory.files().sync_fails = true;
    journal.flush(Duration::from_secs(60)).unwrap_err();
    // The disk loses a line of the file, and of the copies that could not be synced either.
    for name in directory.names() {
        let text = directory.text(&name);
        let damaged = text.split_inclusive('\n').map(|line| match line.contains("a.lost") {
            true => "\0".repeat(line.len() - 1) + "\n",
            false => line.to_owned(),
        });
        directory.put(&name, damaged.collect::<String>().as_bytes());
    }
    directory.files().sync_fails = false;
    // An attempt that has begun before may fail still.
    assert!((0..1000).any(|_| journal.flush(Duration::from_secs(60)).is_ok()));
    let records = directory.names().into_iter().flat_map(|name| {
        let text = directory.text(&name);
        text.lines().filter_map(|line| Record::from_line(line.as_bytes()).ok()).collect::<Vec<_>>()
    });
    let records = records.collect::<Vec<_>>();
    let lost = records.iter().filter(|record| record.event == "log.file_lost").collect::<Vec<_>>();
    let is_lost = !records.iter().any(|record| record.event == "a.lost");
    assert_eq!(lost.len(), usize::from(is_lost), "{lost:?}");
    if is_lost {
        assert_eq!((&lost[0].resource["from_seq"], &lost[0].resource["to_seq"]), (&1.into(), &1.into()));
    }
    assert_eq!(journal.status().last_seq.map(|last| last + 1), Some(journal.status().synced));
    is_lost
}
