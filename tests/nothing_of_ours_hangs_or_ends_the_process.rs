//! The log never holds up its application beyond a deadline, never unwinds into it, and never ends
//! it, whatever the application's own code does when the log calls it: a writer that blocks, a
//! layer that panics, a destructor that panics, an error without an end.
//!
//! Each case runs as a process of its own, which says how far it came and is killed after
//! [`PATIENCE`]; so an abort, a deadlock or a memory that fills up is a failure with words.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)] // Pipes that block, `atexit` and limits of the process.

mod support;

use std::cell::RefCell;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{self, Wake, Waker};
use std::time::{Duration, Instant};
use support::child::{child, child_argument, open_folder, say};
use support::{TEST_TYPES, day_files, eventually};
use tracing::{Event, Subscriber};
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::read::Reader;
use tracing_audit::{AuditGuard, AuditLayer, Mirror, Record, audit};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;

/// How long a case may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A call that is to return at once may take as long on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Runs the test again as a process, and asserts that it says `done` and ends well.
fn assert_done(test: &str) {
    let folder = open_folder();
    let mut command = child(test, folder.path(), &folder.path().join("audit"));
    // All of it, so that nothing blocks the child but what it has built itself.
    let said = File::create(folder.path().join("said")).unwrap();
    command.stdout(said.try_clone().unwrap()).stderr(said).stdin(Stdio::null());
    command.env("RUST_BACKTRACE", "0");
    let mut process = command.spawn().unwrap();
    let since = Instant::now();
    let status = loop {
        match process.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if since.elapsed() > PATIENCE => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_none() {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let mut text = String::new();
    File::open(folder.path().join("said")).unwrap().read_to_string(&mut text).unwrap();
    text.truncate(6000);
    let status = status.unwrap_or_else(|| panic!("it hangs, after:\n{text}"));
    assert!(status.success(), "it ended with {status} (signal {:?}), after:\n{text}", status.signal());
    assert!(text.contains("child: done"), "it did not come to its end:\n{text}");
}

/// Runs the body in a process of its own.
macro_rules! in_a_process {
    ($test:literal, |$dir:ident| $body:block) => {
        let Some($dir) = child_argument() else {
            return assert_done($test);
        };
        $body
        say("done");
        std::io::stdout().flush().unwrap();
    };
}

fn open(dir: &Path) -> (AuditLayer, AuditGuard) {
    AuditLayer::builder(dir).catalog(TEST_TYPES).open().unwrap()
}

/// What makes a report due: an event that the catalog does not know, under a name of its own.
macro_rules! flagged {
    ($name:literal) => {
        audit!($name, resource.x = 1)
    };
}

fn events(dir: &Path) -> Vec<String> {
    Reader::open(dir).unwrap().records().map(|record| record.unwrap().event).collect()
}

/// A runtime log whose every line of the audit log's own blocks: a full pipe without a reader.
struct BlockedPipe(OwnedFd, Arc<AtomicUsize>);

impl BlockedPipe {
    fn new(count: &Arc<AtomicUsize>) -> BlockedPipe {
        let mut ends = [0; 2];
        // SAFETY: there is room for two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        // SAFETY: the pipe was just made; its reading end stays open for the process's life.
        let fd = unsafe { OwnedFd::from_raw_fd(ends[1]) };
        // SAFETY: as above.
        unsafe { libc::fcntl(ends[1], libc::F_SETFL, libc::O_NONBLOCK) };
        while rustix::io::write(&fd, &[b'x'; 4096]).is_ok() {}
        // SAFETY: as above.
        unsafe { libc::fcntl(ends[1], libc::F_SETFL, 0) };
        BlockedPipe(fd, Arc::clone(count))
    }
}

impl<S: Subscriber> Layer<S> for BlockedPipe {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("tracing_audit") {
            self.1.fetch_add(1, Ordering::Relaxed);
            rustix::io::write(&self.0, b"a line of the runtime log\n").unwrap();
        }
    }
}

fn assert_at_once(what: &str, since: Instant) {
    let took = since.elapsed();
    say(format_args!("{what} took {took:?}"));
    assert!(took < AT_ONCE, "{what} took {took:?}");
}

/// Guards against reports that are written to the runtime log by the caller: its pipe is full, and
/// `audit!` hangs.
#[test]
fn a_caller_does_not_wait_for_a_blocked_runtime_log() {
    in_a_process!("a_caller_does_not_wait_for_a_blocked_runtime_log", |dir| {
        let count = Arc::new(AtomicUsize::new(0));
        let (layer, guard) = open(&dir);
        let handle = guard.handle();
        tracing_subscriber::registry().with(layer).with(BlockedPipe::new(&count)).init();
        for _ in 0..20 {
            let since = Instant::now();
            assert!(flagged!("unknown.type").seq().is_some());
            assert_at_once("audit!", since);
            let since = Instant::now();
            assert!(handle.append(Record::new("unknown.handle")).seq().is_some());
            assert_at_once("append", since);
        }
        let since = Instant::now();
        handle.flush(Duration::from_secs(5)).unwrap();
        assert_at_once("flush", since);
        drop(handle);
        let since = Instant::now();
        drop(guard);
        assert_at_once("the guard's drop", since);
    });
}

/// Guards against reports that are written by the thread that syncs: while it is held by a full
/// pipe, nothing is synced.
#[test]
fn syncing_goes_on_beside_a_blocked_runtime_log() {
    in_a_process!("syncing_goes_on_beside_a_blocked_runtime_log", |dir| {
        let count = Arc::new(AtomicUsize::new(0));
        let (layer, guard) = open(&dir);
        let handle = guard.handle();
        tracing_subscriber::registry().with(layer).with(BlockedPipe::new(&count)).init();
        handle.append(Record::new("a.b")).result().unwrap();
        handle.flush(Duration::from_secs(5)).unwrap();
        for _ in 0..5 {
            // It is noticed and reported from the background.
            for file in fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()) {
                if file.extension().is_some_and(|extension| extension == "log") {
                    fs::remove_file(file).unwrap();
                }
            }
            let since = Instant::now();
            while since.elapsed() < Duration::from_millis(400) {
                let before = Instant::now();
                assert!(handle.append(Record::new("a.b")).seq().is_some());
                assert_at_once("append", before);
                std::thread::sleep(Duration::from_millis(50));
            }
            let receipt = audit!("a.b");
            receipt.wait_synced(Duration::from_secs(5)).unwrap();
        }
        drop(handle);
        let since = Instant::now();
        drop(guard);
        assert_at_once("the guard's drop", since);
    });
}

