//! What others do to the files of a running log loses no acknowledged record in silence: each is
//! in the day files, in the directory that was moved away, or named in `log.file_lost`; and no
//! number stands for two records.
//!
//! An emitter runs as a process of its own, notes what became of each call where no trouble
//! reaches it, and is killed; the log is opened again, and `bad_day::judge` compares. The scripts
//! `.ci/bad-disk` and `.ci/soak` use the same emitter (`an_emitter`, with its orders in
//! `AUDIT_ORDERS`) and judge (`a_judge_for_scripts`).
#![cfg(target_os = "linux")]

mod bad_day;
mod support;

use bad_day::emitter::{self, Orders, chain};
use bad_day::judge::{Case, Found, Verdict};
use bad_day::notes::monotonic_nanos;
use bad_day::process::Process;
use bad_day::scene::{Scene, chattr, day_files, reopen};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::child::{child_argument, on_a_tmpfs, open_folder, said, say};
use support::{TEST_TYPES, eventually};
use tracing_audit::read::Reader;
use tracing_audit::{AuditLayer, Receipt, Record};

const LONG: Duration = Duration::from_secs(60);

/// From when on a removal is to be noticed, in milliseconds.
const NOTICED: u64 = 60;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What is taken away from a running log, and the inode of the file that stands for the intake then.
type Removal = (&'static str, fn(&Scene) -> Option<u64>);

fn moved(scene: &Scene, from: &str, to: &str) -> Option<u64> {
    fs::rename(scene.path(from), scene.path(to)).unwrap();
    None
}

fn inode(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.ino())
}

const REMOVALS: [Removal; 6] = [
    ("directory moved", |scene| moved(scene, "audit", "moved")),
    (".state moved", |scene| moved(scene, "audit/.state", "state")),
    // Renamed first, so that it is gone at once and nothing is made in it meanwhile.
    (".state removed", |scene| {
        moved(scene, "audit/.state", "state");
        // Something that was about to be made in it may still be.
        while fs::remove_dir_all(scene.path("state")).is_err() {}
        None
    }),
    (".state/intake removed", |scene| {
        fs::remove_file(scene.path("audit/.state/intake")).unwrap();
        None
    }),
    // The names are there: of other files.
    ("directory moved, and a copy put in place", |scene| {
        let (audit, moved) = (scene.path("audit"), scene.path("moved"));
        fs::rename(&audit, &moved).unwrap();
        // A file that gets another name meanwhile can't be copied.
        while !Command::new("cp").arg("-aT").args([&moved, &scene.path("copy")]).status().unwrap().success() {
        }
        // Unless the log has made one anew by then.
        let copy = inode(&scene.path("copy/.state/intake"));
        fs::rename(scene.path("copy"), audit).ok().and(copy)
    }),
    (".state/intake replaced by a copy", |scene| {
        let intake = scene.path("audit/.state/intake");
        fs::copy(&intake, scene.path("copy")).unwrap();
        let copy = inode(&scene.path("copy"));
        fs::rename(scene.path("copy"), intake).unwrap();
        copy
    }),
];

