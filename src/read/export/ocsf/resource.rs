//! On what was acted.

use super::super::entry::Entry;
use super::super::fields::{Field, get};
use super::super::members::Members;
use super::actor;
use super::class::{Class, Target};
use super::parts::{Mapped, UNKNOWN, any_text, filled, log_names};
use crate::read::query::{Json, Walk};
use std::borrow::Cow;

/// `resource.type`, `resource.id` and `resource.name` say on what was acted.
const ON: [&str; 3] = ["type", "id", "name"];

/// The keys of privileges in a resource, in the order in which they are looked for.
const PRIVILEGES: [&str; 6] = ["privileges", "privilege", "permissions", "permission", "roles", "role"];

/// Event types whose resource without a type is no account, though their class is about accounts.
const NOT_OF_ACCOUNTS: [&str; 2] = ["key.changed", "permission.changed"];

/// Writes what the class has for the resource.
pub(super) fn write(event: &mut Members<'_>, entry: &Entry<'_>, class: &Class, mapped: &mut Mapped) {
    let application = entry.source.application.as_deref();
    log_names(event, class, application);
    match class.target {
        Target::None => {}
        Target::SignedIn => {
            event.object("user", |user| actor::user(user, &entry.fields));
            event.object("service", |service| service.text("name", application.unwrap_or(UNKNOWN)));
        }
        Target::Account => account(event, entry, mapped),
        Target::Privileges => {
            account(event, entry, mapped);
            privileges(event, &entry.fields.resource, mapped);
        }
        Target::Entity => {
            mapped.resource.extend(ON);
            event.object("entity", |entity| on_what(entity, entry));
        }
        Target::WebResource => {
            mapped.resource.extend(ON);
            event.array_of_one("web_resources", |resource| on_what(resource, entry));
        }
        Target::Databucket => {
            mapped.resource.extend(ON);
            event.object("databucket", |bucket| {
                bucket.number("type_id", 99);
                on_what(bucket, entry);
            });
        }
        Target::App => event.object("app", |app| {
            app.text("name", application.unwrap_or(UNKNOWN));
            app.some("version", entry.source.application_version.as_ref());
        }),
        Target::Api => {
            event.object("api", |api| api.text("operation", &entry.fields.event));
            if is_named(entry) {
                mapped.resource.extend(ON);
                event.array_of_one("resources", |resource| on_what(resource, entry));
            }
        }
    }
}

/// Returns whether the record says on what was acted.
fn is_named(entry: &Entry<'_>) -> bool {
    ["id", "name"].iter().any(|key| any_text(&entry.fields.resource, key).is_some())
}

/// Writes `type`, `uid` and `name`. What has neither of the last two gets the name of its event type, without the last part.
fn on_what(object: &mut Members<'_>, entry: &Entry<'_>) {
    let fields = &entry.fields;
    let text = |key| any_text(&fields.resource, key);
    object.some("type", text("type"));
    object.some("uid", text("id"));
    match text("name") {
        Some(name) => object.text("name", &name),
        None if text("id").is_none() => {
            let name = fields.event.rsplit_once('.').map_or(&*fields.event, |(name, _)| name);
            object.text("name", if name.is_empty() { UNKNOWN } else { name });
        }
        None => {}
    }
}

/// Writes the account that was acted on: what the resource names, or else the actor's own.
fn account(event: &mut Members<'_>, entry: &Entry<'_>, mapped: &mut Mapped) {
    let fields = &entry.fields;
    let is_account = match filled(fields.resource("type")) {
        Some(kind) => ["account", "user"].iter().any(|account| kind.eq_ignore_ascii_case(account)),
        None => !NOT_OF_ACCOUNTS.contains(&&*fields.event),
    };
    if is_account && is_named(entry) {
        mapped.resource.extend(ON);
        event.object("user", |user| {
            user.some("uid", any_text(&fields.resource, "id"));
            user.some("name", any_text(&fields.resource, "name"));
        });
    } else {
        event.object("user", |user| actor::user(user, fields));
    }
}

/// Writes the privileges that were given, changed or taken.
fn privileges(event: &mut Members<'_>, resource: &[Field<'_>], mapped: &mut Mapped) {
    let found = PRIVILEGES.into_iter().find_map(|key| Some((key, texts(get(resource, key)?)?)));
    match found {
        Some((key, privileges)) => {
            mapped.resource.push(key);
            event.texts("privileges", &privileges);
        }
        None => event.texts("privileges", &[UNKNOWN]),
    }
}

/// Returns a text, or an array of texts alone.
fn texts(value: Json<'_>) -> Option<Vec<Cow<'_, str>>> {
    match value {
        Json::String(text) => filled(Some(text.unescaped())).map(|text| vec![text]),
        Json::Array(array) => {
            let (mut walk, mut texts) = (Walk::of(array), Vec::new());
            while let Some(element) = walk.element().ok()? {
                let Json::String(text) = element else { return None };
                texts.push(text.unescaped());
            }
            (!texts.is_empty()).then_some(texts)
        }
        _ => None,
    }
}
