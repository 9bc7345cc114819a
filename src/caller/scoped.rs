//! Futures that are polled in a context.

use super::context::AuditContext;
use super::scope::enter;
use crate::record::Actor;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Adds [`in_audit_context`](InAuditContext::in_audit_context) to all futures.
pub trait InAuditContext: Future + Sized {
    /// Returns a future that runs this one, in this context for all audit events that are emitted
    /// while it is polled, on any thread, and while it is dropped.
    ///
    /// It does for futures what [`AuditContext::scope`] does for functions, and needs no particular
    /// runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing_audit::{Actor, AuditContext, InAuditContext, audit};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let records = tracing_audit::testing::capture(|| runtime.block_on(async {
    /// async fn request() {
    ///     let export = async { audit!("privacy.export") };
    ///     let task = tokio::spawn(export.in_audit_context(AuditContext::current()));
    ///     task.await.unwrap();
    /// }
    ///
    /// request().in_audit_context(Actor::new().user_id("ada").into()).await;
    /// # }));
    /// # assert_eq!(records[0].actor.user_id.as_deref(), Some("ada"));
    /// ```
    fn in_audit_context(self, context: AuditContext) -> InContext<Self> {
        InContext { future: Some(self), context }
    }
}

impl<F: Future> InAuditContext for F {}

/// Adds [`in_actor_scope`](ActorScope::in_actor_scope) to all futures.
pub trait ActorScope: Future + Sized {
    /// Returns a future that runs this one, with this actor for all audit events that are emitted
    /// while it is polled, on any thread, and while it is dropped.
    ///
    /// It does for futures what [`Actor::scope`] does for functions: short for
    /// [`in_audit_context`](InAuditContext::in_audit_context) with an actor alone.
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
    fn in_actor_scope(self, actor: Actor) -> InContext<Self> {
        self.in_audit_context(actor.into())
    }
}

impl<F: Future> ActorScope for F {}

pin_project! {
    /// A future whose audit events have a context, created by
    /// [`in_audit_context`](InAuditContext::in_audit_context) or
    /// [`in_actor_scope`](ActorScope::in_actor_scope).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct InContext<F> {
        // `None` once it is being dropped.
        #[pin]
        future: Option<F>,
        context: AuditContext,
    }

    impl<F> PinnedDrop for InContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = enter(&this.context.0);
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = enter(&this.context.0);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            // It is being dropped, and is not polled any more.
            None => Poll::Pending,
        }
    }
}
