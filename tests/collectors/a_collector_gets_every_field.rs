//! A collector gets every record with each field, and no record is lost while certificates are wrong.
//!
//! `.ci/otlp` tests the same with independent receivers, through `an_emitter_for_scripts`.
#![cfg(feature = "otlp")]

use crate::support::collector::Collector;
use crate::support::{TEST_TYPES, TestLog};
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tracing_audit::{AuditHandle, AuditLayer, MirrorStats, Otlp, Outcome, Record};

const LONG: Duration = Duration::from_secs(60);

/// The time that a script has to repair what it broke. The mirror retries at least twice a minute.
const PATIENCE: Duration = Duration::from_secs(240);

/// Records with every kind of field, and some that cause control records.
fn emit_every_kind(handle: &AuditHandle) {
    let mut nested = json!("the innermost");
    for level in 0..40 {
        nested = if level % 2 == 0 { json!([nested]) } else { json!({ "level": nested }) };
    }
    let records = [
        Record::new("a.b"),
        Record::new("a.b").user_sid("").session_id("").outcome(Outcome::Failure),
        Record::new("auth.failed")
            .user_sid("S-1-5-21-1")
            .session_id("9f2c")
            .resource("reason", "bad password")
            .outcome(Outcome::Failure)
            .trace_id("0af7651916cd43dd8448eb211c80319c"),
        Record::new("provider.selected")
            .resource("provider_name", "whisper-cpp")
            .resource("provider_kind", "stt")
            .resource("endpoint_host", "127.0.0.1:8123")
            .resource("strategy", "local-only")
            .resource("attempt", 3),
        Record::new("a.b").trace_id("00000000000000000000000000000000"),
        Record::new("a.b").trace_id("0AF7651916CD43DD8448EB211C80319C"),
        Record::new("a.b").trace_id("request 17, not a W3C trace id"),
        Record::new("a.b")
            .resource("zero", 0)
            .resource("smallest", i64::MIN)
            .resource("largest", i64::MAX)
            .resource("larger", i64::MAX as u64 + 1)
            .resource("largest of all", u64::MAX)
            .resource("beyond", u128::MAX),
        Record::new("a.b")
            .resource("half", 0.5)
            .resource("whole", 3.0)
            .resource("negative zero", -0.0)
            .resource("huge", f64::MAX)
            .resource("tiny", 5e-324)
            .resource("none", f64::NAN)
            .resource("infinite", f64::NEG_INFINITY),
        Record::new("a.b").resource("yes", true).resource("no", false),
        Record::new("a.b")
            .user_sid("Zoë Ångström 日本語 🦀")
            .resource("empty", "")
            .resource("ключ: значение", "quotes \" and \\, tab \t, lines\nand\r\nlines, NUL \0, DEL \u{7f}")
            .resource("last", "\u{10ffff}\u{feff}\u{2028}"),
        Record::new("a.b")
            .resource("array", json!([1, -2, 2.5, "three", true, null, [], {}]))
            .resource("object", json!({ "z": 1, "a": { "list": [{ "deep": null }], "u": u64::MAX }, "": "" }))
            .resource("none", json!([]))
            .resource("nothing", json!({})),
        Record::new("a.b").resource("nested", nested),
        Record::new("a.b").resource("large", "0123456789abcdef".repeat(10_000)),
        Record::new("a.b").resource("too large", "é".repeat(200_000)),
        Record::new("not.in.the.catalog").resource("kept", "all the same"),
    ];
    for record in records {
        handle.append(record).result().unwrap();
    }
    for n in 0..1000 {
        let outcome = if n % 3 == 0 { Outcome::Failure } else { Outcome::Success };
        handle.append(Record::new("a.b").resource("n", n).outcome(outcome)).result().unwrap();
    }
}

fn mirror(handle: &AuditHandle) -> MirrorStats {
    handle.stats().mirrors.into_iter().find(|mirror| mirror.name == "otlp").unwrap()
}

#[test]
fn all_that_the_day_files_have() {
    let collector = Collector::start();
    let log = TestLog::new();
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES);
    let (layer, guard) = builder.otlp(Otlp::new(collector.address())).open().unwrap();
    emit_every_kind(&guard.handle());
    drop(layer);
    guard.shutdown(LONG).unwrap();

    let records = log.all_records();
    collector.assert_complete(records.iter().map(|record| record.seq.unwrap()));
    for (arrival, record) in collector.records().iter().zip(&records) {
        let got = arrival.record();
        assert_eq!(got.event_name, record.event);
        assert_eq!(i128::from(got.time_unix_nano), record.ts.unwrap().unix_nanos());
        assert_eq!(got.severity_number, if record.outcome == Outcome::Success { 9 } else { 13 });
        let keys = got.attributes.iter().filter_map(|attribute| attribute.key.strip_prefix("resource."));
        assert!(keys.eq(record.resource.iter().map(|(key, _)| key)), "{record}");
    }
    let state = collector.state();
    assert_eq!(state.scope.as_ref().unwrap().name, "tracing-audit");
    assert_eq!(state.requests[0].header("content-encoding"), "gzip");
}

/// If the environment variable `AUDIT_OTLP_EMITTER` names a directory, this emits records there, with
/// the mirror of `AUDIT_OTLP_ENDPOINT`, `AUDIT_OTLP_CERT`, `AUDIT_OTLP_KEY` and `AUDIT_OTLP_CA`. It
/// prints the error while nothing can be delivered, and ends when all records are delivered. Without
/// the variable it does nothing.
#[test]
fn an_emitter_for_scripts() {
    let file = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let Some(dir) = file("AUDIT_OTLP_EMITTER") else {
        return;
    };
    let mut otlp = Otlp::new(std::env::var("AUDIT_OTLP_ENDPOINT").unwrap());
    if let (Some(cert), Some(key)) = (file("AUDIT_OTLP_CERT"), file("AUDIT_OTLP_KEY")) {
        otlp = otlp.client_cert(cert, key);
    }
    if let Some(ca) = file("AUDIT_OTLP_CA") {
        otlp = otlp.ca(ca);
    }
    let (layer, guard) = AuditLayer::builder(dir).catalog(TEST_TYPES).otlp(otlp).open().unwrap();
    let handle = guard.handle();
    emit_every_kind(&handle);
    let end = Instant::now() + PATIENCE;
    let mut told = None;
    loop {
        let mirror = mirror(&handle);
        if mirror.behind_records == 0 {
            break;
        }
        let error = mirror.last_error.map(|error| error.error);
        if error != told {
            println!("last_error: {}", error.as_deref().unwrap_or_default().replace('\n', " "));
            told = error;
        }
        assert!(Instant::now() < end, "{} records are not delivered", mirror.behind_records);
        std::thread::sleep(Duration::from_millis(20));
    }
    drop((layer, handle));
    guard.shutdown(LONG).unwrap();
}
