//! Values that are converted before `tracing` carries them, by themselves and behind references,
//! smart pointers and `Option`.
//!
//! - A list of bytes becomes a slice: `tracing` has no other, and as JSON it would be a list of
//!   numbers.
//! - An `f32` becomes the `f64` that is spelled like it: 0.1, where `tracing` would widen it to
//!   0.10000000149011612.
//!
//! Lists of `i32` and `f64` are here for the sake of literals. With bytes alone, `[1, 2]` would be
//! taken for two bytes; with both, its type stays open, and falls back to `i32`.

use super::json_value::{Json, json};
use crate::record::widened;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use tracing_core::field::{DebugValue, Value};

/// A value that is converted before `tracing` carries it.
pub trait Converted {
    /// The type that `tracing` carries.
    type Carried<'a>: Value
    where
        Self: 'a;
    /// Whether the value is a list of bytes, which is recorded as text.
    const IS_BYTES: bool;
    /// Returns what `tracing` carries.
    fn converted(&self) -> Self::Carried<'_>;
}

/// An item of a list that is converted.
pub trait Item: Sized {
    /// The type that `tracing` carries for a list.
    type Carried<'a>: Value
    where
        Self: 'a;
    /// Whether the item is a byte.
    const IS_BYTE: bool;
    /// Returns what `tracing` carries for a list.
    fn list(items: &[Self]) -> Self::Carried<'_>;
}

impl Item for u8 {
    type Carried<'a> = &'a [u8];
    const IS_BYTE: bool = true;
    fn list(items: &[u8]) -> &[u8] {
        items
    }
}

impl Item for i32 {
    type Carried<'a> = DebugValue<Json<'a, [i32]>>;
    const IS_BYTE: bool = false;
    fn list(items: &[i32]) -> Self::Carried<'_> {
        json(items)
    }
}

macro_rules! lists {
    ($([$($generic:tt)*] $list:ty),*) => { $(
        impl<T: Item, $($generic)*> Converted for $list {
            type Carried<'a> = T::Carried<'a> where Self: 'a;
            const IS_BYTES: bool = T::IS_BYTE;
            fn converted(&self) -> Self::Carried<'_> {
                T::list(self)
            }
        }
    )* };
}

lists!([] [T], [const N: usize] [T; N], [] Vec<T>);

impl Converted for f32 {
    type Carried<'a> = f64;
    const IS_BYTES: bool = false;
    fn converted(&self) -> f64 {
        widened(*self)
    }
}

impl Converted for f64 {
    type Carried<'a> = f64;
    const IS_BYTES: bool = false;
    fn converted(&self) -> f64 {
        *self
    }
}

macro_rules! holders {
    ($([$($bound:tt)*] $holder:ty),*) => { $(
        impl<T: Converted + ?Sized $($bound)*> Converted for $holder {
            type Carried<'a> = T::Carried<'a> where Self: 'a;
            const IS_BYTES: bool = T::IS_BYTES;
            fn converted(&self) -> Self::Carried<'_> {
                (**self).converted()
            }
        }
    )* };
}

holders!([] &T, [] &mut T, [] Box<T>, [] Rc<T>, [] Arc<T>, [+ ToOwned] Cow<'_, T>);

impl<T: Converted> Converted for Option<T> {
    type Carried<'a>
        = Option<T::Carried<'a>>
    where
        Self: 'a;
    const IS_BYTES: bool = T::IS_BYTES;
    fn converted(&self) -> Self::Carried<'_> {
        self.as_ref().map(T::converted)
    }
}
