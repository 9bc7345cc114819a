//! A forked child ignores the mirrors of its parent: it ends at once, and touches neither the mirrors
//! nor their cursors.
#![cfg(unix)]
#![allow(unsafe_code)]

mod support;

use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::mirrors::TestMirror;
use support::{SetOnDrop, TEST_TYPES, TestLog, eventually};
use tracing_audit::{AppendError, AuditLayer, AuditLayerBuilder, Record, ShutdownError};

/// The longest time for a child, in seconds; after that it counts as hanging.
const PATIENCE: u32 = 20;

fn builder(log: &TestLog, mirror: &TestMirror) -> AuditLayerBuilder {
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(1));
    builder.mirror("test", mirror.clone())
}

/// Forks. Returns the child in the parent, and `None` in the child, which is ended by a signal if it
/// takes too long.
fn fork() -> Option<libc::pid_t> {
    // SAFETY: the child only calls the functions under test, and ends.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: no other code uses the alarm of this process.
            unsafe { libc::alarm(PATIENCE) };
            None
        }
        child => {
            assert!(child > 0);
            Some(child)
        }
    }
}

fn end_child(is_well: bool) -> ! {
    // SAFETY: the child ends here.
    unsafe { libc::_exit(if is_well { 0 } else { 1 }) }
}

fn assert_ends_well(child: libc::pid_t) {
    let mut status = 0;
    // SAFETY: `status` is valid for writing.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_ne!(status, libc::SIGALRM, "the child hangs");
    assert_eq!(status, 0, "the child has ended with {status}");
}

#[test]
fn that_drops_what_it_has_inherited() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let (layer, guard) = builder(&log, &mirror).open().unwrap();
    let handle = guard.handle();
    handle.append(Record::new("a.b")).result().unwrap();
    eventually("all records are delivered", || handle.stats().mirrors[0].behind_records == 0);
    let cursor = log.dir().join(".state/cursors/test.json");
    let written = || {
        let metadata = cursor.metadata().unwrap();
        (metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), std::fs::read(&cursor).unwrap())
    };
    eventually("the cursor is saved", || {
        cursor.exists() && String::from_utf8(written().3).unwrap().contains("\"next_seq\":2}")
    });
    let (before, calls) = (written(), mirror.calls());
    for _ in 0..10 {
        match fork() {
            None => {
                let is_refused =
                    matches!(handle.append(Record::new("a.b")).result(), Err(AppendError::Forked))
                        && handle.stats().mirrors.is_empty();
                // As at the end of `main`.
                drop((layer, guard, handle));
                end_child(is_refused && mirror.calls() == calls);
            }
            Some(child) => assert_ends_well(child),
        }
    }
    assert_eq!((written(), mirror.calls()), (before, calls));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    drop((layer, handle));
    assert_eq!(mirror.records(), log.all_records());
}

/// The child has no thread that delivers: it must not wait for one.
#[test]
fn that_shuts_the_log_down() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let (layer, guard) = builder(&log, &mirror).open().unwrap();
    guard.handle().append(Record::new("a.b")).result().unwrap();
    match fork() {
        None => {
            let error = guard.shutdown(Duration::from_secs(3600));
            let is_refused =
                matches!(error, Err(ShutdownError::NotClosed { source: AppendError::Forked, .. }));
            drop(layer);
            end_child(is_refused);
        }
        Some(child) => assert_ends_well(child),
    }
    guard.shutdown(Duration::from_secs(10)).unwrap();
    drop(layer);
    assert_eq!(mirror.records(), log.all_records());
}

/// A thread that held a lock at the fork does not exist in the child, and never releases it.
#[test]
fn that_was_forked_off_while_others_were_busy() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let (layer, guard) = builder(&log, &mirror).open().unwrap();
    let handle = guard.handle();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let ends = SetOnDrop(&is_over);
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert_eq!(handle.stats().mirrors.len(), 1);
                }
            });
        }
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                handle.append(Record::new("a.b")).result().unwrap();
                std::thread::yield_now();
            }
        });
        for _ in 0..200 {
            // The references belong to threads of the parent, which do not exist here.
            match fork() {
                None => {
                    // SAFETY: no code in this process uses them any more.
                    let inherited =
                        unsafe { (std::ptr::read(&raw const guard), std::ptr::read(&raw const handle)) };
                    drop(inherited);
                    // SAFETY: the same.
                    drop(unsafe { std::ptr::read(&raw const layer) });
                    end_child(true);
                }
                Some(child) => assert_ends_well(child),
            }
        }
        drop(ends);
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    drop((layer, handle));
    assert_eq!(mirror.records(), log.all_records());
}
