//! What the mirrors have not got yet.

use std::fmt;

/// The name of the sealer among the mirrors. No mirror can have it.
pub(crate) const SEALER: &str = "the sealer";

/// Knows which records are not delivered yet, so that their day files stay longer.
pub(crate) trait Keeper: fmt::Debug + Send + Sync + 'static {
    /// Returns the number behind the last record that was ever delivered.
    fn reached(&self) -> u64;

    /// Returns in what a day file with this SHA-256, in hex digits, differs from what was sealed; `None` if
    /// it does not, or has no seal.
    fn change_of(&self, _day_file: &str, _sha256: &str) -> Option<String> {
        None
    }

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
