//! With dead letters, a record is put aside only if the receiver accepts others: an endpoint that
//! rejects everything empties no mirror. And dead letters can be delivered again.

use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{TEST_TYPES, TestLog, all_records, eventually};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, DeadLetterError, MirrorStats, Record};

const LONG: Duration = Duration::from_secs(60);

fn open(log: &TestLog, mirror: &TestMirror) -> AuditGuard {
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(5));
    builder.mirror("test", mirror.clone()).open().unwrap().1
}

fn emit(guard: &AuditGuard, count: u64) {
    for number in 0..count {
        guard.handle().append(Record::new("a.b").resource("number", number)).result().unwrap();
    }
}

fn stats(guard: &AuditGuard) -> MirrorStats {
    guard.handle().stats().mirrors.remove(0)
}

fn count(log: &TestLog, event: &str) -> usize {
    all_records(&log.dir()).iter().filter(|record| record.event == event).count()
}

fn dead_letters(log: &TestLog) -> Vec<u64> {
    let folder = log.dir().join(".state/dead_letters");
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let seq = |path| {
        let line = fs::read_to_string(path).unwrap();
        Record::from_line(line.trim_end().as_bytes()).unwrap().seq.unwrap()
    };
    let mut seqs = entries.map(|entry| seq(entry.unwrap().path())).collect::<Vec<_>>();
    seqs.sort_unstable();
    seqs
}

/// Guards against taking each record of a wrong endpoint for a bad one: within 9 seconds, 502 of 502
/// records were dead letters.
#[test]
fn that_rejects_everything_from_the_beginning() {
    let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
    let is_repaired = Arc::new(AtomicBool::new(false));
    let (repaired, mut is_wrong) = (Arc::clone(&is_repaired), true);
    mirror.behaves(move |seqs| {
        // Not while another record is tried in place of the first one.
        is_wrong &= !(repaired.load(Ordering::Relaxed) && seqs[0] == 0);
        if is_wrong { Answer::Refuse } else { Answer::Take }
    });
    let guard = open(&log, &mirror);
    emit(&guard, 500);
    // At once, and not after `alarm_after`, which is a minute.
    eventually("the alarm is raised", || count(&log, "log.mirror_failed") == 1);
    let error = stats(&guard).last_error.unwrap().error;
    assert!(error.contains("the endpoint may be wrong") && error.contains("not to my liking"), "{error}");
    let calls = mirror.calls();
    eventually("it is tried again", || mirror.calls() > calls);
    assert_eq!((stats(&guard).dead_letters, mirror.count()), (0, 0));

    is_repaired.store(true, Ordering::Relaxed);
    guard.shutdown(LONG).unwrap();
    assert!(dead_letters(&log).is_empty());
    open(&log, &mirror).shutdown(LONG).unwrap();
    assert_eq!(mirror.records(), log.all_records());
    assert_eq!((count(&log, "log.mirror_failed"), count(&log, "log.mirror_restored")), (1, 1));
}

/// Guards against a receiver that worked a moment ago, and was then replaced by a wrong one.
#[test]
fn that_rejects_everything_after_it_has_worked() {
    let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
    let guard = open(&log, &mirror);
    emit(&guard, 20);
    eventually("they are delivered", || mirror.count() == 21);
    mirror.behaves(|_| Answer::Refuse);
    emit(&guard, 500);
    eventually("the alarm is raised", || count(&log, "log.mirror_failed") == 1);
    assert_eq!(stats(&guard).dead_letters, 10);
    mirror.behaves(|_| Answer::Take);
    guard.shutdown(LONG).unwrap();
    assert_eq!(dead_letters(&log), (21..31).collect::<Vec<_>>());
    assert_eq!(count(&log, "log.dead_letter"), 10);
}

/// Guards against a lone record that is given up because nothing shows that it is at fault, and
/// against keeping it for ever.
#[test]
fn that_rejects_the_only_record_there_is() {
    let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
    mirror.behaves(|seqs| if seqs.contains(&0) { Answer::Refuse } else { Answer::Take });
    let guard = open(&log, &mirror);
    eventually("it is tried three times", || mirror.calls() >= 3);
    assert_eq!(stats(&guard).dead_letters, 0);
    emit(&guard, 1);
    eventually("the next record shows it", || stats(&guard).dead_letters == 1);
    eventually("and is delivered", || mirror.seqs() == [1]);
    guard.shutdown(LONG).unwrap();
    assert_eq!(dead_letters(&log), [0]);
    assert_eq!(mirror.seqs(), (1..log.all_records().len() as u64).collect::<Vec<_>>());
}

