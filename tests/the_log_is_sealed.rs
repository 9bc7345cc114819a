//! A log is sealed while it is written: a signed checkpoint covers every record, and a seal every day file that
//! has ended, under a new key each day.
#![cfg(feature = "seal")]

#[path = "the_log_is_sealed/attacks_on_a_sealed_log_are_named.rs"]
mod attacks_on_a_sealed_log_are_named;
#[path = "the_log_is_sealed/off_and_on.rs"]
mod off_and_on;
#[path = "the_log_is_sealed/own_verification.rs"]
mod own_verification;
#[path = "the_log_is_sealed/signer.rs"]
mod signer;
mod support;
#[path = "the_log_is_sealed/two_histories_are_told_apart.rs"]
mod two_histories_are_told_apart;

use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;
use std::time::Duration;
use support::clock::{DAY, TestClock};
use support::{RuntimeLog, TEST_TYPES, TestLog, eventually};
use tracing_audit::read::{Level, Status, verify};
use tracing_audit::seal::{Checkpoint, Hash, SignedNote, VerifierKey};
use tracing_audit::{AuditGuard, AuditLayer, AuditLayerBuilder, Record};
use tracing_subscriber::prelude::*;

const LONG: Duration = Duration::from_secs(60);

/// RFC 6962, section 2.1.
fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256::digest([&[1][..], &root(left), &root(right)].concat()).into()
        }
    }
}

/// Returns the lines of all day files by their numbers.
fn lines(dir: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "log") {
            lines.extend(fs::read_to_string(path).unwrap().lines().map(str::to_owned));
        }
    }
    lines.sort_by_key(|line| Record::from_line(line.as_bytes()).unwrap().seq);
    lines
}

fn leaves(lines: &[String]) -> Vec<[u8; 32]> {
    lines.iter().map(|line| Sha256::digest([b"\0", line.as_bytes()].concat()).into()).collect()
}

fn note(path: &Path) -> SignedNote {
    fs::read_to_string(path).unwrap().parse().unwrap()
}

/// Returns the keys of all epochs: each certificate is signed by the key before.
fn keys(dir: &Path) -> Vec<VerifierKey> {
    let mut keys =
        vec![fs::read_to_string(dir.join("seal/log.vkey")).unwrap().parse::<VerifierKey>().unwrap()];
    for epoch in 2.. {
        let Ok(text) = fs::read_to_string(dir.join(format!("seal/key-{epoch:06}.vkey"))) else {
            break;
        };
        let note = text.parse::<SignedNote>().unwrap();
        note.verify(keys.last()).unwrap();
        keys.push(value(note.text(), "key").parse().unwrap());
    }
    keys
}

/// Returns the value of a line of a note.
fn value<'a>(text: &'a str, key: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).unwrap()
}

/// Checks that the newest checkpoint covers all records.
fn check(dir: &Path) -> Checkpoint {
    let note = note(&dir.join("seal/checkpoint"));
    note.verify(keys(dir).last()).unwrap();
    let checkpoint = note.text().parse::<Checkpoint>().unwrap();
    let lines = lines(dir);
    assert_eq!(checkpoint.size, lines.len() as u64);
    assert_eq!(checkpoint.root, Hash::from(root(&leaves(&lines))));
    is_intact(dir);
    checkpoint
}

/// Checks that a verifier who has the first key finds nothing.
fn is_intact(dir: &Path) {
    let verification = verify(dir).key(keys(dir)[0].clone()).run().unwrap();
    assert_eq!((verification.status(), verification.findings()), (Status::Intact, &[][..]), "{verification}");
    assert_eq!(verification.level(), Level::Authentic);
}

fn builder(log: &TestLog) -> AuditLayerBuilder {
    AuditLayer::builder(log.dir()).catalog(TEST_TYPES)
}

fn append(guard: &AuditGuard, count: usize) {
    for number in 0..count {
        guard.handle().append(Record::new("a.b").resource("number", number));
    }
}

