//! What `audit!` expands to: it reads its fields one by one, checks them, and emits the event.

/// Reads the fields of `audit!` one by one: `@field` reads a name, `@value` a value. Each becomes a
/// `{(name) (value)}`.
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
        ::core::compile_error!("audit!: the `resource` fields of a typed event are those of its struct")
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
            "audit!: `", ::core::stringify!($($name).+), "` is not a field of an audit event; the fields are ",
            "`actor.user_sid`, `actor.session_id`, `resource.…`, `outcome` and `trace_id`"
        ))
    };
    (@field $event:tt $done:tt $name:literal = $($rest:tt)*) => {
        $crate::__audit_fields!(@value $event $done ($name) $($rest)*)
    };
    (@field $event:tt $done:tt $message:literal $($rest:tt)*) => {
        ::core::compile_error!("audit!: an audit event has no message; use a field, such as `resource.reason = \"…\"`")
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
        $crate::__audit_fields!(@next $event $done $name ((&&&&&$crate::__macro::ValueDispatch(&$value)).__tracing_value()) $($($rest)*)?)
    };
    (@value $event:tt $done:tt $name:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!("audit!: expected a value, or `,` between fields, at `", ::core::stringify!($($rest)*), "`"))
    };
    (@next $event:tt [$($done:tt)*] $name:tt $value:tt $($rest:tt)*) => {
        $crate::__audit_fields!(@field $event [$($done)* {$name $value}] $($rest)*)
    };
}

/// Stops compilation at a field that is unknown, reserved or repeated.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_check {
    ($(($name:expr))*) => {
        const _: () = $crate::__macro::check(&[$($name),*], &[$([
            ::core::concat!(
                "audit!: `", $name, "` is not a field of an audit event; the fields are ",
                "`actor.user_sid`, `actor.session_id`, `resource.…`, `outcome` and `trace_id`"
            ),
            ::core::concat!("audit!: `", $name, "` is reserved for the log"),
            ::core::concat!("audit!: `", $name, "` is repeated"),
        ]),*]);
    };
}

/// Emits a free-form event from a callsite of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_free {
    ($event:literal, $({($name:expr) ($value:expr)})*) => {{
        $crate::__audit_check!($(($name))*);
        const _: () = $crate::__macro::check_event(
            $event,
            ::core::concat!("audit!: `", $event, "`: event types `log.…` are reserved for the log"),
        );
        $crate::__audit_callsite!(free $event, $(($name))*);
        #[allow(unused_imports)]
        use $crate::__macro::{
            DispatchBorrowedError as _, DispatchBytes as _, DispatchError as _, DispatchJson as _, DispatchNative as _,
        };
        __AUDIT_CALLSITE.emit(&[$(::core::option::Option::Some(&$value as &dyn $crate::__macro::Value)),*])
    }};
}

/// Defines `__AUDIT_METADATA` and `__AUDIT_CALLSITE` for an event with fields of these names.
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

/// Emits a typed event, with these fields beside those of its struct.
#[doc(hidden)]
#[macro_export]
macro_rules! __audit_typed {
    ($event:expr, $({($name:expr) ($value:expr)})*) => {{
        $crate::__audit_check!($(($name))*);
        #[allow(unused_imports)]
        use $crate::__macro::{
            DispatchBorrowedError as _, DispatchBytes as _, DispatchError as _, DispatchJson as _, DispatchNative as _,
        };
        $crate::__macro::emit(
            &$event,
            &[$((
                const { $crate::__macro::Slot::of($name) },
                &$value as &dyn $crate::__macro::Value,
            )),*],
        )
    }};
}
