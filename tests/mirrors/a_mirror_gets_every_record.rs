//! Each mirror gets each record, in order, at least once, and identical to the byte if it is repeated:
//! through rejections, restarts and changes of the day.

use crate::support::clock::TestClock;
use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{RuntimeLog, TEST_TYPES, TestLog, all_records, eventually};
use std::fs;
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, AuditLayerBuilder, Outcome, Record, audit};
use tracing_subscriber::prelude::*;

/// Longer than any test waits for a mirror that fails.
const LONG: Duration = Duration::from_secs(3600);

fn builder(log: &TestLog, mirror: &TestMirror) -> AuditLayerBuilder {
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(5));
    builder.mirror("test", mirror.clone())
}

fn open(log: &TestLog, mirror: &TestMirror) -> AuditGuard {
    builder(log, mirror).open().unwrap().1
}

fn emit(guard: &AuditGuard, count: u64) {
    for number in 0..count {
        guard.handle().append(Record::new("a.b").resource("number", number)).result().unwrap();
    }
}

/// Asserts that exactly the records in the files have arrived, in order.
fn assert_complete(log: &TestLog, mirror: &TestMirror) {
    let in_files = log.all_records();
    let arrived = mirror.records();
    assert_eq!(arrived.len(), in_files.len());
    assert!(arrived == in_files, "the records that arrived are those in the files");
    assert!(mirror.seqs().is_sorted());
}

#[test]
fn all_records_arrive_once_and_in_order() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let guard = open(&log, &mirror);
    emit(&guard, 5000);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &mirror);
    assert_eq!(mirror.repeats(), 0);
}

#[test]
fn a_restart_continues_at_the_cursor() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    for round in 0..5 {
        let guard = open(&log, &mirror);
        emit(&guard, 100 * round);
        guard.shutdown(Duration::from_secs(10)).unwrap();
        assert_complete(&log, &mirror);
    }
    assert_eq!(mirror.repeats(), 0, "no record before the cursor is repeated");
}

#[test]
fn undelivered_records_are_reported_and_delivered_after_the_next_start() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|_| Answer::Fail);
    let guard = open(&log, &mirror);
    emit(&guard, 50);
    let report = guard.shutdown(LONG).unwrap();
    let (mirrors, all) = (&report.undelivered, log.all_records().len() as u64);
    assert_eq!((mirrors[0].mirror.as_str(), mirrors[0].records, mirrors[0].from_seq), ("test", all, 0));
    let text = report.to_string();
    assert!(text.contains(&format!("`test` has not delivered {all} records, from number 0 on")), "{text}");
    assert!(text.contains("the receiver is away"), "{text}");

    mirror.behaves(|_| Answer::Take);
    open(&log, &mirror).shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &mirror);
}

/// Guards against an application that does not end because a receiver is away: the whole time is not
/// waited for, and the records are no error.
#[test]
fn a_mirror_that_fails_takes_one_more_attempt_at_the_end_and_not_the_whole_time() {
    // The last one demands a pause that is not waited for either.
    let answers: [fn() -> Answer; 5] = [
        || Answer::Fail,
        || Answer::Panic,
        || Answer::TimeOut,
        || Answer::Refuse,
        || Answer::FailAndWait(Duration::from_secs(3600)),
    ];
    for answer in answers {
        for is_failing in [false, true] {
            let (log, mirror, runtime) = (TestLog::new(), TestMirror::new(), RuntimeLog::default());
            mirror.behaves(move |_| answer());
            let (layer, guard) = builder(&log, &mirror).open().unwrap();
            let dispatch =
                tracing::Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime.clone()));
            tracing::dispatcher::with_default(&dispatch, || audit!("a.b").result().unwrap());
            if is_failing {
                let handle = guard.handle();
                eventually("it fails", || handle.stats().mirrors[0].failing_since.is_some());
            }
            let report = guard.shutdown(LONG).unwrap();
            let all = log.all_records().len() as u64;
            assert_eq!((report.undelivered[0].records, report.undelivered[0].from_seq), (all, 0), "{report}");
            let warned = || {
                let lines = runtime.lines();
                lines.iter().filter(|line| line.contains("undelivered records are delivered when")).count()
            };
            eventually("there is a warning", || warned() > 0);
            assert_eq!(warned(), 1, "{:?}", runtime.lines());
            drop(dispatch);
            mirror.behaves(|_| Answer::Take);
            open(&log, &mirror).shutdown(LONG).unwrap();
            assert_complete(&log, &mirror);
        }
    }
}

