//! Each trouble is told by the log's health, and a sound log has none.

use crate::support::child::{child, child_argument, on_a_tmpfs, open_folder, said, say};
use crate::support::clock::{DAY, TestClock};
use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{TEST_TYPES, TestLog, eventually};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, SystemTime};
use tracing_audit::read::{CheckHealth, CheckState, Health, health};
use tracing_audit::{AuditLayer, Record};

/// What is changed of the published state, by its place.
type Changes<'a> = &'a [(&'a str, Value)];

const LONG: Duration = Duration::from_secs(60);

/// Returns the state of a check, and what it says.
fn check(health: &Health, name: &str) -> (CheckState, String) {
    let check = health.checks().iter().find(|check| check.name == name);
    let check = check.unwrap_or_else(|| panic!("there is no check {name}: {:?}", health.checks()));
    (check.state, check.detail.clone())
}

/// Returns the names of the checks that are not in order.
fn bad(health: &Health) -> Vec<String> {
    let bad = health.checks().iter().filter(|check| check.state != CheckState::Ok);
    bad.map(ToString::to_string).collect()
}

/// Asserts that one check has this state, with these words, and that all others are in order.
fn assert_only(health: &Health, name: &str, state: CheckState, words: &str) {
    let (found, detail) = check(health, name);
    assert!(found == state && detail.contains(words), "{found} {detail}");
    assert_eq!(bad(health).len(), 1, "{:?}", bad(health));
    assert_eq!(health.state(), state);
}

fn later(health: CheckHealth, seconds: u64) -> Health {
    health.as_of(SystemTime::now() + Duration::from_secs(seconds)).run()
}

/// Makes a log with three events, and closes it.
fn closed() -> TestLog {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    (0..3).for_each(|n| drop(guard.handle().append(Record::new("a.b").resource("n", n))));
    guard.shutdown(LONG).unwrap();
    log
}

/// Changes what a closed log has published.
fn publish(log: &TestLog, changes: Changes<'_>) {
    let path = log.dir().join("status.json");
    let mut status = serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).unwrap();
    for (pointer, value) in changes {
        *status.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
    }
    std::fs::write(path, status.to_string()).unwrap();
}

fn last_error() -> Value {
    json!({ "at": "2026-05-28T12:00:00.000000000Z", "error": "the disk is full" })
}

#[test]
fn a_sound_log_has_nothing_to_tell() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    let publishes =
        |last| health(log.dir()).run().published().is_some_and(|status| status.synced_seq == Some(last));
    for n in 1..4 {
        guard.handle().append(Record::new("a.b").resource("n", n)).result().unwrap();
        eventually("the state is published", || publishes(n));
        let found = health(log.dir()).expects_writer(true).run();
        assert_eq!(bad(&found), [""; 0]);
    }
    // Nothing happens, and nothing is written.
    let written = |path: &Path| path.metadata().unwrap().modified().unwrap();
    let path = log.dir().join("status.json");
    eventually("all is settled", || {
        let before = written(&path);
        std::thread::sleep(Duration::from_millis(1500));
        before == written(&path)
    });
    assert_eq!(bad(&later(health(log.dir()), 30 * 24 * 3600)), [""; 0], "an idle log is sound");
    guard.shutdown(LONG).unwrap();
    let found = later(health(log.dir()), 30 * 24 * 3600);
    assert_eq!(bad(&found), [""; 0]);
    assert!(check(&found, "writer").1.contains("has closed the log"));
    let found = health(log.dir()).expects_writer(true).run();
    assert_only(&found, "writer", CheckState::Critical, "has closed the log");
}

#[test]
fn a_writer_that_was_killed_is_critical() {
    if let Some(dir) = child_argument() {
        let (_layer, guard) = AuditLayer::builder(dir).catalog(TEST_TYPES).open().unwrap();
        guard.handle().append(Record::new("a.b")).result().unwrap();
        std::thread::sleep(Duration::from_secs(600));
    }
    let log = TestLog::new();
    let folder = tempfile::tempdir().unwrap();
    let mut child = child("health::a_writer_that_was_killed_is_critical", folder.path(), &log.dir());
    let mut child = child.stdout(std::process::Stdio::null()).spawn().unwrap();
    let published = || health(log.dir()).run().published().is_some_and(|status| status.synced_seq == Some(1));
    eventually("the child has published its state", published);
    assert_eq!(check(&health(log.dir()).run(), "writer").0, CheckState::Ok);
    child.kill().unwrap();
    child.wait().unwrap();
    let found = health(log.dir()).run();
    assert_only(&found, "writer", CheckState::Critical, "has ended without closing the log");
    // The next one goes on, and all is well again.
    let (_layer, guard) = log.open();
    eventually("the next one publishes its state", || bad(&health(log.dir()).run()).is_empty());
    drop(guard);
}

