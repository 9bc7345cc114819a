//! The commands for those who run a log.

pub(crate) mod health;
mod prometheus;
