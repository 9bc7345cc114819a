//! What `audit_events!` expands to if its definitions can't be read: a message that says where, and what is
//! expected there.

/// Skips the definitions that can be read, and stops compilation at the first one that can't.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_misread {
    (
        $(#[$($attribute:tt)*])*
        $vis:vis event $name:ident
            $(<$($lifetime:lifetime),* $(,)? $($parameter:ident),* $(,)?>)?
            = $event:literal $(, $property:ident $value:tt $(/ $more:literal)?)* { $($body:tt)* }
        $($rest:tt)*
    ) => {
        $crate::__audit_misread! { $($rest)* }
    };
    (
        $(#[$($attribute:tt)*])*
        $vis:vis event $name:ident
            $(<$($lifetime:lifetime),* $(,)? $($parameter:ident),* $(,)?>)?
            = $event:literal $($rest:tt)*
    ) => {
        $crate::__audit_misread_properties! { $event $($rest)* }
    };
    (
        $(#[$($attribute:tt)*])*
        $vis:vis event $name:ident
            $(<$($lifetime:lifetime),* $(,)? $($parameter:ident),* $(,)?>)?
            = $found:tt $($rest:tt)*
    ) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: the name of `event ", $crate::__macro::core::stringify!($name),
            "` must be a string literal, such as `\"invoice.sent\"`, found `",
            $crate::__macro::core::stringify!($found), "`"
        ));
    };
    ($(#[$($attribute:tt)*])* $vis:vis event $name:ident < $($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: expected `event ", $crate::__macro::core::stringify!($name),
            "<'a, T> = \"invoice.sent\"`: lifetimes, then type parameters, without bounds"
        ));
    };
    ($(#[$($attribute:tt)*])* $vis:vis event $name:ident $($found:tt $($rest:tt)*)?) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: expected `= \"invoice.sent\"`, the name of the event type, after `event ",
            $crate::__macro::core::stringify!($name), "`", $(", found `", $crate::__macro::core::stringify!($found), "`")?
        ));
    };
    ($(#[$($attribute:tt)*])* $vis:vis catalog $($rest:tt)*) => {
        $crate::__macro::core::compile_error!(
            "audit_events!: expected `catalog NAME;` once, before all event types"
        );
    };
    ($(#[$($attribute:tt)*])* $vis:vis $found:ident $($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: expected `event`, as in `pub event InvoiceSent = \"invoice.sent\" { .. }`, found `",
            $crate::__macro::core::stringify!($found), "`"
        ));
    };
    ($($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: expected an event type, such as `pub event InvoiceSent = \"invoice.sent\" { .. }`, found `",
            $crate::__macro::core::stringify!($($rest)*), "`"
        ));
    };
}

/// Skips the properties that can be read, of the definition of `$event`, and stops compilation behind them.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_misread_properties {
    ($event:literal, $property:ident $value:literal / $more:literal $($rest:tt)*) => {
        $crate::__audit_misread_properties! { $event $($rest)* }
    };
    ($event:literal, $property:ident { $($body:tt)* } $($rest:tt)*) => {
        $crate::__audit_misread_properties! { @ $event [$property] }
    };
    ($event:literal, $property:ident , $($rest:tt)*) => {
        $crate::__audit_misread_properties! { @ $event [$property] }
    };
    ($event:literal, $property:ident $value:tt $($rest:tt)*) => {
        $crate::__audit_misread_properties! { $event $($rest)* }
    };
    ($event:literal, $($found:tt $($rest:tt)*)?) => {
        $crate::__audit_misread_properties! { @ $event [$($found)?] }
    };
    ($event:literal $(# $($rest:tt)*)?) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: the definition of `", $event, "` ends without its fields; expected `{ name: Type }` or `{ .. }`"
        ));
    };
    ($event:literal $found:tt $($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: in the definition of `", $event,
            "`, expected `,` before a property, or `{` before the fields, found `",
            $crate::__macro::core::stringify!($found), "`"
        ));
    };
    (@ $event:literal [$($found:tt)?]) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: `", $event, "` can't have `", $crate::__macro::core::stringify!($($found)?),
            "`; expected ", $crate::__audit_property_names!()
        ));
    };
}

/// Expands to the list of properties in error messages.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_property_names {
    () => {
        "`id 200`, `default success`, `default failure`, `requires outcome`, `requires actor`, \
         `no actor`, `owasp \"authz_fail\"` or `ocsf 3002/1`"
    };
}
