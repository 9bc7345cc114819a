//! The actors that spans name, in their fields `actor.user_sid` and `actor.session_id`, whether
//! set when the span was created or recorded later.
//!
//! They are kept beside the spans and not in their extensions. A layer may hold the lock of a
//! span's extensions while it formats a value (`fmt` does, in `on_record`), and an audit event
//! from that value's `Debug` would wait for itself. The lock here is never held while foreign code
//! runs.
//!
//! A span whose callsite has no such field costs a look at the names of its fields. An event costs
//! one atomic load as long as no open span names an actor.

use crate::capture::event::notes::Notes;
use crate::record::encode::{Parts, push_string};
use crate::unwind::caught;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use tracing_core::Metadata;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

const USER_SID: &str = "actor.user_sid";
const SESSION_ID: &str = "actor.session_id";

/// The actors of the open spans of one layer's stack.
#[derive(Debug, Default)]
pub(crate) struct SpanActors {
    /// The number of them, to be read without the lock.
    open: AtomicUsize,
    by_span: RwLock<HashMap<Id, SpanActor>>,
}

#[derive(Debug, Default)]
struct SpanActor {
    user_sid: ActorPart,
    session_id: ActorPart,
}

/// One part of a span's actor.
#[derive(Debug, Default)]
enum ActorPart {
    #[default]
    Unset,
    Text(String),
    /// The span has the field, but formatting its value failed or panicked.
    Unreadable,
}

/// Returns whether spans of this callsite can name an actor.
fn can_name(metadata: &Metadata<'_>) -> bool {
    metadata.fields().iter().any(|field| matches!(field.name(), USER_SID | SESSION_ID))
}

impl SpanActors {
    /// Notes the actor of a new span.
    #[inline]
    pub(crate) fn opened(&self, attributes: &Attributes<'_>, span: &Id) {
        if can_name(attributes.metadata()) {
            self.note(span, |fields| attributes.record(fields));
        }
    }

    /// Notes the actor in fields that are recorded later.
    #[inline]
    pub(crate) fn recorded(&self, values: &Record<'_>, span: &Id) {
        self.note(span, |fields| values.record(fields));
    }

    /// Notes what `visit` finds of an actor, if anything.
    fn note(&self, span: &Id, visit: impl FnOnce(&mut ActorFields)) {
        let mut fields = ActorFields::default();
        visit(&mut fields);
        if fields.user_sid.is_none() && fields.session_id.is_none() {
            return;
        }
        let mut by_span = self.by_span.write().unwrap_or_else(PoisonError::into_inner);
        let actor = by_span.entry(span.clone()).or_default();
        if let Some(user_sid) = fields.user_sid {
            actor.user_sid = user_sid;
        }
        if let Some(session_id) = fields.session_id {
            actor.session_id = session_id;
        }
        self.open.store(by_span.len(), Ordering::Relaxed);
    }

    /// Forgets the actor of a span that was closed. `metadata` is the span's, if it is known.
    #[cold]
    pub(crate) fn closed(&self, span: &Id, metadata: Option<&Metadata<'_>>) {
        if metadata.is_none_or(can_name) {
            let mut by_span = self.by_span.write().unwrap_or_else(PoisonError::into_inner);
            by_span.remove(span);
            self.open.store(by_span.len(), Ordering::Relaxed);
        }
    }

    /// Returns whether any open span names an actor.
    ///
    /// A relaxed load is enough: a thread that is in a span which another thread created got the
    /// span from it, and so sees what was stored before.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// Completes the actor from this span and those around it, innermost first.
    #[cold]
    pub(crate) fn complete<S>(&self, span: SpanRef<'_, S>, parts: &mut Parts, notes: &mut Notes)
    where
        S: for<'span> LookupSpan<'span>,
    {
        for span in span.scope() {
            let lacking = notes.lacking_actor(parts);
            if lacking.is_complete() {
                return;
            }
            if !can_name(span.metadata()) {
                continue;
            }
            let by_span = self.by_span.read().unwrap_or_else(PoisonError::into_inner);
            let Some(actor) = by_span.get(&span.id()) else {
                continue;
            };
            let Notes { unreadable, violations, .. } = &mut *notes;
            let mut copy = |from: &ActorPart, to: &mut Vec<u8>, is_unreadable: &mut bool, name| match from {
                ActorPart::Unset => {}
                ActorPart::Text(text) => push_string(to, text),
                ActorPart::Unreadable => {
                    *is_unreadable = true;
                    let span = span.name();
                    violations.push(&format!("`{name}` of the span `{span}` could not be formatted"));
                }
            };
            if lacking.user_sid {
                copy(&actor.user_sid, &mut parts.user_sid, &mut unreadable.user_sid, USER_SID);
            }
            if lacking.session_id {
                copy(&actor.session_id, &mut parts.session_id, &mut unreadable.session_id, SESSION_ID);
            }
        }
    }
}

/// The fields of a span that name an actor; `None` where it does not have them.
#[derive(Default)]
struct ActorFields {
    user_sid: Option<ActorPart>,
    session_id: Option<ActorPart>,
}

impl ActorFields {
    fn part(&mut self, field: &Field) -> Option<&mut Option<ActorPart>> {
        match field.name() {
            USER_SID => Some(&mut self.user_sid),
            SESSION_ID => Some(&mut self.session_id),
            _ => None,
        }
    }
}

impl ActorPart {
    fn of(text: String) -> ActorPart {
        if text.is_empty() { ActorPart::Unset } else { ActorPart::Text(text) }
    }
}

impl Visit for ActorFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(part) = self.part(field) {
            *part = Some(ActorPart::of(value.to_owned()));
        }
    }

    /// Takes all values but strings. Their formatting may do anything: no lock is held meanwhile.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(part) = self.part(field) {
            let mut text = String::new();
            let formatted = caught(|| write!(text, "{value:?}"));
            let is_readable = matches!(formatted, Ok(Ok(())));
            *part = Some(if is_readable { ActorPart::of(text) } else { ActorPart::Unreadable });
        }
    }
}
