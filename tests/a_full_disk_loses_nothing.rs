//! A disk is full for a while, on real file systems: the application continues, every refused event is
//! an error in its receipt and counted in `log.gap`, and every acknowledged one is in the day files,
//! also when the application is killed while the disk is full.
//!
//! `.ci/full-disk` creates the file systems, and runs `a_disk_for_scripts` on them. Day files are read
//! only after an orderly shutdown: before that, lines may be in the intake.
#![cfg(target_os = "linux")]

mod full_disk;
mod support;

use full_disk::account::{assert_told_in_time, settle};
use full_disk::ballast::Ballast;
use full_disk::emitter::{self, Pace};
use full_disk::free_bytes;
use full_disk::process::{Emitter, LONG, Said};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Enough events, 10 MB, to fill the ring of the intake once. Blocks that are only reserved would not be
/// shared with a copy.
const MANY: usize = 15_000;

/// The application that `Emitter` runs.
#[test]
fn an_emitter() {
    if let Some(dir) = support::child::child_argument() {
        emitter::run(&dir);
    }
}

/// With the environment variable `AUDIT_DISK`, the directory of a small mounted disk, this fills the disk under
/// a log. Otherwise it does nothing. `AUDIT_FATE` decides whether the emitter `lives` or is `killed`.
/// `AUDIT_SHARE` is a command after which the files share their blocks with copies, so that even an overwrite
/// needs a new block.
#[test]
fn a_disk_for_scripts() {
    let Some(mount) = std::env::var_os("AUDIT_DISK").map(PathBuf::from) else {
        return;
    };
    let log = Log::new(mount.join("audit"));
    match std::env::var("AUDIT_FATE").as_deref() {
        Ok("lives") => the_disk_is_full_for_a_while(&mount, &log),
        Ok("killed") => the_emitter_is_killed_while_the_disk_is_full(&mount, &log),
        other => panic!("AUDIT_FATE={other:?}"),
    }
}

fn the_disk_is_full_for_a_while(mount: &Path, log: &Log) {
    let (mut emitter, ballast) = filled(mount, log);
    // Otherwise the log itself would fill the disk.
    emitter.go_at(Pace::Steady);
    ballast.remove();
    log.wait_for_kept("events after space was freed", &mut emitter, 1000);
    emitter.stop();
    log.reopen();
    let said = log.said();
    assert!(said.shut_down.iter().all(Result::is_ok), "{:?}", said.shut_down);
    let gaps = settle(&log.dir, &said, &[]);
    assert_told_in_time(&log.dir, &said);
    println!("{}, {gaps}: ok", said.sum());
}

fn the_emitter_is_killed_while_the_disk_is_full(mount: &Path, log: &Log) {
    let (emitter, mut ballast) = filled(mount, log);
    let mut killed = vec![emitter.id()];
    assert!(emitter.kill());
    log.reopen_while_full(&mut ballast).stop();
    let emitter = log.reopen_while_full(&mut ballast);
    let id = emitter.id();
    if emitter.kill() {
        killed.push(id);
    }
    // A half-created log must not prevent a later opening.
    let new = Log::new(mount.join("new"));
    new.reopen_while_full(&mut ballast).stop();
    ballast.remove();
    log.reopen();
    let said = log.said();
    let gaps = settle(&log.dir, &said, &killed);
    assert_told_in_time(&log.dir, &said);
    new.reopen();
    settle(&new.dir, &new.said(), &[]);
    let opened =
        said.opened[1..=2].iter().chain(&new.said().opened[..1]).filter(|result| result.is_ok()).count();
    for error in said.opened.iter().chain(&new.said().opened).filter_map(|result| result.as_ref().err()) {
        println!("not opened: {error}");
    }
    println!("{}, {gaps}, opened {opened} of 3 times while full: ok", said.sum());
}

/// Starts an emitter and fills the disk completely.
fn filled(mount: &Path, log: &Log) -> (Emitter, Ballast) {
    let mut emitter = log.emitter();
    let share = std::env::var_os("AUDIT_SHARE");
    emitter.go_at(if share.is_some() { Pace::Hurry } else { Pace::Steady });
    log.wait_for_kept("events on an empty disk", &mut emitter, if share.is_some() { MANY } else { 500 });
    emitter.go_at(Pace::Steady);
    let mut ballast = Ballast::new(mount.join("ballast"));
    ballast.leave(free_bytes(mount) / 3);
    log.wait("a warning", &mut emitter, || log.said().is_warned);
    log.wait_for_kept("events after the warning", &mut emitter, 100);
    // The emitter pauses: a block written between the copy and the full disk would have its space.
    emitter.go_at(Pace::Rest);
    log.wait("rest", &mut emitter, || log.said().resting == emitter::THREADS);
    if let Some(share) = share {
        let status = Command::new("sh").arg("-c").arg(share).current_dir(mount).status().unwrap();
        assert!(status.success(), "the files could not be shared: {status}");
    }
    ballast.fill();
    ballast.sync();
    ballast.fill();
    emitter.go_at(Pace::Hurry);
    let since = Instant::now();
    log.wait("refusals", &mut emitter, || {
        ballast.fill();
        log.said().refused.len() >= 500 && since.elapsed() > Duration::from_millis(1500)
    });
    (emitter, ballast)
}

/// A log, and the reports of its emitters.
struct Log {
    dir: PathBuf,
    scratch: tempfile::TempDir,
    said: Arc<Mutex<Said>>,
}

impl Log {
    fn new(dir: PathBuf) -> Log {
        Log { dir, scratch: support::child::open_folder(), said: Arc::default() }
    }

    /// Opens the log again with an emitter that continues, or with one that ended with an error that names the
    /// path.
    fn reopen_while_full(&self, ballast: &mut Ballast) -> Emitter {
        let attempts = self.said().opened.len();
        let events = self.said().events();
        let mut emitter = self.emitter();
        self.wait("the log to be opened", &mut emitter, || {
            ballast.fill();
            let said = self.said();
            match said.opened.get(attempts) {
                Some(Ok(())) => said.events() >= events + 500,
                Some(Err(error)) => {
                    assert!(error.contains(self.dir.to_str().unwrap()), "{error}");
                    true
                }
                None => false,
            }
        });
        emitter
    }

    /// Opens the log again and shuts it down.
    fn reopen(&self) {
        let mut emitter = self.emitter();
        self.wait_for_kept("events after the log was opened again", &mut emitter, 100);
        emitter.stop();
        let said = self.said();
        assert_eq!((said.opened.last(), said.shut_down.last()), (Some(&Ok(())), Some(&Ok(()))));
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap()
    }

    fn emitter(&self) -> Emitter {
        Emitter::start(self.scratch.path(), &self.dir, &self.said)
    }

    fn wait(&self, what: &str, emitter: &mut Emitter, mut holds: impl FnMut() -> bool) {
        let since = Instant::now();
        while !holds() {
            if let Some(status) = emitter.ended() {
                assert!(holds(), "{what}: the emitter ended: {status}, {:?}", self.said().opened.last());
                return;
            }
            assert!(since.elapsed() < LONG, "{what}: not within {LONG:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_for_kept(&self, what: &str, emitter: &mut Emitter, more: usize) {
        let before = self.said().kept.len();
        self.wait(what, emitter, || self.said().kept.len() >= before + more);
    }
}
