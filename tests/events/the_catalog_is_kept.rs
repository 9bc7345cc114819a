//! An event that violates its catalog entry is recorded, flagged and reported; one that matches it causes
//! no report.

use crate::support::{RuntimeLog, TestLog};
use serde_json::json;
use std::collections::BTreeMap;
use tracing::Level;
use tracing_audit::events::PolicyApplied;
use tracing_audit::record::{EventType, Field, FieldKind, Timestamp, Value};
use tracing_audit::testing::{capture, capture_with};
use tracing_audit::{
    AppendError, AuditConfig, AuditLayer, Catalog, CatalogError, OpenError, Outcome, Receipt, Record, audit,
    audit_events, audited,
};
use tracing_subscriber::prelude::*;

mod typed {
    use super::*;

    #[derive(serde::Serialize)]
    pub(crate) struct Address {
        pub(crate) city: &'static str,
    }

    audit_events! {
        pub(crate) catalog TYPED;

        /// An order was placed,
        /// by a customer.
        ///
        /// Not in the catalog.
        #[derive(Clone, Debug)]
        pub(crate) event OrderPlaced<'a, T> = "order.placed", id 200 {
            /// Text.
            number: &'a str,
            owned: String,
            cents: u64,
            ratio: f32,
            express: bool,
            tags: Vec<String>,
            key: [u8; 4],
            prices: BTreeMap<String, u32>,
            address: Address2,
            extra: T,
            r#type: Option<i64>,
            note: Option<&'a str>,
            raw: Option<&'a [u8]>,
            parts [left out when empty]: Vec<u32>,
        }

        /// A stock was counted.
        pub(crate) event StockCounted = "stock.counted" { .. }
    }

    /// Serializes as its contents.
    #[derive(Clone, Debug, serde::Serialize)]
    pub(crate) struct Address2(pub(crate) String);

    pub(crate) fn count() -> Receipt {
        audit!(StockCounted { resource: Address { city: "Ulm" } })
    }
}

fn field(name: &'static str, kind: FieldKind) -> Field {
    Field::new(name, "", kind)
}

fn order<T>(extra: T) -> typed::OrderPlaced<'static, T> {
    typed::OrderPlaced {
        number: "1",
        owned: "o".to_owned(),
        cents: 1,
        ratio: 0.5,
        express: true,
        tags: vec!["t".to_owned()],
        key: *b"keys",
        prices: BTreeMap::from([("p".to_owned(), 1)]),
        address: typed::Address2("a".to_owned()),
        extra,
        r#type: Some(1),
        note: None,
        raw: Some(b"raw"),
        parts: Vec::new(),
    }
}

