//! What is counted of a record.

use crate::read::query::{Found, Json, Walk};
use std::borrow::Cow;

/// The parts of a record that are counted.
#[derive(Debug, Default)]
pub(in crate::read) struct Parts<'a> {
    pub(in crate::read) event: Cow<'a, str>,
    pub(in crate::read) outcome: Cow<'a, str>,
    /// The objects, as the line has them.
    pub(in crate::read) actor: Option<&'a [u8]>,
    pub(in crate::read) resource: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    pub(in crate::read) fn of(found: &Found<'a>) -> Parts<'a> {
        let mut parts = Parts::default();
        for (key, value) in found.members {
            match *value {
                Json::String(text) if key.is("event") => parts.event = text.unescaped(),
                Json::String(text) if key.is("outcome") => parts.outcome = text.unescaped(),
                Json::Object(object) if key.is("actor") => parts.actor = Some(object),
                Json::Object(object) if key.is("resource") => parts.resource = Some(object),
                _ => {}
            }
        }
        parts
    }
}

/// Returns a member of an object.
pub(super) fn member<'a>(object: &'a [u8], name: &str) -> Option<Json<'a>> {
    let mut walk = Walk::of(object);
    while let Ok(Some((key, value))) = walk.member() {
        if key.is(name) {
            return Some(value);
        }
    }
    None
}
