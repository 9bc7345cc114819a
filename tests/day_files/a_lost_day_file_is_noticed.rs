//! Another process changes the day files of a running log: each acknowledged record is in a day file of the
//! directory, or named in `log.file_lost`.
#![cfg(unix)]

use crate::support::child::{child, child_argument, name_of, open_folder, say};
use crate::support::clock::TestClock;
use crate::support::{RuntimeLog, SetOnDrop, TEST_TYPES, eventually, until_committed};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tracing::Dispatch;
use tracing_audit::{AuditGuard, AuditHandle, AuditLayer, AuditLayerBuilder, Receipt, Record, audit};
use tracing_subscriber::prelude::*;

const THREADS: u64 = 3;
/// The repetitions under load: the runtime log has at most ten errors at once.
const TIMES: u64 = 4;
/// The number of events before and between the acts.
const BETWEEN: u64 = 300;
/// The prefix of foreign lines.
const FOREIGN: &str = "foreign";

/// An act on a day file or on the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Remove,
    MoveOut,
    MoveToNoDayFile,
    MoveToDayFile,
    ReplaceByRename,
    TruncateToNothing,
    TruncateInsideALine,
    CopyASmallerFileOver,
    CopyALargerFileOver,
    AppendALine,
    AppendHalfALine,
    RemoveDirectory,
    MoveDirectory,
    ReplaceDirectory,
}

impl Act {
    fn is_to_directory(self) -> bool {
        matches!(self, Act::RemoveDirectory | Act::MoveDirectory | Act::ReplaceDirectory)
    }

    /// Whether the open file keeps all its lines.
    fn spares_the_lines(self) -> bool {
        use Act::{AppendALine, MoveOut, MoveToDayFile, MoveToNoDayFile, Remove, ReplaceByRename};
        matches!(self, Remove | MoveOut | MoveToNoDayFile | MoveToDayFile | ReplaceByRename | AppendALine)
    }

    /// Applies the act to the newest day file, for the `number`th time.
    fn act(self, site: &Site, number: u64) {
        let file = site.open_file();
        let moved = site.folder.path().join(format!("moved-{number}"));
        match self {
            Act::Remove => fs::remove_file(&file).unwrap(),
            Act::MoveOut => fs::rename(&file, moved).unwrap(),
            Act::MoveToNoDayFile => {
                let name = format!("{}.{}", file.display(), number + 1);
                fs::rename(&file, name).unwrap();
            }
            Act::MoveToDayFile => {
                let name = file.file_name().unwrap().to_str().unwrap();
                let name = format!("{}.{}.log", &name[..DAY_NAME], 50 + number);
                fs::rename(&file, file.with_file_name(name)).unwrap();
            }
            Act::ReplaceByRename => {
                fs::write(&moved, format!("{FOREIGN} line\n")).unwrap();
                fs::rename(moved, &file).unwrap();
            }
            Act::TruncateToNothing => drop(truncated(&file)),
            Act::TruncateInsideALine => {
                let text = fs::read_to_string(&file).unwrap();
                // `log.opened` is longer than the other records.
                let first = text.find('\n').unwrap() + 1;
                let half = first + (text.len() - first) / 2;
                let half = text[..half].rfind('\n').map_or(0, |end| end + 1);
                OpenOptions::new().write(true).open(&file).unwrap().set_len(half as u64 + 20).unwrap();
            }
            Act::CopyASmallerFileOver => copy_over(&file, 2, 60),
            Act::CopyALargerFileOver => {
                let len = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap() + 64 * 1024;
                copy_over(&file, 12, len / 12 + 1);
            }
            Act::AppendALine => append(&file, &format!("{FOREIGN} line\n")),
            Act::AppendHalfALine => append(&file, &format!("{FOREIGN} half a line")),
            Act::RemoveDirectory => remove_directory(&site.dir()),
            Act::MoveDirectory => fs::rename(site.dir(), moved).unwrap(),
            Act::ReplaceDirectory => {
                fs::rename(site.dir(), moved).unwrap();
                if let Err(error) = fs::create_dir(site.dir()) {
                    // The log has already replaced the file.
                    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
                }
            }
        }
    }
}

