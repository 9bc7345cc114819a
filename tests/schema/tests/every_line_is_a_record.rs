//! The line of every event is a record: it decodes, is valid under the JSON Schema, and encodes to the same
//! bytes.

#[path = "../../support/mod.rs"]
mod support;

use proptest::prelude::*;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;
use support::{TEST_TYPES, TestLog, day_files};
use tracing_audit::events::*;
use tracing_audit::record::{Lines, Object, Value};
use tracing_audit::testing::capture_with;
use tracing_audit::{Actor, Outcome, Record, audit};
use tracing_subscriber::prelude::*;

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = include_str!("../../../docs/schema/audit-record-1.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
});

fn assert_valid(line: &str) {
    let json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let errors = SCHEMA.iter_errors(&json).map(|error| error.to_string()).collect::<Vec<_>>();
    assert_eq!(errors, [""; 0], "{line}");
}

fn captured(f: impl FnOnce()) -> Record {
    let mut records = capture_with(TEST_TYPES, f);
    assert_eq!(records.len(), 1);
    let record = records.remove(0);
    assert_valid(&record.to_string());
    record
}

fn violations(record: &Record) -> Vec<&str> {
    record.resource["_violations"].as_array().unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

#[test]
fn strings_of_any_kind_come_back() {
    let all = (0..0x3000).filter_map(char::from_u32).chain(['\u{2028}', '\u{fffd}', '😀', '\u{10ffff}']);
    let text = all.collect::<String>();
    let record = captured(|| {
        audit!("a.b", resource.text = text, resource.display = %text, resource.empty = "", actor.user_sid = text);
    });
    assert_eq!(record.resource["text"], text.as_str());
    assert_eq!(record.resource["display"], text.as_str());
    assert_eq!(record.resource["empty"], "");
    assert_eq!(record.actor.user_sid.as_ref(), Some(&text));
}

#[test]
fn numbers_of_any_kind_come_back() {
    let record = captured(|| {
        audit!(
            "a.b",
            resource.i8 = -1_i8,
            resource.u16 = u16::MAX,
            resource.i64 = i64::MIN,
            resource.u64 = u64::MAX,
            resource.small_i128 = i128::from(i64::MIN),
            resource.small_u128 = u128::from(u64::MAX),
            resource.i128 = i128::MIN,
            resource.u128 = u128::MAX,
            resource.usize = 7_usize,
            resource.f64 = 0.1,
            resource.whole = 1e15,
            resource.tiny = f64::MIN_POSITIVE,
            resource.zero = -0.0,
            resource.nan = f64::NAN,
            resource.infinity = f64::INFINITY,
            resource.negative_infinity = f64::NEG_INFINITY,
            resource.yes = true,
        );
    });
    let text = record.to_string();
    let resource = &text[text.find("\"resource\":").unwrap()..text.find(",\"outcome\"").unwrap()];
    assert_eq!(
        resource,
        "\"resource\":{\"i8\":-1,\"u16\":65535,\"i64\":-9223372036854775808,\
         \"u64\":18446744073709551615,\"small_i128\":-9223372036854775808,\
         \"small_u128\":18446744073709551615,\
         \"i128\":\"-170141183460469231731687303715884105728\",\
         \"u128\":\"340282366920938463463374607431768211455\",\"usize\":7,\"f64\":0.1,\
         \"whole\":1000000000000000.0,\"tiny\":2.2250738585072014e-308,\"zero\":-0.0,\"nan\":\"NaN\",\
         \"infinity\":\"Infinity\",\"negative_infinity\":\"-Infinity\",\"yes\":true}"
    );
}

#[derive(Debug, thiserror::Error)]
#[error("could not sign in")]
struct SignIn(#[source] std::io::Error);

#[test]
fn errors_have_their_message_and_chain() {
    let error = SignIn(std::io::Error::other("the \"directory\" is away"));
    let record = captured(|| {
        audit!(
            "a.b",
            resource.error = error,
            resource.dynamic = &error as &(dyn std::error::Error + 'static)
        );
    });
    for key in ["error", "dynamic"] {
        let error = record.resource[key].as_object().unwrap();
        assert_eq!(error["message"], "could not sign in");
        assert_eq!(error["chain"].to_string(), r#"["the \"directory\" is away"]"#);
    }
}

#[test]
fn bytes_are_base64() {
    let (slice, vector, array): (&[u8], Vec<u8>, [u8; 3]) = (&[0xff, 0, 1, 2], vec![0xfb, 0xff], *b"abc");
    let record = captured(|| {
        audit!(
            "a.b",
            resource.slice = slice,
            resource.vector = vector,
            resource.array = array,
            resource.none = b""
        );
    });
    assert_eq!(record.resource["slice"], "/wABAg==");
    assert_eq!(record.resource["vector"], "+/8=");
    assert_eq!(record.resource["array"], "YWJj");
    assert_eq!(record.resource["none"], "");
}

#[derive(Serialize)]
enum Kind {
    Unit,
    Tuple(u8, f64),
    Struct { z: Option<u8>, a: f32 },
}

#[test]
fn anything_serializable_is_json_in_its_own_order() {
    let map = BTreeMap::from([(2, "b"), (10, "a")]);
    let record = captured(|| {
        audit!(
            "a.b",
            resource.list = vec!["a", "b"],
            resource.map = map,
            resource.json = serde_json::json!({ "a": [1, null] }),
            resource.kinds = [Kind::Unit, Kind::Tuple(1, f64::NAN), Kind::Struct { z: None, a: 0.1 }],
            resource.nothing = None::<Vec<u8>>,
            resource.absent = None::<&str>,
            resource.present = Some("here"),
            resource.wide = (u128::MAX, i128::MIN, 1_u128),
        );
    });
    assert_eq!(record.resource["list"].to_string(), r#"["a","b"]"#);
    assert_eq!(record.resource["map"].to_string(), r#"{"2":"b","10":"a"}"#);
    assert_eq!(record.resource["json"].to_string(), r#"{"a":[1,null]}"#);
    assert_eq!(
        record.resource["kinds"].to_string(),
        r#"["Unit",{"Tuple":[1,"NaN"]},{"Struct":{"z":null,"a":0.1}}]"#
    );
    assert_eq!(record.resource.get("nothing"), None);
    assert_eq!(record.resource.get("absent"), None);
    assert_eq!(record.resource["present"], "here");
    assert_eq!(
        record.resource["wide"].to_string(),
        r#"["340282366920938463463374607431768211455","-170141183460469231731687303715884105728",1]"#
    );
    assert_eq!(violations(&record), [""; 0]);
}

#[test]
fn a_typed_event_has_the_fields_of_its_struct() {
    let record = captured(|| {
        let host = String::from("127.0.0.1:8123");
        audit!(
            ProviderSelected {
                provider_name: "whisper-cpp",
                provider_kind: "stt",
                endpoint_host: &host,
                strategy: "local-only",
                attempt: Some(3),
            },
            actor.user_sid = "S-1",
            actor.session_id = %"9f2c",
            outcome = "failure",
            trace_id = "0af7651916cd43dd8448eb211c80319c",
        );
    });
    let line = record.to_string();
    assert!(
        line.contains(
            r#""event":"provider.selected","actor":{"user_sid":"S-1","session_id":"9f2c"},"resource":{"provider_name":"whisper-cpp","provider_kind":"stt","endpoint_host":"127.0.0.1:8123","strategy":"local-only","attempt":3},"outcome":"failure","trace_id":"0af7651916cd43dd8448eb211c80319c","#
        ),
        "{line}"
    );
}

#[test]
fn all_twelve_built_in_types_are_typed_events() {
    #[derive(Serialize)]
    struct Export {
        rows: u32,
    }
    let records = capture_with(TEST_TYPES, || {
        audit!(ProviderSelected {
            provider_name: "p",
            provider_kind: "k",
            endpoint_host: "h",
            strategy: "s",
            attempt: None
        });
        audit!(VoiceAgentSessionStart { resource: () });
        audit!(VoiceAgentSessionEnd { resource: serde_json::json!({ "seconds": 12 }) });
        audit!(SettingsChanged { resource: BTreeMap::from([("key", "k")]) });
        audit!(UpdateInstalled { resource: serde_json::json!({ "version": "1.2.3" }) });
        audit!(AuthFailed { resource: serde_json::json!({ "reason": "r" }) }, outcome = Outcome::Failure);
        audit!(PrivacyExport { resource: Export { rows: 3 } });
        audit!(PrivacyDelete { resource: () });
        audit!(PolicyApplied { source: "gpo", keys_locked_count: 7 });
        audit!(ByokKeyUpdated {
            provider_name: "p",
            region: "eu",
            fingerprint_truncated: "0123456789abcdef"
        });
        audit!(ModeStart { mode: "dictation", requires: &[], error: None });
        audit!(
            ModeStart { mode: "dictation", requires: &["microphone"], error: Some("busy") },
            outcome = "failure"
        );
        audit!(ModeStop { mode: "dictation", released: ["microphone"], error: None });
    });
    let shown = records.iter().map(|record| {
        assert_valid(&record.to_string());
        assert_eq!(violations(record), [""; 0]);
        format!("{} {}", record.event, Value::Object(record.resource.clone()))
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            r#"provider.selected {"provider_name":"p","provider_kind":"k","endpoint_host":"h","strategy":"s"}"#,
            "voiceagent.session.start {}",
            r#"voiceagent.session.end {"seconds":12}"#,
            r#"settings.changed {"key":"k"}"#,
            r#"update.installed {"version":"1.2.3"}"#,
            r#"auth.failed {"reason":"r"}"#,
            r#"privacy.export {"rows":3}"#,
            "privacy.delete {}",
            r#"policy.applied {"source":"gpo","keys_locked_count":7}"#,
            r#"byok.key_updated {"provider_name":"p","region":"eu","fingerprint_truncated":"0123456789abcdef"}"#,
            r#"mode.start {"mode":"dictation"}"#,
            r#"mode.start {"mode":"dictation","requires":["microphone"],"error":"busy"}"#,
            r#"mode.stop {"mode":"dictation","released":["microphone"]}"#,
        ]
    );
}

#[test]
fn a_resource_key_may_hold_anything() {
    let record = captured(|| {
        audit!("a.b", "resource.a \"quoted\"\nkey" = 1, resource.r#type = "2", resource.deep.er = 3, resource.fn = 4);
    });
    let keys = record.resource.iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys, ["a \"quoted\"\nkey", "type", "deep.er", "fn"]);
}

#[test]
fn a_wrong_outcome_is_a_failure_and_flagged() {
    let record = captured(|| {
        audit!("a.b", outcome = "sucess".to_owned());
    });
    assert_eq!(record.outcome, Outcome::Failure);
    assert_eq!(violations(&record), ["the outcome `sucess` is neither `success` nor `failure`"]);
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half a va")?;
        panic!("no {}", "way");
    }
}

struct Fails;

impl fmt::Debug for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half a va")?;
        Err(fmt::Error)
    }
}

impl Serialize for Fails {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

#[test]
fn a_value_whose_formatting_panics_or_fails_is_left_out_and_flagged() {
    let record = captured(|| {
        audit!("a.b", resource.before = 1, resource.bad = ?Panics, resource.worse = ?Fails, resource.json = Fails, resource.after = 2);
    });
    assert_eq!(
        (&record.resource["before"], &record.resource["after"]),
        (&Value::Unsigned(1), &Value::Unsigned(2))
    );
    assert_eq!(
        violations(&record),
        [
            "`bad` could not be formatted: it panicked: no way",
            "`worse` could not be formatted: its formatting failed",
            "`json` could not be serialized: not today",
        ]
    );
    assert_eq!(record.resource.len(), 3);
}

struct Emits;

impl fmt::Debug for Emits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = audit!("a.inner", resource.by = "a value's Debug");
        write!(f, "emitted {:?}", receipt.seq())
    }
}

#[test]
fn a_value_whose_debug_emits_an_audit_event_is_recorded_after_it() {
    let records = capture_with(TEST_TYPES, || {
        audit!("a.outer", resource.value = ?Emits, resource.again = ?Emits);
    });
    let events = records.iter().map(|record| record.event.as_str()).collect::<Vec<_>>();
    assert_eq!(events, ["a.inner", "a.inner", "a.outer"]);
    assert_eq!(records[2].resource["value"], "emitted Some(0)");
    assert_eq!(records[2].resource["again"], "emitted Some(1)");
}

#[test]
fn values_are_evaluated_once_in_the_order_in_which_they_are_written() {
    let mut order = Vec::new();
    let mut next = |name| {
        order.push(name);
        order.len()
    };
    let record = captured(|| {
        audit!(
            "a.b",
            trace_id = next("trace"),
            resource.b = next("b"),
            actor.user_sid = next("sid"),
            resource.a = next("a")
        );
    });
    assert_eq!(order, ["trace", "b", "sid", "a"]);
    assert_eq!(record.trace_id.as_deref(), Some("1"));
    assert_eq!(record.actor.user_sid.as_deref(), Some("3"));
}

#[test]
fn a_field_of_ten_megabytes_is_cut_and_flagged() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let text = "änderung\n".repeat(10 * 1024 * 1024 / 10);
    let bytes = vec![7_u8; 10 * 1024 * 1024];
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!("a.b", resource.text = text, resource.n = 1).result().unwrap();
        audit!("a.b", resource.text = %text, resource.debug = ?text, resource.n = 1).result().unwrap();
        audit!("a.b", resource.list = [&text], resource.n = 1).result().unwrap();
        audit!("a.b", resource.bytes = bytes, actor.user_sid = text, trace_id = text).result().unwrap();
    });
    guard.handle().append(Record::new("a.b").resource("text", &text)).result().unwrap();
    drop(guard);
    for line in std::fs::read_to_string(&day_files(&log.dir())[0]).unwrap().lines() {
        assert!(line.len() < 256 * 1024, "{}", line.len());
        assert_valid(line);
    }
    let records = log.records();
    let flag = |record: &Record, key: &str| {
        let flag = record.resource["_truncated"].as_object().unwrap()[key].as_object().unwrap().clone();
        assert_eq!(flag.len(), 1, "nothing by which the value could be guessed");
        flag["bytes"].as_u64().unwrap()
    };
    let whole = text.len() as u64;
    assert_eq!(flag(&records[0], "text"), whole);
    assert!(text.starts_with(records[0].resource["text"].as_str().unwrap()));
    assert!(records[0].to_string().len() > 250 * 1024, "most of the line is used");
    assert_eq!(flag(&records[1], "text"), whole);
    let debug = format!("{text:?}");
    assert_eq!(flag(&records[1], "debug"), debug.len() as u64);
    let json = serde_json::to_string(&[&text]).unwrap();
    assert_eq!(flag(&records[2], "list"), json.len() as u64);
    assert!(json.starts_with(records[2].resource["list"].as_str().unwrap()));
    assert_eq!(flag(&records[3], "actor.user_sid"), whole);
    assert_eq!(flag(&records[3], "trace_id"), whole);
    assert!(records[3].resource["bytes"].as_str().unwrap().starts_with("BwcHBwcH"));
    assert_eq!(flag(&records[3], "bytes"), bytes.len().div_ceil(3) as u64 * 4);
    assert_eq!(flag(&records[4], "text"), whole);
    assert!(records[..3].iter().all(|record| record.resource["n"] == 1));
}

