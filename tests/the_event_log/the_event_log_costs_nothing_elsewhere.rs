//! On other systems than Windows, the setting `event_log` adds no thread, no file and no dependency.
#![cfg(target_os = "linux")]

use crate::support::{TestLog, eventually};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use tracing_audit::{AuditConfig, AuditLayer, Record};

/// Collects the paths of all files in a directory.
fn files(dir: &Path, inside: &Path, all: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir.join(inside)).unwrap() {
        let path = inside.join(entry.unwrap().file_name());
        all.insert(path.display().to_string());
        if dir.join(&path).is_dir() {
            files(dir, &path, all);
        }
    }
}

/// Returns the crate's threads, except those that end by themselves: pruning and warnings.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
    let mut names = names
        .filter(|name| name.starts_with("audit-"))
        .filter(|name| !["audit-prune", "audit-report"].contains(&name.trim_end()))
        .collect::<Vec<_>>();
    names.sort();
    names
}

/// Returns the files of a log after one record, and asserts that it has no further threads.
fn found(config: impl Fn(&mut AuditConfig)) -> BTreeSet<String> {
    let log = TestLog::new();
    let mut settings = AuditConfig::new(log.dir());
    config(&mut settings);
    let (_layer, guard) = AuditLayer::from_config(&settings).unwrap();
    guard
        .handle()
        .append(Record::new("settings.changed"))
        .wait_synced(std::time::Duration::from_secs(10))
        .unwrap();
    assert!(guard.handle().stats().mirrors.is_empty());
    // A thread has its name only some time after its start.
    eventually("it has the usual threads", || {
        threads() == ["audit-commit\n", "audit-requests\n", "audit-seal\n", "audit-status\n", "audit-sync\n"]
    });
    // It makes its files meanwhile.
    eventually("its state is published", || log.dir().join("status.json").exists());
    eventually("it is sealed", || guard.handle().stats().seal.is_some_and(|seal| seal.sealed_seq.is_some()));
    let mut all = BTreeSet::new();
    files(&log.dir(), Path::new(""), &mut all);
    drop(guard);
    all
}

/// One test, because all tests of a process share its threads.
#[test]
fn a_log_that_asks_for_it_has_the_threads_and_files_of_one_that_does_not() {
    let without = found(|_| ());
    for source in [Some("an application"), Some(""), Some("a\\b"), None] {
        let with = found(|config| {
            config.event_log_enabled = true;
            config.event_log_source = source.map(str::to_owned);
        });
        assert_eq!(with, without);
    }
    assert!(!without.iter().any(|file| file.contains("cursor")), "{without:?}");

    // The same by the builder, and by a change while the log is open.
    let log = TestLog::new();
    let (_layer, guard) = AuditLayer::builder(log.dir()).event_log("an application").open().unwrap();
    assert!(guard.handle().stats().mirrors.is_empty());
    let mut config = AuditConfig::new(log.dir());
    config.event_log_enabled = true;
    guard.handle().reconfigure(&config).unwrap();
    assert!(guard.handle().stats().mirrors.is_empty());
    let events = log.all_records().into_iter().map(|record| record.event).collect::<Vec<_>>();
    assert_eq!(events, ["log.opened"]);
}

#[test]
fn no_dependency_is_for_windows() {
    // What a build for this system has not downloaded is not asked for.
    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).args(["--offline", "--locked"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let tree =
        cargo(&["tree", "--edges", "normal", "--prefix", "none", "--target", "x86_64-unknown-linux-gnu"]);
    assert!(!tree.contains("windows"), "{tree}");
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata = serde_json::from_str::<serde_json::Value>(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let library = packages.iter().find(|package| package["name"] == "tracing-audit").unwrap();
    let dependencies = library["dependencies"].as_array().unwrap().iter();
    let for_windows = dependencies.filter(|it| it["name"].as_str().unwrap().starts_with("windows"));
    let targets = for_windows.map(|it| it["target"].as_str()).collect::<Vec<_>>();
    assert!(targets.len() > 1 && targets.iter().all(|target| *target == Some("cfg(windows)")), "{targets:?}");
}