#[test]
fn a_checkpoint_covers_every_record_of_a_closed_log() {
    let log = TestLog::new();
    for run in 1..=3 {
        let (_layer, guard) = builder(&log).open().unwrap();
        append(&guard, 100);
        guard.shutdown(LONG).unwrap();
        drop(_layer);
        let checkpoint = check(&log.dir());
        // log.opened, log.checkpoint and log.closed besides.
        assert_eq!(checkpoint.size, run * 103);
    }
    let records = log.all_records();
    let opened = records.iter().filter(|record| record.event == "log.opened").collect::<Vec<_>>();
    assert_eq!(opened[0].resource["base"], 0_u64);
    assert_eq!(opened[2].resource["sealed_until"], 206_u64);
    let said = records.iter().rfind(|record| record.event == "log.checkpoint").unwrap();
    let said = said.resource["checkpoint"].as_str().unwrap().parse::<SignedNote>().unwrap();
    said.verify(&keys(&log.dir())).unwrap();
    let said = said.text().parse::<Checkpoint>().unwrap();
    assert_eq!(said.root, Hash::from(root(&leaves(&lines(&log.dir())[..said.size as usize]))));
}

#[test]
fn each_day_file_that_has_ended_has_a_seal_and_each_day_a_key() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T23:59:00Z");
    for _ in 0..2 {
        // The clock jumps over whole days.
        let builder = builder(&log).clock(clock.clone()).heartbeat_interval(Duration::ZERO);
        let (_layer, guard) = builder.open().unwrap();
        for _ in 0..2 {
            append(&guard, 20);
            guard.handle().flush(LONG).unwrap();
            clock.pass(DAY);
        }
        append(&guard, 1);
        guard.shutdown(LONG).unwrap();
    }
    let dir = log.dir();
    check(&dir);
    let keys = keys(&dir);
    assert_eq!(keys.len(), 5);
    let (lines, mut end, mut prev) = (lines(&dir), 0, "none".to_owned());
    for day in 28..32 {
        let name = format!("audit-2026-05-{day}");
        let path = dir.join(format!("seal/{name}.seal"));
        let seal = note(&path);
        seal.verify(&keys).unwrap();
        let (text, file) = (seal.text(), fs::read(dir.join(format!("{name}.log"))).unwrap());
        let sha256 = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(text.contains(&format!("SHA256 ({name}.log) = {sha256}\n")), "{text}");
        assert_eq!(value(text, "bytes"), file.len().to_string());
        assert_eq!(value(text, "prev"), prev);
        let range =
            value(text, "range").split(' ').map(|number| number.parse().unwrap()).collect::<Vec<usize>>();
        assert_eq!(range[0], end);
        end = range[1];
        assert_eq!(value(text, "root"), Hash::from(root(&leaves(&lines[..end]))).to_string());
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() < 4096);
        prev = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let leaf = fs::read(dir.join(format!("seal/{name}.leaf"))).unwrap();
        assert_eq!(leaf, leaves(&lines[range[0]..end]).concat());
    }
    // The private key is that of the last epoch alone.
    let key = fs::read_to_string(dir.join(".state/seal.key")).unwrap();
    assert!(key.starts_with(&format!("PRIVATE+KEY+{}+{:08x}+", keys[4].name(), keys[4].hash())));
    assert!(!dir.join(".state/seal.key.next").exists());
}

#[test]
fn an_unsealed_log_has_no_seals_and_catches_up_when_it_is_sealed_again() {
    let log = TestLog::new();
    for is_sealed in [true, false, true] {
        let mut builder = builder(&log);
        if !is_sealed {
            builder = builder.unsealed();
        }
        let (layer, guard) = builder.open().unwrap();
        append(&guard, 10);
        guard.shutdown(LONG).unwrap();
        drop(layer);
    }
    check(&log.dir());
    let never = TestLog::new();
    let (layer, guard) = builder(&never).unsealed().open().unwrap();
    append(&guard, 10);
    assert!(guard.handle().stats().seal.is_none());
    drop((guard, layer));
    assert!(!never.dir().join("seal").exists());
}

/// The leaves of a day that has no seal stay when it is pruned: without them, nothing would show of the next day that
/// it was sealed together with them.
#[test]
fn a_day_that_is_pruned_while_the_log_is_unsealed_does_not_spoil_the_next_one() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    for is_sealed in [true, false, true] {
        let mut builder = builder(&log).clock(clock.clone()).retention_days(2);
        if !is_sealed {
            builder = builder.unsealed();
        }
        let (layer, guard) = builder.open().unwrap();
        append(&guard, 10);
        let is_pruned = || !log.dir().join("audit-2026-05-28.log").exists();
        eventually("the first day is pruned", || is_sealed || is_pruned());
        guard.shutdown(LONG).unwrap();
        drop(layer);
        clock.pass(3 * DAY);
    }
    is_intact(&log.dir());
    assert!(!log.dir().join("seal/audit-2026-05-28.seal").exists());
}

