//! On other systems than Windows there is no Event Log, and nothing to do.

use crate::mirror::event_log::error::EventLogError;
use crate::mirror::event_log::status::SourceStatus;

pub(crate) fn install(_: &str) -> Result<(), EventLogError> {
    Ok(())
}

pub(crate) fn remove(_: &str) -> Result<(), EventLogError> {
    Ok(())
}

pub(crate) fn status(_: &str) -> Result<SourceStatus, EventLogError> {
    Ok(SourceStatus::NotSupported)
}