/// Emits when its thread's locals are destroyed, when those of the runtime log are gone.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        assert!(flagged!("unknown.last").seq().is_some());
    }
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Guards against a report out of a thread that is ending: the `fmt` layer panics there, and a panic
/// in a destructor of a thread-local aborts the process.
#[test]
fn a_report_that_is_due_at_the_end_of_a_thread_does_not_abort() {
    in_a_process!("a_report_that_is_due_at_the_end_of_a_thread_does_not_abort", |dir| {
        let (layer, guard) = open(&dir);
        tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(layer).init();
        std::thread::spawn(|| {
            // Made first, it is destroyed last.
            LAST.with(|last| *last.borrow_mut() = Some(Last));
            tracing::info!("the runtime log has its thread-locals, too");
            audit!("a.b");
        })
        .join()
        .unwrap();
        drop(guard);
        assert!(events(&dir).contains(&"unknown.last".to_owned()));
    });
}

/// Guards against the `Registry`'s own thread-locals, which are asked for the current span where a
/// span names an actor: they panic when they are destroyed.
#[test]
fn an_event_at_the_end_of_a_thread_does_not_abort_beside_a_span_that_names_an_actor() {
    in_a_process!(
        "an_event_at_the_end_of_a_thread_does_not_abort_beside_a_span_that_names_an_actor",
        |dir| {
            let (layer, guard) = open(&dir);
            let stack = tracing_subscriber::registry().with(layer);
            stack.with(tracing_subscriber::fmt::layer()).init();
            let span = tracing::info_span!("request", actor.user_sid = "ada");
            std::thread::spawn(|| {
                LAST.with(|last| *last.borrow_mut() = Some(Last));
                tracing::info_span!("thread").in_scope(|| audit!("a.b"));
            })
            .join()
            .unwrap();
            drop((span, guard));
            assert!(events(&dir).contains(&"unknown.last".to_owned()));
        }
    );
}