fn violations(record: &Record) -> Vec<&str> {
    record.resource["_violations"].as_array().unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

/// Fields that bear the names that every event may have are of their own kinds.
mod own_names {
    super::audit_events! {
        catalog NAMED;

        /// A shelf was counted.
        pub(super) event ShelfCounted = "shelf.counted" {
            id: u64,
            r#type: Option<bool>,
            occurred_at: u64,
        }
    }
}

/// An event type with each kind of field once, under the name of the kind.
const KINDS: Catalog = Catalog::new(&[EventType::new("a.kinds", "All kinds of fields.").id(899).fields(&[
    Field::new("string", "", FieldKind::String).optional(),
    Field::new("integer", "", FieldKind::Integer).optional(),
    Field::new("number", "", FieldKind::Number).optional(),
    Field::new("boolean", "", FieldKind::Boolean).optional(),
    Field::new("array", "", FieldKind::Array).optional(),
    Field::new("object", "", FieldKind::Object).optional(),
    Field::new("any", "", FieldKind::Any).optional(),
])]);

#[test]
fn the_catalog_of_typed_events_is_what_the_structs_say() {
    let catalog = typed::TYPED;
    let [placed, counted] = catalog.event_types() else { panic!("two types") };
    assert_eq!((placed.name, placed.id, placed.free), ("order.placed", Some(200), false));
    assert_eq!(placed.meaning, "An order was placed, by a customer.");
    let any_of = |name| field(name, FieldKind::Any);
    let expected = [
        Field::new("number", "Text.", FieldKind::String),
        field("owned", FieldKind::String),
        field("cents", FieldKind::Integer),
        field("ratio", FieldKind::Number),
        field("express", FieldKind::Boolean),
        field("tags", FieldKind::Array),
        field("key", FieldKind::String),
        field("prices", FieldKind::Object),
        any_of("address"),
        any_of("extra"),
        field("type", FieldKind::Integer).optional(),
        field("note", FieldKind::String).optional(),
        field("raw", FieldKind::String).optional(),
        field("parts", FieldKind::Array).optional(),
    ];
    assert_eq!(placed.fields, expected);
    assert_eq!(
        (counted.name, counted.id, counted.free, counted.fields.len()),
        ("stock.counted", None, true, 0)
    );
}

#[test]
fn a_typed_event_is_what_its_entry_says_and_known_without_its_catalog() {
    let records = capture(|| {
        audit!(order(json!({ "k": 1 })));
        audit!(order([1, 2]));
        typed::count();
    });
    let entry = typed::TYPED.get("order.placed").unwrap();
    for record in &records {
        assert_eq!(record.resource.get("_violations"), None);
    }
    assert_eq!(entry.violations(&records[0].resource), [""; 0]);
    assert_eq!(entry.violations(&records[1].resource), [""; 0]);
    assert_eq!(records[0].resource["type"], 1);
    assert_eq!(records[2].resource["city"], "Ulm");
}

#[test]
fn free_form_events_are_checked() {
    let records = capture_with(typed::TYPED, || {
        audit!("a.b", resource.x = 1);
        audit!("order.placed", resource.number = 7, resource.strategy = "s", resource.cents = 7_u8);
        audit!("stock.counted", resource.anything = [1]);
        audit!("audit.unnamed");
        audit!("Order.Placed");
        audit!(
            "settings.changed",
            resource.occurred_at = "2026-05-28T09:30:00Z",
            outcome = "maybe".to_owned()
        );
    });
    let missing = ["owned", "ratio", "express", "tags", "key", "prices", "address", "extra"];
    let missing = missing.map(|name| format!("`{name}` is missing"));
    assert_eq!(violations(&records[0]), ["the event type `a.b` is not in the catalog"]);
    let mut expected =
        vec!["`number` should be a string", "`strategy` is not in the catalog entry of `order.placed`"];
    expected.extend(missing.iter().map(String::as_str));
    assert_eq!(violations(&records[1]), expected);
    assert_eq!(violations(&records[2]), [""; 0]);
    assert_eq!(violations(&records[3]), ["the event type `audit.unnamed` is the log's own"]);
    assert_eq!(violations(&records[4]), ["the event type `Order.Placed` is not in the catalog"]);
    assert_eq!(violations(&records[5]), ["the outcome `maybe` is neither `success` nor `failure`"]);
    assert_eq!(records.len(), 6, "violations are recorded");
}

#[test]
fn a_callsite_follows_the_catalog_of_the_log_that_it_meets() {
    let emit = || audit!("order.placed", resource.number = "1");
    let missing = typed::TYPED.get("order.placed").unwrap().fields.iter().filter(|field| field.required);
    let missing = missing.count() - 1;
    for _ in 0..3 {
        let known = capture_with(typed::TYPED, emit);
        assert_eq!(violations(&known[0]).len(), missing);
        let unknown = capture(emit);
        assert_eq!(violations(&unknown[0]), ["the event type `order.placed` is not in the catalog"]);
    }
}

#[test]
fn kinds_are_those_of_the_values() {
    let error = std::io::Error::other("no");
    let records = capture_with(KINDS, || {
        audit!(
            "a.kinds",
            resource.any = f64::NAN,
            resource.object = error,
            resource.array = ["a"],
            resource.boolean = Some(true),
            resource.number = f64::NAN,
            resource.integer = u128::MAX,
            resource.string = %7,
        );
        audit!(
            "a.kinds",
            resource.number = 7,
            resource.string = *b"bytes",
            resource.object = json!({}),
            resource.integer = json!(7)
        );
        audit!(
            "a.kinds",
            resource.number = json!(1.5e3),
            resource.boolean = json!(false),
            resource.integer = None::<u8>
        );
        audit!(
            "a.kinds",
            resource.string = 1,
            resource.integer = 1.0,
            resource.number = "1",
            resource.boolean = %true,
            resource.array = json!({}),
            resource.object = vec![1],
        );
        audit!(
            "a.kinds",
            resource.integer = json!(1.0),
            resource.number = json!(true),
            resource.occurred_at = 7
        );
    });
    for record in &records[..3] {
        assert_eq!(violations(record), [""; 0]);
    }
    assert_eq!(
        violations(&records[3]),
        [
            "`string` should be a string",
            "`integer` should be an integer",
            "`number` should be a number",
            "`boolean` should be a boolean",
            "`array` should be an array",
            "`object` should be an object",
        ]
    );
    assert_eq!(
        violations(&records[4]),
        ["`integer` should be an integer", "`number` should be a number", "`occurred_at` should be a string"]
    );
}

#[test]
fn a_value_that_was_cut_is_not_mistyped() {
    let records = capture_with(KINDS, || {
        audit!("a.kinds", resource.array = vec![7; 200_000], resource.string = "x".repeat(300_000))
    });
    assert_eq!(violations(&records[0]), [""; 0]);
    assert!(records[0].resource["_truncated"].as_object().is_some_and(|cut| cut.len() == 2));
}

#[test]
fn plain_events_are_checked() {
    let log = TestLog::new();
    let (layer, _guard) = AuditLayer::builder(log.dir()).catalog(KINDS).open().unwrap();
    let subscriber = tracing_subscriber::registry().with(RuntimeLog::default()).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::event!(target: "audit", Level::INFO, resource.integer = "7", resource.string = "s", event = "a.kinds");
        tracing::event!(target: "audit", Level::INFO, event = "a.kinds", integer = 7, resource.more = 7);
        tracing::event!(target: "audit", Level::INFO, event = "a.b", resource.x = 7);
        tracing::event!(target: "audit", Level::INFO, event = "policy.applied", resource.source = "gpo");
        tracing::event!(target: "audit", Level::INFO, event = "log.gap");
    });
    let records = log.all_records().split_off(1);
    assert_eq!(violations(&records[0]), ["`integer` should be an integer"]);
    assert_eq!(
        violations(&records[1]),
        [
            "`integer` is not a field of a record: kept in `resource`",
            "`more` is not in the catalog entry of `a.kinds`"
        ]
    );
    assert_eq!(violations(&records[2]), ["the event type `a.b` is not in the catalog"]);
    assert_eq!(violations(&records[3]), ["`keys_locked_count` is missing"]);
    assert_eq!(violations(&records[4]), ["event types `log.…` are the log's own"]);
}

