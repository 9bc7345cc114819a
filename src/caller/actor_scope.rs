//! [`Actor::scope`] for functions, and [`ActorScope`] for futures.

use super::scope::{Scope, with};
use crate::record::Actor;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

impl Actor {
    /// Runs `f`, with this actor for all audit events that it emits on this thread: by
    /// [`audit!`](crate::audit), as plain `tracing` events, or by
    /// [`AuditHandle::append`](crate::AuditHandle::append). Returns the result of `f`.
    ///
    /// No filter of the runtime log can switch this off. (A span's actor is lost where a filter,
    /// such as `RUST_LOG=off`, disables the span.)
    ///
    /// For each of `user_sid` and `session_id`, the first source that provides a value wins:
    ///
    /// 1. the event's own field;
    /// 2. the scopes, innermost first;
    /// 3. the spans with a field `actor.user_sid` or `actor.session_id`, innermost first.
    ///
    /// Empty text counts as no value. A scope takes precedence over any span, also over one inside
    /// the scope, so that the evidence does not depend on the level of the runtime log.
    ///
    /// For `async` code there is [`in_actor_scope`](crate::ActorScope::in_actor_scope). Code that
    /// runs on a spawned thread or task is not inside the scope: pass it [`Actor::current`].
    ///
    /// # Panics
    ///
    /// If `f` panics. The scope ends then, too.
    ///
    /// # Examples
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
    pub fn scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = Scope::of(self).enter();
        f()
    }

    /// Returns the actor that the caller's scopes say together; an empty one outside of any scope.
    ///
    /// # Examples
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

/// Adds [`in_actor_scope`](ActorScope::in_actor_scope) to all futures.
pub trait ActorScope: Future + Sized {
    /// Returns a future that runs this one, with this actor for all audit events that are emitted
    /// while it is polled, on any thread, and while it is dropped.
    ///
    /// It does for futures what [`Actor::scope`] does for functions, and needs no particular
    /// runtime. Scopes nest: the outer scope provides what the inner one does not.
    ///
    /// # Examples
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
    /// A future whose audit events have an actor, created by
    /// [`in_actor_scope`](ActorScope::in_actor_scope).
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
            // It is being dropped, and is not polled any more.
            None => Poll::Pending,
        }
    }
}