extern "C" fn at_exit() {
    let is_recorded = flagged!("unknown.exit").seq().is_some();
    println!("child: {}", if is_recorded { "done" } else { "not recorded" });
}

/// Guards against the same in a handler of `atexit`.
#[test]
fn a_report_that_is_due_in_an_exit_handler_does_not_abort() {
    let Some(dir) = child_argument() else {
        return assert_done("a_report_that_is_due_in_an_exit_handler_does_not_abort");
    };
    let (layer, _guard) = open(&dir);
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(layer).init();
    tracing::info!("the runtime log has its thread-locals, too");
    // SAFETY: the handler is a function of the program's own.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    std::process::exit(0);
}

/// A runtime log that panics at the audit log's own lines.
struct Panics;

impl<S: Subscriber> Layer<S> for Panics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        assert!(!event.metadata().target().starts_with("tracing_audit"), "the runtime log panics");
    }
}

/// Guards against a panic of the runtime log that unwinds out of `audit!`.
#[test]
fn a_runtime_log_that_panics_at_a_report_is_not_felt() {
    in_a_process!("a_runtime_log_that_panics_at_a_report_is_not_felt", |dir| {
        let (layer, guard) = open(&dir);
        let handle = guard.handle();
        tracing_subscriber::registry().with(layer).with(Panics).init();
        for _ in 0..5 {
            assert!(flagged!("unknown.type").seq().is_some());
            assert!(handle.append(Record::new("unknown.handle")).seq().is_some());
        }
        handle.flush(Duration::from_secs(5)).unwrap();
        drop((handle, guard));
        assert_eq!(events(&dir).iter().filter(|event| event.starts_with("unknown.")).count(), 10);
    });
}

/// A panic's payload whose destructor panics.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the payload's destructor panics");
        }
    }
}

/// Panics with such a payload where it is shown.
#[derive(Clone, Copy)]
struct Evil;

impl Display for Evil {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::panic::panic_any(Payload)
    }
}

impl Debug for Evil {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::panic::panic_any(Payload)
    }
}

impl Error for Evil {}

/// Guards against a panic while the payload of another is dropped: `audit!` unwinds, or is not
/// recorded.
#[test]
fn a_value_that_panics_twice_is_recorded_all_the_same() {
    in_a_process!("a_value_that_panics_twice_is_recorded_all_the_same", |dir| {
        let (layer, guard) = open(&dir);
        tracing_subscriber::registry().with(layer).init();
        let error: &(dyn Error + 'static) = &Evil;
        let seqs = [
            audit!("a.b", resource.x = %Evil).seq(),
            audit!("a.b", resource.x = ?Evil).seq(),
            audit!("a.b", resource.x = error).seq(),
        ];
        say(format_args!("{seqs:?}"));
        assert!(seqs.iter().all(Option::is_some), "{seqs:?}");
        let span = tracing::info_span!("span", actor.user_sid = %Evil);
        assert!(span.in_scope(|| audit!("a.b")).seq().is_some());
        drop(guard);
        assert_eq!(events(&dir).iter().filter(|event| *event == "a.b").count(), 4);
    });
}

/// A waker that panics, with such a payload.
struct EvilWaker;

impl Wake for EvilWaker {
    fn wake(self: Arc<EvilWaker>) {
        std::panic::panic_any(Payload)
    }
}

/// Guards against a waker's panic that ends the thread that syncs: nothing is synced any more.
#[test]
fn a_waker_that_panics_does_not_stop_syncing() {
    in_a_process!("a_waker_that_panics_does_not_stop_syncing", |dir| {
        let (_layer, guard) = open(&dir);
        let handle = guard.handle();
        let waker = Waker::from(Arc::new(EvilWaker));
        for _ in 0..3 {
            let mut synced = handle.append(Record::new("a.b")).synced();
            let _ = Pin::new(&mut synced).poll(&mut task::Context::from_waker(&waker));
            handle.append(Record::new("a.b")).wait_synced(Duration::from_secs(5)).unwrap();
        }
        drop(handle);
        guard.shutdown(Duration::from_secs(5)).unwrap();
    });
}

/// An error whose causes have no end.
#[derive(Debug, Clone, Copy)]
struct Cyclic;

impl Display for Cyclic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("round and round")
    }
}

