//! The log says of itself what it was set to, who writes it, what was pruned, and whether there is a legal
//! hold: an auditor reads it from the records alone.
//!
//! The bugs it guards against: a retention that was changed from 90 days to 1 left no trace in the log, and
//! the `log.pruned` that explains a missing number was itself pruned some days later.

#[path = "the_log_tells_about_itself/health.rs"]
mod health;
mod support;
#[path = "the_log_tells_about_itself/what_the_log_says_is_fit_to_be_shown.rs"]
mod what_the_log_says_is_fit_to_be_shown;

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use support::clock::{DAY, SECOND, TestClock, day_file_of};
use support::{RuntimeLog, TEST_TYPES, TestLog, records_of, until_committed};
use tracing_audit::record::{Object, Value};
use tracing_audit::{AuditConfig, AuditGuard, AuditHandle, AuditLayer, Durability, Record, audit};
use tracing_subscriber::prelude::*;

const LONG: Duration = Duration::from_secs(60);

/// A log on a machine whose clock starts at noon of 2026-05-28.
struct Aging {
    log: TestLog,
    clock: TestClock,
}

impl Aging {
    fn new() -> Aging {
        Aging { log: TestLog::new(), clock: TestClock::at("2026-05-28T12:00:00Z") }
    }

    /// Returns settings without seals: days pass at once, and no file would have its seal yet.
    fn config(&self) -> AuditConfig {
        let mut config = AuditConfig::new(self.log.dir());
        config.seal = false;
        config
    }

    /// Returns settings that keep files for so many days.
    fn keeping(&self, retention_days: u32) -> AuditConfig {
        let mut config = self.config();
        config.retention_days = retention_days;
        config
    }

    fn open(&self, config: &AuditConfig) -> (AuditLayer, AuditGuard) {
        AuditLayer::builder_with(config).catalog(TEST_TYPES).clock(self.clock.clone()).open().unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.log.dir().join(name)
    }

    /// Returns the day files by their names, with what is in them.
    fn day_files(&self) -> BTreeMap<String, Vec<u8>> {
        until_committed(&self.log.dir());
        let entries = std::fs::read_dir(self.log.dir()).unwrap().map(|entry| entry.unwrap());
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let names = names.filter(|name| name.starts_with("audit-") && name.ends_with(".log"));
        names.map(|name| (name.clone(), std::fs::read(self.path(&name)).unwrap())).collect()
    }

    /// Records some events on each of so many days, with the log open all the time, and closes it.
    fn pass_days(&self, config: &AuditConfig, days: usize) {
        let (_layer, guard) = self.open(config);
        for day in 0..days {
            if day > 0 {
                self.clock.pass(DAY);
            }
            for _ in 0..3 {
                guard.handle().append(Record::new("a.b")).result().unwrap();
            }
            guard.handle().prune().unwrap();
        }
        guard.shutdown(LONG).unwrap();
    }
}

fn append(handle: &AuditHandle) {
    handle.append(Record::new("a.b")).result().unwrap();
}

fn number(record: &Record, key: &str) -> u64 {
    record.resource[key].as_u64().unwrap_or_else(|| panic!("{key} in {record}"))
}

fn of_type<'a>(records: &'a [Record], event: &'a str) -> Vec<&'a Record> {
    records.iter().filter(|record| record.event == event).collect()
}

/// The recipe of `docs/operations.md`: the ranges of numbers that no record has, and none explains.
fn unexplained(records: &[Record]) -> Vec<(u64, u64)> {
    let mut known = Vec::new();
    for record in records {
        let seq = record.seq.unwrap();
        known.push((seq, seq));
        if record.resource.get("_violations").is_some() {
            continue;
        }
        let value = |key: &str| record.resource.get(key).and_then(Value::as_u64);
        if record.event.starts_with("log.")
            && let Some(kept_from) = value("kept_from_seq").filter(|kept_from| *kept_from > 0)
        {
            known.push((0, kept_from - 1));
        }
        let is_of_a_day = || !record.resource["file"].as_str().unwrap().contains('/');
        if (record.event == "log.file_lost" || record.event == "log.pruned" && is_of_a_day())
            && let Some(range) = value("from_seq").zip(value("to_seq"))
        {
            known.push(range);
        }
    }
    known.sort_unstable();
    let (mut next_seq, mut unexplained) = (0, Vec::new());
    for (from, to) in known {
        if from > next_seq {
            unexplained.push((next_seq, from - 1));
        }
        next_seq = next_seq.max(to + 1);
    }
    unexplained
}

