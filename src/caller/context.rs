//! [`AuditContext`]: the actor and the trace in one value, to be handed on.

use super::scope::{Scope, Trace, enter};
use crate::record::Actor;
use std::fmt;
use std::sync::Arc;

/// Who acts, and in which trace: what audit events inherit, in one value that can be handed on to
/// another thread or task.
///
/// Code that runs elsewhere (on a spawned thread or task, in a pool, behind a channel) inherits
/// nothing by itself. Take the context where it is known, and enter it there:
///
/// ```
/// use tracing_audit::{Actor, AuditContext, audit};
///
/// # let records = tracing_audit::testing::capture(|| {
/// Actor::new().user_id("ada").scope(|| {
///     let context = AuditContext::current();
///     # let dispatch = tracing::dispatcher::get_default(Clone::clone);
///     std::thread::spawn(move || {
///         # let _default = tracing::dispatcher::set_default(&dispatch);
///         context.scope(|| audit!("privacy.export"));
///     })
///     .join()
/// })
/// # .unwrap();
/// # });
/// # assert_eq!(records[0].actor.user_id.as_deref(), Some("ada"));
/// ```
///
/// What is inherited where is a table of the page [Context](crate::guide::context), each cell of it tested.
///
/// For services over HTTP, `tower::AuditContextLayer` (feature `tower`) sets it for each request.
///
/// It is cheap to clone, and holds no log: it may outlive one.
#[derive(Clone, Default)]
pub struct AuditContext(pub(crate) Arc<Scope>);

impl AuditContext {
    /// Returns a context of which nothing is known.
    #[must_use]
    pub fn new() -> AuditContext {
        AuditContext::default()
    }

    /// Sets the actor.
    #[must_use]
    pub fn with_actor(self, actor: &Actor) -> AuditContext {
        AuditContext(Arc::new(Scope { actor: Scope::of(actor).actor, trace: self.0.trace.clone() }))
    }

    /// Sets the trace id, usually 32 hex digits. Empty text is no trace id.
    ///
    /// It takes precedence over the current OpenTelemetry context.
    #[must_use]
    pub fn with_trace_id(self, id: impl AsRef<str>) -> AuditContext {
        AuditContext(Arc::new(Scope { actor: self.0.actor.clone(), trace: Trace::of(id.as_ref()) }))
    }

    /// Returns the actor. A part that is not recorded as it was given is as it is recorded.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.0.actor.to_actor()
    }

    /// Returns the trace id.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        match &self.0.trace {
            Trace::Unknown => None,
            Trace::Of(json) | Trace::Otherwise(json) => serde_json::from_slice(json).ok(),
        }
    }

    /// Runs `f` in this context: [`Actor::scope`], with a trace. Returns the result of `f`.
    ///
    /// Contexts and actor scopes nest: the outer one provides what the inner one does not.
    ///
    /// # Panics
    ///
    /// If `f` panics. The context is left then, too.
    pub fn scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = enter(&self.0);
        f()
    }
}

impl fmt::Debug for AuditContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditContext")
            .field("actor", &self.actor())
            .field("trace_id", &self.trace_id())
            .finish()
    }
}

impl From<Actor> for AuditContext {
    fn from(actor: Actor) -> AuditContext {
        AuditContext::new().with_actor(&actor)
    }
}
