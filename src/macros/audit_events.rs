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
