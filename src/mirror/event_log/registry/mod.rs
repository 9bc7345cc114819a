//! The registry key that makes a source known to the Event Log.

#[cfg_attr(not(windows), path = "elsewhere.rs")]
mod windows;

pub(crate) use windows::{install, remove, status};
