//! Copying the records of an audit log to other destinations.
//!
//! [`Mirror`] is the trait that every destination implements: the Windows [`event_log`], an
//! OpenTelemetry collector (`Otlp`, feature `otlp`), and an application's own. What calls it, how
//! its position in the log is kept, and what happens after an error, is the business of the
//! followers.

mod batch;
mod compression;
mod delivery;
pub mod event_log;
mod failure;
mod interface;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
mod secrets;

pub use batch::{Batch, Line};
pub use compression::Compression;
pub use delivery::{Delivered, DeliveryError, DeliveryErrorKind};
pub(crate) use failure::Failure;
pub use interface::{Mirror, OnRejected};
#[cfg(feature = "otlp")]
pub use otlp::{Otlp, OtlpError};
pub(crate) use secrets::without_secrets;
