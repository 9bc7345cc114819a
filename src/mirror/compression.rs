//! How requests are compressed.

use serde::{Deserialize, Serialize};

/// The compression of the requests that a mirror sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compression {
    /// No compression.
    None,
    /// gzip, which every OTLP receiver accepts.
    #[default]
    Gzip,
}