/// The length of `audit-2026-05-28`.
const DAY_NAME: usize = "audit-".len() + "2026-05-28".len();

fn truncated(path: &Path) -> File {
    OpenOptions::new().write(true).truncate(true).open(path).unwrap()
}

/// Overwrites a file as `cp` does: lines of a foreign text, in chunks.
fn copy_over(path: &Path, chunks: usize, chunk_len: usize) {
    let line = format!("{FOREIGN} text, and more of it\n");
    let text = line.repeat(chunks * chunk_len / line.len() + 1);
    let mut file = truncated(path);
    for chunk in text.as_bytes().chunks(chunk_len) {
        file.write_all(chunk).unwrap();
    }
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// Removes a directory as `rm -r` does, also while files are created in it.
fn remove_directory(dir: &Path) {
    while let Err(error) = fs::remove_dir_all(dir) {
        match error.kind() {
            ErrorKind::NotFound => return,
            ErrorKind::DirectoryNotEmpty => {}
            _ => panic!("{error}"),
        }
    }
}

fn is_day_file(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = name.strip_prefix("audit-").and_then(|name| name.strip_suffix(".log")) else {
        return false;
    };
    let (day, index) = rest.split_at_checked(10).unwrap_or((rest, "x"));
    let is_day = day.len() == 10 && day.split('-').map(str::len).eq([4, 2, 2]) && day.split('-').all(digits);
    let is_index =
        index.is_empty() || index.strip_prefix('.').is_some_and(|n| digits(n) && !n.starts_with('0'));
    is_day && is_index
}

fn day_files(dir: &Path) -> Vec<PathBuf> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
        entries => entries.unwrap(),
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names = names.filter(|name| is_day_file(name)).collect::<Vec<_>>();
    names.sort();
    names.into_iter().map(|name| dir.join(name)).collect()
}

/// Returns the number of the last record of a file, if there is one.
fn last_seq(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let len = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(4096))).ok()?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).ok()?;
    end.split(|byte| *byte == b'\n').rev().find_map(|line| Record::from_line(line).ok()?.seq)
}

fn newest(dir: &Path) -> Option<(u64, PathBuf)> {
    day_files(dir).into_iter().filter_map(|path| Some((last_seq(&path)?, path))).max()
}

/// The deadline of events, which wait while a file is rescued.
fn builder(dir: &Path) -> AuditLayerBuilder {
    AuditLayer::builder(dir).catalog(TEST_TYPES).append_deadline(Duration::from_secs(60)).unsealed()
}

/// An audit log with a runtime log beside it, and the acknowledged events.
struct Site {
    folder: tempfile::TempDir,
    runtime: RuntimeLog,
    dispatch: Dispatch,
    handle: AuditHandle,
    receipts: Receipts,
}

/// The acknowledged events.
#[derive(Default)]
struct Receipts {
    /// The thread and the count of each event, by the record's number.
    acknowledged: Mutex<BTreeMap<u64, (u64, u64)>>,
    count: AtomicU64,
    refusals: Mutex<Vec<String>>,
}

impl Receipts {
    fn note(&self, receipt: &Receipt, thread: u64, number: u64) {
        match receipt.result() {
            Ok(seq) => {
                let seq = seq.expect("the log is enabled");
                let before = self.acknowledged.lock().unwrap().insert(seq, (thread, number));
                assert_eq!(before, None, "{seq} was used twice");
                self.count.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => self.refusals.lock().unwrap().push(error.to_string()),
        }
    }

    fn last(&self) -> Option<u64> {
        self.acknowledged.lock().unwrap().last_key_value().map(|(seq, _)| *seq)
    }
}

/// The records of a directory, and those that it reports as lost.
#[derive(Debug)]
struct Found {
    acknowledged: usize,
    files: usize,
    /// The ranges of lost records, in order.
    lost: Vec<(u64, u64)>,
}

impl Found {
    fn lost_records(&self) -> u64 {
        self.lost.iter().map(|(from, to)| to - from + 1).sum()
    }
}

impl Site {
    fn new() -> (Site, AuditGuard) {
        let folder = tempfile::tempdir().unwrap();
        let (layer, guard) = builder(&folder.path().join("audit")).open().unwrap();
        Site::of(folder, layer, guard)
    }

