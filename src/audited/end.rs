//! How an action ended.

use super::error_text::{ErrorText, Text};
use crate::capture::typed_event::Added;
use crate::record::{Object, Outcome, ViolationKind, Violations};
use std::any::Any;
use std::time::{Duration, Instant};

/// How an action ended, after which time.
pub(super) struct End {
    /// Why it failed.
    error: Option<Text>,
    duration: Duration,
}

impl End {
    /// Returns the end of an action with this result, or with the payload of its panic.
    pub(super) fn of<T, X, M: ErrorText<X>>(result: &Result<Result<T, X>, Box<dyn Any + Send>>) -> End {
        let error = match result {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(M::of_error(error)),
            Err(panic) => Some(M::of_panic(&**panic)),
        };
        End { error, duration: Duration::ZERO }
    }

    /// Returns the end of a future that is dropped before it has completed.
    pub(super) fn dropped(begun: Option<Instant>) -> End {
        let text = if begun.is_some() { "dropped before it completed" } else { "dropped before it began" };
        let duration = begun.map_or(Duration::ZERO, |begun| begun.elapsed());
        End { error: Some(Text::plain(text.to_owned())), duration }
    }

    /// Sets when the action began; it has ended now.
    pub(super) fn after(self, begun: Instant) -> End {
        End { duration: begun.elapsed(), ..self }
    }

    /// Returns what is added to the event, together with these fields.
    pub(super) fn into_added(self, mut resource: Object) -> Added {
        let outcome = if self.error.is_none() { Outcome::Success } else { Outcome::Failure };
        let mut flaws = Violations::default();
        if let Some(Text { text, flaw }) = self.error {
            resource.insert("error", text);
            if let Some(flaw) = flaw {
                flaws.note(ViolationKind::Value, &format!("`error` could not be formatted: {flaw}"));
            }
        }
        resource.insert("duration_ms", u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX));
        Added { outcome, resource, flaws }
    }
}
