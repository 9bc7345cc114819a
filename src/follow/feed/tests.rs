//! Which lines a feed reads, from which file.

use super::*;
use crate::journal::{
    Clock, DayFileName, DiskDirectory, Journal, LogOpened, OpenWith, Opener, Settings, Sharing, Subscription,
};
use crate::record::encode::Draft;
use crate::record::{Object, Record, Stamp, Timestamp};
use crate::report::Reports;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const FIRST: &str = "audit-2026-05-01.log";
const COPY: &str = "audit-2026-05-01.1.log";
const SECOND: &str = "audit-2026-05-02.log";

/// Noon of a day of May 2026.
#[derive(Clone, Debug)]
struct Noon(Arc<AtomicU32>);

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        let day = self.0.load(Ordering::Relaxed);
        format!("2026-05-{day:02}T12:00:00.000000000Z").parse().unwrap()
    }
}

fn line(day: u32, seq: u64, event: &str, resource: &str) -> String {
    format!(
        r#"{{"_schema_version":"1","ts":"2026-05-{day:02}T09:00:00.000000000Z","event":"{event}","actor":{{}},"resource":{{{resource}}},"outcome":"success","seq":{seq}}}"#
    )
}

fn put(dir: &Path, name: &str, lines: &[String]) {
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    std::fs::write(dir.join(name), text).unwrap();
}

fn lines(day: u32, seqs: std::ops::Range<u64>, kind: &str) -> Vec<String> {
    seqs.map(|seq| line(day, seq, "a.b", &format!(r#""kind":"{kind}""#))).collect()
}

fn open(dir: &Path) -> (Journal, Noon) {
    let (directory, _) =
        DiskDirectory::open(dir, Duration::ZERO, Sharing::default(), &Opener::here()).unwrap();
    let clock = Noon(Arc::new(AtomicU32::new(20)));
    let settings = Settings {
        retention_days: 90,
        undelivered_days: 7,
        disk_low_bytes: 0,
        disk_critical_bytes: 0,
        append_deadline: Duration::ZERO,
        sync_interval: Duration::from_millis(5),
        waits_for_disk: None,
    };
    let opened =
        LogOpened { process: Object::new(), settings: Object::new(), seal: None, max_record_bytes: 1 << 18 };
    let (id, with) =
        (directory.id().to_owned(), OpenWith { settings, intake_bytes: 0, opened, prunes: true });
    let journal =
        Journal::open(Arc::new(directory), &id, Arc::new(clock.clone()), Reports::new(), with, Arc::new(()));
    (journal.unwrap(), clock)
}

fn append(journal: &Journal) {
    journal.append(&mut Draft::of(&Record::new("a.b"))).unwrap();
    journal.flush(Duration::from_secs(60)).unwrap();
}

/// Takes so many lines.
#[derive(Default)]
struct Taken {
    room: usize,
    lines: Vec<(u64, String, String)>,
}

impl LineSink for Taken {
    fn is_full(&self) -> bool {
        self.lines.len() >= self.room
    }

    fn push(&mut self, line: &[u8], stamp: Stamp, file: DayFileName, _: u64) {
        self.lines.push((stamp.seq, file.to_string(), String::from_utf8(line.to_vec()).unwrap()));
    }
}

/// Reads as many lines; returns the number and the file of each.
fn read(feed: &mut Feed, journal: &Subscription, room: usize) -> Vec<(u64, String)> {
    let mut taken = Taken { room, ..Taken::default() };
    feed.read(journal, journal.synced(), &mut taken).unwrap();
    taken.lines.into_iter().map(|(seq, file, _)| (seq, file)).collect()
}

fn of(file: &str, seqs: std::ops::Range<u64>) -> Vec<(u64, String)> {
    seqs.map(|seq| (seq, file.to_owned())).collect()
}

#[test]
fn a_line_is_that_of_the_copy_and_as_its_bytes_are() {
    let folder = tempfile::tempdir().unwrap();
    let copies = lines(1, 6..10, "copy");
    put(folder.path(), FIRST, &lines(1, 0..10, "original"));
    put(folder.path(), COPY, &copies);
    put(folder.path(), SECOND, &lines(2, 10..12, "original"));
    let (journal, _) = open(folder.path());
    journal.flush(Duration::from_secs(60)).unwrap();
    let journal = journal.subscribe();
    let expected = [of(FIRST, 0..6), of(COPY, 6..10), of(SECOND, 10..12)].concat();
    for step in [1, 4, 100] {
        let mut feed = Feed::new(0, None, OnMissing::Wait);
        let mut seen = Vec::new();
        while seen.len() < expected.len() {
            seen.extend(read(&mut feed, &journal, step));
        }
        assert_eq!(seen[..expected.len()], expected);
    }
    let mut taken = Taken { room: 4, ..Taken::default() };
    let position = Some((DayFileName::parse(FIRST).unwrap(), 0));
    Feed::new(6, position, OnMissing::Wait).read(&journal, 10, &mut taken).unwrap();
    assert!(taken.lines.iter().map(|(.., line)| line).eq(&copies));
}

#[test]
fn what_is_known_of_the_files_is_renewed_when_one_has_begun() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), FIRST, &lines(1, 0..10, "original"));
    let (journal, clock) = open(folder.path());
    append(&journal);
    let subscription = journal.subscribe();
    let mut feed = Feed::new(0, None, OnMissing::Wait);
    assert_eq!(read(&mut feed, &subscription, 3), of(FIRST, 0..3));
    put(folder.path(), COPY, &lines(1, 6..10, "copy"));
    // The journal has begun none: nothing is looked for.
    assert_eq!(read(&mut feed, &subscription, 1), of(FIRST, 3..4));
    clock.0.store(21, Ordering::Relaxed);
    append(&journal);
    assert_eq!(read(&mut feed, &subscription, 5), [of(FIRST, 4..6), of(COPY, 6..9)].concat());
    // A file that is gone again is no reason to stop. (Windows removes none that is open.)
    drop(feed);
    let mut feed = Feed::new(0, None, OnMissing::Wait);
    assert_eq!(read(&mut feed, &subscription, 3), of(FIRST, 0..3));
    std::fs::remove_file(folder.path().join(COPY)).unwrap();
    assert_eq!(read(&mut feed, &subscription, 7), of(FIRST, 3..10));
}

