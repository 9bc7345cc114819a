//! Mirrors are added, removed and moved to other collectors while events flow: no record is lost, no
//! record is repeated without need, and invalid settings leave the valid ones in effect.
#![cfg(feature = "otlp")]

use crate::support::collector::{Answer, Collector, always};
use crate::support::{SetOnDrop, TEST_TYPES, TestLog, eventually};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing_audit::{
    AuditConfig, AuditGuard, AuditLayer, Compression, Headers, Otlp, ReconfigureError, Record,
};

fn config(dir: &Path, endpoint: Option<&str>) -> AuditConfig {
    let mut config = AuditConfig::new(dir);
    config.sync_interval = Duration::from_millis(5);
    config.otlp_endpoint = endpoint.map(str::to_owned);
    config
}

fn open(config: &AuditConfig) -> AuditGuard {
    AuditLayer::builder_with(config).catalog(TEST_TYPES).open().unwrap().1
}

fn emit(guard: &AuditGuard, count: u64) {
    for number in 0..count {
        guard.handle().append(Record::new("a.b").resource("number", number)).result().unwrap();
    }
}

fn next_seq(log: &TestLog) -> u64 {
    log.all_records().last().and_then(|record| record.seq).map_or(0, |seq| seq + 1)
}

fn changes(log: &TestLog) -> Vec<Record> {
    let mut records = log.all_records();
    records.retain(|record| record.event == "log.config_changed");
    records
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[test]
fn a_mirror_moves_to_another_collector_and_goes_on_where_it_was() {
    let (log, first, second) = (TestLog::new(), Collector::start(), Collector::start());
    let (first_address, second_address) = (first.address(), second.address());
    let guard = open(&config(&log.dir(), Some(&first_address)));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let emitter = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                emit(&guard, 50);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let _ends = SetOnDrop(&is_over);
        for round in 0..6 {
            let (from, to, address) = match round % 2 {
                0 => (&first, &second, &second_address),
                _ => (&second, &first, &first_address),
            };
            let before = from.state().arrivals.len();
            eventually("records arrive", || from.state().arrivals.len() > before);
            let before = to.state().arrivals.len();
            guard.handle().reconfigure(&config(&log.dir(), Some(address))).unwrap();
            eventually("records arrive at the other collector", || to.state().arrivals.len() > before);
        }
        is_over.store(true, Ordering::Relaxed);
        emitter.join().unwrap();
    });
    let stats = guard.handle().stats();
    guard.shutdown(Duration::from_secs(30)).unwrap();
    let mirror = &stats.mirrors[0];
    assert_eq!(Some(mirror.delivered), mirror.delivered_seq.map(|seq| seq + 1), "the counts continue");

    let mut seqs = Vec::new();
    for collector in [&first, &second] {
        let state = collector.state();
        assert_eq!((state.repeats, &state.faults[..]), (0, &[][..]));
        let own = state.arrivals.iter().map(|arrival| arrival.seq).collect::<Vec<_>>();
        assert!(own.is_sorted());
        seqs.extend(own);
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (0..next_seq(&log)).collect::<Vec<_>>(), "each is at one of them, once");
    let changes = changes(&log);
    assert_eq!(changes.len(), 6);
    let change = changes[0].resource["otlp_endpoint"].as_object().unwrap();
    assert_eq!(change["before"], first_address.as_str());
    assert_eq!(change["after"], second_address.as_str());
}

#[test]
fn a_mirror_comes_and_goes_and_the_cursor_stays() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let (with, without) = (config(&log.dir(), Some(&collector.address())), config(&log.dir(), None));
    let guard = open(&without);
    let handle = guard.handle();
    emit(&guard, 10);
    assert!(handle.stats().mirrors.is_empty());
    handle.reconfigure(&with).unwrap();
    eventually("it has all records", || {
        collector.state().arrivals.len() as u64 == handle.stats().last_seq.unwrap() + 1
    });
    assert_eq!(handle.stats().mirrors[0].name, "otlp");

    handle.reconfigure(&without).unwrap();
    let before = collector.state().arrivals.len();
    emit(&guard, 10);
    handle.flush(Duration::from_secs(10)).unwrap();
    assert_eq!(collector.state().arrivals.len(), before);

    handle.reconfigure(&with).unwrap();
    guard.shutdown(Duration::from_secs(10)).unwrap();
    collector.assert_complete(0..next_seq(&log));
    assert_eq!(collector.state().repeats, 0);
}

#[test]
fn the_same_settings_change_nothing() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let mut config = config(&log.dir(), Some(&collector.address()));
    config.otlp_headers = Headers::new().with("authorization", "Bearer 1234");
    config.otlp_timeout = Some(Duration::from_secs(3));
    let guard = open(&config);
    for _ in 0..3 {
        guard.handle().reconfigure(&config).unwrap();
    }
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert!(changes(&log).is_empty());
    let state = collector.state();
    assert!(state.requests.iter().all(|request| request.header("authorization") == "Bearer 1234"));
}

