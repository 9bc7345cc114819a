//! From a value, as it is given to `audit!`, to one that `tracing` can carry.
//!
//! `tracing` carries strings, numbers, booleans, byte slices and errors. Anything
//! else that is [`Serialize`] travels as the `Debug` of [`Json`], which prints
//! JSON, and says so to the one reader who knows the sign ([`is_json_sign`]).
//! Which of these a value is, is decided by its type, by method resolution: the
//! first of the traits below that fits, in the order of the number of `&`s it
//! takes (D. Tolnay, "Autoref-based stable specialization").

use crate::record::{Outcome, to_value};
use serde::Serialize;
use std::error::Error;
use std::fmt;
use tracing_core::field::{self, DebugValue, Value};

/// A value given to `audit!`.
#[derive(Debug)]
pub struct Given<'a, T: ?Sized>(pub &'a T);

/// Bytes that are not a slice.
///
/// Lists of `i32` are here for the sake of literals: with bytes alone, `[1, 2]` would
/// be taken for two bytes. So its type stays open, and falls back to `i32`.
pub trait Bytes<'a> {
    /// What is carried.
    type Carried;
    /// Bytes as a slice, `i32`s as JSON.
    fn __tracing_value(&self) -> Self::Carried;
}

impl<'a> Bytes<'a> for &&&&Given<'a, Vec<u8>> {
    type Carried = &'a [u8];
    fn __tracing_value(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a, const N: usize> Bytes<'a> for &&&&Given<'a, [u8; N]> {
    type Carried = &'a [u8];
    fn __tracing_value(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a, const N: usize> Bytes<'a> for &&&&Given<'a, &'a [u8; N]> {
    type Carried = &'a [u8];
    fn __tracing_value(&self) -> &'a [u8] {
        *self.0
    }
}

impl<'a> Bytes<'a> for &&&&Given<'a, Vec<i32>> {
    type Carried = DebugValue<Json<'a, Vec<i32>>>;
    fn __tracing_value(&self) -> Self::Carried {
        json(self.0)
    }
}

impl<'a, const N: usize> Bytes<'a> for &&&&Given<'a, [i32; N]> {
    type Carried = DebugValue<Json<'a, [i32]>>;
    fn __tracing_value(&self) -> Self::Carried {
        json(self.0.as_slice())
    }
}

impl<'a, const N: usize> Bytes<'a> for &&&&Given<'a, &'a [i32; N]> {
    type Carried = DebugValue<Json<'a, [i32]>>;
    fn __tracing_value(&self) -> Self::Carried {
        json(self.0.as_slice())
    }
}

/// What `tracing` carries as it is.
pub trait Native<'a> {
    /// What is carried.
    type Carried;
    /// As it is.
    fn __tracing_value(&self) -> Self::Carried;
}

impl<'a, T: Value + ?Sized> Native<'a> for &&&Given<'a, T> {
    type Carried = &'a T;
    fn __tracing_value(&self) -> &'a T {
        self.0
    }
}

/// An error that is borrowed.
pub trait BorrowedError<'a> {
    /// As `tracing` carries errors.
    fn __tracing_value(&self) -> &'a (dyn Error + 'static);
}

impl<'a, T: Error + 'static> BorrowedError<'a> for &&Given<'a, &'a T> {
    fn __tracing_value(&self) -> &'a (dyn Error + 'static) {
        *self.0
    }
}

/// An error.
pub trait AnError<'a> {
    /// As `tracing` carries errors.
    fn __tracing_value(&self) -> &'a (dyn Error + 'static);
}

impl<'a, T: Error + 'static> AnError<'a> for &Given<'a, T> {
    fn __tracing_value(&self) -> &'a (dyn Error + 'static) {
        self.0
    }
}

/// Anything else.
pub trait Other<'a, T: ?Sized> {
    /// As JSON.
    fn __tracing_value(&self) -> DebugValue<Json<'a, T>>
    where
        T: Serialize;
}

impl<'a, T: ?Sized> Other<'a, T> for Given<'a, T> {
    fn __tracing_value(&self) -> DebugValue<Json<'a, T>>
    where
        T: Serialize,
    {
        field::debug(Json(self.0))
    }
}

/// Anything that is [`Serialize`], under a name that a macro can say in a crate
/// without `serde`. (That trait itself, exported, would go by that place in the
/// compiler's messages.)
pub trait Recordable: Serialize {}

impl<T: Serialize + ?Sized> Recordable for T {}

/// The value as JSON, whatever `tracing` might make of it.
pub fn json<T: Serialize + ?Sized>(value: &T) -> DebugValue<Json<'_, T>> {
    field::debug(Json(value))
}

/// A value whose `Debug` is its JSON, after a sign that says so.
pub struct Json<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Debug for Json<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match to_value(self.0) {
            Ok(value) => {
                f.write_str(sign(JSON_SIGN))?;
                fmt::Display::fmt(&value, f)
            }
            Err(error) => {
                f.write_str(sign(FAILURE_SIGN))?;
                fmt::Display::fmt(&error, f)
            }
        }
    }
}

/// The signs are empty strings that are known by where they stand: inside of this
/// array, where no other string begins. Nobody else sees or can forge them.
static SIGNS: [u8; 4] = *b"json";
const JSON_SIGN: usize = 1;
const FAILURE_SIGN: usize = 2;

fn sign(at: usize) -> &'static str {
    std::str::from_utf8(&SIGNS[at..at]).unwrap_or_default()
}

fn is_sign(text: &str, at: usize) -> bool {
    text.is_empty() && std::ptr::eq(text.as_ptr(), SIGNS[at..].as_ptr())
}

/// Whether what follows is JSON.
pub(crate) fn is_json_sign(text: &str) -> bool {
    is_sign(text, JSON_SIGN)
}

/// Whether what follows says why there is no JSON.
pub(crate) fn is_failure_sign(text: &str) -> bool {
    is_sign(text, FAILURE_SIGN)
}

/// What can be given to `audit!` as `outcome`: an [`Outcome`], or its name. A name
/// that is neither `success` nor `failure` is recorded as a failure, and flagged.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no outcome",
    label = "give an `Outcome`, \"success\" or \"failure\""
)]
pub trait IntoOutcome {
    /// Its name.
    fn outcome_name(&self) -> &str;
}

impl IntoOutcome for Outcome {
    fn outcome_name(&self) -> &str {
        self.as_str()
    }
}

impl IntoOutcome for str {
    fn outcome_name(&self) -> &str {
        self
    }
}

impl IntoOutcome for String {
    fn outcome_name(&self) -> &str {
        self
    }
}

impl<T: IntoOutcome + ?Sized> IntoOutcome for &T {
    fn outcome_name(&self) -> &str {
        T::outcome_name(self)
    }
}

/// The name of an outcome.
pub fn outcome<T: IntoOutcome + ?Sized>(outcome: &T) -> &str {
    outcome.outcome_name()
}
