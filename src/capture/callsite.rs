//! What a callsite of `audit!` knows ahead of the call.

use super::check::EntryCache;
use super::trace_context::AtCall;
use super::visit::Origin;
use super::{locate, scratch};
use crate::error::AppendError;
use crate::handle::Receipt;
use crate::record::is_of_the_log;
use crate::report::{Level, Limiter, Report};
use tracing_core::field::Value;
use tracing_core::subscriber::NoSubscriber;
use tracing_core::{Dispatch, Event, Interest, Metadata, dispatcher};

/// Where a field of an event goes in the record.
#[derive(Clone, Copy, Debug)]
pub enum Slot {
    /// The event type.
    Event,
    /// `actor.user_sid`
    UserSid,
    /// `actor.session_id`
    SessionId,
    /// `outcome`
    Outcome,
    /// `trace_id`
    TraceId,
    /// A key of `resource`.
    Resource {
        /// The key.
        key: &'static str,
        /// The key as it stands in the line, with its colon, if that is known.
        fragment: Option<&'static str>,
    },
    /// An object whose members are the keys of `resource`.
    Members,
    /// Nowhere: no field of a record.
    Unknown,
}

impl Slot {
    /// The slot of a field of this name.
    #[must_use]
    pub const fn of(name: &'static str) -> Slot {
        match name.as_bytes() {
            b"event" => Slot::Event,
            b"actor.user_sid" => Slot::UserSid,
            b"actor.session_id" => Slot::SessionId,
            b"outcome" => Slot::Outcome,
            b"trace_id" => Slot::TraceId,
            b"resource" => Slot::Members,
            _ => match resource_key(name) {
                Some(key) => Slot::Resource { key, fragment: None },
                None => Slot::Unknown,
            },
        }
    }

    /// The slot of `audit!`'s field of this name, with its `fragment`.
    #[must_use]
    pub const fn known(name: &'static str, fragment: &'static [u8]) -> Slot {
        match (Slot::of(name), std::str::from_utf8(fragment)) {
            (Slot::Resource { key, .. }, Ok(fragment)) if !fragment.is_empty() => {
                Slot::Resource { key, fragment: Some(fragment) }
            }
            (slot, _) => slot,
        }
    }
}

/// The length of [`fragment`].
#[must_use]
pub const fn fragment_len(name: &str) -> usize {
    match resource_key(name) {
        Some(key) if is_plain(key) => key.len() + "\"\":".len(),
        _ => 0,
    }
}

/// A resource key as it stands in the line, with its colon; empty for other fields,
/// and for keys that need an escape.
#[must_use]
pub const fn fragment<const LEN: usize>(name: &str) -> [u8; LEN] {
    let mut fragment = [b'"'; LEN];
    if let Some(key) = resource_key(name)
        && LEN > 0
    {
        let key = key.as_bytes();
        let mut index = 0;
        while index < key.len() {
            fragment[index + 1] = key[index];
            index += 1;
        }
        fragment[LEN - 1] = b':';
    }
    fragment
}

const fn resource_key(name: &str) -> Option<&str> {
    match name.as_bytes() {
        [b'r', b'e', b's', b'o', b'u', b'r', b'c', b'e', b'.', ..] => {
            Some(unraw(name.split_at("resource.".len()).1))
        }
        _ => None,
    }
}

/// `type` for `r#type`.
#[must_use]
pub const fn unraw(key: &str) -> &str {
    match key.as_bytes() {
        [b'r', b'#', ..] => key.split_at(2).1,
        _ => key,
    }
}

const fn is_plain(key: &str) -> bool {
    let mut rest = key.as_bytes();
    while let [byte, others @ ..] = rest {
        if *byte < b' ' || matches!(*byte, b'"' | b'\\') {
            return false;
        }
        rest = others;
    }
    true
}

/// Stops compilation when an event type is the log's own.
pub const fn check_event(event: &str, reason: &str) {
    if is_of_the_log(event) {
        panic!("{}", reason);
    }
}

