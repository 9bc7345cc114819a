//! `audit!`.

/// Emits an audit event, and gives a [`Receipt`](crate::Receipt).
///
/// # Free form
///
/// The event type, a string literal, and fields in `tracing`'s syntax: `name =
/// value`, `name = %value` for what it displays, `name = ?value` for its `Debug`.
///
/// ```
/// # let records = tracing_audit::testing::capture(|| {
/// use tracing_audit::{Outcome, audit};
///
/// let sid = "S-1-5-21-1";
/// audit!(
///     "auth.failed",
///     actor.user_sid = %sid,
///     resource.reason = "bad password",
///     resource.attempts = [1, 2],
///     outcome = Outcome::Failure,
/// );
/// # });
/// # assert_eq!(records[0].resource["reason"], "bad password");
/// ```
///
/// | name | value |
/// |---|---|
/// | `actor.user_sid`, `actor.session_id` | who did it: text; inherited when not given or empty, see below |
/// | `resource.KEY`, `"resource.any key"` | what it is about; any value, see below |
/// | `outcome` | an [`Outcome`](crate::Outcome), or `"success"` or `"failure"`; success by default |
/// | `trace_id` | the trace it belongs to: text, 32 hex digits as a rule; inherited when not given or empty |
///
/// Any other name, a name given twice or a message does not compile.
///
/// When it runs, the event is checked against the log's catalog
/// ([`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog)). If the type is
/// not in it, or the resource is not what the entry says, the event is recorded all
/// the same, flagged in `resource._violations`, and the runtime log has a warning.
///
/// # Typed
///
/// A struct literal of a type from [`events`](crate::events), or of your own
/// ([`audit_events!`](crate::audit_events)): a missing, unknown or mistyped field
/// does not compile. The fields above may follow, but for
/// `resource.KEY`, which are the struct's.
///
/// ```
/// # let records = tracing_audit::testing::capture(|| {
/// use tracing_audit::{audit, events::PolicyApplied};
///
/// audit!(PolicyApplied { source: "gpo", keys_locked_count: 7 }, actor.user_sid = "S-1-5-18");
/// # });
/// # assert_eq!(records[0].resource["keys_locked_count"], 7);
/// ```
///
/// # Values
///
/// | given | recorded as |
/// |---|---|
/// | strings, `%value`, `?value` | a string |
/// | integers | a number; beyond 64 bits a string of digits |
/// | floats | a number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
/// | `bool` | a boolean |
/// | `None` | nothing: the key is left out |
/// | `&[u8]`, `Vec<u8>`, `[u8; N]` | a string, base64 |
/// | an error | an object: its `message`, and the `chain` of its causes |
/// | anything else that is `Serialize` | that, as JSON; `null` is left out |
///
/// Values are evaluated in the order in which they are written, whether or not
/// there is an audit layer. If formatting a value panics, the event is recorded
/// without it, and flagged in `resource._violations`.
///
/// # What is inherited
///
/// What the event does not say itself, each part on its own:
///
/// | field | from, in this order | under `RUST_LOG=off` |
/// |---|---|---|
/// | `actor.user_sid`, `actor.session_id` | [`Actor::scope`](crate::Actor::scope) and [`in_actor_scope`](crate::ActorScope::in_actor_scope), innermost first | holds |
/// | | spans with fields of these names, innermost first | lost: there are no spans |
/// | `trace_id`, with the feature `otel-context` | the current OpenTelemetry context | holds |
/// | | the span's, where tracing-opentelemetry does not make it current | lost |
///
/// A span may learn its actor later: declare the field `tracing::field::Empty`, then
/// [`record`](tracing::Span::record) it. Spans are there as far as the stack's filters
/// let them be, and some layer beside the audit layer wants them. What must be in the
/// evidence belongs into a scope.
///
/// ```
/// # let records = tracing_audit::testing::capture(|| {
/// use tracing_audit::audit;
///
/// #[tracing::instrument(fields(actor.user_sid = user))]
/// fn export(user: &str) {
///     audit!("privacy.export", resource.format = "csv");
/// }
///
/// export("S-1-5-21-1");
/// # });
/// # assert_eq!(records[0].actor.user_sid.as_deref(), Some("S-1-5-21-1"));
/// ```
///
/// # Where it goes
///
/// To the audit layer of the current dispatch, whatever the stack's filters say. It
/// goes nowhere else. In a callback of another layer, and in the `Debug` of a runtime
/// event's value, `tracing` may give no dispatch: use an
/// [`AuditHandle`](crate::AuditHandle) there. Without a layer, the receipt is
/// [`AppendError::NoAuditLayer`](crate::AppendError::NoAuditLayer), and the runtime
/// log gets an error.
#[macro_export]
macro_rules! audit {
    ($event:literal $(, $($fields:tt)*)?) => {
        $crate::__audit_fields!(@field [free $event] [] $($($fields)*)?)
    };
    ($event:expr $(, $($fields:tt)*)?) => {
        $crate::__audit_fields!(@field [typed $event] [] $($($fields)*)?)
    };
}
