//! What is not the log's own is not believed, and hides nothing that is: a file that was altered on its
//! way out, a forged line, a directory, a FIFO or a link in place of a file.
#![cfg(unix)]

use crate::support::clock::{DAY, TestClock, day_file_of};
use crate::support::{TEST_TYPES, TestLog};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tracing_audit::{AuditLayer, Record};

const LONG: Duration = Duration::from_secs(60);

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn day_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect()
}

/// A log of three days, closed; and the clock at the last of them.
fn three_days(log: &TestLog) -> (TestClock, Vec<PathBuf>) {
    let clock = TestClock::at("2026-05-01T12:00:00Z");
    let mut files = Vec::new();
    for day in 0..3 {
        let (_layer, guard) =
            AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock.clone()).open().unwrap();
        for n in 0..5 {
            guard.handle().append(Record::new("a.b").resource("n", day * 5 + n)).result().unwrap();
        }
        guard.shutdown(LONG).unwrap();
        files.push(log.dir().join(day_file_of(clock.wall())));
        clock.pass(DAY);
    }
    (clock, files)
}

/// What a reader returns of a directory: `n` of each of the application's records.
fn shown(dir: &Path) -> Vec<u64> {
    let records = tracing_audit::read::Reader::open(dir).unwrap();
    let records = records.records().filter_map(Result::ok).collect::<Vec<_>>();
    records
        .iter()
        .filter(|record| record.event == "a.b")
        .map(|record| record.resource["n"].as_u64().unwrap())
        .collect()
}

/// Guards against a file that hides its own copy: a sync has failed, the disk has lost a part of the file
/// since, and what comes behind that part is in both.
#[test]
fn what_a_damaged_file_has_lost_is_read_from_its_copy() {
    let log = TestLog::new();
    let (_, files) = three_days(&log);
    let text = fs::read_to_string(&files[1]).unwrap();
    let lines = text.split_inclusive('\n').collect::<Vec<_>>();
    let copy = files[1].with_extension("1.log");
    let before = shown(&log.dir());
    let zeros = |lines: &[&str]| "\0".repeat(lines.concat().len() - 1) + "\n";
    for (damaged, copied) in [(1..3, 0..6), (0..2, 0..6), (2..5, 1..7), (1..6, 1..6), (1..2, 1..2)] {
        let [head, lost, tail] = [&lines[..damaged.start], &lines[damaged.clone()], &lines[damaged.end..]];
        fs::write(&files[1], head.concat() + &zeros(lost) + &tail.concat()).unwrap();
        fs::write(&copy, lines[copied.clone()].concat()).unwrap();
        assert_eq!(shown(&log.dir()), before, "without {damaged:?}, with a copy of {copied:?}");
        let reader = tracing_audit::read::Reader::open(log.dir()).unwrap();
        assert_eq!(reader.records().filter(Result::is_err).count(), 1, "{damaged:?}");
    }
}

/// Guards against taking what is in `.state/pruned` for what was put there: a file that was altered
/// on its way out is no day file.
#[test]
fn a_forged_file_does_not_return_from_the_pruned_ones() {
    let log = TestLog::new();
    let (clock, files) = three_days(&log);
    let pruned = log.dir().join(".state/pruned");
    fs::create_dir_all(&pruned).unwrap();
    let name = files[0].file_name().unwrap();
    let text = fs::read_to_string(&files[0]).unwrap();
    fs::remove_file(&files[0]).unwrap();
    // The same length, the same numbers, another truth.
    let forged = text.replacen("\"n\":3", "\"n\":8", 1);
    assert_ne!(text, forged);
    fs::write(pruned.join(name), &forged).unwrap();
    let (_layer, guard) = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock).open().unwrap();
    guard.shutdown(LONG).unwrap();
    let shown = shown(&log.dir());
    assert_eq!(shown.iter().filter(|n| **n == 8).count(), 1, "the forged record is shown: {shown:?}");
}

/// A file that a crash has left on its way out, under the name that it has there, returns if it is what
/// it was, and is set aside and named if it is not.
#[test]
fn a_file_on_its_way_out_returns_as_it_was_or_not_at_all() {
    for is_altered in [false, true] {
        let log = TestLog::new();
        let (clock, files) = three_days(&log);
        let pruned = log.dir().join(".state/pruned");
        fs::create_dir_all(&pruned).unwrap();
        let name = files[0].file_name().unwrap().to_str().unwrap();
        let text = fs::read(&files[0]).unwrap();
        let sha256 = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let on_its_way = pruned.join(format!("{name}.{sha256}"));
        fs::rename(&files[0], &on_its_way).unwrap();
        if is_altered {
            fs::write(
                &on_its_way,
                String::from_utf8(text.clone()).unwrap().replacen("\"n\":3", "\"n\":8", 1),
            )
            .unwrap();
        }
        let (_layer, guard) = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock).open().unwrap();
        guard.shutdown(LONG).unwrap();
        assert!(!on_its_way.exists());
        let named = log.all_records().into_iter().find(|record| record.event == "log.file_altered");
        if is_altered {
            assert!(!files[0].exists());
            let named = named.unwrap();
            assert_eq!(named.resource["kept_in"], format!(".state/altered/{name}"));
            assert!(named.resource["file"].as_str().unwrap().contains(name));
        } else {
            assert_eq!(fs::read(&files[0]).unwrap(), text);
            assert_eq!(named, None);
        }
    }
}