    fn of(folder: tempfile::TempDir, layer: AuditLayer, guard: AuditGuard) -> (Site, AuditGuard) {
        let runtime = RuntimeLog::default();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        let (dispatch, handle) = (Dispatch::new(subscriber), guard.handle());
        (Site { folder, runtime, dispatch, handle, receipts: Receipts::default() }, guard)
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    /// Returns the newest day file.
    fn open_file(&self) -> PathBuf {
        until_committed(&self.dir());
        newest(&self.dir()).expect("a day file").1
    }

    fn emit(&self, number: u64) {
        let record = Record::new("a.b").resource("thread", 0).resource("n", number);
        self.receipts.note(&self.handle.append(record), 0, number);
    }

    /// Emits until the flag is set.
    fn emit_while(&self, thread: u64, is_over: &AtomicBool) {
        tracing::dispatcher::with_default(&self.dispatch, || {
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                let receipt = if thread.is_multiple_of(2) {
                    self.handle.append(Record::new("a.b").resource("thread", thread).resource("n", number))
                } else {
                    audit!("a.b", resource.thread = thread, resource.n = number)
                };
                self.receipts.note(&receipt, thread, number);
                number += 1;
                // Flat out, most of the test's time would go into reading them all again.
                std::thread::sleep(Duration::from_micros(100));
            }
        });
    }

    /// Calls `meanwhile` while threads emit.
    fn under_load(&self, meanwhile: impl FnOnce()) {
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _ends = SetOnDrop(&is_over);
            for thread in 0..THREADS {
                let is_over = &is_over;
                scope.spawn(move || self.emit_while(thread, is_over));
            }
            meanwhile();
        });
    }

    fn errors(&self) -> Vec<String> {
        let mut lines = self.runtime.lines();
        lines.retain(|line| line.starts_with("ERROR tracing_audit "));
        lines
    }

    fn wait_for_events(&self, count: u64) {
        let goal = self.receipts.count.load(Ordering::Relaxed) + count;
        eventually("events", || self.receipts.count.load(Ordering::Relaxed) >= goal);
    }

    /// Closes the log, and compares the directory with the receipts.
    fn close(&self, guard: AuditGuard) -> Found {
        tracing::dispatcher::with_default(&self.dispatch, || {
            guard.shutdown(Duration::from_secs(60)).unwrap();
        });
        self.check()
    }

    fn check(&self) -> Found {
        let acknowledged = self.receipts.acknowledged.lock().unwrap();
        let mut records = BTreeMap::<u64, Record>::new();
        let mut lost = Vec::new();
        let files = day_files(&self.dir());
        for path in &files {
            let mut last_ts = None;
            let text = fs::read(path).unwrap();
            assert!(text.is_empty() || text.ends_with(b"\n"), "{}: a torn line at the end", path.display());
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                if line.starts_with(FOREIGN.as_bytes()) {
                    continue;
                }
                let record = Record::from_line(line.trim_ascii_end()).unwrap_or_else(|error| {
                    panic!("{}: {error}: {}", path.display(), String::from_utf8_lossy(line))
                });
                assert!(record.ts >= last_ts, "{}: `ts` decreases: {record}", path.display());
                last_ts = record.ts;
                if record.event == "log.file_lost" {
                    let number = |key| record.resource[key].as_u64().unwrap();
                    assert!(record.resource["file"].as_str().is_some(), "{record}");
                    lost.push((number("from_seq"), number("to_seq")));
                }
                let seq = record.seq.unwrap();
                if let Some(before) = records.insert(seq, record.clone()) {
                    assert_eq!(before, record, "two different records have the same number");
                }
            }
        }
        // A range may be reported again after another loss.
        lost.sort_unstable();
        lost.dedup_by(|(from, to), (_, before)| {
            let joins = *from <= *before;
            *before = if joins { (*before).max(*to) } else { *before };
            joins
        });
        let is_lost = |seq: u64| lost.iter().any(|(from, to)| (*from..=*to).contains(&seq));
        for (seq, what) in acknowledged.iter() {
            match records.get(seq) {
                Some(record) => {
                    let number = |key| record.resource[key].as_u64().unwrap();
                    assert_eq!((number("thread"), number("n")), *what, "another record: {record}");
                }
                None => assert!(is_lost(*seq), "{seq} is missing without a report; lost: {lost:?}"),
            }
        }
        for seq in records.keys() {
            assert!(!is_lost(*seq), "{seq} is reported as lost, but is there; lost: {lost:?}");
        }
        for seq in 0..records.last_key_value().map_or(0, |(seq, _)| *seq) {
            assert!(
                records.contains_key(&seq) || is_lost(seq),
                "{seq} is neither there nor reported as lost; lost: {lost:?}"
            );
        }
        Found { acknowledged: acknowledged.len(), files: files.len(), lost }
    }
}

