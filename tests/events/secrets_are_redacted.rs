//! The values of the keys that `redact` lists are not in the log, whichever way an event comes, at whatever
//! depth they are; each is flagged, nothing else is changed, and without the setting nothing is.

use crate::support::{RuntimeLog, TEST_TYPES, TestLog};
use serde::{Serialize, Serializer};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use tracing::Level;
use tracing_audit::events::{ByokKeyUpdated, SettingsChanged};
use tracing_audit::record::{EventType, Field, FieldKind, Object, Value};
use tracing_audit::{
    AppendError, AuditConfig, AuditGuard, AuditLayer, Catalog, OpenError, Outcome, Record, audit,
    audit_events, redact,
};
use tracing_subscriber::prelude::*;

/// A text that is in no line of the log.
const SECRET: &str = "hunter2";

audit_events! {
    catalog OWN;

    /// A typed event has fields of any kind that are secret.
    event SignedUp<'a> = "signed.up" {
        name: &'a str,
        password: &'a str,
        pin: Option<u32>,
        token: &'a [u8],
        cookie: Option<BTreeMap<&'a str, &'a str>>,
        profile: Option<Profile<'a>>,
    }
}

#[derive(Serialize)]
struct Profile<'a> {
    #[serde(rename = "PassWord")]
    password: &'a str,
    colour: &'a str,
}

/// Runs `f` with a log that redacts these keys, and returns the records that are not the log's own.
fn recorded(keys: &[&str], f: impl FnOnce(&AuditGuard)) -> Vec<Record> {
    let log = TestLog::new();
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).catalog(OWN);
    let (layer, guard) = builder.redact(keys).open().unwrap();
    // The audit layer alone would enable no plain event.
    let stack = tracing_subscriber::registry().with(layer).with(RuntimeLog::default());
    tracing::subscriber::with_default(stack, || f(&guard));
    drop(guard);
    log.records()
}

fn resource(record: &Record) -> String {
    record.resource.to_string()
}

