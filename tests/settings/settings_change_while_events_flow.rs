//! Settings change while events flow: no event is lost, each change is recorded once, and invalid settings
//! change nothing.

use crate::support::clock::{DAY, TestClock, day_file_of};
use crate::support::{SetOnDrop, TEST_TYPES, TestLog};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::Dispatch;
use tracing_audit::record::{EventType, Field, FieldKind, Value};
use tracing_audit::{
    AppendError, AuditConfig, AuditLayer, Catalog, Outcome, Receipt, ReconfigureError, Record, audit,
};
use tracing_subscriber::prelude::*;

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn refusal(result: Result<(), ReconfigureError>) -> String {
    chain(&result.expect_err("the change must fail"))
}

fn changes(log: &TestLog) -> Vec<Record> {
    let mut records = log.all_records();
    records.retain(|record| record.event == "log.config_changed");
    records
}

/// A setting's values before and after, from `log.config_changed`.
fn change<'a>(record: &'a Record, setting: &str) -> Option<(&'a Value, &'a Value)> {
    let change = record.resource.get(setting)?.as_object().unwrap();
    assert_eq!(change.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["before", "after"]);
    Some((&change["before"], &change["after"]))
}

#[test]
fn no_event_is_lost_while_settings_and_catalogs_change() {
    const THREADS: u64 = 3;
    const ROUNDS: u64 = 40;
    let log = TestLog::new();
    std::fs::create_dir(log.dir()).unwrap();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    let old = |days_ago: i128| log.dir().join(day_file_of(clock.wall() - days_ago * DAY));
    for days_ago in [20, 40, 60] {
        std::fs::write(old(days_ago), "{\"event\":\"auth.failed\"}\n").unwrap();
    }
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock.clone());
    let (layer, guard) = builder.open().unwrap();
    let handle = guard.handle();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let is_over = AtomicBool::new(false);
    let padding = "x".repeat(20_000);
    let emitted = std::thread::scope(|scope| {
        let emitters = (0..THREADS).map(|thread| {
            let (dispatch, handle, is_over, padding) = (&dispatch, &handle, &is_over, &padding);
            scope.spawn(move || {
                let mut receipts = Vec::<Receipt>::new();
                tracing::dispatcher::with_default(dispatch, || {
                    while !is_over.load(Ordering::Relaxed) {
                        let n = receipts.len();
                        receipts.push(match n % 3 {
                            0 => audit!("a.b", resource.thread = thread, resource.n = n),
                            // Long values and unknown types, alternately.
                            1 => {
                                audit!("a.b", resource.thread = thread, resource.n = n, resource.x = padding)
                            }
                            _ => handle
                                .append(Record::new("x.unknown").resource("thread", thread).resource("n", n)),
                        });
                    }
                });
                receipts
            })
        });
        let emitters = emitters.collect::<Vec<_>>();
        let ends = SetOnDrop(&is_over);
        let mut config = AuditConfig::new(log.dir());
        for round in 0..ROUNDS {
            let before = handle.stats().recorded;
            config.strict = round % 2 == 0;
            config.max_record_bytes = if round % 2 == 0 { 16 * 1024 } else { 64 * 1024 };
            config.retention_days = 89 - u32::try_from(round).unwrap();
            config.disk_low_bytes = 1 + round;
            handle.reconfigure(&config).unwrap();
            handle.reconfigure(&config).unwrap();
            let catalog = if round % 2 == 0 { Catalog::default() } else { TEST_TYPES };
            handle.replace_catalog(catalog.clone()).unwrap();
            handle.replace_catalog(catalog).unwrap();
            crate::support::eventually("events continue", || handle.stats().recorded > before + 50);
        }
        drop(ends);
        emitters.into_iter().map(|emitter| emitter.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(handle.stats().refused, 0);
    guard.shutdown(Duration::from_secs(60)).unwrap();
    assert!(old(20).exists() && old(40).exists() && !old(60).exists(), "50 days at last");
    for days_ago in [20, 40] {
        // A foreign file, which must not be read as a day file.
        std::fs::remove_file(old(days_ago)).unwrap();
    }
    let records = log.all_records();
    for (seq, record) in (0..).zip(&records) {
        assert_eq!(record.seq, Some(seq));
    }
    for (thread, receipts) in (0..).zip(&emitted) {
        let mut found = records.iter().filter(|record| {
            !record.event.starts_with("log.") && record.resource["thread"].as_u64() == Some(thread)
        });
        for (n, receipt) in receipts.iter().enumerate() {
            let record = found.next().unwrap();
            assert_eq!(record.resource["n"].as_u64(), Some(n as u64));
            assert_eq!(record.seq, receipt.seq());
            match receipt.result() {
                Ok(_) => {}
                // Violations are errors while `strict` is set.
                Err(AppendError::Violations { .. }) => assert!(record.resource.get("_violations").is_some()),
                Err(error) => panic!("{error}"),
            }
        }
        assert!(found.next().is_none());
    }
    // Each change is recorded once, and starts from the values before.
    let changes = changes(&log);
    let (settings, catalogs) =
        changes.iter().partition::<Vec<_>, _>(|record| record.resource.get("catalog").is_none());
    assert_eq!((settings.len() as u64, catalogs.len() as u64), (ROUNDS, ROUNDS));
    let told = |settings: &[&Record], name: &str| {
        let told = settings.iter().map(|record| change(record, name).unwrap());
        told.map(|(before, after)| (before.clone(), after.clone())).collect::<Vec<_>>()
    };
    for name in ["strict", "max_record_bytes", "retention_days", "disk_low_bytes"] {
        let told = told(&settings, name);
        assert!(told.iter().zip(&told[1..]).all(|((_, after), (before, _))| after == before), "{name}");
    }
    let told_catalogs = told(&catalogs, "catalog");
    assert!(told_catalogs.iter().zip(&told_catalogs[1..]).all(|((_, after), (before, _))| after == before));
    assert_eq!(told(&settings, "retention_days")[0], (Value::Unsigned(90), Value::Unsigned(89)));
    assert_eq!(told(&settings, "disk_low_bytes")[0], (Value::Unsigned(512 << 20), Value::Unsigned(1)));
    assert_eq!(
        told(&settings, "max_record_bytes")[0],
        (Value::Unsigned(256 << 10), Value::Unsigned(16 << 10))
    );
    assert_eq!(told(&settings, "strict")[0], (Value::Bool(false), Value::Bool(true)));
}

#[test]
fn the_same_settings_again_change_nothing_and_write_nothing() {
    let log = TestLog::new();
    let mut config = AuditConfig::new(log.dir());
    config.strict = true;
    config.retention_days = 7;
    let (_layer, guard) = AuditLayer::builder_with(&config).catalog(TEST_TYPES).open().unwrap();
    let before = log.all_records().len();
    for _ in 0..3 {
        guard.handle().reconfigure(&config).unwrap();
        guard.handle().replace_catalog(TEST_TYPES).unwrap();
    }
    assert_eq!(log.all_records().len(), before);
}

#[test]
fn a_change_names_what_was_changed_and_nothing_else() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    let mut config = AuditConfig::new(log.dir());
    config.retention_days = 30;
    guard.handle().reconfigure(&config).unwrap();
    config.strict = true;
    config.disk_low_bytes = 0;
    guard.handle().reconfigure(&config).unwrap();
    let told = changes(&log);
    let names = |record: &Record| record.resource.iter().map(|(key, _)| key.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&told[0]), ["retention_days", "settings"]);
    let mut second = names(&told[1]);
    second.sort();
    assert_eq!(second, ["disk_low_bytes", "settings", "strict"]);
    let (before, after) = change(&told[0], "retention_days").unwrap();
    assert_eq!((before.as_u64(), after.as_u64()), (Some(90), Some(30)));
    assert_eq!(told.len(), 2);
}

