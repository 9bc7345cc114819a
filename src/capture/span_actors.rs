//! The actors that spans name: their fields `actor.user_sid` and `actor.session_id`,
//! whether given when the span was made or recorded later.
//!
//! They are kept beside the spans and not in their extensions. A layer may hold the
//! lock of a span's extensions while it formats a value (`fmt` does, in
//! `on_record`); an audit event out of that value's `Debug` would wait for itself.
//! The lock here is never held while foreign code runs.
//!
//! A span whose callsite has no such field costs a look at the names of its fields,
//! and an event costs the load of a number while no span names an actor.

use super::scratch::Notes;
use crate::record::encode::{Parts, push_string};
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use tracing_core::Metadata;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

const USER_SID: &str = "actor.user_sid";
const SESSION_ID: &str = "actor.session_id";

/// The actors of the open spans, as one layer has seen them.
#[derive(Debug, Default)]
pub(super) struct SpanActors {
    /// How many there are, to be asked without the lock.
    open: AtomicUsize,
    by_span: RwLock<HashMap<Id, SpanActor>>,
}

#[derive(Debug, Default)]
struct SpanActor {
    user_sid: Said,
    session_id: Said,
}

/// What a span says of one part of its actor.
#[derive(Debug, Default)]
enum Said {
    #[default]
    Nothing,
    Text(String),
    /// It says something, but formatting that failed or panicked.
    Unreadable,
}

/// Whether spans of this callsite can name an actor.
fn can_name(metadata: &Metadata<'_>) -> bool {
    metadata.fields().iter().any(|field| matches!(field.name(), USER_SID | SESSION_ID))
}

impl SpanActors {
    #[inline]
    pub(super) fn opened(&self, attributes: &Attributes<'_>, span: &Id) {
        if can_name(attributes.metadata()) {
            self.said(span, |told| attributes.record(told));
        }
    }

    #[inline]
    pub(super) fn recorded(&self, values: &Record<'_>, span: &Id) {
        self.said(span, |told| values.record(told));
    }

    /// Takes note of what `values` tells, which may be nothing at all.
    fn said(&self, span: &Id, values: impl FnOnce(&mut Told)) {
        let mut told = Told::default();
        values(&mut told);
        if told.user_sid.is_none() && told.session_id.is_none() {
            return;
        }
        let mut by_span = self.by_span.write().unwrap_or_else(PoisonError::into_inner);
        let actor = by_span.entry(span.clone()).or_default();
        if let Some(user_sid) = told.user_sid {
            actor.user_sid = user_sid;
        }
        if let Some(session_id) = told.session_id {
            actor.session_id = session_id;
        }
        self.open.store(by_span.len(), Ordering::Relaxed);
    }

    /// The span is gone; `metadata` is its, as far as that is known.
    #[cold]
    pub(super) fn closed(&self, span: &Id, metadata: Option<&Metadata<'_>>) {
        if metadata.is_none_or(can_name) {
            let mut by_span = self.by_span.write().unwrap_or_else(PoisonError::into_inner);
            by_span.remove(span);
            self.open.store(by_span.len(), Ordering::Relaxed);
        }
    }

    /// Whether any open span names an actor.
    ///
    /// Relaxed: whoever is in a span that was made on another thread was handed it.
    #[inline]
    pub(super) fn any(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// Completes the actor from this span and those around it, innermost first.
    #[cold]
    pub(super) fn complete<S>(&self, span: SpanRef<'_, S>, parts: &mut Parts, notes: &mut Notes)
    where
        S: for<'span> LookupSpan<'span>,
    {
        for span in span.scope() {
            let (user_sid, session_id) = notes.wanted(parts);
            if !user_sid && !session_id {
                return;
            }
            if !can_name(span.metadata()) {
                continue;
            }
            let by_span = self.by_span.read().unwrap_or_else(PoisonError::into_inner);
            let Some(actor) = by_span.get(&span.id()) else {
                continue;
            };
            let Notes { missing, violations, .. } = &mut *notes;
            let mut put = |said: &Said, place: &mut Vec<u8>, missing: &mut bool, name| match said {
                Said::Nothing => {}
                Said::Text(text) => push_string(place, text),
                Said::Unreadable => {
                    *missing = true;
                    let span = span.name();
                    violations.push(&format!("`{name}` of the span `{span}` could not be formatted"));
                }
            };
            if user_sid {
                put(&actor.user_sid, &mut parts.user_sid, &mut missing.user_sid, USER_SID);
            }
            if session_id {
                put(&actor.session_id, &mut parts.session_id, &mut missing.session_id, SESSION_ID);
            }
        }
    }
}

/// What the fields of a span tell; `None` where they don't.
#[derive(Default)]
struct Told {
    user_sid: Option<Said>,
    session_id: Option<Said>,
}

impl Told {
    fn place(&mut self, field: &Field) -> Option<&mut Option<Said>> {
        match field.name() {
            USER_SID => Some(&mut self.user_sid),
            SESSION_ID => Some(&mut self.session_id),
            _ => None,
        }
    }
}

impl Said {
    fn text(text: String) -> Said {
        if text.is_empty() { Said::Nothing } else { Said::Text(text) }
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(place) = self.place(field) {
            *place = Some(Said::text(value.to_owned()));
        }
    }

    /// Everything but strings comes here. It may do anything: no lock is held.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(place) = self.place(field) {
            let mut text = String::new();
            let formatted = catch_unwind(AssertUnwindSafe(|| write!(text, "{value:?}")));
            *place = Some(if matches!(formatted, Ok(Ok(()))) { Said::text(text) } else { Said::Unreadable });
        }
    }
}