/// Stops compilation when a field is unknown, reserved, or given twice: `reasons`
/// has the three messages for each field.
pub const fn check(names: &[&str], reasons: &[[&str; 3]]) {
    let mut index = 0;
    while index < names.len() {
        match resource_key(names[index]) {
            Some(key) => match key.as_bytes() {
                b"_violations" | b"_truncated" => panic!("{}", reasons[index][1]),
                b"" => panic!("{}", reasons[index][0]),
                _ => {}
            },
            None => match names[index].as_bytes() {
                b"actor.user_sid" | b"actor.session_id" | b"outcome" | b"trace_id" => {}
                _ => panic!("{}", reasons[index][0]),
            },
        }
        let mut before = 0;
        while before < index {
            if same_field(names[before], names[index]) {
                panic!("{}", reasons[index][2]);
            }
            before += 1;
        }
        index += 1;
    }
}

/// Whether two names mean one field: `resource.r#type` is `resource.type`.
const fn same_field(a: &str, b: &str) -> bool {
    match (resource_key(a), resource_key(b)) {
        (Some(a), Some(b)) => equal(a.as_bytes(), b.as_bytes()),
        (None, None) => equal(a.as_bytes(), b.as_bytes()),
        _ => false,
    }
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// A place from which audit events of one type are emitted.
#[derive(Debug)]
pub struct Callsite {
    metadata: &'static Metadata<'static>,
    slots: &'static [Slot],
    /// Of an event that the compiler has not checked.
    entry: Option<EntryCache>,
    unheard: Limiter,
}

impl tracing_core::Callsite for Callsite {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata
    }
}

impl Callsite {
    /// The callsite with this metadata, whose name is the event type; `slots` are
    /// those of its fields, which are checked against the catalog.
    #[must_use]
    pub const fn free(metadata: &'static Metadata<'static>, slots: &'static [Slot]) -> Callsite {
        Callsite { metadata, slots, entry: Some(EntryCache::new()), unheard: Limiter::new() }
    }

    /// The same of a typed event, which the compiler has checked.
    #[must_use]
    pub const fn typed(metadata: &'static Metadata<'static>, slots: &'static [Slot]) -> Callsite {
        Callsite { metadata, slots, entry: None, unheard: Limiter::new() }
    }

    /// Emits an event with these values of its fields.
    pub fn emit(&'static self, values: &[Option<&(dyn Value + '_)>]) -> Receipt {
        // Not inside of `get_default`: there, an event emitted by a value's `Debug`
        // would find no dispatch.
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let Some(found) = locate::audit_log(&dispatch) else {
            return self.unheard(&dispatch);
        };
        let values = self.metadata.fields().value_set_all(values);
        let event = Event::new(self.metadata, &values);
        let around = AtCall { actors: found.actors(&dispatch), dispatch: &dispatch };
        let origin = Origin::Audit { slots: self.slots, entry: self.entry.as_ref() };
        let receipt = scratch::record(found.log(), &event, origin, &around);
        found.log().reports().deliver(&dispatch);
        receipt
    }

    #[cold]
    fn unheard(&self, dispatch: &Dispatch) -> Receipt {
        if let Some(suppressed) = self.unheard.permit() {
            let place = match (self.metadata.file(), self.metadata.line()) {
                (Some(file), Some(line)) => format!(" from {file}:{line}"),
                _ => String::new(),
            };
            let text = format!(
                "the audit event `{}`{place} went nowhere: there is no audit layer in the current dispatch",
                self.metadata.name()
            );
            let report = Report { level: Level::Error, text, suppressed };
            if dispatch.is::<NoSubscriber>() {
                // Inside of another dispatch, maybe: there is a better place for it.
                report.send_from_outside();
            } else {
                report.send(dispatch);
            }
        }
        Receipt::failed(AppendError::NoAuditLayer)
    }
}
