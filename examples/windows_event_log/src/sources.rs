//! Registering the sources.

use std::error::Error;
use tracing_audit::event_log::{install_source, remove_source, source_status};

pub(crate) const RUNTIME: &str = "windows_event_log runtime";
pub(crate) const AUDIT: &str = "windows_event_log audit";

/// Registers both sources, or only the named one, for an audit log.
pub(crate) fn install(name: Option<&str>) -> Result<(), Box<dyn Error>> {
    install_source(name.unwrap_or(AUDIT)).map_err(message)?;
    if name.is_none() {
        // The registration names this executable as the message file: it must not be moved.
        eventlog::register(RUNTIME)?;
    }
    println!("`{}`: {:?}", name.unwrap_or(AUDIT), source_status(name.unwrap_or(AUDIT))?);
    Ok(())
}

pub(crate) fn remove(name: Option<&str>) -> Result<(), Box<dyn Error>> {
    remove_source(name.unwrap_or(AUDIT)).map_err(message)?;
    // An error of `deregister` may mean that there is nothing to remove.
    if name.is_none() && eventlog::deregister(RUNTIME).is_err() {
        println!("`{RUNTIME}` was not registered");
    }
    println!("`{}`: {:?}", name.unwrap_or(AUDIT), source_status(name.unwrap_or(AUDIT))?);
    Ok(())
}

/// Returns the message of the error and of its source.
fn message(error: impl Error) -> String {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}