#[test]
fn a_lost_key_begins_another_origin_over_the_same_tree() {
    let log = TestLog::new();
    let (layer, guard) = builder(&log).open().unwrap();
    append(&guard, 10);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    let before = check(&log.dir());
    fs::remove_file(log.dir().join(".state/seal.key")).unwrap();
    let (layer, guard) = builder(&log).open().unwrap();
    append(&guard, 10);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    let dir = log.dir();
    let certificate = note(&dir.join("seal/key-000002.vkey"));
    let key = value(certificate.text(), "key").parse::<VerifierKey>().unwrap();
    certificate.verify([&key]).unwrap();
    assert!(value(certificate.text(), "restarted").contains("seal.key"));
    let checkpoint = note(&dir.join("seal/checkpoint"));
    checkpoint.verify([&key]).unwrap();
    let checkpoint = checkpoint.text().parse::<Checkpoint>().unwrap();
    assert_eq!(checkpoint.origin, format!("{}/2", before.origin));
    assert_eq!(checkpoint.root, Hash::from(root(&leaves(&lines(&dir)))));
    let records = log.all_records();
    let restarted = records.iter().find(|record| record.event == "log.seal_restarted").unwrap();
    assert_eq!(restarted.resource["old_origin"], before.origin.as_str());
}

#[test]
fn a_key_in_the_directory_is_said_once() {
    let (log, runtime) = (TestLog::new(), RuntimeLog::default());
    let elsewhere = tempfile::tempdir().unwrap();
    let key_lines =
        || runtime.all_lines().into_iter().filter(|line| line.contains("the key that seals")).count();
    for run in 0..2 {
        let (layer, guard) = builder(&log).open().unwrap();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        tracing::subscriber::with_default(subscriber, || {
            append(&guard, 1);
            guard.shutdown(LONG).unwrap();
            support::eventually("the line", || run == 1 || key_lines() == 1);
        });
    }
    let (layer, guard) = builder(&TestLog::new()).seal_key(elsewhere.path().join("key")).open().unwrap();
    let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
    tracing::subscriber::with_default(subscriber, || guard.shutdown(LONG).unwrap());
    assert_eq!(key_lines(), 1);
}

#[test]
fn files_of_before_are_adopted_and_those_of_after_are_sealed() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    for _ in 0..2 {
        let (_layer, guard) = builder(&log).clock(clock.clone()).unsealed().open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    }
    let (layer, guard) = builder(&log).clock(clock.clone()).open().unwrap();
    append(&guard, 5);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    let records = log.all_records();
    let adopted = records.iter().filter(|record| record.event == "log.adopted").collect::<Vec<_>>();
    let files = adopted.iter().map(|record| record.resource["file"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(files, ["audit-2026-05-28.log", "audit-2026-05-29.log"]);
    let opened = records.iter().rfind(|record| record.event == "log.opened").unwrap();
    assert_eq!(opened.resource["base"], opened.seq.unwrap());
    is_intact(&log.dir());
}

#[test]
fn a_key_elsewhere_leaves_none_in_the_directory_and_a_hand_over_is_finished_from_each_step() {
    let log = TestLog::new();
    let keys_dir = tempfile::tempdir().unwrap();
    let key = keys_dir.path().join("seal.key");
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    let run = || {
        let (_layer, guard) = builder(&log).clock(clock.clone()).seal_key(&key).open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
    };
    run();
    let old = fs::read(&key).unwrap();
    clock.pass(DAY);
    run();
    assert!(!log.dir().join(".state/seal.key").exists());
    assert_eq!(keys(&log.dir()).len(), 2);
    is_intact(&log.dir());
    // As a crash may leave it: certified, and not in its place.
    let next = keys_dir.path().join("seal.key.next");
    fs::rename(&key, &next).unwrap();
    fs::write(&key, &old).unwrap();
    run();
    assert_eq!(keys(&log.dir()).len(), 2);
    fs::rename(&key, &next).unwrap();
    run();
    assert_eq!(keys(&log.dir()).len(), 2);
    // Made, and not certified.
    fs::write(&next, old).unwrap();
    run();
    assert!(!next.exists());
    assert_eq!(keys(&log.dir()).len(), 2);
    is_intact(&log.dir());
    assert!(log.all_records().iter().all(|record| record.event != "log.seal_restarted"));
}

/// The key is lost while the log is closed, and a day ends: its seal is the first thing that the new key signs.
#[test]
fn a_key_that_is_lost_overnight_leaves_no_finding_once_the_new_one_is_pinned() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    let run = || {
        let (_layer, guard) = builder(&log).clock(clock.clone()).open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    };
    run();
    let dir = log.dir();
    fs::remove_file(dir.join(".state/seal.key")).unwrap();
    (0..3).for_each(|_| run());
    let first = fs::read_to_string(dir.join("seal/log.vkey")).unwrap().parse::<VerifierKey>().unwrap();
    let verification = verify(&dir).key(first.clone()).run().unwrap();
    assert_eq!(verification.status(), Status::Incomplete, "{verification}");
    let restarted = note(&dir.join("seal/key-000002.vkey"));
    let restarted = value(restarted.text(), "key").parse::<VerifierKey>().unwrap();
    let verification = verify(&dir).key(first).key(restarted).run().unwrap();
    assert_eq!(verification.findings(), [], "{verification}");
}

