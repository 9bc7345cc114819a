//! From the Rust type of a typed event's field to the kind of value in its catalog entry, for
//! [`audit_events!`](crate::audit_events).
//!
//! A type that is listed here has constants of its own. For any other type, path resolution falls
//! back to those of the trait [`UnknownType`].

use super::converted::Converted;
use crate::record::{Field, FieldKind};
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;

/// Has the kind of a value of this type as its constant `KIND`.
#[derive(Debug)]
pub struct KindOf<T>(PhantomData<T>);

/// Has as its constant `IS` whether the type is an `Option`.
#[derive(Debug)]
pub struct IsOption<T>(PhantomData<T>);

/// Has as its constant `IS` whether the type is a list of bytes, which is recorded as text.
#[derive(Debug)]
pub struct IsBytes<T>(PhantomData<T>);

/// The constants of types that are not listed.
pub trait UnknownType {
    /// Any kind of value.
    const KIND: FieldKind = FieldKind::Any;
    /// The type does not have the property.
    const IS: bool = false;
}

impl<T> UnknownType for KindOf<T> {}
impl<T> UnknownType for IsOption<T> {}
impl<T> UnknownType for IsBytes<T> {}

impl<T> IsOption<Option<T>> {
    /// The type is an `Option`.
    pub const IS: bool = true;
}

macro_rules! kinds {
    ($($kind:ident: $([$($generic:tt)*] $type:ty),+;)*) => { $($(
        impl<$($generic)*> KindOf<$type> {
            /// The JSON kind of the type's values.
            pub const KIND: FieldKind = FieldKind::$kind;
        }

        impl<$($generic)*> KindOf<Option<$type>> {
            /// The JSON kind of the type's values.
            pub const KIND: FieldKind = FieldKind::$kind;
        }
    )+)* };
}

kinds! {
    String: ['a] &'a str, [] String, ['a] &'a String, [] Box<str>, [] std::sync::Arc<str>, [] char,
        ['a] std::borrow::Cow<'a, str>;
    Integer: [] i8, [] i16, [] i32, [] i64, [] i128, [] isize, [] u8, [] u16, [] u32, [] u64, [] u128,
        [] usize;
    Number: [] f32, [] f64;
    Boolean: [] bool;
    Array: [T] Vec<T>, ['a, T] &'a [T], ['a, T] &'a Vec<T>, [T, const N: usize] [T; N],
        ['a, T, const N: usize] &'a [T; N];
    Object: [K, V] BTreeMap<K, V>, [K, V, S] HashMap<K, V, S>, ['a, K, V] &'a BTreeMap<K, V>,
        ['a, K, V, S] &'a HashMap<K, V, S>;
}

impl<T: Converted> IsBytes<T> {
    /// Whether the type is a list of bytes.
    pub const IS: bool = T::IS_BYTES;
}

/// Returns the catalog's field of this name, for a type with these properties.
#[must_use]
pub const fn field(
    name: &'static str,
    meaning: &'static str,
    kind: FieldKind,
    is_bytes: bool,
    may_be_left_out: bool,
) -> Field {
    let kind = if is_bytes { FieldKind::String } else { kind };
    let field = Field::new(name, meaning, kind);
    if may_be_left_out { field.optional() } else { field }
}
