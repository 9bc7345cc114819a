//! Whatever happened to day files before a mirror got their records: it gets each record that is still
//! in one of them, in order, and skips the missing ones.

use crate::support::clock::{DAY, TestClock};
use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{TEST_TYPES, TestLog, eventually, until_committed};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, AuditLayerBuilder, Record};

const LONG: Duration = Duration::from_secs(20);

/// The file that the tests change.
const FILE: &str = "audit-2026-05-28.log";

/// A log with a file of yesterday, which is complete.
struct Yesterday {
    log: TestLog,
    clock: TestClock,
    mirror: TestMirror,
}

impl Yesterday {
    /// Creates `log.opened`, this number of records, and `log.closed`; then a day passes.
    fn with(records: u64) -> Yesterday {
        let log = TestLog::new();
        let yesterday =
            Yesterday { log, clock: TestClock::at("2026-05-28T12:00:00Z"), mirror: TestMirror::new() };
        let guard = yesterday.builder().open().unwrap().1;
        emit(&guard, records);
        drop(guard);
        yesterday.clock.pass(DAY);
        yesterday
    }

    fn builder(&self) -> AuditLayerBuilder {
        let builder =
            AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES).clock(self.clock.clone()).unsealed();
        builder.sync_interval(Duration::from_millis(5))
    }

    fn open(&self) -> AuditGuard {
        self.builder().mirror("test", self.mirror.clone()).open().unwrap().1
    }

    fn path(&self, name: &str) -> PathBuf {
        self.log.dir().join(name)
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.path(FILE)).unwrap().split_inclusive('\n').map(str::to_owned).collect()
    }

    fn write(&self, name: &str, lines: &[String]) {
        fs::write(self.path(name), lines.concat()).unwrap();
    }

    /// Asserts that the mirror gets the records that are there.
    fn assert_delivered(&self, what: &str) {
        let guard = self.open();
        emit(&guard, 1);
        let ended = guard.shutdown(LONG);
        assert!(ended.is_ok(), "{what}: {ended:?}, and it got {:?}", self.mirror.seqs());
        self.assert_complete(what);
    }

    fn assert_complete(&self, what: &str) {
        let there = seqs_in(&self.log.dir()).into_iter().collect::<Vec<_>>();
        assert_eq!(self.mirror.seqs(), there, "{what}");
        assert!(self.mirror.calls() <= there.len() + 10, "{what}: {} calls", self.mirror.calls());
    }
}

fn emit(guard: &AuditGuard, count: u64) {
    for number in 0..count {
        guard.handle().append(Record::new("a.b").resource("number", number)).result().unwrap();
    }
}

/// Returns the numbers of the records in the day files, which may contain other lines, too.
fn seqs_in(dir: &Path) -> BTreeSet<u64> {
    until_committed(dir);
    let mut seqs = BTreeSet::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = fs::read(path).unwrap();
            let lines = text.split(|byte| *byte == b'\n');
            seqs.extend(lines.filter_map(|line| Record::from_line(line).ok()?.seq));
        }
    }
    seqs
}

#[test]
fn but_a_line_that_was_taken_out() {
    for at in [0, 1, 5, 20, 21] {
        let yesterday = Yesterday::with(20);
        let mut lines = yesterday.lines();
        lines.remove(at);
        yesterday.write(FILE, &lines);
        yesterday.assert_delivered(&format!("the line {at}"));
    }
}

#[test]
fn but_lines_that_were_taken_out_here_and_there() {
    let yesterday = Yesterday::with(20);
    let mut lines = yesterday.lines();
    lines.retain(|line| [3, 4, 9, 15].iter().all(|seq| !line.contains(&format!("\"seq\":{seq}}}"))));
    yesterday.write(FILE, &lines);
    yesterday.assert_delivered("four lines");
}

#[test]
fn but_a_line_that_was_spoilt() {
    for at in [0, 5, 21] {
        let yesterday = Yesterday::with(20);
        let mut lines = yesterday.lines();
        lines[at] = format!("{}\n", "x".repeat(lines[at].len() - 1));
        yesterday.write(FILE, &lines);
        yesterday.assert_delivered(&format!("the line {at}"));
    }
}

#[test]
fn but_a_line_that_is_in_no_copy_either() {
    let yesterday = Yesterday::with(20);
    let mut lines = yesterday.lines();
    lines.remove(5);
    yesterday.write(FILE, &lines);
    yesterday.write("audit-2026-05-28.7.log", &lines);
    yesterday.assert_delivered("the line 5");
}

