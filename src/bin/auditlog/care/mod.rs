//! The commands for those who run a log.

pub(crate) mod doctor;
pub(crate) mod health;
pub(crate) mod hold;
pub(crate) mod owner;
mod prometheus;
pub(crate) mod recover;