/// Returns the commands of a section of `docs/operations.md`.
fn commands(section: &str) -> Vec<String> {
    let page = include_str!("../docs/operations.md");
    let section = page.split_once(section).unwrap().1;
    let block = section.split_once("```console\n").unwrap().1.split_once("\n```").unwrap().0;
    block.split("$ ").map(str::to_owned).filter(|command| command.starts_with("jq ")).collect()
}

/// Runs a command of the page in the directory; `None` where there is no `jq`.
fn run(command: &str, dir: &Path) -> Option<String> {
    if !cfg!(unix) || std::process::Command::new("jq").arg("--version").output().is_err() {
        return None;
    }
    let output = std::process::Command::new("sh").arg("-c").arg(command).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Asserts that these ranges alone are unexplained, in Rust and by the command of the page.
fn assert_unexplained(aging: &Aging, ranges: &[(u64, u64)]) {
    let records = aging.log.all_records();
    assert_eq!(unexplained(&records), ranges);
    if let Some(printed) = run(&commands("### Are all records there?")[0], &aging.log.dir()) {
        let lines = ranges.iter().map(|(from, to)| format!("unexplained: {from} to {to}\n"));
        assert_eq!(printed, lines.collect::<String>());
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn after_fifteen_days_with_a_retention_of_three_each_number_is_there_or_explained_down_to_0() {
    for opens_each_day in [false, true] {
        let aging = Aging::new();
        let config = aging.keeping(3);
        let (mut seen, mut digest, mut files) = (BTreeMap::<String, Vec<u8>>::new(), vec![0; 32], 0);
        let mut log = aging.open(&config);
        for day in 0..15 {
            if day > 0 {
                aging.clock.pass(DAY);
            }
            if opens_each_day {
                drop(log);
                log = aging.open(&config);
            }
            let handle = log.1.handle();
            append(&handle);
            append(&handle);
            handle.prune().unwrap();
            let kept = aging.day_files();
            for (name, text) in &seen {
                if !kept.contains_key(name) {
                    digest = sha256(&[digest, sha256(text)].concat());
                    files += 1;
                }
            }
            seen = kept;
            let records = aging.log.all_records();
            assert_eq!(unexplained(&records), []);
            if let Some(pruned) = of_type(&records, "log.pruned").last() {
                // The digest is the one that an auditor computes who has seen all files.
                assert_eq!(number(pruned, "pruned_files"), files);
                assert_eq!(pruned.resource["pruned_sha256"], hex(&digest).as_str());
                assert_eq!(number(pruned, "kept_from_seq"), records[0].seq.unwrap());
            }
        }
        let (layer, guard) = log;
        guard.shutdown(LONG).unwrap();
        drop(layer);
        assert_eq!((seen.len(), files), (4, 11), "today and three days before");
        // The next start says the same, whether or not the checkpoint is there.
        for removes_checkpoint in [false, true, false] {
            if removes_checkpoint {
                std::fs::remove_file(aging.path(".state/mark.json")).unwrap();
            }
            drop(aging.open(&config));
            let records = aging.log.all_records();
            let opened = *of_type(&records, "log.opened").last().unwrap();
            assert_eq!(number(opened, "pruned_files"), files);
            assert_eq!(opened.resource["pruned_sha256"], hex(&digest).as_str());
            assert_eq!(number(opened, "kept_from_seq"), records[0].seq.unwrap());
        }
        assert_unexplained(&aging, &[]);
    }
}

#[test]
fn a_removed_day_file_is_unexplained_and_named_when_the_files_around_it_are_pruned() {
    let aging = Aging::new();
    aging.pass_days(&aging.config(), 6);
    let removed = day_file_of(aging.clock.wall() - 3 * DAY);
    let records = records_of(&aging.path(&removed));
    let seqs = (records[0].seq.unwrap(), records.last().unwrap().seq.unwrap());
    std::fs::remove_file(aging.path(&removed)).unwrap();
    assert_unexplained(&aging, &[seqs]);
    // An event of the application that is called so explains nothing.
    let (layer, guard) = aging.open(&aging.config());
    let forged = Record::new("log.file_lost").resource("file", "x").resource("from_seq", 0);
    guard.handle().append(forged.resource("to_seq", 1000)).result().unwrap();
    guard.handle().append(Record::new("log.opened").resource("kept_from_seq", 1000)).result().unwrap();
    guard.shutdown(LONG).unwrap();
    drop(layer);
    assert_unexplained(&aging, &[seqs]);
    let (_layer, guard) = aging.open(&aging.keeping(1));
    guard.shutdown(LONG).unwrap();
    let records = aging.log.all_records();
    let lost = of_type(&records, "log.file_lost");
    let lost = lost.iter().filter(|record| record.resource.get("_violations").is_none());
    let lost = lost.map(|record| (number(record, "from_seq"), number(record, "to_seq"))).collect::<Vec<_>>();
    assert_eq!(lost, [seqs]);
    assert_unexplained(&aging, &[]);
}

#[test]
fn a_directory_of_a_build_that_did_not_count_is_counted_from_its_records() {
    let aging = Aging::new();
    aging.pass_days(&aging.keeping(3), 6);
    // As that build has written it: no figures, and none in the checkpoint.
    for (name, text) in aging.day_files() {
        let text = String::from_utf8(text).unwrap();
        let lines = text.lines().map(|line| {
            let mut record = Record::from_line(line.as_bytes()).unwrap();
            for key in ["kept_from_seq", "pruned_files", "pruned_sha256", "hold", "settings"] {
                record.resource.remove(key);
            }
            format!("{record}\n")
        });
        std::fs::write(aging.path(&name), lines.collect::<String>()).unwrap();
    }
    let mark = std::fs::read_to_string(aging.path(".state/mark.json")).unwrap();
    let begin = mark.find("\"pruned\":").unwrap();
    let end = begin + mark[begin..].find('}').unwrap() + 2;
    std::fs::write(aging.path(".state/mark.json"), [&mark[..begin], &mark[end..]].concat()).unwrap();
    drop(aging.open(&aging.keeping(3)));
    let records = aging.log.all_records();
    let opened = of_type(&records, "log.opened").pop().unwrap();
    assert_eq!(
        (number(opened, "kept_from_seq"), number(opened, "pruned_files")),
        (records[0].seq.unwrap(), 2)
    );
    assert_unexplained(&aging, &[]);
}

#[test]
fn a_file_that_a_crash_brings_back_is_pruned_again_and_counts_once() {
    for has_checkpoint in [false, true] {
        let aging = Aging::new();
        aging.pass_days(&aging.config(), 6);
        let before = aging.day_files();
        drop(aging.open(&aging.keeping(3)));
        let records = aging.log.all_records();
        let [.., last] = of_type(&records, "log.pruned")[..] else { panic!("{records:?}") };
        let (name, sha256) = (last.resource["file"].as_str().unwrap(), &last.resource["sha256"]);
        // As if the process had died before it could remove the file.
        let way = aging.path(".state/pruned").join(format!("{name}.{}", sha256.as_str().unwrap()));
        std::fs::write(way, &before[name]).unwrap();
        if !has_checkpoint {
            std::fs::remove_file(aging.path(".state/mark.json")).unwrap();
        }
        drop(aging.open(&aging.keeping(3)));
        let records = aging.log.all_records();
        let pruned = of_type(&records, "log.pruned");
        let again = pruned.last().unwrap();
        assert_eq!(again.resource["file"], name);
        assert_eq!(again.resource, last.resource, "the same figures");
        assert!(!aging.path(name).exists());
        assert_unexplained(&aging, &[]);
    }
}

/// What an auditor reads: the settings in force from each record on that says them, by its time.
fn in_force(records: &[Record]) -> Vec<(String, &Object)> {
    let mut said = Vec::new();
    for record in records.iter().filter(|record| record.resource.get("_violations").is_none()) {
        if record.event == "log.opened" || record.event == "log.config_changed" {
            said.push((record.ts.unwrap().to_string(), record.resource["settings"].as_object().unwrap()));
        }
    }
    said
}

/// Returns the settings that were in force at the end of a day.
fn at_the_end_of<'a>(said: &[(String, &'a Object)], day: &str) -> &'a Object {
    said.iter().rfind(|(ts, _)| &ts[..10] <= day).unwrap().1
}

