//! An audit event costs no heap allocation once a thread is warm.
//!
//! The allocator of this test counts the allocations of each thread. Each kind of event is emitted a few
//! times to warm up: the first event of a thread creates its buffers, and long values make them grow.
//! Then it is emitted ten thousand times, without a further allocation. As in an application, the log
//! is a global default beside a runtime log, and writes to files.

#![allow(unsafe_code)] // A global allocator is unsafe to implement.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;
use support::{TestLog, eventually};
use tracing_audit::events::{PolicyApplied, ProviderSelected};
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;
use tracing_audit::{AuditLayer, Outcome, Receipt, audit};
use tracing_subscriber::prelude::*;

const WARM_UP: usize = 10;
const EVENTS: usize = 10_000;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

struct CountingAllocator;

thread_local! {
    /// Needs no allocation itself: its initial value is constant, and it has no destructor.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

fn count_one() {
    ALLOCATIONS.with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is forwarded unchanged to the system's allocator, whose guarantees hold. Counting
// neither allocates nor unwinds.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one();
        // SAFETY: the caller upholds the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_one();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_one();
        // SAFETY: as above.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Returns the number of allocations of this thread in `f`.
fn allocations_in(f: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    f();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations_in(|| drop(black_box(Box::new(1)))), 1);
    assert_eq!(allocations_in(|| drop(black_box("text".to_owned()))), 1);
    assert_eq!(allocations_in(|| drop(black_box(vec![0; 100]))), 1);
    let mut grown = Vec::with_capacity(1);
    assert_eq!(allocations_in(|| grown.extend_from_slice(black_box(&[1, 2, 3]))), 1);
    assert_eq!(allocations_in(|| assert_eq!(black_box(1) + 1, 2)), 0);
}

#[test]
fn an_event_costs_no_allocation() {
    let log = TestLog::new();
    // The disk of a busy machine may be slow.
    let builder = AuditLayer::builder(log.dir()).clock(EternalNoon).append_deadline(Duration::from_secs(60));
    let (layer, guard) = builder.redact(["password", "keys_locked_count"]).open().unwrap();
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink))
        .with(layer)
        .init();
    // Where the key of the seals was made is told once, by the next event or by the sealer itself.
    let is_sealed = || guard.handle().stats().seal.is_none_or(|seal| seal.sealed_seq.is_some());
    eventually("the log is sealed", is_sealed);
    // The count includes the macro: this allocation is seen.
    let allocates = || audit!("settings.changed", resource.key = black_box("retention").to_owned());
    assert_eq!(allocations_of(allocates), EVENTS);

    let costs = KINDS.map(|(name, emit)| (name, allocations_of(emit)));
    assert_eq!(costs, KINDS.map(|(name, _)| (name, 0)));
    let recorded = (1 + KINDS.len()) * (WARM_UP + EVENTS);
    assert_eq!(guard.handle().stats().recorded, recorded as u64);
}

/// Returns the number of allocations of ten thousand events of `emit`.
fn allocations_of(emit: impl Fn() -> Receipt) -> usize {
    (0..WARM_UP).for_each(|_| assert_recorded(&emit()));
    allocations_in(|| (0..EVENTS).for_each(|_| assert_recorded(&emit())))
}

fn assert_recorded(receipt: &Receipt) {
    assert!(receipt.seq().is_some(), "{receipt:?}");
}

/// A clock that stands still: a new day file allocates, and the test may run at midnight.
#[derive(Debug)]
struct EternalNoon;

impl Clock for EternalNoon {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(1_779_969_600_000_000_000)
    }
}

const SID: &str = "S-1-5-21-3623811015-3361044348-30300820-10130";

type Kind = (&'static str, fn() -> Receipt);

const KINDS: [Kind; 10] = [
    ("free form", free_form),
    ("free form, a failure", failure),
    ("typed", typed),
    ("typed, numbers", typed_with_numbers),
    ("with `%` and `?`", formatted),
    ("with `Some` and `None`", optional),
    ("with escapes", escaped),
    ("with values of all kinds", all_kinds),
    ("a long value", long),
    ("with secrets", with_secrets),
];

fn free_form() -> Receipt {
    audit!(
        "provider.selected",
        actor.user_sid = SID,
        actor.session_id = "9f2c4be17a60d358",
        resource.provider_name = "whisper-cpp",
        resource.provider_kind = "stt",
        resource.endpoint_host = "127.0.0.1:8123",
        resource.strategy = "local-only",
        resource.attempt = 3,
        outcome = Outcome::Success,
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
    )
}

fn failure() -> Receipt {
    audit!("auth.failed", resource.reason = "bad password", outcome = "failure")
}

fn typed() -> Receipt {
    audit!(
        ProviderSelected {
            provider_name: "whisper-cpp",
            provider_kind: "stt",
            endpoint_host: "127.0.0.1:8123",
            strategy: "local-only",
            attempt: Some(3),
        },
        actor.user_sid = SID,
        outcome = Outcome::Failure,
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
    )
}

fn typed_with_numbers() -> Receipt {
    audit!(PolicyApplied { source: "gpo", keys_locked_count: 7 }, actor.user_sid = %SID)
}

fn formatted() -> Receipt {
    audit!(
        "settings.changed",
        actor.user_sid = %SID,
        resource.address = %Ipv4Addr::LOCALHOST,
        resource.wait = ?Duration::from_millis(1500),
        resource.text = ?"quoted",
        outcome = %Outcome::Failure,
        trace_id = ?Some(1),
    )
}

fn optional() -> Receipt {
    audit!(
        "settings.changed",
        actor.user_sid = Some(SID),
        actor.session_id = None::<&str>,
        resource.given = Some(90),
        resource.left_out = None::<u64>,
    )
}

fn escaped() -> Receipt {
    audit!("settings.changed", resource.path = "C:\\Users\\\"ada\"\n\u{1}", resource.text = %"tab\there")
}

fn all_kinds() -> Receipt {
    audit!(
        "settings.changed",
        resource.negative = i64::MIN,
        resource.large = u64::MAX,
        resource.larger = u128::MAX,
        resource.float = 0.1,
        resource.no_number = f64::NAN,
        resource.flag = true,
        resource.bytes = [1_u8, 2, 3],
        resource.slice = &[1_u8, 2, 3][..],
        "resource.any key" = 1,
    )
}

fn with_secrets() -> Receipt {
    audit!("settings.changed", resource.Password = "hunter2", resource.password = %7, resource.reason = "bad password")
}

fn long() -> Receipt {
    const LONG: &str = match str::from_utf8(&[b'x'; 1000]) {
        Ok(text) => text,
        Err(_) => "",
    };
    audit!("settings.changed", resource.text = LONG, resource.shown = %LONG)
}