/// Guards against a file in `.state/pruned` that can't be put back, since there is one of that
/// name, and ends all pruning for good.
#[test]
fn a_pruned_file_whose_name_is_taken_does_not_end_pruning() {
    let log = TestLog::new();
    let (clock, files) = three_days(&log);
    let pruned = log.dir().join(".state/pruned");
    fs::create_dir_all(&pruned).unwrap();
    fs::copy(&files[1], pruned.join(files[1].file_name().unwrap())).unwrap();
    for _ in 0..3 {
        clock.pass(40 * DAY);
        let builder =
            AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock.clone()).retention_days(30);
        let (layer, guard) = builder.open().unwrap();
        guard.handle().append(Record::new("a.b").resource("n", 99)).result().unwrap();
        drop(layer);
        guard.shutdown(LONG).unwrap();
    }
    assert!(
        !files[0].exists() && !files[1].exists(),
        "old day files are still there: {:?}",
        day_files(&log.dir())
    );
}

/// Guards against one forged line that hides all that follows it from the reader, or keeps the log
/// from opening.
#[test]
fn a_forged_line_hides_no_other() {
    let mut faults = Vec::new();
    for seq in ["900000", "18446744073709551614", "18446744073709551615"] {
        for at_the_end in [false, true] {
            let log = TestLog::new();
            let (clock, files) = three_days(&log);
            let before = shown(&log.dir());
            let target = if at_the_end { &files[2] } else { &files[0] };
            let text = fs::read_to_string(target).unwrap();
            let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
            let own = lines.iter().position(|line| line.contains("\"a.b\"")).unwrap();
            let (head, _) = lines[own].rsplit_once("\"seq\":").unwrap();
            let forged = format!("{head}\"seq\":{seq}}}").replace("\"n\":", "\"n\":7000");
            let at = if at_the_end { lines.len() } else { own + 1 };
            lines.insert(at, forged);
            fs::write(target, lines.join("\n") + "\n").unwrap();
            let what = format!("seq {seq}, {}", if at_the_end { "last line" } else { "among others" });
            let errors = || {
                let reader = tracing_audit::read::Reader::open(log.dir()).unwrap();
                reader.records().filter(Result::is_err).count()
            };
            let after = shown(&log.dir());
            if !before.iter().all(|n| after.contains(n)) {
                faults.push(format!("{what}: the reader shows {} of {} records", after.len(), before.len()));
            }
            if errors() == 0 {
                faults.push(format!("{what}: the reader returns no error"));
            }
            let open = || AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock).open();
            let Ok(opened) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(open)) else {
                faults.push(format!("{what}: opening the log panics"));
                continue;
            };
            match opened {
                Ok((_layer, guard)) => {
                    let given = guard.handle().append(Record::new("a.b").resource("n", 100)).seq();
                    if given.is_none_or(|given| given > 100) {
                        faults.push(format!("{what}: the next record gets the number {given:?}"));
                    }
                    guard.shutdown(LONG).ok();
                }
                Err(error) => faults.push(format!("{what}: not opened: {}", chain(&error))),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What stands where a file of the log should, and is none.
type StandIn = (&'static str, fn(&Path));

const STAND_INS: [StandIn; 3] = [
    ("a directory", |path| fs::create_dir(path).unwrap()),
    ("a FIFO", |path| {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }),
    ("a link to another file", |path| std::os::unix::fs::symlink("/etc/passwd", path).unwrap()),
];

/// Guards against a reader that hangs at what stands in place of a file, or doesn't name it.
#[test]
fn what_stands_in_place_of_a_file_is_named_and_holds_nobody() {
    let mut faults = Vec::new();
    for (what, put) in STAND_INS {
        for name in ["audit-2026-05-02.log", ".state/intake"] {
            let log = TestLog::new();
            let (clock, _) = three_days(&log);
            let path = log.dir().join(name);
            fs::remove_file(&path).ok();
            put(&path);
            let (said, hears) = std::sync::mpsc::channel();
            let dir = log.dir();
            std::thread::spawn(move || {
                let reader = tracing_audit::read::Reader::open(&dir);
                let mut texts = Vec::new();
                match &reader {
                    Ok(reader) => {
                        texts.extend(
                            reader
                                .records()
                                .filter_map(Result::err)
                                .map(|error| format!("{error} {error:?}")),
                        );
                        texts.extend(reader.pending().err().map(|error| format!("{error} {error:?}")));
                    }
                    Err(error) => texts.push(format!("{error} {error:?}")),
                }
                let open = AuditLayer::builder(&dir).catalog(TEST_TYPES).clock(clock).open();
                let opened =
                    open.map(|(_layer, guard)| drop(guard.shutdown(LONG))).map_err(|error| chain(&error));
                said.send((texts, opened)).unwrap();
            });
            match hears.recv_timeout(Duration::from_secs(10)) {
                Err(error) => {
                    faults.push(format!("{what} for {name}: the reader or `open` hangs or panics: {error}"))
                }
                Ok((texts, opened)) => {
                    let file = path.file_name().unwrap().to_string_lossy().into_owned();
                    if !texts.iter().any(|text| text.contains(&file)) {
                        faults.push(format!("{what} for {name}: the reader does not name it: {texts:?}"));
                    }
                    if opened.as_ref().is_err_and(|error| !error.contains(&file)) {
                        faults.push(format!("{what} for {name}: `open` does not name it: {opened:?}"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
