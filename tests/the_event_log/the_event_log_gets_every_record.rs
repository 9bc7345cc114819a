//! The Windows Event Log gets every record, in order, with its id, type and text, through failures and
//! restarts.
//!
//! The calls are intercepted in the import table of the program, because Wine has no event log. How a
//! real one shows the events is not tested here: `docs/windows.md`.
#![cfg(windows)]
#![allow(unsafe_code)]

use crate::event_log::calls::{Call, Calls, Report};
use crate::event_log::registry::{Source, unused_name};
use crate::support::{RuntimeLog, TestLog, eventually};
use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tracing_audit::event_log::{install_source, remove_source};
use tracing_audit::record::EventType;
use tracing_audit::{
    Actor, AuditConfig, AuditGuard, AuditLayer, AuditLayerBuilder, Catalog, Outcome, ReconfigureError, Record,
};
use tracing_subscriber::prelude::*;

const INFORMATION: u16 = 4;
const WARNING: u16 = 2;
const ACCESS_DENIED: u32 = 5;
const INVALID_HANDLE: u32 = 6;
const LOG_FILE_FULL: u32 = 1502;
const SERVER_UNAVAILABLE: u32 = 1722;
const INVALID_BOUND: u32 = 1734;

/// The length of the longest text, in UTF-16 units.
const LONGEST: usize = 31_839;

const TYPES: Catalog = Catalog::new(&[
    EventType::new("a.b", "A test has something to say.").free().id(200),
    EventType::new("a.c", "A test has something to say, without an id.").free(),
]);

fn builder(log: &TestLog, source: &str) -> AuditLayerBuilder {
    let builder =
        AuditLayer::builder(log.dir()).catalog(TYPES).sync_interval(Duration::from_millis(5)).unsealed();
    builder.event_log(source)
}

fn open(log: &TestLog, source: &Source) -> AuditGuard {
    builder(log, &source.0).open().unwrap().1
}

fn append(guard: &AuditGuard, record: Record) {
    guard.handle().append(record).result().unwrap();
}

fn emit(guard: &AuditGuard, count: u64) {
    for number in 0..count {
        append(guard, Record::new("a.b").resource("number", number));
    }
}

fn lines(log: &TestLog) -> Vec<String> {
    let files = crate::support::day_files(&log.dir());
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Asserts that exactly the records in the files were reported, in order, each once.
fn assert_complete(log: &TestLog, calls: &Calls) {
    let texts = calls.reports().into_iter().map(|report| report.strings.concat()).collect::<Vec<_>>();
    assert_eq!(texts, lines(log));
    calls.assert_in_order();
}

#[test]
fn every_argument_of_every_report_is_as_specified() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    let guard = open(&log, &source);
    append(
        &guard,
        Record::new("auth.failed")
            .user_sid("S-1-5-21-1")
            .resource("reason", "it is 14 %, so far")
            .outcome(Outcome::Success),
    );
    append(&guard, Record::new("auth.failed").resource("reason", "bad password").outcome(Outcome::Failure));
    append(&guard, Record::new("a.b").resource("tag", "ä漢😀"));
    append(&guard, Record::new("a.c").outcome(Outcome::Failure));
    append(&guard, Record::new("not.in.the.catalog"));
    append(&guard, Record::new("a.b").resource("nul", "a\0b"));
    append(&guard, Record::new("a.b").resource("inserts", "%1 fe80::1%12 %%13 %{S-1-1}"));
    append(&guard, Record::new("a.b").resource("long", "y".repeat(40_000)).outcome(Outcome::Failure));
    // The cut falls on each unit of a character.
    for before in 0..4 {
        append(&guard, Record::new("a.b").resource("long", "y".repeat(before) + &"😀".repeat(40_000)));
    }
    guard.shutdown(Duration::from_secs(30)).unwrap();

    let records = log.all_records();
    let lines = lines(&log);
    let reports = calls.reports();
    assert_eq!(reports.len(), records.len());
    let ids = [900, 105, 105, 200, 1000, 1000, 200, 200, 200, 200, 200, 200, 200, 901];
    for (at, ((report, record), line)) in reports.iter().zip(&records).zip(&lines).enumerate() {
        let failed = record.outcome == Outcome::Failure;
        let text = report.strings.concat();
        let wanted = Report {
            handle: reports[0].handle,
            kind: if failed { WARNING } else { INFORMATION },
            category: 0,
            id: ids[at],
            has_sid: false,
            strings: vec![text.clone()],
            data: Vec::new(),
        };
        assert_eq!(*report, wanted, "{record}");
        let seq = record.seq.unwrap();
        let note = format!(
            "seq {seq}, is in the audit log's day file of {}]",
            &record.ts.unwrap().to_string()[..10]
        );
        if units(line) > LONGEST {
            let cut = text.find(" … [cut: ").unwrap();
            assert!(line.starts_with(&text[..cut]));
            assert!(text.ends_with(&note), "{}", &text[cut..]);
            assert!((LONGEST - 1..=LONGEST).contains(&units(&text)));
        } else if record.resource.get("inserts").is_some() {
            // Windows would replace a `%` and what follows it.
            assert_eq!(
                text,
                line.replace("%%13", "\\u0025\\u002513").replace("%1", "\\u00251").replace("%{", "\\u0025{")
            );
            let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(json(&text), json(line));
        } else {
            assert_eq!(text, *line);
        }
    }
    assert_eq!(records[1].outcome, Outcome::Success);
    assert!(reports[6].strings[0].contains("a\\u0000b"), "{:?}", reports[6]);
    let longer = lines.iter().filter(|line| units(line) > LONGEST).count();
    assert_eq!(longer, 5);

    let all = calls.all();
    let opened = Call::Open { server: None, name: source.0.clone() };
    assert_eq!(all[0], (opened, None));
    assert_eq!(all.last().unwrap(), &(Call::Close { handle: reports[0].handle }, None));
    assert_eq!(all.len(), reports.len() + 2, "one handle serves all reports");
    calls.assert_in_order();
}

