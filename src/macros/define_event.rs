//! What `audit_events!` expands to for one event type: its struct and its catalog entry.

/// Defines one event type.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_event {
    ([$($attribute:tt)*] [$vis:vis] $name:ident [] [] $event:literal [$($id:literal)?] { .. }) => {
        $($attribute)*
        #[doc = ""]
        #[doc = $crate::__macro::core::concat!("Event type `", $event, "`; its resource may have any fields.")]
        $vis struct $name<R> {
            /// What the event is about: an object, or `()`.
            $vis resource: R,
        }

        impl<R> $name<R> {
            /// The event type's entry in the catalog.
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
                    $crate::__macro::core::option::Option::Some(&$crate::__macro::members(&self.resource)),
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
        #[doc = $crate::__macro::core::concat!("Event type `", $event, "`.")]
        $vis struct $name<$($lifetime,)* $($parameter,)*> {
            $( $(#[$($about)*])* $vis $field: $type, )*
        }

        impl<$($lifetime,)* $($parameter,)*> $name<$($lifetime,)* $($parameter,)*> {
            const __FIELDS: &'static [$crate::__macro::Field] = {
                #[allow(unused_imports)]
                use $crate::__macro::UnknownType as _;
                &[$(
                    $crate::__macro::field(
                        $crate::__macro::unraw($crate::__macro::core::stringify!($field)),
                        $crate::__audit_meaning!([] $(#[$($about)*])*),
                        $crate::__macro::KindOf::<$type>::KIND,
                        $crate::__macro::IsBytes::<$type>::IS,
                        $crate::__audit_left_out!($type $(, $($mark)*)?),
                    )
                ),*]
            };

            /// The event type's entry in the catalog.
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
                    $(($crate::__macro::core::concat!("resource.", $crate::__macro::core::stringify!($field))))*
                    ("outcome") ("trace_id")
                );
                #[allow(unused_imports)]
                use $crate::__macro::{
                    DispatchBorrowedError as _, DispatchConverted as _, DispatchError as _, DispatchJson as _,
                    DispatchNative as _,
                };
                __AUDIT_CALLSITE.emit(&[
                    common.user_sid,
                    common.session_id,
                    $( $crate::__macro::core::option::Option::Some(&$crate::__audit_value!((self.$field) $([$($mark)*])?)), )*
                    common.outcome,
                    common.trace_id,
                ])
            }
        }
    };
}

/// Expands to the value of a typed event's field.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_value {
    (($value:expr)) => {
        (&&&&&$crate::__macro::ValueDispatch(&$value)).__tracing_value()
    };
    (($value:expr) [left out when empty]) => {
        $crate::__macro::json(&$crate::__macro::UnlessEmpty(&$value[..]))
    };
}

/// Expands to whether a field of this type may be left out of the record.
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

/// Expands to the first paragraph of the doc comment among these attributes, on one line.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_meaning {
    ([$($line:expr,)*]) => {{
        const TEXT: &$crate::__macro::core::primitive::str = $crate::__macro::core::concat!($($line, "\n",)*);
        const PARAGRAPH: [$crate::__macro::core::primitive::u8; $crate::__macro::paragraph_len(TEXT)] = $crate::__macro::paragraph(TEXT);
        $crate::__macro::text(&PARAGRAPH)
    }};
    ([$($done:tt)*] #[doc = $line:expr] $($rest:tt)*) => {
        $crate::__audit_meaning!([$($done)* $line,] $($rest)*)
    };
    ([$($done:tt)*] #[$($other:tt)*] $($rest:tt)*) => {
        $crate::__audit_meaning!([$($done)*] $($rest)*)
    };
}
