//! An event type has a default outcome, or its events must say theirs; it may require an actor, as may a log of all
//! events. The events that every application has are a catalog of their own.

use crate::support::TestLog;
use std::collections::BTreeSet;
use tracing::Level;
use tracing_audit::events::{self, AuthFailed, common};
use tracing_audit::record::{ActorRule, EventType, OutcomeRule, Value};
use tracing_audit::testing::{capture, capture_with};
use tracing_audit::{
    Actor, ActorKind, AppendError, AuditConfig, AuditLayer, Catalog, CatalogError, OpenError, Outcome,
    Receipt, Record, audit, audit_events,
};
use tracing_subscriber::prelude::*;

mod own {
    super::audit_events! {
        pub(crate) catalog OWN;

        /// A delivery was lost.
        pub(crate) event DeliveryLost<'a> = "delivery.lost", default failure, ocsf 6003/4, id 200 {
            /// Its number.
            number: &'a str,
        }

        /// A delivery was counted.
        pub(crate) event DeliveryCounted<T> =
            "delivery.counted", owasp "delivery_counted", requires outcome, no actor {
            /// How many.
            count: T,
        }

        /// A delivery was made.
        pub(crate) event DeliveryMade = "delivery.made", default success { .. }

        /// A delivery was signed for.
        pub(crate) event DeliverySigned = "delivery.signed", requires actor { .. }
    }
}

fn violations(record: &Record) -> Vec<&str> {
    record.resource["_violations"].as_array().unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

fn said(record: &Record) -> (&str, Outcome, Vec<&str>) {
    (&record.event, record.outcome, violations(record))
}

const AUTH_FAILED: &str = "`auth.failed` must say its outcome; without one it is recorded as a success";
const COUNTED: &str = "`delivery.counted` must say its outcome; without one it is recorded as a success";

#[test]
fn an_event_without_an_outcome_has_that_of_its_type_on_every_way_in() {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).catalog(own::OWN).open().unwrap();
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(tracing_subscriber::filter::LevelFilter::TRACE).with(layer),
        || {
            audit!("delivery.lost", resource.number = "7");
            audit!(own::DeliveryLost { number: "7" });
            tracing::event!(target: "audit", Level::INFO, resource.number = "7", event = "delivery.lost");
            tracing::event!(target: "audit", Level::INFO, event = "delivery.lost", resource.number = "7");
            guard.handle().append(Record::new("delivery.lost").resource("number", "7"));
        },
    );
    for record in log.all_records().iter().skip(1) {
        assert_eq!(said(record), ("delivery.lost", Outcome::Failure, vec![]));
    }
    assert_eq!(log.all_records().len(), 6);
}

#[test]
fn an_event_that_says_its_outcome_keeps_it() {
    let records = capture_with(own::OWN, || {
        audit!("delivery.lost", resource.number = "7", outcome = "success");
        audit!(own::DeliveryLost { number: "7" }, outcome = Outcome::Success);
        audit!("delivery.made", outcome = "failure");
        tracing::event!(target: "audit", Level::INFO, event = "delivery.made", outcome = "failure");
        audit!("delivery.counted", outcome = String::from("success"), resource.count = 7);
        audit!(own::DeliveryCounted { count: 7 }, outcome = %"failure");
        audit!(AuthFailed { resource: () }, "outcome" = "failure");
        audit!("delivery.lost", resource.number = "7", outcome = %"maybe".to_owned());
    });
    let outcomes = records.iter().map(|record| record.outcome == Outcome::Success).collect::<Vec<_>>();
    assert_eq!(outcomes, [true, true, false, false, true, false, false, false]);
    for record in &records[..7] {
        assert_eq!(violations(record), [""; 0]);
    }
    assert_eq!(violations(&records[7]), ["the outcome `maybe` is neither `success` nor `failure`"]);
}

#[test]
fn an_outcome_that_a_type_requires_is_missed() {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).catalog(own::OWN).strict(true).open().unwrap();
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(tracing_subscriber::filter::LevelFilter::TRACE).with(layer),
        || {
            let receipt = audit!("auth.failed", resource.reason = "bad password");
            let error = receipt.result().unwrap_err();
            assert!(
                matches!(&error, AppendError::Violations { violations, .. } if violations == &[AUTH_FAILED])
            );
            audit!(AuthFailed { resource: serde_json::json!({ "reason": "bad password" }) })
                .result()
                .unwrap_err();
            audit!(own::DeliveryCounted { count: 7 }).result().unwrap_err();
            audit!("auth.failed", outcome = "failure").result().unwrap();
            tracing::event!(target: "audit", Level::INFO, event = "auth.failed");
        },
    );
    let handle = guard.handle();
    handle.append(Record::new("auth.failed")).result().unwrap_err();
    handle.append(Record::new("auth.failed").outcome(Outcome::Success)).result().unwrap();
    let mut assigned = Record::new("auth.failed");
    assigned.outcome = Outcome::Failure;
    handle.append(assigned).result().unwrap();
    // A record that was read says its outcome.
    let line = br#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"auth.failed","actor":{},"outcome":"success","seq":41}"#;
    handle.append(Record::from_line(line).unwrap()).result().unwrap();
    let records = log.all_records();
    let found = records.iter().skip(1).map(|record| (record.outcome.as_str(), violations(record)));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            ("success", vec![AUTH_FAILED]),
            ("success", vec![AUTH_FAILED]),
            ("success", vec![COUNTED]),
            ("failure", vec![]),
            ("success", vec![AUTH_FAILED]),
            ("success", vec![AUTH_FAILED]),
            ("success", vec![]),
            ("failure", vec![]),
            ("success", vec![]),
        ]
    );
}

