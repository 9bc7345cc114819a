//! What `audit_events!` expands to for one event type: its struct and its catalog entry.

/// Defines one event type.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_event {
    ([$($attribute:tt)*] [$vis:vis] $name:ident [] [] $event:literal [$ids:tt $(, $property:ident $value:tt $(/ $more:literal)?)*] { .. }) => {
        $($attribute)*
        #[doc = ""]
        #[doc = $crate::__macro::core::concat!("Event type `", $event, "`; its resource may have any fields.")]
        $vis struct $name<R> {
            /// What the event is about: an object, or `()`.
            $vis resource: R,
        }

        const _: () = $crate::__audit_check_properties!($event $(, $property $value)*);

        impl<R> $name<R> {
            /// The event type's entry in the catalog.
            $vis const EVENT_TYPE: $crate::__macro::EventType = $crate::__audit_properties!(
                $event $ids
                ($crate::__macro::EventType::new($event, $crate::__audit_meaning!([] $($attribute)*)).free())
                $(, $property $value $(/ $more)?)*
            );
        }

        impl<R> $crate::__macro::TakesField<1> for $name<R> {}
        impl<R> $crate::__macro::TakesField<2> for $name<R> {}
        impl<R> $crate::__macro::TakesField<3> for $name<R> {}

        impl<R: $crate::__macro::Recordable> $crate::AuditEvent for $name<R> {
            fn emit(&self, common: &$crate::__macro::Common<'_>) -> $crate::Receipt {
                $crate::__audit_callsite!(
                    [typed $crate::__audit_entry!($name [] { .. })] $event,
                    ("actor.user_sid") ("actor.user_id") ("actor.session_id") ("actor.kind")
                    ("actor.tenant") ("actor.address") ("actor.user_agent")
                    ("resource.type") ("resource.id") ("resource.name")
                    ("resource") ("outcome") ("trace_id")
                );
                let [user_sid, user_id, session_id, kind, tenant, address, user_agent] = common.actor;
                let [what_type, what_id, what_name] = common.on_what;
                __AUDIT_CALLSITE.emit_typed(common, &[
                    user_sid, user_id, session_id, kind, tenant, address, user_agent,
                    what_type, what_id, what_name,
                    $crate::__macro::core::option::Option::Some(&$crate::__macro::members(&self.resource)),
                    common.outcome,
                    common.trace_id,
                ])
            }
        }
    };
    ([$($attribute:tt)*] [$vis:vis] $name:ident [$($lifetime:lifetime)*] [$($parameter:ident)*]
        $event:literal [$ids:tt $(, $property:ident $value:tt $(/ $more:literal)?)*] { $(
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

        const _: () = $crate::__audit_check_properties!($event $(, $property $value)*);

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
            $vis const EVENT_TYPE: $crate::__macro::EventType = $crate::__audit_properties!(
                $event $ids
                (
                    $crate::__macro::EventType::new($event, $crate::__audit_meaning!([] $($attribute)*))
                        .fields(Self::__FIELDS)
                )
                $(, $property $value $(/ $more)?)*
            );
        }

        impl<$($lifetime,)* $($parameter,)*> $crate::__macro::TakesField<{
            $crate::__macro::unless_own(1, &[$($crate::__macro::core::stringify!($field)),*])
        }> for $name<$($lifetime,)* $($parameter,)*> {}
        impl<$($lifetime,)* $($parameter,)*> $crate::__macro::TakesField<{
            $crate::__macro::unless_own(2, &[$($crate::__macro::core::stringify!($field)),*])
        }> for $name<$($lifetime,)* $($parameter,)*> {}
        impl<$($lifetime,)* $($parameter,)*> $crate::__macro::TakesField<{
            $crate::__macro::unless_own(3, &[$($crate::__macro::core::stringify!($field)),*])
        }> for $name<$($lifetime,)* $($parameter,)*> {}

        impl<$($lifetime,)* $($parameter: $crate::__macro::Recordable,)*> $crate::AuditEvent
            for $name<$($lifetime,)* $($parameter,)*>
        {
            fn emit(&self, common: &$crate::__macro::Common<'_>) -> $crate::Receipt {
                $crate::__audit_callsite!(
                    [typed $crate::__audit_entry!($name [$($parameter)*] {})] $event,
                    ("actor.user_sid") ("actor.user_id") ("actor.session_id") ("actor.kind")
                    ("actor.tenant") ("actor.address") ("actor.user_agent")
                    ("resource.type") ("resource.id") ("resource.name")
                    $(($crate::__macro::core::concat!("resource.", $crate::__macro::core::stringify!($field))))*
                    ("outcome") ("trace_id")
                );
                #[allow(unused_imports)]
                use $crate::__macro::{
                    DispatchBorrowedError as _, DispatchConverted as _, DispatchError as _, DispatchJson as _,
                    DispatchNative as _,
                };
                let [user_sid, user_id, session_id, kind, tenant, address, user_agent] = common.actor;
                let [what_type, what_id, what_name] = common.on_what;
                __AUDIT_CALLSITE.emit_typed(common, &[
                    user_sid, user_id, session_id, kind, tenant, address, user_agent,
                    what_type, what_id, what_name,
                    $( $crate::__macro::core::option::Option::Some(&$crate::__audit_value!((self.$field) $([$($mark)*])?)), )*
                    common.outcome,
                    common.trace_id,
                ])
            }
        }
    };
}

/// Expands to a catalog entry with these properties.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_properties {
    ($event:literal $ids:tt ($entry:expr)) => {
        $entry
    };
    ($event:literal $ids:tt ($entry:expr), id $id:literal $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.id($id).with_ids_from($ids)) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), default success $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.default_outcome($crate::Outcome::Success)) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), default failure $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.default_outcome($crate::Outcome::Failure)) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), requires outcome $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.requires_outcome()) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), requires actor $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.requires_actor()) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), no actor $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.no_actor()) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), owasp $name:literal $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.owasp($name)) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), ocsf $class:literal/$activity:literal $($rest:tt)*) => {
        $crate::__audit_properties!($event $ids ($entry.ocsf($class, $activity)) $($rest)*)
    };
    ($event:literal $ids:tt ($entry:expr), $property:ident $value:tt $($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit_events!: `", $event, "` can't have `", $crate::__macro::core::stringify!($property $value),
            "`; expected ", $crate::__audit_property_names!()
        ))
    };
}

/// Expands to a check of the properties of an event type, for those that are repeated or contradictory.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_check_properties {
    ($event:literal $(, $property:ident $value:tt)*) => {
        $crate::__macro::check_properties(&[$([
            $crate::__macro::core::stringify!($property),
            $crate::__macro::core::stringify!($value),
            $crate::__macro::core::concat!(
                "audit_events!: `", $event, "` has `", $crate::__macro::core::stringify!($property), "` twice"
            ),
            $crate::__macro::core::concat!(
                "audit_events!: `", $event, "` has `", $crate::__macro::core::stringify!($property $value),
                "`, which contradicts another of its properties"
            ),
        ]),*])
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
