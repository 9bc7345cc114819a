//! Running an action whose end is recorded.

use super::action::Audited;
use super::end::End;
use super::error_text::ErrorText;
use super::event::AuditedEvent;
use super::future::AuditedFuture;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

impl<E: AuditedEvent, M> Audited<E, M> {
    /// Runs a function, records the event with its outcome, and returns its result.
    ///
    /// # Panics
    ///
    /// If the function panics, with its panic, once the event is recorded.
    pub fn run<T, X>(self, action: impl FnOnce() -> Result<T, X>) -> Result<T, X>
    where
        M: ErrorText<X>,
    {
        let begun = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(action));
        let end = End::of::<_, _, M>(&result);
        self.record(end.after(begun));
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Returns a future that runs this one, records the event with its outcome, and returns its result. The time
    /// that it takes begins with its first poll.
    ///
    /// If it is dropped before it has completed, the event is a failure, recorded once what the future holds is
    /// dropped. To inherit an actor there, too, it has to be inside of a scope:
    /// `audited(…).run_async(…).in_actor_scope(…)`.
    ///
    /// # Panics
    ///
    /// The future panics if the inner one does, with its panic, once the event is recorded; and if it is
    /// polled after it has completed.
    pub fn run_async<F, T, X>(self, future: F) -> AuditedFuture<F, E, M>
    where
        F: Future<Output = Result<T, X>>,
        M: ErrorText<X>,
    {
        AuditedFuture::new(self, future)
    }
}
