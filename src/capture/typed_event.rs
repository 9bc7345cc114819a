//! Typed events: structs that `audit!` takes.

use super::fields::name::{resource_key, unraw};
use super::fields::slot::Slot;
use crate::handle::Receipt;
use crate::record::{Object, Outcome, Violations};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use tracing_core::field::Value;

/// A typed event, as defined in [`events`](crate::events) or by
/// [`audit_events!`](crate::audit_events).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an audit event",
    label = "not an audit event",
    note = "`audit!` takes an event type as a string literal, or a struct from `tracing_audit::events` or \
            `audit_events!`; for a type that is known only at run time there is `AuditHandle::append`"
)]
pub trait AuditEvent {
    /// Emits the event, with the fields that every event may have, and returns its receipt.
    #[doc(hidden)]
    fn emit(&self, common: &Common<'_>) -> Receipt;
}

/// The fields that every event may have beside those of its struct, and where it is emitted.
#[derive(Clone, Copy)]
pub struct Common<'a> {
    /// The line of `audit!`.
    pub place: &'static Location<'static>,
    /// The keys of `actor`, in the order of the line.
    pub actor: [Option<&'a dyn Value>; 7],
    /// `resource.type`, `resource.id` and `resource.name`
    pub on_what: [Option<&'a dyn Value>; 3],
    /// `outcome`
    pub outcome: Option<&'a dyn Value>,
    /// `trace_id`
    pub trace_id: Option<&'a dyn Value>,
    /// What is added to the event at the end of an action.
    pub added: Option<&'a Added>,
}

/// What is added to an event at the end of an action.
#[derive(Debug)]
pub struct Added {
    pub(crate) outcome: Outcome,
    /// Fields of the resource, unless the event has them itself.
    pub(crate) resource: Object,
    pub(crate) flaws: Violations,
}

impl Common<'_> {
    /// Returns no fields, of an event that is emitted at this place.
    #[inline]
    pub(crate) fn at(place: &'static Location<'static>) -> Self {
        Common { place, actor: [None; 7], on_what: [None; 3], outcome: None, trace_id: None, added: None }
    }
}

impl fmt::Debug for Common<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Common").finish_non_exhaustive()
    }
}

/// Emits a typed event with these fields beside those of its struct, and returns its receipt. Its place is
/// that of the caller, `audit!`.
#[track_caller]
pub fn emit<E: AuditEvent + ?Sized>(event: &E, fields: &[(Slot, &dyn Value)]) -> Receipt {
    let mut common = Common::at(Location::caller());
    for (slot, value) in fields {
        let common_field = match slot {
            Slot::Actor(key) => &mut common.actor[key.index()],
            Slot::Resource { key: "type", .. } => &mut common.on_what[0],
            Slot::Resource { key: "id", .. } => &mut common.on_what[1],
            Slot::Resource { key: "name", .. } => &mut common.on_what[2],
            Slot::Outcome => &mut common.outcome,
            Slot::TraceId => &mut common.trace_id,
            // The macro rejects all others.
            Slot::Event | Slot::Resource { .. } | Slot::Members | Slot::Unknown => continue,
        };
        *common_field = Some(*value);
    }
    event.emit(&common)
}

/// A text that can be the event type of `audit!`: none, since the event type is a literal. The compiler's
/// message about a variable is here.
#[diagnostic::on_unimplemented(
    message = "the event type must be a string literal; use `AuditHandle::append`",
    label = "expected a string literal, such as `\"invoice.sent\"`",
    note = "`AuditHandle::append` takes a `Record`, whose event type may be known only at run time"
)]
pub trait LiteralEventType {
    fn never(&self) -> Receipt;
}

/// A type of event that takes fields of `resource` beside those of its struct: none.
#[diagnostic::on_unimplemented(
    message = "audit!: the `resource` fields of a typed event are those of its struct, and `type`, `id` and `name`",
    label = "a typed event"
)]
pub trait TakesResourceFields {}

macro_rules! text_is_no_event {
    ($($text:ty),*) => {$(
        impl AuditEvent for $text
        where
            for<'a> &'a str: LiteralEventType,
        {
            fn emit(&self, _: &Common<'_>) -> Receipt {
                let text: &str = self.as_ref();
                text.never()
            }
        }

        impl TakesResourceFields for $text {}
        impl TakesField<1> for $text {}
        impl TakesField<2> for $text {}
        impl TakesField<3> for $text {}
    )*};
}

text_is_no_event!(&str, &&str, String, &String, Box<str>, Cow<'_, str>);

/// Stops compilation: the event takes no fields of `resource`.
#[track_caller]
pub fn no_resource_fields<E: AuditEvent + TakesResourceFields + ?Sized>(event: &E) -> Receipt {
    event.emit(&Common::at(Location::caller()))
}

/// An event type that takes the field number `FIELD` of `audit!` beside those of its struct: 1 is
/// `resource.type`, 2 `resource.id`, 3 `resource.name`; 0 stands for the fields that all of them take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has this field of `resource` itself",
    label = "set it in the struct, not here"
)]
pub trait TakesField<const FIELD: u8> {}

impl<E: ?Sized> TakesField<0> for E {}

/// Refuses, when it is compiled, a field that an event type has itself.
pub fn takes_field<E: TakesField<FIELD> + ?Sized, const FIELD: u8>(_: &E) {}

/// Returns the number of a field for [`TakesField`].
///
/// # Panics
///
/// When it is compiled: of `resource`, a typed event takes no other field.
#[must_use]
pub const fn on_what(name: &str) -> u8 {
    match resource_key(name) {
        None => 0,
        Some(key) => match key.as_bytes() {
            b"type" => 1,
            b"id" => 2,
            b"name" => 3,
            _ => panic!(
                "audit!: the `resource` fields of a typed event are those of its struct, and `type`, `id` and `name`"
            ),
        },
    }
}

/// Returns `field`, a number for [`TakesField`], unless one of the `names` is its own: then another
/// number, which stands for no field.
#[must_use]
pub const fn unless_own(field: u8, names: &[&str]) -> u8 {
    let mut at = 0;
    while at < names.len() {
        let own = match unraw(names[at]).as_bytes() {
            b"type" => 1,
            b"id" => 2,
            b"name" => 3,
            _ => 0,
        };
        if own == field {
            return u8::MAX - field;
        }
        at += 1;
    }
    field
}

/// A list that is left out of the record when it is empty.
#[derive(Debug)]
pub struct UnlessEmpty<'a, T>(pub &'a [T]);

impl<T: Serialize> Serialize for UnlessEmpty<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() { serializer.serialize_none() } else { self.0.serialize(serializer) }
    }
}