#[test]
fn what_is_changed_holds_for_the_next_event() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let mut config = AuditConfig::new(log.dir());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        // One callsite, which caches its catalog entry.
        let emit = || audit!("x.unknown", resource.x = "x".repeat(20_000));
        let is_cut = |receipt: Receipt| {
            let record = log.records().into_iter().find(|record| record.seq == receipt.seq()).unwrap();
            record.resource.get("_truncated").is_some()
        };
        for (strict, max_record_bytes) in
            [(false, 1 << 18), (true, 1 << 14), (false, 1 << 15), (true, 1 << 16)]
        {
            (config.strict, config.max_record_bytes) = (strict, max_record_bytes);
            guard.handle().reconfigure(&config).unwrap();
            let receipt = emit();
            let is_error = matches!(receipt.result(), Err(AppendError::Violations { .. }));
            assert_eq!(is_error, strict);
            assert_eq!(is_cut(receipt), max_record_bytes < 20_000);
            let receipt = guard.handle().append(Record::new("a.b").resource("x", "x".repeat(20_000)));
            assert_eq!(is_cut(receipt), max_record_bytes < 20_000);
        }
    });
}

#[test]
fn a_bad_configuration_is_named_and_the_old_one_goes_on() {
    let log = TestLog::new();
    let (_layer, guard) = AuditLayer::builder(log.dir()).strict(true).catalog(TEST_TYPES).open().unwrap();
    let handle = guard.handle();
    let refuse = |names: &str, spoil: &dyn Fn(&mut AuditConfig)| {
        let mut config = AuditConfig::new(log.dir());
        // The valid settings beside it are not applied either.
        (config.retention_days, config.strict, config.max_record_bytes) = (1, false, 1 << 15);
        spoil(&mut config);
        let refusal = refusal(handle.reconfigure(&config));
        assert!(refusal.contains(&format!("`{names}`")), "{refusal}");
        let receipt = handle.append(Record::new("a.b").resource("x", "x".repeat(40_000)));
        let record = log.records().into_iter().find(|record| record.seq == receipt.seq()).unwrap();
        assert!(record.resource.get("_truncated").is_none(), "{names}");
        let receipt = handle.append(Record::new("x.unknown"));
        assert!(matches!(receipt.result(), Err(AppendError::Violations { .. })), "{names}");
    };
    refuse("max_record_bytes", &|config| config.max_record_bytes = 1000);
    refuse("max_record_bytes", &|config| config.max_record_bytes = usize::MAX);
    refuse("dir", &|config| config.dir = "".into());
    refuse("dir", &|config| config.dir = config.dir.join("elsewhere"));
    refuse("dir", &|config| config.dir = "audit".into());
    refuse("enabled", &|config| config.enabled = false);
    #[cfg(not(feature = "otlp"))]
    refuse("otlp_endpoint", &|config| config.otlp_endpoint = Some("localhost:4318".into()));
    #[cfg(not(feature = "otlp"))]
    refuse("otlp_ca_file", &|config| config.otlp_ca_file = Some("ca.pem".into()));
    if cfg!(unix) {
        refuse("group", &|config| config.group = Some(12_345.into()));
    }
    assert!(changes(&log).is_empty());
    assert!(!log.dir().join("elsewhere").exists());
    guard.shutdown(Duration::from_secs(60)).unwrap();
}