#[test]
fn an_auditor_reads_what_was_in_force_on_each_day_from_the_records_alone() {
    let aging = Aging::new();
    let mut days = Vec::new();
    let mut config = aging.config();
    let change: [fn(&mut AuditConfig); 7] = [
        |_| {},
        |config| config.retention_days = 30,
        |config| config.durability = Durability::PowerLoss,
        |config| config.strict = true,
        |config| config.sync_deadline = Duration::from_millis(1500),
        // The last two while the log is open.
        |config| (config.retention_days, config.strict) = (0, false),
        |config| config.application_version = Some("2.0".to_owned()),
    ];
    let mut log = None;
    for (at, change) in change.into_iter().enumerate() {
        change(&mut config);
        match &log {
            Some((_, guard)) if at >= 5 => AuditGuard::handle(guard).reconfigure(&config).unwrap(),
            _ => log = Some(aging.open(&config)),
        }
        let (_, guard) = log.as_ref().unwrap();
        append(&guard.handle());
        days.push((day_file_of(aging.clock.wall())[6..16].to_owned(), config.clone()));
        if at < 4 {
            log = None;
        }
        aging.clock.pass(DAY);
    }
    log.unwrap().1.shutdown(LONG).unwrap();
    let records = aging.log.all_records();
    let said = in_force(&records);
    assert_eq!(said.len(), 7);
    for (day, config) in &days {
        let settings = at_the_end_of(&said, day);
        let retention_days = if config.retention_days == 0 { 90 } else { config.retention_days };
        assert_eq!(settings["retention_days"], retention_days, "{day}");
        assert_eq!(settings["strict"], config.strict, "{day}");
        let durability = if config.durability == Durability::PowerLoss { "power_loss" } else { "process" };
        assert_eq!(settings["durability"], durability, "{day}");
        let sync_deadline = if config.sync_deadline.as_secs() == 5 { "5s" } else { "1s 500ms" };
        assert_eq!(settings["sync_deadline"], sync_deadline, "{day}");
        let version = config.application_version.clone();
        assert_eq!(settings["application_version"], Value::from(version), "{day}");
        assert_eq!(settings["dir"], aging.log.dir().display().to_string(), "{day}");
    }
    // The command of the page prints them in the same order.
    if let Some(printed) = run(&commands("### What was the log set to?")[0], &aging.log.dir()) {
        let lines = printed.lines().filter(|line| !line.contains("\"log.closed\"")).collect::<Vec<_>>();
        assert_eq!(lines.len(), said.len(), "{printed}");
        for (line, (ts, settings)) in lines.iter().zip(&said) {
            assert!(line.contains(ts), "{line}");
            assert!(line.contains(&format!("\"retention_days\":{}", settings["retention_days"])), "{line}");
        }
    }
}

