//! A mirror hangs, records events itself, or owns a handle of the log: the application still ends, and
//! the next process can open the directory.

use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{RuntimeLog, SetOnDrop, TEST_TYPES, TestLog, eventually};
use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tracing::Dispatch;
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::{
    AuditConfig, AuditGuard, AuditHandle, AuditLayer, AuditLayerBuilder, Durability, Mirror, Record, audit,
};
use tracing_subscriber::prelude::*;

/// Longer than any process would wait at its end.
const LONG: Duration = Duration::from_secs(60);

fn builder(log: &TestLog) -> AuditLayerBuilder {
    AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(5))
}

fn emit(guard: &AuditGuard, count: u64) {
    for number in 0..count {
        guard.handle().append(Record::new("a.b").resource("number", number)).result().unwrap();
    }
}

/// A mirror that hangs until the test releases it.
struct Hanging {
    begins: Sender<u64>,
    release: Receiver<()>,
    /// Dropped when the mirror is dropped.
    _ends: Sender<u64>,
}

/// The test's side of it.
struct Hung {
    begins: Receiver<u64>,
    release: Sender<()>,
    ends: Receiver<u64>,
}

fn hanging() -> (Hanging, Hung) {
    let ((begins, has_begun), (release, released), (ends, has_ended)) = (channel(), channel(), channel());
    let hung = Hung { begins: has_begun, release, ends: has_ended };
    (Hanging { begins, release: released, _ends: ends }, hung)
}

impl Mirror for Hanging {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        self.begins.send(batch.lines()[0].seq()).unwrap_or(());
        self.release.recv().unwrap_or(());
        Ok(Delivered::all())
    }
}

impl Hung {
    /// Releases the mirror, and asserts that its thread ends without a further call.
    fn comes_back(self) {
        self.release.send(()).unwrap();
        assert!(self.ends.recv().is_err());
        assert!(self.begins.try_recv().is_err(), "the mirror was called again");
    }
}

#[test]
fn that_hangs_while_the_log_is_closed() {
    for is_shut_down in [true, false] {
        let (log, mirror) = (TestLog::new(), TestMirror::new());
        let (hanging, hung) = hanging();
        let (layer, guard) = builder(&log).mirror("test", hanging).open().unwrap();
        emit(&guard, 10);
        assert_eq!(hung.begins.recv(), Ok(0));
        if is_shut_down {
            let mirrors = guard.shutdown(Duration::from_secs(2)).unwrap().undelivered;
            let all = log.all_records().len() as u64;
            assert_eq!((mirrors[0].records, mirrors[0].from_seq), (all, 0));
        } else {
            drop(guard);
        }
        drop(layer);

        // It still hangs, and another mirror gets all records.
        let guard = builder(&log).lock_wait(Duration::ZERO).mirror("test", mirror.clone()).open().unwrap().1;
        emit(&guard, 10);
        guard.shutdown(LONG).unwrap();
        assert_eq!(mirror.records(), log.all_records());
        let cursor = || fs::read_to_string(log.dir().join(".state/cursors/test.json")).unwrap();
        let before = cursor();
        hung.comes_back();
        assert_eq!(cursor(), before, "the abandoned thread does not save its cursor");
    }
}

/// Guards against two seconds more than `shutdown` was given, if nothing else holds the log.
#[test]
fn that_hangs_when_the_log_is_dropped() {
    let log = TestLog::new();
    let (hanging, hung) = hanging();
    let (layer, guard) = builder(&log).mirror("test", hanging).open().unwrap();
    drop(layer);
    emit(&guard, 10);
    assert_eq!(hung.begins.recv(), Ok(0));
    let begun = Instant::now();
    assert_eq!(guard.shutdown(Duration::from_secs(2)).unwrap().undelivered.len(), 1);
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(3500), "{took:?}");
    hung.comes_back();
}

/// A mirror whose destructor hangs.
struct Sticky {
    inner: TestMirror,
    release: Receiver<()>,
}

