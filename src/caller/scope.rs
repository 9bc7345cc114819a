//! The scopes of a thread: the context of all audit events while a function runs or a future is
//! polled.
//!
//! They are a stack in a thread-local, on which a scope is put while the function runs or the future
//! is polled or dropped, and from which a guard takes it, whether that ends with a value or a panic.
//! Entering a scope copies a pointer; what is to be copied into a line was spelled when the scope was
//! made.

use super::said::SaidActor;
use crate::record::Actor;
use crate::record::encode::push_string;
use std::cell::RefCell;
use std::sync::Arc;

/// The context that one scope provides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) actor: SaidActor,
    pub(crate) trace: Trace,
}

/// The trace that a scope provides, as a JSON string.
#[derive(Clone, Debug, Default)]
pub(crate) enum Trace {
    #[default]
    Unknown,
    /// For all events of the scope.
    Of(Box<[u8]>),
    /// For those that are in no trace of OpenTelemetry.
    #[cfg_attr(not(feature = "tower"), allow(dead_code, reason = "only a request's header provides it"))]
    Otherwise(Box<[u8]>),
}

impl Trace {
    /// Returns the trace with this id; unknown if that is empty.
    pub(crate) fn of(id: &str) -> Trace {
        if id.is_empty() { Trace::Unknown } else { Trace::Of(json(id)) }
    }

    /// Returns the trace with this id, where OpenTelemetry has none.
    #[cfg_attr(not(feature = "tower"), allow(dead_code, reason = "only a request's header provides it"))]
    pub(crate) fn otherwise(id: &str) -> Trace {
        Trace::Otherwise(json(id))
    }
}

fn json(id: &str) -> Box<[u8]> {
    let mut json = Vec::with_capacity(id.len() + 2);
    push_string(&mut json, id);
    json.into()
}

impl Scope {
    pub(super) fn of(actor: &Actor) -> Scope {
        Scope { actor: SaidActor::of(actor), trace: Trace::Unknown }
    }

    /// Completes this scope by an outer one.
    pub(super) fn complete_from(&mut self, outer: &Scope) {
        self.actor.complete_from(&outer.actor);
        if let (Trace::Unknown, _) | (Trace::Otherwise(_), Trace::Of(_)) = (&self.trace, &outer.trace) {
            self.trace.clone_from(&outer.trace);
        }
    }
}

thread_local! {
    /// The scopes, innermost last.
    static SCOPES: RefCell<Vec<Arc<Scope>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `visit` with the thread's scopes, innermost first, until it returns `false`; without a call
/// while the thread's locals are destroyed. `visit` must not enter a scope.
#[inline]
pub(crate) fn each(mut visit: impl FnMut(&Scope) -> bool) {
    // While the thread's locals are destroyed there are no scopes.
    SCOPES
        .try_with(|scopes| {
            if let Ok(scopes) = scopes.try_borrow() {
                let _all = scopes.iter().rev().all(|scope| visit(scope));
            }
        })
        .unwrap_or(());
}

/// Returns what the thread's scopes provide together.
pub(crate) fn all() -> Scope {
    let mut together = Scope::default();
    each(|scope| {
        together.complete_from(scope);
        true
    });
    together
}

/// Enters a scope, inside of the current ones.
pub(super) fn enter(scope: &Arc<Scope>) -> Entered {
    let depth = SCOPES.try_with(|scopes| {
        let mut scopes = scopes.try_borrow_mut().ok()?;
        scopes.push(Arc::clone(scope));
        Some(scopes.len() - 1)
    });
    Entered { depth: depth.ok().flatten() }
}

/// Leaves the scope when it is dropped.
pub(super) struct Entered {
    /// How many scopes are around it; `None` while the thread's locals are destroyed.
    depth: Option<usize>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(depth) = self.depth {
            // A scope's texts are dropped, which runs no foreign code. While the thread's locals are
            // destroyed, the scopes are gone already.
            SCOPES
                .try_with(|scopes| {
                    if let Ok(mut scopes) = scopes.try_borrow_mut() {
                        scopes.truncate(depth);
                    }
                })
                .unwrap_or(());
        }
    }
}
