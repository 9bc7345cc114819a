//! `audit_events!`.

/// Defines event types: a struct each, that [`audit!`](crate::audit) takes, and a
/// catalog of them, that
/// [`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog) takes.
///
/// ```
/// use tracing_audit::{audit, audit_events};
///
/// audit_events! {
///     /// An invoice was sent to a customer.
///     pub event InvoiceSent<'a> = "invoice.sent", id 200 {
///         /// The invoice's number.
///         number: &'a str,
///         /// What it comes to, in cents.
///         cents: u64,
///         /// Who else got it.
///         copy_to: Option<&'a [&'a str]>,
///     }
///
///     /// A customer's address was changed.
///     pub event AddressChanged = "address.changed" { .. }
/// }
///
/// let records = tracing_audit::testing::capture(|| {
///     audit!(InvoiceSent { number: "2026-041", cents: 11900, copy_to: None }, actor.user_sid = "ada");
///     audit!(AddressChanged { resource: serde_json::json!({ "customer": 7 }) });
/// });
/// assert_eq!(records[0].resource["cents"], 11900);
/// assert_eq!(CATALOG.event_types()[0].fields[2].name, "copy_to");
/// ```
///
/// | part | what it is |
/// |---|---|
/// | doc comments | the first paragraph is the meaning, in the catalog; an event type must have one |
/// | other attributes | go to the struct or the field: `#[derive(Debug)]` |
/// | `pub` | the visibility of the struct, its fields and its catalog entry |
/// | `<'a, T>` | lifetimes, then type parameters, which must be `Serialize` |
/// | `= "invoice.sent"` | the name: dotted, in lower case, not `log.*` |
/// | `, id 200` | its event id in the Windows Event Log, 200 to 899; 1000 there without one |
/// | `{ number: &'a str }` | the fields of `resource`: anything that [`audit!`](crate::audit) takes as a value |
/// | `{ .. }` | any fields: the struct has one field `resource`, of any type that serializes as an object |
///
/// The catalog entry of each type is a constant of its struct, `EVENT_TYPE`.
///
/// A field of type `Option` is left out of the record when it is `None`, and is
/// optional in the catalog. So is a list marked like this, when it is empty:
/// `copy_to [left out when empty]: &'a [&'a str]`. The kind of a field is derived from
/// its type: strings, integers, floats, booleans, bytes (which are recorded as text),
/// slices, arrays, `Vec`, `HashMap` and `BTreeMap` are known, any other type is of the
/// kind `any`.
///
/// Two equal names or ids, an id outside its range, or a name that is none do not
/// compile.
///
/// The catalog is `pub const CATALOG:` [`Catalog`](crate::Catalog). Where that name is
/// taken, or should be less visible, it can be given another:
///
/// ```
/// # mod billing {
/// tracing_audit::audit_events! {
///     pub(crate) catalog BILLING;
///
///     /// An invoice was sent to a customer.
///     pub(crate) event InvoiceSent = "invoice.sent" {
///         /// The invoice's number.
///         number: u64,
///     }
/// }
/// # }
/// # assert_eq!(billing::BILLING.event_types().len(), 1);
/// ```
#[macro_export]
macro_rules! audit_events {
    ($($definitions:tt)*) => {
        $crate::__audit_events! { [200 899] $($definitions)* }
    };
}

