//! The log records low disk space before the disk is full.
#![cfg(unix)]

use crate::support::child::{child_argument, name_of, on_a_tmpfs, open_folder, said, say};
use crate::support::clock::{SECOND, TestClock};
use crate::support::{RuntimeLog, TEST_TYPES, all_records, eventually};
use std::path::Path;
use std::time::Duration;
use tracing_audit::{AuditConfig, AuditGuard, AuditLayer, AuditLayerBuilder, Record};
use tracing_subscriber::prelude::*;

const MEBIBYTE: u64 = 1 << 20;

/// A log on a disk of 4 MiB, with a threshold of 1 MiB.
struct SmallDisk<'a> {
    mount: &'a Path,
    clock: TestClock,
}

impl SmallDisk<'_> {
    fn builder(&self) -> AuditLayerBuilder {
        let builder = AuditLayer::builder(self.mount.join("audit")).catalog(TEST_TYPES);
        builder.clock(self.clock.clone()).disk_low_bytes(MEBIBYTE).intake_bytes(INTAKE_BYTES)
    }

    fn fill(&self, bytes: u64) {
        std::fs::write(self.mount.join("ballast"), vec![0; bytes as usize]).unwrap();
    }

    /// Returns `free_bytes` of each `log.disk_low`.
    fn told(&self) -> Vec<u64> {
        let mut records = all_records(&self.mount.join("audit"));
        records.retain(|record| record.event == "log.disk_low");
        records.iter().map(|record| record.resource["free_bytes"].as_u64().unwrap()).collect()
    }

    /// Lets a minute pass, and emits an event.
    fn go_on(&self, guard: &AuditGuard) {
        self.clock.pass(60 * SECOND);
        guard.handle().append(Record::new("a.b")).result().unwrap();
    }

    fn eventually_told(&self, guard: &AuditGuard, times: usize) {
        eventually("`log.disk_low` is recorded", || {
            self.go_on(guard);
            self.told().len() == times
        });
        // Recorded once.
        for _ in 0..50 {
            self.go_on(guard);
        }
        assert_eq!(self.told().len(), times);
    }
}

/// A small intake, for a small disk.
const INTAKE_BYTES: usize = 512 * 1024;

#[test]
fn low_space_is_told_once_until_there_is_more_again() {
    if let Some(mount) = child_argument() {
        let disk = SmallDisk { mount: &mount, clock: TestClock::at("2026-05-28T12:00:00Z") };
        let runtime = RuntimeLog::default();
        let (layer, guard) = disk.builder().open().unwrap();
        let free = || guard.handle().stats().disk_free.unwrap();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        let default = tracing::subscriber::set_default(subscriber);
        assert!((3 * MEBIBYTE..4 * MEBIBYTE).contains(&free()), "{}", free());
        disk.go_on(&guard);
        assert_eq!((disk.told(), runtime.lines()), (vec![], vec![]));
        for times in 1..=3 {
            disk.fill(3 * MEBIBYTE - MEBIBYTE / 4);
            assert!(free() < MEBIBYTE);
            disk.eventually_told(&guard, times);
            let told = disk.told()[times - 1];
            assert!((MEBIBYTE / 2..MEBIBYTE).contains(&told), "{told}");
            disk.fill(0);
            for _ in 0..50 {
                disk.go_on(&guard);
            }
            assert_eq!(disk.told().len(), times, "there is enough space");
        }
        drop(default);
        guard.shutdown(Duration::from_secs(60)).unwrap();
        let lines = runtime.lines();
        assert_eq!(lines.len(), 3, "{lines:?}");
        let dir = mount.join("audit").display().to_string();
        assert!(lines.iter().all(|line| line.starts_with("WARN tracing_audit") && line.contains(&dir)));
        say("told");
        return;
    }
    let folder = open_folder();
    let name = name_of(low_space_is_told_once_until_there_is_more_again);
    if let Some(output) = on_a_tmpfs(name, folder.path(), "size=4m") {
        assert_eq!(said(&output), ["told"]);
    }
}

#[test]
fn a_disk_that_is_low_already_is_told_when_the_log_is_opened() {
    if let Some(mount) = child_argument() {
        let disk = SmallDisk { mount: &mount, clock: TestClock::at("2026-05-28T12:00:00Z") };
        disk.fill(3 * MEBIBYTE - MEBIBYTE / 4);
        let log = disk.builder().open().unwrap();
        disk.eventually_told(&log.1, 1);
        drop(log);
        // A threshold of 0 disables the warning.
        let log = disk.builder().disk_low_bytes(0).open().unwrap();
        for _ in 0..50 {
            disk.go_on(&log.1);
        }
        assert_eq!(disk.told().len(), 1);
        // A threshold that is set later enables it.
        let mut config = AuditConfig::new(mount.join("audit"));
        config.intake_bytes = INTAKE_BYTES;
        config.disk_low_bytes = 2 * MEBIBYTE;
        log.1.handle().reconfigure(&config).unwrap();
        disk.eventually_told(&log.1, 2);
        say("told");
        return;
    }
    let folder = open_folder();
    let name = name_of(a_disk_that_is_low_already_is_told_when_the_log_is_opened);
    if let Some(output) = on_a_tmpfs(name, folder.path(), "size=4m") {
        assert_eq!(said(&output), ["told"]);
    }
}

#[test]
fn half_a_gibibyte_is_low_by_default() {
    assert_eq!(AuditConfig::new("/x").disk_low_bytes, 512 * MEBIBYTE);
    assert_eq!(toml::from_str::<AuditConfig>("dir = '/x'").unwrap().disk_low_bytes, 512 * MEBIBYTE);
}
