//! The commands that change something in a log: thin over `tracing_audit::operate`.

pub(crate) mod append;
pub(crate) mod event_log;
pub(crate) mod mirror;
mod operator;
mod plan;
pub(crate) mod prune;
mod value;