#[test]
fn a_secret_is_changed_and_not_told() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let mut config = config(&log.dir(), Some(&collector.address()));
    config.otlp_headers = Headers::new().with("authorization", "Bearer 1234");
    let guard = open(&config);
    config.otlp_headers = Headers::new().with("authorization", "Bearer 5678");
    guard.handle().reconfigure(&config).unwrap();
    emit(&guard, 1);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let changes = changes(&log);
    assert_eq!(changes.len(), 1);
    assert!(changes[0].resource.get("otlp_headers").is_some());
    let text = format!("{:?} {config:?}", log.all_records());
    assert!(text.contains("authorization") && !text.contains("1234") && !text.contains("5678"), "{text}");
    let state = collector.state();
    assert_eq!(state.requests.last().unwrap().header("authorization"), "Bearer 5678");
}

#[test]
fn bad_settings_leave_the_mirror_that_works_and_say_why() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let good = config(&log.dir(), Some(&collector.address()));
    let guard = open(&good);
    let handle = guard.handle();
    let with = |change: &dyn Fn(&mut AuditConfig)| {
        let mut config = good.clone();
        change(&mut config);
        config
    };
    let missing = log.dir().join("missing.pem");
    let bad: [(&str, AuditConfig); 6] = [
        ("missing.pem", with(&|config| config.otlp_ca_file = Some(missing.clone()))),
        ("key", with(&|config| config.otlp_cert_file = Some(missing.clone()))),
        ("endpoint", with(&|config| config.otlp_endpoint = Some("ftp://x".to_owned()))),
        ("endpoint", with(&|config| config.otlp_endpoint = Some("127.0.0.1".to_owned()))),
        ("header", with(&|config| config.otlp_headers = Headers::new().with("a b", "c"))),
        // The other changes in the same configuration are not applied either.
        (
            "endpoint",
            with(&|config| {
                config.otlp_endpoint = Some(String::new());
                config.retention_days = 5;
            }),
        ),
    ];
    for (names, config) in bad {
        let error = handle.reconfigure(&config).unwrap_err();
        assert!(matches!(error, ReconfigureError::Mirror { mirror: "otlp", .. }), "{error:?}");
        let text = chain(&error);
        assert!(text.contains(names), "`{text}` names {names}");
        emit(&guard, 3);
    }
    guard.shutdown(Duration::from_secs(10)).unwrap();
    collector.assert_complete(0..next_seq(&log));
    assert!(changes(&log).is_empty());
}

#[test]
fn a_mirror_that_cannot_be_opened_does_not_keep_the_log_from_being_opened() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let ca = log.dir().with_file_name("ca.pem");
    let mut config = config(&log.dir(), Some(&format!("http://{}/v1/logs", collector.address())));
    config.otlp_ca_file = Some(ca);
    let guard = open(&config);
    emit(&guard, 3);
    let handle = guard.handle();
    eventually("a delivery has failed", || handle.stats().mirrors[0].last_error.is_some());
    let error = handle.stats().mirrors[0].last_error.clone().unwrap().error;
    assert!(error.contains("http://") || error.contains("ca.pem"), "{error}");
    assert!(collector.state().arrivals.is_empty());
    config.otlp_ca_file = None;
    handle.reconfigure(&config).unwrap();
    guard.shutdown(Duration::from_secs(10)).unwrap();
    collector.assert_complete(0..next_seq(&log));
}

#[test]
fn a_collector_that_hangs_does_not_hold_up_a_change() {
    let (log, stuck, collector) = (TestLog::new(), Collector::start(), Collector::start());
    stuck.answers(always(Answer::Hang(Duration::from_secs(60))));
    let guard = open(&config(&log.dir(), Some(&stuck.address())));
    emit(&guard, 10);
    eventually("it gets a request", || !stuck.state().requests.is_empty());
    guard.handle().reconfigure(&config(&log.dir(), Some(&collector.address()))).unwrap();
    guard.shutdown(Duration::from_secs(10)).unwrap();
    collector.assert_complete(0..next_seq(&log));
}

#[test]
fn settings_come_from_a_file_as_well_as_from_code() {
    let log = TestLog::new();
    let text = format!(
        "dir = {:?}\notlp_endpoint = \"127.0.0.1:9\"\notlp_timeout = \"3s\"\notlp_compression = \"none\"\n\
         otlp_on_rejected = \"dead_letter\"\nalarm_after = \"2m\"\nundelivered_days = 3\n\
         [otlp_headers]\nx = \"y\"\n[otlp_resource]\n\"service.name\" = \"s\"\n",
        log.dir()
    );
    let config = toml::from_str::<AuditConfig>(&text).unwrap();
    assert_eq!(config.otlp_timeout, Some(Duration::from_secs(3)));
    assert_eq!(config.otlp_compression, Some(Compression::None));
    assert_eq!(config.alarm_after, Duration::from_secs(120));
    let guard = open(&config);
    let otlp = Otlp::new("127.0.0.1:9").timeout(Duration::from_secs(3)).compression(Compression::None);
    let otlp = otlp.header("X", "y").resource("service.name", "s");
    let otlp = otlp.on_rejected(tracing_audit::OnRejected::DeadLetter);
    drop(guard);
    let (_layer, guard) = AuditLayer::builder(log.dir())
        .otlp(otlp)
        .alarm_after(Duration::from_secs(120))
        .undelivered_days(3)
        .open()
        .unwrap();
    guard.handle().reconfigure(&config).unwrap();
    drop(guard);
    assert!(changes(&log).is_empty(), "{:?}", changes(&log));
}
