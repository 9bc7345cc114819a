//! The keys of a log, and where the private one lies.

pub(super) mod epochs;
pub(super) mod place;
pub(super) mod signing;
