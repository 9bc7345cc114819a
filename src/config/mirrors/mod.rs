//! The crate's own mirrors, made of the settings.

#[cfg_attr(not(windows), path = "no_event_log.rs")]
mod event_log;
mod of_settings;
#[cfg_attr(not(feature = "otlp"), path = "no_otlp.rs")]
mod otlp;
pub(super) mod wanted;
