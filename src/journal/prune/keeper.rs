//! What the mirrors have not got yet.

use std::fmt;

/// Knows which records are not delivered yet, so that their day files stay longer.
pub(crate) trait Keeper: fmt::Debug + Send + Sync + 'static {
    /// Returns the number behind the last record that was ever delivered.
    fn reached(&self) -> u64;

    /// Returns the mirrors by name, each with the number of the record that it gets next.
    fn unread(&self) -> Vec<(String, u64)>;
}

/// Without mirrors.
impl Keeper for () {
    fn reached(&self) -> u64 {
        0
    }

    fn unread(&self) -> Vec<(String, u64)> {
        Vec::new()
    }
}
