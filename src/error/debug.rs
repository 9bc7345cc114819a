//! `Debug` for the errors that `main` returns.
//!
//! Rust prints such an error with `{:?}`. For these errors that is the message with its causes,
//! as a person wants to read it; `{:#?}` has the fields.

/// Implements `Debug` for an error enum: `{:?}` writes the message and each cause once, `{:#?}`
/// the variant and its fields.
macro_rules! debug_for_people {
    ($error:ident { $($variant:ident { $($field:ident),+ }),+ $(,)? }) => {
        impl ::std::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                if !f.alternate() {
                    return ::std::fmt::Display::fmt(&$crate::error::chain::Chain(self), f);
                }
                match self {
                    $($error::$variant { $($field),+ } => f
                        .debug_struct(stringify!($variant))
                        $(.field(stringify!($field), $field))+
                        .finish(),)+
                }
            }
        }
    };
}

pub(super) use debug_for_people;
