//! Retention removes old day files only, and records each removal.

use crate::support::clock::{DAY, TestClock, day_file_of};
use crate::support::{TEST_TYPES, TestLog, all_records, records_of, until_committed};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tracing_audit::{AuditConfig, AuditGuard, AuditLayer, AuditLayerBuilder, Record};

/// A line of the original product.
const FOREIGN_LINE: &str = "{\"_schema_version\":\"1\",\"event\":\"auth.failed\"}\n";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Closes a log, which waits for its threads.
fn close((_layer, guard): (AuditLayer, AuditGuard)) {
    guard.shutdown(Duration::from_secs(60)).unwrap();
}

/// A log on a machine whose clock starts at noon of 2026-05-28.
struct Aging {
    log: TestLog,
    clock: TestClock,
}

impl Aging {
    fn new() -> Aging {
        Aging { log: TestLog::new(), clock: TestClock::at("2026-05-28T12:00:00Z") }
    }

    fn builder(&self) -> AuditLayerBuilder {
        AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES).clock(self.clock.clone())
    }

    fn open(&self, retention_days: u32) -> (AuditLayer, AuditGuard) {
        self.builder().retention_days(retention_days).open().unwrap()
    }

    /// Creates a journal with a file for each of so many days, up to today.
    fn with_days(days: i128) -> Aging {
        let aging = Aging::new();
        let log = aging.open(0);
        for day in 0..days {
            if day > 0 {
                aging.clock.pass(DAY);
            }
            for n in 0..3 {
                log.1.handle().append(Record::new("a.b").resource("n", n)).result().unwrap();
            }
        }
        drop(log);
        assert_eq!(aging.names().len(), days as usize);
        aging
    }

    /// Returns the name of the day file of so many days ago.
    fn name(&self, days_ago: i128) -> String {
        day_file_of(self.clock.wall() - days_ago * DAY)
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.log.dir()).unwrap();
        std::fs::write(self.log.dir().join(name), text).unwrap();
    }

    /// Returns the names in the directory, except `seal`, `status.json` and those with a leading dot, sorted.
    fn names(&self) -> Vec<String> {
        until_committed(&self.log.dir());
        let entries = std::fs::read_dir(self.log.dir()).unwrap();
        let mut names =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>();
        names.retain(|name| !name.starts_with('.') && name != "seal" && name != "status.json");
        names.sort();
        names
    }

    fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let read = |name: String| (name.clone(), std::fs::read(self.log.dir().join(name)).unwrap());
        self.names().into_iter().map(read).collect()
    }

    /// Returns the `log.pruned` records of the newest file, in order.
    fn pruned(&self) -> Vec<Record> {
        let mut records = records_of(&self.log.dir().join(self.name(0)));
        records.retain(|record| record.event == "log.pruned");
        records
    }

    fn pruned_files(&self) -> Vec<String> {
        self.pruned().iter().map(|record| record.resource["file"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn files_go_the_oldest_first_and_the_log_says_what_was_in_them() {
    let aging = Aging::with_days(6);
    let before = aging.contents();
    drop(aging.open(2));
    let old = (3..6).rev().map(|day| aging.name(day)).collect::<Vec<_>>();
    assert_eq!(aging.names(), [aging.name(2), aging.name(1), aging.name(0)]);
    assert_eq!(aging.pruned_files(), old);
    for (record, name) in aging.pruned().iter().zip(&old) {
        let text = &before[name];
        assert_eq!(record.resource["sha256"], sha256(text).as_str(), "{name}");
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let lines = lines.map(|line| Record::from_line(line.strip_suffix(b"\n").unwrap()).unwrap());
        let seqs = lines.map(|record| record.seq.unwrap()).collect::<Vec<_>>();
        assert_eq!(record.resource["from_seq"].as_u64(), seqs.first().copied(), "{name}");
        assert_eq!(record.resource["to_seq"].as_u64(), seqs.last().copied(), "{name}");
    }
    // The next opening removes nothing more.
    drop(aging.open(2));
    assert_eq!(aging.pruned().len(), old.len());
    let seqs = aging.log.all_records().iter().map(|record| record.seq.unwrap()).collect::<Vec<_>>();
    assert_eq!(seqs, (seqs[0]..=seqs[seqs.len() - 1]).collect::<Vec<_>>());
}

#[test]
fn further_files_of_a_day_go_with_it() {
    let aging = Aging::with_days(2);
    let (yesterday, today) = (aging.name(1), aging.name(0));
    aging.put(&yesterday.replace(".log", ".1.log"), "");
    aging.put(&yesterday.replace(".log", ".10.log"), FOREIGN_LINE);
    aging.put(&yesterday.replace(".log", ".010.log"), FOREIGN_LINE);
    aging.clock.pass(DAY);
    drop(aging.open(1));
    assert_eq!(aging.names(), [yesterday.replace(".log", ".010.log"), today, aging.name(0)]);
}

#[test]
fn a_day_that_begins_while_the_log_is_open_makes_old_files_go() {
    let aging = Aging::with_days(3);
    let log = aging.open(2);
    assert_eq!(aging.pruned_files(), [""; 0]);
    aging.clock.pass(DAY);
    log.1.handle().append(Record::new("a.b")).result().unwrap();
    close(log);
    assert_eq!(aging.names(), [aging.name(2), aging.name(1), aging.name(0)]);
    assert_eq!(aging.pruned_files(), [aging.name(3)]);
}

#[test]
fn zero_days_are_ninety_and_a_million_are_forever() {
    for (days, keeps_91) in [(0, false), (90, false), (91, true), (1_000_000, true), (u32::MAX, true)] {
        let aging = Aging::new();
        for days_ago in [90, 91] {
            aging.put(&aging.name(days_ago), FOREIGN_LINE);
        }
        aging.put("audit-0000-01-01.log", FOREIGN_LINE);
        drop(aging.open(days));
        let is_there = |name: &str| aging.log.dir().join(name).exists();
        assert!(is_there(&aging.name(90)), "{days}");
        assert_eq!(is_there(&aging.name(91)), keeps_91, "{days}");
        assert_eq!(is_there("audit-0000-01-01.log"), days > 100_000, "{days}");
    }
    assert_eq!(AuditConfig::new("/x").retention_days, 90);
    assert_eq!(toml::from_str::<AuditConfig>("dir = '/x'").unwrap().retention_days, 90);
    let config = "dir = '/x'\nretention_days = 1000000";
    assert_eq!(toml::from_str::<AuditConfig>(config).unwrap().retention_days, 1_000_000);
}

#[test]
fn a_clock_at_the_beginning_of_all_years_removes_nothing() {
    let aging = Aging { log: TestLog::new(), clock: TestClock::at("0000-01-02T12:00:00Z") };
    aging.put("audit-0000-01-01.log", FOREIGN_LINE);
    drop(aging.open(1));
    let log = aging.open(90);
    assert_eq!(log.1.handle().prune().unwrap(), [""; 0]);
    assert_eq!(aging.names(), ["audit-0000-01-01.log", "audit-0000-01-02.log"]);
}

fn hold(aging: &Aging, path: &Path) {
    let before = aging.names();
    let log = aging.open(2);
    // Neither at a change of day, nor when an operator prunes.
    aging.clock.pass(DAY);
    log.1.handle().append(Record::new("a.b")).result().unwrap();
    let removed = log.1.handle().prune().unwrap_or_default();
    assert_eq!(removed, [""; 0]);
    log.1.handle().append(Record::new("a.b")).result().unwrap();
    close(log);
    let mut names = aging.names();
    names.retain(|name| *name != aging.name(0));
    assert_eq!(names, before, "{}", path.display());
}

#[test]
fn a_hold_keeps_all_until_it_is_lifted() {
    let aging = Aging::with_days(6);
    let path = aging.log.dir().join("HOLD");
    std::fs::write(&path, "").unwrap();
    hold(&aging, &path);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    hold(&aging, &path);
    std::fs::remove_dir(&path).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
        hold(&aging, &path);
        std::fs::remove_file(&path).unwrap();
    }
    // Other names are no holds.
    std::fs::write(aging.log.dir().join("hold.txt"), "").unwrap();
    drop(aging.open(2));
    assert_eq!(aging.names(), [aging.name(2), aging.name(1), aging.name(0), "hold.txt".to_owned()]);
}

#[test]
fn a_hold_keeps_what_was_kept_aside_too() {
    let aging = Aging::with_days(1);
    let piece = torn(&aging);
    std::fs::write(aging.log.dir().join("HOLD"), "").unwrap();
    aging.clock.pass(10 * DAY);
    drop(aging.open(1));
    assert!(piece.exists());
}

#[test]
fn the_newest_file_stays_however_old_it_is() {
    let aging = Aging::with_days(1);
    let log = aging.open(1);
    let last = log.1.handle().stats().last_seq;
    aging.clock.pass(100 * DAY);
    // No record since: the newest file is a hundred days old.
    assert_eq!(log.1.handle().prune().unwrap(), [""; 0]);
    assert_eq!(all_records(&aging.log.dir()).last().unwrap().seq, last);
    log.1.handle().append(Record::new("a.b")).result().unwrap();
    close(log);
    assert_eq!(aging.names(), [aging.name(0)], "there is a newer file now");
    drop(aging.open(1));
    let records = aging.log.all_records();
    assert!(records[0].seq > last);
    for (seq, record) in (records[0].seq.unwrap()..).zip(&records) {
        assert_eq!(record.seq, Some(seq));
    }
}

#[test]
fn the_newest_file_is_the_one_with_the_last_record_whatever_its_name() {
    let aging = Aging::new();
    aging.clock.step(20 * DAY);
    drop(aging.open(1));
    aging.clock.step(-20 * DAY);
    let log = aging.open(1);
    aging.clock.step(10 * DAY);
    // A record of the clock step would be the last.
    log.1.handle().prune().unwrap();
    let last = log.1.handle().stats().last_seq;
    assert!(all_records(&aging.log.dir()).iter().any(|record| record.seq == last));
    assert!(aging.log.dir().join(aging.name(-10)).exists(), "the file is of a later day");
}

#[test]
fn files_of_the_original_product_age_and_their_records_have_no_numbers() {
    let aging = Aging::new();
    let chained =
        "{\"_schema_version\":\"1\",\"event\":\"auth.failed\",\"prev_hash\":\"00\",\"hash\":\"01\"}\n";
    let torn = format!("{FOREIGN_LINE}{{\"_schema");
    for (days_ago, text) in [(5, FOREIGN_LINE), (4, chained), (3, torn.as_str()), (2, ""), (1, chained)] {
        aging.put(&aging.name(days_ago), text);
    }
    drop(aging.open(1));
    assert_eq!(aging.names(), [aging.name(1), aging.name(0)]);
    let texts = [FOREIGN_LINE, chained, torn.as_str(), ""];
    let pruned = aging.pruned();
    assert_eq!(pruned.len(), texts.len());
    for ((record, text), days_ago) in pruned.iter().zip(texts).zip((2..6).rev()) {
        assert_eq!(record.resource["file"], aging.name(days_ago).as_str());
        assert_eq!(record.resource["sha256"], sha256(text.as_bytes()).as_str());
        assert!(record.resource.get("from_seq").is_none() && record.resource.get("to_seq").is_none());
    }
}

/// Has a torn line of the newest file moved aside. Returns its path.
fn torn(aging: &Aging) -> std::path::PathBuf {
    let path = aging.log.dir().join(aging.name(0));
    let mut text = std::fs::read(&path).unwrap();
    text.extend_from_slice(b"{\"_schema_version\":\"1\",\"user\":\"Grace\"");
    std::fs::write(&path, text).unwrap();
    drop(aging.open(0));
    let folder = aging.log.dir().join(".state/torn");
    let pieces = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let [piece] = &pieces[..] else { panic!("{pieces:?}") };
    piece.clone()
}

#[test]
fn a_torn_piece_goes_with_its_day() {
    let aging = Aging::with_days(1);
    let piece = torn(&aging);
    let text = std::fs::read(&piece).unwrap();
    let foreign = piece.with_file_name("notes.txt");
    std::fs::write(&foreign, "").unwrap();
    aging.clock.pass(2 * DAY);
    drop(aging.open(2));
    assert!(piece.exists());
    aging.clock.pass(DAY);
    drop(aging.open(2));
    assert!(!piece.exists());
    assert!(foreign.exists());
    let name = piece.file_name().unwrap().to_str().unwrap();
    let pruned = aging.pruned();
    let told = pruned.iter().find(|record| record.resource["file"].as_str().unwrap().ends_with(name));
    assert_eq!(told.unwrap().resource["sha256"], sha256(&text).as_str());
    // There is no other copy.
    let mut folders = vec![aging.log.dir()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let contents = std::fs::read(&path).unwrap();
                    assert!(!contents.windows(5).any(|window| window == b"Grace"), "{path:?}");
                }
            }
        }
    }
}