#[test]
fn appended_records_are_checked() {
    let log = TestLog::new();
    let (_layer, guard) = AuditLayer::builder(log.dir()).catalog(KINDS).open().unwrap();
    let handle = guard.handle();
    let at = "2026-05-28T09:30:00.000000000Z".parse::<Timestamp>().unwrap();
    let good = Record::new("a.kinds")
        .resource("number", f64::INFINITY)
        .resource("integer", u128::MAX)
        .resource("array", [1])
        .resource("object", json!({ "k": 1 }))
        .resource("any", "x")
        .occurred_at(at);
    let bad = Record::new("a.kinds")
        .resource("number", "Infinite")
        .resource("integer", "18446744073709551615")
        .resource("_truncated", 1)
        .resource("more", 7);
    handle.append(good).result().unwrap();
    handle.append(bad).result().unwrap();
    handle.append(Record::new("a.b")).result().unwrap();
    handle.append(Record::new("log.closed")).result().unwrap();
    handle.append(
        Record::new("policy.applied").resource("source", None::<u8>).resource("keys_locked_count", 1),
    );
    drop(guard);
    let records = log.all_records().into_iter().filter(|record| record.resource.get("journal").is_none());
    let records = records.collect::<Vec<_>>();
    assert_eq!(violations(&records[0]), [""; 0]);
    assert_eq!(
        violations(&records[1]),
        [
            "`number` should be a number",
            "`integer` should be an integer",
            "`more` is not in the catalog entry of `a.kinds`",
            "`_truncated` is taken: kept as `resource._truncated`",
        ]
    );
    assert_eq!(violations(&records[2]), ["the event type `a.b` is not in the catalog"]);
    assert_eq!(violations(&records[3]), ["event types `log.…` are the log's own"]);
    assert_eq!(violations(&records[4]), ["`source` is missing"]);
    assert_eq!(violations(&records[5]), [""; 0], "the log's own log.closed");
}

