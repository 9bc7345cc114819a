//! What is known of a period, as figures: `evidence.json`.

pub(super) mod access;
pub(super) mod activity;
pub(super) mod completeness;
pub(super) mod configuration;
pub(super) mod copies;
pub(super) mod integrity;
pub(super) mod interruptions;
pub(super) mod log;
pub(super) mod made;
pub(super) mod personal;
pub(super) mod retention;
pub(super) mod time;