#[test]
fn an_operator_prunes_after_the_clock_was_set() {
    let aging = Aging::with_days(5);
    let log = aging.open(2);
    close(log);
    assert_eq!(aging.names().len(), 3);
    let log = aging.open(2);
    aging.clock.step(DAY);
    log.1.handle().append(Record::new("a.b")).result().unwrap();
    assert!(log.1.handle().stats().pruning_suspended);
    assert_eq!(aging.names().len(), 4, "a clock ahead by a day must not remove files");
    assert_eq!(log.1.handle().prune().unwrap(), [aging.name(3)]);
    assert!(!log.1.handle().stats().pruning_suspended);
    assert_eq!(aging.names().len(), 3);
    assert_eq!(log.1.handle().prune().unwrap(), [""; 0], "once");
    // Pruning continues by itself.
    aging.clock.pass(DAY);
    log.1.handle().append(Record::new("a.b")).result().unwrap();
    close(log);
    assert_eq!(aging.names(), [aging.name(2), aging.name(1), aging.name(0)]);
}

#[test]
fn a_shorter_retention_makes_files_go_at_once() {
    let aging = Aging::with_days(6);
    let log = aging.open(30);
    let mut config = AuditConfig::new(aging.log.dir());
    config.retention_days = 3;
    log.1.handle().reconfigure(&config).unwrap();
    crate::support::eventually("two files are removed", || aging.names().len() == 4);
    config.retention_days = 1;
    log.1.handle().reconfigure(&config).unwrap();
    close(log);
    assert_eq!(aging.names(), [aging.name(1), aging.name(0)]);
}