#[test]
fn under_strict_the_receipt_has_an_error_and_the_number() {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).strict(true).open().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let receipt = audit!("policy.applied", resource.source = 7, outcome = Outcome::Failure);
        assert_eq!(receipt.seq(), Some(1));
        let error = receipt.result().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the audit event was recorded as number 1, but: `source` should be a string; \
             `keys_locked_count` is missing"
        );
        assert!(matches!(error, AppendError::Violations { seq: 1, violations } if violations.len() == 2));
        assert!(audit!("settings.changed", outcome = "maybe".to_owned()).result().is_err());
        assert_eq!(audit!("settings.changed").result().unwrap(), Some(3));
    });
    let receipt = guard.handle().append(Record::new("a.b"));
    assert!(matches!(receipt.result(), Err(AppendError::Violations { seq: 4, .. })));
    assert_eq!((guard.handle().stats().recorded, guard.handle().stats().refused), (4, 0));
    assert_eq!(log.records().len(), 4, "violations are recorded");
}

#[test]
fn strict_and_the_catalog_go_with_a_configuration_file() {
    let log = TestLog::new();
    let config = toml::from_str::<AuditConfig>(&format!("strict = true\ndir = {:?}", log.dir())).unwrap();
    let (layer, _guard) =
        AuditLayer::builder_with(&config).catalog(KINDS).catalog(typed::TYPED).open().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        audit!("a.kinds", resource.integer = 7).result().unwrap();
        audit!("stock.counted").result().unwrap();
        audit!("a.kinds", resource.integer = "7").result().unwrap_err();
    });
}

#[test]
fn the_runtime_log_is_warned_once_per_callsite_and_kind() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(runtime.clone()).with(layer);
    let emit = |outcome: &str| audit!("policy.applied", resource.source = "gpo", outcome = outcome);
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..3 {
            emit("success");
        }
        // Another thread sends them.
        crate::support::eventually("one warning", || runtime.lines().len() == 1);
        for _ in 0..3 {
            emit("maybe");
        }
        crate::support::eventually("a warning of another kind", || runtime.lines().len() == 2);
        audit!("policy.applied", resource.source = "gpo");
        crate::support::eventually("a warning of another callsite", || runtime.lines().len() == 3);
        for kind in ["x.y", "x.y", "x.z"] {
            guard.handle().append(Record::new(kind));
        }
        crate::support::eventually("the warnings of the handle", || runtime.lines().len() == 5);
        for _ in 0..1000 {
            audit!("x.many");
        }
        crate::support::eventually("a warning of many events", || runtime.lines().len() == 6);
    });
    drop(guard);
    let lines = runtime.lines();
    assert_eq!(lines.len(), 6, "{lines:?}");
    let place = format!("WARN tracing_audit message=the audit event `policy.applied` from {}:", file!());
    assert!(lines[2].starts_with(&place), "{lines:?}");
    assert!(lines[2].ends_with(" was recorded, but: `keys_locked_count` is missing"), "{lines:?}");
    assert!(lines[3].contains("`x.y` from tests/"), "{lines:?}");
    assert_eq!(log.records().len(), 3 + 3 + 1 + 3 + 1000);
}

