//! The contract of the package that this crate replaces, point by point.

use crate::support::{RuntimeLog, TestLog, day_files, records_of};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;
use tracing_audit::{AppendError, AuditConfig, AuditLayer, Outcome, Record, audit, events, testing};
use tracing_subscriber::prelude::*;

#[test]
fn disabled_is_a_no_op_that_makes_no_file() {
    let log = TestLog::new();
    let runtime = RuntimeLog::default();
    let (layer, guard) = AuditLayer::builder(log.dir()).enabled(false).open().unwrap();
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(runtime.clone()).with(layer),
        || {
            let receipt = audit!("auth.failed", resource.reason = "bad password");
            assert!(receipt.is_disabled());
            assert_eq!(receipt.seq(), None);
            assert_eq!(receipt.result().expect("a disabled log is not an error"), None);
            tracing::event!(target: "audit", tracing::Level::ERROR, event = "auth.failed");
        },
    );
    let handle = guard.handle();
    assert!(handle.append(Record::new("auth.failed")).is_disabled());
    assert!(!handle.stats().enabled);
    handle.flush(std::time::Duration::ZERO).unwrap();
    guard.shutdown(std::time::Duration::ZERO).unwrap();
    assert!(!log.dir().exists());
    // The event is not in the runtime log, which says once that the log is disabled.
    let lines = runtime.lines();
    assert!(matches!(&lines[..], [line] if line.contains("is disabled")), "{lines:?}");
}

#[test]
fn disabled_by_configuration_is_the_same() {
    let log = TestLog::new();
    let text = format!("enabled = false\ndir = {:?}", log.dir());
    let config = toml::from_str::<AuditConfig>(&text).unwrap();
    let (layer, _guard) = AuditLayer::from_config(&config).unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        assert!(audit!("auth.failed").is_disabled());
    });
    assert!(!log.dir().exists());
}

#[test]
fn a_line_is_json_with_version_event_actor_resource_and_outcome() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!(
            "provider.selected",
            actor.user_sid = "S-1-5-21-1",
            actor.session_id = "9f2c",
            resource.provider_name = "whisper-cpp",
            resource.provider_kind = "stt",
            resource.endpoint_host = "127.0.0.1:8123",
            resource.strategy = "local-only",
            resource.attempt = 3,
            outcome = Outcome::Failure,
            trace_id = "0af7651916cd43dd8448eb211c80319c",
        );
    });
    drop(guard);
    let text = std::fs::read_to_string(&day_files(&log.dir())[0]).unwrap();
    let line = text.lines().nth(1).unwrap();
    let json: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(json["_schema_version"], "1");
    assert_eq!(json["event"], "provider.selected");
    assert_eq!(json["actor"], serde_json::json!({ "user_sid": "S-1-5-21-1", "session_id": "9f2c" }));
    assert_eq!(
        json["resource"],
        serde_json::json!({
            "provider_name": "whisper-cpp", "provider_kind": "stt", "endpoint_host": "127.0.0.1:8123",
            "strategy": "local-only", "attempt": 3,
        })
    );
    assert_eq!(json["outcome"], "failure");
    assert_eq!(json["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    let ts = json["ts"].as_str().unwrap().to_owned();
    assert_eq!(
        line,
        format!(
            "{{\"_schema_version\":\"1\",\"ts\":\"{ts}\",\"event\":\"provider.selected\",\
             \"actor\":{{\"user_sid\":\"S-1-5-21-1\",\"session_id\":\"9f2c\"}},\
             \"resource\":{{\"provider_name\":\"whisper-cpp\",\"provider_kind\":\"stt\",\
             \"endpoint_host\":\"127.0.0.1:8123\",\"strategy\":\"local-only\",\"attempt\":3}},\
             \"outcome\":\"failure\",\
             \"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"seq\":1}}"
        )
    );
}

#[test]
fn the_outcome_is_success_unless_the_event_says_otherwise() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!("settings.changed");
        audit!("settings.changed", outcome = "failure");
        audit!("settings.changed", outcome = String::from("success"));
    });
    let outcomes = log.records().iter().map(|record| record.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes, [Outcome::Success, Outcome::Failure, Outcome::Success]);
}

