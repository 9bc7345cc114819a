//! A log that is written, sealed and handed over to other keys while it is verified.

use super::five_days::kinds;
use super::writer::Writer;
use crate::read::verify::{FindingKind, verify};
use crate::record::hex;
use sha2::{Digest as _, Sha256};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

#[test]
#[cfg_attr(windows, ignore = "its writer replaces files while they are read, which Windows refuses")]
fn a_log_that_is_written_meanwhile_has_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let mut writer = Writer::new(&dir, 0);
    writer.step = 1_000_000;
    writer.checkpoint();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                writer.events(round % 17);
                writer.checkpoint();
                if round % 5 == 0 {
                    let name = format!("audit-2026-11-20.{round}.log");
                    writer.next_file(&name, "2026-11-20");
                    writer.events(1);
                    writer.checkpoint();
                    if round % 20 == 0 {
                        writer.hand_over(None);
                    }
                }
            }
        });
        let pinned = super::writer::key(1, super::writer::ORIGIN).verifier();
        let mut before = 0;
        for _ in 0..20 {
            let found = verify(&dir).key(pinned.clone()).run();
            is_over.fetch_or(!found.as_ref().is_ok_and(|found| kinds(found).is_empty()), Ordering::Relaxed);
            let found = found.unwrap();
            assert_eq!(kinds(&found), [], "{found}");
            assert!(found.facts().size >= before);
            before = found.facts().size;
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

/// Files are pruned one after another, and sealed a moment later. `VERIFICATIONS` says how often the log is verified meanwhile.
#[test]
#[cfg_attr(windows, ignore = "its writer replaces files while they are read, which Windows refuses")]
fn a_log_that_is_pruned_meanwhile_has_no_finding() {
    let verifications = std::env::var("VERIFICATIONS").map_or(20, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let mut writer = Writer::new(&dir, 0);
    writer.step = 1_000_000;
    writer.checkpoint();
    let (is_over, verified) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut ended = std::collections::VecDeque::new();
            for round in 1_u64.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                // A few files are pruned in each verification.
                while round > 3 * verified.load(Ordering::Relaxed) + 6 && !is_over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                writer.events(3);
                let (before, next) = (writer.file.clone(), format!("audit-2026-11-20.{round}.log"));
                writer.next_file(&next, "2026-11-20");
                ended.push_back((before, writer.seq));
                writer.events(1);
                writer.checkpoint();
                if ended.len() > 3 {
                    let (oldest, end) = ended.pop_front().unwrap();
                    writer.prune_in_steps(&oldest, end, || {
                        std::thread::sleep(Duration::from_micros(700 * (round % 4)));
                    });
                }
            }
        });
        for _ in 0..verifications {
            let found = verify(&dir).run();
            is_over.fetch_or(!found.as_ref().is_ok_and(|found| kinds(found).is_empty()), Ordering::Relaxed);
            let found = found.unwrap();
            assert_eq!(kinds(&found), [], "{found}");
            verified.fetch_add(1, Ordering::Relaxed);
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_file_that_is_being_pruned_is_not_missing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let mut writer = Writer::new(dir, 0);
    let name = writer.file.clone();
    writer.events(9);
    writer.next_file("audit-2026-11-21.log", "2026-11-21");
    let end = writer.seq;
    writer.events(9);
    writer.checkpoint();
    // A process that has died in between has left it there.
    let (bytes, on_its_way) = (std::fs::read(dir.join(&name)).unwrap(), dir.join(".state/pruned"));
    std::fs::create_dir(&on_its_way).unwrap();
    let on_its_way = on_its_way.join(format!("{name}.{}", hex(&Sha256::digest(&bytes))));
    std::fs::rename(dir.join(&name), &on_its_way).unwrap();
    let found = verify(dir).run().unwrap();
    assert_eq!(kinds(&found), [], "{found}");
    assert!(found.notes().iter().any(|note| note.kind == FindingKind::Pruned), "{found}");
    let changed = String::from_utf8(bytes.clone()).unwrap().replacen("bad", "mad", 1);
    std::fs::write(&on_its_way, changed).unwrap();
    assert_eq!(kinds(&verify(dir).run().unwrap()), [FindingKind::FileMissing]);
    std::fs::remove_file(&on_its_way).unwrap();
    assert_eq!(kinds(&verify(dir).run().unwrap()), [FindingKind::FileMissing]);
    // The record that says so is sealed while it is waited for.
    std::fs::write(dir.join(&name), bytes).unwrap();
    std::thread::scope(|scope| {
        writer.prune_in_steps(&name, end, || {});
        let checkpoint = std::fs::read(dir.join("seal/checkpoint")).unwrap();
        let head = std::fs::read(dir.join(".state/head")).unwrap();
        assert_eq!(kinds(&verify(dir).run().unwrap()), []);
        // As it was before that.
        let older = super::writer::without_last(&writer);
        std::fs::write(dir.join("seal/checkpoint"), older.to_string()).unwrap();
        std::fs::remove_file(dir.join(".state/head")).unwrap();
        let patience = |millis| verify(dir).patience(Duration::from_millis(millis)).run().unwrap();
        assert_eq!(kinds(&patience(30)), [FindingKind::FileMissing], "not sealed");
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(60));
            std::fs::write(dir.join(".state/head"), head).unwrap();
            std::fs::write(dir.join("seal/checkpoint.new"), checkpoint).unwrap();
            let replace = || std::fs::rename(dir.join("seal/checkpoint.new"), dir.join("seal/checkpoint"));
            while let Err(error) = replace() {
                // Windows refuses it while the verification reads that file.
                assert_eq!(std::env::consts::OS, "windows", "{error}");
                std::thread::yield_now();
            }
        });
        assert_eq!(kinds(&patience(60_000)), []);
    });
}

/// Files are pruned one after another while the sealer can't seal: that is neither a finding nor waited for without an end.
#[test]
#[cfg_attr(windows, ignore = "its writer replaces files while they are read, which Windows refuses")]
fn files_that_are_pruned_while_nothing_is_sealed_are_waited_for_until_it_is_too_long() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let mut writer = Writer::new(&dir, 0);
    let mut ended = std::collections::VecDeque::new();
    for round in 1..400 {
        let before = writer.file.clone();
        writer.next_file(&format!("audit-2026-11-20.{round}.log"), "2026-11-20");
        ended.push_back((before, writer.seq));
        writer.events(1);
    }
    writer.checkpoint();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while let (Some((name, end)), false) = (ended.pop_front(), is_over.load(Ordering::Relaxed)) {
                writer.prune_unsealed(&name, end);
                std::thread::sleep(Duration::from_millis(15));
            }
        });
        let found = verify(&dir).patience(Duration::from_millis(50)).run();
        is_over.store(true, Ordering::Relaxed);
        let error = found.map(|found| found.to_string()).unwrap_err();
        assert!(
            std::error::Error::source(&error).unwrap().to_string().contains("pruned faster"),
            "{error:?}"
        );
    });
}
