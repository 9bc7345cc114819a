//! In which zone a table shows times.

use crate::failure::Failure;
use crate::terminal::zone::Zone;

/// The arguments of commands that show a table of records.
#[derive(Debug, clap::Args)]
pub(crate) struct InZone {
    /// Show the times of a table in UTC, which is the default. What is not a table has them as they were written
    #[arg(long, conflicts_with = "local")]
    utc: bool,

    /// Show the times of a table in the time zone of this machine, or of `TZ`, each with its offset. A TIME without an offset is UTC
    /// all the same
    #[arg(long)]
    local: bool,
}

impl InZone {
    /// Returns the zone, if it is not UTC.
    pub(super) fn get(&self) -> Result<Option<Zone>, Failure> {
        if !self.local {
            return Ok(None);
        }
        Zone::local().map(Some).map_err(|error| {
            let reason = match std::env::var_os("TZ") {
                Some(name) => format!("`TZ={}` names no time zone that is known here", name.to_string_lossy()),
                None => format!("the time zone of this machine is not known: {error}"),
            };
            Failure::new(reason).hint(
                "Name one with `TZ`, such as TZ=Europe/Berlin or TZ=CET-1CEST,M3.5.0,M10.5.0/3, or leave out --local.",
            )
        })
    }
}
