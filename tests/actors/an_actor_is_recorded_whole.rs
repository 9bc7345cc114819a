//! Who acted, from where, for whom and on what: each key on each way in, what can't be recorded as it is
//! is flagged, and an added key is no new version of the schema, for old lines and for newer ones.

use crate::support::{TestLog, all_records};
use std::fs;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::{Level, event, info_span};
use tracing_audit::events::{PolicyApplied, SettingsChanged};
use tracing_audit::mirror::{Batch, Delivered, DeliveryError, Mirror};
use tracing_audit::read::Reader;
use tracing_audit::testing::capture;
use tracing_audit::{Actor, ActorKind, AuditContext, AuditLayer, Outcome, Record, audit, audit_events};
use tracing_subscriber::prelude::*;

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn whole() -> Actor {
    Actor::new()
        .user_sid("S-1-5-21-1")
        .user_id("ada")
        .session_id("9f2c")
        .kind(ActorKind::User)
        .tenant("acme")
        .address("203.0.113.7")
        .user_agent(AGENT)
}

/// The actor of a record as it is in the line.
fn in_line(record: &Record) -> String {
    let line = record.to_string();
    let (_, rest) = line.split_once(r#""actor":"#).unwrap();
    rest.split_inclusive('}').next().unwrap().to_owned()
}

fn violations(record: &Record) -> Vec<String> {
    match record.resource.get("_violations") {
        None => Vec::new(),
        Some(violations) => serde_json::from_str(&violations.to_string()).unwrap(),
    }
}

/// Emits an event in all ways in which it can get this actor, and returns the records.
fn in_each_way(actor: &Actor) -> Vec<Record> {
    let Actor { user_sid, user_id, session_id, kind, tenant, address, user_agent, .. } = actor;
    let kind_name = kind.map(ActorKind::as_str);
    let log = TestLog::new();
    let (layer, guard) = log.open();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer).with(AllSpans), || {
        audit!(
            "settings.changed",
            actor.user_agent = user_agent,
            actor.address = address,
            actor.tenant = tenant,
            actor.kind = kind,
            actor.session_id = session_id,
            actor.user_id = user_id,
            actor.user_sid = user_sid,
        );
        audit!(
            SettingsChanged { resource: () },
            actor.user_sid = user_sid,
            actor.user_id = user_id,
            actor.session_id = session_id,
            actor.kind = kind,
            actor.tenant = tenant,
            actor.address = address,
            actor.user_agent = user_agent,
        );
        event!(
            target: "audit",
            Level::INFO,
            event = "settings.changed",
            actor.user_sid = user_sid,
            actor.user_id = user_id,
            actor.session_id = session_id,
            actor.kind = kind_name,
            actor.tenant = tenant,
            actor.address = address,
            actor.user_agent = user_agent,
        );
        actor.scope(|| audit!("settings.changed"));
        let context = AuditContext::new().with_actor(actor);
        context.scope(|| audit!("settings.changed"));
        let context = actor.scope(AuditContext::current);
        context.scope(|| audit!("settings.changed"));
        let span = info_span!(
            "request",
            actor.user_sid = user_sid,
            actor.user_id = user_id,
            actor.session_id = session_id,
            actor.kind = kind_name,
            actor.tenant = tracing::field::Empty,
            actor.address = address,
            actor.user_agent = user_agent,
        );
        span.record("actor.tenant", tenant);
        span.in_scope(|| audit!("settings.changed"));
        let context = span.in_scope(AuditContext::current);
        context.scope(|| audit!("settings.changed"));
        let handle = guard.handle();
        handle.append(Record::new("settings.changed").actor(actor.clone()));
        actor.scope(|| handle.append(Record::new("settings.changed")));
    });
    guard.shutdown(Duration::from_secs(60)).unwrap();
    log.records()
}

/// A layer that wants all spans, as `fmt` does.
struct AllSpans;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for AllSpans {}

#[test]
fn each_key_is_recorded_on_each_way() {
    let records = in_each_way(&whole());
    assert_eq!(records.len(), 10);
    for record in records {
        assert_eq!(
            in_line(&record),
            format!(
                r#"{{"user_sid":"S-1-5-21-1","user_id":"ada","session_id":"9f2c","kind":"user","tenant":"acme","address":"203.0.113.7","user_agent":"{AGENT}"}}"#
            )
        );
        assert_eq!(record.actor, whole());
        assert!(record.resource.is_empty(), "{record}");
    }
}

