//! Finding the audit layer of a dispatch.
//!
//! `Dispatch::downcast_ref` finds its [`Presence`] in any stack, unless `reload` hides it. A
//! hidden layer is found by the `Registry` of the dispatch that it was registered with. If that is
//! not known either (`reload` of an `Option` or a `Vec`, or a layer that was put in later), a probe
//! is sent down the stack: an event without any data, which a layer that receives it answers.

use super::presence::{Presence, hidden_presences, registry_address};
use crate::capture::context::span_actors::SpanActors;
use crate::capture::target::TARGET;
use crate::handle::Log;
use crate::unwind::caught;
use std::cell::Cell;
use std::sync::Arc;
use tracing_core::callsite::Identifier;
use tracing_core::field::FieldSet;
use tracing_core::{Callsite, Dispatch, Event, Interest, Kind, Level, Metadata};

/// The audit layer of a dispatch.
pub(crate) enum FoundLayer<'a> {
    Visible(&'a Presence),
    Hidden(Arc<Presence>),
}

impl FoundLayer<'_> {
    pub(crate) fn log(&self) -> &Log {
        match self {
            FoundLayer::Visible(presence) => &presence.log,
            FoundLayer::Hidden(presence) => &presence.log,
        }
    }

    /// Returns the actors of this dispatch's spans. `None` for a layer that was found only because
    /// there is no other one: the spans of another registry have the same ids.
    pub(crate) fn actors(&self, dispatch: &Dispatch) -> Option<&SpanActors> {
        match self {
            FoundLayer::Visible(presence) => Some(&presence.actors),
            FoundLayer::Hidden(presence) => {
                (presence.registry() == registry_address(dispatch)).then_some(&presence.actors)
            }
        }
    }
}

/// Returns the audit layer of this dispatch, if there is one.
pub(crate) fn find_layer(dispatch: &Dispatch) -> Option<FoundLayer<'_>> {
    match Presence::visible_in(dispatch) {
        Some(presence) => Some(FoundLayer::Visible(presence)),
        None => find_hidden(dispatch).map(FoundLayer::Hidden),
    }
}

#[cold]
fn find_hidden(dispatch: &Dispatch) -> Option<Arc<Presence>> {
    let registry = registry_address(dispatch);
    if registry == 0 {
        // A stack without a `Registry` has no layers.
        return None;
    }
    let hidden = hidden_presences();
    if let Some(registered) = hidden.iter().find(|presence| presence.registry() == registry) {
        return Some(Arc::clone(registered));
    }
    let is_candidate = |presence: &Arc<Presence>| presence.registry() == 0 && presence.is_in_use();
    let candidates = hidden.into_iter().filter(is_candidate).collect::<Vec<_>>();
    if candidates.is_empty() {
        return None;
    }
    if let Some(presence) = probe(dispatch) {
        presence.set_registry(registry);
        return Some(presence);
    }
    // Another layer has kept the probe from it. If there is only one candidate, it is that one.
    let mut candidates = candidates.into_iter();
    candidates.next().filter(|_| candidates.next().is_none())
}

thread_local! {
    static ANSWER: Cell<Option<Arc<Presence>>> = const { Cell::new(None) };
}

struct Probe;

impl Callsite for Probe {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &PROBE
    }
}

static PROBE: Metadata<'static> = Metadata::new(
    "looking for the audit layer",
    TARGET,
    Level::TRACE,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&Probe)),
    Kind::EVENT,
);

/// Sends the probe down the stack, and returns the layer that has answered.
fn probe(dispatch: &Dispatch) -> Option<Arc<Presence>> {
    // A layer that panics has not answered.
    caught(|| dispatch.event(&Event::new(&PROBE, &PROBE.fields().value_set_all(&[])))).unwrap_or(());
    ANSWER.try_with(Cell::take).ok().flatten()
}

/// Answers the probe; returns whether the event with this metadata is one.
pub(crate) fn answer_probe(metadata: &Metadata<'_>, presence: &Arc<Presence>) -> bool {
    if !std::ptr::eq(std::ptr::from_ref(metadata).cast(), std::ptr::from_ref(&PROBE).cast::<()>()) {
        return false;
    }
    ANSWER.try_with(|answer| answer.set(Some(Arc::clone(presence)))).is_ok()
}
