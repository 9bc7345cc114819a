//! [`audited`]: an event that is recorded when an action ends, with its outcome.

use super::end::End;
use super::error_text::{TypeAlone, TypeAndMessage};
use super::event::AuditedEvent;
use crate::record::{Actor, Object};
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

/// Returns an event that is recorded when an action ends: a function ([`run`](Audited::run)) or a future
/// ([`run_async`](Audited::run_async)) that returns a [`Result`].
///
/// The event is the name of an event type, a [`Record`](crate::Record) with an actor and a resource, or a typed event
/// ([`events`](crate::events), [`audit_events!`](crate::audit_events)). It is recorded exactly once, as
/// [`audit!`](crate::audit) records it: it goes to the audit layer of the current dispatch, inherits the actor
/// and the trace of the place where the action ends, and is checked against the catalog unless the compiler has
/// done that. To what it says, these are added:
///
/// | the action | `outcome` | `resource.error` | `resource.duration_ms` |
/// |---|---|---|---|
/// | returns `Ok` | `success` | | the time that it took, in whole milliseconds |
/// | returns `Err` | `failure` | the name of the error's type | the same |
/// | panics | `failure` | `panicked` | the same |
/// | is a future that is dropped before it has completed | `failure` | `dropped before it completed`, or `dropped before it began` | the time since its first poll, or 0 |
///
/// A field of these names that the event has already is kept. Neither is a violation where the event's catalog
/// entry does not have it. The messages of errors and panics, in which personal data may be, are left out unless
/// [`with_error_message`](Audited::with_error_message) asks for them.
///
/// # Examples
///
/// ```
/// use tracing_audit::{Actor, Record, audited, events::SettingsChanged};
///
/// # fn write_csv() -> std::io::Result<u64> { Ok(7) }
/// # fn apply() -> Result<(), String> { Err("no such key".to_owned()) }
/// # async fn delete_account(_: u64) -> std::io::Result<()> { Ok(()) }
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # let records = tracing_audit::testing::capture(|| { let _: std::io::Result<()> = runtime.block_on(async {
/// // The name of an event type alone; the actor is that of the scope.
/// let rows = Actor::new().user_sid("ada").scope(|| audited("privacy.export").run(|| write_csv()))?;
///
/// // A record: an actor, and any resource.
/// let event = Record::new("privacy.delete").user_sid("ada").resource("customer", 4711);
/// audited(event).run_async(delete_account(4711)).await?;
///
/// // A typed event, with its actor and with the message of an error.
/// let changed = audited(SettingsChanged { resource: serde_json::json!({ "key": "retention_days" }) })
///     .actor(Actor::new().user_sid("ada"))
///     .with_error_message()
///     .run(|| apply());
/// # assert_eq!((rows, changed), (7, Err("no such key".to_owned())));
/// # Ok(()) }); });
/// # for record in &records {
/// #     assert_eq!(record.actor.user_sid.as_deref(), Some("ada"), "{record}");
/// #     assert!(record.resource["duration_ms"].as_u64().is_some(), "{record}");
/// # }
/// # assert_eq!(records[2].outcome, tracing_audit::Outcome::Failure);
/// # assert_eq!(records[2].resource["error"], "alloc::string::String: no such key");
/// ```
///
/// An action that never ends is never recorded: a function in which the process exits, a future that is
/// leaked (`mem::forget`).
#[track_caller]
pub fn audited<E: AuditedEvent>(event: E) -> Audited<E> {
    Audited { event, actor: None, on_what: Object::new(), place: Location::caller(), text: PhantomData }
}

/// An event that is recorded when an action ends, created by [`audited`].
#[must_use = "nothing is done or recorded before `run` or `run_async` is called"]
pub struct Audited<E, M = TypeAlone> {
    event: E,
    actor: Option<Actor>,
    /// `type`, `id` and `name`.
    on_what: Object,
    place: &'static Location<'static>,
    text: PhantomData<fn() -> M>,
}

impl<E, M> fmt::Debug for Audited<E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audited").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<E: AuditedEvent, M> Audited<E, M> {
    /// Sets the actor, for what the event itself does not say of it. It is that of the event alone, not of
    /// events that the action emits: for these, run it in [`Actor::scope`]. Default: the actor of the place
    /// where the action ends.
    pub fn actor(mut self, actor: Actor) -> Audited<E, M> {
        self.actor = Some(actor);
        self
    }

    /// Sets `resource.type`: what kind of thing the action is done to. As the next two, it is for typed events, whose
    /// struct does not have it.
    pub fn resource_type(self, text: impl Into<String>) -> Audited<E, M> {
        self.on_what("type", text.into())
    }

    /// Sets `resource.id`: which one it is.
    pub fn resource_id(self, text: impl Into<String>) -> Audited<E, M> {
        self.on_what("id", text.into())
    }

    /// Sets `resource.name`: what it is called.
    pub fn resource_name(self, text: impl Into<String>) -> Audited<E, M> {
        self.on_what("name", text.into())
    }

    fn on_what(mut self, key: &str, text: String) -> Audited<E, M> {
        self.on_what.insert(key, text);
        self
    }

    /// Adds messages to `resource.error`: `TYPE: MESSAGE` of an error, `panicked: MESSAGE` of a panic. A
    /// message is cut at 1 KiB. There may be personal data in messages.
    ///
    /// The error must be [`Display`](fmt::Display). If its formatting fails or panics, the event is recorded
    /// without the message, and flagged in `resource._violations`.
    pub fn with_error_message(self) -> Audited<E, TypeAndMessage> {
        let Audited { event, actor, on_what, place, .. } = self;
        Audited { event, actor, on_what, place, text: PhantomData }
    }

    /// Records the event.
    pub(super) fn record(self, end: End) {
        let Audited { event, actor, on_what, place, .. } = self;
        let added = end.into_added(on_what);
        // A failure to record is reported to the runtime log, as for `audit!`.
        let record = || drop(event.record(&added, place));
        match actor {
            Some(actor) => actor.scope(record),
            None => record(),
        }
    }
}
