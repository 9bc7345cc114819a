//! Copying an audit log's records elsewhere.

pub mod event_log;
#[cfg(feature = "otlp")]
mod otlp;

pub use crate::follow::{Batch, Delivered, DeliveryError, Line, Mirror, OnRejected, Refusal};
#[cfg(feature = "otlp")]
pub(crate) use otlp::OtlpMirror;
#[cfg(feature = "otlp")]
pub use otlp::{Otlp, OtlpError};

use serde::{Deserialize, Serialize};

/// How what is sent is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// By gzip, which every OTLP receiver takes.
    #[default]
    Gzip,
}
