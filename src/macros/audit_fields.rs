//! What `audit!` expands to: it reads its fields, checks them, and emits the event.
//!
//! Values are evaluated first, all of them, and only then converted to what `tracing` carries. So
//! a value may contain `.await`, and the future stays `Send`: a `&dyn Value` that were kept over it
//! would not be.
//!
//! A name of the language that an application may have given to something else (`str`, `u8`,
//! `core`) is written with its whole path, by way of this crate.

/// Reads the fields of `audit!`, one at each step, and eight at once where that is possible: the
/// compiler allows 128 steps. Each field becomes `{variable (name) (what is evaluated) [how it is
/// carried]}`; the variable is another one at each step.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_fields {
    ([free $event:literal] [$($done:tt)*]) => {
        $crate::__audit_free!($event, $($done)*)
    };
    ([typed $event:expr] [$($done:tt)*]) => {
        $crate::__audit_typed!($event, $($done)*)
    };
    ([typed $event:expr] $done:tt resource.type = $($rest:tt)*) => {
        $crate::__audit_fields!([typed $event] $done "resource.type" = $($rest)*)
    };
    ([typed $event:expr] $done:tt resource.id = $($rest:tt)*) => {
        $crate::__audit_fields!([typed $event] $done "resource.id" = $($rest)*)
    };
    ([typed $event:expr] $done:tt resource.name = $($rest:tt)*) => {
        $crate::__audit_fields!([typed $event] $done "resource.name" = $($rest)*)
    };
    ([typed $event:expr] $done:tt resource $($rest:tt)*) => {
        $crate::__macro::no_resource_fields(&$event)
    };
    ($event:tt [$($done:tt)*]
        resource.$($a:ident).+ = $in_a:expr, resource.$($b:ident).+ = $in_b:expr,
        resource.$($c:ident).+ = $in_c:expr, resource.$($d:ident).+ = $in_d:expr,
        resource.$($e:ident).+ = $in_e:expr, resource.$($f:ident).+ = $in_f:expr,
        resource.$($g:ident).+ = $in_g:expr, resource.$($h:ident).+ = $in_h:expr, $($rest:tt)*
    ) => {
        $crate::__audit_fields!(
            $event [
                $($done)*
                {a ($crate::__audit_key!($($a).+)) (&$in_a) [dispatched]}
                {b ($crate::__audit_key!($($b).+)) (&$in_b) [dispatched]}
                {c ($crate::__audit_key!($($c).+)) (&$in_c) [dispatched]}
                {d ($crate::__audit_key!($($d).+)) (&$in_d) [dispatched]}
                {e ($crate::__audit_key!($($e).+)) (&$in_e) [dispatched]}
                {f ($crate::__audit_key!($($f).+)) (&$in_f) [dispatched]}
                {g ($crate::__audit_key!($($g).+)) (&$in_g) [dispatched]}
                {h ($crate::__audit_key!($($h).+)) (&$in_h) [dispatched]}
            ] $($rest)*
        )
    };
    ($event:tt [$($done:tt)*] resource.$($key:ident).+ = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ($crate::__audit_key!($($key).+)) (&$value) [display]}] $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] resource.$($key:ident).+ = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ($crate::__audit_key!($($key).+)) (&$value) [debug]}] $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] resource.$($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ($crate::__audit_key!($($key).+)) (&$value) [dispatched]}] $($($rest)*)?
        )
    };
    ($event:tt $done:tt "outcome" = $($rest:tt)*) => {
        $crate::__audit_fields!($event $done outcome = $($rest)*)
    };
    ($event:tt [$($done:tt)*] $name:literal = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!($event [$($done)* {value ($name) (&$value) [display]}] $($($rest)*)?)
    };
    ($event:tt [$($done:tt)*] $name:literal = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!($event [$($done)* {value ($name) (&$value) [debug]}] $($($rest)*)?)
    };
    ($event:tt [$($done:tt)*] $name:literal = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!($event [$($done)* {value ($name) (&$value) [dispatched]}] $($($rest)*)?)
    };
    ($event:tt [$($done:tt)*] outcome = % $value:literal $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ("outcome") ({ $crate::__audit_check_outcome!($value); &$value }) [display]}]
            $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] outcome = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!($event [$($done)* {value ("outcome") (&$value) [display]}] $($($rest)*)?)
    };
    ($event:tt [$($done:tt)*] outcome = ? $value:literal $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ("outcome") ({ $crate::__audit_check_outcome!($value); &$value }) [debug]}]
            $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] outcome = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!($event [$($done)* {value ("outcome") (&$value) [debug]}] $($($rest)*)?)
    };
    ($event:tt [$($done:tt)*] outcome = $value:literal $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [
                $($done)*
                {value ("outcome") ({ $crate::__audit_check_outcome!($value); $crate::__macro::outcome(&$value) }) [text]}
            ] $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] outcome = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ("outcome") ($crate::__macro::outcome(&$value)) [text]}] $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] actor.$key:ident = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ($crate::__audit_actor_key!($key)) (&$value) [display]}] $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] actor.$key:ident = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ($crate::__audit_actor_key!($key)) (&$value) [debug]}] $($($rest)*)?
        )
    };
    ($event:tt [$($done:tt)*] actor.$key:ident = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__audit_fields!(
            $event [$($done)* {value ($crate::__audit_actor_key!($key)) (&$value) [dispatched]}] $($($rest)*)?
        )
    };
    ($event:tt $done:tt trace_id = $($rest:tt)*) => {
        $crate::__audit_fields!($event $done "trace_id" = $($rest)*)
    };
    ($event:tt $done:tt resource.$($key:ident).+ = $($rest:tt)*) => {
        $crate::__audit_no_value!($($rest)*)
    };
    ($event:tt $done:tt actor.$key:ident = $($rest:tt)*) => {
        $crate::__audit_no_value!($($rest)*)
    };
    ($event:tt $done:tt outcome = $($rest:tt)*) => {
        $crate::__audit_no_value!($($rest)*)
    };
    ($event:tt $done:tt $name:literal = $($rest:tt)*) => {
        $crate::__audit_no_value!($($rest)*)
    };
    ($event:tt $done:tt $($name:ident).+ = $($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit!: `", $crate::__macro::core::stringify!($($name).+),
            "` is not a field of an audit event; the fields are ", $crate::__audit_field_names!()
        ))
    };
    ($event:tt $done:tt $message:literal $($rest:tt)*) => {
        $crate::__macro::core::compile_error!(
            "audit!: an audit event has no message; use a field, such as `resource.reason = \"…\"`"
        )
    };
    ($event:tt $done:tt $($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit!: expected `name = value`, `name = %value` or `name = ?value`, found `",
            $crate::__macro::core::stringify!($($rest)*), "`"
        ))
    };
}