impl Error for Cyclic {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

fn limit_memory() {
    let limit = libc::rlimit { rlim_cur: 1 << 30, rlim_max: 1 << 30 };
    // SAFETY: the limit is read, and outlives the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
}

/// Guards against following an error's causes until the memory is full.
#[test]
fn an_error_whose_causes_go_round_in_a_circle_is_recorded() {
    in_a_process!("an_error_whose_causes_go_round_in_a_circle_is_recorded", |dir| {
        limit_memory();
        let (layer, guard) = open(&dir);
        tracing_subscriber::registry().with(layer).init();
        let error: &(dyn Error + 'static) = &Cyclic;
        assert!(audit!("a.b", resource.x = error).seq().is_some());
        drop(guard);
    });
}

/// A receiver's client that misbehaves at first.
struct Client {
    calls: usize,
    misbehaves: fn() -> DeliveryError,
    delivered: Arc<AtomicUsize>,
}

impl Mirror for Client {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        self.calls += 1;
        if self.calls <= 2 {
            return Err((self.misbehaves)());
        }
        self.delivered.fetch_add(batch.lines().len(), Ordering::Relaxed);
        Ok(Delivered::all())
    }
}

/// Whether such a client gets its records in the end.
fn assert_follower_goes_on(dir: &Path, misbehaves: fn() -> DeliveryError) {
    limit_memory();
    let delivered = Arc::new(AtomicUsize::new(0));
    let client = Client { calls: 0, misbehaves, delivered: Arc::clone(&delivered) };
    let builder = AuditLayer::builder(dir).catalog(TEST_TYPES).sync_interval(Duration::from_millis(20));
    let (_layer, guard) = builder.mirror("client", client).open().unwrap();
    guard.handle().append(Record::new("a.b")).result().unwrap();
    eventually("the mirror gets its records", || delivered.load(Ordering::Relaxed) > 0);
    drop(guard);
}

/// Guards against a panic while a mirror's panic is thrown away: its thread ends, and nothing is
/// delivered any more.
#[test]
fn a_mirror_that_panics_twice_gets_its_records() {
    in_a_process!("a_mirror_that_panics_twice_gets_its_records", |dir| {
        assert_follower_goes_on(&dir, || std::panic::panic_any(Payload));
    });
}

/// Guards against an error of a mirror that panics when it is shown.
#[test]
fn a_mirror_whose_error_panics_gets_its_records() {
    in_a_process!("a_mirror_whose_error_panics_gets_its_records", |dir| {
        assert_follower_goes_on(&dir, || DeliveryError::retry(Evil));
    });
}

/// Guards against an error of a mirror whose causes have no end.
#[test]
fn a_mirror_whose_error_goes_round_in_a_circle_gets_its_records() {
    in_a_process!("a_mirror_whose_error_goes_round_in_a_circle_gets_its_records", |dir| {
        assert_follower_goes_on(&dir, || DeliveryError::retry(Cyclic));
    });
}

/// An error that panics when it is asked for its cause, and when it is dropped.
#[derive(Debug)]
struct Thorny;

impl Display for Thorny {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("thorny")
    }
}

impl Error for Thorny {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        std::panic::panic_any(Payload)
    }
}

impl Drop for Thorny {
    fn drop(&mut self) {
        drop(Payload);
    }
}

/// Guards against an error of a mirror that panics when it is dropped.
#[test]
fn a_mirror_whose_error_panics_when_it_is_dropped_gets_its_records() {
    in_a_process!("a_mirror_whose_error_panics_when_it_is_dropped_gets_its_records", |dir| {
        assert_follower_goes_on(&dir, || DeliveryError::retry(Thorny));
    });
}