#[test]
fn what_fails_is_tried_again_and_nothing_is_lost_or_repeated() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    let mut number = 0;
    calls.behave(move |call| {
        number += 1;
        match (number, call) {
            (1, Call::Open { .. }) => Some(ACCESS_DENIED),
            (3, Call::Report(_)) => Some(ACCESS_DENIED),
            (12, Call::Report(_)) => Some(LOG_FILE_FULL),
            (20, Call::Report(_)) => Some(INVALID_HANDLE),
            (33, Call::Report(_)) => Some(SERVER_UNAVAILABLE),
            // A text of this length is not the reason.
            (41, Call::Report(_)) => Some(INVALID_BOUND),
            _ => None,
        }
    });
    let guard = open(&log, &source);
    emit(&guard, 100);
    // A shutdown does not wait for a mirror that fails.
    eventually("the events are reported", || calls.reports().len() > 100);
    guard.shutdown(Duration::from_secs(30)).unwrap();
    assert_complete(&log, &calls);
    let failed = calls.all().iter().filter_map(|(_, failed)| *failed).collect::<Vec<_>>();
    let wanted =
        [ACCESS_DENIED, ACCESS_DENIED, LOG_FILE_FULL, INVALID_HANDLE, SERVER_UNAVAILABLE, INVALID_BOUND];
    assert_eq!(failed, wanted);
    // After each failure there is a new handle.
    let opened = calls
        .all()
        .iter()
        .filter(|(call, failed)| matches!(call, Call::Open { .. }) && failed.is_none())
        .count();
    assert_eq!(opened, wanted.len());
}

#[test]
fn a_restart_goes_on_behind_the_last_record_that_was_reported() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    for error in [LOG_FILE_FULL, INVALID_HANDLE, ACCESS_DENIED] {
        let mut left = 17;
        calls.behave(move |call| match call {
            Call::Report(_) if left == 0 => Some(error),
            Call::Report(_) => {
                left -= 1;
                None
            }
            _ => None,
        });
        let guard = open(&log, &source);
        let before = calls.count();
        emit(&guard, 40);
        eventually("the mirror is stuck", || calls.count() == before + 17);
        let report = guard.shutdown(Duration::from_secs(30)).unwrap();
        let mirrors = &report.undelivered;
        assert_eq!((mirrors[0].mirror.as_str(), mirrors[0].from_seq), ("event_log", before as u64 + 17));
        let text = report.to_string();
        assert!(text.contains("could not report record") && text.contains(&source.0), "{text}");
    }
    calls.behave(|_| None);
    open(&log, &source).shutdown(Duration::from_secs(30)).unwrap();
    assert_complete(&log, &calls);
}

/// The variable with the file of reports, and the source, of a process that will be killed.
const VICTIM: &str = "TRACING_AUDIT_TEST_VICTIM";

/// Appends each report to a file, and makes every hundredth call fail.
fn keep_in(path: &Path) -> impl FnMut(&Call) -> Option<u32> + Send + use<> {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    let mut number = 0;
    move |call| {
        number += 1;
        match call {
            Call::Report(_) if number % 100 == 0 => Some(SERVER_UNAVAILABLE),
            Call::Report(report) => {
                file.write_all(format!("{}\n", report.strings[0]).as_bytes()).unwrap();
                None
            }
            _ => None,
        }
    }
}

