//! The settings of the mirror: [`Otlp`], as the application sets it, and [`Resolved`], after the
//! environment and the defaults have filled in the rest.

mod complete;
mod endpoint;
mod environment;
mod files;
mod headers;
mod otlp;
mod resolved;
mod secrets;

pub(super) use endpoint::Endpoint;
pub(super) use environment::Environment;
pub(super) use files::{ClientFiles, TlsFiles};
pub use otlp::Otlp;
pub(super) use resolved::Resolved;