#[test]
fn a_secret_is_redacted_whichever_way_it_comes() {
    let keys = ["password", "PIN", "token", "cookie"];
    let body = || json!({ "name": "ada", "Password": SECRET, "list": [{ "password": [SECRET] }] });
    let redacted = r#"{"Password":"[redacted]","list":[{"password":"[redacted]"}],"name":"ada"}"#;
    let records = recorded(&keys, |guard| {
        // Free form, with all that `tracing` carries.
        audit!("a.b", resource.password = SECRET, resource.n = 1);
        audit!("a.b", resource.PASSWORD = %SECRET, resource.pin = 1234, resource.n = 1);
        audit!("a.b", resource.token = SECRET.as_bytes(), "resource.pIN" = ?SECRET, resource.n = 1);
        audit!("a.b", resource.cookie = json!([SECRET]), resource.password = 0.5, resource.n = true);
        audit!("a.b", resource.password = fmt::Error, resource.n = 1);
        audit!("a.b", resource.body = body(), resource.n = 1);
        // Typed, and typed with a free resource.
        let profile = Some(Profile { password: SECRET, colour: "red" });
        let cookie = Some(BTreeMap::from([("session", SECRET)]));
        let token = SECRET.as_bytes();
        audit!(SignedUp { name: "ada", password: SECRET, pin: Some(1), token, cookie, profile });
        audit!(SettingsChanged { resource: body() }, actor.user_sid = "ada");
        // Plain events.
        tracing::event!(target: "audit", Level::INFO, { event = "a.b", resource.password = SECRET, n = 1 });
        tracing::event!(target: "audit", Level::INFO, { event = "a.b", password = SECRET, resource.password = SECRET });
        // A handle.
        guard.handle().append(Record::new("a.b").resource("password", SECRET).resource("body", body()));
        let mut record = Record::new("a.b");
        record.resource.insert("Pin", Value::Array(vec![Value::from(SECRET)]));
        guard.handle().append(record);
    });
    let wanted = [
        r#"{"password":"[redacted]","n":1,"_redacted":["password"]}"#,
        r#"{"PASSWORD":"[redacted]","pin":"[redacted]","n":1,"_redacted":["PASSWORD","pin"]}"#,
        r#"{"token":"[redacted]","pIN":"[redacted]","n":1,"_redacted":["token","pIN"]}"#,
        r#"{"cookie":"[redacted]","password":"[redacted]","n":true,"_redacted":["cookie","password"]}"#,
        r#"{"password":"[redacted]","n":1,"_redacted":["password"]}"#,
        &format!(r#"{{"body":{redacted},"n":1,"_redacted":["Password","password"]}}"#),
        concat!(
            r#"{"name":"ada","password":"[redacted]","pin":"[redacted]","token":"[redacted]","cookie":"[redacted]","#,
            r#""profile":{"PassWord":"[redacted]","colour":"red"},"_redacted":["password","pin","token","cookie","PassWord"]}"#
        ),
        &format!(r#"{},"_redacted":["Password","password"]}}"#, &redacted[..redacted.len() - 1]),
        r#"{"password":"[redacted]","n":1,"_redacted":["password"],"_violations":["`n` is not a field of a record: kept in `resource`"]}"#,
        concat!(
            r#"{"password":"[redacted]","resource.password":"[redacted]","_redacted":["password","resource.password"],"#,
            r#""_violations":["`password` is not a field of a record: kept in `resource`","#,
            r#""`password` is taken: kept as `resource.password`"]}"#
        ),
        &format!(r#"{{"password":"[redacted]","body":{redacted},"_redacted":["password","Password"]}}"#),
        r#"{"Pin":"[redacted]","_redacted":["Pin"]}"#,
    ];
    assert_eq!(records.iter().map(resource).collect::<Vec<_>>(), wanted);
    for record in &records {
        let line = record.to_string();
        assert!(!line.contains(SECRET) && !line.contains("aHVudGVy"), "{line}");
        assert_eq!(Record::from_line(line.as_bytes()).unwrap(), *record);
    }
}

/// Guards against a secret that ends up in text: of JSON that is too deep or too long for a record.
#[test]
fn a_secret_is_redacted_before_its_value_becomes_text() {
    let deep = |levels| (0..levels).fold(json!({ "password": SECRET }), |inner, _| json!({ "a": inner }));
    let long = json!({ "password": SECRET, "pad": "x".repeat(1 << 20), "Password": SECRET });
    let records = recorded(&["password"], |guard| {
        for value in [deep(10), deep(100), deep(200), long] {
            audit!("a.b", resource.value = value);
            audit!(SettingsChanged { resource: json!({ "value": value }) });
            audit!(SettingsChanged { resource: &value });
            guard.handle().append(Record::new("a.b").resource("value", &value));
        }
    });
    assert_eq!(records.len(), 16);
    for record in records {
        let line = record.to_string();
        assert!(line.contains("[redacted]") && !line.contains(SECRET), "{}", &line[..1000.min(line.len())]);
        assert!(resource(&record).contains(r#""_redacted":["#));
    }
}

#[test]
fn whole_keys_are_compared_and_text_is_not_searched() {
    let keys = ["password", "user.token", "clé"];
    let json = format!(r#"{{"password":"{SECRET}"}}"#);
    let emit = |guard: &AuditGuard| {
        let named = BTreeMap::from([("password_hash", 1), ("pass", 2), ("user", 3), ("CLÉ", 4), ("", 5)]);
        audit!("a.b", resource.passwords = 1, resource.token = 2, resource.user = json!({ "token": 3 }));
        audit!("a.b", resource.user.password = 1, resource.named = named);
        // JSON in a string, and what `Debug` and `Display` make of a value.
        audit!("a.b", resource.body = json, resource.shown = %json, resource.debug = ?json!({ "password": 1 }));
        audit!("a.b", resource.list = [["password", "x"]], resource.password = None::<&str>);
        audit!("a.b", resource.password = None::<Profile>, resource.n = json!({ "password": null }));
        audit!(SettingsChanged { resource: json!({ "password": null, "n": 1 }) });
        guard.handle().append(Record::new("a.b").resource("password", None::<u8>).resource("n", 1));
    };
    let redacted = recorded(&keys, emit);
    let plain = recorded(&[], emit);
    assert_eq!(
        redacted.iter().map(resource).collect::<Vec<_>>(),
        plain.iter().map(resource).collect::<Vec<_>>()
    );
    let records = recorded(&keys, |_| {
        audit!("a.b", resource.User.Token = 1, resource.clé = 2);
    });
    assert_eq!(
        resource(&records[0]),
        r#"{"User.Token":"[redacted]","clé":"[redacted]","_redacted":["User.Token","clé"]}"#
    );
}

#[test]
fn actors_and_the_logs_own_records_are_never_redacted() {
    let log = TestLog::new();
    let keys = [
        "user_sid",
        "session_id",
        "trace_id",
        "outcome",
        "event",
        "actor",
        "journal",
        "version",
        "pid",
        "seq",
    ];
    let (layer, guard) = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).redact(keys).open().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!(
            "a.b",
            actor.user_sid = "ada",
            actor.session_id = "4711",
            trace_id = "t",
            outcome = Outcome::Failure
        );
        audit!("a.b", resource.journal = "mine");
    });
    drop(guard);
    let records = log.all_records();
    assert_eq!(records[1].actor.user_sid.as_deref(), Some("ada"));
    assert_eq!(records[1].actor.session_id.as_deref(), Some("4711"));
    assert_eq!((records[1].trace_id.as_deref(), records[1].outcome), (Some("t"), Outcome::Failure));
    assert!(records[1].resource.is_empty());
    assert_eq!(records[2].resource["journal"], "[redacted]");
    let events = records.iter().map(|record| record.event.as_str()).collect::<Vec<_>>();
    assert_eq!(events, ["log.opened", "a.b", "a.b", "log.checkpoint", "log.closed"]);
    assert_eq!(records[0].resource["journal"].as_str().unwrap().len(), 32);
    for record in [&records[0], &records[3], &records[4]] {
        assert!(!record.to_string().contains("[redacted]"), "{record}");
        assert!(record.resource.get("_redacted").is_none(), "{record}");
    }
}

const KINDS: Catalog = Catalog::new(&[EventType::new("of.kinds", "Values of all kinds.").fields(&[
    Field::new("a", "A number.", FieldKind::Integer),
    Field::new("b", "An object.", FieldKind::Object),
    Field::new("c", "A boolean.", FieldKind::Boolean),
    Field::new("d", "A string.", FieldKind::String).optional(),
])]);

#[test]
fn a_redacted_value_is_valid_as_any_kind_and_is_no_violation() {
    let log = TestLog::new();
    let builder = AuditLayer::builder(log.dir()).catalog(KINDS).strict(true);
    let (layer, guard) = builder.redact(["a", "b", "c"]).open().unwrap();
    let stack = tracing_subscriber::registry().with(layer).with(RuntimeLog::default());
    tracing::subscriber::with_default(stack, || {
        audit!("of.kinds", resource.a = 1, resource.b = json!({}), resource.c = true).result().unwrap();
        tracing::event!(target: "audit", Level::INFO, { event = "of.kinds", resource.a = 1, resource.b = 2, resource.c = 3 });
        let record = Record::new("of.kinds").resource("a", 1).resource("b", 2).resource("c", 3);
        guard.handle().append(record).result().unwrap();
        // What is not redacted is checked; and a text that looks redacted is a text.
        let missing =
            audit!("of.kinds", resource.a = 1, resource.c = true, resource.d = 1).result().unwrap_err();
        let AppendError::Violations { violations, .. } = missing else { panic!("{missing}") };
        assert_eq!(violations, ["`d` should be a string", "`b` is missing"]);
    });
    drop(guard);
    let records = log.records();
    let entry = KINDS.get("of.kinds").unwrap();
    for record in &records[..3] {
        assert_eq!(entry.violations(&record.resource), [""; 0], "{record}");
        assert_eq!(
            resource(record),
            r#"{"a":"[redacted]","b":"[redacted]","c":"[redacted]","_redacted":["a","b","c"]}"#
        );
    }
    let looks = Object::from_iter([
        ("a", Value::from("[redacted]")),
        ("b", Value::Object(Object::new())),
        ("c", Value::Bool(true)),
    ]);
    assert_eq!(entry.violations(&looks), ["`a` should be an integer"]);
}

#[test]
fn the_flag_is_the_logs_own_key() {
    let records = recorded(&[], |guard| {
        guard.handle().append(Record::new("a.b").resource("_redacted", ["forged"]));
        audit!(SettingsChanged { resource: json!({ "_redacted": 1 }) });
        tracing::event!(target: "audit", Level::INFO, { event = "a.b", resource._redacted = 1 });
    });
    for record in &records {
        assert!(record.resource.get("_redacted").is_none(), "{record}");
        assert!(record.resource.get("resource._redacted").is_some(), "{record}");
        assert!(record.resource["_violations"].to_string().contains("`_redacted` is taken"), "{record}");
    }
    assert_eq!(records.len(), 3);
}

/// Guards against a line that is too long because of its flags.
#[test]
fn an_event_of_very_many_secrets_fits_into_its_line() {
    let log = TestLog::new();
    let names = (0..128).map(|n| format!("{n:03}{}", "k".repeat(26))).collect::<Vec<_>>();
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).max_record_bytes(16 * 1024);
    let (layer, guard) = builder.redact(&names).open().unwrap();
    let map = names.iter().map(|name| (name, "x".repeat(1000))).collect::<BTreeMap<_, _>>();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!("a.b", resource.map = map).result().unwrap();
        audit!(SettingsChanged { resource: &map }).result().unwrap();
    });
    let record =
        names.iter().fold(Record::new("a.b"), |record, name| record.resource(name, "x".repeat(1000)));
    guard.handle().append(record).result().unwrap();
    let mut config = AuditConfig::new(log.dir());
    config.max_record_bytes = 16 * 1024;
    config.redact = names.iter().map(|name| name.replace('k', "x")).collect();
    guard.handle().reconfigure(&config).unwrap();
    drop(guard);
    for record in log.records() {
        let line = record.to_string();
        assert!(line.len() < 16 * 1024 && !line.contains("xx"), "{}", line.len());
        assert_eq!(record.resource["_redacted"].as_array().unwrap().len(), 33);
    }
    // What the log says about itself is whole, too.
    for record in log.all_records().iter().filter(|record| record.event.starts_with("log.")) {
        assert!(record.resource.get("_truncated").is_none(), "{record}");
    }
}

