//! The commands that change a log: append, prune, hold, release, recover, mirror.

use crate::support::mirrors::TestMirror;
use crate::support::{TEST_TYPES, TestLog, all_records, day_files, eventually};
use crate::{LONG, Ran, command, run};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;
use tracing_audit::{AuditGuard, AuditLayer, Record};

/// A correct clock, some days ago, of this boot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ago {
    pub(crate) days: i128,
}

impl Clock for Ago {
    fn now(&self) -> Timestamp {
        let now = Timestamp::from(SystemTime::now()).unix_nanos();
        Timestamp::from_unix_nanos(now - self.days * 86_400_000_000_000)
    }
}

/// Opens a log as it was so many days ago, appends an event and closes it. It keeps its files for so many days.
fn write(dir: &Path, days_ago: i128, retention_days: u32) {
    let builder = AuditLayer::builder(dir).catalog(TEST_TYPES).clock(Ago { days: days_ago });
    let (layer, guard) = builder.retention_days(retention_days).append_deadline(LONG).open().unwrap();
    guard.handle().append(Record::new("a.b").resource("days_ago", days_ago as i64)).result().unwrap();
    drop(layer);
    guard.shutdown(LONG).unwrap();
}

fn text(dir: &Path) -> &str {
    dir.to_str().unwrap()
}

fn open(log: &TestLog) -> (AuditLayer, AuditGuard) {
    log.open_patiently()
}

fn last(dir: &Path, event: &str) -> Record {
    all_records(dir).into_iter().rfind(|record| record.event == event).unwrap()
}

#[cfg(unix)]
fn uid() -> u64 {
    rustix::process::getuid().as_raw().into()
}

/// There is none.
#[cfg(not(unix))]
fn uid() -> u64 {
    0
}

