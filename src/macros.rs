//! `audit!`, and `audit_events!`, which defines event types for it.

mod audit_events;

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

/// Reads the fields of `audit!` one by one: `@field` the name, `@value` the value.
/// What was read is `{name literal, fragment, value}` each.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_fields {
    (@field [free $event:literal] [$($done:tt)*]) => {
        $crate::__audit_free!($event, $($done)*)
    };
    (@field [typed $event:expr] [$($done:tt)*]) => {
        $crate::__audit_typed!($event, $($done)*)
    };
    (@field [typed $event:expr] $done:tt resource $($rest:tt)*) => {
        ::core::compile_error!("audit!: a typed event has its `resource` fields in the struct")
    };
    (@field $event:tt $done:tt outcome = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(@next $event $done ("outcome") ($crate::__macro::display(&$value)) $($($rest)*)?)
    };
    (@field $event:tt $done:tt outcome = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(@next $event $done ("outcome") ($crate::__macro::debug(&$value)) $($($rest)*)?)
    };
    (@field $event:tt $done:tt outcome = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(@next $event $done ("outcome") ($crate::__macro::outcome(&$value)) $($($rest)*)?)
    };
    (@field $event:tt $done:tt actor.user_sid = $($rest:tt)*) => {
        $crate::__audit_fields!(@value $event $done ("actor.user_sid") $($rest)*)
    };
    (@field $event:tt $done:tt actor.session_id = $($rest:tt)*) => {
        $crate::__audit_fields!(@value $event $done ("actor.session_id") $($rest)*)
    };
    (@field $event:tt $done:tt trace_id = $($rest:tt)*) => {
        $crate::__audit_fields!(@value $event $done ("trace_id") $($rest)*)
    };
    (@field $event:tt $done:tt resource.$($key:ident).+ = $($rest:tt)*) => {
        $crate::__audit_fields!(
            @value $event $done (::core::concat!("resource.", ::core::stringify!($($key).+))) $($rest)*
        )
    };
    (@field $event:tt $done:tt $($name:ident).+ = $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "audit!: `", ::core::stringify!($($name).+), "` is no field of an audit event: there are ",
            "`actor.user_sid`, `actor.session_id`, `resource.…`, `outcome` and `trace_id`"
        ))
    };
    (@field $event:tt $done:tt $name:literal = $($rest:tt)*) => {
        $crate::__audit_fields!(@value $event $done ($name) $($rest)*)
    };
    (@field $event:tt $done:tt $message:literal $($rest:tt)*) => {
        ::core::compile_error!("audit!: an audit event has no message; say it in a field, such as `resource.reason = \"…\"`")
    };
    (@field $event:tt $done:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "audit!: expected `name = value`, `name = %value` or `name = ?value`, found `",
            ::core::stringify!($($rest)*), "`"
        ))
    };
    (@value $event:tt $done:tt $name:tt % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(@next $event $done $name ($crate::__macro::display(&$value)) $($($rest)*)?)
    };
    (@value $event:tt $done:tt $name:tt ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(@next $event $done $name ($crate::__macro::debug(&$value)) $($($rest)*)?)
    };
    (@value $event:tt $done:tt $name:tt $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(@next $event $done $name ((&&&&&$crate::__macro::Given(&$value)).__tracing_value()) $($($rest)*)?)
    };
    (@value $event:tt $done:tt $name:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!("audit!: a value is missing, or fields are not separated by `,`: `", ::core::stringify!($($rest)*), "`"))
    };
    (@next $event:tt [$($done:tt)*] $name:tt $value:tt $($rest:tt)*) => {
        $crate::__audit_fields!(@field $event [$($done)* {$name $value}] $($rest)*)
    };
}

/// Stops compilation at a field that can't be.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_check {
    ($(($name:expr))*) => {
        const _: () = $crate::__macro::check(&[$($name),*], &[$([
            ::core::concat!(
                "audit!: `", $name, "` is no field of an audit event: there are ",
                "`actor.user_sid`, `actor.session_id`, `resource.…`, `outcome` and `trace_id`"
            ),
            ::core::concat!("audit!: `", $name, "` is the log's own"),
            ::core::concat!("audit!: `", $name, "` is given twice"),
        ]),*]);
    };
}

/// A free-form event on a callsite of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_free {
    ($event:literal, $({($name:expr) ($value:expr)})*) => {{
        $crate::__audit_check!($(($name))*);
        const _: () = $crate::__macro::check_event(
            $event,
            ::core::concat!("audit!: `", $event, "`: event types `log.…` are the log's own"),
        );
        $crate::__audit_callsite!(free $event, $(($name))*);
        #[allow(unused_imports)]
        use $crate::__macro::{AnError as _, BorrowedError as _, Bytes as _, Native as _, Other as _};
        __AUDIT_CALLSITE.emit(&[$(::core::option::Option::Some(&$value as &dyn $crate::__macro::Value)),*])
    }};
}

/// `__AUDIT_METADATA` and `__AUDIT_CALLSITE`, for an event with fields of these names.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_callsite {
    ($how:ident $event:expr, $(($name:expr))*) => {
        static __AUDIT_METADATA: $crate::__macro::Metadata<'static> = $crate::__macro::Metadata::new(
            $event,
            "audit",
            $crate::__macro::Level::INFO,
            ::core::option::Option::Some(::core::file!()),
            ::core::option::Option::Some(::core::line!()),
            ::core::option::Option::Some(::core::module_path!()),
            $crate::__macro::FieldSet::new(&[$($name),*], $crate::__macro::Identifier(&__AUDIT_CALLSITE)),
            $crate::__macro::Kind::EVENT,
        );
        static __AUDIT_CALLSITE: $crate::__macro::Callsite = $crate::__macro::Callsite::$how(
            &__AUDIT_METADATA,
            &[$({
                const NAME: &str = $name;
                const FRAGMENT: [u8; $crate::__macro::fragment_len(NAME)] = $crate::__macro::fragment(NAME);
                $crate::__macro::Slot::known(NAME, &FRAGMENT)
            }),*],
        );
    };
}

/// A typed event: its fields are its own, and these.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_typed {
    ($event:expr, $({($name:expr) ($value:expr)})*) => {{
        $crate::__audit_check!($(($name))*);
        #[allow(unused_imports)]
        use $crate::__macro::{AnError as _, BorrowedError as _, Bytes as _, Native as _, Other as _};
        $crate::__macro::emit(
            &$event,
            &[$((
                const { $crate::__macro::Slot::of($name) },
                &$value as &dyn $crate::__macro::Value,
            )),*],
        )
    }};
}