#[test]
fn a_mirror_whose_receiver_is_down_is_a_warning_and_then_critical() {
    let log = TestLog::new();
    let mirror = TestMirror::new();
    mirror.behaves(|_| Answer::Fail);
    let builder =
        AuditLayer::builder(log.dir()).catalog(TEST_TYPES).unsealed().mirror("siem", mirror.clone());
    let (_layer, guard) = builder.open().unwrap();
    guard.handle().append(Record::new("a.b")).result().unwrap();
    let status = |log: &TestLog| health(log.dir()).run().published().cloned();
    let fails = || {
        let status = status(&log);
        status.is_some_and(|it| it.mirrors[0].failing_since.is_some() && it.synced_seq == it.last_seq)
    };
    eventually("that it fails is published", fails);
    assert_only(
        &later(health(log.dir()).recent(Duration::ZERO), 120),
        "mirror:siem",
        CheckState::Warning,
        "it fails for 2m",
    );
    let found = later(health(log.dir()), 1200);
    assert_eq!(check(&found, "mirror:siem").0, CheckState::Critical, "{:?}", bad(&found));
    mirror.behaves(|_| Answer::Take);
    let delivered = || status(&log).is_some_and(|status| status.mirrors[0].behind_records == 0);
    eventually("that all is delivered is published", delivered);
    assert_eq!(bad(&later(health(log.dir()).recent(Duration::ZERO), 1200)), [""; 0]);
    drop(guard);
}

#[test]
fn a_step_of_the_clock_is_a_warning() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock.clone()).unsealed();
    let (_layer, guard) = builder.open().unwrap();
    clock.step(400 * DAY);
    guard.handle().append(Record::new("a.b")).result().unwrap();
    let told = || {
        let found = health(log.dir()).run();
        let pruning = found.checks().iter().find(|check| check.name == "pruning");
        pruning.is_some_and(|check| {
            check.state == CheckState::Warning && check.detail.contains("the clock was set")
        })
    };
    eventually("the step is told", told);
    drop(guard);
}

#[test]
fn what_is_wrong_with_the_directory_is_told() {
    let state = |log: &TestLog, name: &str| check(&health(log.dir()).run(), name);

    let log = closed();
    std::fs::write(log.dir().join("HOLD"), "").unwrap();
    assert_only(&health(log.dir()).run(), "hold", CheckState::Warning, "legal hold");

    let log = closed();
    std::fs::remove_dir_all(log.dir().join(".state")).unwrap();
    assert_only(&health(log.dir()).run(), "directory", CheckState::Warning, ".state was removed");

    let log = closed();
    let day_file = crate::support::day_files(&log.dir()).remove(0);
    std::fs::remove_file(&day_file).unwrap();
    assert_only(&health(log.dir()).run(), "day_files", CheckState::Critical, "one was removed or cut");
    std::fs::create_dir(&day_file).unwrap();
    assert!(state(&log, "day_files").1.contains("it is a directory"), "{:?}", state(&log, "day_files"));

    assert_eq!(health(log.dir().join("elsewhere")).run().state(), CheckState::Critical);
    std::fs::create_dir(log.dir().join("empty")).unwrap();
    let empty = health(log.dir().join("empty")).run();
    assert!(check(&empty, "directory").1.contains("it is no audit log"));
}

#[test]
#[cfg(unix)]
fn who_may_write_to_the_directory_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let log = closed();
    for (mode, state) in
        [(0o755, CheckState::Warning), (0o777, CheckState::Critical), (0o750, CheckState::Ok)]
    {
        std::fs::set_permissions(log.dir(), std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(check(&health(log.dir()).run(), "access").0, state, "{mode:o}");
    }
    // A FIFO is not waited for.
    let status = log.dir().join("status.json");
    std::fs::remove_file(&status).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &status, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let (state, detail) = check(&health(log.dir()).run(), "writer");
    assert!(state == CheckState::Unknown && detail.contains("a FIFO"), "{detail}");
}

#[cfg(feature = "seal")]
#[test]
fn what_is_wrong_with_the_seals_is_told() {
    let log = closed();
    let seal = |name: &str| log.dir().join("seal").join(name);
    let key = std::fs::read(seal("log.vkey")).unwrap();
    std::fs::remove_file(seal("log.vkey")).unwrap();
    assert_only(
        &health(log.dir()).run(),
        "seals",
        CheckState::Warning,
        "the log's first verifier key is gone",
    );
    std::fs::write(seal("log.vkey"), key).unwrap();
    let checkpoint = std::fs::read_to_string(seal("checkpoint")).unwrap();
    std::fs::write(seal("checkpoint"), checkpoint.replacen('\n', "\n1", 1)).unwrap();
    assert_only(&health(log.dir()).run(), "seals", CheckState::Critical, "checkpoint_invalid");
    std::fs::remove_file(seal("checkpoint")).unwrap();
    assert_only(&health(log.dir()).run(), "seals", CheckState::Warning, "checkpoint_missing");
    // Where the writer has sealed nothing yet, there is none.
    let status = std::fs::read(log.dir().join("status.json")).unwrap();
    publish(&log, &[("/seal/sealed_seq", Value::Null)]);
    assert_eq!(bad(&health(log.dir()).run()), [""; 0]);
    std::fs::write(log.dir().join("status.json"), status).unwrap();
    std::fs::remove_dir_all(log.dir().join("seal")).unwrap();
    assert_only(&health(log.dir()).run(), "seals", CheckState::Critical, "is gone");
    publish(&log, &[("/seal/sealed_seq", Value::Null)]);
    assert_eq!(bad(&health(log.dir()).run()), [""; 0]);
}

