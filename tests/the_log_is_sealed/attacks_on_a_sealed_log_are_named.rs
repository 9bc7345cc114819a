//! An auditor who has the first key finds each change of a sealed log that was made without its keys, with its file
//! and its line; and nothing in a log that was not touched.
//!
//! `ATTACKS`, `HISTORIES` and `VERIFICATIONS` set how many are tried, `SEED` which.
#![cfg(feature = "seal")]

use crate::support::clock::{DAY, HOUR, TestClock};
use crate::support::dice::Dice;
use crate::support::{SetOnDrop, TEST_TYPES, TestLog};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tracing_audit::read::{Status, Verification, verify};
use tracing_audit::seal::VerifierKey;
use tracing_audit::testing::Clock as _;
use tracing_audit::{AuditLayer, AuditLayerBuilder, Record};

const LONG: Duration = Duration::from_secs(60);

fn number_of(variable: &str, by_default: usize) -> usize {
    std::env::var(variable).ok().map_or(by_default, |text| text.parse().unwrap())
}

fn builder(log: &TestLog, clock: &TestClock) -> AuditLayerBuilder {
    // Days pass between two runs, with nothing in between.
    AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock.clone())
}

/// Writes some records in a run of its own.
fn run(builder: AuditLayerBuilder, dice: &mut Dice) {
    let (_layer, guard) = builder.open().unwrap();
    for _ in 0..5 + dice.roll(20) {
        let record = Record::new("a.b")
            .resource("number", dice.roll(1000))
            .resource("more", "x".repeat(dice.roll(90)));
        guard.handle().append(record);
    }
    guard.shutdown(LONG).unwrap();
}

fn first_key(dir: &Path) -> VerifierKey {
    fs::read_to_string(dir.join("seal/log.vkey")).unwrap().parse().unwrap()
}

