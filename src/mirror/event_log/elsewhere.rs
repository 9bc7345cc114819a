//! Off Windows: there is no Event Log, and nothing to do.

use super::{EventLogError, SourceStatus};

pub(super) fn install(_: &str) -> Result<(), EventLogError> {
    Ok(())
}

pub(super) fn remove(_: &str) -> Result<(), EventLogError> {
    Ok(())
}

pub(super) fn status(_: &str) -> Result<SourceStatus, EventLogError> {
    Ok(SourceStatus::NotSupported)
}
