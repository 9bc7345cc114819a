//! A mirror that the settings ask for.

use crate::follow::MadeOf;
use crate::mirror::Mirror;
use std::error::Error;

/// A mirror that the settings ask for.
pub(in crate::config) struct Wanted {
    pub(in crate::config) name: &'static str,
    pub(in crate::config) made_of: MadeOf,
    pub(in crate::config) mirror: Box<dyn Mirror>,
    /// Why it can't deliver at present. It tries again, in case the cause is removed.
    pub(in crate::config) problem: Option<Box<dyn Error + Send + Sync>>,
}

/// The name of the mirror to an OpenTelemetry collector.
pub(in crate::config) const OTLP: &str = "otlp";

/// The name of the mirror to the Windows Event Log.
pub(in crate::config) const EVENT_LOG: &str = "event_log";

/// The names of the crate's own mirrors.
pub(in crate::config) const OWN: [&str; 2] = [OTLP, EVENT_LOG];