/// One process whose files are taken away, and which is killed so many milliseconds later.
fn killed_after(removal: Removal, after: u64, is_held: bool) -> Result<Verdict, String> {
    let (what, remove) = removal;
    let what = format!(
        "{what}, {}, killed after {after} ms",
        if is_held { "day file immutable" } else { "at full speed" }
    );
    let scene = Scene::new();
    // Held back, its lines stay in the intake, which takes some thousand.
    let orders = if is_held {
        scene.orders().with("threads", 2).with("pause_us", 200)
    } else {
        scene.orders().with("threads", 4)
    };
    let mut process = Process::start(scene.folder.path(), &orders);
    process.says("opened").unwrap();
    std::thread::sleep(millis(100));
    if is_held {
        for file in day_files(&scene.path("audit")) {
            if !chattr("+i", &file) {
                return Err("skipped: no file can be made immutable here".into());
            }
        }
        std::thread::sleep(millis(100));
    }
    let intake = scene.path("audit/.state/intake");
    let before = inode(&intake);
    let copy = remove(&scene);
    let begun = Instant::now();
    let name = process.id().to_string();
    let case = scene.case();
    // From when on nothing may be missing, it is in place again. A busy machine may take longer for that.
    let mut is_in_place = false;
    let killed = loop {
        std::thread::sleep(millis(u64::from(after > 0)));
        let (now, passed) = (monotonic_nanos(), Instant::now() - begun);
        if !is_in_place && inode(&intake).is_some_and(|inode| ![before, copy].contains(&Some(inode))) {
            is_in_place = true;
            eprintln!("{what}: in place after {passed:?}");
        }
        assert!(passed < LONG, "{what}: the intake does not come into place again");
        if passed >= millis(after) && (is_in_place || after < NOTICED) {
            break now;
        }
    };
    let spoken = process.kill();
    for file in day_files(&scene.path("audit")).into_iter().chain(day_files(&scene.path("moved"))) {
        chattr("-i", &file);
    }
    let complaints = reopen(&scene.path("audit"));
    let mut case = case;
    if scene.path("moved").exists() {
        case.moved.push(scene.path("moved"));
    }
    // Killed before the loss of a name is noticed: the promise says so.
    let is_excused = !is_in_place;
    if is_excused {
        case.excused.push(0..=u64::MAX);
    }
    case.killed.insert(name, killed);
    let mut verdict = case.judge();
    eprintln!("{what}: {verdict} {spoken:?}");
    verdict.errors.extend(complaints);
    let mut faults = verdict.faults();
    if is_excused && verdict.excused > 0 {
        // Who comes next knows nothing of their numbers either.
        faults.retain(|fault| !fault.contains("given to two") && !fault.contains("neither there nor named"));
    }
    if faults.is_empty() { Ok(verdict) } else { Err(format!("{what}: {faults:?}")) }
}

