//! Registering, removing and looking up a source.

use super::error::EventLogError;
use super::status::SourceStatus;
use super::{name, registry};

/// Registers a source of this name in the log `Application` of the Windows Event Log.
///
/// This is a step of an application's installation, for which Windows demands administrator rights.
/// Calling it again succeeds, and changes nothing unless the registration is incomplete. No other
/// key is touched: a source of another program with this name is an error, in whichever log it is.
///
/// Does nothing on other systems than Windows.
///
/// # Errors
///
/// [`EventLogError`] if the name can't be one of a source (checked on every system), if it is taken,
/// or if the registry can't be written ([`EventLogError::AccessDenied`] without administrator
/// rights).
pub fn install_source(name: &str) -> Result<(), EventLogError> {
    name::check(name)?;
    registry::install(name)
}

/// Removes the source that [`install_source`] has registered. Calling it again succeeds.
///
/// Events in the Event Log stay there. Windows then shows them with the text that their description
/// is missing, followed by the record.
///
/// Does nothing on other systems than Windows.
///
/// # Errors
///
/// As for [`install_source`]. A source of another program is not removed.
pub fn remove_source(name: &str) -> Result<(), EventLogError> {
    name::check(name)?;
    registry::remove(name)
}

/// Returns whether a source of this name is registered. Needs no administrator rights.
///
/// # Errors
///
/// [`EventLogError`] if the name can't be one of a source, or if the registry can't be read.
pub fn source_status(name: &str) -> Result<SourceStatus, EventLogError> {
    name::check(name)?;
    registry::status(name)
}