#[test]
fn each_key_is_inherited_on_its_own() {
    let records = capture(|| {
        let _outer = info_span!("outer", actor.tenant = "span", actor.user_agent = "span").entered();
        let outer = Actor::new().user_id("scope").address("::1").tenant("scope");
        outer.scope(|| {
            Actor::new().kind(ActorKind::Service).address("::2").scope(|| {
                audit!("settings.changed", actor.user_id = "own");
            });
        });
    });
    assert_eq!(
        in_line(&records[0]),
        r#"{"user_id":"own","kind":"service","tenant":"scope","address":"::2","user_agent":"span"}"#
    );
}

#[test]
fn an_address_has_one_text_on_each_way() {
    let scoped: SocketAddr = "[fe80::1%2]:443".parse().unwrap();
    let mapped: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
    for (actor, text) in [
        (Actor::new().address(scoped), "fe80::1"),
        (Actor::new().address(mapped), "203.0.113.7"),
        (Actor::new().address("[::1]:1"), "::1"),
        (Actor::new().address("2001:DB8:0::1"), "2001:db8::1"),
        (Actor::new().address(Ipv6Addr::LOCALHOST), "::1"),
    ] {
        for record in in_each_way(&actor) {
            assert_eq!(in_line(&record), format!(r#"{{"address":"{text}"}}"#));
            assert!(record.resource.is_empty(), "{record}");
        }
    }
}

#[test]
fn what_is_no_address_is_left_out_and_flagged_and_inherited_from_nowhere() {
    let actor = Actor::new().address("ada's laptop\u{1b}[31m").user_id("ada");
    let mut records = in_each_way(&actor);
    let client = Actor::new().address("203.0.113.7");
    records.extend(capture(|| {
        client.scope(|| actor.scope(|| audit!("settings.changed")));
        client.scope(|| audit!("settings.changed", actor.address = actor.address, actor.user_id = "ada"));
        let _outer = info_span!("outer", actor.address = "203.0.113.7", actor.user_id = "ada").entered();
        let _inner = info_span!("inner", actor.address = actor.address).entered();
        audit!("settings.changed");
        AuditContext::current().scope(|| audit!("settings.changed"));
    }));
    for record in &records {
        assert_eq!(in_line(record), r#"{"user_id":"ada"}"#);
        assert_eq!(
            violations(record),
            ["`actor.address` is not an IP address: left out `ada's laptop\u{1b}[31m`"]
        );
    }
    let records = capture(|| {
        audit!("settings.changed", actor.kind = "robot", actor.address = ?"x".repeat(1 << 20));
    });
    let shown = format!("\"{}", "x".repeat(63));
    assert_eq!(
        violations(&records[0]),
        [
            "`actor.kind` is not `user`, `service` or `system`: left out `robot`".to_owned(),
            format!("`actor.address` is not an IP address: left out `{shown}…`"),
        ]
    );
    assert_eq!(in_line(&records[0]), "{}");
}

#[test]
fn a_long_user_agent_is_cut_and_flagged_on_each_way() {
    let agent = "é".repeat(1 << 19);
    for record in in_each_way(&Actor::new().user_agent(&agent)) {
        assert_eq!(record.actor.user_agent.as_deref(), Some(&*"é".repeat(256)));
        assert_eq!(record.resource["_truncated"].to_string(), r#"{"actor.user_agent":{"bytes":1048576}}"#);
        assert!(violations(&record).is_empty());
    }
}

#[test]
fn control_characters_in_a_tenant_are_flagged_on_each_way() {
    for record in in_each_way(&Actor::new().tenant("acme\n\u{1b}[2J")) {
        assert_eq!(in_line(&record), r#"{"tenant":"acme\n\u001b[2J"}"#);
        assert_eq!(violations(&record), ["`actor.tenant` has control characters"]);
    }
}

audit_events! {
    /// A report was read.
    pub event ReportRead = "report.read" {
        /// The report's number.
        id: u64,
        /// The format.
        format: &'static str,
    }
}

#[test]
fn on_what_is_said_of_every_event_type() {
    let log = TestLog::new();
    let (layer, _guard) = AuditLayer::builder(log.dir()).catalog(CATALOG).open().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let policy = PolicyApplied { source: "gpo", keys_locked_count: 7 };
        audit!(policy, resource.type = "policy", resource.id = "p-7", resource.name = %"Büro");
        audit!(
            SettingsChanged { resource: serde_json::json!({"id": "their own", "zone": 1}) },
            resource.id = "s-1",
            outcome = Outcome::Failure,
        );
        audit!(ReportRead { id: 7, format: "pdf" }, resource.type = "report");
        audit!(
            "policy.applied",
            resource.source = "gpo",
            resource.keys_locked_count = 7,
            resource.id = "p-7"
        );
        audit!("report.read", resource.id = 7, resource.format = "pdf", resource.name = "Q3");
        audit!("policy.applied", resource.source = "gpo", resource.keys_locked_count = 7, resource.id = 7);
    });
    let records = log.records();
    let resources: Vec<_> = records.iter().map(|record| record.resource.to_string()).collect();
    assert_eq!(
        resources[..5],
        [
            r#"{"type":"policy","id":"p-7","name":"Büro","source":"gpo","keys_locked_count":7}"#,
            r#"{"id":"s-1","resource.id":"their own","zone":1,"_violations":["`id` is taken: kept as `resource.id`"]}"#,
            r#"{"type":"report","id":7,"format":"pdf"}"#,
            r#"{"source":"gpo","keys_locked_count":7,"id":"p-7"}"#,
            r#"{"id":7,"format":"pdf","name":"Q3"}"#,
        ]
    );
    assert_eq!(violations(&records[5]), ["`id` should be a string"]);
}

/// A directory of a build that knew two keys of the actor.
fn first_build(log: &TestLog) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema_1_first_build");
    let dir = log.dir();
    fs::create_dir_all(dir.join(".state")).unwrap();
    #[cfg(unix)]
    for dir in [&dir, &dir.join(".state")] {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).unwrap();
    }
    for name in ["audit-2026-11-30.log", ".state/journal.json", ".state/mark.json", ".state/synced"] {
        fs::copy(fixture.join(name), dir.join(name)).unwrap();
    }
    // The rest of it was zeros.
    let mut intake = fs::read(fixture.join(".state/intake")).unwrap();
    intake.resize(1_064_960, 0);
    fs::write(dir.join(".state/intake"), intake).unwrap();
}

#[test]
fn a_directory_of_the_first_build_is_read_and_continued() {
    let log = TestLog::new();
    first_build(&log);
    let before = fs::read(log.dir().join("audit-2026-11-30.log")).unwrap();
    let read = Reader::open(log.dir()).unwrap().records().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(read.len(), 14);
    assert_eq!(in_line(&read[1]), r#"{"user_sid":"S-1-5-21-1","session_id":"9f2c"}"#);
    assert!(read.iter().all(|record| record.newer_line().is_none()));
    // A cut value was flagged with its digest.
    assert!(read[3].resource["_truncated"].to_string().contains("sha256"));
    let text: String = read.iter().map(|record| format!("{record}\n")).collect();
    assert_eq!(text.as_bytes(), before);

    let builder = AuditLayer::builder(log.dir()).retention_days(36_500).intake_bytes(1 << 20);
    let (layer, guard) = builder.open().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        whole().scope(|| audit!("settings.changed"));
    });
    guard.shutdown(Duration::from_secs(60)).unwrap();
    let all = all_records(&log.dir());
    let seqs: Vec<_> = all.iter().filter_map(|record| record.seq).collect();
    assert_eq!(seqs, (0..all.len() as u64).collect::<Vec<_>>());
    assert!(all.iter().any(|record| record.actor == whole()));
    assert!(!all.iter().any(|record| matches!(record.event.as_str(), "log.file_altered" | "log.file_lost")));
}