impl Mirror for Sticky {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        self.inner.deliver(batch)
    }
}

impl Drop for Sticky {
    fn drop(&mut self) {
        self.release.recv().unwrap_or(());
    }
}

/// Guards against a log that waits for a mirror's destructor without a limit.
#[test]
fn that_hangs_while_it_is_dropped() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let (_release, released) = channel();
    let sticky = Sticky { inner: mirror.clone(), release: released };
    let (layer, guard) = builder(&log).mirror("test", sticky).open().unwrap();
    emit(&guard, 10);
    drop(layer);
    let begun = Instant::now();
    guard.shutdown(Duration::from_secs(2)).unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(3500), "{took:?}");
    assert_eq!(mirror.records(), log.all_records());
    // The directory is not in use any more.
    let other = TestMirror::new();
    let guard = builder(&log).lock_wait(Duration::ZERO).mirror("other", other).open().unwrap().1;
    guard.shutdown(LONG).unwrap();
}

/// Guards against an alarm that only the mirror's own thread can raise.
#[test]
fn that_hangs_is_reported_and_so_is_its_end() {
    let log = TestLog::new();
    let (hanging, hung) = hanging();
    let builder = builder(&log).alarm_after(Duration::from_millis(50)).mirror("test", hanging);
    let (layer, guard) = builder.open().unwrap();
    emit(&guard, 10);
    assert_eq!(hung.begins.recv(), Ok(0));
    let events = |name: &str| {
        let mut records = crate::support::all_records(&log.dir());
        records.retain(|record| record.event == name);
        records
    };
    eventually("the alarm is raised", || !events("log.mirror_failed").is_empty());
    let stats = guard.handle().stats().mirrors.remove(0);
    assert!(stats.failing_since.is_some());
    assert!(stats.last_error.unwrap().error.contains("hangs"));
    hung.release.send(()).unwrap();
    eventually("its end is recorded", || !events("log.mirror_restored").is_empty());
    let failed = events("log.mirror_failed");
    assert_eq!(failed[0].resource["mirror"], "test");
    assert_eq!(failed[0].resource["from_seq"], 0);
    assert!(failed[0].resource["error"].as_str().unwrap().contains("hangs"), "{}", failed[0]);
    let restored = events("log.mirror_restored");
    assert_eq!(restored[0].resource["since"], failed[0].resource["since"]);
    drop((layer, hung.release));
    guard.shutdown(LONG).unwrap();
}

#[test]
fn that_hangs_beside_one_that_does_not() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let ((first, first_hung), (second, second_hung)) = (hanging(), hanging());
    let builder = builder(&log).mirror("first", first).mirror("test", mirror.clone());
    let (layer, guard) = builder.mirror("second", second).open().unwrap();
    emit(&guard, 10);
    first_hung.begins.recv().unwrap();
    second_hung.begins.recv().unwrap();
    let mirrors = guard.shutdown(Duration::from_secs(2)).unwrap().undelivered;
    assert_eq!(mirrors.iter().map(|it| it.mirror.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    drop(layer);
    assert_eq!(mirror.records(), log.all_records());
    assert!(!log.dir().join(".state/cursors/first.json").exists());
    first_hung.comes_back();
    second_hung.comes_back();
    assert!(!log.dir().join(".state/cursors/first.json").exists());
}

/// A mirror that uses the log in each delivery, while it has a handle.
struct Busy<F> {
    handle: Arc<Mutex<Option<AuditHandle>>>,
    inner: TestMirror,
    act: F,
}

impl<F: FnMut(&AuditHandle) + Send + 'static> Mirror for Busy<F> {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let handle = self.handle.lock().unwrap().clone();
        if let Some(handle) = handle {
            (self.act)(&handle);
        }
        self.inner.deliver(batch)
    }
}