/// Two catalogs with the same type, whose `number` is a string or a number.
const TEXT: Catalog = Catalog::new(&[EventType::new("order.placed", "An order was placed.")
    .id(200)
    .fields(&[Field::new("number", "Its number.", FieldKind::String)])]);
const NUMBER: Catalog = Catalog::new(&[EventType::new("order.placed", "An order was placed.")
    .id(200)
    .fields(&[Field::new("number", "Its number.", FieldKind::Integer)])]);

#[test]
fn a_callsite_follows_the_catalog_of_the_log_it_meets() {
    let (first, second) = (TestLog::new(), TestLog::new());
    let open = |log: &TestLog, catalog: Catalog| {
        let (layer, guard) = AuditLayer::builder(log.dir()).strict(true).catalog(catalog).open().unwrap();
        (Dispatch::new(tracing_subscriber::registry().with(layer)), guard)
    };
    let (first, second) = (open(&first, TEXT), open(&second, NUMBER));
    let is_flagged = |dispatch: &Dispatch| {
        tracing::dispatcher::with_default(dispatch, || {
            audit!("order.placed", resource.number = 7).result().is_err()
        })
    };
    for _ in 0..3 {
        assert!(is_flagged(&first.0) && !is_flagged(&second.0));
        first.1.handle().replace_catalog(NUMBER).unwrap();
        assert!(!is_flagged(&first.0) && !is_flagged(&second.0));
        second.1.handle().replace_catalog(Catalog::default()).unwrap();
        assert!(!is_flagged(&first.0) && is_flagged(&second.0), "the type is unknown");
        first.1.handle().replace_catalog(TEXT).unwrap();
        second.1.handle().replace_catalog(NUMBER).unwrap();
    }
}

