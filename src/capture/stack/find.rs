//! Finding the audit layer of a dispatch.
//!
//! `Dispatch::downcast_ref` finds its [`Presence`] in any stack, unless `reload` hides it. A
//! hidden layer is found by the `Registry` of the dispatch that it was registered with, until it is
//! taken out. If that is not known (`reload` of an `Option` or a `Vec`, or a layer that was put in
//! later), the stack is asked by a [`probe`].

use super::presence::{Presence, hidden_over, hidden_where, registry_address};
use super::probe::probe;
use crate::capture::context::span_actors::SpanActors;
use crate::handle::Log;
use std::sync::Arc;
use tracing_core::Dispatch;

/// The audit layer of a dispatch.
pub(crate) enum FoundLayer<'a> {
    Visible(&'a Presence),
    Hidden(Arc<Presence>),
}

impl FoundLayer<'_> {
    fn presence(&self) -> &Presence {
        match self {
            FoundLayer::Visible(presence) => presence,
            FoundLayer::Hidden(presence) => presence,
        }
    }

    pub(crate) fn log(&self) -> &Log {
        &self.presence().log
    }

    /// Returns the actors of the stack's spans.
    pub(crate) fn actors(&self) -> &SpanActors {
        &self.presence().actors
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
    if let Some(known) = hidden_over(registry) {
        return Some(known);
    }
    let at_large = hidden_where(|standing| standing.registry() == 0);
    if at_large.is_empty() {
        return None;
    }
    let presence = probe(dispatch, registry, at_large.iter().any(|presence| presence.is_in_use()))?;
    presence.answered_in(registry);
    Some(presence)
}