/// Something stands where the next key, or the key itself, is to be written, until it is taken away.
#[test]
fn a_hand_over_that_fails_is_made_later() {
    for blocked in ["seal.key.next", "seal.key"] {
        let (log, keys_dir) = (TestLog::new(), tempfile::tempdir().unwrap());
        let clock = TestClock::at("2026-05-28T12:00:00Z");
        let (key, blocked) = (keys_dir.path().join("seal.key"), keys_dir.path().join(blocked));
        let builder = || builder(&log).clock(clock.clone()).seal_key(&key).heartbeat_interval(Duration::ZERO);
        let (layer, guard) = builder().open().unwrap();
        append(&guard, 5);
        let sealing_fails = || guard.handle().stats().seal.unwrap().failing_since.is_some();
        support::eventually("the first checkpoint", || log.dir().join("seal/checkpoint").exists());
        let kept = fs::read(&blocked).ok();
        fs::remove_file(&blocked).unwrap_or(());
        fs::create_dir(&blocked).unwrap();
        clock.pass(DAY);
        append(&guard, 5);
        support::eventually("the failure", sealing_fails);
        fs::remove_dir(&blocked).unwrap();
        if let Some(kept) = kept {
            fs::write(&blocked, kept).unwrap();
        }
        support::eventually("the hand-over", || keys(&log.dir()).len() == 2 && !sealing_fails());
        let newest = keys(&log.dir()).remove(1);
        let in_place =
            || fs::read_to_string(&key).is_ok_and(|text| text.contains(&format!("+{:08x}+", newest.hash())));
        support::eventually("the new key in its place", in_place);
        clock.pass(DAY);
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
        drop(layer);
        assert_eq!(keys(&log.dir()).len(), 3);
        is_intact(&log.dir());
    }
}

