//! Asking a stack whether an audit layer is in it that its dispatch can't see.

use super::presence::{Presence, all_were_asked};
use super::standing::rounds;
use crate::capture::target::TARGET;
use crate::lock::lock;
use crate::unwind::caught;
use std::cell::Cell;
use std::sync::{Arc, Mutex, Once};
use tracing_core::callsite::Identifier;
use tracing_core::field::FieldSet;
use tracing_core::{Callsite, Dispatch, Event, Interest, Kind, Level, Metadata, callsite};

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State::Idle) };
}

/// The state of the probe that this thread sends.
#[derive(Default)]
enum State {
    #[default]
    Idle,
    Asking,
    Answered(Arc<Presence>),
}

struct Probe;

impl Callsite for Probe {
    /// Is called at the end of a round.
    fn set_interest(&self, _: Interest) {
        all_were_asked();
    }

    fn metadata(&self) -> &Metadata<'_> {
        &PROBE
    }
}

static PROBE: Metadata<'static> = Metadata::new(
    "looking for the audit layer",
    TARGET,
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&Probe)),
    Kind::EVENT,
);

/// Registers the probe's callsite, by which `tracing` tells when a round is over. To be called before
/// there is an audit layer.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| callsite::register(&Probe));
}

/// Returns the hidden audit layer in the stack of this dispatch, which has a registry at this address.
///
/// The layers are asked for their interest in a callsite, which shows in no log. A filter that refuses
/// all events of the target keeps that question from the layers below it. Then, if it is likely that
/// there is an audit layer, an event without data is sent down the stack, past such filters. If no
/// audit layer takes it, the runtime log may show it: so it is sent once, until a layer comes or goes
/// anywhere.
pub(super) fn probe(dispatch: &Dispatch, registry: usize, is_likely: bool) -> Option<Arc<Presence>> {
    // A layer that panics has not answered.
    let (interest, answer) = ask(|| caught(|| dispatch.register_callsite(&PROBE)));
    let is_blocked = interest.is_ok_and(|interest| interest.is_never());
    if answer.is_some() || !is_blocked || !is_likely || was_sent(registry) {
        return answer;
    }
    ask(|| caught(|| dispatch.event(&Event::new(&PROBE, &PROBE.fields().value_set_all(&[]))))).1
}

/// Asks a question; returns its result, and the layer that has answered.
fn ask<T>(question: impl FnOnce() -> T) -> (T, Option<Arc<Presence>>) {
    // While the thread's locals are destroyed, no layer answers.
    STATE.try_with(|state| state.set(State::Asking)).unwrap_or(());
    let returned = question();
    match STATE.try_with(Cell::take) {
        Ok(State::Answered(presence)) => (returned, Some(presence)),
        _ => (returned, None),
    }
}

/// Returns whether this was called before with this registry since the last round.
fn was_sent(registry: usize) -> bool {
    static SENT: Mutex<(u64, Vec<usize>)> = Mutex::new((0, Vec::new()));
    let mut sent = lock(&SENT);
    let rounds = rounds();
    if sent.0 != rounds {
        *sent = (rounds, Vec::new());
    }
    let was_sent = sent.1.contains(&registry);
    if !was_sent {
        sent.1.push(registry);
    }
    was_sent
}

/// Answers the probe, if one is sent; returns whether this metadata is the probe's.
pub(crate) fn answer_probe(metadata: &Metadata<'_>, presence: &Arc<Presence>) -> bool {
    if !std::ptr::eq(std::ptr::from_ref(metadata).cast(), std::ptr::from_ref(&PROBE).cast::<()>()) {
        return false;
    }
    STATE
        .try_with(|state| {
            // `tracing` registers the callsite, too, when no probe is sent.
            if !matches!(state.take(), State::Idle) {
                state.set(State::Answered(Arc::clone(presence)));
            }
        })
        // The one that asks can't read an answer either.
        .unwrap_or(());
    true
}
