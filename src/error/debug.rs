//! `Debug` for the errors of the crate's operations, each of which a `main` may return.
//!
//! Rust prints such an error with `{:?}`. For these errors that is the message with its causes,
//! as a person wants to read it; `{:#?}` has the fields.

/// Implements `Debug` for an error, an enum or a struct: `{:?}` writes the message and each cause once,
/// `{:#?}` the variant and its fields.
macro_rules! debug_for_people {
    (struct $error:ident { $($field:ident),+ }) => {
        $crate::error::debug_for_people!(@ $error { $error { $($field),+ } in $error { $($field),+ }, });
    };
    ($error:ident { $($variant:ident { $($field:ident),* }),+ $(,)? }) => {
        $crate::error::debug_for_people!(
            @ $error { $($variant { $($field),* } in $error::$variant { $($field),* },)+ }
        );
    };
    (@ $error:ident { $($name:ident { $($field:ident),* } in $pattern:pat,)+ }) => {
        impl ::std::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                if !f.alternate() {
                    return ::std::fmt::Display::fmt(&$crate::error::Chain(self), f);
                }
                match self {
                    $($pattern => f
                        .debug_struct(stringify!($name))
                        $(.field(stringify!($field), $field))*
                        .finish(),)+
                }
            }
        }
    };
}

pub(crate) use debug_for_people;