/// By an attacker who can write to `.state`: a number that no record can have.
#[test]
fn a_position_that_can_t_be_true_keeps_no_log_from_being_opened() {
    let log = TestLog::new();
    let run = || {
        let (_layer, guard) = builder(&log).open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
    };
    run();
    let path = log.dir().join(".state/head");
    let head = fs::read_to_string(&path).unwrap();
    let slot = &head[..head.find(r#","crc32c""#).unwrap()];
    let base = slot.find(r#""base":0"#).unwrap();
    let forged = format!(r#"{}"base":{}{}"#, &slot[..base], u64::MAX - 5, &slot[base + 8..]);
    let forged = format!("{forged},\"crc32c\":\"{:08x}\"}}", crc32c::crc32c(forged.as_bytes()));
    fs::write(&path, forged).unwrap();
    run();
    let records = log.records();
    assert_eq!(records.len(), 10);
    assert!(records[9].seq < Some(100), "{}", records[9]);
}

/// With `.state` go the key, the position and the guard; what was signed is still in `seal`.
#[test]
fn a_log_whose_state_is_gone_goes_on_over_the_same_tree() {
    for days in [1, 3] {
        let log = TestLog::new();
        let clock = TestClock::at("2026-05-28T12:00:00Z");
        let run = |is_sealed: bool| {
            let mut builder = builder(&log).clock(clock.clone());
            if !is_sealed {
                builder = builder.unsealed();
            }
            let (_layer, guard) = builder.open().unwrap();
            append(&guard, 5);
            guard.shutdown(LONG).unwrap();
            clock.pass(DAY);
        };
        // So that the first leaf is not the first record.
        run(false);
        (0..days).for_each(|_| run(true));
        let dir = log.dir();
        fs::remove_dir_all(dir.join(".state")).unwrap();
        (0..2).for_each(|_| run(true));
        let records = log.all_records();
        assert!(records.iter().all(|record| record.event != "log.seal_mismatch"));
        assert_eq!(records.iter().filter(|record| record.event == "log.seal_restarted").count(), 1);
        let verification = verify(&dir).run().unwrap();
        assert_eq!(verification.status(), Status::Incomplete, "{verification}");
        assert!(verification.to_string().contains("key_untrusted"), "{verification}");
    }
}

#[test]
fn a_sealed_day_that_was_changed_is_kept_as_evidence() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    for _ in 0..3 {
        let (_layer, guard) = builder(&log).clock(clock.clone()).open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    }
    let changed = log.dir().join("audit-2026-05-28.log");
    let text = fs::read_to_string(&changed).unwrap();
    fs::write(&changed, text.replacen(r#""number":3"#, r#""number":4"#, 1)).unwrap();
    clock.pass(10 * DAY);
    let (_layer, guard) = builder(&log).clock(clock.clone()).retention_days(3).open().unwrap();
    guard.handle().prune().unwrap_err();
    assert!(changed.exists());
    assert!(!log.dir().join("audit-2026-05-29.log").exists());
    assert!(!log.dir().join("seal/audit-2026-05-29.leaf").exists());
    assert!(log.dir().join("seal/audit-2026-05-29.seal").exists());
    guard.shutdown(LONG).unwrap();
    let verification = verify(log.dir()).run().unwrap();
    assert_eq!(verification.status(), Status::Tampered);
    let finding = &verification.findings()[0];
    assert!(finding.to_string().contains("audit-2026-05-28.log"), "{finding}");
}

#[test]
fn a_sealed_day_that_is_missing_is_named_when_the_log_is_opened() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    let run = || {
        let (_layer, guard) = builder(&log).clock(clock.clone()).open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    };
    (0..4).for_each(|_| run());
    fs::remove_file(log.dir().join("audit-2026-05-29.log")).unwrap();
    (0..2).for_each(|_| run());
    let records = log.all_records();
    let lost = records.iter().filter(|record| record.event == "log.file_lost").collect::<Vec<_>>();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!(lost[0].resource["file"], "audit-2026-05-29.log");
    assert_eq!(verify(log.dir()).run().unwrap().status(), Status::Tampered);
}

#[test]
fn a_line_that_was_changed_is_not_signed_again_from_an_older_position() {
    let log = TestLog::new();
    let dir = log.dir();
    let (layer, guard) = builder(&log).open().unwrap();
    append(&guard, 10);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    let old_head = fs::read(dir.join(".state/head")).unwrap();
    let (layer, guard) = builder(&log).open().unwrap();
    append(&guard, 10);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    let checkpoint = fs::read(dir.join("seal/checkpoint")).unwrap();
    // By an attacker who can write to the directory and does not have the key.
    fs::write(dir.join(".state/head"), old_head).unwrap();
    let day_file = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    let day_file = day_file.into_iter().find(|path| path.extension().is_some_and(|it| it == "log")).unwrap();
    let text = fs::read_to_string(&day_file).unwrap();
    let at = text.rfind(r#""number":7"#).unwrap();
    let forged = format!("{}{}", &text[..at], text[at..].replacen(r#""number":7"#, r#""number":8"#, 1));
    fs::write(&day_file, forged).unwrap();
    let (layer, guard) = builder(&log).open().unwrap();
    append(&guard, 1);
    guard.shutdown(LONG).unwrap();
    drop(layer);
    assert_eq!(fs::read(dir.join("seal/checkpoint")).unwrap(), checkpoint);
    assert!(log.all_records().iter().any(|record| record.event == "log.seal_mismatch"));
}