/// Asserts that all day files of the log are private.
fn assert_private(dir: &Path) {
    for path in day_files(dir).iter().filter(|path| last_seq(path).is_some()) {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, 0o600, "{}", path.display());
    }
}

/// Applies the act while no thread emits, after five events (1 to 5), and emits one more. Returns the lost
/// ranges.
fn idle(act: Act) -> Vec<(u64, u64)> {
    let (site, guard) = Site::new();
    (0..5).for_each(|number| site.emit(number));
    site.handle.flush(Duration::from_secs(60)).unwrap();
    let file = site.open_file();
    act.act(&site, 0);
    site.emit(5);
    site.handle.flush(Duration::from_secs(60)).unwrap();
    // The loss is recorded now, not only when the log is closed.
    let now = site.check();
    assert_eq!(now.acknowledged, 6, "{act:?}: {:?}", site.receipts.refusals.lock().unwrap());
    // The runtime log has it at the latest with the next event, or when the log is closed.
    let found = site.close(guard);
    assert_eq!(found.lost, now.lost, "{act:?}");
    let errors = site.errors();
    let named = file.to_str().unwrap();
    assert!(errors.iter().any(|line| line.contains(named)), "{act:?}: {errors:?}");
    assert_private(&site.dir());
    found.lost
}

/// Applies the act a few times while threads emit.
fn loaded(act: Act) {
    let (site, guard) = Site::new();
    site.under_load(|| {
        for number in 0..TIMES {
            site.wait_for_events(BETWEEN);
            // An error about an act of before may be late.
            let name = site.open_file().display().to_string();
            let errors = || site.errors().iter().filter(|line| line.contains(&name)).count();
            let before = errors();
            act.act(&site, number);
            if act.is_to_directory() {
                // Reports are limited: a new file also shows that the act was noticed.
                let last = site.receipts.last();
                eventually("a new directory", || newest(&site.dir()).map(|(seq, _)| seq) > last);
            } else {
                eventually("an error in the runtime log", || errors() > before);
                // What was removed is copied: else the next act could meet a file that is not the open one any more.
                site.handle.flush(Duration::from_secs(60)).unwrap();
            }
        }
        site.wait_for_events(BETWEEN);
    });
    let found = site.close(guard);
    let refusals = site.receipts.refusals.lock().unwrap();
    if act.is_to_directory() {
        let dir = site.dir().display().to_string();
        assert!(refusals.iter().all(|text| text.contains(&dir)), "{act:?}: {refusals:?}");
        assert!(!site.errors().is_empty());
    } else {
        assert!(refusals.is_empty(), "{act:?}: {refusals:?}");
        let errors = site.errors();
        let count = errors.iter().filter(|line| line.contains("the day file ")).count();
        assert!(count as u64 >= TIMES, "{act:?}: {errors:?}");
    }
    if act.spares_the_lines() {
        assert_eq!(found.lost, [], "{act:?}");
    }
    assert_private(&site.dir());
}

#[test]
fn a_file_that_is_removed_is_copied() {
    assert_eq!(idle(Act::Remove), []);
    loaded(Act::Remove);
}

#[test]
fn a_file_that_is_moved_out_of_the_directory_is_copied() {
    assert_eq!(idle(Act::MoveOut), []);
    loaded(Act::MoveOut);
}

#[test]
fn a_file_that_gets_a_name_no_day_file_has_is_copied() {
    assert_eq!(idle(Act::MoveToNoDayFile), []);
    loaded(Act::MoveToNoDayFile);
}