/// Guards against files that get the descriptors 0 to 2 in a daemon that has closed them: what a
/// library writes to stderr then stands in the day file.
#[test]
fn a_daemon_without_standard_descriptors_keeps_its_files_clean() {
    let Some(dir) = child_argument() else {
        return assert_done("a_daemon_without_standard_descriptors_keeps_its_files_clean");
    };
    let kept = rustix::io::dup(std::io::stdout()).unwrap();
    for fd in 0..3 {
        // SAFETY: nothing reads or writes them until the end.
        unsafe { libc::close(fd) };
    }
    let (layer, guard) = open(&dir);
    let shout = |text: &[u8]| {
        for fd in 0..3 {
            // SAFETY: the text outlives the call; a closed descriptor is an error.
            unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
        }
    };
    let handle = guard.handle();
    let mut results = Vec::new();
    for n in 0..50 {
        results.push(handle.append(Record::new("a.b").resource("n", n)).seq());
        shout(b"stray words of a library\n");
        if n % 10 == 0 {
            handle.flush(Duration::from_secs(5)).ok();
        }
        if n == 25 {
            // The copy that is made of it is a file of the log, too.
            std::fs::remove_file(day_files(&dir).remove(0)).unwrap();
        }
    }
    drop((handle, layer));
    let shut = guard.shutdown(Duration::from_secs(5)).is_ok();
    let reader = Reader::open(&dir).unwrap();
    let (good, bad) = reader.records().fold((0, 0), |(good, bad), record| match record {
        Ok(_) => (good + 1, bad),
        Err(_) => (good, bad + 1),
    });
    let lock = std::fs::read(dir.join(".state/lock")).unwrap();
    let is_clean = !lock.windows(5).any(|window| window == b"stray");
    let is_well = is_clean && bad == 0 && good >= 50 && results.iter().all(Option::is_some);
    let text = format!("{good} records, {bad} other lines, lock file clean: {is_clean}, shut down: {shut}");
    let text = if is_well { "child: done\n".to_owned() } else { format!("child: {text}\n") };
    rustix::io::write(&kept, text.as_bytes()).unwrap();
    // SAFETY: nothing is left to be dropped; the test runner's own output is closed.
    unsafe { libc::_exit(i32::from(!is_well)) };
}

/// Guards against a sync that needs a descriptor: where the process has none left, records that are
/// on disk counted as not synced, and the day file as damaged.
#[test]
fn a_process_without_descriptors_syncs_its_records() {
    in_a_process!("a_process_without_descriptors_syncs_its_records", |dir| {
        let (_layer, guard) = open(&dir);
        let handle = guard.handle();
        handle.append(Record::new("a.b")).wait_synced(Duration::from_secs(10)).unwrap();
        let limit = libc::rlimit { rlim_cur: 0, rlim_max: 4096 };
        // SAFETY: the limit is read, and outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        assert!(File::open("/dev/null").is_err(), "there is a descriptor left");
        for _ in 0..5 {
            let receipt = handle.append(Record::new("a.b"));
            assert!(receipt.wait_synced(Duration::from_secs(10)).is_ok_and(|seq| seq.is_some()));
        }
        let limit = libc::rlimit { rlim_cur: 1024, rlim_max: 4096 };
        // SAFETY: as above.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        assert_eq!(day_files(&dir).len(), 1);
        drop((handle, guard));
        assert!(!events(&dir).contains(&"log.sync_failed".to_owned()));
    });
}

/// Has the kernel end the process at this system call, as `SystemCallFilter=` of a systemd unit does.
fn end_process_at(call: libc::c_long) {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code.try_into().unwrap(), jt, jf, k };
    let mut steps = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, call.try_into().unwrap()),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_KILL_PROCESS),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: steps.as_mut_ptr() };
    // SAFETY: the program and its steps outlive the calls.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let filter = libc::PR_SET_SECCOMP;
        assert_eq!(libc::prctl(filter, libc::SECCOMP_MODE_FILTER, &raw const program, 0, 0), 0);
    }
}