const NEWER: [&str; 3] = [
    r#"{"_schema_version":"1","ts":"2026-05-28T00:00:00.000000001Z","event":"auth.failed","actor":{"user_id":"ada","team":{"name":"blue"}},"outcome":"failure","seq":0}"#,
    r#"{"_schema_version":"1","ts":"2026-05-28T00:00:00.000000002Z","event":"auth.failed","actor":{"kind":"robot","tenant":"acme"},"outcome":"failure","span_id":"00f067aa0ba902b7","seq":1}"#,
    r#"{"_schema_version":"1","ts":"2026-05-28T00:00:00.000000003Z","event":"auth.failed","actor":{},"outcome":"failure","seq":2}"#,
];

/// A mirror that keeps the lines, and the records that they decode to.
#[derive(Clone, Default)]
struct Keeping(Arc<Mutex<Vec<(String, Record)>>>);

impl Mirror for Keeping {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let lines = batch.lines().iter().map(|line| (line.text().to_owned(), line.record().unwrap()));
        self.0.lock().unwrap().extend(lines);
        Ok(Delivered::all())
    }
}

#[test]
fn a_newer_line_is_passed_on_as_it_is_and_as_far_as_it_is_known() {
    let log = TestLog::new();
    fs::create_dir(log.dir()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(log.dir(), fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::write(log.dir().join("audit-2026-05-28.log"), NEWER.map(|line| format!("{line}\n")).concat())
        .unwrap();
    let read = Reader::open(log.dir()).unwrap().records().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(
        read.iter().map(in_line).collect::<Vec<_>>(),
        [r#"{"user_id":"ada"}"#, r#"{"tenant":"acme"}"#, "{}"]
    );
    assert_eq!(
        read.iter().map(Record::newer_line).collect::<Vec<_>>(),
        [Some(NEWER[0]), Some(NEWER[1]), None]
    );

    let kept = Keeping::default();
    let builder = AuditLayer::builder(log.dir()).retention_days(36_500).mirror("kept", kept.clone());
    let (_layer, guard) = builder.open().unwrap();
    guard.shutdown(Duration::from_secs(60)).unwrap();
    let kept = kept.0.lock().unwrap();
    let lines: Vec<_> = kept.iter().take(3).map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines, NEWER);
    assert_eq!(kept.iter().take(3).map(|(_, record)| record.clone()).collect::<Vec<_>>(), read);
    let events: Vec<_> = kept[3..].iter().map(|(_, record)| record.event.as_str()).collect();
    // A sealed log adopts the file in between.
    assert_eq!((events[0], events[events.len() - 1]), ("log.opened", "log.closed"));
}

#[test]
fn the_pages_for_integrators_name_each_key() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let record = capture(|| whole().scope(|| audit!("settings.changed"))).remove(0);
    let actor: serde_json::Value = serde_json::from_str(&in_line(&record)).unwrap();
    let keys: Vec<_> = actor.as_object().unwrap().keys().cloned().collect();
    let schema: serde_json::Value =
        serde_json::from_str(&read("docs/schema/audit-record-1.schema.json")).unwrap();
    let in_schema: Vec<_> =
        schema["properties"]["actor"]["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(in_schema, keys);
    let changelog = read("CHANGELOG.md");
    let (_, changes_of_the_schema) = changelog.split_once("## Audit-Log Schema").unwrap();
    let (siem, otlp) = (read("docs/siem.md"), read("src/mirror/otlp/settings/otlp.rs"));
    for key in &keys {
        let field = format!("`actor.{key}`");
        assert!(siem.contains(&field), "docs/siem.md: {field}");
        // In the original schema there were two.
        if key != "user_sid" && key != "session_id" {
            assert!(changes_of_the_schema.contains(&format!("`{key}`")), "CHANGELOG.md: {key}");
        }
    }
    // The attributes of the semantic conventions.
    for [field, convention] in [
        ["actor.user_sid", "user.id"],
        ["actor.user_id", "user.id"],
        ["actor.session_id", "session.id"],
        ["actor.address", "client.address"],
        ["actor.user_agent", "user_agent.original"],
    ] {
        for page in [&siem, &otlp] {
            let is_there = page.lines().any(|line| {
                line.contains(&format!("`{field}`")) && line.contains(&format!("`{convention}`"))
            });
            assert!(is_there, "{field} is not mapped to {convention}");
        }
    }
}