#[test]
fn in_several_files_of_which_each_has_a_part() {
    let yesterday = Yesterday::with(30);
    let lines = yesterday.lines();
    yesterday.write(FILE, &[&lines[..10], &lines[20..]].concat());
    yesterday.write("audit-2026-05-28.1.log", &lines[12..20]);
    yesterday.assert_delivered("two parts");
}

#[test]
fn in_copies_of_which_each_lacks_something() {
    let yesterday = Yesterday::with(30);
    let lines = yesterday.lines();
    yesterday.write(FILE, &[&lines[..10], &lines[15..]].concat());
    yesterday.write("audit-2026-05-28.1.log", &[&lines[..20], &lines[25..]].concat());
    yesterday.assert_delivered("two copies");
}

#[test]
fn among_lines_of_others() {
    let yesterday = Yesterday::with(20);
    let mut lines = yesterday.lines();
    let forged = lines[3].replace("\"seq\":3}", "\"seq\":1000000}");
    assert_ne!(forged, lines[3]);
    lines.insert(12, "not JSON\n".to_owned());
    lines.insert(8, lines[2].clone());
    lines.insert(0, "\n".to_owned());
    lines.push("not JSON either\n".to_owned());
    yesterday.write(FILE, &lines);
    yesterday.assert_delivered("foreign lines");

    // A line that looks like a record, in the place of missing ones.
    let yesterday = Yesterday::with(20);
    drop(yesterday.builder().open().unwrap());
    let mut lines = yesterday.lines();
    lines.truncate(20);
    lines.push(forged);
    yesterday.write(FILE, &lines);
    let guard = yesterday.open();
    emit(&guard, 1);
    guard.shutdown(LONG).unwrap();
    let mut there = seqs_in(&yesterday.log.dir());
    assert!(there.remove(&1_000_000));
    assert_eq!(yesterday.mirror.seqs(), there.into_iter().collect::<Vec<_>>());
}

/// No line of the log is that long.
#[test]
fn behind_what_is_no_line_at_all() {
    let yesterday = Yesterday::with(20);
    let mut lines = yesterday.lines();
    lines.insert(10, format!("{}\n", "\0".repeat(65 << 20)));
    yesterday.write(FILE, &lines);
    yesterday.assert_delivered("zeros");
}

#[test]
fn in_a_file_that_is_edited_while_it_is_read() {
    let yesterday = Yesterday::with(3000);
    yesterday.mirror.behaves(|_| Answer::Fail);
    let guard = yesterday.open();
    eventually("the first records are read", || yesterday.mirror.calls() > 0);
    let mut lines = yesterday.lines();
    // Before and behind the part that is read.
    lines.remove(2000);
    lines.remove(500);
    yesterday.write(FILE, &lines);
    yesterday.mirror.behaves(|_| Answer::Take);
    guard.shutdown(LONG).unwrap();
    let mut there = seqs_in(&yesterday.log.dir());
    // It was already read.
    there.insert(500);
    assert_eq!(yesterday.mirror.seqs(), there.into_iter().collect::<Vec<_>>());
}

#[test]
fn in_a_file_that_is_moved_while_it_is_read() {
    let yesterday = Yesterday::with(3000);
    yesterday.mirror.behaves(|_| Answer::Fail);
    let guard = yesterday.open();
    eventually("the first records are read", || yesterday.mirror.calls() > 0);
    fs::rename(yesterday.path(FILE), yesterday.path("audit-2026-05-28.3.log")).unwrap();
    yesterday.mirror.behaves(|_| Answer::Take);
    guard.shutdown(LONG).unwrap();
    yesterday.assert_complete("moved");
}

#[test]
fn when_a_whole_day_is_gone() {
    let yesterday = Yesterday::with(20);
    drop(yesterday.builder().open().unwrap());
    yesterday.clock.pass(DAY);
    let guard = yesterday.builder().open().unwrap().1;
    emit(&guard, 5);
    drop(guard);
    yesterday.clock.pass(DAY);
    fs::remove_file(yesterday.path(FILE)).unwrap();
    yesterday.assert_delivered("the first day");
    yesterday.mirror.behaves(|_| Answer::Fail);
    let guard = yesterday.open();
    emit(&guard, 5);
    drop(guard);
    yesterday.clock.pass(DAY);
    fs::remove_file(yesterday.path("audit-2026-05-31.log")).unwrap();
    yesterday.mirror.behaves(|_| Answer::Take);
    let guard = yesterday.open();
    emit(&guard, 1);
    guard.shutdown(LONG).unwrap();
    let seqs = yesterday.mirror.seqs();
    assert!(seqs.is_sorted());
    assert!(seqs_in(&yesterday.log.dir()).into_iter().all(|seq| seqs.contains(&seq)));
}