/// Stops compilation at a field without a value.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_no_value {
    ($($rest:tt)*) => {
        $crate::__macro::core::compile_error!($crate::__macro::core::concat!(
            "audit!: expected a value, or `,` between fields, at `",
            $crate::__macro::core::stringify!($($rest)*), "`"
        ))
    };
}

/// Expands to the name of a field of the resource, from its key.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_key {
    ($($key:ident).+) => {
        $crate::__macro::core::concat!("resource" $(, ".", $crate::__macro::core::stringify!($key))+)
    };
}

/// Stops compilation at an outcome that is a string literal, and neither `"success"` nor `"failure"`.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_check_outcome {
    ($outcome:literal) => {
        const _: () = $crate::__macro::check_outcome(
            $crate::__macro::core::stringify!($outcome),
            $crate::__macro::core::concat!($outcome),
            $crate::__macro::core::concat!(
                "audit!: the outcome `",
                $outcome,
                "` is neither `success` nor `failure`"
            ),
        );
    };
}

/// Expands to the name of a field of the actor, from its key.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_actor_key {
    ($key:ident) => {
        $crate::__macro::core::concat!("actor.", $crate::__macro::core::stringify!($key))
    };
}

/// Expands to the list of fields in error messages.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_field_names {
    () => {
        "`actor.…` (user_sid, user_id, session_id, kind, tenant, address, user_agent), `resource.…`, \
         `outcome` and `trace_id`"
    };
}

