//! `auditlog tail -f` on a log that is written.

use crate::support::TestLog;
use crate::support::clock::{DAY, TestClock};
use crate::support::eventually;
use crate::{LONG, append, command, open, seqs};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use tracing_audit::Outcome;

/// `auditlog tail -f`, which runs.
struct Tail {
    child: Child,
    lines: Arc<Mutex<String>>,
    /// What it has said besides records.
    said: Arc<Mutex<String>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

/// Keeps what is read, line by line.
fn keep(out: impl std::io::Read + Send + 'static) -> (Arc<Mutex<String>>, std::thread::JoinHandle<()>) {
    let lines = Arc::<Mutex<String>>::default();
    let kept = Arc::clone(&lines);
    let reader = std::thread::spawn(move || {
        let mut out = BufReader::new(out);
        let mut line = String::new();
        while out.read_line(&mut line).unwrap() > 0 {
            kept.lock().unwrap().push_str(&line);
            line.clear();
        }
    });
    (lines, reader)
}

impl Tail {
    fn start(dir: &Path, args: &[&str]) -> Tail {
        let mut tail = command(["tail", "-f", dir.to_str().unwrap()]);
        let mut child = tail.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, reader) = keep(child.stdout.take().unwrap());
        let (said, other) = keep(child.stderr.take().unwrap());
        Tail { child, lines, said, readers: vec![reader, other] }
    }

    fn seqs(&self) -> Vec<u64> {
        seqs(&self.lines.lock().unwrap())
    }

    /// Returns what it has printed, once these are the numbers of it.
    #[track_caller]
    fn until(&self, expected: &[u64]) {
        for _ in 0..2000 {
            if self.seqs().len() >= expected.len() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(self.seqs(), expected);
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
    }
}

/// Returns the numbers of all records.
fn all(log: &TestLog) -> Vec<u64> {
    let mut seqs = log.all_records().iter().map(|record| record.seq.unwrap()).collect::<Vec<_>>();
    seqs.sort_unstable();
    seqs.dedup();
    seqs
}

#[test]
fn each_record_is_shown_once_over_midnight_restarts_and_a_log_that_does_not_exist_yet() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let tail = Tail::start(&log.dir(), &[]);
    // Of a log that is there when it begins, it shows the last records only.
    eventually("it waits for the log", || tail.said.lock().unwrap().contains("it is waited for"));
    for run in 0..2 {
        let guard = open(&log.dir(), &clock);
        for n in 0..40 {
            append(&guard, "ada", Outcome::Success, n);
            if n % 10 == 9 {
                clock.pass(DAY / 2);
            }
        }
        guard.shutdown(LONG).unwrap();
        let all = all(&log);
        eventually("all is shown", || tail.seqs().len() >= all.len());
        assert_eq!(tail.seqs(), all, "{run}");
    }
}

#[test]
fn the_last_records_come_first_and_only_those_that_match() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let guard = open(&log.dir(), &clock);
    for n in 0..10 {
        append(&guard, if n % 2 == 0 { "ada" } else { "eve" }, Outcome::Success, n);
    }
    guard.handle().flush(LONG).unwrap();
    let wanted = |records: Vec<tracing_audit::Record>| {
        let of_ada = records.into_iter().filter(|record| record.actor.user_id.as_deref() == Some("ada"));
        of_ada.map(|record| record.seq.unwrap()).collect::<Vec<_>>()
    };
    let before = wanted(log.all_records());
    let tail = Tail::start(&log.dir(), &["-n", "2", "--actor", "ada"]);
    tail.until(&before[3..]);
    for n in 10..20 {
        append(&guard, if n % 2 == 0 { "ada" } else { "eve" }, Outcome::Success, n);
    }
    guard.handle().flush(LONG).unwrap();
    tail.until(&wanted(log.all_records())[3..]);
    guard.shutdown(LONG).unwrap();
}

#[cfg(unix)]
#[test]
fn each_record_is_shown_once_when_day_files_and_the_directory_are_taken_away() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let guard = open(&log.dir(), &clock);
    let tail = Tail::start(&log.dir(), &["-n", "1000"]);
    // Before that, it can't know of a file that is taken away.
    eventually("it has begun", || !tail.seqs().is_empty());
    let mut n = 0;
    let mut some = || {
        for _ in 0..50 {
            append(&guard, "ada", Outcome::Success, n);
            n += 1;
        }
    };
    for act in 0..3 {
        some();
        guard.handle().flush(LONG).unwrap();
        some();
        match act {
            0 => std::fs::remove_file(log.dir().join("audit-2026-05-28.log")).unwrap(),
            1 => {
                let newest = crate::support::day_files(&log.dir()).pop().unwrap();
                std::fs::rename(&newest, newest.with_extension("gone")).unwrap();
            }
            _ => {
                // With the directory go files that the log has no other copy of.
                let last = guard.handle().stats().last_seq;
                eventually("all is shown before", || tail.seqs().last() >= last.as_ref());
                // The log may just be writing its state there.
                while std::fs::remove_dir_all(log.dir()).is_err() {}
            }
        }
        some();
        eventually("the records are written again", || guard.handle().flush(LONG).is_ok());
    }
    let last = guard.handle().stats().last_seq;
    guard.shutdown(LONG).unwrap();
    eventually("all is shown", || tail.seqs().last() >= last.as_ref());
    let mut shown = tail.seqs();
    let count = shown.len();
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len(), count, "none is shown twice");
    let missing = (0..last.unwrap()).filter(|seq| shown.binary_search(seq).is_err()).collect::<Vec<_>>();
    assert_eq!(missing, [0; 0], "of {count}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_ask_for_what_is_on_disk() {
    use std::os::unix::fs::PermissionsExt as _;
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let guard = open(&log.dir(), &clock);
    append(&guard, "ada", Outcome::Success, 0);
    guard.handle().flush(LONG).unwrap();
    let tail = Tail::start(&log.dir(), &["--synced"]);
    append(&guard, "ada", Outcome::Success, 1);
    guard.handle().flush(LONG).unwrap();
    eventually("it is shown once it is on disk", || tail.seqs().len() >= all(&log).len());
    guard.shutdown(LONG).unwrap();
    drop(tail);
    std::fs::write(log.dir().join(".state/synced"), "damaged").unwrap();
    let ran = crate::run(["tail", "--synced", log.dir().to_str().unwrap()]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""));
    assert!(ran.err.contains("synced") && ran.err.contains("owner"), "{}", ran.err);
    // Root may read whatever its mode is.
    std::fs::set_permissions(log.dir().join(".state"), std::fs::Permissions::from_mode(0o700)).unwrap();
}