#[test]
fn a_file_that_gets_another_day_files_name_stays() {
    assert_eq!(idle(Act::MoveToDayFile), []);
    loaded(Act::MoveToDayFile);
}

#[test]
fn a_file_that_another_one_replaces_is_copied() {
    assert_eq!(idle(Act::ReplaceByRename), []);
    loaded(Act::ReplaceByRename);
}

#[test]
fn a_file_that_is_emptied_is_named() {
    // With or without the event that preceded the detection.
    let lost = idle(Act::TruncateToNothing);
    assert_eq!(lost, [(0, 5)]);
    loaded(Act::TruncateToNothing);
}

#[test]
fn lines_that_are_cut_off_are_named() {
    let lost = idle(Act::TruncateInsideALine);
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(lost[0].0 > 0, "its first lines are there: {lost:?}");
    loaded(Act::TruncateInsideALine);
}

#[test]
fn a_file_that_a_smaller_one_is_copied_over_is_named() {
    let lost = idle(Act::CopyASmallerFileOver);
    assert_eq!(lost.first().map(|run| run.0), Some(0));
    loaded(Act::CopyASmallerFileOver);
}

#[test]
fn a_file_that_a_larger_one_is_copied_over_is_named() {
    let lost = idle(Act::CopyALargerFileOver);
    assert_eq!(lost.first().map(|run| run.0), Some(0));
    loaded(Act::CopyALargerFileOver);
}

#[test]
fn a_file_with_a_line_of_somebody_else_is_copied_without_it() {
    assert_eq!(idle(Act::AppendALine), []);
    loaded(Act::AppendALine);
}

#[test]
fn a_line_behind_half_a_line_of_somebody_else_is_the_only_one_that_may_be_lost() {
    let lost = idle(Act::AppendHalfALine);
    assert!(lost.is_empty() || lost == [(6, 6)], "{lost:?}");
    loaded(Act::AppendHalfALine);
}

#[test]
fn a_directory_that_is_removed_is_made_anew() {
    assert_eq!(idle(Act::RemoveDirectory), []);
    loaded(Act::RemoveDirectory);
}

#[test]
fn a_directory_that_is_moved_away_is_made_anew() {
    assert_eq!(idle(Act::MoveDirectory), []);
    loaded(Act::MoveDirectory);
}

#[test]
fn a_directory_that_an_empty_one_replaces_is_filled_again() {
    assert_eq!(idle(Act::ReplaceDirectory), []);
    loaded(Act::ReplaceDirectory);
}

#[test]
fn a_file_that_gets_other_bytes_of_the_same_length_is_out_of_sight_but_what_follows_is_recorded() {
    // A limit: the log checks lengths and names, not contents.
    let (site, guard) = Site::new();
    site.emit(0);
    let file = OpenOptions::new().write(true).open(site.open_file()).unwrap();
    file.write_all_at(FOREIGN.as_bytes(), 0).unwrap();
    site.emit(1);
    tracing::dispatcher::with_default(&site.dispatch, || guard.shutdown(Duration::from_secs(60)).unwrap());
    let last = last_seq(&site.open_file());
    assert!(last > site.receipts.last(), "{last:?}");
}

/// The child process emits as long as its standard input is open, while this process moves its day files.
#[test]
fn what_another_process_does_is_noticed() {
    if let Some(folder) = child_argument() {
        emit_until_end_of_input(&folder);
        return;
    }
    let folder = open_folder();
    let mut command = child(name_of(what_another_process_does_is_noticed), folder.path(), folder.path());
    let mut emitter = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(emitter.stdout.take().unwrap()).lines().map(Result::unwrap);
    let dir = folder.path().join("audit");
    for number in 0..2 {
        // The file that the log appends to; it does not keep ended files open.
        let grows = |(seq, path): (u64, PathBuf)| {
            std::thread::sleep(Duration::from_millis(5));
            last_seq(&path).is_some_and(|later| later > seq)
        };
        eventually("a record", || newest(&dir).is_some_and(grows));
        let (_, path) = newest(&dir).unwrap();
        let moved = folder.path().join(format!("moved-{number}"));
        assert!(Command::new("mv").arg(&path).arg(&moved).status().unwrap().success());
        let is_noticed =
            |line: &String| line.starts_with("child: noticed ") && !line.contains("the key that seals");
        let noticed = said.find(is_noticed).expect("the loss is noticed");
        assert!(noticed.contains(path.to_str().unwrap()), "{noticed}");
    }
    drop(emitter.stdin.take());
    let rest = said.collect::<Vec<_>>();
    assert!(emitter.wait().unwrap().success(), "{rest:?}");
    let found = rest.iter().find(|line| line.starts_with("child: acknowledged ")).expect("counts");
    assert!(found.contains(" lost 0,"), "{found}");
}