/// Stops compilation at a field that is unknown, reserved or repeated.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_check {
    ($(($name:expr))*) => {
        const _: () = $crate::__macro::check(&[$($name),*], &[$([
            $crate::__macro::core::concat!(
                "audit!: `", $name, "` is not a field of an audit event; the fields are ",
                $crate::__audit_field_names!()
            ),
            $crate::__macro::core::concat!("audit!: `", $name, "` is reserved for the log"),
            $crate::__macro::core::concat!("audit!: `", $name, "` is repeated"),
        ]),*]);
    };
}

/// Expands to what `tracing` carries of a field's value.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_carried {
    ($value:ident [dispatched]) => {
        (&&&&&$crate::__macro::ValueDispatch($value)).__tracing_value()
    };
    ($value:ident [text]) => {
        $value
    };
    ($value:ident [$how:ident]) => {
        $crate::__macro::$how($value)
    };
}

/// Emits a free-form event from a callsite of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_free {
    ($event:literal, $({$value:ident ($name:expr) ($evaluated:expr) $how:tt})*) => {{
        let receipt = match ($($evaluated,)*) {
            ($($value,)*) => {
                $crate::__audit_check!($(($name))*);
                const _: () = $crate::__macro::check_event(
                    $event,
                    $crate::__macro::core::concat!(
                        "audit!: `", $event, "`: event types `log.…` are reserved for the log"
                    ),
                );
                $crate::__audit_callsite!([free] $event, $(($name))*);
                #[allow(unused_imports)]
                use $crate::__macro::{
                    DispatchBorrowedError as _, DispatchConverted as _, DispatchError as _, DispatchJson as _,
                    DispatchNative as _,
                };
                __AUDIT_CALLSITE.emit(&[$($crate::__macro::core::option::Option::Some(
                    &$crate::__audit_carried!($value $how) as &dyn $crate::__macro::Value
                )),*])
            }
        };
        receipt
    }};
}

/// Defines `__AUDIT_METADATA` and `__AUDIT_CALLSITE` for an event with fields of these names. A typed event
/// has its catalog entry.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_callsite {
    ([$how:ident $($entry:expr)?] $event:expr, $(($name:expr))*) => {
        static __AUDIT_METADATA: $crate::__macro::Metadata<'static> = $crate::__macro::Metadata::new(
            $event,
            "audit",
            $crate::__macro::Level::INFO,
            $crate::__macro::core::option::Option::Some($crate::__macro::core::file!()),
            $crate::__macro::core::option::Option::Some($crate::__macro::core::line!()),
            $crate::__macro::core::option::Option::Some($crate::__macro::core::module_path!()),
            $crate::__macro::FieldSet::new(&[$($name),*], $crate::__macro::Identifier(&__AUDIT_CALLSITE)),
            $crate::__macro::Kind::EVENT,
        );
        static __AUDIT_CALLSITE: $crate::__macro::Callsite = $crate::__macro::Callsite::$how(
            &__AUDIT_METADATA,
            &[$({
                const NAME: &$crate::__macro::core::primitive::str = $name;
                const FRAGMENT: [$crate::__macro::core::primitive::u8; $crate::__macro::fragment_len(NAME)] =
                    $crate::__macro::fragment(NAME);
                $crate::__macro::Slot::known(NAME, &FRAGMENT)
            }),*],
            $(&$entry,)?
        );
    };
}

/// Emits a typed event, with these fields beside those of its struct.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_typed {
    ($event:expr, $({$value:ident ($name:expr) ($evaluated:expr) $how:tt})*) => {{
        let receipt = match (&$event, $($evaluated,)*) {
            (event, $($value,)*) => {
                $crate::__audit_check!($(($name))*);
                #[allow(unused_imports)]
                use $crate::__macro::{
                    DispatchBorrowedError as _, DispatchConverted as _, DispatchError as _, DispatchJson as _,
                    DispatchNative as _,
                };
                $($crate::__macro::takes_field::<_, { $crate::__macro::on_what($name) }>(event);)*
                $crate::__macro::emit(
                    event,
                    &[$((
                        const { $crate::__macro::Slot::of($name) },
                        &$crate::__audit_carried!($value $how) as &dyn $crate::__macro::Value,
                    )),*],
                )
            }
        };
        receipt
    }};
}