#[test]
fn a_script_appends_to_a_log_that_no_process_has_open() {
    let log = TestLog::new();
    let dir = log.dir();
    write(&dir, 300, 365);
    write(&dir, 0, 365);
    let ran = run([
        "append",
        text(&dir),
        "settings.changed",
        "attempts=3",
        "code=\"007\"",
        "--resource",
        "enabled=true",
        "--resource",
        "who=ada=b",
        "--actor",
        "ada",
        "--actor",
        "address=203.0.113.7",
        "--tenant",
        "acme",
        "--outcome",
        "failure",
        "--trace-id",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    ]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let seq = ran.out.trim_end().parse::<u64>().unwrap();
    let records = all_records(&dir);
    let record = records.iter().find(|record| record.seq == Some(seq)).unwrap();
    assert_eq!(record.event, "settings.changed");
    assert_eq!(record.resource["attempts"], 3);
    assert_eq!(record.resource["code"], "007");
    assert_eq!(record.resource["enabled"], true);
    assert_eq!(record.resource["who"], "ada=b");
    assert_eq!(record.actor.user_id.as_deref(), Some("ada"));
    assert_eq!(record.actor.address.as_deref(), Some("203.0.113.7"));
    assert_eq!(record.actor.tenant.as_deref(), Some("acme"));
    assert_eq!(record.outcome, tracing_audit::Outcome::Failure);
    // It is asked for by this account, with the settings of the application, and the file of 300 days ago stays.
    let asked = last(&dir, "log.requested");
    assert_eq!(
        (&asked.resource["request"], &asked.resource["event"]),
        (&"append".into(), &"settings.changed".into())
    );
    if cfg!(unix) {
        assert_eq!(asked.resource["uid"].as_u64(), Some(uid()));
    }
    let opened = last(&dir, "log.opened");
    assert_eq!(opened.resource["settings"].as_object().unwrap()["retention_days"], 365);
    assert_eq!(opened.resource["application"], "auditlog");
    assert_eq!(day_files(&dir).len(), 2);
    // The application goes on.
    write(&dir, 0, 365);
    assert_eq!(run(["verify", text(&dir)]).status, Some(0));
}

#[test]
fn a_resource_is_read_from_standard_input() {
    let log = TestLog::new();
    write(&log.dir(), 0, 90);
    let append = |input: &str, more: &[&str]| {
        let dir = log.dir();
        let mut child = command([&["append", text(&dir), "settings.changed", "--json"], more].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    };
    let ran = append("{\"id\":\"7\",\"list\":[1,{\"a\":null}],\"text\":\"a\\u001b[31m\"}", &["n=1"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let record = last(&log.dir(), "settings.changed");
    assert_eq!((record.resource["id"].as_str(), record.resource["n"].as_u64()), (Some("7"), Some(1)));
    // Integers beyond 64 bits are kept to the last digit, as text.
    let ran =
        append("{\"n\":18446744073709551616,\"m\":[-9223372036854775809]}", &["k=18446744073709551617"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let resource = last(&log.dir(), "settings.changed").resource.to_string();
    let expected = r#"{"n":"18446744073709551616","m":["-9223372036854775809"],"k":"18446744073709551617"}"#;
    assert_eq!(resource, expected);
    let before = all_records(&log.dir()).len();
    for (input, more) in [("[]", &[][..]), ("{", &[]), ("{\"n\":2}", &["n=1"]), ("", &[])] {
        let ran = append(input, more);
        assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""), "{input}: {ran:?}");
    }
    assert_eq!(all_records(&log.dir()).len(), before, "nothing was recorded");
}

#[test]
fn what_can_t_be_appended_is_refused_and_what_is_flagged_is_told() {
    let log = TestLog::new();
    let dir = log.dir();
    write(&dir, 0, 90);
    let before = all_records(&dir).len();
    for args in [
        &["log.opened"][..],
        &[""],
        &["settings.changed", "novalue"],
        &["settings.changed", "=1"],
        &["settings.changed", "a=1", "a=2"],
        &["settings.changed", "--actor", "name=ada"],
        &["settings.changed", "--actor", "kind=robot"],
        &["settings.changed", "--outcome", "denied"],
        &["settings.changed", "a=\"unended"],
    ] {
        let ran = run([&["append", text(&dir)][..], args].concat());
        assert_eq!((ran.status, ran.out.as_str()), (Some(3), ""), "{args:?}: {ran:?}");
        assert!(!ran.err.is_empty());
    }
    let ran = run(["append", "no-such-dir", "a.b"]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(["append", text(empty.path()), "a.b"]).status, Some(3));
    assert_eq!(empty.path().read_dir().unwrap().count(), 0, "nothing was made");
    assert_eq!(all_records(&dir).len(), before);
    let flagged = run(["append", text(&dir), "no.such"]);
    assert_eq!(flagged.status, Some(0), "{flagged:?}");
    assert!(flagged.err.contains("flagged"), "{flagged:?}");
    assert_eq!(run(["append", text(&dir), "no.such", "--strict"]).status, Some(1));
}

#[test]
fn old_files_are_listed_with_the_reason_and_removed_by_prune_alone() {
    let log = TestLog::new();
    let dir = log.dir();
    for days in [300, 200, 100] {
        write(&dir, days, 365);
    }
    std::fs::write(dir.join("HOLD"), "").unwrap();
    write(&dir, 0, 150);
    write(&dir, 0, 150);
    assert_eq!(day_files(&dir).len(), 4);
    let plan = run(["prune", text(&dir), "--dry-run"]);
    assert_eq!(plan.status, Some(0), "{plan:?}");
    assert_eq!(plan.out.matches("HOLD").count(), 2, "{plan:?}");
    assert!(plan.out.contains("0 files would go"), "{plan:?}");
    let held = run(["prune", text(&dir)]);
    assert_eq!(held.status, Some(3), "{held:?}");
    assert!(held.err.contains("legal hold"), "{held:?}");
    assert_eq!(run(["release", text(&dir)]).status, Some(0));
    let files = day_files(&dir);
    let plan = run(["prune", text(&dir), "--dry-run", "--json"]);
    let json = serde_json::from_str::<serde_json::Value>(&plan.out).unwrap();
    let goes = json["files"].as_array().unwrap().iter().filter(|file| file["goes"] == true);
    let goes = goes.map(|file| file["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(goes, [name(&files[0]), name(&files[1])], "{json:#}");
    assert_eq!((json["kept_days"].as_u64(), json["younger"].as_u64()), (Some(150), Some(2)));
    // Other commands that write remove nothing.
    assert_eq!(run(["append", text(&dir), "settings.changed"]).status, Some(0));
    assert_eq!(run(["recover", text(&dir)]).status, Some(0));
    assert_eq!(day_files(&dir), files);
    // An operator keeps more than the log does, never less.
    let less = run(["prune", text(&dir), "--older-than", "30"]);
    assert_eq!(less.status, Some(3), "{less:?}");
    assert!(less.err.contains("150 days"), "{less:?}");
    let more = run(["prune", text(&dir), "--older-than", "250"]);
    assert_eq!(more.out, format!("removed {}\n", name(&files[0])), "{more:?}");
    let ran = run(["prune", text(&dir)]);
    assert_eq!((ran.status, ran.out), (Some(0), format!("removed {}\n", name(&files[1]))), "{}", ran.err);
    let ran = run(["prune", text(&dir)]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "nothing was to be removed\n"));
    assert_eq!(all_records(&dir).iter().filter(|record| record.event == "log.pruned").count(), 2);
    write(&dir, 0, 150);
}

#[test]
fn a_clock_that_was_set_is_trusted_by_an_operator_alone() {
    let log = TestLog::new();
    let dir = log.dir();
    write(&dir, 800, 365);
    write(&dir, 700, 365);
    write(&dir, 600, 365);
    let files = day_files(&dir);
    // By the real clock the log was not written for more than a year: it is not believed.
    let plan = run(["prune", text(&dir), "--dry-run"]);
    assert!(plan.out.contains("0 files would go"), "{plan:?}");
    let ran = run(["prune", text(&dir)]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert!(ran.err.contains("clock"), "{ran:?}");
    assert!(day_files(&dir).len() >= files.len());
    let plan = run(["prune", text(&dir), "--dry-run", "--trust-clock"]);
    assert!(plan.out.contains("3 files would go"), "{plan:?}");
    let ran = run(["prune", text(&dir), "--trust-clock"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 3, "{ran:?}");
    assert_eq!(last(&dir, "log.requested").resource["trust_clock"], true);
    write(&dir, 0, 365);
}

#[test]
fn without_a_record_of_the_retention_nothing_is_pruned_unless_it_is_said() {
    let log = TestLog::new();
    let dir = log.dir();
    write(&dir, 0, 90);
    // As an early build has written it.
    for file in day_files(&dir) {
        let text = std::fs::read_to_string(&file).unwrap();
        let without = text.lines().map(|line| {
            let mut record = Record::from_line(line.as_bytes()).unwrap();
            record.resource.remove("settings");
            format!("{record}\n")
        });
        std::fs::write(&file, without.collect::<String>()).unwrap();
    }
    for args in [&["prune"][..], &["prune", "--dry-run"]] {
        let ran = run([args, &[text(&dir)]].concat());
        assert_eq!(ran.status, Some(3), "{ran:?}");
        assert!(ran.err.contains("--older-than DAYS"), "{ran:?}");
    }
    let ran = run(["prune", text(&dir), "--older-than", "400"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "nothing was to be removed\n"), "{}", ran.err);
    // What the command does not know it does not say either.
    let ran = run(["prune", text(&dir)]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert_eq!(run(["prune", text(&dir), "--older-than", "0"]).status, Some(3));
}

#[test]
fn a_hold_is_set_and_released_while_the_log_is_open_and_recorded() {
    let log = TestLog::new();
    let dir = log.dir();
    let (_layer, guard) = open(&log);
    let ran = run(["hold", text(&dir), "--reason", "case\u{1b}[31m 7"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(std::fs::read_to_string(dir.join("HOLD")).unwrap().ends_with("case [31m 7\n"));
    assert!(run(["hold", text(&dir)]).out.contains("already"));
    guard.handle().flush(LONG).unwrap();
    assert_eq!(last(&dir, "log.hold_set").event, "log.hold_set");
    assert_eq!(run(["release", text(&dir)]).status, Some(0));
    assert!(run(["release", text(&dir)]).out.contains("no hold"));
    guard.handle().flush(LONG).unwrap();
    assert_eq!(last(&dir, "log.hold_released").event, "log.hold_released");
    let empty = tempfile::tempdir().unwrap();
    for command in ["hold", "release"] {
        let ran = run([command, text(empty.path())]);
        assert_eq!(ran.status, Some(3), "{ran:?}");
    }
}

#[test]
fn a_mirror_gets_records_again_whether_its_log_is_open_or_not() {
    let log = TestLog::new();
    let dir = log.dir();
    let mirror = TestMirror::new();
    let open = || {
        let builder = AuditLayer::builder(&dir).catalog(TEST_TYPES).mirror("copy", mirror.clone());
        builder.append_deadline(LONG).open().unwrap()
    };
    let (layer, guard) = open();
    for n in 0..5 {
        guard.handle().append(Record::new("a.b").resource("n", n)).result().unwrap();
    }
    guard.handle().flush(LONG).unwrap();
    eventually("all are delivered", || mirror.count() == 6);
    let ran = run(["mirror", "replay", text(&dir), "copy", "--from", "2"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    eventually("four are delivered again", || mirror.repeats() >= 4);
    let asked = last(&dir, "log.requested");
    assert_eq!((&asked.resource["mirror"], &asked.resource["from_seq"]), (&"copy".into(), &2.into()));
    // None is left out, and there is no other.
    for args in [&["copy", "--from", "1000000"][..], &["other", "--from", "0"]] {
        let ran = run([&["mirror", "replay", text(&dir)][..], args].concat());
        assert_eq!(ran.status, Some(3), "{ran:?}");
        assert!(ran.err.contains("mirror `"), "{ran:?}");
    }
    let status = run(["mirror", "status", text(&dir)]);
    assert!(status.out.starts_with("copy  delivered to record "), "{status:?}");
    drop(layer);
    guard.shutdown(LONG).unwrap();
    let ran = run(["mirror", "replay", text(&dir), "copy", "--from", "0"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let status = run(["mirror", "status", text(&dir), "--json"]);
    let json = serde_json::from_str::<serde_json::Value>(&status.out).unwrap();
    assert_eq!(json["mirrors"][0]["next_seq"], 0, "{json:#}");
    assert_eq!(json["mirrors"][0]["is_configured"], true, "{json:#}");
    let before = mirror.repeats();
    let (layer, guard) = open();
    eventually("all are delivered again", || mirror.repeats() >= before + 6);
    drop(layer);
    guard.shutdown(LONG).unwrap();
}

#[test]
fn the_other_commands_of_operators_run() {
    let log = TestLog::new();
    let dir = log.dir();
    write(&dir, 0, 90);
    let ran = run(["recover", text(&dir)]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "there was nothing to recover\n"), "{ran:?}");
    let ran = run(["health", text(&dir)]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("AUDITLOG OK"), "{ran:?}");
    let ran = run(["doctor", text(&dir), "--all"]);
    assert!(ran.out.contains("owners"), "{ran:?}");
    let ran = run(["catalog", "--format", "json"]);
    assert!(ran.out.contains("log.requested") && ran.status == Some(0));
    let (_layer, guard) = open(&log);
    let ran = run(["recover", text(&dir)]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert!(ran.err.contains("its application has recovered it"), "{ran:?}");
    drop(guard);
    assert_eq!(run(["doctor", text(&dir), "--all"]).status.map(|status| status < 3), Some(true));
    let ran = run(["eventlog", "status", "my app"]);
    if cfg!(not(windows)) {
        assert_eq!(ran.status, Some(3), "{ran:?}");
        assert!(ran.err.contains("no Windows Event Log"), "{ran:?}");
    }
}

/// Changes a letter of a day file.
fn change(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.replacen("\"a.b\"", "\"a.c\"", 1)).unwrap();
}

#[test]
fn a_changed_or_undelivered_file_is_kept_and_goes_only_as_an_operator_says() {
    let log = TestLog::new();
    let dir = log.dir();
    write(&dir, 300, 365);
    write(&dir, 200, 365);
    std::fs::write(dir.join("HOLD"), "").unwrap();
    write(&dir, 0, 150);
    write(&dir, 0, 150);
    std::fs::remove_file(dir.join("HOLD")).unwrap();
    let files = day_files(&dir);
    change(&files[0]);
    let plan = run(["prune", text(&dir), "--dry-run"]);
    assert!(plan.out.contains("1 file would go, 1 file kept"), "{plan:?}");
    assert!(plan.out.contains("not as it was when it was sealed"), "{plan:?}");
    let ran = run(["prune", text(&dir)]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.out.lines().count() == 1 && ran.err.contains("not as it was when it was sealed"), "{ran:?}");
    assert!(files[0].exists() && !files[1].exists());
    let plan = run(["prune", text(&dir), "--dry-run", "--even-changed"]);
    assert!(plan.out.contains("1 file would go, 0 files kept"), "{plan:?}");
    let ran = run(["prune", text(&dir), "--even-changed"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(!files[0].exists());
    assert!(last(&dir, "log.pruned").resource["changed"].as_str().unwrap().contains("SHA-256"));
    write(&dir, 0, 150);
}

#[test]
fn a_file_that_a_mirror_has_not_got_is_kept_although_no_mirror_runs() {
    use crate::support::mirrors::Answer;
    let log = TestLog::new();
    let dir = log.dir();
    let mirror = TestMirror::new();
    mirror.behaves(|_| Answer::Fail);
    let write = |days: i128, undelivered_days: u32| {
        let builder = AuditLayer::builder(&dir).catalog(TEST_TYPES).clock(Ago { days }).retention_days(150);
        let builder = builder.undelivered_days(undelivered_days).mirror("copy", mirror.clone());
        let (layer, guard) = builder.append_deadline(LONG).open().unwrap();
        guard.handle().append(Record::new("a.b")).result().unwrap();
        drop(layer);
        guard.shutdown(LONG).unwrap();
    };
    write(200, 100);
    write(0, 100);
    write(0, 100);
    let plan = run(["prune", text(&dir), "--dry-run"]);
    assert!(plan.out.contains("the mirror `copy` has not got"), "{plan:?}");
    let ran = run(["prune", text(&dir)]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "nothing was to be removed\n"), "{ran:?}");
    // What the command has recorded says the same settings, so that the next one knows of the mirror, too.
    assert!(run(["prune", text(&dir), "--dry-run"]).out.contains("the mirror `copy` has not got"));
    assert_eq!(day_files(&dir).len(), 2);
}

#[test]
fn reading_is_recorded_in_another_log_before_anything_is_shown() {
    let (log, journal) = (TestLog::new(), TestLog::new());
    let (dir, access) = (log.dir(), journal.dir());
    write(&dir, 0, 90);
    let query = |more: &[&str]| {
        run([&["query", text(&dir), "--event", "a.*", "--record-access", text(&access)], more].concat())
    };
    let refused = query(&[]);
    assert_eq!((refused.status, refused.out.as_str()), (Some(3), ""), "{refused:?}");
    assert!(refused.err.contains("nothing is shown"), "{refused:?}");
    assert!(!access.exists(), "nothing was made");
    write(&access, 0, 90);
    let ran = query(&[]);
    assert_eq!((ran.status, ran.out.lines().count()), (Some(0), 1), "{ran:?}");
    let read = last(&access, "log.read");
    assert_eq!(read.resource["command"], "query");
    assert_eq!(read.resource["records"], 1);
    let arguments = read.resource["arguments"].as_array().unwrap();
    assert!(arguments.iter().any(|argument| *argument == "a.*"), "{read}");
    assert_eq!(read.resource["directories"].as_array().unwrap()[0], text(&dir));
    if cfg!(unix) {
        assert_eq!(read.resource["uid"].as_u64(), Some(uid()));
    }
    // Nothing found is recorded as well, and so is a count.
    assert_eq!(query(&["--actor", "nobody"]).status, Some(1));
    assert_eq!(last(&access, "log.read").resource["records"], 0);
    assert_eq!(query(&["--count"]).out, "1\n");
    // Another process may have that log open.
    let (layer, guard) = open(&journal);
    assert_eq!(query(&[]).status, Some(0));
    drop(layer);
    guard.shutdown(LONG).unwrap();
    let reads = all_records(&access).iter().filter(|record| record.event == "log.read").count();
    assert_eq!(reads, 4);
    assert!(all_records(&dir).iter().all(|record| record.event != "log.read"));
    let export = run(["export", text(&dir), "--format", "csv", "--record-access", text(&access)]);
    assert_eq!(export.status, Some(0), "{export:?}");
    assert_eq!(last(&access, "log.read").resource["command"], "export");
    let page = access.with_file_name("page.html");
    let report = ["report", text(&dir), "--output", text(&page), "--record-access"];
    let refused = run([&report[..], &["no-such-log"]].concat());
    assert_eq!((refused.status, page.exists()), (Some(3), false), "{refused:?}");
    let made = run([&report[..], &[text(&access)]].concat());
    assert_eq!((made.status, page.exists()), (Some(0), true), "{made:?}");
    assert_eq!(last(&access, "log.read").resource["command"], "report");
    let same = run(["query", text(&dir), "--record-access", text(&dir)]);
    assert_eq!((same.status, same.out.as_str()), (Some(3), ""), "{same:?}");
}

#[test]
fn what_is_given_as_an_argument_is_shown_and_not_obeyed() {
    for args in [
        &["query", "no\u{1b}[31msuch"][..],
        &["tail", "no\u{1b}[31msuch"],
        &["append", "no\u{1b}[31msuch", "a.b"],
        &["prune", "no\u{1b}[31msuch"],
        &["hold", "no\u{1b}[31msuch"],
        &["verify", "no\u{1b}[31msuch"],
        &["health", "no\u{1b}[31msuch"],
        &["mirror", "status", "no\u{1b}[31msuch"],
        &["no\u{1b}[31msuch"],
        &["query", "--outcome", "no\u{1b}[31msuch", "."],
        &["eventlog", "status", "no\u{1b}[31msuch"],
    ] {
        let ran = run(args);
        assert!(ran.status.is_some_and(|status| status > 0), "{ran:?}");
        assert!(!ran.err.contains('\u{1b}') && !ran.out.contains('\u{1b}'), "{ran:?}");
    }
}