fn day_files(dir: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut files = names.filter(|path| path.extension().is_some_and(|it| it == "log")).collect::<Vec<_>>();
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            // As an auditor gets it: without the log's state.
            if path.file_name().unwrap() != ".state" {
                copy(&path, &target);
            }
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// Where an attack was made.
struct Place {
    file: String,
    line: Option<u64>,
}

/// The attacks on lines.
const LINES: [&str; 9] =
    ["flip", "value", "delete", "duplicate", "insert", "swap", "move ts", "renumber", "cut"];

/// Attacks some line of some file.
fn attack_lines(dir: &Path, attack: &str, dice: &mut Dice) -> Place {
    let file = dice.pick(&day_files(dir));
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(&file).unwrap();
    let mut lines = text.lines().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>();
    let at = dice.roll(lines.len() - 1);
    match attack {
        "flip" => {
            let byte = dice.roll(lines[at].len());
            lines[at][byte] ^= 1 << dice.roll(8);
        }
        "value" => {
            let line = String::from_utf8(lines[at].clone()).unwrap();
            let from = line.find(r#""actor""#).unwrap();
            let digit = line[from..].find(|c: char| c.is_ascii_digit()).unwrap() + from;
            lines[at][digit] = if lines[at][digit] == b'9' { b'8' } else { lines[at][digit] + 1 };
        }
        "delete" => drop(lines.remove(at)),
        "duplicate" => lines.insert(at, lines[at].clone()),
        "insert" => {
            let forged =
                String::from_utf8(lines[at].clone()).unwrap().replace(r#""event":"#, r#""event":"forged"#);
            lines.insert(at, forged.into_bytes());
        }
        "swap" => lines.swap(at, at + 1),
        "move ts" => {
            let line = String::from_utf8(lines[at].clone()).unwrap();
            let hour = line.find('T').unwrap() + 1;
            let moved = if &line[hour..hour + 2] == "03" { "23" } else { "03" };
            lines[at].splice(hour..hour + 2, moved.bytes());
        }
        "renumber" => {
            for line in &mut lines[at..] {
                let text = String::from_utf8(line.clone()).unwrap();
                let (head, seq) = text.rsplit_once(r#""seq":"#).unwrap();
                let seq = seq.trim_end_matches('}').parse::<u64>().unwrap() + 1;
                *line = format!(r#"{head}"seq":{seq}}}"#).into_bytes();
            }
        }
        _ => lines.truncate(at),
    }
    let mut changed = lines.join(&b'\n');
    changed.push(b'\n');
    fs::write(&file, changed).unwrap();
    Place { file: name, line: (attack != "cut").then_some(at as u64 + 1) }
}

/// Checks that the attack is named: the file, and, with the leaves at hand, the line or one beside it.
fn is_named(verification: &Verification, attack: &str, place: &Place, has_leaves: bool) {
    let shown = || format!("{attack} in {}, line {:?}:\n{verification}", place.file, place.line);
    assert_eq!(verification.status(), Status::Tampered, "{}", shown());
    let in_file = |file: &Option<String>| file.as_ref().is_none_or(|file| *file == place.file);
    let here = verification.findings().iter().filter(|finding| in_file(&finding.file)).collect::<Vec<_>>();
    assert!(here.iter().any(|finding| finding.file.is_some() || attack == "cut"), "{}", shown());
    if let Some(line) = place.line.filter(|_| has_leaves) {
        let is_near = |found: u64, lines: u64| (found.saturating_sub(1)..=found + lines + 1).contains(&line);
        assert!(
            here.iter().any(|finding| finding.line.is_some_and(|found| is_near(found, finding.lines))),
            "{}",
            shown()
        );
    }
}

fn five_days() -> (TestLog, TestClock) {
    let (log, clock, mut dice) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"), Dice::new(7));
    for _ in 0..5 {
        run(builder(&log, &clock), &mut dice);
        clock.pass(HOUR);
        run(builder(&log, &clock), &mut dice);
        clock.pass(DAY - HOUR);
    }
    (log, clock)
}

#[test]
fn a_change_of_lines_is_named_with_its_file_and_line() {
    let (log, _) = five_days();
    let key = first_key(&log.dir());
    let seed = number_of("SEED", 1);
    for number in 0..number_of("ATTACKS", 180) {
        let mut dice = Dice::new((seed * 1_000_003 + number) as u64);
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("copy");
        copy(&log.dir(), &dir);
        let has_leaves = dice.roll(3) > 0;
        if !has_leaves {
            for entry in fs::read_dir(dir.join("seal")).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.extension().is_some_and(|extension| extension == "leaf") {
                    fs::remove_file(entry).unwrap();
                }
            }
        }
        let attack = LINES[number % LINES.len()];
        let place = attack_lines(&dir, attack, &mut dice);
        is_named(&verify(&dir).key(key.clone()).run().unwrap(), attack, &place, has_leaves);
    }
}

#[test]
fn what_is_taken_away_or_exchanged_is_named() {
    let (log, clock) = five_days();
    let key = first_key(&log.dir());
    let folder = tempfile::tempdir().unwrap();
    let yesterday = folder.path().join("yesterday");
    copy(&log.dir(), &yesterday);
    run(builder(&log, &clock), &mut Dice::new(9));
    let anchor = fs::read_to_string(log.dir().join("seal/checkpoint")).unwrap();
    let attacked = |name: &str, attack: &dyn Fn(&Path)| {
        let dir = folder.path().join(name);
        copy(&log.dir(), &dir);
        attack(&dir);
        verify(&dir).key(key.clone()).run().unwrap()
    };
    let remove = |dir: &Path, name: &str| fs::remove_file(dir.join(name)).unwrap();
    let (day, seal) = ("audit-2026-05-30.log", "seal/audit-2026-05-30.seal");
    let names = |verification: &Verification, name: &str| verification.to_string().contains(name);
    let verification = attacked("untouched", &|_| ());
    assert_eq!(verification.status(), Status::Intact, "{verification}");
    let verification = attacked("day", &|dir| remove(dir, day));
    assert!(verification.status() == Status::Tampered && names(&verification, day), "{verification}");
    let verification = attacked("day and seal", &|dir| {
        remove(dir, day);
        remove(dir, seal);
    });
    assert!(
        verification.status() == Status::Tampered && names(&verification, "file_missing"),
        "{verification}"
    );
    let verification = attacked("seal", &|dir| remove(dir, seal));
    assert!(
        verification.status() != Status::Intact && names(&verification, "seal_missing"),
        "{verification}"
    );
    let verification = attacked("checkpoint", &|dir| remove(dir, "seal/checkpoint"));
    assert!(verification.status() != Status::Intact && names(&verification, "checkpoint"), "{verification}");
    let verification = attacked("last day", &|dir| remove(dir, "audit-2026-06-02.log"));
    assert_eq!(verification.status(), Status::Tampered, "{verification}");
    let verification = attacked("certificate", &|dir| remove(dir, "seal/key-000003.vkey"));
    assert_eq!(verification.status(), Status::Tampered, "{verification}");
    let verification = attacked("huge number", &|dir| {
        let path = dir.join("audit-2026-05-29.log");
        let text = fs::read_to_string(&path).unwrap();
        let last = text.lines().next_back().unwrap().rsplit_once(':').unwrap().0;
        fs::write(&path, format!("{text}{last}:18446744073709551615}}\n")).unwrap();
    });
    assert!(
        verification.status() == Status::Tampered && names(&verification, "2026-05-29"),
        "{verification}"
    );
    // Another log, sealed by another key, in its place: only who has pinned the first key sees it.
    let (other, _) = five_days();
    let verification = verify(other.dir()).key(key.clone()).run().unwrap();
    assert_eq!(verification.status(), Status::Tampered, "{verification}");
    // An older state is genuine: only a checkpoint from elsewhere tells.
    let older = verify(&yesterday).key(key.clone()).run().unwrap();
    assert_eq!(older.status(), Status::Intact, "{older}");
    let older = verify(&yesterday).key(key.clone()).anchor(&anchor).run().unwrap();
    assert_eq!(older.status(), Status::Tampered, "{older}");
    let now = verify(log.dir()).key(key).anchor(&anchor).run().unwrap();
    assert_eq!(now.status(), Status::Intact, "{now}");
}

/// Checks that nothing is found in a log while another thread appends to it.
fn is_untouched_meanwhile(log: &TestLog, clock: &TestClock, append: impl Fn() + Sync) {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ends = SetOnDrop(&is_over);
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                append();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let now = SystemTime::try_from(clock.now()).unwrap();
        for _ in 0..3 {
            let verification = verify(log.dir()).as_of(now).run().unwrap();
            assert_ne!(verification.status(), Status::Tampered, "while it is written:\n{verification}");
        }
    });
}

#[test]
fn nothing_is_found_in_a_log_that_nobody_has_touched() {
    let seed = number_of("SEED", 1);
    for number in 0..number_of("HISTORIES", 12) {
        let mut dice = Dice::new((seed * 7919 + number) as u64);
        let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
        let mut told = Vec::new();
        for _ in 0..2 + dice.roll(7) {
            let mut builder = builder(&log, &clock).retention_days(2 + dice.roll(4) as u32);
            if dice.roll(6) == 0 {
                builder = builder.unsealed();
            }
            if dice.roll(5) == 0 {
                builder = builder.intake_bytes(0);
            }
            told.push(dice.roll(6));
            let mut config = builder.config();
            let (_layer, guard) = builder.open().unwrap();
            let append = |count: usize| {
                (0..count)
                    .for_each(|number| drop(guard.handle().append(Record::new("a.b").resource("n", number))));
            };
            append(1 + dice.roll(30));
            match told.last() {
                Some(0) => drop(guard.handle().prune()),
                Some(1) => fs::write(log.dir().join("HOLD"), "").unwrap(),
                Some(2) => fs::remove_file(log.dir().join("HOLD")).unwrap_or(()),
                Some(3) => {
                    config.retention_days = 9;
                    guard.handle().reconfigure(&config).unwrap();
                }
                // Another program takes the open file away, which Windows lets none: the log writes it again.
                Some(4) if cfg!(unix) => {
                    guard.handle().flush(LONG).unwrap();
                    let open = day_files(&log.dir()).pop().unwrap();
                    fs::remove_file(open).unwrap();
                    append(3);
                    guard.handle().flush(LONG).unwrap();
                }
                _ => {}
            }
            if dice.roll(5) == 0 {
                is_untouched_meanwhile(&log, &clock, || append(1));
            }
            append(1 + dice.roll(5));
            guard.shutdown(LONG).unwrap();
            clock.pass(dice.pick(&[HOUR, DAY, 3 * DAY]));
        }
        // A log that was unsealed last has a tail without a seal.
        run(builder(&log, &clock), &mut dice);
        let verification = verify(log.dir()).key(first_key(&log.dir())).run().unwrap();
        assert_eq!(
            verification.status(),
            Status::Intact,
            "history {number} of SEED={seed}, {told:?}:\n{verification}"
        );
    }
}

/// A log prunes a day each second while it is verified: until the `log.pruned` of a file is sealed, nothing signed says where the file
/// is. `VERIFICATIONS` says how often.
#[test]
fn nothing_is_found_missing_in_a_log_that_is_pruned_meanwhile() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let builder = builder(&log, &clock).retention_days(1).heartbeat_interval(Duration::ZERO);
    let (_layer, guard) = builder.open().unwrap();
    let (is_over, pruned) = (AtomicBool::new(false), AtomicU64::new(0));
    // In milliseconds. Where files go faster than they can be read, for a minute, the log can't be verified.
    let pause = AtomicU64::new(150);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                guard.handle().append(Record::new("a.b"));
                guard.handle().flush(LONG).unwrap();
                clock.pass(DAY);
                guard.handle().append(Record::new("a.b"));
                let removed = guard.handle().prune().unwrap();
                pruned.fetch_add(removed.len() as u64, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(pause.load(Ordering::Relaxed)));
            }
        });
        let (mut verified, mut wrong) = (0, None);
        while wrong.is_none()
            && (verified < number_of("VERIFICATIONS", 10) || pruned.load(Ordering::Relaxed) < 4)
        {
            // Sealing may not have begun yet.
            if log.dir().join("seal/checkpoint").exists() {
                match verify(log.dir()).run() {
                    Ok(verification) => {
                        wrong = (verification.status() == Status::Tampered).then_some(verification);
                        verified += 1;
                    }
                    Err(error) => {
                        let longer = 2 * pause.load(Ordering::Relaxed);
                        assert!(longer < 10_000, "{error:?}");
                        pause.store(longer, Ordering::Relaxed);
                    }
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(wrong.is_none(), "the verification {verified}: {}", wrong.unwrap());
    });
    guard.shutdown(LONG).unwrap();
    let verification = verify(log.dir()).key(first_key(&log.dir())).run().unwrap();
    assert_eq!(verification.status(), Status::Intact, "{verification}");
}

