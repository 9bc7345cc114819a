//! The actor scopes of a thread: the actor of all audit events while a function runs or a future
//! is polled.
//!
//! The scope is a thread-local, set while the function runs or the future is polled or dropped,
//! and restored by a guard, whether that ends with a value or a panic. It holds what all
//! surrounding scopes say together, so that an event looks in one place: entering a scope copies
//! text, while events and polls do not.

use crate::record::Actor;
use std::cell::RefCell;
use std::sync::Arc;

/// The actor that the surrounding scopes say. A part that they do not say is `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) user_sid: Option<Arc<str>>,
    pub(crate) session_id: Option<Arc<str>>,
}

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope { user_sid: None, session_id: None }) };
}

/// Calls `f` with the current scope, and returns its result; `None`, without a call, while the
/// thread's locals are destroyed. `f` must not enter a scope.
#[inline]
pub(crate) fn with<T>(f: impl FnOnce(&Scope) -> T) -> Option<T> {
    SCOPE.try_with(|scope| scope.try_borrow().ok().map(|scope| f(&scope))).ok().flatten()
}

/// Sets the current scope, and returns the previous one.
fn replace(scope: Scope) -> Scope {
    SCOPE
        .try_with(|current| {
            current.try_borrow_mut().ok().map(|mut current| std::mem::replace(&mut *current, scope))
        })
        .ok()
        .flatten()
        .unwrap_or_default()
}

impl Scope {
    pub(super) fn of(actor: &Actor) -> Scope {
        let part =
            |part: &Option<String>| part.as_deref().filter(|text| !text.is_empty()).map(Arc::<str>::from);
        Scope { user_sid: part(&actor.user_sid), session_id: part(&actor.session_id) }
    }

    /// Enters this scope, inside of the current one.
    pub(super) fn enter(&self) -> Entered {
        let mut inner = self.clone();
        with(|outer| {
            inner.user_sid = inner.user_sid.take().or_else(|| outer.user_sid.clone());
            inner.session_id = inner.session_id.take().or_else(|| outer.session_id.clone());
        });
        Entered { outer: replace(inner) }
    }
}

/// Restores the outer scope when it is dropped.
pub(super) struct Entered {
    outer: Scope,
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(std::mem::take(&mut self.outer));
    }
}
