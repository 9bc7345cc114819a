//! Actors in a short form.

use tracing_audit::{Actor, Record, audit};

pub fn emit() {
    audit!("settings.changed");
}

/// An actor in a short form.
pub fn who(record: &Record) -> (&str, &str) {
    (record.actor.user_sid.as_deref().unwrap_or(""), record.actor.session_id.as_deref().unwrap_or(""))
}

#[track_caller]
pub fn assert_actors<const N: usize>(records: &[Record], actors: [(&str, &str); N]) {
    assert_eq!(records.iter().map(who).collect::<Vec<_>>(), actors);
}

pub fn actor(user_sid: &str, session_id: &str) -> Actor {
    Actor::new().user_sid(user_sid).session_id(session_id)
}
