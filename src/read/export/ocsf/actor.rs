//! Who has acted, from where.

use super::super::entry::Entry;
use super::super::fields::Fields;
use super::super::members::Members;
use super::class::Class;
use super::parts::{Mapped, UNKNOWN, filled};

/// The parts of an actor that name it.
const NAMES: [&str; 4] = ["user_sid", "user_id", "session_id", "kind"];

/// Returns whether the record says who has acted.
pub(super) fn is_there(fields: &Fields<'_>) -> bool {
    NAMES.iter().any(|key| filled(fields.actor(key)).is_some())
}

/// Writes `actor`, `session`, `src_endpoint`, `dst_endpoint` and `http_request`, as far as the class has them.
pub(super) fn write(event: &mut Members<'_>, entry: &Entry<'_>, class: &Class, mapped: &mut Mapped) {
    let fields = &entry.fields;
    if is_there(fields) {
        mapped.actor.extend(NAMES);
        event.object("actor", |actor| {
            if filled(fields.user()).is_some() {
                actor.object("user", |user| self::user(user, fields));
            } else if let Some(kind) = filled(fields.actor("kind")) {
                // A program that acts by itself.
                actor.some("app_name", entry.source.application.as_ref());
                actor.text("invoked_by", &kind);
            }
            if let Some(session) = filled(fields.actor("session_id")) {
                actor.object("session", |object| object.text("uid", &session));
            }
        });
    } else if class.needs_actor {
        event.object("actor", |actor| actor.object("user", |user| user.text("name", UNKNOWN)));
    }
    if let Some(session) = filled(fields.actor("session_id")).filter(|_| class.has_session) {
        event.object("session", |object| object.text("uid", &session));
    }
    if class.has_source {
        source(event, entry, class, mapped);
    }
    if class.has_destination
        && let Some(host) = &entry.source.host
    {
        event.object("dst_endpoint", |endpoint| endpoint.text("hostname", host));
    }
    if class.has_http
        && let Some(user_agent) = fields.actor("user_agent")
    {
        mapped.actor.push("user_agent");
        event.object("http_request", |request| request.text("user_agent", &user_agent));
    }
}

fn source(event: &mut Members<'_>, entry: &Entry<'_>, class: &Class, mapped: &mut Mapped) {
    let text = filled(entry.fields.actor("address"));
    if text.is_some() || class.needs_actor {
        mapped.actor.push("address");
        event.object("src_endpoint", |endpoint| match (entry.address(), text) {
            (Some(address), _) => endpoint.text("ip", &address.to_string()),
            (None, Some(text)) => endpoint.text("name", &text),
            (None, None) => endpoint.text("name", UNKNOWN),
        });
    }
}

/// Writes the actor as a user. One without a name is `unknown`.
pub(super) fn user(user: &mut Members<'_>, fields: &Fields<'_>) {
    match filled(fields.user()) {
        Some(uid) => {
            user.text("uid", &uid);
            user.some("uid_alt", fields.actor("user_id").filter(|alt| *alt != uid));
        }
        None => user.text("name", UNKNOWN),
    }
    if let Some(kind) = filled(fields.actor("kind")) {
        let type_id = match &*kind {
            "user" => 1,
            "system" => 3,
            _ => 99,
        };
        user.number("type_id", type_id);
        user.text("type", &kind);
    }
}
