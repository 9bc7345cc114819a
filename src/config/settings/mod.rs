//! The settings of a log: their types, defaults, spelling in a configuration, and checks.

pub(super) mod audit_config;
mod check;
pub(super) mod defaults;
pub(super) mod durability;
mod duration;
pub(super) mod group;
pub(super) mod headers;
mod list;
pub(super) mod origin;