/// A value that emits an audit event while it is serialized.
struct Emits;

impl Serialize for Emits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        audit!("a.inner", resource.password = SECRET);
        serializer.collect_map([("password", SECRET), ("n", "1")])
    }
}

/// Guards against a callsite that keeps what it has decided for another log, or for other settings.
#[test]
fn each_log_has_its_own_keys_and_they_can_be_changed() {
    let (one, two) = (TestLog::new(), TestLog::new());
    let (layer_one, guard_one) =
        AuditLayer::builder(one.dir()).catalog(TEST_TYPES).redact(["password"]).open().unwrap();
    let (layer_two, guard_two) =
        AuditLayer::builder(two.dir()).catalog(TEST_TYPES).redact(["n"]).open().unwrap();
    let (one_stack, two_stack) = (
        tracing::Dispatch::new(tracing_subscriber::registry().with(layer_one)),
        tracing::Dispatch::new(tracing_subscriber::registry().with(layer_two)),
    );
    let emit = || audit!("a.outer", resource.password = SECRET, resource.n = 1, resource.value = Emits);
    let both = || {
        for stack in [&one_stack, &two_stack, &two_stack, &one_stack] {
            tracing::dispatcher::with_default(stack, emit);
        }
    };
    let said = |log: &TestLog| {
        let records = log.records().split_off(0);
        records.iter().map(resource).collect::<Vec<_>>()
    };
    both();
    let inner = [r#"{"password":"[redacted]","_redacted":["password"]}"#, r#"{"password":"hunter2"}"#];
    let outer = [
        r#"{"password":"[redacted]","n":1,"value":{"password":"[redacted]","n":"1"},"_redacted":["password"]}"#,
        r#"{"password":"hunter2","n":"[redacted]","value":{"password":"hunter2","n":"[redacted]"},"_redacted":["n"]}"#,
        r#"{"password":"hunter2","n":1,"value":{"password":"hunter2","n":"1"}}"#,
    ];
    assert_eq!(said(&one), [inner[0], outer[0], inner[0], outer[0]]);
    assert_eq!(said(&two), [inner[1], outer[1], inner[1], outer[1]]);

    // Swapped, the second one in another case, and then off.
    let (mut config_one, mut config_two) = (AuditConfig::new(one.dir()), AuditConfig::new(two.dir()));
    (config_one.redact, config_two.redact) =
        (vec!["n".to_owned()], vec!["PASSWORD".to_owned(), "password".to_owned()]);
    for _ in 0..2 {
        guard_one.handle().reconfigure(&config_one).unwrap();
        guard_two.handle().reconfigure(&config_two).unwrap();
    }
    both();
    assert_eq!(said(&one)[4..], [inner[1], outer[1], inner[1], outer[1]]);
    assert_eq!(said(&two)[4..], [inner[0], outer[0], inner[0], outer[0]]);
    config_one.redact.clear();
    guard_one.handle().reconfigure(&config_one).unwrap();
    tracing::dispatcher::with_default(&one_stack, emit);
    guard_one.handle().append(Record::new("a.b").resource("n", 1));
    assert_eq!(said(&one)[8..], [inner[1], outer[2], r#"{"n":1}"#]);
    let changes = one.all_records().into_iter().filter(|record| record.event == "log.config_changed");
    let changes = changes.map(|record| record.resource["redact"].to_string()).collect::<Vec<_>>();
    assert_eq!(changes, [r#"{"before":["password"],"after":["n"]}"#, r#"{"before":["n"],"after":[]}"#]);
    let change = two.all_records().into_iter().find(|record| record.event == "log.config_changed").unwrap();
    assert_eq!(change.resource["redact"].to_string(), r#"{"before":["n"],"after":["password"]}"#);
}

#[test]
fn a_key_that_could_not_be_redacted_is_refused() {
    let log = TestLog::new();
    let refused = |keys: &[&str]| match AuditLayer::builder(log.dir()).redact(keys).open() {
        Err(error @ OpenError::Setting { setting: "redact", .. }) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{keys:?} is accepted"),
    };
    assert!(refused(&["password", "_violations"]).contains("keys that begin with `_` are never redacted"));
    assert!(refused(&[""]).contains("a key must not be empty"));
    assert!(refused(&[&"k".repeat(65)]).contains("a key can have at most 64 bytes"));
    assert!(refused(&["k"; 1000]).contains("it can have at most 128 keys"));
    assert!(!log.dir().exists());
    let text = format!("dir = {:?}\nredact = [\"password\", \"token\"]", log.dir());
    let config: AuditConfig = toml::from_str(&text).unwrap();
    assert_eq!(config.redact, ["password", "token"]);
    let (_layer, guard) = AuditLayer::builder_with(&config).redact(redact::COMMON).open().unwrap();
    let mut spoilt = config.clone();
    spoilt.redact.push("_redacted".to_owned());
    assert!(guard.handle().reconfigure(&spoilt).is_err());
    guard.handle().append(Record::new("settings.changed").resource("Authorization", SECRET));
    assert_eq!(log.records()[0].resource["Authorization"], "[redacted]");
}

/// A value that can't be formatted or serialized.
struct Broken;

impl fmt::Debug for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("{SECRET}")
    }
}

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(SECRET))
    }
}

/// Guards against a secret in the reason why it is missing.
#[test]
fn a_secret_that_can_t_be_had_is_redacted_like_any_other() {
    let records = recorded(&["password"], |_| {
        audit!("a.b", resource.password = ?Broken);
        audit!("a.b", resource.password = Broken);
    });
    for record in records {
        assert_eq!(resource(&record), r#"{"password":"[redacted]","_redacted":["password"]}"#);
    }
}

#[test]
fn a_typed_event_with_a_redacted_field_agrees_with_its_catalog() {
    let records = recorded(&["provider_name"], |_| {
        audit!(ByokKeyUpdated {
            provider_name: SECRET,
            region: "eu",
            fingerprint_truncated: "0123456789abcdef"
        })
        .result()
        .unwrap();
    });
    assert_eq!(records[0].resource["provider_name"], "[redacted]");
    let entry = tracing_audit::events::CATALOG.get("byok.key_updated").unwrap();
    assert_eq!(entry.violations(&records[0].resource), [""; 0]);
}