#[cfg(unix)]
mod that_cannot_be_removed {
    use super::*;
    use crate::support::RuntimeLog;
    use crate::support::child::{
        NOBODY, child, child_argument, is_root, name_of, on_a_tmpfs, open_folder, said, say,
    };
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt as _;
    use tracing_subscriber::prelude::*;

    /// Opens a log in this directory with old files, one of which `fix` protects, and reports which are
    /// removed.
    fn try_to_remove(dir: &Path, fix: impl FnOnce(&Path)) {
        let clock = TestClock::at("2026-05-28T12:00:00Z");
        let names = [5, 4, 3].map(|days_ago| day_file_of(clock.wall() - days_ago * DAY));
        std::fs::create_dir_all(dir).unwrap();
        let runtime = RuntimeLog::default();
        let open = || AuditLayer::builder(dir).catalog(TEST_TYPES).clock(clock.clone()).retention_days(1);
        drop(open().open().unwrap());
        for name in &names {
            std::fs::write(dir.join(name), FOREIGN_LINE).unwrap();
        }
        fix(&dir.join(&names[1]));
        let (layer, guard) = open().open().unwrap();
        let handle = guard.handle();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..100 {
                handle.append(Record::new("a.b")).result().unwrap();
            }
            guard.shutdown(Duration::from_secs(60)).unwrap();
            handle.append(Record::new("a.b")).result().unwrap();
            crate::support::eventually("a warning", || !runtime.lines().is_empty());
        });
        for name in &names {
            let is_there = dir.join(name).exists();
            let path = dir.join(name).display().to_string();
            let told = runtime
                .lines()
                .iter()
                .any(|line| line.starts_with("WARN tracing_audit") && line.contains(&path));
            assert_eq!(is_there, told, "{name}: {:?}", runtime.lines());
            say(if is_there { "stays" } else { "removed" });
        }
        assert_eq!(handle.stats().refused, 0);
        let records = all_records_of_ours(dir, &clock);
        let pruned = records.iter().filter(|record| record.event == "log.pruned");
        for record in pruned {
            let name = record.resource["file"].as_str().unwrap();
            assert!(!dir.join(name).exists(), "{name} exists, but has a `log.pruned`");
        }
    }

    fn all_records_of_ours(dir: &Path, clock: &TestClock) -> Vec<Record> {
        records_of(&dir.join(day_file_of(clock.wall())))
    }

    /// Another file is mounted on it.
    #[test]
    fn a_file_that_is_busy_is_warned_of_and_the_others_go() {
        if let Some(mount) = child_argument() {
            try_to_remove(&mount.join("audit"), |path| {
                let mount = std::process::Command::new("mount").arg("--bind").arg(path).arg(path).status();
                assert!(mount.unwrap().success());
            });
            return;
        }
        let folder = open_folder();
        let name = name_of(a_file_that_is_busy_is_warned_of_and_the_others_go);
        if let Some(output) = on_a_tmpfs(name, folder.path(), "size=1m") {
            assert_eq!(said(&output), ["removed", "stays", "removed"]);
        }
    }

    /// No user may create or remove names in the directory, not even its owner.
    #[test]
    fn files_without_rights_to_remove_them_are_warned_of_and_no_write_fails() {
        if let Some(dir) = child_argument() {
            let shown = dir.clone();
            try_to_remove(&dir, |_| {
                std::fs::set_permissions(&shown, PermissionsExt::from_mode(0o500)).unwrap();
            });
            std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o700)).unwrap();
            return;
        }
        let folder = open_folder();
        let dir = folder.path().join("audit");
        std::fs::create_dir(&dir).unwrap();
        let name = name_of(files_without_rights_to_remove_them_are_warned_of_and_no_write_fails);
        let mut process = child(name, folder.path(), &dir);
        if is_root() {
            chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
            process.uid(NOBODY).gid(NOBODY);
        }
        assert_eq!(said(&process.output().unwrap()), ["stays", "stays", "stays"]);
    }
}