/// Guards against the search for an accepted record that delivers out of order or twice.
#[test]
fn some_rejected_records_at_the_beginning() {
    for bad in [1, 2, 9] {
        let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
        mirror.behaves(move |seqs| if seqs[0] < bad { Answer::Refuse } else { Answer::Take });
        let guard = open(&log, &mirror);
        emit(&guard, 30);
        guard.shutdown(LONG).unwrap();
        assert_eq!(dead_letters(&log), (0..bad).collect::<Vec<_>>());
        assert!(mirror.seqs().iter().copied().eq(bad..bad + mirror.count() as u64), "{:?}", mirror.seqs());
        assert!(mirror.count() >= 31 - bad as usize);
        assert_eq!(mirror.repeats(), 0);
    }
}

#[test]
fn dead_letters_are_delivered_again_by_a_call() {
    let (log, mirror) = (TestLog::new(), TestMirror::new().dead_letters());
    let bad = |seqs: &[u64]| seqs.iter().any(|seq| [5, 7, 8].contains(seq));
    mirror.behaves(move |seqs| if bad(seqs) { Answer::Refuse } else { Answer::Take });
    let guard = open(&log, &mirror);
    let handle = guard.handle();
    emit(&guard, 30);
    eventually("they are put aside", || stats(&guard).dead_letters == 3);

    let error = handle.deliver_dead_letters("other", LONG).unwrap_err();
    assert!(matches!(error, DeadLetterError::NoMirror { .. }), "{error}");
    let error = handle.deliver_dead_letters("test", LONG).unwrap_err();
    assert!(matches!(error, DeadLetterError::Undelivered { delivered: 0, left: 3, .. }), "{error}");
    assert!(error.to_string().contains("not to my liking"), "{error}");
    assert_eq!(dead_letters(&log), [5, 7, 8]);

    mirror.behaves(|seqs| if seqs.contains(&7) { Answer::Refuse } else { Answer::Take });
    let error = handle.deliver_dead_letters("test", LONG).unwrap_err();
    assert!(matches!(error, DeadLetterError::Undelivered { delivered: 2, left: 1, .. }), "{error}");
    assert_eq!(dead_letters(&log), [7]);

    mirror.behaves(|_| Answer::Take);
    assert_eq!(handle.deliver_dead_letters("test", LONG).unwrap(), 1);
    assert_eq!(handle.deliver_dead_letters("test", LONG).unwrap(), 0);
    assert!(dead_letters(&log).is_empty());
    drop(handle);
    guard.shutdown(LONG).unwrap();
    let mut all = mirror.seqs();
    assert_eq!(all.iter().filter(|seq| [5, 7, 8].contains(*seq)).count(), 3);
    all.sort_unstable();
    assert!(all.into_iter().eq(0..log.all_records().len() as u64));
}

/// Guards against a receiver that is slow, and gets the largest batch for ever.
#[test]
fn a_receiver_that_is_too_slow_for_a_batch_gets_smaller_ones_and_larger_ones_again() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let (most, largest) = (Arc::new(AtomicU64::new(3)), Arc::new(AtomicU64::new(0)));
    let (its_most, its_largest) = (Arc::clone(&most), Arc::clone(&largest));
    mirror.behaves(move |seqs| {
        if seqs.len() as u64 > its_most.load(Ordering::Relaxed) {
            return Answer::TimeOut;
        }
        its_largest.fetch_max(seqs.len() as u64, Ordering::Relaxed);
        Answer::Take
    });
    let guard = open(&log, &mirror);
    emit(&guard, 1000);
    eventually("it makes progress", || mirror.count() > 100);
    assert!(largest.load(Ordering::Relaxed) <= 3);
    most.store(u64::MAX, Ordering::Relaxed);
    emit(&guard, 2000);
    eventually("batches grow", || largest.load(Ordering::Relaxed) > 50);
    guard.shutdown(LONG).unwrap();
    assert_eq!(mirror.records(), log.all_records());
    assert_eq!(mirror.repeats(), 0);
}