/// Guards against records that wait for the next start because of one refused connection.
#[test]
fn a_mirror_that_fails_once_at_the_end_is_tried_again() {
    for is_failing in [false, true] {
        let (log, mirror) = (TestLog::new(), TestMirror::new());
        let mut has_failed = false;
        mirror.behaves(move |_| match std::mem::replace(&mut has_failed, true) {
            // The pause is over when the log is closed.
            false if is_failing => Answer::FailAndWait(Duration::from_secs(3600)),
            false => Answer::Fail,
            true => Answer::Take,
        });
        let guard = open(&log, &mirror);
        if is_failing {
            eventually("it fails", || guard.handle().stats().mirrors[0].failing_since.is_some());
        }
        emit(&guard, 20);
        let report = guard.shutdown(LONG).unwrap();
        assert!(report.undelivered.is_empty(), "{report}");
        assert_complete(&log, &mirror);
    }
}

#[test]
fn an_existing_log_is_delivered_from_its_beginning() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let (_, guard) = log.open();
    emit(&guard, 20);
    drop(guard);
    open(&log, &mirror).shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &mirror);
    assert_eq!(mirror.seqs()[0], 0);
}

#[test]
fn a_failed_delivery_is_repeated() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let mut call = 0;
    mirror.behaves(move |_| {
        call += 1;
        match call {
            1 => Answer::Fail,
            2 => Answer::Panic,
            3 => Answer::TakeAndFail,
            4 => Answer::FailAndWait(Duration::from_millis(1)),
            _ => Answer::Take,
        }
    });
    let guard = open(&log, &mirror);
    emit(&guard, 50);
    eventually("four attempts have failed", || mirror.calls() > 4);
    guard.shutdown(Duration::from_secs(30)).unwrap();
    assert_complete(&log, &mirror);
    assert!(mirror.repeats() > 0, "records that had arrived were sent again");
}

#[test]
fn records_delivered_before_a_failure_are_not_repeated() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|seqs| match seqs {
        // A single record does not hold up the others.
        [alone] if *alone < 20 => Answer::Take,
        _ => Answer::FailAfter(7.min(seqs.len() - 1)),
    });
    let guard = open(&log, &mirror);
    emit(&guard, 300);
    eventually("some were delivered", || mirror.count() >= 14);
    let mirrors = guard.shutdown(Duration::from_secs(2)).unwrap().undelivered;
    assert!((14..=mirror.count() as u64).contains(&mirrors[0].from_seq));

    // The same after a restart.
    let mut call = 0;
    mirror.behaves(move |seqs| {
        call += 1;
        if call == 1 { Answer::FailAfter(1.min(seqs.len() - 1)) } else { Answer::Take }
    });
    open(&log, &mirror).shutdown(Duration::from_secs(30)).unwrap();
    assert_complete(&log, &mirror);
    assert_eq!(mirror.repeats(), 0);
}

#[test]
fn a_failure_after_all_records_repeats_the_last_one() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let mut call = 0;
    mirror.behaves(move |_| {
        call += 1;
        if call <= 2 { Answer::FailAfter(usize::MAX) } else { Answer::Take }
    });
    let guard = open(&log, &mirror);
    emit(&guard, 20);
    eventually("two attempts have failed", || mirror.calls() > 2);
    guard.shutdown(Duration::from_secs(30)).unwrap();
    assert_complete(&log, &mirror);
    assert!((1..=2).contains(&mirror.repeats()));
}

#[test]
fn only_the_rejected_record_behind_delivered_ones_becomes_a_dead_letter() {
    let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
    mirror.behaves(|seqs| match seqs.iter().position(|seq| [7, 8].contains(seq)) {
        Some(at) => Answer::RefuseAfter(at),
        None => Answer::Take,
    });
    let guard = open(&log, &mirror);
    emit(&guard, 30);
    eventually("both are dead letters", || guard.handle().stats().mirrors[0].dead_letters == 2);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let all = log.all_records();
    let wanted = all.iter().filter_map(|record| record.seq).filter(|seq| ![7, 8].contains(seq));
    assert_eq!(mirror.seqs(), wanted.collect::<Vec<_>>());
    assert_eq!(mirror.repeats(), 0);
}