#[test]
fn that_records_each_delivery() {
    let settings =
        [(Durability::Process, 8 << 20), (Durability::PowerLoss, 8 << 20), (Durability::Process, 0)];
    for (durability, intake_bytes) in settings {
        let (log, mirror, handle) = (TestLog::new(), TestMirror::new(), Arc::default());
        let busy = Busy {
            handle: Arc::clone(&handle),
            inner: mirror.clone(),
            act: |handle: &AuditHandle| {
                handle.append(Record::new("a.inner")).result().unwrap();
            },
        };
        let builder = builder(&log).durability(durability).intake_bytes(intake_bytes);
        let (layer, guard) = builder.mirror("test", busy).open().unwrap();
        *handle.lock().unwrap() = Some(guard.handle());
        emit(&guard, 20);
        let begun = Instant::now();
        guard.shutdown(LONG).unwrap();
        assert!(begun.elapsed() < LONG, "{durability:?}: later records are not waited for");
        *handle.lock().unwrap() = None;
        drop(layer);

        // The records of the mirror itself arrive after the next start.
        reopen(&log, &mirror).shutdown(LONG).unwrap();
        assert_eq!(mirror.records(), log.all_records());
        assert!(mirror.records().iter().any(|record| record.event == "a.inner"));
    }
}

fn reopen(log: &TestLog, mirror: &TestMirror) -> AuditGuard {
    builder(log).mirror("test", mirror.clone()).open().unwrap().1
}

#[test]
fn that_asks_the_log_for_anything() {
    let (log, mirror, handle) = (TestLog::new(), TestMirror::new(), Arc::default());
    let mut config = AuditConfig::new(log.dir());
    let mut calls = 0;
    let busy = Busy {
        handle: Arc::clone(&handle),
        inner: mirror.clone(),
        act: move |handle: &AuditHandle| {
            calls += 1;
            if calls > 20 {
                return;
            }
            config.alarm_after = Duration::from_secs(100 + calls);
            config.sync_interval = Duration::from_millis(5);
            handle.reconfigure(&config).unwrap();
            handle.flush(LONG).unwrap();
            handle.prune().unwrap();
            assert_eq!(handle.stats().mirrors.len(), 1);
        },
    };
    let (layer, guard) = builder(&log).mirror("test", busy).open().unwrap();
    *handle.lock().unwrap() = Some(guard.handle());
    emit(&guard, 20);
    guard.shutdown(LONG).unwrap();
    *handle.lock().unwrap() = None;
    drop(layer);
    assert_eq!(mirror.repeats(), 0, "there was no panic");
    reopen(&log, &mirror).shutdown(LONG).unwrap();
    assert_eq!(mirror.records(), log.all_records());
}

#[test]
fn that_emits_events_into_the_stack_that_the_log_is_part_of() {
    let (log, mirror, runtime) = (TestLog::new(), TestMirror::new(), RuntimeLog::default());
    let dispatch = Arc::new(Mutex::new(None::<Dispatch>));
    let its = Arc::clone(&dispatch);
    let handle = Arc::new(Mutex::new(None));
    let busy = Busy {
        handle: Arc::clone(&handle),
        inner: mirror.clone(),
        act: move |_: &AuditHandle| {
            let dispatch = its.lock().unwrap().clone().unwrap();
            tracing::dispatcher::with_default(&dispatch, || {
                tracing::warn!("a batch arrives");
                audit!("a.inner").result().unwrap();
            });
        },
    };
    let (layer, guard) = builder(&log).mirror("test", busy).open().unwrap();
    *dispatch.lock().unwrap() =
        Some(Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime.clone())));
    *handle.lock().unwrap() = Some(guard.handle());
    emit(&guard, 20);
    guard.shutdown(LONG).unwrap();
    (*handle.lock().unwrap(), *dispatch.lock().unwrap()) = (None, None);
    reopen(&log, &mirror).shutdown(LONG).unwrap();
    assert_eq!(mirror.records(), log.all_records());
    assert!(runtime.lines().iter().any(|line| line.contains("a batch arrives")));
}