/// Not a test, but the process that is killed: it records and reports without end.
#[test]
fn victim() {
    let Ok(settings) = std::env::var(VICTIM) else {
        return;
    };
    let (folder, source) = settings.split_once('|').unwrap();
    let calls = Calls::taken();
    calls.behave(keep_in(&Path::new(folder).join("reported")));
    let builder = AuditLayer::builder(Path::new(folder).join("audit")).catalog(TYPES);
    let (_, guard) = builder.sync_interval(Duration::from_millis(5)).event_log(source).open().unwrap();
    for number in 0_u64.. {
        append(&guard, Record::new("a.b").resource("number", number));
        std::thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn a_process_that_is_killed_keeps_no_record_from_the_event_log() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    let folder = log.dir().parent().unwrap().to_owned();
    let reported = folder.join("reported");
    let count = || fs::read_to_string(&reported).unwrap_or_default().lines().count();
    for round in 0..10 {
        let before = count();
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["the_event_log_gets_every_record::victim", "--exact", "--nocapture"])
            .env(VICTIM, format!("{}|{}", folder.display(), source.0))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        eventually("it has reported records", || count() > before + 7 * round);
        // On Windows this is `TerminateProcess`.
        victim.kill().unwrap();
        victim.wait().unwrap();
    }
    calls.behave(keep_in(&reported));
    open(&log, &source).shutdown(Duration::from_secs(30)).unwrap();
    calls.assert_in_order();

    let mut first = Vec::<String>::new();
    let (mut seen, mut repeats) = (HashSet::new(), 0);
    for line in fs::read_to_string(&reported).unwrap().lines() {
        if seen.insert(line.to_owned()) {
            first.push(line.to_owned());
        } else {
            repeats += 1;
        }
    }
    // Repeats are identical; otherwise the set would contain both.
    assert!(first == lines(&log), "{} reported, {} in the files", first.len(), lines(&log).len());
    println!("{} records, {repeats} of them reported once more", first.len());
}

#[test]
fn a_windows_that_takes_less_than_it_says_gets_less() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    calls.behave(|call| match call {
        Call::Report(report) if units(&report.strings[0]) > 10_000 => Some(INVALID_BOUND),
        _ => None,
    });
    let guard = open(&log, &source);
    append(&guard, Record::new("a.b").resource("long", "😀".repeat(10_000)));
    emit(&guard, 3);
    guard.shutdown(Duration::from_secs(30)).unwrap();
    let reports = calls.reports();
    assert_eq!(reports.len(), lines(&log).len());
    let text = &reports[1].strings[0];
    assert!(
        (7_000..8_000).contains(&units(text)) && text.contains("the whole record, with seq 1,"),
        "{text}"
    );
    calls.assert_in_order();
}

#[test]
fn without_the_source_nothing_is_reported_until_it_is_there() {
    let calls = Calls::taken();
    let (log, runtime) = (TestLog::new(), RuntimeLog::default());
    let name = unused_name();
    let (layer, guard) = builder(&log, &name).alarm_after(Duration::from_millis(50)).open().unwrap();
    let stack = tracing_subscriber::registry().with(runtime.clone()).with(layer).set_default();
    tracing_audit::audit!("a.b");
    let warned = |what: &str| {
        runtime.lines().iter().any(|line| {
            let line = line.replace("\\\"", "\"");
            line.starts_with("WARN tracing_audit")
                && line.contains(what)
                && line.contains(&format!("the Windows Event Log source `{name}` is not registered"))
                && line.contains(&format!("--install \"{name}\"`"))
                && line.contains("an administrator must run")
        })
    };
    eventually("the runtime log is warned", || {
        tracing_audit::audit!("a.b");
        warned("the mirror `event_log` can't deliver at present")
    });
    eventually("the log has recorded the failure", || {
        log.all_records().iter().any(|record| {
            record.event == "log.mirror_failed"
                && record.resource["mirror"] == "event_log"
                && record.resource["error"].as_str().unwrap().contains("is not registered")
        })
    });
    emit(&guard, 10);
    let stats = guard.handle().stats();
    assert_eq!((stats.refused, stats.mirrors[0].delivered_seq), (0, None));
    assert_eq!(calls.all(), []);

    install_source(&name).unwrap();
    let _source = Source(name.clone());
    eventually("all records are reported", || calls.count() >= 13);
    guard.shutdown(Duration::from_secs(30)).unwrap();
    drop(stack);
    assert_complete(&log, &calls);
}

#[test]
fn when_the_source_is_removed_the_reports_stop_and_go_on_when_it_is_back() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    let guard = open(&log, &source);
    emit(&guard, 10);
    eventually("the records are reported", || calls.count() == 11);
    remove_source(&source.0).unwrap();
    emit(&guard, 10);
    let failing = || guard.handle().stats().mirrors[0].failing_since.is_some();
    eventually("a delivery fails", failing);
    assert_eq!(calls.count(), 11);
    calls.assert_in_order();
    install_source(&source.0).unwrap();
    eventually("the others are reported", || calls.count() == 21);
    guard.shutdown(Duration::from_secs(30)).unwrap();
    assert_complete(&log, &calls);
}

