//! [`audit_events!`](crate::audit_events).

/// Defines event types: a struct for each, for [`audit!`](crate::audit), and a catalog of them, for
/// [`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog).
///
/// ```
/// use tracing_audit::{audit, audit_events};
///
/// audit_events! {
///     /// An invoice was sent to a customer.
///     pub event InvoiceSent<'a> = "invoice.sent", id 200 {
///         /// The invoice's number.
///         number: &'a str,
///         /// The amount, in cents.
///         cents: u64,
///         /// The other recipients.
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
/// | part | meaning |
/// |---|---|
/// | doc comments | the first paragraph is the meaning in the catalog; an event type must have one |
/// | other attributes | are applied to the struct or the field: `#[derive(Debug)]` |
/// | `pub` | the visibility of the struct, its fields and its catalog entry |
/// | `<'a, T>` | lifetimes, then type parameters, which must be `Serialize` |
/// | `= "invoice.sent"` | the name of the event type: dotted, lower case, not `log.*` |
/// | `, id 200` | its event id in the Windows Event Log, 200 to 899. Default: 1000 |
/// | `, default failure` | the outcome of an event that does not say one. Default: `success` |
/// | `, requires outcome` | each event must say its outcome; one that does not is flagged |
/// | `, requires actor` | each event must have an actor, of its own or inherited; one that does not is flagged |
/// | `, no actor` | no event needs an actor, whatever [`require_actor`](crate::AuditLayerBuilder::require_actor) says |
/// | `, owasp "authz_fail"` | its name in OWASP's Application Logging Vocabulary |
/// | `, ocsf 3002/1` | its class and activity in OCSF |
/// | `{ number: &'a str }` | the fields of `resource`: any type that [`audit!`](crate::audit) takes as a value |
/// | `{ .. }` | any fields: the struct has one field `resource`, of any type that serializes as an object |
///
/// The catalog entry of each type is a constant of its struct, `EVENT_TYPE`.
///
/// A field of type `Option` is left out of the record when it is `None`, and is optional in the
/// catalog. The same holds for an empty list that is marked like this: `copy_to [left out when
/// empty]: &'a [&'a str]`. The kind of a field is derived from its type: strings, integers, floats,
/// booleans, bytes (which are recorded as text), slices, arrays, `Vec`, `HashMap` and `BTreeMap` are
/// known; any other type has the kind `any`.
///
/// The parts that begin with a comma may come in any order. Repeated names, ids or parts, an id out of range,
/// an invalid name and parts that contradict one another do not compile.
///
/// The catalog is `pub const CATALOG:` [`Catalog`](crate::Catalog). To give it another name or
/// visibility, begin with `catalog`:
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
        $crate::__audit_events! { [200, 899] $($definitions)* }
    };
}

/// `audit_events!`, with the first and the last id that are allowed.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_events {
    (@ [$first:literal, $last:literal] [$($about:tt)*] [$catalog_vis:vis] $catalog:ident $(
        $(#[$($attribute:tt)*])*
        $vis:vis event $name:ident
            $(<$($lifetime:lifetime),* $(,)? $($parameter:ident),* $(,)?>)?
            = $event:literal $(, $property:ident $value:tt $(/ $more:literal)?)* { $($body:tt)* }
    )*) => {
        $(
            $crate::__audit_event! {
                [$(#[$($attribute)*])*] [$vis] $name [$($($lifetime)*)?] [$($($parameter)*)?] $event
                [[$first, $last] $(, $property $value $(/ $more)?)*] { $($body)* }
            }
        )*

        $($about)*
        #[allow(dead_code)]
        $catalog_vis const $catalog: $crate::Catalog = {
            const TYPES: &[$crate::__macro::EventType] = &[$(
                $crate::__audit_entry!($name [$($($parameter)*)?] { $($body)* })
            ),*];
            const _: () = $crate::__macro::check_types(TYPES, [$first, $last], &[$([
                $crate::__macro::core::concat!(
                    "audit_events!: `", $event, "` needs a dotted lower-case name, such as `invoice.sent`"
                ),
                $crate::__macro::core::concat!("audit_events!: `", $event, "` is reserved for the log"),
                $crate::__macro::core::concat!(
                    "audit_events!: `", $event, "` needs a doc comment: its meaning in the catalog"
                ),
                $crate::__macro::core::concat!("audit_events!: `", $event, "` is defined twice"),
                $crate::__macro::core::concat!(
                    "audit_events!: the id of `", $event, "`", $crate::__audit_id!(" is " $(, $property $value)*), ", which is not between ", $first, " and ", $last
                ),
                $crate::__macro::core::concat!(
                    "audit_events!: the id of `", $event, "`", $crate::__audit_id!(", " $(, $property $value)*), ", is already that of another event"
                ),
                $crate::__macro::core::concat!("audit_events!: a field of `", $event, "` has a name that is reserved for the log"),
                $crate::__macro::core::concat!("audit_events!: `", $event, "` has more than 64 fields"),
            ]),*]);
            $crate::Catalog::new(TYPES)
        };
    };
    (@ $ids:tt $about:tt $catalog_vis:tt $catalog:ident $($events:tt)*) => {
        $crate::__audit_misread! { $($events)* }
    };
    ($ids:tt $(#[$($about:tt)*])* $vis:vis catalog $catalog:ident; $($events:tt)*) => {
        $crate::__audit_events! {
            @ $ids [#[doc = "The catalog of the event types that are defined beside it."] $(#[$($about)*])*] [$vis] $catalog
            $($events)*
        }
    };
    ($ids:tt $($events:tt)*) => {
        $crate::__audit_events! {
            @ $ids [#[doc = "The catalog of the event types that are defined beside it."]] [pub] CATALOG $($events)*
        }
    };
}

/// Expands to `$before` and the id among these properties, or to nothing.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_id {
    ($before:literal) => {
        ""
    };
    ($before:literal, id $id:literal $($rest:tt)*) => {
        $crate::__macro::core::concat!($before, $id)
    };
    ($before:literal, $property:ident $value:tt $($rest:tt)*) => {
        $crate::__audit_id!($before $($rest)*)
    };
}

/// Expands to the catalog entry of an event type.
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

/// Expands to `()`, for any identifier.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_unit {
    ($parameter:ident) => {
        ()
    };
}
