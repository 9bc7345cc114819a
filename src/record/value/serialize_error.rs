//! The error of a value that is no JSON.

use serde::ser;
use std::fmt;

/// The reason why a value can't be JSON.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct SerializeError(pub(super) String);

impl ser::Error for SerializeError {
    fn custom<T: fmt::Display>(text: T) -> SerializeError {
        SerializeError(text.to_string())
    }
}
