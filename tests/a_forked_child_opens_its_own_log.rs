//! A forked child opens its own log; the parent's log is unchanged.
#![cfg(unix)]
#![allow(unsafe_code)]

mod support;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use support::{RuntimeLog, TestLog, all_records, day_files};
use tracing_audit::{AppendError, AuditLayer, OpenError, Record, audit};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::reload;

const LONG: Duration = Duration::from_secs(60);

/// Held by the forking test: a lock that another thread holds at that moment stays locked in the child.
static ALONE: Mutex<()> = Mutex::new(());

/// Forks. Returns the child's id.
fn forked(child: impl FnOnce()) -> libc::pid_t {
    // SAFETY: the child takes no lock that another thread may hold: the threads of open logs are idle, and so is the
    // harness.
    match unsafe { libc::fork() } {
        0 => {
            // The harness's hook would capture the message.
            std::panic::set_hook(Box::new(|panic| writeln!(std::io::stderr(), "{panic}").unwrap_or(())));
            let is_good = catch_unwind(AssertUnwindSafe(child)).is_ok();
            // SAFETY: the child ends here.
            unsafe { libc::_exit(if is_good { 0 } else { 1 }) }
        }
        child => {
            assert!(child > 0);
            child
        }
    }
}

fn ends_well(child: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is valid for writes.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child ended with {status}");
}

/// Returns the day files of a directory and their contents.
fn contents(dir: &Path) -> Vec<(PathBuf, String)> {
    let files = day_files(dir).into_iter();
    files.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn events(dir: &Path) -> Vec<String> {
    all_records(dir).into_iter().map(|record| record.event).collect()
}

#[test]
fn its_parents_log_stays_as_it_is_and_goes_on() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (parents, childs) = (TestLog::new(), TestLog::new());
    let (layer, guard) = parents.open();
    let handle = guard.handle();
    handle.append(Record::new("a.b")).result().unwrap();
    for round in 0..3 {
        handle.flush(LONG).unwrap();
        let before = contents(&parents.dir());
        ends_well(forked(|| {
            let (own_layer, own_guard) = childs.open();
            tracing_subscriber::registry().with(own_layer).init();
            for n in 0..100 {
                audit!("a.b", resource.round = round, resource.n = n).result().unwrap();
                assert!(matches!(handle.append(Record::new("a.b")).result(), Err(AppendError::Forked)));
            }
            audit!("a.b", resource.round = round, resource.n = 100).wait_synced(LONG).unwrap();
            assert!(own_guard.handle().stats().enabled && !handle.stats().enabled);
            own_guard.shutdown(LONG).unwrap();
        }));
        assert_eq!(contents(&parents.dir()), before);
        handle.append(Record::new("a.b")).result().unwrap();
    }
    guard.shutdown(LONG).unwrap();
    drop((layer, handle));
    assert_eq!(
        events(&parents.dir()),
        ["log.opened", "a.b", "a.b", "a.b", "a.b", "log.checkpoint", "log.closed"]
    );
    let records = all_records(&childs.dir());
    assert_eq!(records.len(), 3 * 104);
    for (seq, record) in (0..).zip(&records) {
        assert_eq!(record.seq, Some(seq), "{record}");
    }
}

/// The global default can't be set again: a child inherits its parent's.
#[test]
fn a_reload_puts_its_layer_into_the_stack_it_has_inherited() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for parent_has_a_log in [true, false] {
        let (parents, childs) = (TestLog::new(), TestLog::new());
        // A child process, because it sets the global default.
        ends_well(forked(|| {
            let opened = parent_has_a_log.then(|| parents.open());
            let (layer, guard) = opened.unzip();
            let (slot, place) = reload::Layer::new(layer);
            let runtime = RuntimeLog::default();
            tracing_subscriber::registry().with(LevelFilter::INFO).with(runtime.clone()).with(slot).init();
            assert_eq!(audit!("a.b").result().is_ok(), parent_has_a_log);
            let before = runtime.lines().len();
            ends_well(forked(|| {
                let refused = audit!("a.b").result();
                assert!(matches!(refused, Err(AppendError::Forked | AppendError::NoAuditLayer)));
                assert!(tracing_subscriber::registry().try_init().is_err());
                let (own_layer, own_guard) = childs.open();
                place.reload(Some(own_layer)).unwrap();
                // Before any other event.
                assert_eq!(audit!("a.b").result().unwrap(), Some(1));
                let on_another_thread = std::thread::spawn(|| audit!("a.b").result().unwrap());
                assert_eq!(on_another_thread.join().unwrap(), Some(2));
                tracing::info!("the runtime log continues");
                tracing::debug!("with its level");
                let lines = &runtime.lines()[before..];
                assert!(lines[0].starts_with("ERROR tracing_audit"), "{lines:?}");
                assert!(lines.len() == 2 && lines[1].contains("the runtime log continues"), "{lines:?}");
                own_guard.shutdown(LONG).unwrap();
            }));
            assert_eq!(audit!("a.b").result().is_ok(), parent_has_a_log);
            drop(guard);
        }));
        if parent_has_a_log {
            assert_eq!(events(&parents.dir()), ["log.opened", "a.b", "a.b", "log.checkpoint", "log.closed"]);
        }
        assert_eq!(events(&childs.dir()), ["log.opened", "a.b", "a.b", "log.checkpoint", "log.closed"]);
    }
}

#[test]
fn it_neither_keeps_the_directory_from_its_parent_nor_gives_it_away() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let log = TestLog::new();
    let open_at_once = || AuditLayer::builder(log.dir()).lock_wait(Duration::ZERO).open();
    let (layer, guard) = log.open();
    let mut opened = Some((layer, guard));
    let (mut ours, mut childs) = UnixStream::pair().unwrap();
    childs.set_read_timeout(Some(LONG)).unwrap();
    let child = forked(|| {
        drop(opened.take());
        childs.write_all(b"d").unwrap();
        childs.read_exact(&mut [0]).unwrap();
    });
    // The child has dropped its copy; the parent still owns the directory.
    ours.read_exact(&mut [0]).unwrap();
    assert!(matches!(open_at_once(), Err(OpenError::Locked { .. })));
    // The parent has closed its log, and may open it again while the child lives.
    let (layer, guard) = opened.take().unwrap();
    guard.shutdown(LONG).unwrap();
    drop(layer);
    drop(open_at_once().unwrap());
    ours.write_all(b"e").unwrap();
    ends_well(child);
    assert_eq!(events(&log.dir()), ["log.opened", "log.closed", "log.opened", "log.closed"]);
}
