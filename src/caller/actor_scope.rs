//! [`Actor::scope`]: the short form of a context with an actor alone.

use super::scope::{Scope, all, enter};
use crate::record::Actor;
use std::sync::Arc;

impl Actor {
    /// Runs `f`, with this actor for all audit events that it emits on this thread: by
    /// [`audit!`](crate::audit), as plain `tracing` events, or by
    /// [`AuditHandle::append`](crate::AuditHandle::append). Returns the result of `f`.
    ///
    /// No filter of the runtime log can switch this off. (A span's actor is lost where a filter,
    /// such as `RUST_LOG=off`, disables the span.)
    ///
    /// For each part of the actor, the first source that provides a value wins:
    ///
    /// 1. the event's own field;
    /// 2. the scopes, innermost first;
    /// 3. the spans with a field of the part's name, such as `actor.user_sid`, innermost first.
    ///
    /// Empty text counts as no value. A scope takes precedence over any span, also over one inside
    /// the scope, so that the evidence does not depend on the level of the runtime log.
    ///
    /// For `async` code there is [`in_actor_scope`](crate::ActorScope::in_actor_scope). Code that
    /// runs on a spawned thread or task is not inside the scope: pass it an
    /// [`AuditContext`](crate::AuditContext), which has the trace, too.
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
        let _entered = enter(&Arc::new(Scope::of(self)));
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
        all().actor.to_actor()
    }
}
