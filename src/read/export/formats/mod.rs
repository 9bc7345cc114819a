//! The formats, but for OCSF: a file each.

pub(super) mod cef;
pub(super) mod csv;
pub(super) mod ecs;
pub(super) mod syslog;