#[test]
fn a_source_that_is_not_of_this_kind_is_not_used() {
    let calls = Calls::taken();
    let (log, name) = (TestLog::new(), unused_name());
    let logs = windows_registry::LOCAL_MACHINE
        .options()
        .read()
        .write()
        .open(crate::event_log::registry::LOGS)
        .unwrap();
    let key = logs.create(format!(r"Application\{name}")).unwrap();
    key.set_string("EventMessageFile", r"C:\other.dll").unwrap();
    let guard = builder(&log, &name).open().unwrap().1;
    emit(&guard, 3);
    let error = guard.shutdown(Duration::from_secs(30)).unwrap().to_string();
    assert!(error.contains("is taken") && error.contains(r"C:\other.dll"), "{error}");
    assert_eq!(calls.all(), []);
    logs.remove_tree(format!(r"Application\{name}")).unwrap();
}

#[test]
fn a_name_that_cannot_be_one_is_a_warning_and_the_log_goes_on() {
    let calls = Calls::taken();
    for name in ["", "a\\b", "Application"] {
        let log = TestLog::new();
        let guard = builder(&log, name).open().unwrap().1;
        emit(&guard, 3);
        let error = guard.shutdown(Duration::from_secs(30)).unwrap().to_string();
        assert!(error.contains("can't be the name of a Windows Event Log source"), "{error}");
        assert_eq!(log.records().len(), 3);
    }
    assert_eq!(calls.all(), []);
}

#[test]
fn it_begins_and_ends_while_the_log_is_open_and_repeats_nothing() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    let mut config = AuditConfig::new(log.dir());
    let guard = AuditLayer::builder_with(&config).catalog(TYPES).open().unwrap().1;
    emit(&guard, 5);
    assert!(guard.handle().stats().mirrors.is_empty());

    config.event_log_enabled = true;
    config.event_log_source = Some(unused_name());
    let error = guard.handle().reconfigure(&config).unwrap_err();
    assert!(matches!(error, ReconfigureError::Mirror { .. }), "{error:?}");
    assert!(guard.handle().stats().mirrors.is_empty(), "the settings are unchanged");

    config.event_log_source = Some(source.0.clone());
    guard.handle().reconfigure(&config).unwrap();
    guard.handle().reconfigure(&config).unwrap();
    eventually("the existing records are reported", || calls.count() == 7);
    config.event_log_enabled = false;
    guard.handle().reconfigure(&config).unwrap();
    emit(&guard, 5);
    config.event_log_enabled = true;
    guard.handle().reconfigure(&config).unwrap();
    guard.shutdown(Duration::from_secs(30)).unwrap();
    assert_complete(&log, &calls);
    let changed = log.all_records().into_iter().filter(|record| record.event == "log.config_changed");
    let changed = changed.map(|record| record.resource["event_log_source"].to_string()).collect::<Vec<_>>();
    assert_eq!(changed.len(), 3);
    assert!(changed.iter().all(|change| change.contains(&source.0)), "{changed:?}");
}

#[test]
fn the_ids_are_those_of_the_catalog_that_the_log_has_by_then() {
    let calls = Calls::taken();
    let (log, source) = (TestLog::new(), Source::installed());
    let guard = open(&log, &source);
    append(&guard, Record::new("a.c"));
    eventually("the record is reported", || calls.count() == 2);
    guard.handle().replace_catalog([EventType::new("a.c", "It has an id now.").id(321)]).unwrap();
    append(&guard, Record::new("a.c"));
    append(&guard, Record::new("a.b"));
    guard.shutdown(Duration::from_secs(30)).unwrap();
    let ids = calls.reports().iter().map(|report| report.id).collect::<Vec<_>>();
    assert_eq!(ids, [900, 1000, 909, 321, 1000, 901]);
    assert_complete(&log, &calls);
}

#[test]
fn the_default_source_is_named_like_the_program() {
    let calls = Calls::taken();
    let program = std::env::current_exe().unwrap().file_stem().unwrap().to_string_lossy().into_owned();
    install_source(&program).unwrap();
    let source = Source(program);
    let log = TestLog::new();
    let mut config = AuditConfig::new(log.dir());
    config.event_log_enabled = true;
    let guard = AuditLayer::from_config(&config).unwrap().1;
    guard.handle().append(Record::new("settings.changed").actor(Actor::current_user())).result().unwrap();
    guard.shutdown(Duration::from_secs(30)).unwrap();
    assert_eq!(calls.all()[0].0, Call::Open { server: None, name: source.0.clone() });
    assert_complete(&log, &calls);
    assert!(log.records()[0].actor.user_sid.as_deref().unwrap().starts_with("S-1-"));
}
