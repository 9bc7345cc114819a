//! Actor scopes: who acts, said once for all the audit events of a function or a
//! future.
//!
//! The scope is a thread-local, set while the function runs or the future is polled
//! or dropped, and set back by a guard, whether that ends in a value or in a panic.
//! It holds what all the scopes around say together, so that an event looks in one
//! place; entering a scope copies text, events and polls do not.

use crate::record::Actor;
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// What the scopes around say. A part that is empty was not said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) user_sid: Option<Arc<str>>,
    pub(crate) session_id: Option<Arc<str>>,
}

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope { user_sid: None, session_id: None }) };
}

/// Calls `f` with what the scopes around say; not at the end of a thread, when that
/// is gone. `f` must not enter a scope.
#[inline]
pub(crate) fn with<T>(f: impl FnOnce(&Scope) -> T) -> Option<T> {
    SCOPE.try_with(|scope| scope.try_borrow().ok().map(|scope| f(&scope))).ok().flatten()
}

/// Sets the scope, and gives what it was.
fn replace(scope: Scope) -> Scope {
    SCOPE
        .try_with(|place| place.try_borrow_mut().ok().map(|mut place| std::mem::replace(&mut *place, scope)))
        .ok()
        .flatten()
        .unwrap_or_default()
}

impl Scope {
    fn of(actor: &Actor) -> Scope {
        let part =
            |part: &Option<String>| part.as_deref().filter(|text| !text.is_empty()).map(Arc::<str>::from);
        Scope { user_sid: part(&actor.user_sid), session_id: part(&actor.session_id) }
    }

    /// Sets this scope, inside of the one that is set.
    fn enter(&self) -> Entered {
        let mut inner = self.clone();
        with(|outer| {
            inner.user_sid = inner.user_sid.take().or_else(|| outer.user_sid.clone());
            inner.session_id = inner.session_id.take().or_else(|| outer.session_id.clone());
        });
        Entered { outer: replace(inner) }
    }
}

/// Sets the scope back when it is dropped.
struct Entered {
    outer: Scope,
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(std::mem::take(&mut self.outer));
    }
}

impl Actor {
    /// Runs `f`, and gives this actor to all audit events that are emitted inside of
    /// it on this thread: by [`audit!`](crate::audit), as plain `tracing` events, or
    /// by [`AuditHandle::append`](crate::AuditHandle::append).
    ///
    /// No filter of the runtime log can switch this off. (A span's actor is lost
    /// where a filter, such as `RUST_LOG=off`, disables the span.)
    ///
    /// `user_sid` and `session_id` are looked for each on its own, and the first
    /// that says it, holds: the event's own fields; the scopes, innermost first; the
    /// spans with fields of these names, innermost first. Empty text says nothing.
    /// A scope goes before any span, also one inside of the scope, so that what the
    /// evidence says does not depend on the level of the runtime log.
    ///
    /// For `async` code there is [`in_actor_scope`](crate::ActorScope::in_actor_scope).
    /// What runs elsewhere, on a spawned thread or task, is not inside: hand
    /// [`Actor::current`] on.
    ///
    /// ```
    /// use tracing_audit::{Actor, audit};
    ///
    /// fn export() {
    ///     audit!("privacy.export", resource.format = "csv");
    /// }
    ///
    /// # let records = tracing_audit::testing::capture(|| {
    /// let ada = Actor::new().user_sid("S-1-5-21-1").session_id("9f2c");
    /// ada.scope(|| export());
    /// # });
    /// # assert_eq!(records[0].actor.user_sid.as_deref(), Some("S-1-5-21-1"));
    /// # assert_eq!(records[0].actor.session_id.as_deref(), Some("9f2c"));
    /// ```
    ///
    /// # Panics
    ///
    /// If `f` does; the scope ends then, too.
    pub fn scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = Scope::of(self).enter();
        f()
    }

    /// What the scopes that the caller is in say of the actor; nothing outside of
    /// any.
    ///
    /// ```
    /// use tracing_audit::Actor;
    ///
    /// Actor::new().user_sid("S-1-5-21-1").scope(|| {
    ///     let actor = Actor::current();
    ///     std::thread::spawn(move || actor.scope(|| { /* … */ }));
    /// });
    /// ```
    #[must_use]
    pub fn current() -> Actor {
        with(|scope| {
            let mut actor = Actor::new();
            actor.user_sid = scope.user_sid.as_deref().map(str::to_owned);
            actor.session_id = scope.session_id.as_deref().map(str::to_owned);
            actor
        })
        .unwrap_or_default()
    }
}

/// Futures whose audit events have an actor.
pub trait ActorScope: Future + Sized {
    /// Gives this actor to all audit events that are emitted while the future is
    /// polled, on whatever thread, and while it is dropped: what
    /// [`Actor::scope`] is for functions. It needs no particular runtime.
    ///
    /// Scopes nest: what the inner one does not say, the outer one does.
    ///
    /// ```
    /// use tracing_audit::{Actor, ActorScope, audit};
    ///
    /// async fn change_settings() {
    ///     tokio::task::yield_now().await;
    ///     audit!("settings.changed", resource.key = "retention_days");
    /// }
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let records = tracing_audit::testing::capture(|| runtime.block_on(async {
    /// let ada = Actor::new().user_sid("S-1-5-21-1");
    /// change_settings().in_actor_scope(ada).await;
    /// # }));
    /// # assert_eq!(records[0].actor.user_sid.as_deref(), Some("S-1-5-21-1"));
    /// ```
    fn in_actor_scope(self, actor: Actor) -> ActorScoped<Self> {
        ActorScoped { future: Some(self), scope: Scope::of(&actor) }
    }
}

impl<F: Future> ActorScope for F {}

pin_project! {
    /// A future whose audit events have an actor: what
    /// [`in_actor_scope`](ActorScope::in_actor_scope) gives.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ActorScoped<F> {
        // `None` once it is being dropped.
        #[pin]
        future: Option<F>,
        scope: Scope,
    }

    impl<F> PinnedDrop for ActorScoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.scope.enter();
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for ActorScoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.scope.enter();
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            // It is being dropped; nobody polls it any more.
            None => Poll::Pending,
        }
    }
}
