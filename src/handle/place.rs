//! Where an event comes from.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::ptr;
use tracing_core::Metadata;

/// The place in the application's code that emits an event.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Callsite(&'static Metadata<'static>),
    Caller(&'static Location<'static>),
}

impl Place {
    pub(crate) fn of(metadata: &'static Metadata<'static>) -> Place {
        Place::Callsite(metadata)
    }
}

/// A callsite has one address. The compiler may have the same location in several ones: one for each type
/// that a generic function is called with.
impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        match (self, other) {
            (Place::Callsite(one), Place::Callsite(other)) => ptr::eq(*one, *other),
            (Place::Caller(one), Place::Caller(other)) => one == other,
            (Place::Callsite(_), Place::Caller(_)) | (Place::Caller(_), Place::Callsite(_)) => false,
        }
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        match self {
            Place::Callsite(metadata) => ptr::hash(*metadata, hasher),
            Place::Caller(location) => location.hash(hasher),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_one_place_wherever_it_is_in_memory() {
        let here = Location::caller();
        let again: &'static Location<'static> = Box::leak(Box::new(*here));
        assert!(!ptr::eq(here, again));
        assert!(Place::Caller(here) == Place::Caller(again));
        assert!(Place::Caller(here) != Place::Caller(Location::caller()));
    }
}
