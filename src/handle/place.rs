//! Where an event comes from.

use std::fmt;
use std::panic::Location;
use tracing_core::Metadata;

/// The place in the application's code that emits an event.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Callsite(&'static Metadata<'static>),
    Caller(&'static Location<'static>),
}

impl Place {
    pub(crate) fn of(metadata: &'static Metadata<'static>) -> Place {
        Place::Callsite(metadata)
    }

    /// Returns an address that no other place has.
    pub(super) fn address(self) -> usize {
        match self {
            Place::Callsite(metadata) => std::ptr::from_ref(metadata).addr(),
            Place::Caller(location) => std::ptr::from_ref(location).addr(),
        }
    }
}

/// Displays ` from FILE:LINE`, or nothing if the file is not known.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Callsite(metadata) => match (metadata.file(), metadata.line()) {
                (Some(file), Some(line)) => write!(f, " from {file}:{line}"),
                _ => Ok(()),
            },
            Place::Caller(location) => write!(f, " from {}:{}", location.file(), location.line()),
        }
    }
}