#[test]
fn what_the_writer_has_published_is_told() {
    let now = json!(tracing_audit::record::Timestamp::from(SystemTime::now()).to_string());
    let open = ("/closed", json!(false));
    let critical = CheckState::Critical;
    let cases: &[(Changes<'_>, &str, CheckState, &str)] = &[
        (
            &[("/refused", json!(3)), ("/last_error", last_error())],
            "events",
            CheckState::Warning,
            "3 events were refused",
        ),
        (&[("/disk_critical_bytes", json!(u64::MAX))], "disk", critical, "disk_critical_bytes"),
        (&[("/disk_low_bytes", json!(u64::MAX))], "disk", CheckState::Warning, "disk_low_bytes"),
        (&[("/synced_seq", json!(1))], "records", CheckState::Warning, "were not on disk"),
        (
            &[("/last_seq", json!(9)), ("/synced_seq", json!(9)), ("/committed_seq", json!(9))],
            "day_files",
            critical,
            "number 9",
        ),
        (
            &[("/reports", json!([{ "at": now, "level": "ERROR", "text": "it fell over" }]))],
            "runtime_log",
            CheckState::Warning,
            "it fell over",
        ),
        (&[("/mirrors", json!([mirror(7, 0)]))], "mirror:otlp", CheckState::Warning, "discarded 7"),
        (
            &[("/mirrors", json!([mirror(0, 8)]))],
            "mirror:otlp",
            CheckState::Warning,
            "8 are in .state/dead_letters",
        ),
        (&[("/version", json!(2))], "writer", CheckState::Unknown, "its version is 2"),
    ];
    for (changes, name, state, words) in cases {
        let log = closed();
        publish(&log, changes);
        let found = health(log.dir()).run();
        assert_eq!(check(&found, name).0, *state, "{changes:?}: {:?}", bad(&found));
        assert!(check(&found, name).1.contains(words), "{changes:?}: {:?}", check(&found, name));
    }
    // Of a log that is open, and whose state is an hour old.
    let hour = 3600;
    let open_cases: &[(Changes<'_>, &str, &str)] = &[
        (&[("/synced_seq", json!(1))], "records", "are not on disk yet, for 1h"),
        (&[("/committed_seq", json!(1)), ("/synced_seq", json!(1))], "records", "in no day file yet"),
        (&[("/intake_fill", json!(8_000_000))], "intake", "events are refused once it is full"),
        (&[("/disk_level", json!("full"))], "disk", "for lack of space"),
    ];
    for (changes, name, words) in open_cases {
        let log = closed();
        publish(&log, &[std::slice::from_ref(&open), *changes].concat());
        let found = later(health(log.dir()), hour);
        assert_eq!(check(&found, name).0, critical, "{changes:?}: {:?}", bad(&found));
        assert!(check(&found, name).1.contains(words), "{changes:?}: {:?}", check(&found, name));
    }
    let log = closed();
    publish(&log, &[open, ("/process/host", json!("elsewhere.example"))]);
    assert_eq!(check(&health(log.dir()).run(), "writer").0, CheckState::Unknown);
    std::fs::write(log.dir().join("status.json"), "{").unwrap();
    assert!(check(&health(log.dir()).run(), "writer").1.contains("can't be read"));
    std::fs::remove_file(log.dir().join("status.json")).unwrap();
    assert!(check(&health(log.dir()).run(), "writer").1.contains("there is no status.json"));
}

fn mirror(rejected: u64, dead_letters: u64) -> Value {
    json!({
        "name": "otlp", "delivered_seq": 5, "behind_records": 0, "behind_since": null, "rejected": rejected,
        "dead_letters": dead_letters, "failing_since": null, "last_error": null,
    })
}

#[cfg(feature = "seal")]
#[test]
fn how_sealing_does_is_told() {
    let ago = |seconds| {
        json!(
            tracing_audit::record::Timestamp::from(SystemTime::now() - Duration::from_secs(seconds))
                .to_string()
        )
    };
    let cases = [
        (
            "sealing",
            CheckState::Critical,
            vec![("/seal/failing_since", ago(3600)), ("/seal/last_error", json!("no key"))],
        ),
        ("sealing", CheckState::Warning, vec![("/seal/signer_failing_since", ago(10))]),
        (
            "verification",
            CheckState::Critical,
            vec![("/seal/verified_at", ago(10)), ("/seal/verified_findings", json!(2))],
        ),
        (
            "verification",
            CheckState::Ok,
            vec![("/seal/verified_at", ago(10)), ("/seal/verified_findings", json!(0))],
        ),
    ];
    for (name, state, changes) in cases {
        let log = closed();
        publish(&log, &changes);
        let found = health(log.dir()).run();
        assert_eq!(check(&found, name).0, state, "{changes:?}: {:?}", bad(&found));
    }
}

#[test]
fn a_thorough_look_tells_more() {
    let thorough = |log: &TestLog| health(log.dir()).thorough(true);
    let log = closed();
    let found = thorough(&log).run();
    if cfg!(feature = "seal") {
        assert_only(&found, "key", CheckState::Warning, "the private key");
    }
    let set_aside = log.dir().join(".state/torn");
    std::fs::create_dir_all(&set_aside).unwrap();
    std::fs::write(set_aside.join("audit-2026-05-28.log.17"), "{").unwrap();
    let (state, detail) = check(&thorough(&log).run(), "set_aside");
    assert!(state == CheckState::Warning && detail == "1 in .state/torn", "{detail}");
    let found = thorough(&log).as_of(SystemTime::now() - Duration::from_secs(3600)).run();
    let (state, detail) = check(&found, "clock");
    assert!(state == CheckState::Warning && detail.contains("ahead of this machine's clock"), "{detail}");
    let (_layer, guard) = log.open();
    assert!(check(&thorough(&log).run(), "lock").1.starts_with("a process has the lock"));
    drop(guard);
}

#[test]
#[cfg(unix)]
fn a_thorough_look_tells_of_modes_and_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let set =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let modes = |log: &TestLog| check(&health(log.dir()).thorough(true).run(), "modes").0;
    let log = closed();
    let day_file = crate::support::day_files(&log.dir()).remove(0);
    for (mode, state) in
        [(0o604, CheckState::Warning), (0o660, CheckState::Critical), (0o640, CheckState::Ok)]
    {
        set(&day_file, mode);
        assert_eq!(modes(&log), state, "{mode:o}");
    }
    set(&log.dir().join(".state"), 0o750);
    assert_eq!(modes(&log), CheckState::Critical);
    if crate::support::child::is_root() {
        std::os::unix::fs::chown(&day_file, Some(crate::support::child::NOBODY), None).unwrap();
        let (state, detail) = check(&health(log.dir()).thorough(true).run(), "owners");
        assert!(state == CheckState::Critical && detail.starts_with("1 files"), "{detail}");
    }
}

#[test]
fn a_disk_that_is_full_or_read_only_is_critical() {
    const NAME: &str = "health::a_disk_that_is_full_or_read_only_is_critical";
    if let Some(mount) = child_argument() {
        let dir = mount.join("audit");
        let builder = AuditLayer::builder(&dir)
            .catalog(TEST_TYPES)
            .unsealed()
            .max_record_bytes(16 * 1024)
            .intake_bytes(128 * 1024);
        let (layer, guard) = builder.disk_low_bytes(1 << 20).open().unwrap();
        let ballast = mount.join("ballast");
        let state = |name| check(&health(&dir).run(), name);
        eventually("the state is published", || dir.join("status.json").exists());
        assert_eq!(state("disk").0, CheckState::Ok, "{:?}", state("disk"));
        std::fs::write(&ballast, vec![0; 16 << 20]).unwrap_err();
        let text = "x".repeat(10_000);
        let refused = || guard.handle().append(Record::new("a.b").resource("text", &*text)).result().is_err();
        eventually("events are refused", refused);
        assert_eq!(state("disk").0, CheckState::Critical, "{:?}", state("disk"));
        std::fs::remove_file(&ballast).unwrap();
        let told = || {
            let found = health(&dir).run();
            found.checks().iter().any(|it| it.name == "events" && it.state == CheckState::Critical)
        };
        eventually("that they were refused is told", told);
        guard.shutdown(LONG).unwrap();
        drop(layer);
        let remounted = std::process::Command::new("mount").args(["-o", "remount,ro"]).arg(&mount).status();
        assert!(remounted.unwrap().success());
        assert!(state("disk").1.contains("read-only"), "{:?}", state("disk"));
        say("told");
        return;
    }
    let folder = open_folder();
    if let Some(output) = on_a_tmpfs(NAME, folder.path(), "size=4m") {
        assert_eq!(said(&output), ["told"]);
    }
}