#[test]
fn the_kept_records_say_the_settings_although_the_record_that_said_them_was_pruned() {
    let aging = Aging::new();
    let mut config = aging.keeping(2);
    config.strict = true;
    aging.pass_days(&config, 12);
    let records = aging.log.all_records();
    assert!(of_type(&records, "log.opened").is_empty(), "it is pruned");
    let said = in_force(&records);
    assert!(!said.is_empty() && said.len() <= 3, "once in three days: {}", said.len());
    assert!(said.iter().all(|(_, settings)| settings["retention_days"] == 2 && settings["strict"] == true));
    for record in of_type(&records, "log.config_changed") {
        assert_eq!(record.resource.len(), 1, "nothing was changed: {record}");
    }
    assert_unexplained(&aging, &[]);
}

#[test]
fn log_opened_says_where_by_what_and_as_whom_the_log_is_written_and_with_all_settings() {
    let log = TestLog::new();
    drop(log.open());
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).application("My App", "1.2.3-rc.1");
    drop(builder.open().unwrap());
    let records = log.all_records();
    let [first, second] = of_type(&records, "log.opened")[..] else { panic!("{records:?}") };
    let executable = std::env::current_exe().unwrap();
    let executable = executable.file_stem().unwrap().to_str().unwrap();
    assert_eq!(first.resource["application"], executable);
    assert!(first.resource.get("application_version").is_none());
    assert_eq!(second.resource["application"], "My App");
    assert_eq!(second.resource["application_version"], "1.2.3-rc.1");
    assert_eq!(second.resource["pid"], std::process::id());
    assert_eq!(second.resource["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(second.resource["hold"], false);
    assert_eq!(number(second, "kept_from_seq"), 0);
    assert_eq!(number(second, "pruned_files"), 0);
    #[cfg(target_os = "linux")]
    {
        let read = |path: &str| std::fs::read_to_string(path).unwrap().trim().to_owned();
        assert_eq!(second.resource["host"], read("/proc/sys/kernel/hostname").as_str());
        assert_eq!(second.resource["boot"], read("/proc/sys/kernel/random/boot_id").as_str());
        let status = read("/proc/self/status");
        let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
        assert_eq!(second.resource["account"], uid.split_whitespace().next().unwrap());
    }
    // Each setting that a configuration can have is there, with its default, and what the builder adds.
    let settings = second.resource["settings"].as_object().unwrap();
    let text = serde_json::to_string(&AuditConfig::new(log.dir())).unwrap();
    let config = serde_json::from_str::<serde_json::Value>(&text).unwrap();
    for (name, value) in config.as_object().unwrap() {
        // What is not compiled in is not in force.
        let value = if name == "seal" { &serde_json::Value::from(cfg!(feature = "seal")) } else { value };
        let said = settings.get(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(said.to_string(), value.to_string(), "{name}");
    }
    assert_eq!(settings["disk_critical_bytes"], 64 << 20);
    assert_eq!(settings["catalog"].as_object().unwrap()["event_types"], 3);
    assert_eq!(settings["mirrors"].to_string(), "[]");
}

#[test]
fn names_of_an_application_that_are_none_are_refused_and_odd_ones_are_escaped() {
    let log = TestLog::new();
    let open = |name: &str, version: &str| AuditLayer::builder(log.dir()).application(name, version).open();
    for (name, version, setting) in [
        ("", "1", "`application`"),
        ("x", "", "`application_version`"),
        (&*"x".repeat(257), "1", "`application`"),
        ("x", &*"1".repeat(1 << 20), "`application_version`"),
    ] {
        let error = open(name, version).unwrap_err().to_string();
        assert!(error.contains(setting) && error.len() < 300, "{error}");
    }
    drop(open("a\n\u{1b}[31m\u{0}\"}", "é".repeat(128).as_str()).unwrap());
    let records = log.all_records();
    assert_eq!(records[0].resource["application"], "a\n\u{1b}[31m\u{0}\"}");
}

/// Settings of which each secret is `s3cret`.
#[cfg(feature = "otlp")]
#[test]
fn no_secret_of_the_settings_is_in_a_record() {
    let log = TestLog::new();
    let mut config = AuditConfig::new(log.dir());
    config.otlp_endpoint = Some("http://127.0.0.1:9/s3cret?key=s3cret".to_owned());
    config.otlp_headers = tracing_audit::Headers::new().with("authorization", "Bearer s3cret");
    config.otlp_proxy = Some("http://me:s3cret@127.0.0.1:9".to_owned());
    let (_layer, guard) = AuditLayer::from_config(&config).unwrap();
    config.otlp_endpoint = Some("127.0.0.1:9".to_owned());
    guard.handle().reconfigure(&config).unwrap();
    drop(guard);
    let records = log.all_records();
    let said = in_force(&records);
    let shown = |name: &str| said.iter().map(|(_, settings)| settings[name].to_string()).collect::<Vec<_>>();
    assert_eq!(shown("otlp_endpoint"), ["\"http://127.0.0.1:9/…\"", "\"http://127.0.0.1:9/v1/logs\""]);
    assert_eq!(shown("otlp_headers"), ["[\"authorization\"]"; 2]);
    assert_eq!(shown("otlp_proxy"), ["\"http://127.0.0.1:9\""; 2]);
    assert_eq!(shown("otlp_timeout"), ["\"10s\""; 2], "the default");
    assert_eq!(shown("otlp_compression"), ["\"gzip\""; 2]);
    let text = records.iter().map(Record::to_string).collect::<String>();
    assert!(!text.contains("s3cret"), "{text}");
}

/// Returns the names of the records about a legal hold, and what each `log.opened` says of it.
fn holds(aging: &Aging) -> Vec<String> {
    let records = aging.log.all_records();
    let told = records.iter().filter_map(|record| match record.event.as_str() {
        "log.opened" => Some(format!("opened:{}", record.resource["hold"])),
        "log.hold_set" => Some("set".to_owned()),
        "log.hold_released" => Some("released".to_owned()),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_legal_hold_is_recorded_when_it_is_set_and_released_open_or_not() {
    for intake_bytes in [0, 1 << 20] {
        let aging = Aging::new();
        let hold = aging.path("HOLD");
        let mut config = aging.keeping(2);
        config.intake_bytes = intake_bytes;
        let (layer, guard) = aging.open(&config);
        let handle = guard.handle();
        // While there are events: once a second by the log's clock.
        let look = || {
            aging.clock.pass(2 * SECOND);
            append(&handle);
            handle.flush(LONG).unwrap();
        };
        look();
        assert_eq!(holds(&aging), ["opened:false"]);
        std::fs::write(&hold, "").unwrap();
        look();
        look();
        assert_eq!(holds(&aging), ["opened:false", "set"]);
        std::fs::remove_file(&hold).unwrap();
        look();
        assert_eq!(holds(&aging), ["opened:false", "set", "released"]);
        // What comes and goes between two looks is not seen.
        std::fs::create_dir(&hold).unwrap();
        std::fs::remove_dir(&hold).unwrap();
        look();
        assert_eq!(holds(&aging).len(), 3);
        guard.shutdown(LONG).unwrap();
        drop((layer, handle));
        // While the log is closed.
        std::fs::write(&hold, "").unwrap();
        drop(aging.open(&config));
        drop(aging.open(&config));
        std::fs::remove_file(&hold).unwrap();
        drop(aging.open(&config));
        let after = ["opened:true", "set", "opened:true", "opened:false", "released"];
        assert_eq!(holds(&aging)[3..], after);
    }
}

#[test]
fn a_hold_is_seen_without_a_flush_while_there_are_events() {
    let aging = Aging::new();
    let (_layer, guard) = aging.open(&aging.config());
    std::fs::write(aging.path("HOLD"), "").unwrap();
    support::eventually("the hold is recorded", || {
        aging.clock.pass(2 * SECOND);
        append(&guard.handle());
        holds(&aging).ends_with(&["set".to_owned()])
    });
}

#[test]
fn a_hold_is_recorded_by_the_pruner_that_meets_it() {
    let aging = Aging::new();
    aging.pass_days(&aging.config(), 6);
    let (_layer, guard) = aging.open(&aging.keeping(90));
    std::fs::write(aging.path("HOLD"), "").unwrap();
    let error = guard.handle().prune().unwrap_err();
    assert!(error.to_string().contains("HOLD"), "{error}");
    support::eventually("the hold is recorded", || holds(&aging).ends_with(&["set".to_owned()]));
    let records = aging.log.all_records();
    assert_eq!(number(of_type(&records, "log.hold_set")[0], "kept_from_seq"), 0);
}

#[test]
fn a_disabled_log_says_so_once() {
    let log = TestLog::new();
    let mut config = AuditConfig::new(log.dir());
    config.enabled = false;
    let (layer, guard) = AuditLayer::from_config(&config).unwrap();
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..3 {
            audit!("a.b");
            guard.handle().append(Record::new("a.b"));
        }
        drop(guard);
        audit!("a.b");
        support::eventually("a warning", || !runtime.lines().is_empty());
    });
    let lines = runtime.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("WARN tracing_audit") && lines[0].contains("is disabled"), "{lines:?}");
    assert!(lines[0].contains(&log.dir().display().to_string()), "{lines:?}");
    assert!(!log.dir().exists());
}

#[test]
fn an_event_after_the_guard_has_gone_is_recorded_and_warned_of_once() {
    for shuts_down in [false, true] {
        let log = TestLog::new();
        let (layer, guard) = log.open();
        let handle = guard.handle();
        let runtime = RuntimeLog::default();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        tracing::subscriber::with_default(subscriber, || {
            audit!("a.b").result().unwrap();
            if shuts_down {
                guard.shutdown(LONG).unwrap();
            } else {
                drop(guard);
            }
            assert_eq!(runtime.lines(), [""; 0]);
            for _ in 0..3 {
                audit!("a.inner").result().unwrap();
                handle.append(Record::new("a.b")).result().unwrap();
            }
            support::eventually("a warning", || !runtime.lines().is_empty());
            handle.flush(LONG).unwrap();
        });
        let lines = runtime.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("WARN tracing_audit") && lines[0].contains("`a.inner`"), "{lines:?}");
        assert_eq!(log.records().len(), 7);
    }
}
