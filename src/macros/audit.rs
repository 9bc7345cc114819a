//! [`audit!`](crate::audit).

/// Emits an audit event, and returns its [`Receipt`](crate::Receipt).
///
/// # Free form
///
/// The event type, a string literal, and fields in `tracing`'s syntax: `name = value`, `name =
/// %value` for its `Display`, `name = ?value` for its `Debug`.
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
/// | `actor.user_sid`, `actor.user_id`, `actor.session_id`, `actor.kind`, `actor.tenant`, `actor.address`, `actor.user_agent` | who did it, from where and for whom: text, see [`Actor`](crate::Actor); inherited if missing or empty, see below |
/// | `resource.type`, `resource.id`, `resource.name` | on what: strings, in every event type; any other value is flagged, unless it is that of a typed event's own field |
/// | `resource.KEY`, `"resource.any key"` | what it is about: any value, see below |
/// | `outcome` | an [`Outcome`](crate::Outcome), or `"success"` or `"failure"`. Default: that of the event type, mostly success |
/// | `trace_id` | the trace that it belongs to: text, usually 32 hex digits; inherited if missing or empty |
///
/// Any other name, a repeated name or a message does not compile, nor does an outcome that is a string literal
/// and neither `"success"` nor `"failure"`. An action that was denied is a failure, with `resource.denied = true`: see
/// [`events::common`](crate::events::common).
///
/// An event type that is known only at run time goes through
/// [`AuditHandle::append`](crate::AuditHandle::append).
///
/// When it is emitted, the event is checked against the log's catalog
/// ([`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog)). If the event type is not in
/// the catalog, or the resource does not match its entry, the event is recorded all the same, flagged
/// in `resource._violations`, and the runtime log gets a warning.
///
/// # Typed
///
/// A struct literal of a type from [`events`](crate::events), or of your own
/// ([`audit_events!`](crate::audit_events)): a missing, unknown or mistyped field does not compile.
/// The fields above may follow; of `resource` only `type`, `id` and `name`, and not those that the
/// struct has itself.
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
/// | value | recorded as |
/// |---|---|
/// | strings, `%value`, `?value` | a string |
/// | integers | a number; beyond 64 bits a string of digits |
/// | floats | a number, as it is spelled: `0.1_f32` is 0.1; `"NaN"`, `"Infinity"`, `"-Infinity"` |
/// | `bool` | a boolean |
/// | `None` | nothing: the key is left out |
/// | `[u8]`, `Vec<u8>`, `[u8; N]`, by value, by reference, in a smart pointer, in an `Option` | a string, base64 |
/// | an error | an object: its `message`, and the `chain` of its causes |
/// | anything else that is `Serialize` | its JSON, or, if it nests deeper than 64 levels, the text of its JSON; `null` is left out |
///
/// Values are evaluated in the order in which they are written, with or without an audit layer, and
/// may contain `.await`. If formatting a value panics, the event is recorded without it, and flagged in
/// `resource._violations`.
///
/// # Inherited fields
///
/// For each field that the event does not have, the first source that provides a value wins:
///
/// | field | sources, in this order | under `RUST_LOG=off` |
/// |---|---|---|
/// | each of `actor.…` on its own | [`AuditContext`](crate::AuditContext) and [`Actor::scope`](crate::Actor::scope), innermost first | recorded |
/// | | spans with fields of these names, innermost first | lost: the spans are disabled |
/// | `trace_id` | an [`AuditContext`](crate::AuditContext) with one, innermost first | recorded |
/// | with the feature `otel-context` | the current OpenTelemetry context | recorded |
/// | | the span's, where tracing-opentelemetry does not make it current | lost |
///
/// A span's actor can be set later: declare the field `tracing::field::Empty`, then
/// [`record`](tracing::Span::record) it. A span exists only if the stack's filters enable it and a
/// layer other than the audit layer wants it. A filter that drops a span also drops its actor. If the
/// actor must be recorded, use a scope.
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
/// # Destination
///
/// The event goes to the audit layer of the current dispatch, whatever the stack's filters say, and
/// to no other layer. In a callback of another layer, and in the `Debug` of a runtime event's value,
/// `tracing` may return no dispatch: use an [`AuditHandle`](crate::AuditHandle) there. Without an
/// audit layer the event is dropped, and an error is reported: the receipt is
/// [`AppendError::NoAuditLayer`](crate::AppendError::NoAuditLayer), and the runtime log gets an error.
#[macro_export]
macro_rules! audit {
    ($event:literal $(, $($fields:tt)*)?) => {
        $crate::__audit_fields!([free $event] [] $($($fields)*)?)
    };
    ($event:expr $(, $($fields:tt)*)?) => {
        $crate::__audit_fields!([typed $event] [] $($($fields)*)?)
    };
}