#[test]
fn a_rejected_batch_is_halved() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|seqs| if seqs.len() > 7 { Answer::Refuse } else { Answer::Take });
    let guard = open(&log, &mirror);
    emit(&guard, 300);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &mirror);
    assert!(mirror.largest() > 7);
}

#[test]
fn a_rejected_record_is_kept_and_so_are_those_behind_it() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|seqs| if seqs.contains(&7) { Answer::Refuse } else { Answer::Take });
    let guard = open(&log, &mirror);
    emit(&guard, 30);
    eventually("the mirror is stuck", || mirror.count() == 7);
    let report = guard.shutdown(LONG).unwrap();
    assert!(report.to_string().contains("from number 7 on"), "{report}");
    assert_eq!(mirror.seqs(), (0..7).collect::<Vec<_>>());
    assert!(!log.dir().join(".state/dead_letters").exists());

    mirror.behaves(|_| Answer::Take);
    open(&log, &mirror).shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &mirror);
}

#[test]
fn a_rejected_record_becomes_a_dead_letter_if_that_is_set() {
    let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
    mirror.behaves(|seqs| {
        if seqs.iter().any(|seq| [0, 7, 8].contains(seq)) { Answer::Refuse } else { Answer::Take }
    });
    let guard = open(&log, &mirror);
    emit(&guard, 30);
    eventually("all records were tried", || guard.handle().stats().mirrors[0].dead_letters == 3);
    guard.shutdown(Duration::from_secs(10)).unwrap();

    let all = log.all_records();
    let wanted = all.iter().filter_map(|record| record.seq).filter(|seq| ![0, 7, 8].contains(seq));
    assert_eq!(mirror.seqs(), wanted.collect::<Vec<_>>());
    let letters = all.iter().filter(|record| record.event == "log.dead_letter").collect::<Vec<_>>();
    // `log.opened` is a control record: it has a file, but no `log.dead_letter`, which might be
    // rejected, too.
    assert_eq!(letters.len(), 2);
    for (letter, seq) in letters.iter().zip([7, 8]) {
        assert_eq!(letter.outcome, Outcome::Failure);
        assert_eq!(letter.resource["mirror"], "test");
        assert_eq!(letter.resource["record_seq"], seq);
        assert!(letter.resource["error"].as_str().unwrap().contains("not to my liking"));
        let kept = fs::read_to_string(log.dir().join(letter.resource["kept_in"].as_str().unwrap())).unwrap();
        assert_eq!(Record::from_line(kept.trim_end().as_bytes()).unwrap(), all[seq as usize]);
    }
    assert_eq!(fs::read_dir(log.dir().join(".state/dead_letters")).unwrap().count(), 3);
}

#[test]
fn a_receiver_that_rejects_everything_raises_the_alarm() {
    let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
    mirror.behaves(|_| Answer::Refuse);
    let guard = builder(&log, &mirror).alarm_after(Duration::from_millis(500)).open().unwrap().1;
    let count = |name: &str| all_records(&log.dir()).iter().filter(|record| record.event == name).count();
    eventually("the failure is recorded", || {
        emit(&guard, 1);
        count("log.mirror_failed") == 1
    });
    assert_eq!(count("log.mirror_restored"), 0);
    assert!(guard.handle().stats().mirrors[0].failing_since.is_some());
    mirror.behaves(|_| Answer::Take);
    emit(&guard, 1);
    eventually("the recovery is recorded", || count("log.mirror_restored") == 1);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_eq!(count("log.mirror_failed"), 1);
}

#[test]
fn discarded_records_are_counted_and_not_repeated() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|seqs| Answer::TakeBut(u64::from(seqs.contains(&3))));
    let guard = open(&log, &mirror);
    emit(&guard, 10);
    eventually("all records were tried", || guard.handle().stats().mirrors[0].delivered_seq == Some(10));
    let stats = guard.handle().stats();
    assert_eq!((stats.mirrors[0].rejected, stats.mirrors[0].behind_records), (1, 0));
    guard.shutdown(Duration::from_secs(10)).unwrap();
}

