//! Finding the audit layer of a dispatch.
//!
//! `Dispatch::downcast_ref` finds it in any stack but behind `reload`, which hides
//! what it holds. A layer that is hidden is known by its home: the `Registry` of
//! the dispatch it was registered with. Where that is not known either (`reload`
//! of an `Option` or a `Vec`, or a layer put in later), an event without any data
//! is sent down the stack, and a layer that meets it says so.

use super::layer::AuditLayer;
use super::span_actors::SpanActors;
use crate::handle::Log;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tracing_core::callsite::Identifier;
use tracing_core::field::FieldSet;
use tracing_core::{Callsite, Dispatch, Event, Interest, Kind, Level, Metadata};
use tracing_subscriber::Registry;

/// The log of a dispatch's audit layer.
pub(super) enum Found<'a> {
    InSight(&'a AuditLayer),
    Hidden(Arc<Presence>),
}

impl Found<'_> {
    pub(super) fn log(&self) -> &Log {
        match self {
            Found::InSight(layer) => &layer.presence().log,
            Found::Hidden(presence) => &presence.log,
        }
    }

    /// The actors of this dispatch's spans; not those of a layer that is known only
    /// by being the only one, since another registry's spans have the same ids.
    pub(super) fn actors(&self, dispatch: &Dispatch) -> Option<&SpanActors> {
        match self {
            Found::InSight(layer) => Some(&layer.presence().actors),
            Found::Hidden(presence) => {
                let at_home = presence.home.load(Ordering::Relaxed) == registry(dispatch);
                at_home.then_some(&presence.actors)
            }
        }
    }
}

/// A layer that is alive.
#[derive(Debug)]
pub(super) struct Presence {
    pub(super) log: Arc<Log>,
    pub(super) actors: SpanActors,
    /// Whether `downcast_ref` finds it.
    in_sight: AtomicBool,
    /// The address of its registry; 0 if it is not known.
    home: AtomicUsize,
    /// Whether a stack has asked it anything: one that is not in any is not meant.
    in_use: AtomicBool,
}

/// The layers that were not in sight so far.
static HIDDEN: Mutex<Vec<Weak<Presence>>> = Mutex::new(Vec::new());

impl Presence {
    pub(super) fn new(log: Arc<Log>) -> Arc<Presence> {
        let presence = Arc::new(Presence {
            log,
            actors: SpanActors::default(),
            in_sight: AtomicBool::new(false),
            home: AtomicUsize::new(0),
            in_use: AtomicBool::new(false),
        });
        let mut hidden = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.retain(|other| other.strong_count() > 0);
        hidden.push(Arc::downgrade(&presence));
        presence
    }

    /// It was found.
    fn seen(&self) {
        if !self.in_sight.load(Ordering::Relaxed) {
            self.in_sight.store(true, Ordering::Relaxed);
            let mut hidden = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner);
            hidden.retain(|other| !std::ptr::eq(other.as_ptr(), self));
        }
    }

    /// Its layer is in a stack.
    pub(super) fn used(&self) {
        self.in_use.store(true, Ordering::Relaxed);
    }

    /// Its layer was registered with this dispatch.
    pub(super) fn registered(&self, dispatch: &Dispatch) {
        let in_sight = dispatch.downcast_ref::<AuditLayer>();
        if in_sight.is_some_and(|layer| std::ptr::eq(Arc::as_ptr(layer.presence()), self)) {
            self.seen();
        } else {
            self.home.store(registry(dispatch), Ordering::Relaxed);
        }
    }
}

fn registry(dispatch: &Dispatch) -> usize {
    dispatch.downcast_ref::<Registry>().map_or(0, |registry| std::ptr::from_ref(registry).addr())
}

pub(super) fn audit_log(dispatch: &Dispatch) -> Option<Found<'_>> {
    match dispatch.downcast_ref::<AuditLayer>() {
        Some(layer) => {
            layer.presence().seen();
            Some(Found::InSight(layer))
        }
        None => hidden(dispatch).map(Found::Hidden),
    }
}

#[cold]
fn hidden(dispatch: &Dispatch) -> Option<Arc<Presence>> {
    let registry = registry(dispatch);
    if registry == 0 {
        // No `Registry`, no layers.
        return None;
    }
    let hidden = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner);
    let candidates = hidden.iter().filter_map(Weak::upgrade).collect::<Vec<_>>();
    drop(hidden);
    let home = |presence: &Arc<Presence>| presence.home.load(Ordering::Relaxed);
    if let Some(at_home) = candidates.iter().find(|candidate| home(candidate) == registry) {
        return Some(Arc::clone(at_home));
    }
    let is_homeless =
        |candidate: &Arc<Presence>| home(candidate) == 0 && candidate.in_use.load(Ordering::Relaxed);
    let homeless = candidates.into_iter().filter(is_homeless).collect::<Vec<_>>();
    if homeless.is_empty() {
        return None;
    }
    if let Some(presence) = probe(dispatch) {
        presence.home.store(registry, Ordering::Relaxed);
        return Some(presence);
    }
    // Another layer kept the probe from it. If there is only one, that one is meant.
    let mut homeless = homeless.into_iter();
    homeless.next().filter(|_| homeless.next().is_none())
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
    super::TARGET,
    Level::TRACE,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&Probe)),
    Kind::EVENT,
);

fn probe(dispatch: &Dispatch) -> Option<Arc<Presence>> {
    dispatch.event(&Event::new(&PROBE, &PROBE.fields().value_set_all(&[])));
    ANSWER.try_with(Cell::take).ok().flatten()
}

/// Whether this is the event that looks for a layer; if so, it is answered.
pub(super) fn answer(metadata: &Metadata<'_>, presence: &Arc<Presence>) -> bool {
    if !std::ptr::eq(std::ptr::from_ref(metadata).cast(), std::ptr::from_ref(&PROBE).cast::<()>()) {
        return false;
    }
    ANSWER.try_with(|answer| answer.set(Some(Arc::clone(presence)))).is_ok()
}