#[test]
fn the_original_types_but_one_are_successes_by_default() {
    for event_type in events::CATALOG.event_types() {
        let expected = match event_type.name {
            "auth.failed" => OutcomeRule::Required,
            _ => OutcomeRule::Default(Outcome::Success),
        };
        assert_eq!(event_type.outcome, expected, "{}", event_type.name);
        assert_eq!(event_type.actor, ActorRule::Optional, "{}", event_type.name);
    }
}

const SIGNED: &str = "`delivery.signed` must have an actor: `actor.user_sid`, `actor.user_id`, or an \
                      `actor.kind` of `service` or `system`";

#[test]
fn an_actor_that_a_type_requires_is_missed_on_every_way_in() {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).catalog(own::OWN).open().unwrap();
    let handle = guard.handle();
    let stack =
        tracing_subscriber::registry().with(tracing_subscriber::filter::LevelFilter::TRACE).with(layer);
    tracing::subscriber::with_default(stack, || {
        let each_way = || {
            audit!("delivery.signed");
            audit!(own::DeliverySigned { resource: () });
            tracing::event!(target: "audit", Level::INFO, event = "delivery.signed");
            handle.append(Record::new("delivery.signed"));
        };
        // Not who acts.
        each_way();
        Actor::new().kind(ActorKind::User).scope(each_way);
        Actor::new().session_id("s").tenant("t").address("::1").user_agent("a").scope(each_way);
        audit!("delivery.signed", actor.user_id = "", actor.kind = "robot");
        assert_eq!(log.records().len(), 3 * 4 + 1);
        for record in log.records() {
            assert!(violations(&record).contains(&SIGNED), "{record}");
        }
        // Who acts, of its own and inherited.
        for actor in [
            Actor::new().user_sid("S-1-5-18"),
            Actor::new().user_id("ada"),
            Actor::new().kind(ActorKind::Service),
            Actor::new().kind(ActorKind::System),
        ] {
            actor.scope(each_way);
            handle.append(Record::new("delivery.signed").actor(actor));
        }
        audit!("delivery.signed", actor.kind = "system");
        audit!(own::DeliverySigned { resource: () }, actor.user_id = 7);
        tracing::info_span!("span", actor.user_sid = "S-1-5-18").in_scope(|| audit!("delivery.signed"));
        // Other types do not require it.
        audit!("delivery.made");
    });
    let records = log.records();
    assert_eq!(records.len(), 13 + 4 * 5 + 4);
    for record in &records[13..] {
        assert_eq!(violations(record), [""; 0], "{record}");
    }
}

