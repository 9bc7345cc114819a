//! Documents of the Elastic Common Schema.

use super::super::entry::{Entry, PRODUCT, VERSION};
use super::super::members::{Members, object};
use super::super::result::End;
use crate::record::Ocsf;

/// The version of the schema.
const ECS: &str = "8.17.0";

/// The data set that documents are of.
const DATASET: &str = "tracing_audit.log";

/// Appends a record. Besides what ECS has a place for, `audit` has all parts of it.
pub(in super::super) fn record(out: &mut Vec<u8>, entry: &Entry<'_>) {
    let fields = &entry.fields;
    object(out, |ecs| {
        ecs.text("@timestamp", &entry.ts.to_string());
        ecs.object("ecs", |ecs| ecs.text("version", ECS));
        ecs.text("message", entry.meaning.unwrap_or(&fields.event));
        ecs.object("event", |event| {
            event.text("kind", "event");
            let (category, kind) = categories(entry.ocsf, &fields.event);
            if let Some(category) = category {
                event.texts("category", &[category]);
            }
            event.texts("type", kind);
            event.text("action", &fields.event);
            event.text(
                "outcome",
                if matches!(&*fields.outcome, "success" | "failure") { &fields.outcome } else { "unknown" },
            );
            event.some("reason", entry.reason().map(|(_, reason)| reason));
            event.text("dataset", DATASET);
            event.text("provider", PRODUCT);
            event.text("id", &entry.uid);
            // A long; a larger one is in `audit.seq` alone.
            if let Some(seq) = entry.seq.and_then(|seq| i64::try_from(seq).ok()) {
                event.number("sequence", seq);
            }
            event.text("original", entry.line);
        });
        ecs_actor(ecs, entry);
        if let Some(trace_id) = &fields.trace_id {
            ecs.object("trace", |trace| trace.text("id", trace_id));
        }
        if let Some(host) = &entry.source.host {
            ecs.object("host", |object| object.text("name", host));
        }
        if let Some(application) = &entry.source.application {
            ecs.object("service", |service| {
                service.text("name", application);
                service.some("version", entry.source.application_version.as_ref());
            });
        }
        ecs.object("audit", |audit| {
            audit.text("journal", entry.journal);
            audit.some("seq", fields.seq.as_ref());
            audit.text("schema_version", &fields.version);
            audit.fields("actor", &fields.actor);
            audit.fields("resource", &fields.resource);
            audit.fields("other", &fields.others);
        });
    });
    out.push(b'\n');
}

/// Writes who has acted, from where and for whom.
fn ecs_actor(ecs: &mut Members<'_>, entry: &Entry<'_>) {
    let fields = &entry.fields;
    if let Some(user) = fields.user() {
        ecs.object("user", |object| {
            object.text("id", &user);
            // Where there are both.
            object.some("name", fields.actor("user_id").filter(|name| *name != user));
        });
    }
    if let Some(text) = fields.actor("address") {
        ecs.object("source", |source| {
            source.text("address", &text);
            source.some("ip", entry.address().map(|address| address.to_string()));
        });
    }
    if let Some(user_agent) = fields.actor("user_agent") {
        ecs.object("user_agent", |object| object.text("original", &user_agent));
    }
    if let Some(tenant) = fields.actor("tenant") {
        ecs.object("organization", |object| object.text("id", &tenant));
    }
}

pub(in super::super) fn end(out: &mut Vec<u8>, end: &End) {
    object(out, |ecs| {
        ecs.text("@timestamp", &end.now.to_string());
        ecs.object("ecs", |ecs| ecs.text("version", ECS));
        ecs.text("message", &end.message());
        ecs.object("event", |event| {
            event.text("kind", "event");
            event.texts("type", &["end"]);
            event.text("action", End::EVENT);
            event.text("outcome", if end.warnings == 0 { "success" } else { "unknown" });
            event.text("dataset", DATASET);
            event.text("provider", PRODUCT);
        });
        ecs.object("audit", |audit| {
            audit.object("export", |export| {
                export.number("records", end.records);
                export.number("warnings", end.warnings);
                export.text("sha256", &end.sha256);
                export.text("version", VERSION);
            });
        });
    });
    out.push(b'\n');
}

/// Returns `event.category`, where one fits, and `event.type`, of the values that ECS allows together.
fn categories(ocsf: Ocsf, event: &str) -> (Option<&'static str>, &'static [&'static str]) {
    match (ocsf.class_uid, ocsf.activity_id) {
        (1008, 2) => (Some("file"), &["deletion"]),
        (1008, 6) => (Some("process"), &["start"]),
        (1008, 7) => (Some("process"), &["end"]),
        (1008, _) if event == "log.config_changed" => (Some("configuration"), &["change"]),
        (3001, 1) => (Some("iam"), &["user", "creation"]),
        (3001, 6) => (Some("iam"), &["user", "deletion"]),
        (3001, _) => (Some("iam"), &["user", "change"]),
        (3002, 1) => (Some("authentication"), &["start"]),
        (3002, 2) => (Some("authentication"), &["end"]),
        (3002, _) => (Some("authentication"), &["info"]),
        (3004, 1) => (Some("configuration"), &["creation"]),
        (3004, 2) => (Some("configuration"), &["access"]),
        (3004, 4) => (Some("configuration"), &["deletion"]),
        (3004, _) => (Some("configuration"), &["change"]),
        (3005, _) => (Some("iam"), &["admin", "change"]),
        (6001, 2 | 5 | 7) | (6005, 1 | 4 | 8) => (Some("database"), &["access"]),
        (6001, 1 | 3 | 4 | 6) | (6005, 2 | 5 | 6 | 7) => (Some("database"), &["change"]),
        (6001 | 6005, _) => (Some("database"), &["info"]),
        (6002, 1) => (Some("package"), &["installation"]),
        (6002, 2) => (Some("package"), &["deletion"]),
        (6002, 8) => (Some("package"), &["change"]),
        (6002, 3) => (Some("process"), &["start"]),
        (6002, 4) => (Some("process"), &["end"]),
        (6002, _) => (Some("process"), &["info"]),
        (6003, 1) => (Some("api"), &["creation"]),
        (6003, 2) => (Some("api"), &["access"]),
        (6003, 3) => (Some("api"), &["change"]),
        (6003, 4) => (Some("api"), &["deletion"]),
        (6003, _) if event == "access.denied" => (Some("api"), &["denied"]),
        (6003, _) => (Some("api"), &["info"]),
        _ => (None, &["info"]),
    }
}