#[test]
fn all_days_are_delivered() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let clock = TestClock::at("2026-05-28T23:59:59Z");
    let guard = builder(&log, &mirror).clock(clock.clone()).open().unwrap().1;
    for _ in 0..5 {
        emit(&guard, 20);
        clock.pass(24 * 3_600_000_000_000);
    }
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &mirror);
    assert!(crate::support::day_files(&log.dir()).len() >= 5);
}

#[test]
fn without_a_valid_cursor_delivery_starts_at_the_first_record() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let guard = open(&log, &mirror);
    emit(&guard, 20);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let cursor = log.dir().join(".state/cursors/test.json");
    let spoil: [&dyn Fn(); 3] =
        [&|| fs::remove_file(&cursor).unwrap(), &|| fs::write(&cursor, "{").unwrap(), &|| {
            let text = fs::read_to_string(&cursor).unwrap();
            let id = text.split('"').nth(5).unwrap().to_owned();
            fs::write(&cursor, text.replace(&id, &"0".repeat(32))).unwrap();
        }];
    for spoil in spoil {
        spoil();
        let (before, count) = (mirror.repeats(), mirror.count());
        open(&log, &mirror).shutdown(Duration::from_secs(10)).unwrap();
        assert_complete(&log, &mirror);
        assert_eq!(mirror.repeats() - before, count);
    }
}

#[test]
fn the_number_in_a_cursor_decides_over_its_offset() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let guard = open(&log, &mirror);
    emit(&guard, 20);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let cursor = log.dir().join(".state/cursors/test.json");
    let text = fs::read_to_string(&cursor).unwrap();
    let next_seq = format!("\"next_seq\":{}", log.all_records().len());
    for replaced in ["\"offset\":1,", "\"offset\":0,", "\"offset\":99999999,"] {
        let at = text.find("\"offset\"").unwrap();
        let end = at + text[at..].find(',').unwrap() + 1;
        let earlier = text.replace(&text[at..end], replaced).replace(&next_seq, "\"next_seq\":5");
        assert!(earlier.contains("\"next_seq\":5"), "{text}");
        fs::write(&cursor, earlier).unwrap();
        let before = mirror.repeats();
        open(&log, &mirror).shutdown(Duration::from_secs(10)).unwrap();
        assert_complete(&log, &mirror);
        assert!(mirror.repeats() - before >= 17);
    }
}

#[test]
fn a_cursor_beyond_the_end_is_reported_and_its_numbers_are_not_used_again() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let guard = open(&log, &mirror);
    emit(&guard, 20);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let had = mirror.count();
    // As after a disk that has lost data that it had acknowledged.
    for file in crate::support::day_files(&log.dir()) {
        let text = fs::read_to_string(&file).unwrap();
        let kept = text.lines().take(10).map(|line| format!("{line}\n")).collect::<String>();
        fs::write(&file, kept).unwrap();
    }
    for file in ["synced", "mark.json", "intake"] {
        fs::remove_file(log.dir().join(".state").join(file)).ok();
    }
    let guard = open(&log, &mirror);
    emit(&guard, 5);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let all = log.all_records();
    let lost = all.iter().find(|record| record.event == "log.file_lost").unwrap();
    assert_eq!(lost.resource["from_seq"], 10);
    assert_eq!(lost.resource["to_seq"], had as u64 - 1);
    let fresh = all.iter().filter_map(|record| record.seq).filter(|seq| *seq >= 10).collect::<Vec<_>>();
    assert!(fresh.iter().all(|seq| *seq >= had as u64), "{fresh:?}");
    assert_eq!(mirror.seqs(), (0..had as u64).chain(fresh).collect::<Vec<_>>());
}

#[test]
fn two_mirrors_do_not_wait_for_each_other() {
    let (log, up, down) = (TestLog::new(), TestMirror::new(), TestMirror::new());
    down.behaves(|_| Answer::Fail);
    let guard = builder(&log, &up).mirror("other", down.clone()).open().unwrap().1;
    emit(&guard, 100);
    let handle = guard.handle();
    eventually("one has all records", || up.count() == 101);
    eventually("the other one fails", || handle.stats().mirrors[1].failing_since.is_some());
    assert_eq!(down.count(), 0);
    let stats = handle.stats();
    let names = stats.mirrors.iter().map(|mirror| mirror.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["test", "other"]);
    assert_eq!(stats.mirrors[1].behind_records, 101);
    assert!(stats.mirrors[1].last_error.as_ref().unwrap().error.contains("the receiver is away"));
    down.behaves(|_| Answer::Take);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &up);
    assert_complete(&log, &down);
}

