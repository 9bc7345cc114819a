//! A live audit layer, as `audit!` finds it: the log, and the actors of the stack's spans.
//!
//! A dispatch that can see its audit layer finds the presence by `downcast_ref`. Those that no
//! dispatch has seen are in a list: a layer behind `reload` is hidden from its dispatch.

use super::standing::{Standing, round_is_over};
use crate::capture::context::span_actors::SpanActors;
use crate::handle::Log;
use crate::lock::lock;
use crate::report::Level;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use tracing_core::Dispatch;
use tracing_subscriber::Registry;

/// A live audit layer.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) log: Arc<Log>,
    pub(crate) actors: SpanActors,
    /// Whether a dispatch has found it by `downcast_ref`.
    is_visible: AtomicBool,
    standing: Arc<Standing>,
    /// Whether a stack has asked its layer anything.
    is_in_use: AtomicBool,
    /// Whether its stack has another audit layer.
    has_rival: AtomicBool,
    /// Whether it was reported that another layer gets the events.
    gives_way: AtomicBool,
}

/// A layer that no dispatch has found by `downcast_ref`.
struct Hidden {
    presence: Weak<Presence>,
    standing: Arc<Standing>,
}

static HIDDEN: Mutex<Vec<Hidden>> = Mutex::new(Vec::new());

impl Presence {
    pub(crate) fn new(log: Arc<Log>) -> Arc<Presence> {
        let standing = Arc::new(Standing::new());
        let presence = Arc::new(Presence {
            log,
            actors: SpanActors::default(),
            is_visible: AtomicBool::new(false),
            standing: Arc::clone(&standing),
            is_in_use: AtomicBool::new(false),
            has_rival: AtomicBool::new(false),
            gives_way: AtomicBool::new(false),
        });
        let mut hidden = lock(&HIDDEN);
        hidden.retain(|other| other.presence.strong_count() > 0);
        hidden.push(Hidden { presence: Arc::downgrade(&presence), standing });
        presence
    }

    /// Returns the number of the layer, which no other one of the process has.
    pub(super) fn id(&self) -> u64 {
        self.standing.id()
    }

    /// Returns the presence of the dispatch's audit layer, if the dispatch can see it.
    pub(super) fn visible_in(dispatch: &Dispatch) -> Option<&Presence> {
        let presence = dispatch.downcast_ref::<Presence>()?;
        presence.set_visible();
        Some(presence)
    }

    fn set_visible(&self) {
        if !self.is_visible.load(Ordering::Relaxed) {
            self.is_visible.store(true, Ordering::Relaxed);
            lock(&HIDDEN).retain(|other| !std::ptr::eq(other.presence.as_ptr(), self));
        }
    }

    /// Notes that a stack has asked its layer something.
    pub(crate) fn set_in_use(&self) {
        self.is_in_use.store(true, Ordering::Relaxed);
    }

    /// Notes that a round has asked its layer for the level hint.
    pub(crate) fn asked(&self) {
        self.set_in_use();
        if !self.is_visible.load(Ordering::Relaxed) {
            self.standing.asked();
        }
    }

    /// Returns whether its stack has another audit layer.
    pub(crate) fn has_rival(&self) -> bool {
        self.has_rival.load(Ordering::Relaxed)
    }

    /// Notes that its layer was registered with this dispatch, and returns whether the dispatch
    /// can see it.
    pub(crate) fn register(&self, dispatch: &Dispatch) -> bool {
        let is_visible = self.is_of(dispatch);
        let registry = registry_address(dispatch);
        if is_visible {
            self.set_visible();
        } else {
            self.standing.registered(registry);
        }
        choose_one(dispatch, registry);
        is_visible
    }

    /// Reports that its layer gets no events of `audit!`, since this one in the same stack does.
    fn give_way_to(&self, chosen: &Presence) {
        chosen.has_rival.store(true, Ordering::Relaxed);
        self.has_rival.store(true, Ordering::Relaxed);
        if !self.gives_way.swap(true, Ordering::Relaxed) {
            let dir = match self.log.journal() {
                Some(journal) => journal.path().display().to_string(),
                None => "memory".to_owned(),
            };
            let reports = self.log.reports();
            reports.post(Level::Error, || {
                format!(
                    "the audit log in {dir} gets no events of `audit!`: its stack has another audit layer, which gets them; add only one"
                )
            });
            reports.deliver_if_heard();
        }
    }

    /// Returns whether this is the layer that the dispatch can see.
    pub(crate) fn is_of(&self, dispatch: &Dispatch) -> bool {
        dispatch.downcast_ref::<Presence>().is_some_and(|found| std::ptr::eq(found, self))
    }

    /// Notes that its layer has answered a probe in the stack over this registry.
    pub(super) fn answered_in(&self, registry: usize) {
        self.standing.answered(registry);
    }

    /// Returns whether a stack has asked its layer anything.
    pub(super) fn is_in_use(&self) -> bool {
        self.is_in_use.load(Ordering::Relaxed)
    }
}

/// Returns the hidden layer that is known to be in the stack over this registry; of two, the one that was
/// opened last.
pub(super) fn hidden_over(registry: usize) -> Option<Arc<Presence>> {
    let hidden = lock(&HIDDEN);
    let known = hidden.iter().rev().filter(|hidden| registry != 0 && hidden.standing.registry() == registry);
    known.filter_map(|hidden| hidden.presence.upgrade()).next()
}

/// Returns the hidden layers whose standing is like this.
///
/// All others are left alone: a presence that was upgraded here and is dropped last closes its log.
pub(super) fn hidden_where(is_like: impl Fn(&Standing) -> bool) -> Vec<Arc<Presence>> {
    let hidden = lock(&HIDDEN);
    let alike = hidden.iter().filter(|hidden| is_like(&hidden.standing));
    alike.filter_map(|hidden| hidden.presence.upgrade()).collect()
}

/// Has all audit layers of a stack but one give way to that one: the layer that `audit!` finds.
fn choose_one(dispatch: &Dispatch, registry: usize) {
    let hidden = hidden_over(registry);
    let Some(chosen) = dispatch.downcast_ref::<Presence>().or(hidden.as_deref()) else {
        return;
    };
    let is_other = |standing: &Standing| {
        registry != 0 && standing.registry() == registry && standing.id() != chosen.id()
    };
    for other in hidden_where(is_other) {
        other.give_way_to(chosen);
    }
}

/// Notes that the round of this thread is over.
pub(super) fn all_were_asked() {
    let hidden = lock(&HIDDEN);
    round_is_over(hidden.iter().map(|hidden| &*hidden.standing));
}

/// Returns the address of the dispatch's `Registry`; 0 if it has none.
pub(super) fn registry_address(dispatch: &Dispatch) -> usize {
    dispatch.downcast_ref::<Registry>().map_or(0, |registry| std::ptr::from_ref(registry).addr())
}
