//! The parts of a line, as it spells them.

use crate::read::query::{Json, Walk};
use std::borrow::Cow;

/// A key and its value.
pub(super) type Field<'a> = (Cow<'a, str>, Json<'a>);

/// The parts of a line: of this schema version, or of another one as far as it is alike.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) version: Cow<'a, str>,
    /// The time as it is spelled.
    pub(super) ts: Cow<'a, str>,
    pub(super) event: Cow<'a, str>,
    /// `success`, `failure`, or what another version has.
    pub(super) outcome: Cow<'a, str>,
    pub(super) trace_id: Option<Cow<'a, str>>,
    /// The number as it is spelled.
    pub(super) seq: Option<Cow<'a, str>>,
    pub(super) actor: Vec<Field<'a>>,
    pub(super) resource: Vec<Field<'a>>,
    /// The text of the resource.
    resource_text: &'a [u8],
    /// What this version does not know.
    pub(super) others: Vec<Field<'a>>,
}

impl<'a> Fields<'a> {
    /// Returns the parts of a line, or why it is no record.
    pub(super) fn of(line: &'a [u8]) -> Result<Fields<'a>, String> {
        let mut fields = Fields {
            version: Cow::Borrowed(""),
            ts: Cow::Borrowed(""),
            event: Cow::Borrowed(""),
            outcome: Cow::Borrowed(""),
            trace_id: None,
            seq: None,
            actor: Vec::new(),
            resource: Vec::new(),
            resource_text: b"",
            others: Vec::new(),
        };
        for (key, value) in members(line)? {
            match (&*key, value) {
                ("_schema_version", value) => fields.version = text_of(value),
                ("ts", value) => fields.ts = text_of(value),
                ("event", value) => fields.event = text_of(value),
                ("outcome", value) => fields.outcome = text_of(value),
                ("trace_id", value @ Json::String(_)) => fields.trace_id = Some(text_of(value)),
                ("seq", value @ Json::Number(_)) => fields.seq = Some(text_of(value)),
                ("actor", Json::Object(actor)) => fields.actor = members(actor)?,
                ("resource", Json::Object(resource)) => {
                    fields.resource = members(resource)?;
                    fields.resource_text = resource;
                }
                _ => fields.others.push((key, value)),
            }
        }
        Ok(fields)
    }

    /// Returns the text of a part of the actor that is text.
    pub(super) fn actor(&self, key: &str) -> Option<Cow<'a, str>> {
        text(&self.actor, key)
    }

    /// Returns the text of a field of the resource that is text.
    pub(super) fn resource(&self, key: &str) -> Option<Cow<'a, str>> {
        text(&self.resource, key)
    }

    /// Returns the resource as the line spells it; nothing if there is none.
    pub(super) fn resource_json(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.resource_text)
    }

    /// Returns the user: `user_sid`, or else `user_id`.
    pub(super) fn user(&self) -> Option<Cow<'a, str>> {
        self.actor("user_sid").or_else(|| self.actor("user_id"))
    }

    pub(super) fn has_failed(&self) -> bool {
        self.outcome == "failure"
    }
}

/// Returns the value of a key.
pub(super) fn get<'a>(fields: &[Field<'a>], key: &str) -> Option<Json<'a>> {
    fields.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
}

fn text<'a>(fields: &[Field<'a>], key: &str) -> Option<Cow<'a, str>> {
    match get(fields, key)? {
        value @ Json::String(_) => Some(text_of(value)),
        _ => None,
    }
}

/// Returns a string, or the JSON of any other value; nothing for `null`.
pub(super) fn text_of(value: Json<'_>) -> Cow<'_, str> {
    match value {
        Json::Null => Cow::Borrowed(""),
        Json::Bool(true) => Cow::Borrowed("true"),
        Json::Bool(false) => Cow::Borrowed("false"),
        Json::Number(text) => Cow::Borrowed(text),
        Json::String(text) => text.unescaped(),
        Json::Array(text) | Json::Object(text) => String::from_utf8_lossy(text),
    }
}

/// Returns the keys and values of an object.
fn members(object: &[u8]) -> Result<Vec<Field<'_>>, String> {
    let mut walk = Walk::of(object);
    let mut members = Vec::new();
    loop {
        match walk.member() {
            Ok(Some((key, value))) => members.push((key.unescaped(), value)),
            Ok(None) => return Ok(members),
            Err(_) => return Err("it is not a JSON object".to_owned()),
        }
    }
}
