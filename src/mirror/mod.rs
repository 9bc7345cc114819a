//! Copying an audit log's records elsewhere.

#[cfg(feature = "otlp")]
mod otlp;

pub use crate::follow::{Batch, Delivered, DeliveryError, Line, Mirror, OnRejected, Refusal};