/// The built-in event types of the original package: the fields of their resources, with `?` if optional;
/// `..` means a free resource.
const BUILT_IN: [(&str, u16, &[&str]); 12] = [
    (
        "provider.selected",
        100,
        &[
            "provider_name: string",
            "provider_kind: string",
            "endpoint_host: string",
            "strategy: string",
            "attempt?: integer",
        ],
    ),
    ("voiceagent.session.start", 101, &[".."]),
    ("voiceagent.session.end", 102, &[".."]),
    ("settings.changed", 103, &[".."]),
    ("update.installed", 104, &[".."]),
    ("auth.failed", 105, &[".."]),
    ("privacy.export", 106, &[".."]),
    ("privacy.delete", 107, &[".."]),
    ("policy.applied", 108, &["source: string", "keys_locked_count: integer"]),
    ("byok.key_updated", 109, &["provider_name: string", "region: string", "fingerprint_truncated: string"]),
    ("mode.start", 110, &["mode: string", "requires?: array", "error?: string"]),
    ("mode.stop", 111, &["mode: string", "released: any", "error?: string"]),
];

#[test]
fn every_built_in_type_has_its_fields() {
    let catalog = events::CATALOG;
    let found = catalog.event_types().iter().map(|event_type| {
        let mut fields = event_type
            .fields
            .iter()
            .map(|field| format!("{}{}: {}", field.name, if field.required { "" } else { "?" }, field.kind))
            .collect::<Vec<_>>();
        fields.extend(event_type.free.then(|| "..".to_owned()));
        (event_type.name, event_type.id.unwrap(), fields)
    });
    let expected =
        BUILT_IN.map(|(name, id, fields)| (name, id, fields.iter().map(ToString::to_string).collect()));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn every_built_in_type_is_held_to_its_fields() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    for (name, _, fields) in BUILT_IN {
        let record = |leave_out: &str, mistype: &str| {
            let mut record = Record::new(name).outcome(Outcome::Success);
            for (field, kind) in fields.iter().filter_map(|field| field.split_once(": ")) {
                let field = field.trim_end_matches('?');
                record = match if field == mistype { "other" } else { kind } {
                    _ if field == leave_out => record,
                    "string" => record.resource(field, "text"),
                    "integer" => record.resource(field, 7),
                    "array" => record.resource(field, ["text"]),
                    _ => record.resource(field, true),
                };
            }
            record
        };
        let said = |record: Record| {
            let seq = guard.handle().append(record).seq();
            let records = log.records();
            let record = records.iter().find(|record| record.seq == seq).unwrap();
            let violations = record.resource["_violations"].as_array().unwrap_or_default();
            violations.iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(said(record("", "")), [""; 0], "{name}");
        let with_another = said(record("", "").resource("another", 1));
        match fields {
            [".."] => assert_eq!(with_another, [""; 0], "{name}"),
            _ => assert_eq!(with_another, [format!("`another` is not in the catalog entry of `{name}`")]),
        }
        for (field, kind) in fields.iter().filter_map(|field| field.split_once(": ")) {
            let (field, is_required) = (field.trim_end_matches('?'), !field.ends_with('?'));
            let missing = if is_required { vec![format!("`{field}` is missing")] } else { Vec::new() };
            assert_eq!(said(record(field, "")), missing, "{name}");
            let article = if matches!(kind, "integer" | "array") { "an" } else { "a" };
            let mistyped = match kind {
                "any" => Vec::new(),
                kind => vec![format!("`{field}` should be {article} {kind}")],
            };
            assert_eq!(said(record("", field)), mistyped, "{name}");
        }
    }
}

#[test]
fn a_key_is_told_by_sixteen_digits_of_its_hash() {
    assert_eq!(events::fingerprint(b""), "e3b0c44298fc1c14");
    assert_eq!(events::fingerprint(b"abc"), "ba7816bf8f01cfea");
}

#[test]
fn modes_pair_up() {
    let stop = |released| {
        audit!(events::ModeStop { mode: "dictation", released, error: None }, actor.session_id = "9f2c")
    };
    let records = testing::capture(|| {
        audit!(
            events::ModeStart { mode: "dictation", requires: &["microphone"], error: Some("busy") },
            outcome = Outcome::Failure,
        );
        audit!(
            events::ModeStart { mode: "dictation", requires: &[], error: None },
            actor.session_id = "9f2c"
        );
        stop(true);
    });
    testing::assert_modes_paired(&records);
    let records = testing::capture(|| stop(false));
    assert!(std::panic::catch_unwind(|| testing::assert_modes_paired(&records)).is_err());
}

/// A clock that the test sets, in seconds since 2026-05-28T23:59:59Z.
#[derive(Clone, Debug, Default)]
struct SetClock(Arc<AtomicI64>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let start = "2026-05-28T23:59:59.000000000Z".parse::<Timestamp>().unwrap();
        let seconds = i128::from(self.0.load(Ordering::Relaxed));
        Timestamp::from_unix_nanos(start.unix_nanos() + seconds * 1_000_000_000)
    }
}