/// Emits into `folder/audit`; reports each detection and, at the end, the result.
fn emit_until_end_of_input(folder: &Path) {
    let (layer, guard) = builder(&folder.join("audit")).open().unwrap();
    // The directory is the parent's.
    let (site, guard) = Site::of(tempfile::tempdir().unwrap(), layer, guard);
    std::os::unix::fs::symlink(folder.join("audit"), site.dir()).unwrap();
    // Ends the line that the test runner has begun.
    println!();
    site.under_load(|| {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        std::thread::spawn(move || {
            std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
            drop(end);
        });
        let mut told = 0;
        loop {
            let lines = site.runtime.lines();
            lines[told..].iter().for_each(|line| say(format_args!("noticed {line}")));
            told = lines.len();
            let wait = ended.recv_timeout(Duration::from_millis(5));
            if wait == Err(std::sync::mpsc::RecvTimeoutError::Disconnected) {
                break;
            }
        }
        site.wait_for_events(BETWEEN);
    });
    let found = site.close(guard);
    assert_eq!(*site.receipts.refusals.lock().unwrap(), [""; 0]);
    say(format_args!(
        "acknowledged {}, lost {}, in {} runs, day files {}",
        found.acknowledged,
        found.lost_records(),
        found.lost.len(),
        found.files
    ));
}

#[test]
fn a_file_that_is_lost_just_before_midnight_is_noticed_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at("2026-05-28T23:59:59Z");
    let builder = builder(&folder.path().join("audit"));
    let (layer, guard) = builder.clock(clock.clone()).open().unwrap();
    let (site, guard) = Site::of(folder, layer, guard);
    clock.pass(900_000_000);
    site.emit(0);
    fs::remove_file(site.open_file()).unwrap();
    clock.pass(200_000_000);
    site.emit(1);
    site.handle.flush(Duration::from_secs(60)).unwrap();
    site.close(guard);
    assert!(!site.errors().is_empty());
}

#[test]
fn what_was_named_is_named_again_when_the_record_that_names_it_is_lost() {
    let (site, guard) = Site::new();
    for number in 0..3 {
        site.emit(number);
        truncated(&site.open_file());
        site.handle.flush(Duration::from_secs(60)).unwrap();
    }
    site.close(guard);
}

#[test]
fn the_records_of_another_log_are_not_taken_for_its_own() {
    let (other, other_guard) = Site::new();
    (0..9).for_each(|number| other.emit(100 + number));
    let (site, guard) = Site::new();
    (0..4).for_each(|number| site.emit(number));
    fs::copy(other.open_file(), site.open_file()).unwrap();
    site.emit(4);
    site.close(guard);
    drop(other_guard);
}

#[test]
fn an_empty_file_in_its_place_that_is_gone_on_in_is_private() {
    let (site, guard) = Site::new();
    site.emit(0);
    let file = site.open_file();
    fs::remove_file(&file).unwrap();
    File::create(&file).unwrap().set_permissions(fs::Permissions::from_mode(0o644)).unwrap();
    site.handle.flush(Duration::from_secs(60)).unwrap();
    site.emit(1);
    assert_eq!(site.open_file(), file);
    assert_private(&site.dir());
    site.close(guard);
}

#[test]
fn a_file_that_is_removed_after_another_one_was_begun_is_named() {
    let (site, guard) = Site::new();
    site.emit(0);
    fs::remove_file(site.open_file()).unwrap();
    site.handle.flush(Duration::from_secs(60)).unwrap();
    let copy = site.open_file();
    site.emit(1);
    assert_ne!(site.open_file(), copy);
    fs::remove_file(copy).unwrap();
    site.emit(2);
    site.close(guard);
}
