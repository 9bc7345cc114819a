//! One event.

use super::super::entry::{Entry, PRODUCT, VERSION};
use super::super::fields::{Field, get};
use super::super::mapping::OTHER;
use super::super::members::{Members, object};
use super::super::result::End;
use super::class::{Class, class};
use super::parts::{Mapped, UNKNOWN, log_names};
use super::{actor, resource};
use crate::read::query::Json;
use crate::record::Ocsf;

/// The version of the schema.
const SCHEMA: &str = "1.5.0";

/// The status of an event.
const SUCCESS: (u8, &str) = (1, "Success");
const FAILURE: (u8, &str) = (2, "Failure");

/// The severity of a success and of a failure.
const INFORMATIONAL: (u8, &str) = (1, "Informational");
const LOW: (u8, &str) = (2, "Low");

/// Appends a record.
pub(in super::super) fn record(out: &mut Vec<u8>, entry: &Entry<'_>) {
    let fields = &entry.fields;
    let (ocsf, class) = of(entry.ocsf);
    let mut mapped = Mapped { actor: vec!["tenant"], ..Mapped::default() };
    object(out, |event| {
        event.object("metadata", |metadata| {
            self::metadata(metadata, entry, &class);
        });
        event.number("time", entry.millis());
        classification(event, ocsf, &fields.event);
        let severity = if fields.has_failed() { LOW } else { INFORMATIONAL };
        event.number("severity_id", severity.0);
        event.text("severity", severity.1);
        let status = match &*fields.outcome {
            "success" => SUCCESS,
            "failure" => FAILURE,
            "" => (0, "Unknown"),
            other => (99, other),
        };
        event.number("status_id", status.0);
        event.text("status", status.1);
        if let Some((key, reason)) = entry.reason() {
            mapped.resource.push(key);
            event.text("status_detail", &reason);
        }
        event.text("message", entry.meaning.unwrap_or(&fields.event));
        if let Some(duration) = duration(&fields.resource) {
            mapped.resource.push("duration_ms");
            event.number("duration", duration);
        }
        actor::write(event, entry, &class, &mut mapped);
        resource::write(event, entry, &class, &mut mapped);
        event.text("raw_data", entry.line);
        event.number("raw_data_size", entry.line.len());
        unmapped(event, entry, ocsf, &mapped);
    });
    out.push(b'\n');
}

/// Appends the end of an export: an event of the class of the log itself.
pub(in super::super) fn end(out: &mut Vec<u8>, end: &End) {
    let (ocsf, class) = of(Ocsf::new(1008, 3));
    object(out, |event| {
        event.object("metadata", |metadata| {
            metadata.text("version", SCHEMA);
            metadata.object("product", |product| {
                product.text("name", PRODUCT);
                product.text("version", VERSION);
            });
            metadata.text("event_code", End::EVENT);
            metadata.text("original_time", &end.now.to_string());
        });
        event.number("time", end.millis());
        classification(event, ocsf, End::EVENT);
        event.number("severity_id", INFORMATIONAL.0);
        event.text("severity", INFORMATIONAL.1);
        let status = if end.warnings == 0 { SUCCESS } else { (99, "Incomplete") };
        event.number("status_id", status.0);
        event.text("status", status.1);
        event.text("message", &end.message());
        log_names(event, &class, None);
        event.object("unmapped", |unmapped| {
            unmapped.object("export", |export| {
                export.number("records", end.records);
                export.number("warnings", end.warnings);
                export.text("sha256", &end.sha256);
            });
        });
    });
    out.push(b'\n');
}

/// Returns the class and activity that are written: of another class than these, Base Event, other.
fn of(ocsf: Ocsf) -> (Ocsf, Class) {
    match class(ocsf.class_uid) {
        Some(class) if ocsf.activity_name().is_some() => (ocsf, class),
        Some(class) => (Ocsf::new(ocsf.class_uid, OTHER), class),
        None => (Ocsf::new(0, OTHER), Class::BASE),
    }
}

fn classification(event: &mut Members<'_>, ocsf: Ocsf, event_type: &str) {
    let (class, activity) = (ocsf.class_name().unwrap_or(UNKNOWN), ocsf.activity_name().unwrap_or("Other"));
    event.number("category_uid", ocsf.category_uid());
    event.some("category_name", ocsf.category_name());
    event.number("class_uid", ocsf.class_uid);
    event.text("class_name", class);
    event.number("activity_id", ocsf.activity_id);
    // The name of the activity in the source, where OCSF has none.
    event.text("activity_name", if ocsf.activity_id == OTHER { event_type } else { activity });
    event.number("type_uid", ocsf.type_uid());
    event.text("type_name", &format!("{class}: {activity}"));
}

fn metadata(metadata: &mut Members<'_>, entry: &Entry<'_>, class: &Class) {
    let (fields, source) = (&entry.fields, entry.source);
    metadata.text("version", SCHEMA);
    if class.needs_profile && actor::is_there(fields) {
        metadata.texts("profiles", &["host"]);
    }
    metadata.object("product", |product| {
        product.text("name", source.application.as_deref().unwrap_or(PRODUCT));
        product.some("version", source.application_version.as_ref());
        product.object("feature", |feature| {
            feature.text("name", PRODUCT);
            feature.text("version", VERSION);
        });
    });
    metadata.text("log_name", "audit");
    metadata.text("log_provider", PRODUCT);
    metadata.text("log_version", &fields.version);
    metadata.text("uid", &entry.uid);
    if let Some(seq) = entry.seq.and_then(|seq| i64::try_from(seq).ok()) {
        metadata.number("sequence", seq);
    }
    metadata.text("event_code", &fields.event);
    metadata.text("original_time", &fields.ts);
    metadata.some("correlation_uid", fields.trace_id.as_ref());
    metadata.some("tenant_uid", fields.actor("tenant"));
}

/// Returns `resource.duration_ms`, as a whole number.
fn duration(resource: &[Field<'_>]) -> Option<u64> {
    match get(resource, "duration_ms")? {
        Json::Number(text) => text.parse().ok().filter(|duration| i64::try_from(*duration).is_ok()),
        _ => None,
    }
}

/// Writes what no object has.
fn unmapped(event: &mut Members<'_>, entry: &Entry<'_>, ocsf: Ocsf, mapped: &Mapped) {
    let fields = &entry.fields;
    let rest =
        |fields: &'_ [Field<'_>], mapped: &[&str]| fields.iter().any(|(key, _)| !mapped.contains(&&**key));
    let has_other_class = ocsf != entry.ocsf;
    let has_actor = rest(&fields.actor, &mapped.actor);
    let has_resource = rest(&fields.resource, &mapped.resource);
    if !has_other_class && !has_actor && !has_resource && fields.others.is_empty() {
        return;
    }
    event.object("unmapped", |unmapped| {
        if has_other_class {
            unmapped.text("ocsf", &entry.ocsf.to_string());
        }
        unmapped.fields("actor", fields.actor.iter().filter(|(key, _)| !mapped.actor.contains(&&**key)));
        unmapped
            .fields("resource", fields.resource.iter().filter(|(key, _)| !mapped.resource.contains(&&**key)));
        unmapped.fields("other", &fields.others);
    });
}