#[test]
fn a_catalog_that_is_replaced_is_told_and_the_built_in_types_stay() {
    let log = TestLog::new();
    let (_layer, guard) =
        AuditLayer::builder(log.dir()).strict(true).catalog(TEXT).catalog(TEST_TYPES).open().unwrap();
    let handle = guard.handle();
    handle.replace_catalog(NUMBER.and(TEST_TYPES)).unwrap();
    handle.replace_catalog(Catalog::default()).unwrap();
    handle.append(Record::new("auth.failed").outcome(Outcome::Failure)).result().unwrap();
    handle.append(Record::new("a.b")).result().unwrap_err();
    handle.replace_catalog(TEST_TYPES).unwrap();
    handle.append(Record::new("a.b")).result().unwrap();
    let told = changes(&log);
    assert_eq!(told.len(), 3);
    for record in &told {
        let (before, after) = change(record, "catalog").unwrap();
        assert_ne!(before, after);
        assert_eq!(record.resource.iter().count(), 2, "besides it, `settings`: {record}");
    }
    let (_, after) = change(&told[0], "catalog").unwrap();
    let (before, none) = change(&told[1], "catalog").unwrap();
    assert_eq!(after, before);
    assert!(before.to_string().contains("order.placed"));
    assert!(!none.to_string().contains("order.placed"));
}

#[test]
fn a_bad_catalog_is_named_and_the_old_one_goes_on() {
    const fn named(name: &'static str, id: u16) -> EventType {
        EventType::new(name, "An action of a test.").id(id).free()
    }
    const TWICE: Catalog = Catalog::new(&[named("order.placed", 200), named("order.placed", 201)]);
    const SAME_ID: Catalog = Catalog::new(&[named("order.placed", 200), named("order.paid", 200)]);
    const BUILT_IN: Catalog = Catalog::new(&[named("auth.failed", 200)]);
    const OF_THE_LOG: Catalog = Catalog::new(&[named("log.opened", 200)]);
    const NO_NAME: Catalog = Catalog::new(&[named("Order Placed", 200)]);
    const NO_ID: Catalog = Catalog::new(&[named("order.placed", 950)]);
    let log = TestLog::new();
    let (_layer, guard) = AuditLayer::builder(log.dir()).strict(true).catalog(TEXT).open().unwrap();
    let handle = guard.handle();
    for (catalog, names) in [
        (TWICE, "order.placed"),
        (SAME_ID, "200"),
        (BUILT_IN, "auth.failed"),
        (OF_THE_LOG, "log.opened"),
        (NO_NAME, "Order Placed"),
        (NO_ID, "950"),
    ] {
        let refusal = refusal(handle.replace_catalog(catalog));
        assert!(refusal.contains(names), "{refusal}");
        handle.append(Record::new("order.placed").resource("number", "7")).result().unwrap();
        handle.append(Record::new("order.placed").resource("number", 7)).result().unwrap_err();
    }
    assert!(changes(&log).is_empty());
}

#[test]
fn a_disabled_log_stays_disabled() {
    let log = TestLog::new();
    let (_layer, guard) = AuditLayer::builder(log.dir()).enabled(false).open().unwrap();
    let mut config = AuditConfig::new(log.dir());
    let refusal = refusal(guard.handle().reconfigure(&config));
    assert!(refusal.contains("`enabled`"), "{refusal}");
    config.enabled = false;
    config.strict = true;
    guard.handle().reconfigure(&config).unwrap();
    guard.handle().replace_catalog(TEST_TYPES).unwrap();
    assert!(guard.handle().append(Record::new("a.b")).is_disabled());
    assert!(!log.dir().exists());
}