/// As above, with bundles: each is sound, and has the records of its time. `BUNDLES` says how many.
#[test]
#[cfg(feature = "cli")]
fn bundles_of_a_log_that_is_written_and_pruned_meanwhile_are_sound() {
    use tracing_audit::read::Bundle;
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let builder = builder(&log, &clock).retention_days(1).heartbeat_interval(Duration::ZERO);
    let (_layer, guard) = builder.open().unwrap();
    let (is_over, pruned) = (AtomicBool::new(false), AtomicU64::new(0));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.tar.zst");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                (0..20).for_each(|_| drop(guard.handle().append(Record::new("a.b"))));
                guard.handle().flush(LONG).unwrap();
                // A file that is pruned before it is sealed, since the clock was set, is no such log.
                let is_sealed = || {
                    let stats = guard.handle().stats();
                    stats.seal.is_some_and(|seal| seal.sealed_seq >= stats.synced_seq)
                };
                while !is_sealed() && !is_over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                clock.pass(DAY);
                guard.handle().append(Record::new("a.b"));
                let removed = guard.handle().prune().unwrap();
                pruned.fetch_add(removed.len() as u64, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(150));
            }
        });
        let (mut made, mut size, mut wrong) = (0, 0, None);
        while wrong.is_none() && (made < number_of("BUNDLES", 3) || pruned.load(Ordering::Relaxed) < 4) {
            if !log.dir().join("seal/checkpoint").exists() {
                continue;
            }
            made += 1;
            let verified = Bundle::of(log.dir()).write(&path).map(|_| verify(&path).run());
            match verified {
                // The last line may be a day younger than the newest sealed one, since the clock is set.
                Ok(Ok(found)) if found.status() != Status::Tampered && found.facts().size >= size => {
                    size = found.facts().size;
                }
                other => wrong = Some(other.map(|found| found.map(|found| found.to_string()))),
            }
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(wrong.is_none(), "bundle {made}, behind {size} records: {wrong:?}");
    });
    guard.shutdown(LONG).unwrap();
    // Once more when it has ended.
    Bundle::of(log.dir()).write(&path).unwrap();
    let found = verify(&path).key(first_key(&log.dir())).run().unwrap();
    assert_eq!(found.status(), Status::Intact, "{found}");
}