#[test]
fn a_redacted_value_is_flagged_in_a_valid_line() {
    let log = TestLog::new();
    let builder = tracing_audit::AuditLayer::builder(log.dir()).catalog(TEST_TYPES);
    let (layer, guard) = builder.redact(["password"]).max_record_bytes(16 * 1024).open().unwrap();
    let long = "x".repeat(100_000);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!("a.b", resource.password = 1, resource.long = long, actor.user_sid = ?Panics);
    });
    drop(guard);
    let record = &log.records()[0];
    assert_valid(&record.to_string());
    let keys = record.resource.iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys, ["password", "long", "_redacted", "_truncated", "_violations"]);
}

/// Guards against lines of earlier builds that are no longer records.
#[test]
fn a_cut_that_is_flagged_with_a_digest_as_it_once_was_can_be_read() {
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for flag in [format!(r#"{{"bytes":4,"sha256":"{digest}"}}"#), r#"{"bytes":4}"#.to_owned()] {
        let line = format!(
            concat!(
                r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"a.b","actor":{{}},"#,
                r#""resource":{{"key":"te","_truncated":{{"key":{}}}}},"outcome":"success","seq":41}}"#
            ),
            flag
        );
        assert_valid(&line);
        let record = Record::from_line(line.as_bytes()).unwrap();
        assert_eq!(record.resource["_truncated"].to_string(), format!(r#"{{"key":{flag}}}"#));
        assert_eq!(record.to_string(), line);
    }
}

#[test]
fn what_is_wrong_with_a_record_at_run_time_is_flagged() {
    let mut deep = Value::Null;
    for _ in 0..100 {
        deep = Value::Array(vec![deep]);
    }
    let mut record = Record::new("").resource("broken", Fails).resource("null", None::<u8>);
    record.resource.insert("deep", deep);
    record.resource.insert("_truncated", Value::Bool(true));
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    guard.handle().append(record).result().unwrap();
    let record = &log.records()[0];
    assert_valid(&record.to_string());
    assert_eq!(record.event, "audit.unnamed");
    assert!(record.resource["deep"].as_str().unwrap().starts_with("[[[["));
    assert_eq!(record.resource["resource._truncated"], true);
    assert_eq!(record.resource.get("null"), None);
    assert_eq!(violations(record).len(), 4, "{:?}", violations(record));
}

#[test]
fn the_decoder_names_line_and_byte() {
    let good = Record::new("a.b").resource("k", "v");
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    guard.handle().append(good).result().unwrap();
    let line = log.records()[0].to_string();
    let refused = |text: String, byte: usize, reason: &str| {
        let lines = format!("{line}\n{text}\n{line}\n");
        let read = Lines::new(lines.as_bytes()).collect::<Vec<_>>();
        assert_eq!(read.len(), 3, "it goes on after it");
        let error = read[1].as_ref().unwrap_err().to_string();
        assert_eq!(error, format!("line 2, byte {byte}: {reason}"), "{text}");
    };
    let at = |text: &str| line.find(text).unwrap() + 1;
    refused(
        line.replace("\"_schema_version\":\"1\"", "\"_schema_version\":\"2\""),
        22,
        "schema version `2` is not `1`, the one this reader knows",
    );
    refused(line.replace("\"seq\":1", "\"seq\":-1"), line.len(), "invalid value: integer `-1`, expected u64");
    refused(
        line.replace("{\"k\":\"v\"}", "{\"k\":null}"),
        at("},\"outcome\"") + 1,
        "`resource.k` is null: a null value is left out",
    );
    refused(
        line.replace("success", "maybe"),
        at("success") + 5,
        "the outcome `maybe` is neither `success` nor `failure`",
    );
    refused(
        line.replace(",\"outcome\"", ", \"outcome\""),
        at(",\"outcome\"") + 1,
        "a record is not spelled like this",
    );
    refused(line.replace("a.b", "\\u0061.b"), at("a.b"), "a record is not spelled like this");
    refused(line[..line.len() - 1].to_owned(), line.len() - 1, "EOF while parsing an object");
    refused(String::new(), 1, "EOF while parsing a value");
    let torn = Lines::new(line.as_bytes()).next().unwrap().unwrap_err();
    assert_eq!(
        torn.to_string(),
        format!("line 1, byte {}: the line is torn: its end is missing", line.len())
    );
}

#[test]
fn the_decoder_refuses_what_is_missing_repeated_misplaced_or_unknown() {
    let line = r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"a.b","actor":{},"resource":{"k":1},"outcome":"success","trace_id":"t","seq":1}"#;
    Record::from_line(line.as_bytes()).unwrap();
    for (from, to) in [
        (r#""_schema_version":"1","#, ""),
        (r#""ts":"2026-05-28T09:30:00.123456789Z","#, ""),
        (r#""event":"a.b","#, ""),
        (r#""actor":{},"#, ""),
        (r#""outcome":"success","#, ""),
        (r#","seq":1"#, ""),
        (r#""event":"a.b","#, r#""event":"a.b","event":"a.b","#),
        (r#""event":"a.b","actor":{}"#, r#""actor":{},"event":"a.b""#),
        (r#""event":"a.b""#, r#""event":"""#),
        (r#""trace_id":"t""#, r#""trace_id":"""#),
        (r#"{"k":1}"#, r#"{"k":1,"k":2}"#),
        (r#"{"k":1}"#, "{}"),
        (r#"{"k":1}"#, "[]"),
        (r#"{"k":1}"#, r#"{"k":1e400}"#),
        (r#"{"k":1}"#, r#"{"k":340282366920938463463374607431768211455}"#),
        (r#""actor":{}"#, r#""actor":{"user_sid":""}"#),
        (r#""actor":{}"#, r#""actor":{"session_id":"s","user_sid":"u"}"#),
        (r#""actor":{}"#, r#""actor":{"user_sid":"u","user_sid":"u"}"#),
        (r#""actor":{}"#, r#""actor":{"name":"u"}"#),
        (r#""seq":1"#, r#""seq":1.0"#),
        (r#""seq":1"#, r#""seq":01"#),
        (r#""seq":1"#, r#""seq":1,"hash":"x""#),
        ("09:30:00", "24:00:00"),
        (r#""seq":1}"#, r#""seq":1} "#),
        (r#""seq":1}"#, r#""seq":1}{}"#),
    ] {
        let bad = line.replacen(from, to, 1);
        assert_ne!(bad, line);
        Record::from_line(bad.as_bytes()).expect_err(&bad);
    }
    Record::from_line(b"\xff\xfe").unwrap_err();
    Record::from_line(format!("{line}\n{line}").as_bytes()).unwrap_err();
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::Unsigned),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}|[\\x00-\\x7f]{0,20}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let inside = prop_oneof![4 => inner, 1 => Just(Value::Null)];
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((".{0,8}", inside), 0..5)
                .prop_map(|entries| Value::Object(Object::from_iter(entries))),
        ]
    })
}

fn any_record() -> impl Strategy<Value = Record> {
    let text = || prop_oneof![Just(String::new()), ".{1,24}", "[\\x00-\\x1f\"\\\\]{1,8}"];
    let event = prop_oneof!["[a-z]{1,8}(\\.[a-z]{1,8}){1,3}", ".{1,24}"];
    let resource = prop::collection::vec((".{0,12}", any_value()), 0..8);
    (event, text(), text(), resource, any::<bool>(), text()).prop_map(
        |(event, user, session, resource, ok, trace)| {
            let mut record = Record::new(event)
                .actor(Actor::new().user_sid(user).session_id(session))
                .outcome(if ok { Outcome::Success } else { Outcome::Failure })
                .trace_id(trace);
            record.resource = resource.into_iter().filter(|(key, _)| !key.starts_with('_')).collect();
            record
        },
    )
}

#[test]
fn random_records_survive_the_round_trip_and_are_valid() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    let handle = guard.handle();
    let given = RefCell::new(Vec::new());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(2000));
    let result = runner.run(&any_record(), |record| {
        handle.append(record.clone()).result().unwrap();
        given.borrow_mut().push(record);
        Ok(())
    });
    result.unwrap();
    let given = given.into_inner();
    drop(guard);
    let text =
        day_files(&log.dir()).iter().map(|file| std::fs::read_to_string(file).unwrap()).collect::<String>();
    // A random type may begin with `log.`, and is flagged.
    let is_the_logs = |line: &str| line.contains("\"event\":\"log.") && !line.contains("\"_violations\"");
    let lines = text.lines().filter(|line| !is_the_logs(line));
    let mut read = 0;
    for (line, given) in lines.zip(&given) {
        assert_valid(line);
        let record = Record::from_line(line.as_bytes()).unwrap();
        assert_eq!(record.to_string(), line);
        let nonempty = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        assert_eq!(record.event, given.event);
        assert_eq!(record.actor.user_sid, nonempty(&given.actor.user_sid));
        assert_eq!(record.actor.session_id, nonempty(&given.actor.session_id));
        let mut resource = record.resource.clone();
        let violations = resource.remove("_violations").expect("a random type is not in the catalog");
        let is_of_the_type = |text: &&Value| !text.as_str().unwrap().ends_with("has control characters");
        let of_the_type = violations.as_array().unwrap().iter().filter(is_of_the_type).count();
        assert_eq!(of_the_type, 1, "{violations}");
        assert_eq!(resource, given.resource);
        assert_eq!(record.outcome, given.outcome);
        assert_eq!(record.trace_id, nonempty(&given.trace_id));
        read += 1;
    }
    assert_eq!(read, given.len());
}

#[test]
fn the_changelog_has_migration_notes_for_each_schema_version() {
    let changelog = include_str!("../../../CHANGELOG.md");
    let (_, section) = changelog.split_once("\n## Audit-Log Schema\n").expect("a section on the schema");
    let section = section.split("\n## ").next().unwrap();
    let newest = section.lines().find_map(|line| line.strip_prefix("### Version ")).expect("a version");
    assert_eq!(newest, tracing_audit::SCHEMA_VERSION);
    for version in 1..=newest.parse::<u32>().unwrap() {
        let (_, entry) =
            section.split_once(&format!("### Version {version}\n")).expect("an entry for each version");
        assert!(entry.split("\n### ").next().unwrap().contains("Migration"), "version {version}");
    }
}

#[test]
fn lists_of_literals_are_numbers_and_borrowed_errors_are_errors() {
    let error = std::io::Error::other("gone");
    fn record_it(error: &std::io::Error) {
        audit!(
            "a.b",
            resource.list = [1, 2],
            resource.vector = vec![1, 300],
            resource.borrowed = &[3, 4],
            resource.error = error,
        );
    }
    let record = captured(|| record_it(&error));
    assert_eq!(record.resource["list"].to_string(), "[1,2]");
    assert_eq!(record.resource["vector"].to_string(), "[1,300]");
    assert_eq!(record.resource["borrowed"].to_string(), "[3,4]");
    assert_eq!(record.resource["error"].as_object().unwrap()["message"], "gone");
}

#[test]
fn keys_that_are_taken_or_reserved_are_kept_under_another() {
    let records = capture_with(TEST_TYPES, || {
        tracing::event!(target: "audit", tracing::Level::INFO, { event = "a.b", _violations = 1, a = 2, resource.a = 3, _truncated = 4 });
        let resource = serde_json::json!({ "_violations": 1, "resource._violations": 2, "fine": 3 });
        audit!(SettingsChanged { resource });
        tracing::event!(target: "audit", tracing::Level::INFO, { event = "log.gap", resource.count = 5 });
    });
    for record in &records {
        let line = record.to_string();
        assert_valid(&line);
        assert_eq!(Record::from_line(line.as_bytes()).unwrap(), *record);
        assert!(!violations(record).is_empty());
    }
    let resource = &records[0].resource;
    assert_eq!(resource["resource._violations"], 1, "{}", records[0]);
    assert_eq!((&resource["a"], &resource["resource.a"]), (&Value::Unsigned(2), &Value::Unsigned(3)));
    assert_eq!(resource["resource._truncated"], 4);
    assert_eq!(records[1].resource["fine"], 3);
    assert!(violations(&records[2])[0].contains("the log's own"));
}

#[test]
fn a_free_resource_that_is_too_long_keeps_its_keys() {
    let record = captured(|| {
        let resource = serde_json::json!({ "reason": "bad", "blob": "x".repeat(1 << 20) });
        audit!(AuthFailed { resource }, outcome = Outcome::Failure);
    });
    assert_eq!(record.resource["reason"], "bad");
    assert_eq!(record.outcome, Outcome::Failure);
    let cut = record.resource["_truncated"].as_object().unwrap();
    assert_eq!(cut.len(), 1);
    assert_eq!(cut["blob"].as_object().unwrap()["bytes"], 1_i64 << 20);
}

#[test]
fn an_outcome_that_can_t_be_had_is_a_failure() {
    let record = captured(|| {
        audit!("a.b", outcome = ?Panics);
    });
    assert_eq!(record.outcome, Outcome::Failure);
    assert_eq!(violations(&record).len(), 1);
}

#[test]
fn the_macro_does_not_shadow_the_names_of_its_caller() {
    const METADATA: &str = "mine";
    const CALLSITE: &str = "mine too";
    let record = captured(|| {
        audit!("a.b", resource.a = METADATA, resource.b = CALLSITE);
    });
    assert_eq!(
        (record.resource["a"].as_str(), record.resource["b"].as_str()),
        (Some("mine"), Some("mine too"))
    );
}

#[test]
fn a_map_of_many_keys_takes_no_quadratic_time() {
    let map = (0..200_000).map(|n| (n, ())).collect::<BTreeMap<_, _>>();
    let record = captured(|| {
        audit!("a.b", resource.map = map);
    });
    assert!(record.resource["map"].as_str().unwrap().starts_with("{\"0\":null,"));
}
