//! The future of [`Audited::run_async`].

use super::action::Audited;
use super::end::End;
use super::error_text::ErrorText;
use super::event::AuditedEvent;
use pin_project_lite::pin_project;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

pin_project! {
    /// A future whose end is recorded, created by [`run_async`](Audited::run_async).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct AuditedFuture<F, E: AuditedEvent, M> {
        // `None` once it is being dropped.
        #[pin]
        future: Option<F>,
        // `None` once it is recorded.
        event: Option<Audited<E, M>>,
        // Its first poll.
        begun: Option<Instant>,
    }

    impl<F, E: AuditedEvent, M> PinnedDrop for AuditedFuture<F, E, M> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // It may panic. The event is recorded all the same, after it.
            let _recorded = RecordDropped(this.event.take(), *this.begun);
            this.future.set(None);
        }
    }
}

impl<F, E: AuditedEvent, M> AuditedFuture<F, E, M> {
    pub(super) fn new(event: Audited<E, M>, future: F) -> AuditedFuture<F, E, M> {
        AuditedFuture { future: Some(future), event: Some(event), begun: None }
    }
}

/// Records, when it is dropped, that a future is dropped, unless its end was recorded before.
struct RecordDropped<E: AuditedEvent, M>(Option<Audited<E, M>>, Option<Instant>);

impl<E: AuditedEvent, M> Drop for RecordDropped<E, M> {
    fn drop(&mut self) {
        if let Some(event) = self.0.take() {
            event.record(End::dropped(self.1));
        }
    }
}

impl<F, E, M, T, X> Future for AuditedFuture<F, E, M>
where
    F: Future<Output = Result<T, X>>,
    E: AuditedEvent,
    M: ErrorText<X>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (Some(future), true) = (this.future.as_pin_mut(), this.event.is_some()) else {
            panic!("an audited future was polled after it had completed");
        };
        let begun = *this.begun.get_or_insert_with(Instant::now);
        let result = match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => Ok(result),
            Err(panic) => Err(panic),
        };
        if let Some(event) = this.event.take() {
            event.record(End::of::<_, _, M>(&result).after(begun));
        }
        Poll::Ready(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}
