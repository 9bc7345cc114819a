//! What the parts of an event share.

use super::super::entry::PRODUCT;
use super::super::fields::{Field, get, text_of};
use super::super::members::Members;
use super::class::Class;
use std::borrow::Cow;

/// What stands for a name that a class requires, and the record does not have.
pub(super) const UNKNOWN: &str = "unknown";

/// The keys of a record that an event has a place for, so that they are not in `unmapped`.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    pub(super) actor: Vec<&'static str>,
    pub(super) resource: Vec<&'static str>,
}

/// Writes the names of the log, in events about itself.
pub(super) fn log_names(event: &mut Members<'_>, class: &Class, application: Option<&str>) {
    if class.is_about_the_log {
        event.text("log_name", "audit");
        event.text("log_provider", application.unwrap_or(PRODUCT));
        event.number("log_type_id", 2);
        event.text("log_type", "Application");
    }
}

/// Returns a text, unless it is empty.
pub(super) fn filled<T: AsRef<str>>(text: Option<T>) -> Option<T> {
    text.filter(|text| !text.as_ref().is_empty())
}

/// Returns the text of a field, of whatever kind.
pub(super) fn any_text<'a>(fields: &[Field<'a>], key: &str) -> Option<Cow<'a, str>> {
    filled(get(fields, key).map(text_of))
}
