//! How `tracing` carries a value that is passed to `audit!`, decided by the value's type.
//!
//! `tracing` carries strings, numbers, booleans, byte slices and errors. Any other value that is
//! [`Serialize`] travels as [`Json`]. Lists of bytes and floats are converted first, however they are held:
//! `converted` says why. Method resolution decides: it takes the first of the traits
//! below that fits, in the order of the number of `&`s in their implementations (D. Tolnay,
//! "Autoref-based stable specialization").

use super::converted::Converted;
use super::json_value::{Json, json};
use serde::Serialize;
use std::error::Error;
use tracing_core::field::{DebugValue, Value};

/// A value that is passed to `audit!`. Called on it, `__tracing_value` resolves to the trait for
/// the value's type.
#[derive(Debug)]
pub struct ValueDispatch<'a, T: ?Sized>(pub &'a T);

/// A value that is converted to another type first.
pub trait DispatchConverted<'a> {
    /// The type that `tracing` carries.
    type Carried;
    /// Returns the value that `tracing` carries instead.
    fn __tracing_value(&self) -> Self::Carried;
}

impl<'a, T: Converted + ?Sized> DispatchConverted<'a> for &&&&ValueDispatch<'a, T> {
    type Carried = T::Carried<'a>;
    fn __tracing_value(&self) -> T::Carried<'a> {
        self.0.converted()
    }
}

/// A value that `tracing` carries as it is.
pub trait DispatchNative<'a> {
    /// The type that `tracing` carries.
    type Carried;
    /// Returns the value as it is.
    fn __tracing_value(&self) -> Self::Carried;
}

impl<'a, T: Value + ?Sized> DispatchNative<'a> for &&&ValueDispatch<'a, T> {
    type Carried = &'a T;
    fn __tracing_value(&self) -> &'a T {
        self.0
    }
}

/// An error that is borrowed.
pub trait DispatchBorrowedError<'a> {
    /// Returns the error as `tracing` carries errors.
    fn __tracing_value(&self) -> &'a (dyn Error + 'static);
}

impl<'a, T: Error + 'static> DispatchBorrowedError<'a> for &&ValueDispatch<'a, &'a T> {
    fn __tracing_value(&self) -> &'a (dyn Error + 'static) {
        *self.0
    }
}

/// An error.
pub trait DispatchError<'a> {
    /// Returns the error as `tracing` carries errors.
    fn __tracing_value(&self) -> &'a (dyn Error + 'static);
}

impl<'a, T: Error + 'static> DispatchError<'a> for &ValueDispatch<'a, T> {
    fn __tracing_value(&self) -> &'a (dyn Error + 'static) {
        self.0
    }
}

/// Any other value.
pub trait DispatchJson<'a, T: ?Sized> {
    /// Returns the value as JSON.
    fn __tracing_value(&self) -> DebugValue<Json<'a, T>>
    where
        T: Serialize;
}

impl<'a, T: ?Sized> DispatchJson<'a, T> for ValueDispatch<'a, T> {
    fn __tracing_value(&self) -> DebugValue<Json<'a, T>>
    where
        T: Serialize,
    {
        json(self.0)
    }
}

/// Any value that is [`Serialize`], under a name that a macro can use in a crate without `serde`.
/// (`Serialize` itself, exported from here, would appear under this path in the compiler's
/// messages.)
pub trait Recordable: Serialize {}

impl<T: Serialize + ?Sized> Recordable for T {}