#[test]
fn a_log_that_requires_an_actor_misses_it_in_all_types_but_those_that_need_none() {
    let log = TestLog::new();
    let builder = AuditLayer::builder(log.dir()).catalog(own::OWN.and(common::CATALOG));
    let (layer, guard) = builder.require_actor(true).strict(true).open().unwrap();
    let handle = guard.handle();
    let is_flagged = |receipt: Receipt| match receipt.result() {
        Ok(_) => false,
        Err(AppendError::Violations { violations, .. }) => {
            violations.iter().any(|text| text.contains("must have an actor"))
        }
        Err(other) => panic!("{other}"),
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        assert!(is_flagged(audit!("delivery.made")));
        assert!(is_flagged(audit!(own::DeliveryMade { resource: () })));
        assert!(is_flagged(audit!("delivery.signed")));
        assert!(is_flagged(audit!("no.such.type")));
        for event_type in events::CATALOG.and(common::CATALOG).event_types() {
            let record = Record::new(event_type.name).outcome(Outcome::Failure);
            let exempt = ["application.started", "application.stopped"].contains(&event_type.name);
            assert_eq!(is_flagged(handle.append(record)), !exempt, "{}", event_type.name);
        }
        assert!(!is_flagged(audit!("delivery.counted", resource.count = 1, outcome = "success")));
        assert!(!is_flagged(audit!(own::DeliveryCounted { count: 1 }, outcome = "success")));
        assert!(!is_flagged(audit!("delivery.made", actor.user_id = "ada")));
        assert!(!is_flagged(handle.append(Record::new("log.opened"))), "flagged as the log's own");
        // It can be changed while the log is open.
        let mut config = AuditConfig::new(log.dir());
        config.strict = true;
        handle.reconfigure(&config).unwrap();
        assert!(!is_flagged(audit!("delivery.made")));
        assert!(is_flagged(audit!("delivery.signed")));
        config.require_actor = true;
        handle.reconfigure(&config).unwrap();
        assert!(is_flagged(audit!("delivery.made")));
    });
    drop(guard);
    let records = log.all_records();
    let changed = records.iter().filter(|record| record.event == "log.config_changed");
    let changed = changed.map(|record| record.resource["require_actor"].to_string()).collect::<Vec<_>>();
    assert_eq!(changed, [r#"{"before":true,"after":false}"#, r#"{"before":false,"after":true}"#]);
    let own = records.iter().filter(|record| record.event.starts_with("log.") && record.seq != Some(0));
    assert!(own.clone().any(|record| record.event == "log.closed"));
    for record in own.filter(|record| record.event != "log.opened") {
        assert_eq!(violations(record), [""; 0], "{record}");
    }
}

#[test]
fn a_configuration_may_require_an_actor() {
    let log = TestLog::new();
    let text = format!("require_actor = true\nstrict = true\ndir = {:?}", log.dir());
    let config = toml::from_str::<AuditConfig>(&text).unwrap();
    assert!(!AuditConfig::new(log.dir()).require_actor);
    let (_layer, guard) = AuditLayer::from_config(&config).unwrap();
    guard.handle().append(Record::new("settings.changed")).result().unwrap_err();
    guard.handle().append(Record::new("settings.changed").user_sid("S-1-5-18")).result().unwrap();
}

#[test]
fn an_actor_that_is_lost_on_its_way_is_missed() {
    // `RUST_LOG=off` disables the span, and its actor with it; a thread inherits no scope.
    let records = capture_with(own::OWN, || {
        let span = tracing::Span::none();
        span.in_scope(|| audit!("delivery.signed"));
        Actor::new().user_id("ada").scope(|| {
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            let emit = || audit!("delivery.signed");
            std::thread::scope(|threads| {
                threads.spawn(|| tracing::dispatcher::with_default(&dispatch, emit));
            });
            emit();
        });
    });
    let found = records.iter().map(|record| violations(record).contains(&SIGNED)).collect::<Vec<_>>();
    assert_eq!(found, [true, true, false]);
}

#[test]
fn a_definition_becomes_its_entry() {
    let catalog = own::OWN;
    let [lost, counted, made, signed] = catalog.event_types() else { panic!("four types") };
    assert_eq!(
        (lost.id, lost.owasp, lost.outcome),
        (Some(200), None, OutcomeRule::Default(Outcome::Failure))
    );
    let ocsf = lost.ocsf.unwrap();
    assert_eq!(
        (ocsf.class_uid, ocsf.activity_id, ocsf.category_uid(), ocsf.type_uid()),
        (6003, 4, 6, 600304)
    );
    assert_eq!(ocsf.to_string(), "6003/4");
    assert_eq!((counted.owasp, counted.outcome), (Some("delivery_counted"), OutcomeRule::Required));
    let actors = [lost, counted, made, signed].map(|event_type| event_type.actor);
    assert_eq!(actors, [ActorRule::Optional, ActorRule::Exempt, ActorRule::Optional, ActorRule::Required]);
    assert_eq!(*signed, EventType::new(signed.name, signed.meaning).free().requires_actor());
    assert_eq!(
        *lost,
        EventType::new(lost.name, lost.meaning)
            .id(200)
            .fields(lost.fields)
            .ocsf(6003, 4)
            .default_outcome(Outcome::Failure)
    );
    assert_eq!(*made, EventType::new("delivery.made", "A delivery was made.").free());
}

/// Name, id, OWASP's name, OCSF's class and activity.
const COMMON: [(&str, u16, &str, [u32; 2]); 20] = [
    ("auth.signed_in", 120, "authn_login_success", [3002, 1]),
    ("auth.signed_out", 121, "session_expired", [3002, 2]),
    ("access.denied", 122, "authz_fail", [6003, 99]),
    ("permission.granted", 123, "authz_change", [3005, 1]),
    ("permission.changed", 124, "privilege_permissions_changed", [3005, 99]),
    ("permission.revoked", 125, "authz_change", [3005, 2]),
    ("role.changed", 126, "authz_change", [3005, 99]),
    ("account.created", 127, "user_created", [3001, 1]),
    ("account.changed", 128, "user_updated", [3001, 99]),
    ("account.locked", 129, "authn_login_lock", [3001, 9]),
    ("account.disabled", 130, "user_archived", [3001, 5]),
    ("account.deleted", 131, "user_deleted", [3001, 6]),
    ("password.changed", 132, "authn_password_change", [3001, 3]),
    ("key.changed", 133, "", [3001, 99]),
    ("data.read", 134, "sensitive_read", [6005, 1]),
    ("data.exported", 135, "sensitive_read", [6001, 7]),
    ("data.changed", 136, "sensitive_update", [6005, 2]),
    ("data.deleted", 137, "sensitive_delete", [6005, 7]),
    ("application.started", 138, "sys_startup", [6002, 3]),
    ("application.stopped", 139, "sys_shutdown", [6002, 4]),
];

#[test]
fn the_common_types_have_their_names_in_both_vocabularies() {
    let catalog = common::CATALOG;
    let found = catalog.event_types().iter().map(|event_type| {
        let ocsf = event_type.ocsf.map(|ocsf| [ocsf.class_uid, ocsf.activity_id]).unwrap_or_default();
        (event_type.name, event_type.id.unwrap(), event_type.owasp.unwrap_or_default(), ocsf)
    });
    assert_eq!(found.collect::<Vec<_>>(), COMMON);
    // The two concepts that have an original type.
    let failed = events::CATALOG.get("auth.failed").unwrap();
    assert_eq!((failed.owasp, failed.ocsf.unwrap().type_uid()), (Some("authn_login_fail"), 300_201));
    assert_eq!(events::CATALOG.get("settings.changed").unwrap().ocsf.unwrap().type_uid(), 300_403);
    for event_type in catalog.event_types() {
        assert_eq!(events::CATALOG.get(event_type.name), None, "{}", event_type.name);
        let default = if event_type.name == "access.denied" { Outcome::Failure } else { Outcome::Success };
        assert_eq!(event_type.outcome, OutcomeRule::Default(default), "{}", event_type.name);
        let actor = match event_type.name {
            "access.denied" => ActorRule::Optional,
            "application.started" | "application.stopped" => ActorRule::Exempt,
            _ => ActorRule::Required,
        };
        assert_eq!(event_type.actor, actor, "{}", event_type.name);
    }
}

#[test]
fn the_common_types_are_known_only_where_they_are_added() {
    let emit = || {
        audit!("access.denied", resource.action = "export");
        audit!(common::AccessDenied { resource: serde_json::json!({ "action": "export" }) });
    };
    let with = capture_with(common::CATALOG, emit);
    let without = capture(emit);
    for record in &with {
        assert_eq!(said(record), ("access.denied", Outcome::Failure, vec![]));
    }
    let unknown = vec!["the event type `access.denied` is not in the catalog"];
    assert_eq!(said(&without[0]), ("access.denied", Outcome::Success, unknown));
    assert_eq!(said(&without[1]), ("access.denied", Outcome::Failure, vec![]), "it carries its entry");
    // One by one, too.
    let one = capture_with([common::AccessDenied::<()>::EVENT_TYPE], emit);
    assert_eq!(said(&one[0]), ("access.denied", Outcome::Failure, vec![]));
}

#[test]
fn an_application_collides_neither_with_names_nor_with_ids() {
    common::CATALOG.check().unwrap();
    own::OWN.and(common::CATALOG).check().unwrap();
    let opened = |catalog: Catalog| {
        let log = TestLog::new();
        match AuditLayer::builder(log.dir()).catalog(catalog).catalog(common::CATALOG).open() {
            Ok(_) => None,
            Err(OpenError::Catalog { source }) => Some(source),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(opened(own::OWN), None);
    for event_type in common::CATALOG.event_types() {
        let same_name = [EventType::new(event_type.name, "It happened.")].into();
        assert_eq!(opened(same_name), Some(CatalogError::RepeatedName { event: event_type.name.to_owned() }));
        let same_id = [EventType::new("a.b", "It happened.").id(event_type.id.unwrap())].into();
        assert!(matches!(opened(same_id), Some(CatalogError::IdRange { first: 200, last: 899, .. })));
    }
    // No other entry gets an id of the crate's by being built from one of its own.
    let forged = [common::AccessDenied::<()>::EVENT_TYPE.id(300)];
    assert!(Catalog::from(forged).check().is_ok());
    let ids = events::CATALOG.and(common::CATALOG);
    let ids = ids.event_types().iter().filter_map(|event_type| event_type.id).collect::<BTreeSet<_>>();
    assert_eq!(ids.len(), 12 + COMMON.len());
    assert!(ids.iter().all(|id| (100..200).contains(id)));
}
