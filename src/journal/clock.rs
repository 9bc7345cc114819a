//! The journal's clock.

use crate::record::Timestamp;
use std::fmt;
use std::time::SystemTime;

/// Where the journal has the time from: the system, but for tests.
///
/// An application's own tests can give another one to
/// [`AuditLayerBuilder::clock`](crate::AuditLayerBuilder::clock), to see what
/// happens at a change of day.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}
