//! Registering the sources.

use std::error::Error;
use tracing_audit::event_log::{install_source, remove_source, source_status};

pub(crate) const RUNTIME: &str = "windows_event_log runtime";
pub(crate) const AUDIT: &str = "windows_event_log audit";

/// Both sources, or the one of an audit log.
pub(crate) fn install(name: Option<&str>) -> Result<(), Box<dyn Error>> {
    install_source(name.unwrap_or(AUDIT)).map_err(told)?;
    if name.is_none() {
        // It names this very file as the one in which the messages are: it has to stay where it is.
        eventlog::register(RUNTIME)?;
    }
    println!("`{}`: {:?}", name.unwrap_or(AUDIT), source_status(name.unwrap_or(AUDIT))?);
    Ok(())
}

pub(crate) fn remove(name: Option<&str>) -> Result<(), Box<dyn Error>> {
    remove_source(name.unwrap_or(AUDIT)).map_err(told)?;
    // `eventlog` looks at no name, and an error of it may be that there is nothing to remove.
    if name.is_none() && eventlog::deregister(RUNTIME).is_err() {
        println!("`{RUNTIME}` was not there");
    }
    println!("`{}`: {:?}", name.unwrap_or(AUDIT), source_status(name.unwrap_or(AUDIT))?);
    Ok(())
}

/// The error with what lies behind it.
fn told(error: impl Error) -> String {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}
