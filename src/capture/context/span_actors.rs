//! The actors that spans name, in fields such as `actor.user_sid`, whether set when the span was
//! created or recorded later.
//!
//! They are kept beside the spans and not in their extensions. A layer may hold the lock of a
//! span's extensions while it formats a value (`fmt` does, in `on_record`), and an audit event
//! from that value's `Debug` would wait for itself. The lock here is never held while foreign code
//! runs.
//!
//! A span whose callsite has no such field costs a look at the names of its fields. An event costs
//! one atomic load as long as no open span names an actor.

use crate::caller::said::SaidActor;
use crate::capture::event::notes::Notes;
use crate::record::encode::Parts;
use crate::record::{ActorKey, ActorKeys, Flaw};
use crate::unwind::caught;
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use tracing_core::Metadata;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// The actors of the open spans of one layer's stack.
#[derive(Debug, Default)]
pub(crate) struct SpanActors {
    /// The number of them, to be read without the lock.
    open: AtomicUsize,
    /// The keys that any span has ever named.
    named: AtomicU8,
    by_span: RwLock<HashMap<Id, SpanActor>>,
}

#[derive(Debug, Default)]
struct SpanActor {
    said: SaidActor,
    /// The keys whose values could not be formatted.
    unreadable: ActorKeys,
}

/// Returns the keys that spans of this callsite can name.
fn nameable(metadata: &Metadata<'_>) -> ActorKeys {
    let keys = metadata.fields().iter().filter_map(|field| ActorKey::of_field(field.name()));
    keys.fold(ActorKeys::NONE, |keys, key| keys | ActorKeys::of(key))
}

impl SpanActors {
    /// Notes the actor of a new span.
    #[inline]
    pub(crate) fn opened(&self, attributes: &Attributes<'_>, span: &Id) {
        if !nameable(attributes.metadata()).is_empty() {
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
        let ActorFields { actor: SpanActor { said, unreadable }, seen } = fields;
        if seen.is_empty() {
            return;
        }
        let mut by_span = self.by_span.write().unwrap_or_else(PoisonError::into_inner);
        let actor = by_span.entry(span.clone()).or_default();
        actor.said.replace(seen, &said);
        actor.unreadable = (actor.unreadable & !seen) | unreadable;
        self.named.fetch_or(seen.bits(), Ordering::Relaxed);
        self.open.store(by_span.len(), Ordering::Relaxed);
    }

    /// Forgets the actor of a span that was closed. `metadata` is the span's, if it is known.
    #[cold]
    pub(crate) fn closed(&self, span: &Id, metadata: Option<&Metadata<'_>>) {
        if metadata.is_none_or(|metadata| !nameable(metadata).is_empty()) {
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

    /// Returns whether any open span may name one of these keys.
    #[inline]
    pub(crate) fn may_name(&self, keys: ActorKeys) -> bool {
        self.any() && !(ActorKeys::from_bits(self.named.load(Ordering::Relaxed)) & keys).is_empty()
    }

    /// Completes a line's actor from this span and those around it, innermost first.
    #[cold]
    pub(crate) fn complete<S>(&self, span: SpanRef<'_, S>, parts: &mut Parts, notes: &mut Notes)
    where
        S: for<'span> LookupSpan<'span>,
    {
        self.each(span, parts.actor.lacking(), |SpanActor { said, unreadable }, span| {
            let taken = said.complete(&mut parts.actor);
            for (key, flaw) in said.flaws(taken) {
                notes.flag_actor(key, flaw);
            }
            for key in *unreadable & taken {
                notes.flag_actor(key, &not_formatted(key, span));
            }
            parts.actor.lacking()
        });
    }

    /// Completes what scopes say of the actor from this span and those around it, innermost first.
    pub(super) fn complete_said<S>(&self, span: SpanRef<'_, S>, all: &mut SaidActor)
    where
        S: for<'span> LookupSpan<'span>,
    {
        self.each(span, !all.keys(), |SpanActor { said, unreadable }, span| {
            let taken = said.keys() & !all.keys();
            all.complete_from(said);
            for key in *unreadable & taken {
                all.flag(key, not_formatted(key, span));
            }
            !all.keys()
        });
    }

    /// Calls `visit` with what this span and those around it say, innermost first, and with their
    /// names, as long as keys are `lacking`. `visit` returns those that are lacking still.
    fn each<S>(
        &self,
        span: SpanRef<'_, S>,
        mut lacking: ActorKeys,
        mut visit: impl FnMut(&SpanActor, &str) -> ActorKeys,
    ) where
        S: for<'span> LookupSpan<'span>,
    {
        for span in span.scope() {
            if (nameable(span.metadata()) & lacking).is_empty() {
                continue;
            }
            let by_span = self.by_span.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(actor) = by_span.get(&span.id()) {
                lacking = visit(actor, span.name());
            }
        }
    }
}

/// Returns what is flagged of a key whose value in this span could not be formatted.
fn not_formatted(key: ActorKey, span: &str) -> Flaw {
    Flaw::Violation(format!("`{}` of the span `{span}` could not be formatted", key.field()))
}

/// The fields of a span that name an actor.
#[derive(Default)]
struct ActorFields {
    actor: SpanActor,
    seen: ActorKeys,
}

impl Visit for ActorFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(key) = ActorKey::of_field(field.name()) {
            self.seen = self.seen | ActorKeys::of(key);
            self.actor.said.say(key, value);
        }
    }

    /// Takes all values but strings. Their formatting may do anything: no lock is held meanwhile.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let Some(key) = ActorKey::of_field(field.name()) else {
            return;
        };
        let mut text = String::new();
        if matches!(caught(|| write!(text, "{value:?}")), Ok(Ok(()))) {
            self.record_str(field, &text);
        } else {
            self.seen = self.seen | ActorKeys::of(key);
            self.actor.unreadable = self.actor.unreadable | ActorKeys::of(key);
            self.actor.said.leave_out(key);
        }
    }
}