#[test]
fn a_failure_is_recorded_once_and_so_is_its_end() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|_| Answer::Fail);
    let alarming = || builder(&log, &mirror).alarm_after(Duration::from_millis(500)).open().unwrap().1;
    let guard = alarming();
    let events = |name: &str| {
        let mut records = all_records(&log.dir());
        records.retain(|record| record.event == name);
        records
    };
    emit(&guard, 10);
    eventually("the failure is recorded", || events("log.mirror_failed").len() == 1);
    assert_eq!(guard.shutdown(LONG).unwrap().undelivered.len(), 1);
    // The next process knows the failure from the cursor.
    let guard = alarming();
    emit(&guard, 10);
    let calls = mirror.calls();
    eventually("there are further attempts", || mirror.calls() >= calls + 2);
    let failed = events("log.mirror_failed");
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].outcome, Outcome::Failure);
    assert_eq!(failed[0].resource["mirror"], "test");
    assert_eq!(failed[0].resource["from_seq"], 0);
    let error = failed[0].resource["error"].as_str().unwrap();
    assert!(error.contains("the receiver is away"), "{error}");
    assert!(events("log.mirror_restored").is_empty());

    mirror.behaves(|_| Answer::Take);
    guard.shutdown(Duration::from_secs(30)).unwrap();
    open(&log, &mirror).shutdown(Duration::from_secs(10)).unwrap();
    let restored = events("log.mirror_restored");
    assert_eq!(restored.len(), 1);
    assert_eq!(restored[0].resource["since"], failed[0].resource["since"]);
    assert!(restored[0].resource["behind"].as_u64().unwrap() >= 22);
    assert!(restored[0].resource["seconds"].as_f64().unwrap() > 0.0);
    assert_complete(&log, &mirror);
}

#[test]
fn the_time_of_a_failure_counts_across_restarts() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|_| Answer::Fail);
    let after = Duration::from_secs(2);
    let recorded =
        || all_records(&log.dir()).iter().filter(|record| record.event == "log.mirror_failed").count();
    let mut runs = 0;
    while runs == 0 || recorded() == 0 {
        runs += 1;
        assert!(runs < 100, "the failure is recorded at last");
        let guard = builder(&log, &mirror).alarm_after(after).open().unwrap().1;
        let calls = mirror.calls();
        emit(&guard, 1);
        eventually("a delivery has failed", || mirror.calls() > calls);
        // Long before the alarm is due. Only an alarm of this instant may follow `log.closed`.
        drop(guard);
        let records = all_records(&log.dir());
        let behind = records.iter().rev().take_while(|record| record.event != "log.closed");
        assert!(behind.map(|record| record.event.as_str()).all(|event| event == "log.mirror_failed"));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(runs > 1);
}

#[test]
fn dropping_the_guard_does_not_wait_for_an_unreachable_receiver() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|_| Answer::FailAndWait(Duration::from_secs(3600)));
    let guard = open(&log, &mirror);
    emit(&guard, 10);
    eventually("a delivery has failed", || mirror.calls() > 0);
    drop(guard);
    assert!(mirror.calls() < 5);
    // The directory is not in use any more.
    mirror.behaves(|_| Answer::Take);
    open(&log, &mirror).shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &mirror);
}

#[test]
fn names_that_can_not_be_file_names_are_rejected() {
    let log = TestLog::new();
    let long = "x".repeat(65);
    for name in ["", "a/b", "..", "A", "otlp", "event_log", long.as_str()] {
        let error = AuditLayer::builder(log.dir()).mirror(name, TestMirror::new()).open().unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }
    let twice = AuditLayer::builder(log.dir()).mirror("x", TestMirror::new()).mirror("x", TestMirror::new());
    assert!(twice.open().unwrap_err().to_string().contains("another mirror has this name"));
}