#[test]
fn only_its_owner_has_a_feed_pass_over_a_number_and_the_log_says_which() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), FIRST, &lines(1, 0..3, "original"));
    let mut second = lines(2, 6..9, "original");
    // Not the log's own.
    second.insert(1, line(2, 500, "log.file_lost", r#""file":"a","from_seq":0,"to_seq":2"#));
    put(folder.path(), SECOND, &second);
    let (journal, _) = open(folder.path());
    append(&journal);
    let journal = journal.subscribe();
    let mut feed = Feed::new(0, None, OnMissing::Wait);
    assert_eq!(read(&mut feed, &journal, 100), of(FIRST, 0..3));
    let missing = feed.missing().unwrap();
    assert_eq!((missing.seq, missing.behind), (3, Some(6)));
    assert_eq!(read(&mut feed, &journal, 100), []);
    assert_eq!(feed.missing().unwrap(), missing, "the search goes on");
    assert_eq!(journal.declared_lost(1).unwrap(), None);
    feed.pass_to(6);
    assert_eq!((feed.missing(), feed.next_seq()), (None, 6));
    assert_eq!(read(&mut feed, &journal, 3), of(SECOND, 6..9));
    feed.pass_to(2);
    assert_eq!(feed.next_seq(), 9);
}

#[test]
fn a_number_is_declared_lost_by_the_records_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut records = lines(1, 7..10, "original");
    records.push(line(1, 10, "log.file_lost", r#""file":"a","from_seq":2,"to_seq":5"#));
    records.push(line(
        1,
        11,
        "log.pruned",
        r#""file":"b","from_seq":0,"to_seq":0,"sha256":"","kept_from_seq":2"#,
    ));
    records.push(line(1, 12, "log.file_lost", r#""file":"c","from_seq":14,"to_seq":15"#));
    put(folder.path(), FIRST, &records);
    put(folder.path(), SECOND, &lines(2, 13..20, "original"));
    let (journal, _) = open(folder.path());
    append(&journal);
    let journal = journal.subscribe();
    for (seq, behind) in [
        (0, Some(2)),
        (1, Some(2)),
        (2, Some(6)),
        (5, Some(6)),
        (7, None),
        (11, None),
        (14, None),
        (99, None),
    ] {
        assert_eq!(journal.declared_lost(seq).unwrap(), behind, "{seq}");
    }
}