/// `audit_events!`, with the first and the last id that there may be.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_events {
    (@ [$first:literal $last:literal] [$($about:tt)*] [$catalog_vis:vis] $catalog:ident $(
        $(#[$($attribute:tt)*])*
        $vis:vis event $name:ident
            $(<$($lifetime:lifetime),* $(,)? $($parameter:ident),* $(,)?>)?
            = $event:literal $(, id $id:literal)? { $($body:tt)* }
    )*) => {
        $(
            $crate::__audit_event! {
                [$(#[$($attribute)*])*] [$vis] $name [$($($lifetime)*)?] [$($($parameter)*)?] $event [$($id)?] { $($body)* }
            }
        )*

        $($about)*
        #[allow(dead_code)]
        $catalog_vis const $catalog: $crate::Catalog = {
            const TYPES: &[$crate::__macro::EventType] = &[$(
                $crate::__audit_entry!($name [$($($parameter)*)?] { $($body)* })
            ),*];
            const _: () = $crate::__macro::check_types(TYPES, [$first, $last], &[$([
                ::core::concat!(
                    "audit_events!: `", $event, "` needs a dotted lower-case name, such as `invoice.sent`"
                ),
                ::core::concat!("audit_events!: `", $event, "` is the log's own"),
                ::core::concat!(
                    "audit_events!: `", $event, "` needs a doc comment, which says what it means in the catalog"
                ),
                ::core::concat!("audit_events!: `", $event, "` is defined twice"),
                ::core::concat!(
                    "audit_events!: the id of `", $event, "`" $(, " is ", $id)?, ", outside of ", $first, " to ", $last
                ),
                ::core::concat!(
                    "audit_events!: the id of `", $event, "`" $(, ", ", $id)?, ", is that of an event before it"
                ),
                ::core::concat!("audit_events!: a field of `", $event, "` has a name that is the log's own"),
                ::core::concat!("audit_events!: `", $event, "` has more than 64 fields"),
            ]),*]);
            $crate::Catalog::new(TYPES)
        };
    };
    ($ids:tt $(#[$($about:tt)*])* $vis:vis catalog $catalog:ident; $($events:tt)*) => {
        $crate::__audit_events! {
            @ $ids [#[doc = "The catalog of the event types defined beside it."] $(#[$($about)*])*] [$vis] $catalog
            $($events)*
        }
    };
    ($ids:tt $($events:tt)*) => {
        $crate::__audit_events! {
            @ $ids [#[doc = "The catalog of the event types defined beside it."]] [pub] CATALOG $($events)*
        }
    };
}

/// The catalog entry of an event type.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_entry {
    ($name:ident $parameters:tt { .. }) => {
        $name::<()>::EVENT_TYPE
    };
    ($name:ident [$($parameter:ident)*] $body:tt) => {
        $name::<$($crate::__audit_unit!($parameter)),*>::EVENT_TYPE
    };
}

/// `()`, whatever is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_unit {
    ($parameter:ident) => {
        ()
    };
}

/// Defines one event type.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_event {
    ([$($attribute:tt)*] [$vis:vis] $name:ident [] [] $event:literal [$($id:literal)?] { .. }) => {
        $($attribute)*
        #[doc = ""]
        #[doc = ::core::concat!("Event type `", $event, "`; its resource is free.")]
        $vis struct $name<R> {
            /// What the event is about: an object, or `()`.
            $vis resource: R,
        }

        impl<R> $name<R> {
            /// Its entry in the catalog.
            $vis const EVENT_TYPE: $crate::__macro::EventType =
                $crate::__macro::EventType::new($event, $crate::__audit_meaning!([] $($attribute)*))
                    $(.id($id))?
                    .free();
        }

        impl<R: $crate::__macro::Recordable> $crate::AuditEvent for $name<R> {
            fn emit(&self, common: &$crate::__macro::Common<'_>) -> $crate::Receipt {
                $crate::__audit_callsite!(
                    typed $event,
                    ("actor.user_sid") ("actor.session_id") ("resource") ("outcome") ("trace_id")
                );
                __AUDIT_CALLSITE.emit(&[
                    common.user_sid,
                    common.session_id,
                    ::core::option::Option::Some(&$crate::__macro::json(&self.resource)),
                    common.outcome,
                    common.trace_id,
                ])
            }
        }
    };
    ([$($attribute:tt)*] [$vis:vis] $name:ident [$($lifetime:lifetime)*] [$($parameter:ident)*]
        $event:literal [$($id:literal)?] { $(
            $(#[$($about:tt)*])*
            $field:ident $([$($mark:tt)*])? : $type:ty
        ),* $(,)? }
    ) => {
        $($attribute)*
        #[doc = ""]
        #[doc = ::core::concat!("Event type `", $event, "`.")]
        $vis struct $name<$($lifetime,)* $($parameter,)*> {
            $( $(#[$($about)*])* $vis $field: $type, )*
        }

        impl<$($lifetime,)* $($parameter,)*> $name<$($lifetime,)* $($parameter,)*> {
            const __FIELDS: &'static [$crate::__macro::Field] = {
                #[allow(unused_imports)]
                use $crate::__macro::Unknown as _;
                &[$(
                    $crate::__macro::field(
                        $crate::__macro::unraw(::core::stringify!($field)),
                        $crate::__audit_meaning!([] $(#[$($about)*])*),
                        $crate::__macro::KindOf::<$type>::KIND,
                        $crate::__macro::IsBytes::<$type>::IS,
                        $crate::__audit_left_out!($type $(, $($mark)*)?),
                    )
                ),*]
            };

            /// Its entry in the catalog.
            $vis const EVENT_TYPE: $crate::__macro::EventType =
                $crate::__macro::EventType::new($event, $crate::__audit_meaning!([] $($attribute)*))
                    $(.id($id))?
                    .fields(Self::__FIELDS);
        }

        impl<$($lifetime,)* $($parameter: $crate::__macro::Recordable,)*> $crate::AuditEvent
            for $name<$($lifetime,)* $($parameter,)*>
        {
            fn emit(&self, common: &$crate::__macro::Common<'_>) -> $crate::Receipt {
                $crate::__audit_callsite!(
                    typed $event,
                    ("actor.user_sid") ("actor.session_id")
                    $((::core::concat!("resource.", ::core::stringify!($field))))*
                    ("outcome") ("trace_id")
                );
                #[allow(unused_imports)]
                use $crate::__macro::{AnError as _, BorrowedError as _, Bytes as _, Native as _, Other as _};
                __AUDIT_CALLSITE.emit(&[
                    common.user_sid,
                    common.session_id,
                    $( ::core::option::Option::Some(&$crate::__audit_value!((self.$field) $([$($mark)*])?)), )*
                    common.outcome,
                    common.trace_id,
                ])
            }
        }
    };
}

/// The value of a typed event's field.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_value {
    (($value:expr)) => {
        (&&&&&$crate::__macro::Given(&$value)).__tracing_value()
    };
    (($value:expr) [left out when empty]) => {
        $crate::__macro::json(&$crate::__macro::UnlessEmpty(&$value[..]))
    };
}

/// Whether a field of this type may be left out.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_left_out {
    ($type:ty) => {
        $crate::__macro::IsOption::<$type>::IS
    };
    ($type:ty, left out when empty) => {
        true
    };
}

/// The first paragraph of the doc comment among these attributes, on one line.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_meaning {
    ([$($line:expr,)*]) => {{
        const TEXT: &str = ::core::concat!($($line, "\n",)*);
        const PARAGRAPH: [u8; $crate::__macro::paragraph_len(TEXT)] = $crate::__macro::paragraph(TEXT);
        $crate::__macro::text(&PARAGRAPH)
    }};
    ([$($done:tt)*] #[doc = $line:expr] $($rest:tt)*) => {
        $crate::__audit_meaning!([$($done)* $line,] $($rest)*)
    };
    ([$($done:tt)*] #[$($other:tt)*] $($rest:tt)*) => {
        $crate::__audit_meaning!([$($done)*] $($rest)*)
    };
}