#[test]
fn a_change_of_day_makes_a_second_file() {
    let log = TestLog::new();
    let clock = SetClock::default();
    let (layer, guard) = AuditLayer::builder(log.dir()).clock(clock.clone()).open().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!("settings.changed", resource.day = "the 28th");
        clock.0.store(1, Ordering::Relaxed);
        audit!("settings.changed", resource.day = "the 29th");
    });
    drop(guard);
    let files = day_files(&log.dir());
    let names = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(names, ["audit-2026-05-28.log", "audit-2026-05-29.log"]);
    assert_eq!(records_of(&files[0])[1].resource["day"], "the 28th");
    assert_eq!(records_of(&files[1])[0].resource["day"], "the 29th");
    let seqs = log.all_records().iter().map(|record| record.seq.unwrap()).collect::<Vec<_>>();
    assert_eq!(seqs, (0..seqs.len() as u64).collect::<Vec<_>>());
}

#[test]
fn day_files_older_than_the_retention_go_and_nothing_else() {
    let log = TestLog::new();
    std::fs::create_dir(log.dir()).unwrap();
    let line = "{\"_schema_version\":\"1\",\"event\":\"auth.failed\"}\n";
    let older = ["audit-2019-12-31.log", "audit-2026-05-17.3.log", "audit-2026-05-17.log"];
    // The 18th is exactly ten days before the 28th.
    let kept =
        ["audit-2026-05-18.log", "audit-2026-05-19.log", "audit-2026-05-27.log", "audit-2026-06-30.log"];
    let foreign = [
        "audit-2020-13-99.log",
        "audit-2020-02-30.log",
        "audit-2020-05-28.log.gz",
        "audit-2020-01-01.log.bak",
        "audit-2020-01-01.log~",
        "audit-2020-01-01",
        "audit-2020-01-01.0.log",
        "audit-20200101.log",
        "audit-billing-2020-01-01.log",
        "my-audit-2020-01-01.log",
        "AUDIT-2020-01-02.LOG",
        "other.log",
    ];
    for name in older.iter().chain(&kept).chain(&foreign) {
        std::fs::write(log.dir().join(name), line).unwrap();
    }
    let folder = "audit-2020-01-01.log";
    std::fs::create_dir(log.dir().join(folder)).unwrap();
    std::fs::write(log.dir().join(folder).join("audit-2020-01-01.log"), line).unwrap();
    let builder = AuditLayer::builder(log.dir()).clock(SetClock::default());
    drop(builder.retention_days(10).open().unwrap());
    for name in kept.iter().chain(&foreign) {
        assert_eq!(std::fs::read_to_string(log.dir().join(name)).unwrap(), line, "{name}");
    }
    assert!(log.dir().join(folder).join("audit-2020-01-01.log").is_file());
    for name in older {
        assert!(!log.dir().join(name).exists(), "{name}");
    }
    let records = records_of(&log.dir().join("audit-2026-05-28.log"));
    let pruned = records.iter().filter(|record| record.event == "log.pruned");
    let pruned = pruned.map(|record| record.resource["file"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(pruned[0], older[0], "the oldest goes first");
    assert_eq!(pruned.len(), older.len());
}

#[test]
fn an_event_before_any_layer_is_an_error_in_the_receipt() {
    let receipt = audit!("auth.failed");
    assert!(matches!(receipt.result(), Err(AppendError::NoAuditLayer)));
    assert_eq!(receipt.seq(), None);
}

#[test]
fn seq_goes_on_after_a_restart() {
    let log = TestLog::new();
    for round in 0..3 {
        let (layer, guard) = log.open();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            // log.opened, the event, log.checkpoint, log.closed
            assert_eq!(audit!("settings.changed").seq(), Some(round * 4 + 1));
        });
        drop(guard);
    }
    let seqs = log.all_records().iter().map(|record| record.seq.unwrap()).collect::<Vec<_>>();
    assert_eq!(seqs, (0..12).collect::<Vec<_>>());
}