#[test]
fn what_a_typed_event_is_about_is_text() {
    let records = capture(|| {
        let applied = || PolicyApplied { source: "gpo", keys_locked_count: 7 };
        audit!(applied(), resource.type = "key", resource.id = "17", resource.name = %17);
        audit!(applied(), resource.type = true, resource.id = 17, resource.name = [1.5]);
        audit!(applied(), resource.id = None::<u64>, resource.name = json!({ "first": "A" }));
        let counted = |resource| typed::StockCounted { resource };
        audit!(counted(json!({ "type": "shelf", "id": "17", "name": "A", "occurred_at": "now", "n": 1 })));
        audit!(counted(json!({ "type": 1, "id": 17, "name": [], "occurred_at": 1.5, "n": 1 })));
        audit!(counted(json!({ "id": null, "name": "A" })), resource.id = 17_i64, resource.type = "shelf");
        audit!(own_names::ShelfCounted { id: 17, r#type: Some(true), occurred_at: 1 }, resource.name = "A");
        audit!(own_names::ShelfCounted { id: 17, r#type: None, occurred_at: 1 }, resource.name = 1);
    });
    let mut found: Vec<_> = records.iter().map(violations).collect();
    found.iter_mut().for_each(|texts| texts.sort_unstable());
    let (kind, id) = ("`type` should be a string", "`id` should be a string");
    let (name, at) = ("`name` should be a string", "`occurred_at` should be a string");
    let wanted: [&[&str]; 8] =
        [&[], &[id, name, kind], &[name], &[], &[id, name, at, kind], &[id], &[], &[name]];
    assert_eq!(found, wanted);
    assert_eq!(records[1].resource["id"], 17, "recorded as it is");
}

#[test]
fn a_warning_about_a_typed_event_names_the_place_of_each_call() {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).require_actor(true).open().unwrap();
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(runtime.clone()).with(layer);
    let (mut wanted, culprit) = (Vec::new(), line!() + 1);
    let one = || audit!(PolicyApplied { source: "gpo", keys_locked_count: 7 });
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..3 {
            one();
        }
        wanted.push(("policy.applied", culprit));
        audit!(PolicyApplied { source: "gpo", keys_locked_count: 7 }, outcome = Outcome::Failure);
        wanted.push(("policy.applied", line!() - 1));
        audit!(order(1));
        wanted.push(("order.placed", line!() - 1));
        audit!(tracing_audit::events::SettingsChanged { resource: () });
        wanted.push(("settings.changed", line!() - 1));
        audited(order(1)).run(|| Ok::<_, ()>(())).unwrap();
        wanted.push(("order.placed", line!() - 1));
        audited(order(1)).run(|| Ok::<_, ()>(())).unwrap();
        wanted.push(("order.placed", line!() - 1));
        crate::support::eventually("the warnings", || runtime.lines().len() == wanted.len());
    });
    drop(guard);
    let lines = runtime.lines();
    assert_eq!(lines.len(), wanted.len(), "{lines:?}");
    for (event, line) in wanted {
        let begin = format!("the audit event `{event}` from {}:{line} was recorded, but: ", file!());
        assert!(lines.iter().any(|text| text.contains(&begin)), "{begin}: {lines:?}");
    }
}

fn order_of<T: serde::Serialize>(extra: T) {
    audit!(order(extra));
}

/// The compiler has the place of `audit!` once for each type.
#[test]
fn a_generic_function_is_one_place() {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).require_actor(true).open().unwrap();
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(runtime.clone()).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        order_of(1);
        order_of("text");
        order_of([1.5]);
        order_of(json!({ "k": 1 }));
        order_of(true);
    });
    drop(guard);
    let lines = runtime.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn without_a_layer_the_error_about_a_typed_event_names_the_place_of_the_call() {
    let runtime = RuntimeLog::default();
    let mut places = Vec::new();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(runtime.clone()), || {
        audit!(order(1));
        places.push(line!() - 1);
        audit!(order(1));
        places.push(line!() - 1);
    });
    let lines = runtime.lines();
    assert_eq!(lines.len(), places.len(), "{lines:?}");
    for (text, line) in lines.iter().zip(places) {
        let begin = format!("the audit event `order.placed` from {}:{line} was dropped", file!());
        assert!(text.contains(&begin), "{begin}: {lines:?}");
    }
}

#[test]
fn a_bad_catalog_is_an_error_that_names_the_event() {
    let opened = |catalog: Catalog| {
        let log = TestLog::new();
        let error = AuditLayer::builder(log.dir()).catalog(catalog).open().unwrap_err();
        assert!(!log.dir().exists(), "no directory was created");
        match error {
            OpenError::Catalog { source } => source,
            other => panic!("{other}"),
        }
    };
    let named = |name| EventType::new(name, "It happened.");
    let built_in = opened([named("auth.failed")].into());
    assert_eq!(built_in.to_string(), "the event type `auth.failed` is in the catalog twice");
    assert!(
        matches!(opened([named("log.opened")].into()), CatalogError::Reserved { event } if event == "log.opened")
    );
    assert!(matches!(opened([named("Bad")].into()), CatalogError::Name { event } if event == "Bad"));
    let twice = opened(typed::TYPED.and(typed::TYPED));
    assert_eq!(twice.to_string(), "the event type `order.placed` is in the catalog twice");
    let ids = opened(typed::TYPED.and([named("a.b").id(200)]));
    assert_eq!(ids.to_string(), "the event type `a.b` has the id 200, which is that of `order.placed`");
    let range = opened(vec![named("a.b").id(100)].into());
    assert_eq!(range.to_string(), "the event type `a.b` has the id 100, which is not from 200 to 899");
    let slice: &[EventType] = &[named("a.b"), named("a.b")];
    assert!(std::panic::catch_unwind(|| capture_with(slice, || ())).is_err());
}