/// Guards against a filter of system calls, common in unit files, that ends the process as soon as
/// there is a mirror.
#[test]
fn a_filter_against_lower_priorities_does_not_end_the_process() {
    in_a_process!("a_filter_against_lower_priorities_does_not_end_the_process", |dir| {
        for (is_of_systemd, low) in [(true, None), (false, Some(false))] {
            // SAFETY: no other thread reads the environment at this time.
            unsafe {
                if is_of_systemd {
                    std::env::set_var("INVOCATION_ID", "0123456789abcdef0123456789abcdef");
                } else {
                    std::env::remove_var("INVOCATION_ID");
                }
            }
            // The filter is the current thread's and its children's.
            let dir = dir.join(is_of_systemd.to_string());
            end_process_at(libc::SYS_setpriority);
            let delivered = Arc::new(AtomicUsize::new(0));
            let misbehaves = || DeliveryError::retry("never");
            let client = Client { calls: 2, misbehaves, delivered: Arc::clone(&delivered) };
            let mut builder = AuditLayer::builder(&dir).sync_interval(Duration::from_millis(20));
            if let Some(low) = low {
                builder = builder.low_priority_mirrors(low);
            }
            let (_layer, guard) = builder.mirror("client", client).open().unwrap();
            eventually("the mirror gets its records", || delivered.load(Ordering::Relaxed) > 0);
            drop(guard);
        }
    });
}

fn limit_file_size(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the limit is read, and outlives the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) }, 0);
}

/// Guards against the signal at a write beyond the largest size of a file: below the intake's size,
/// reached by the day file, and set while the log is open.
#[test]
fn a_limit_of_file_sizes_does_not_end_the_process_and_a_further_file_has_room() {
    in_a_process!("a_limit_of_file_sizes_does_not_end_the_process_and_a_further_file_has_room", |dir| {
        let padding = "x".repeat(8000);
        for (n, intake) in [8 << 20, 0].into_iter().enumerate() {
            let dir = dir.join(n.to_string());
            limit_file_size(1 << 20);
            let (layer, guard) = AuditLayer::builder(&dir).intake_bytes(intake).open().unwrap();
            let handle = guard.handle();
            let append = || handle.append(Record::new("a.b").resource("padding", &*padding));
            for _ in 0..400 {
                assert!(append().seq().is_some());
            }
            handle.flush(Duration::from_secs(10)).unwrap();
            let files = day_files(&dir);
            assert!(files.len() >= 4, "{files:?}");
            assert!(files.iter().all(|file| file.metadata().unwrap().len() <= 1 << 20));
            drop((layer, handle, guard));
            assert_eq!(events(&dir).iter().filter(|event| *event == "a.b").count(), 400);
        }
        for (n, intake) in [8 << 20, 0].into_iter().enumerate() {
            let dir = dir.join(format!("later{n}"));
            limit_file_size(libc::RLIM_INFINITY);
            let (layer, guard) = AuditLayer::builder(&dir).intake_bytes(intake).open().unwrap();
            let handle = guard.handle();
            let append = || handle.append(Record::new("a.b").resource("padding", &*padding));
            assert!((0..100).all(|_| append().seq().is_some()));
            handle.flush(Duration::from_secs(10)).unwrap();
            limit_file_size(400_000);
            // A caller that writes itself compares with the limit at the last check.
            handle.flush(Duration::from_secs(10)).unwrap();
            assert!((0..100).all(|_| append().seq().is_some()));
            handle.flush(Duration::from_secs(10)).unwrap();
            // Nothing can be written at all: an error, and no signal.
            limit_file_size(0);
            handle.flush(Duration::from_millis(300)).ok();
            append();
            handle.flush(Duration::from_millis(300)).ok();
            drop((layer, handle, guard));
            assert!(AuditLayer::builder(dir.with_extension("new")).open().is_err());
            limit_file_size(libc::RLIM_INFINITY);
            assert!(AuditLayer::builder(&dir).open().is_ok());
            assert!(events(&dir).iter().filter(|event| *event == "a.b").count() >= 200);
        }
    });
}