#[test]
fn while_others_go_on_recording() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let (layer, guard) = builder(&log).mirror("test", mirror.clone()).open().unwrap();
    let handle = guard.handle();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let ends = SetOnDrop(&is_over);
        scope.spawn(|| {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                handle.append(Record::new("a.b")).wait_synced(LONG).unwrap();
            }
        });
        eventually("records", || mirror.count() > 50);
        let begun = Instant::now();
        guard.shutdown(LONG).unwrap();
        assert!(begun.elapsed() < LONG, "later records are not waited for");
        drop(ends);
    });
    drop((layer, handle));
    reopen(&log, &mirror).shutdown(LONG).unwrap();
    assert_eq!(mirror.records(), log.all_records());
}

/// A runtime log that runs a function when it gets the report of a mirror's failure.
struct Told<F> {
    is_told: Mutex<Sender<()>>,
    then: F,
}

impl<S: tracing::Subscriber, F: Fn() + 'static> tracing_subscriber::Layer<S> for Told<F> {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if *event.metadata().level() == tracing::Level::ERROR {
            self.is_told.lock().unwrap().send(()).unwrap_or(());
            (self.then)();
        }
    }
}

fn is_told_to_one_that_will(then: impl Fn() + Send + Sync + 'static) {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    mirror.behaves(|_| Answer::FailAndWait(Duration::from_secs(3600)));
    let (is_told, told) = channel();
    let builder = builder(&log).alarm_after(Duration::from_millis(1)).mirror("test", mirror.clone());
    let (layer, guard) = builder.open().unwrap();
    let runtime = Told { is_told: Mutex::new(is_told), then };
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime));
    tracing::dispatcher::with_default(&dispatch, || audit!("a.b").result().unwrap());
    told.recv().unwrap();
    mirror.behaves(|_| Answer::Take);
    let begun = Instant::now();
    guard.shutdown(LONG).unwrap();
    assert!(begun.elapsed() < LONG);
    drop(dispatch);
    reopen(&log, &mirror).shutdown(LONG).unwrap();
    assert_eq!(mirror.records(), log.all_records());
}

/// Like a runtime log that sends its lines through a channel: it consumes the thread's park token.
#[test]
fn whose_failure_is_told_to_a_runtime_log_that_parks() {
    is_told_to_one_that_will(|| std::thread::park_timeout(Duration::from_millis(300)));
}

#[test]
fn whose_failure_is_told_to_a_runtime_log_that_panics() {
    is_told_to_one_that_will(|| panic!("the runtime log panics"));
}

/// The log is closed by the thread of the mirror.
#[test]
fn that_has_the_last_handle_and_gives_it_up() {
    let (log, mirror) = (TestLog::new(), TestMirror::new());
    let handle = Arc::new(Mutex::new(None::<AuditHandle>));
    let (release, released) = channel::<()>();
    let its = Arc::clone(&handle);
    let once = {
        let inner = mirror.clone();
        move |batch: &Batch<'_>| {
            released.recv().unwrap_or(());
            let last = its.lock().unwrap().take();
            drop(last);
            let mut inner = inner.clone();
            inner.deliver(batch)
        }
    };
    struct By<F>(F);
    impl<F> Mirror for By<F>
    where
        F: FnMut(&Batch<'_>) -> Result<Delivered, DeliveryError> + Send + 'static,
    {
        fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
            self.0(batch)
        }
    }
    let (layer, guard) = builder(&log).mirror("test", By(once)).open().unwrap();
    *handle.lock().unwrap() = Some(guard.handle());
    emit(&guard, 10);
    assert_eq!(guard.shutdown(Duration::from_secs(2)).unwrap().undelivered.len(), 1);
    drop(layer);
    drop(release);
    eventually("the mirror has dropped it", || handle.lock().unwrap().is_none());
    // Closing takes some time; then the directory is not in use any more.
    mirror.behaves(|_| Answer::Take);
    builder(&log).lock_wait(LONG).mirror("test", mirror.clone()).open().unwrap().1.shutdown(LONG).unwrap();
    assert_eq!(mirror.records(), log.all_records());
}