fn assert_each_removal_loses_nothing(is_held: bool) {
    let faults = |removals: &[Removal]| {
        let mut faults = Vec::new();
        for (removal, after) in removals.iter().flat_map(|it| [0, 10, NOTICED, 200].map(|after| (*it, after)))
        {
            match killed_after(removal, after, is_held) {
                Err(skipped) if skipped.starts_with("skipped") => eprintln!("{skipped}"),
                result => faults.extend(result.err()),
            }
        }
        faults
    };
    // Two at a time: most of it is waiting.
    let (some, others) = REMOVALS.split_at(REMOVALS.len() / 2);
    let faults = std::thread::scope(|scope| {
        let some = scope.spawn(|| faults(some));
        [faults(others), some.join().unwrap()].concat()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Guards against going on, for the rest of the process's life, with the mapping of a file that
/// has no name any more: what is acknowledged then and held back is never found.
#[test]
fn the_intake_loses_its_name_while_it_holds_lines_back() {
    assert_each_removal_loses_nothing(true);
}

/// The same, where the day file takes the lines: what is in the intake at the instant of the kill.
#[test]
fn the_intake_loses_its_name_at_full_speed() {
    assert_each_removal_loses_nothing(false);
}

/// Guards against two writers: who takes the lock's file away lets another process in, and each
/// assigns the same numbers.
#[test]
fn a_lock_that_is_removed_lets_no_number_be_given_twice() {
    let mut faults = Vec::new();
    for after in [0, 20, 300] {
        let scene = Scene::new();
        let orders = scene.orders().with("threads", 2).with("pause_us", 400);
        let mut first = Process::start(scene.folder.path(), &orders);
        first.says("opened").unwrap();
        std::thread::sleep(millis(100));
        fs::remove_file(scene.path("audit/.state/lock")).unwrap();
        std::thread::sleep(millis(after));
        let mut second = Process::start(scene.folder.path(), &orders);
        let is_in = second.says("opened").is_some();
        std::thread::sleep(millis(500));
        let said = [first.end(), second.end()];
        let refusals =
            said.iter().flatten().filter(|line| !line.contains(" ok")).cloned().collect::<Vec<_>>();
        reopen(&scene.path("audit"));
        let verdict = scene.case().judge();
        eprintln!("second after {after} ms: {verdict} {said:?}");
        if is_in && !refusals.iter().any(|line| line.to_lowercase().contains("lock")) {
            faults.push(format!("after {after} ms a second writer came in, and none was stopped by an error that names the lock: {refusals:?}"));
        }
        // What the one that was stopped has refused, it can't tell in the other's log.
        let broken =
            verdict.faults().into_iter().filter(|fault| !fault.contains("log.gap")).collect::<Vec<_>>();
        if !broken.is_empty() {
            faults.push(format!("after {after} ms: {broken:?}"));
        }
        if !is_in && !said[1].iter().any(|line| line.contains("is in use by process")) {
            faults.push(format!("after {after} ms the second was refused for another reason: {:?}", said[1]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Guards against a writer that goes on beside another one, which has found no lock: in a directory
/// whose `.state` was moved away.
#[test]
fn a_writer_whose_lock_another_process_has_stops_and_says_so() {
    let scene = Scene::new();
    let orders = scene.orders().with("threads", 2).with("pause_us", 10_000);
    let mut first = Process::start(scene.folder.path(), &orders);
    first.says("opened").unwrap();
    let signal = |name: &str| {
        let id = first.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    };
    signal("-STOP");
    // All of its threads: one that still ran would take the lock again.
    let is_stopped = |thread: fs::DirEntry| {
        fs::read_to_string(thread.path().join("status")).unwrap().contains("State:\tT")
    };
    let threads = || fs::read_dir(format!("/proc/{}/task", first.id())).unwrap();
    eventually("the first process is stopped", || threads().all(|thread| is_stopped(thread.unwrap())));
    fs::rename(scene.path("audit/.state"), scene.path("state")).unwrap();
    let mut second = Process::start(scene.folder.path(), &orders);
    assert!(second.says("opened").is_some(), "{:?}", second.said());
    signal("-CONT");
    let refused = first.says("refused").unwrap();
    assert!(refused.contains("has taken the lock"), "{refused}");
    let said = first.end();
    assert!(said.iter().any(|line| line.contains("has taken the lock")), "{said:?}");
    let said = second.end();
    assert!(said.iter().any(|line| line.starts_with("shutdown") && line.ends_with(" ok")), "{said:?}");
    assert_eq!(reopen(&scene.path("audit")), Vec::<String>::new());
}

/// Guards against a rescue that is tried once: the descriptor of a day file that was moved to
/// another disk is open, and the disk has space again a second and a half later.
#[test]
fn a_rescue_without_space_is_tried_again() {
    const NAME: &str = "a_rescue_without_space_is_tried_again";
    if let Some(mount) = child_argument() {
        let dir = mount.join("audit");
        let builder = AuditLayer::builder(&dir).catalog(TEST_TYPES).disk_low_bytes(0).disk_critical_bytes(0);
        let (_layer, guard) = builder.intake_bytes(512 << 10).open().unwrap();
        let handle = guard.handle();
        let padding = "x".repeat(400);
        let append = |n: u64| {
            let record = Record::new("a.b").resource("from", "1.0").resource("n", n);
            handle.append(record.resource("padding", padding.as_str())).seq()
        };
        let mut acknowledged = (0..1900).map(|n| (append(n).unwrap(), n)).collect::<Vec<_>>();
        handle.flush(LONG).unwrap();
        let ballast = mount.join("ballast");
        let file = fs::File::create(&ballast).unwrap();
        for piece in [64 << 10, 4096, 1] {
            while std::io::Write::write(&mut &file, &vec![0; piece]).is_ok_and(|written| written > 0) {}
        }
        let before = day_files(&dir);
        assert_eq!(before.len(), 1);
        fs::copy(&before[0], mount.parent().unwrap().join("elsewhere.log")).unwrap();
        fs::remove_file(&before[0]).unwrap();
        let since = Instant::now();
        let mut n = 1900;
        while since.elapsed() < Duration::from_millis(1500) {
            acknowledged.extend(append(n).map(|seq| (seq, n)));
            n += 1;
            std::thread::sleep(millis(20));
        }
        file.set_len(0).unwrap();
        // The time in which a retry is due, and records that give it an occasion.
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(3) {
            acknowledged.extend(append(n).map(|seq| (seq, n)));
            n += 1;
            std::thread::sleep(millis(20));
        }
        let shut = guard.handle().flush(LONG).map_err(|error| chain(&error));
        drop((handle, _layer));
        guard.shutdown(LONG).ok();
        let found = Found::read(&dir);
        let missing = acknowledged
            .iter()
            .filter(|(seq, n)| found.events.get(seq).is_none_or(|(_, other)| other != n))
            .count();
        let named = acknowledged.iter().filter(|(seq, _)| found.names(*seq)).count();
        say(format_args!("{missing} {named} {shut:?} of {}, {:?}", acknowledged.len(), found.errors));
        return;
    }
    let folder = open_folder();
    if let Some(output) = on_a_tmpfs(NAME, folder.path(), "size=8m") {
        let said = said(&output);
        assert!(said[0].starts_with("0 0 Ok(()) of"), "missing, of them named as lost, the flush: {said:?}");
    }
}

/// Returns the day file in which a text is.
fn file_with(dir: &Path, text: &str) -> Option<PathBuf> {
    let has_text = |file: &PathBuf| fs::read_to_string(file).is_ok_and(|found| found.contains(text));
    day_files(dir).into_iter().find(has_text)
}

/// Guards against records that count as synced while they are in no file of the directory: those of a
/// removed day file that could not be copied yet.
#[test]
fn what_is_still_to_be_rescued_does_not_count_as_synced() {
    const NAME: &str = "what_is_still_to_be_rescued_does_not_count_as_synced";
    if let Some(mount) = child_argument() {
        let dir = mount.join("audit");
        let builder = AuditLayer::builder(&dir).catalog(TEST_TYPES).disk_low_bytes(0).disk_critical_bytes(0);
        // A sealer that is behind still reads a removed file, and so keeps its space.
        let builder = builder.unsealed().intake_bytes(512 << 10).sync_interval(LONG);
        let (_layer, guard) = builder.open().unwrap();
        let handle = guard.handle();
        let padding = "x".repeat(400);
        let append = |n: u64| {
            let record = Record::new("a.b").resource("from", "1.0").resource("n", n);
            handle.append(record.resource("padding", padding.as_str()))
        };
        let ballast = fs::File::create(mount.join("ballast")).unwrap();
        // Records that are on disk, some that are not, no room for a copy but some for further ones, and the
        // file is gone. The flush notices it: what comes then is in another file.
        let lose_a_file = |first: u64| {
            (first..first + 1900).for_each(|n| drop(append(n)));
            handle.flush(LONG).unwrap();
            let receipts = (first + 1900..first + 1910).map(append).collect::<Vec<_>>();
            let last = format!("\"n\":{}", first + 1909);
            let file = until(|| file_with(&dir, &last));
            for piece in [64 << 10, 4096, 1] {
                while std::io::Write::write(&mut &ballast, &vec![0; piece]).is_ok_and(|written| written > 0) {
                }
            }
            ballast.set_len(ballast.metadata().unwrap().len() - (384 << 10)).unwrap();
            let synced = handle.stats().synced_seq;
            fs::remove_file(file).unwrap();
            // On a busy machine one flush may be over before it has noticed it.
            let last = receipts.last().unwrap().seq();
            until(|| {
                handle.flush(millis(100)).ok();
                accepted(&dir).filter(|accepted| Some(*accepted) > last)
            });
            (receipts, synced)
        };
        let count_synced = |receipts: &[Receipt]| {
            receipts.iter().filter(|receipt| receipt.wait_synced(Duration::ZERO).is_ok()).count()
        };
        let (mut receipts, on_disk) = lose_a_file(0);
        receipts.push(append(1910));
        let flushed = handle.flush(millis(1500)).map_err(|error| chain(&error));
        until(|| file_with(&dir, "\"n\":1910"));
        say(format_args!("{} {flushed:?}", handle.stats().synced_seq == on_disk));
        ballast.set_len(0).unwrap();
        let flushed = handle.flush(LONG).map_err(|error| chain(&error));
        say(format_args!("{} {flushed:?}", count_synced(&receipts)));
        // Once more, and the log ends before there is room.
        let (receipts, _) = lose_a_file(2000);
        drop(_layer);
        guard.shutdown(LONG).ok();
        let found = Found::read(&dir);
        let named = receipts.iter().filter(|receipt| found.names(receipt.seq().unwrap())).count();
        say(format_args!("{} {named} {:?}", count_synced(&receipts), found.errors));
        return;
    }
    let folder = open_folder();
    if let Some(output) = on_a_tmpfs(NAME, folder.path(), "size=8m") {
        let said = said(&output);
        assert!(said[0].starts_with("true Err"), "nothing more is synced, flush: {said:?}");
        assert!(said[1].starts_with("11 Ok"), "synced at last, flush: {said:?}");
        assert!(said[2].starts_with("0 10 []"), "synced, named as lost, the reader's errors: {said:?}");
    }
}

/// Waits until a process that has opened the log has begun a day file, and makes it immutable: lines are
/// held back in the intake. Returns the file; `None` if no file can be made immutable here.
fn hold_back(scene: &Scene) -> Option<PathBuf> {
    let file = until(|| day_files(&scene.path("audit")).pop());
    if chattr("+i", &file) {
        return Some(file);
    }
    eprintln!("skipped: no file can be made immutable here");
    None
}

/// Waits until it is noted in `.state/synced` that lines are held back. Returns the number before which
/// records were accepted.
fn noted_as_accepted(scene: &Scene) -> u64 {
    until(|| accepted(&scene.path("audit")))
}

/// Returns the number before which records were accepted, if it is noted in `.state/synced`.
fn accepted(dir: &Path) -> Option<u64> {
    let text = fs::read_to_string(dir.join(".state/synced")).ok()?;
    let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().map(str::to_owned);
    text.split("\"accepted\":").skip(1).filter_map(|rest| digits(rest)?.parse().ok()).max()
}

/// Waits until there is something, and returns it.
fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(since.elapsed() < LONG, "what the test waits for does not come");
        std::thread::sleep(millis(5));
    }
}

/// Guards against a smaller intake left behind, which overrides the new settings: what is too long
/// for the old one is refused for the rest of the process.
#[test]
fn a_smaller_intake_left_behind_does_not_limit_records() {
    let scene = Scene::new();
    let orders = scene
        .orders()
        .with("threads", 1)
        .with("pause_us", 500)
        .with("intake", 128 << 10)
        .with("max_record", 16_384);
    let mut process = Process::start(scene.folder.path(), &orders);
    process.says("opened").unwrap();
    let Some(file) = hold_back(&scene) else { return };
    // So there are lines in it.
    noted_as_accepted(&scene);
    process.kill();
    chattr("-i", &file);
    let (_layer, guard) = AuditLayer::builder(scene.path("audit")).catalog(TEST_TYPES).open().unwrap();
    let long = "x".repeat(200_000);
    let append = || guard.handle().append(Record::new("a.b").resource("from", "5.0").resource("n", 0));
    append().result().unwrap();
    let long = Record::new("a.b").resource("from", "5.0").resource("n", 1).resource("long", long.as_str());
    guard.handle().append(long).result().unwrap();
    guard.shutdown(LONG).unwrap();
    let verdict = scene.case().judge();
    assert_eq!(verdict.faults(), Vec::<String>::new());
}

/// Guards against an intake that is deleted or zeroed between two processes, and takes pending
/// records with it without a word.
#[test]
fn an_intake_that_is_lost_between_two_processes_is_noticed() {
    for what in ["deleted", "zeroed"] {
        let scene = Scene::new();
        let orders = scene.orders().with("threads", 2).with("pause_us", 200);
        let mut process = Process::start(scene.folder.path(), &orders);
        process.says("opened").unwrap();
        let Some(file) = hold_back(&scene) else { return };
        let accepted = noted_as_accepted(&scene);
        process.kill();
        chattr("-i", &file);
        let intake = scene.path("audit/.state/intake");
        if what == "deleted" {
            fs::remove_file(&intake).unwrap();
        } else {
            fs::write(&intake, vec![0; fs::metadata(&intake).unwrap().len() as usize]).unwrap();
        }
        assert_eq!(reopen(&scene.path("audit")), Vec::<String>::new());
        let (verdict, found) = (scene.case().judge(), Found::read(&scene.path("audit")));
        assert!(found.names(accepted - 1), "{what}: {accepted} {:?}", found.named);
        // The last instant's numbers are unknown.
        let unnamed = verdict.missing.iter().filter(|seq| **seq < accepted).collect::<Vec<_>>();
        assert!(unnamed.is_empty(), "{what}: {unnamed:?} of those before {accepted}: {verdict}");
        let is_there = |seq: &u64| found.events.contains_key(seq) || found.control.contains(seq);
        let given_again = found.named.iter().cloned().flatten().find(is_there);
        assert_eq!(given_again, None, "{what}: it is named as lost");
    }
}

/// Guards against an intake that is lost between two processes where no line was held back: the last
/// instant's may have been in it. After an orderly end there is nothing in it.
#[test]
fn an_intake_that_is_lost_after_a_kill_is_named_and_after_an_orderly_end_is_not() {
    for is_killed in [true, false] {
        let scene = Scene::new();
        let mut process = Process::start(scene.folder.path(), &scene.orders().with("threads", 2));
        process.says("opened").unwrap();
        std::thread::sleep(millis(50));
        drop(if is_killed { process.kill() } else { process.end() });
        let removed = fs::remove_file(scene.path("audit/.state/intake"));
        assert_eq!(removed.is_ok(), is_killed, "an orderly end leaves none");
        assert_eq!(reopen(&scene.path("audit")), Vec::<String>::new());
        let reader = Reader::open(scene.path("audit")).unwrap();
        let records = reader.records().map(Result::unwrap);
        let altered = records.filter(|record| record.event == "log.file_altered").collect::<Vec<_>>();
        let is_named = matches!(&altered[..], [record] if record.resource["file"] == ".state/intake");
        assert_eq!((is_named, altered.is_empty()), (is_killed, !is_killed), "{altered:?}");
    }
}

/// Guards against a committer that panics at, spins on, or silently skips what was written
/// over the live intake: what is spoilt is named, and the log goes on.
#[test]
fn a_live_intake_that_is_written_over_ends_nothing() {
    let mut faults = Vec::new();
    // Some lines, of 8 MiB, and some words of lines.
    let lines = (16 << 10) + (1 << 20) + (96 << 10);
    let words = (16 << 10) + (6 << 10);
    for (byte, at, len) in [
        (0, lines, 64 << 10),
        (b'x', lines, 64 << 10),
        (b'\n', lines, 64 << 10),
        (0, words, 64),
        (b'x', words, 640),
    ] {
        let scene = Scene::new();
        let orders = scene.orders().with("threads", 2).with("pause_us", 200);
        let mut process = Process::start(scene.folder.path(), &orders);
        process.says("opened").unwrap();
        std::thread::sleep(millis(50));
        let files = day_files(&scene.path("audit"));
        if !chattr("+i", &files[0]) {
            return eprintln!("skipped: no file can be made immutable here");
        }
        std::thread::sleep(millis(500));
        // Within the lines that are held back.
        let intake = fs::File::options().write(true).open(scene.path("audit/.state/intake")).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&intake, &vec![byte; len], at).unwrap();
        chattr("-i", &files[0]);
        std::thread::sleep(millis(1500));
        let since = Instant::now();
        let said = process.end();
        if since.elapsed() > Duration::from_secs(12) || !said.iter().any(|line| line == "ended") {
            faults
                .push(format!("{byte:#x} at {at}: the emitter ended after {:?}: {said:?}", since.elapsed()));
        }
        if !said.iter().any(|line| line.starts_with("shutdown") && line.ends_with(" ok")) {
            faults.push(format!("{byte:#x} at {at}: not shut down: {said:?}"));
        }
        let complaints = reopen(&scene.path("audit"));
        let verdict = scene.case().judge();
        eprintln!("{byte:#x} at {at}: {verdict} {complaints:?} {said:?}");
        let broken = verdict.faults();
        if !broken.is_empty() || !complaints.is_empty() {
            faults.push(format!("{byte:#x} at {at}: {broken:?} {complaints:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_emitter() {
    if let Some(orders) = Orders::from_env() {
        emitter::run(&orders);
    }
}

/// Under the environment variable `AUDIT_JUDGE`, words `key=value`, this opens the log (unless
/// `reopen=0`) and says what it finds: `judged: …`, and `fault: …` for each breach. Keys: `dir`,
/// `notes`, `moved` (again and again), `killed=PID:NANOS`, `excused=NANOS:NANOS`, `longest_ms`,
/// `late_allowed`, `collector=1`, `mirror_seconds`.
#[test]
fn a_judge_for_scripts() {
    let Ok(orders) = std::env::var("AUDIT_JUDGE") else {
        return;
    };
    let mut case = Case::default();
    let mut is_reopened = true;
    for word in orders.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap();
        let pair = || value.split_once(':').unwrap();
        match key {
            "dir" => case.dir = value.into(),
            "notes" => case.notes = value.into(),
            "moved" => case.moved.push(value.into()),
            "killed" => drop(case.killed.insert(pair().0.to_owned(), pair().1.parse().unwrap())),
            "excused" => case.excused.push(pair().0.parse().unwrap()..=pair().1.parse().unwrap()),
            "longest_ms" => case.longest = value.parse::<u64>().unwrap() * 1_000_000,
            "late_allowed" => case.late_allowed = value.parse().unwrap(),
            "collector" => case.has_collector = value == "1",
            "reopen" => is_reopened = value == "1",
            _ => panic!("{word}"),
        }
    }
    let complaints = if is_reopened { reopen(&case.dir) } else { Vec::new() };
    let verdict = case.judge();
    say(format_args!("judged: {verdict}"));
    for fault in complaints.into_iter().chain(verdict.faults()) {
        say(format_args!("fault: {fault}"));
    }
}
